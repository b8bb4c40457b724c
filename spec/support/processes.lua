--- The processes of the machine, as /proc has them.
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local sys = require "lash.core.sys"

local M = {}

local SECONDS = 20 -- until a wait gives up

--- A text that no process has in its environment yet: what is started with it
--- is found again, with all that it starts itself.
function M.marker() return "marker-" .. sys.random_id() end

local function read(path)
  local file <close> = io.open(path)
  return file and file:read "a" or "" -- a process that has gone meanwhile reads as nil
end

--- Ids of the processes with a text in their environment, or on their command
--- line; zombies have neither.
---@param text string
---@param where? "environ"|"cmdline"
---@return integer[]
function M.with(text, where)
  local pids = {}
  local pipe <close> = assert(io.popen "ls /proc")
  for name in pipe:lines() do
    local pid = math.tointeger(tonumber(name))
    if pid and read(("/proc/%d/%s"):format(pid, where or "environ")):find(text, 1, true) then pids[#pids + 1] = pid end
  end
  return pids
end

--- Children of this process, dead ones that nobody has asked for as well.
---@return string
function M.children() return read(("/proc/self/task/%d/children"):format(sys.pid())) end

--- Waits until a condition holds: tries again and again, for a while. Other
--- tasks run meanwhile, if there are any.
---@param condition fun(): any
---@return any value  of the condition
function M.await(condition)
  local limit = loop.now() + SECONDS
  while true do
    local value = condition()
    if value then return value end
    if loop.now() > limit then error("this never happened", 2) end
    if sched.current() then sched.sleep(0.005) else loop.poll(0.005, {}) end
  end
end

--- Waits until no process has this text in its environment.
function M.await_none(text) M.await(function() return #M.with(text) == 0 end) end

--- Waits until some processes have; their ids.
---@param text string
---@param n integer
---@param where? "environ"|"cmdline"
function M.await_some(text, n, where)
  return M.await(function()
    local pids = M.with(text, where)
    return #pids >= n and pids
  end)
end

return M
