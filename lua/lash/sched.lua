--- Tasks over one event loop.
--
-- A task is a coroutine. It waits by parking, and runs on when a source that it
-- waits for has news, a time has come, or another task is done. C never calls
-- into Lua: `loop.poll` says who is ready, and their tasks are resumed here.
--
-- Cancelling raises an error at the waiting point: <close> variables run, and may
-- wait. Who belongs to whom: sched/task.lua.
--
-- Waiting works anywhere. Where the coroutine cannot yield (inside `gsub`,
-- `sort`, `require`), or is a user's own generator, the loop is driven in place.
local errors = require "lash.errors"
local heap = require "lash.heap"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"
local tasks = require "lash.sched.task"

local M = {}

--- What a task yields to wait. Any other yield that reaches the scheduler is a
-- mistake of the script.
local WAIT = {}

--- What a cancelled task yields when it catches its cancellation for ever.
local ABANDON = {}

--- How often a cancellation is raised again before the task is left where it
-- is, its <close> variables unclosed: it cannot be ended in any better way.
local MAX_RAISES = 100

--- How deep the loop may be driven in place: of C frames, Lua has 200.
local MAX_DEPTH = 30

local Task = tasks.Task

local current ---@type lash.Task?
local root ---@type lash.Task?
local timers = heap.new()
local sources = {} ---@type table<integer, lash.Task>  waiting tasks by source id
local depth = 0

--- Keeps the place of an error that is a plain message, for -v.
---@param err any
---@return any
local function traceback(err)
  if type(err) == "string" and current then current.trace = debug.traceback("", 2) end
  return err
end

---@param task lash.Task
local function resume(task)
  if task.body then return end
  if not task.started and task.failing then return tasks.finish(task, { false, task.failing, n = 2 }) end
  local outer = current
  current, task.started = task, true
  local ok, what, body = interrupt.resume_task(task.co, task)
  current = outer
  if interrupt.raised() then task.cancelled_by = interrupt.pending() end
  interrupt.caught() -- was this task's own affair
  if not ok then -- killed outside of its protected call
    tasks.finish(task, { false, what, n = 2 })
  elseif coroutine.status(task.co) == "dead" then
    tasks.finish(task, body)
  elseif what == ABANDON then
    tasks.finish(task, { false, task.cancelled_by, n = 2 })
  elseif what ~= WAIT then
    local message = "a task may wait only through lash, not with coroutine.yield"
    task.failing = task.failing or errors.new("internal", message)
    tasks.enqueue(task)
  end
end

--- Cancels the root when a signal or the run's deadline stands, once.
local function look_at_interrupt()
  local err = interrupt.pending()
  if not err or not root or root.done then return end
  if not root.cancelled_by then
    root.cancelled_by = err
    tasks.fail(root, err)
  elseif interrupt.relentless() and not root.abandoned then
    root.abandoned = true
    for _, task in pairs(sources) do tasks.fail(task, err) end
    tasks.fail(root, err)
  end
end

local ready = {}

--- Runs what is runnable; then how long there is to wait for more.
---@param waiter lash.Task  for whom the loop runs
---@return number? timeout  nil: until something happens
local function step(waiter)
  for _ = 1, tasks.runnable() do
    local task = tasks.next()
    if not task then break end -- a nested drive took them
    resume(task)
  end
  look_at_interrupt()
  if tasks.runnable() > 0 then return 0 end
  local timer = timers:first()
  if timer then return math.max(0, timer.at - loop.now()) end
  if next(sources) == nil and not waiter.done then
    tasks.fail(waiter, errors.new("internal", "every task waits for another: none can ever go on"))
    return 0
  end
end

local function poll(timeout)
  local n = assert(loop.poll(timeout, ready))
  for i = 1, n do
    local task = sources[ready[i]]
    if task then tasks.wake(task, ready[i]) end
  end
  local timer = timers:first()
  if timer then
    local now = loop.now()
    while timer and timer.at <= now do
      timers:remove(timer)
      timer.fire(timer)
      timer = timers:first()
    end
  end
  look_at_interrupt()
end

--- Drives the loop until the current task is woken; what it should raise.
---@param task lash.Task
local function drive(task)
  local outer = current
  depth, task.driving = depth + 1, true
  while task.waiting do
    local timeout = step(task)
    if task.waiting then poll(timeout) end
  end
  depth, task.driving = depth - 1, false
  current = outer
  local err = task.failing
  task.failing = nil
  return err
end

