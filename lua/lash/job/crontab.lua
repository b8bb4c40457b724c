--- Jobs as lines of the user's crontab.
--
--     30 7 * * 1-5 /usr/bin/lash job run /home/ann/digest.lua # lash job digest
--
-- A line is known by its mark, which the shell takes for a comment. All other lines
-- stay as they are, to the byte. What is a text here is all of a crontab.
local command = require "lash.job.command"
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

local SECONDS = 20 -- that crontab(1) may take

---@class lash.job.Installed
---@field kind "crontab"|"systemd"
---@field name string
---@field times string  its schedule, as it stands there
---@field command? lash.job.Command  nil: somebody has changed it
---@field shell? string  of a crontab: what cron hands to the shell
---@field environment table<string, string>  what the crontab sets for it
---@field parts string[]  the lines, or the texts of the units

--- The mark of a line: the job's name; nil when the line is another's, or switched off.
local function name_of(line)
  if line:find "^%s*#" then return nil end
  return line:match "%s# lash job ([%w_-]+)%s*$"
end

--- The lines of a text, each with its end; what has none is the last.
local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]*\n?" do
    if line ~= "" then lines[#lines + 1] = line end
  end
  return lines
end

--- The lines of a job.
---@param job lash.Job
---@param cmd lash.job.Command
---@return string[] lines
---@return boolean exact  cron starts it at its due times and no others
function M.lines(job, cmd)
  local times, exact = job.schedule:crontab()
  local lines = {}
  local shell = command.shell(cmd):gsub("%%", "\\%%") -- cron takes a bare one for the end of a line
  for i, fields in ipairs(times) do lines[i] = ("%s %s # lash job %s"):format(fields, shell, job.name) end
  return lines, exact
end

--- A text in which these lines are those of a job, where it had some, else at the end.
---@param text string
---@param name string
---@param wanted string[]  none: the job is taken out
---@return string
function M.put(text, name, wanted)
  local parts, put = {}, false
  local new = #wanted > 0 and table.concat(wanted, "\n") .. "\n" or ""
  for _, line in ipairs(lines_of(text)) do
    if name_of(line) ~= name then
      parts[#parts + 1] = line
    elseif not put then
      parts[#parts + 1], put = new, true
    end
  end
  if put or new == "" then return table.concat(parts) end
  if #parts > 0 and not parts[#parts]:find "\n$" then parts[#parts + 1] = "\n" end
  return table.concat(parts) .. new
end

--- What a line sets for those below it.
local function assignment(line)
  local name, value = line:match "^%s*([%a_][%w_]*)%s*=%s*(.-)%s*$"
  if not name then return nil end
  return name, value:match "^'(.*)'$" or value:match '^"(.*)"$' or value
end

--- The jobs in a text, in its order.
---@param text string
---@return lash.job.Installed[]
function M.entries(text)
  local list, known, environment = {}, {}, {}
  for _, line in ipairs(lines_of(text)) do
    local name, key, value = name_of(line), assignment(line)
    if name then
      local entry = known[name]
      if not entry then
        entry = { kind = "crontab", name = name, times = {}, parts = {}, environment = {} }
        for k, v in pairs(environment) do entry.environment[k] = v end
        known[name] = entry
        list[#list + 1] = entry
      end
      local fields, shell = line:match "^%s*(%S+%s+%S+%s+%S+%s+%S+%s+%S+)%s(.-)%s*$"
      if line:find "^%s*@" then fields, shell = line:match "^%s*(@%S+)%s(.-)%s*$" end
      table.insert(entry.parts, (line:gsub("\n$", "")))
      table.insert(entry.times, fields)
      entry.shell = shell and shell:gsub("\\%%", "%%")
      entry.command = entry.shell and command.read((entry.shell:gsub("%s+# lash job [%w_-]+$", "")))
    elseif key then
      environment[key] = value
    end
  end
  for _, entry in ipairs(list) do entry.times = table.concat(entry.times, ", ") end
  return list
end

--- crontab(1), with these arguments; raises when it cannot even be started.
---@async
local function crontab(argument, text)
  local run = require "lash.exec.run"
  local env = require "lash.exec.env"({ LC_ALL = "C", LANGUAGE = false }, "crontab")
  return run.run({ "crontab", argument }, { env = env, stdin = text, timeout = SECONDS, max_output = 16 << 20 })
end

local function said(record) return record.err:gsub("%s+", " "):match "^ ?(.-) ?$" end

--- Is there a crontab command at all?
---@return boolean
function M.is_there()
  return require("lash.rehearsal").find("crontab", sys.getenv "PATH" or "/usr/bin:/bin") ~= nil
end

--- The user's crontab; an empty text when there is none. Never a guess: what is taken
-- for an empty one would be overwritten.
---@async
---@return string
function M.read()
  local record = crontab "-l"
  if record.code == 0 and not record.truncated then return record.out end
  local what = said(record)
  local is_none = what:find("no crontab for", 1, true) or what:find "can't open .*No such file"
  if record.out == "" and is_none then return "" end
  errors.raise("config", ("the crontab cannot be read: crontab -l: %s"):format(what ~= "" and what
    or "exit status " .. record.code), { hint = "nothing was changed" })
end

--- Makes a text the user's crontab, and looks that it is; an empty one is removed.
---@async
---@param text string
function M.write(text)
  local record = text == "" and crontab "-r" or crontab("-", text)
  if record.code ~= 0 then
    local what = said(record)
    errors.raise("config", ("the crontab cannot be written: crontab: %s"):format(what ~= "" and what
      or "exit status " .. record.code), { hint = "nothing was changed" })
  end
  local now = M.entries(M.read())
  local wanted = M.entries(text)
  for i, entry in ipairs(wanted) do
    if not now[i] or table.concat(now[i].parts, "\n") ~= table.concat(entry.parts, "\n") then
      errors.raise("config", ("the crontab did not keep the line of job '%s'"):format(entry.name))
    end
  end
  if #now ~= #wanted then errors.raise("config", "the crontab did not let go of a line") end
end

local DAEMONS = { cron = true, crond = true, fcron = true }

--- Does a cron daemon run here, as far as can be seen?
---@return boolean
function M.is_served()
  local glob = require("lash.fs").glob
  for _, path in ipairs(glob "/proc/[0-9]*/comm") do
    local comm = sys.read_file(path, 4096)
    if comm and DAEMONS[comm:gsub("\n$", "")] then return true end
  end
  return false
end

return M
