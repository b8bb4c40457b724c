--- Jobs as timers of the user's systemd.
--
-- A timer lives in the user's manager, which ends at the log-out unless the user
-- lingers: without that it would be a job that silently does not run, and there is no
-- timer here.
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

local SECONDS = 60 -- that systemctl(1) may take
local FILE, FOLDER = 420, 448 -- 0644, 0700
local LARGEST = 1 << 16 -- bytes of a unit
local MARGIN = 60 -- seconds after a job's own deadline until systemd ends it
local LINGER = "/var/lib/systemd/linger/"

---@class lash.job.Manager
---@field folder string  for units
---@field stamps string  where systemd keeps when a timer went off last
---@field refusal? string  why a timer would not run here
---@field hint? string

--- systemctl, loginctl: with the bus that they look for.
---@async
local function run(...)
  local env = { LC_ALL = "C", SYSTEMD_PAGER = "", SYSTEMD_COLORS = "0" }
  local folder = "/run/user/" .. sys.euid()
  if not sys.getenv "XDG_RUNTIME_DIR" and sys.stat(folder) then env.XDG_RUNTIME_DIR = folder end
  return require("lash.exec.run").run({ ... },
    { env = require "lash.exec.env"(env, "systemctl"), timeout = SECONDS, max_output = 1 << 20 })
end

local function said(record)
  local what = record.err:gsub("%s+", " "):match "^ ?(.-) ?$"
  return what ~= "" and what or "exit status " .. record.code
end

--- Runs one of them; nil and why when it fails.
local function try(...)
  local ok, record = pcall(run, ...)
  if not ok then
    if not errors.is(record) or record.kind ~= "input" then error(record, 0) end
    return nil, ("there is no %s"):format((...))
  elseif record.code ~= 0 then
    return nil, ("%s does not work here: %s"):format((...), said(record))
  end
  return record.out
end

--- Does the user's manager go on after the log-out?
---@async
local function lingers(user)
  if sys.stat(LINGER .. user) then return true end
  return (try("loginctl", "show-user", user, "--property=Linger") or ""):find "^Linger=yes%s*$" ~= nil
end

--- The user's manager; with a refusal when a timer of it would not run.
---@async
---@return lash.job.Manager
function M.manager()
  local user = sys.user()
  if not user then return { folder = "/nonexistent", stamps = "/nonexistent", refusal = "this user has no name" } end
  local variables, refusal = try("systemctl", "--user", "show-environment")
  local function value(name) return ("\n" .. (variables or "")):match("\n" .. name .. "=(/[^\n]*)") end
  local function folder(variable, below_home) return value(variable) or (value "HOME" or user.home) .. below_home end
  local manager = {
    folder = folder("XDG_CONFIG_HOME", "/.config") .. "/systemd/user",
    stamps = folder("XDG_DATA_HOME", "/.local/share") .. "/systemd/timers",
    refusal = refusal,
  }
  if not refusal and not lingers(user.name) then
    manager.refusal = ("timers of %s end at the log-out: linger is off"):format(user.name)
    manager.hint = "loginctl enable-linger " .. user.name
  end
  return manager
end

--- A word in quotes, for a line of a unit; what is no text as its bytes.
local function quoted(text, specials)
  text = text:gsub('[\\"]', "\\%0"):gsub("[" .. specials .. "]", "%0%0")
  if not utf8.len(text) then
    text = text:gsub("[\x80-\xFF]", function(c) return ("\\x%02x"):format(c:byte()) end)
  end
  return '"' .. text .. '"'
end

