--- Tasks together: side by side, within a time.
local context = require "lash.context"
local sched = require "lash.sched"
local stops = require "lash.sched.stop"

local M = {}

--- Puts a deadline around what the current task does next: past it, `err` is
-- raised where it waits or computes. Deadlines nest; the nearest wins. Closing what
-- is returned takes it away.
---@param at number  seconds of the monotonic clock
---@param err table
---@return lash.Stop
function M.limit(at, err)
  local current = sched.current()
  local stop = stops.push(current, err, at)
  stop.timer = sched.timer(at, function()
    stop.passed = true
    sched.wake(current)
  end)
  return stop
end

--- Calls f(...) with a deadline.
---@async
---@param at number  seconds of the monotonic clock
---@param err table
---@param f async fun(...): ...
function M.with_deadline(at, err, f, ...)
  local _limit <close> = M.limit(at, err)
  return f(...)
end

--- The nearest deadline of the current task, of those it belongs to, and of the run.
---@return number?  seconds of the monotonic clock
function M.deadline()
  local current = sched.current()
  local nearest = math.min(current and stops.deadline(current) or math.huge, context.deadline or math.huge)
  return nearest < math.huge and nearest or nil
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
