--- A home folder with jobs, and the commands that install them: a crontab of its own,
-- and, where a test wants them, a systemctl and a loginctl that note what they are asked.
local shell = require "spec.support.shell"

local M = {}

local CRONTAB = [[
#!/bin/sh
# The tab is a file; without it there is none. $here/refusal is what crontab says instead.
here=$(dirname "$0")
echo "$*" >>"$here/crontab.log"
if [ -f "$here/refusal" ]; then cat "$here/refusal" >&2; exit 1; fi
case $1 in
-l) if [ -f "$here/tab" ]; then cat "$here/tab"; else echo "no crontab for me" >&2; exit 1; fi ;;
-r) rm "$here/tab" ;;
-) cat >"$here/tab" ;;
esac
]]

local SYSTEMCTL = [[
#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/systemctl.log"
[ ! -f "$here/no-bus" ] || { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
case "$*" in
"--user show-environment") echo "HOME=$HOME" ;;
"--user enable"*) [ ! -f "$here/broken" ] || { echo "Failed to enable unit" >&2; exit 1; }
    mkdir -p "$HOME/.local/share/systemd/timers" && : >"$HOME/.local/share/systemd/timers/stamp-$3" ;;
esac
]]

local LOGINCTL = [[
#!/bin/sh
here=$(dirname "$0")
if [ -f "$here/linger" ]; then echo Linger=yes; else echo Linger=no; fi
]]

local Home = {}
Home.__index = Home

--- A home folder. `systemd`: its timers would run.
---@param systemd? boolean
function M.new(systemd)
  local self = setmetatable({ shell = shell.new() }, Home)
  self.path = self.shell.path
  self.shell.folder:write("bin/crontab", CRONTAB, 493)
  self.shell.folder:write("bin/systemctl", SYSTEMCTL, 493)
  self.shell.folder:write("bin/loginctl", LOGINCTL, 493)
  self:write(systemd and "bin/linger" or "bin/no-bus", "")
  self.shell.variables.PATH = self.path .. "/bin:/usr/bin:/bin"
  return self
end

--- A script with a job; `fields`: Lua source beside its name and schedule.
---@param name string  of the job
---@param fields? string
---@param path? string  default: NAME.lua
---@return string path
function Home:job(name, fields, path)
  return self:write(path or name .. ".lua", ([[
    local lash = require "lash"
    return lash.job { name = "%s", %s }
  ]]):format(name, fields or 'schedule = "5 * * * *", run = function() end'))
end

function Home:write(name, text) return self.shell:write(name, text) end
function Home:read(name) return self.shell:read(name) end
function Home:lash(...) return self.shell:lash(...) end
function Home:sh(text) return self.shell:sh(text) end

--- Is there a file of this name?
function Home:has(name)
  local file <close> = io.open(self.path .. "/" .. name)
  return file ~= nil
end

--- `lash job` with these words, which must go well; what it prints.
function Home:ok(...)
  local res = self:lash("job", ...)
  assert(res.exit == 0, res.err .. res.out)
  return res.out, res.err
end

--- The crontab; nil when there is none.
function Home:tab() return self:has "bin/tab" and self:read "bin/tab" or nil end

function Home:close() self.shell:close() end
Home.__close = Home.close

return M