--- The words in quotes of a line, as `quoted` has made them.
local function words_of(line, specials)
  local words, parts, at = {}, nil, 1
  while at <= #line do
    local c = line:sub(at, at)
    local hex = parts and line:match("^\\x(%x%x)", at)
    if c == '"' then
      if parts then words[#words + 1] = table.concat(parts) end
      parts = not parts and {} or nil
    elseif hex then
      parts[#parts + 1], at = string.char(tonumber(hex, 16)), at + 3
    elseif parts then
      if c == "\\" or specials:find(c, 1, true) then at = at + 1 end
      parts[#parts + 1] = line:sub(at, at)
    end
    at = at + 1
  end
  return words
end

--- What a job that has a policy is kept from: what no part of lash needs. Its own
-- sandbox needs namespaces and mounts, so nothing is said of those; and systemd's
-- read-only folders would hide who files belong to, of which ssh thinks ill.
local HARDENING = [[
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
]]

--- Seconds that systemd lets it be at work.
local function longest(job)
  if not job.timeout then return "infinity" end
  local seconds = job.timeout * (job.overlap == "wait" and 2 or 1) + (job.jitter or 0) + MARGIN
  return ("%ds"):format(math.ceil(seconds))
end

--- Why no unit can have a command, if that is so.
---@param cmd lash.job.Command
---@return string?
function M.flaw(cmd)
  if cmd.program:find "[\\'\"]" then
    return "no unit of systemd can have this path of lash: " .. cmd.program
  end
  for _, variable in ipairs(cmd.variables) do
    if not utf8.len(variable[2]) then
      return ("no unit of systemd can have this value of $%s: it is not UTF-8"):format(variable[1])
    end
  end
end

--- The manual, where it was installed together with this program.
local function documentation(cmd)
  local page = cmd.program:gsub("/[^/]*/[^/]*$", "") .. "/share/man/man1/lash.1"
  return (sys.stat(page) or sys.stat(page .. ".gz")) and "Documentation=man:lash(1)\n" or ""
end

--- The texts of a job's units.
---@param job lash.Job
---@param cmd lash.job.Command
---@return { service: string, timer: string } units
---@return boolean exact  it starts at its due times and no others
function M.units(job, cmd)
  local flaw = M.flaw(cmd)
  if flaw then errors.raise("config", flaw, { hint = "--cron" }) end
  local times, exact = job.schedule:oncalendar()
  local words = {}
  for i, word in ipairs { cmd.program, "job", "run", cmd.script } do words[i] = quoted(word, "%%$") end
  local head = ("# Written by `lash job install`; `lash job uninstall %s` removes it.\n[Unit]\n"
    .. "Description=lash job %s\n%s"):format(job.name, job.name, documentation(cmd))
  local service = { head, "StartLimitIntervalSec=0\n\n[Service]\nType=oneshot\n" }
  table.insert(service, "ExecStart=" .. table.concat(words, " ") .. "\n")
  for _, variable in ipairs(cmd.variables) do
    table.insert(service, "Environment=" .. quoted(variable[1] .. "=" .. variable[2], "%%") .. "\n")
  end
  table.insert(service, "WorkingDirectory=~\nStandardInput=null\nKillMode=control-group\n")
  table.insert(service, ("TimeoutStartSec=%s\n"):format(longest(job)))
  if job.policy then table.insert(service, HARDENING) end
  local timer = { head, "\n[Timer]\n" }
  for _, time in ipairs(times) do table.insert(timer, ("OnCalendar=%s\n"):format(time)) end
  table.insert(timer, ("Persistent=%s\nAccuracySec=1s\n\n[Install]\nWantedBy=timers.target\n")
    :format(job.missed == "none" and "false" or "true"))
  return { service = table.concat(service), timer = table.concat(timer) }, exact
end

--- The command in the text of a service; nil when it is not as `units` wrote it.
local function command_of(service)
  local variables = {}
  for line in service:gmatch "\nEnvironment=([^\n]*)" do
    local name, value = (words_of(line, "%")[1] or ""):match "^([%a_][%w_]*)=(.*)$"
    variables[#variables + 1] = name and { name, value }
  end
  local words = words_of(service:match "\nExecStart=([^\n]*)" or "", "%$")
  if #words ~= 4 or words[2] ~= "job" or words[3] ~= "run" then return nil end
  return { program = words[1], script = words[4], variables = variables }
end

--- Where a unit of a job is.
---@param manager lash.job.Manager
---@param name string
---@param kind "service"|"timer"
---@return string
function M.path(manager, name, kind) return ("%s/lash-job-%s.%s"):format(manager.folder, name, kind) end

--- The jobs whose units are in a manager's folder, by name.
---@param manager lash.job.Manager
---@return lash.job.Installed[]
function M.entries(manager)
  local list = {}
  if not sys.stat(manager.folder) then return list end
  for _, file in ipairs(require("lash.fs").list(manager.folder)) do
    local name = file:match "^lash%-job%-([%w_-]+)%.timer$"
    if name then
      local timer = sys.read_file(M.path(manager, name, "timer"), LARGEST) or ""
      local service = sys.read_file(M.path(manager, name, "service"), LARGEST) or ""
      local times = {}
      for time in ("\n" .. timer):gmatch "\nOnCalendar=([^\n]*)" do times[#times + 1] = time end
      list[#list + 1] = { kind = "systemd", name = name, times = table.concat(times, ", "),
        command = command_of(service), environment = {}, parts = { service, timer } }
    end
  end
  return list
end

---@async
local function systemctl(...)
  local record = run("systemctl", "--user", ...)
  if record.code == 0 then return end
  errors.raise("config", ("systemctl --user %s: %s"):format(table.concat({ ... }, " "), said(record)))
end

--- Writes a job's units and starts the timer; when that fails they are gone again.
---@async
---@param manager lash.job.Manager
---@param name string
---@param units { service: string, timer: string }
function M.put(manager, name, units)
  local ok, message = sys.mkdir_p(manager.folder, FOLDER)
  for _, kind in ipairs { "service", "timer" } do
    if ok then ok, message = sys.write_atomic(M.path(manager, name, kind), units[kind], FILE) end
  end
  if not ok then errors.raise("output", message) end
  local timer = ("lash-job-%s.timer"):format(name)
  local began, err = pcall(function()
    systemctl "daemon-reload"
    systemctl("enable", timer)
    systemctl("restart", timer) -- one that ran already takes the new times
    systemctl("is-active", "--quiet", timer)
  end)
  if began then return end
  pcall(M.remove, manager, name)
  error(err, 0)
end

--- Takes a job's units away, and all that systemd keeps of them.
---@async
---@param manager lash.job.Manager
---@param name string
function M.remove(manager, name)
  local timer, service = ("lash-job-%s.timer"):format(name), ("lash-job-%s.service"):format(name)
  if not manager.refusal then try("systemctl", "--user", "disable", "--now", timer) end
  os.remove(M.path(manager, name, "service"))
  os.remove(M.path(manager, name, "timer"))
  os.remove(("%s/stamp-%s"):format(manager.stamps, timer))
  os.remove(("%s/timers.target.wants/%s"):format(manager.folder, timer))
  if manager.refusal then return end
  systemctl "daemon-reload"
  try("systemctl", "--user", "reset-failed", timer, service) -- fails when there is nothing to forget
end

return M
