--- Tasks together: side by side, within a time.
local context = require "lash.context"
local sched = require "lash.sched"
local stops = require "lash.sched.stop"

local M = {}

--- Calls f(...) with a deadline for its waits: past it, `err` is raised there.
-- Deadlines nest; the nearest wins.
---@async
---@param at number  seconds of the monotonic clock
---@param err any
---@param f async fun(...): ...
function M.with_deadline(at, err, f, ...)
  local current = sched.current()
  local stop <close> = stops.push(current, err)
  stop.at = at
  local _timer <close> = sched.timer(at, function()
    stop.passed = true
    sched.wake(current)
  end)
  return f(...)
end

--- The nearest deadline of the current task, of those it belongs to, and of the run.
---@return number?  seconds of the monotonic clock
function M.deadline()
  local nearest = context.deadline or math.huge
  local one = sched.current()
  while one do
    local stop = one.stops
    while stop do
      nearest = math.min(nearest, stop.at or math.huge)
      stop = stop.outer
    end
    one = one.parent
  end
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
