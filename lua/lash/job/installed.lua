--- The jobs that are installed for this user, in the crontab and as timers.
local command = require "lash.job.command"
local crontab = require "lash.job.crontab"
local errors = require "lash.errors"
local sys = require "lash.core.sys"
local systemd = require "lash.job.systemd"

local M = {}

---@class lash.job.Places
---@field manager lash.job.Manager
---@field crontab? string  the text of it; nil: there is no crontab command, or it refuses
---@field refusal? lash.Error  of the crontab
---@field entries lash.job.Installed[]  sorted by name
local Places = {}
Places.__index = Places

--- Looks at both places.
---@async
---@return lash.job.Places
function M.look()
  local self = setmetatable({ manager = systemd.manager(), entries = {} }, Places)
  if crontab.is_there() then
    local ok, text = pcall(crontab.read)
    if not ok and not (errors.is(text) and text.kind == "config") then error(text, 0) end
    if ok then self.crontab = text else self.refusal = text end
  end
  self.entries = systemd.entries(self.manager)
  for _, entry in ipairs(crontab.entries(self.crontab or "")) do table.insert(self.entries, entry) end
  table.sort(self.entries, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.kind < b.kind
  end)
  return self
end

--- Raises the refusal of a crontab without which nothing can be done.
function Places:need_crontab()
  if self.refusal then error(self.refusal, 0) end
end

--- The entries of a name; with a kind, the one of that.
---@param name string
---@param kind? "crontab"|"systemd"
---@return lash.job.Installed[]
function Places:of_name(name, kind)
  local list = {}
  for _, entry in ipairs(self.entries) do
    if entry.name == name and (not kind or entry.kind == kind) then list[#list + 1] = entry end
  end
  return list
end

--- The entries of a script.
---@param path string  the real path, or what it was
---@return lash.job.Installed[]
function Places:of_script(path)
  local list = {}
  for _, entry in ipairs(self.entries) do
    if entry.command and entry.command.script == path then list[#list + 1] = entry end
  end
  return list
end

--- Takes an entry away.
---@async
---@param entry lash.job.Installed
function Places:remove(entry)
  if entry.kind == "systemd" then return systemd.remove(self.manager, entry.name) end
  self.crontab = crontab.put(crontab.read(), entry.name, {})
  crontab.write(self.crontab)
end

--- Where an entry is, in words.
---@param entry { kind: "crontab"|"systemd" }
---@return string
function M.where(entry) return entry.kind == "systemd" and "as a user timer" or "in the crontab" end

--- What a job would be now if it were installed there with this command.
---@param kind "crontab"|"systemd"
---@param job lash.Job
---@param cmd lash.job.Command
---@return string[] parts
---@return boolean exact
function M.parts(kind, job, cmd)
  if kind == "crontab" then return crontab.lines(job, cmd) end
  local units, exact = systemd.units(job, cmd)
  return { units.service, units.timer }, exact
end

--- Is an entry what these parts are?
---@param entry lash.job.Installed
---@param parts string[]
---@return boolean
function M.is_same(entry, parts) return table.concat(entry.parts, "\0") == table.concat(parts, "\0") end

--- What is wrong with an entry, if anything: it would not run, or not as its script
--- says now.
---@param places lash.job.Places
---@param entry lash.job.Installed
---@param job? lash.Job  nil: it could not be read
---@param cmd? lash.job.Command  what it would be given now
---@return string[]
function M.flaws(places, entry, job, cmd)
  local list = {}
  local function add(text) list[#list + 1] = text end
  local again = "`lash job install` renews it"
  if entry.kind == "systemd" and places.manager.refusal then add(places.manager.refusal) end
  if not entry.command then
    add("it was changed by hand; " .. again)
    return list
  end
  if not sys.stat(entry.command.program) then
    add(("its lash is gone: %s; %s"):format(entry.command.program, again))
  end
  if not sys.stat(entry.command.script) then add(("its script is gone: %s"):format(entry.command.script)) end
  if not job then return list end
  if job.name ~= entry.name then
    add(("its script has the name '%s' now"):format(job.name))
  elseif not M.is_same(entry, (M.parts(entry.kind, job, entry.command))) then
    add("its script has changed since it was installed; " .. again)
  elseif cmd and not command.equal(entry.command, cmd) and sys.stat(entry.command.program) then
    add("it was installed with another lash, or other folders; " .. again)
  end
  return list
end

--- Raises unless no other script has this name.
---@param places lash.job.Places
---@param job lash.Job
function M.check_name(places, job)
  for _, entry in ipairs(places:of_name(job.name)) do
    local script = entry.command and entry.command.script
    if script and script ~= job.path and sys.stat(script) then
      errors.raise("usage", ("a job '%s' is installed already, of %s"):format(job.name, script),
        { hint = ("another name for one of them, or first `lash job uninstall %s`"):format(job.name) })
    end
  end
end

return M
