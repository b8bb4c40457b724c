--- Tasks together: side by side, within a time.
local sched = require "lash.sched"
local tasks = require "lash.sched.task"

local M = {}

--- Forgets what a deadline has left behind in its task when its scope ends.
local scope = {
  __close = function(self)
    local task, err = self.task, self.err
    if task.cancelled_by == err then task.cancelled_by = self.before end
    if task.failing == err then task.failing = nil end -- it fired after the last wait
  end,
}

--- Calls f(...) with a deadline for its waits: past it, `err` is raised there,
-- and again at the next wait when it is caught. Deadlines nest; the nearest wins.
---@async
---@param at number  seconds of the monotonic clock
---@param err any
---@param f async fun(...): ...
function M.with_deadline(at, err, f, ...)
  local task = sched.current()
  local _scope <close> = setmetatable({ task = task, err = err, before = task.cancelled_by }, scope)
  local _timer <close> = sched.timer(at, function()
    task.cancelled_by = task.cancelled_by or err
    tasks.fail(task, err)
  end)
  return f(...)
end

--- Calls the functions side by side; their results, packed, in the same order.
-- The first error cancels the others and is raised.
---@async
---@param list (async fun(): ...)[]
---@return table[]
function M.gather(list)
  local results = {}
  local group <close> = sched.spawn_daemon(function()
    for i, f in ipairs(list) do
      sched.spawn(function() results[i] = table.pack(f()) end)
    end
  end)
  group:join()
  return results
end

return M
