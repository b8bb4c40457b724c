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
  local current = sched.running()
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

--- Calls f() in a task of its own; when it and all that it starts are not done by
-- then, `err` ends them all.
---@async
---@param at number  seconds of the monotonic clock
---@param err table
---@param f async fun(): ...
function M.within(at, err, f)
  local limit <close> = stops.push(sched.running(), err, at)
  local child <close> = sched.spawn_daemon(f)
  limit.timer = sched.timer(at, function() child:cancel(err) end)
  return child:join()
end

--- Tasks side by side; closing it cancels those that still run, in their order,
-- and waits for them.
local group = {
  __close = function(self)
    for i = 1, self.begun do
      if self.running[i] then self.running[i]:cancel() end
    end
    while self.count > 0 do sched.park() end
    self.driver.spawned = self.place
  end,
}

--- Calls f(1), … f(n) in tasks of their own, at most `max` at a time. `ended` is
-- told how each of them ended, and may say that it is enough: then no more begin,
-- and those that run are cancelled. Returns when none is left. Together they
-- are one child of their parent, so what comes behind does not depend on how many
-- there were, or began.
---@async
---@param n integer
---@param max integer
---@param f async fun(i: integer): any
---@param ended fun(i: integer, ok: boolean, what: any): boolean?  what: its first result, or its error
function M.each(n, max, f, ended)
  local driver, enough = sched.running(), false
  local place = driver.spawned + 1
  local all <close> = setmetatable({ running = {}, count = 0, begun = 0, driver = driver, place = place }, group)
  for i = 1, n do
    while all.count >= max and not enough do sched.park() end
    if enough then break end
    local one = sched.spawn_daemon(f, i)
    one.ordinal = ("%d.%d"):format(place, i)
    all.running[i], all.count, all.begun = one, all.count + 1, i
    function one.on_done()
      all.running[i], all.count = nil, all.count - 1
      enough = enough or ended(i, one.ok, one.body[2]) or false
      sched.wake(driver)
    end
  end
  while all.count > 0 and not enough do sched.park() end
end

--- The keys of a table: 1, 2, … first, then the others by name. Equal scripts do
-- equal things in equal order.
---@param t table
---@return any[]
function M.keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local a_counts, b_counts = math.type(a) == "integer", math.type(b) == "integer"
    if a_counts and b_counts then return a < b end
    if a_counts ~= b_counts then return a_counts end
    return tostring(a) < tostring(b)
  end)
  return keys
end

--- Calls the functions side by side; their results, packed, under the same keys.
-- The first error cancels the others and is raised.
---@async
---@generic K
---@param functions table<K, async fun(): ...>
---@return table<K, table>
function M.gather(functions)
  local keys, results, failure = M.keys(functions), {}, nil
  local function call(i)
    local packed = table.pack(functions[keys[i]]())
    results[keys[i]] = packed
  end
  M.each(#keys, #keys, call, function(_, ok, err)
    if not ok then failure = failure or { err } end
    return not ok
  end)
  if failure then error(failure[1], 0) end
  return results
end

return M