--- Parks the current task until it is woken; raises when it was cancelled.
---@return any woken_by
local function park()
  local task = current
  if not task then error("lash functions that wait need a running scheduler", 3) end
  local caught = interrupt.caught()
  if caught ~= nil and caught == task.cancelled_by and task.failing == nil then
    task.failing, task.raises = caught, (task.raises or 0) + 1
    if task.raises > MAX_RAISES and coroutine.isyieldable() then coroutine.yield(ABANDON) end
  end
  local err = task.failing
  if err == nil then
    task.waiting, task.woken_by = true, nil
    if coroutine.running() == task.co and coroutine.isyieldable() then
      coroutine.yield(WAIT)
      err = task.failing
    else
      if depth >= MAX_DEPTH then
        task.waiting = false
        errors.raise("internal", "too many waits inside gsub, sort, require or generators at once",
          { hint = ("at most %d can wait in such places at a time"):format(MAX_DEPTH) })
      end
      err = interrupt.shielded(drive, task)
    end
  end
  task.failing, task.waiting = nil, false
  if err ~= nil then error(err, 0) end
  return task.woken_by
end

local function end_sleep(timer) tasks.wake(timer.task, nil) end

local timer_meta = { __close = function(timer) timers:remove(timer) end }

--- Has `fire` called with the timer when a time has come, for the current task;
-- closing the timer takes it away. `fire` may not wait.
---@param at number  seconds of the monotonic clock
---@param fire fun(timer: lash.Timer)
---@return lash.Timer
function M.timer(at, fire)
  local timer = setmetatable({ at = at, fire = fire, task = current }, timer_meta)
  timers:add(timer)
  return timer
end

local source_wait = { __close = function(self) sources[self.id] = nil end }

--- Waits until the source has news, or a time has come.
---@async
---@param id integer  source id
---@param deadline? number  seconds of the monotonic clock
---@return boolean news
function M.wait(id, deadline)
  local task = current
  sources[id] = task
  local _timer <close> = deadline and M.timer(deadline, end_sleep) or nil
  local _wait <close> = setmetatable({ id = id }, source_wait)
  return park() == id
end

--- Waits for a number of seconds.
---@async
---@param seconds number
function M.sleep(seconds)
  local _timer <close> = M.timer(loop.now() + seconds, end_sleep)
  park()
end

--- Waits until another task calls `wake` on this one; for queues and the like.
---@async
---@return any value  what `wake` was given
function M.park() return park() end

--- Ends the `park` of a task; one that is not parked is left alone.
M.wake = tasks.wake

--- The running task.
---@return lash.Task?
function M.current() return current end

--- Starts a task as a child of the current one; it runs at the next wait.
---@param f async fun(...): ...
---@return lash.Task
function M.spawn(f, ...)
  local args = table.pack(...)
  local task = tasks.new(current)
  task.co = coroutine.create(function()
    return WAIT, table.pack(xpcall(f, traceback, table.unpack(args, 1, args.n)))
  end)
  return task
end

--- Starts a task that is cancelled, instead of awaited, when its parent ends,
-- and whose failure is for whoever joins it alone.
---@param f async fun(...): ...
---@return lash.Task
function M.spawn_daemon(f, ...)
  local task = M.spawn(f, ...)
  task.daemon = true
  return task
end

---@param task lash.Task
local function await(task)
  task.joined = true
  while not task.done do
    task:notify()
    park()
  end
end

--- Waits for the task; returns what it returned, or raises its error.
---@async
function Task:join()
  await(self)
  if not self.ok then error(self.err, 0) end
  return table.unpack(self.body, 2, self.body.n)
end

--- From now on a `park` of the current task also ends when this task is done.
function Task:notify() self.waiters[current] = true end

--- Closing a task cancels it and waits for its end; its error is dropped.
---@async
function Task:__close()
  self:cancel()
  await(self)
end

--- Raises, as a wait would, when the current task has been cancelled or its
-- deadline has passed; for use before something that cannot be taken back.
function M.checkpoint()
  local task = current
  local err = task.failing
  local caught = interrupt.caught()
  if err == nil and caught ~= nil and caught == task.cancelled_by then err = caught end
  task.failing = nil
  if err ~= nil then error(err, 0) end
end

--- Runs f(...) as the root task until it and all that it started are done.
-- Returns what it returned, or raises its error.
function M.run(f, ...)
  assert(not root, "the scheduler runs already")
  root = M.spawn(f, ...)
  while not root.done do
    local timeout = step(root)
    if not root.done then poll(timeout) end
  end
  local task = root
  root, sources, timers = nil, {}, heap.new()
  if not task.ok then
    M.trace = task.trace
    error(task.err, 0)
  end
  return table.unpack(task.body, 2, task.body.n)
end

return M
