--- Starts a job as cron would, up to its first request, and gathers what that shows.
local command = require "lash.job.command"
local errors = require "lash.errors"
local rehearsal = require "lash.rehearsal"
local run = require "lash.exec.run"
local sys = require "lash.core.sys"

local M = {}

local PATH = "/usr/bin:/bin" -- cron's
local GRACE = 10 -- seconds, for lash's own start and end
local KEPT = 1 << 16 -- bytes of output

M.limit = 30 -- seconds until the first request, of a job without a timeout

---@class lash.job.Rehearsed
---@field notes table[]  see rehearsal.lua
---@field limit number  seconds that it had
---@field late boolean  it was ended after these
---@field code integer  exit status
---@field err string  the end of what it wrote to stderr
---@field homeless? string  the home folder, which is not there

--- The environment that cron gives a command.
---@param more table<string, string>  of the crontab
---@return table<string, string>? env
---@return string? why not
function M.environment(more)
  local user = sys.user()
  if not user then return nil, "the user database does not know this user, so cron does not either" end
  local env = { HOME = user.home, LOGNAME = user.name, SHELL = "/bin/sh", PATH = PATH }
  for name, value in pairs(more) do
    if name ~= "LOGNAME" then env[name] = value end
  end
  return env
end

--- Starts it.
---@async
---@param entry? lash.job.Installed
---@param cmd lash.job.Command  for one that is not installed
---@param seconds? number  that it may take
---@return lash.job.Rehearsed
function M.rehearse(entry, cmd, seconds)
  local env, problem = M.environment(entry and entry.environment or {})
  if not env then errors.raise("config", problem) end
  local folder <close> = require("lash.fs").tmp()
  local shell, list = entry and entry.shell or command.shell(entry and entry.command or cmd), {}
  env.LASH_VERIFY = folder.path
  for name, value in pairs(env) do list[#list + 1] = name .. "=" .. value end
  local home = sys.stat(env.HOME)
  home = home and home.type == "directory" and env.HOME or nil
  local result = run.run({ "/bin/sh", "-c", 'umask 022; exec "$0" -c "$1"', env.SHELL, shell },
    { env = list, cwd = home or "/", timeout = seconds and seconds + GRACE or M.limit, max_output = KEPT })
  return { notes = rehearsal.read(folder.path), limit = seconds or M.limit, late = result.timed_out or false,
    code = result.code, err = result.err:match "([^\n]*)\n*$", homeless = not home and env.HOME or nil }
end

return M
