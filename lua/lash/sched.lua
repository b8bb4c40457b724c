--- Tasks over one event loop.
--
-- A task is a coroutine. It waits by parking, and runs on when a source that it
-- waits for has news, a time has come, or another task is done. C never calls
-- into Lua: `loop.poll` says who is ready, and their tasks are resumed here.
--
-- Structure: a task belongs to the task that spawned it (sched/task.lua). Cancelling
-- raises an error at the waiting point, so <close> variables run, and may wait.
--
-- Waiting works anywhere. Where the coroutine cannot yield (inside `gsub`,
-- `sort`, `require`), or is a user's own generator, the loop is driven in place.
local errors = require "lash.errors"
local heap = require "lash.heap"
local interrupt = require "lash.core.interrupt"
local join = require "lash.sched.join"
local loop = require "lash.core.loop"
local stops = require "lash.sched.stop"
local tasks = require "lash.sched.task"

local M = {
  foreground = nil, ---@type lash.Task?  whom Ctrl-C ends, instead of the root
}

--- What a task yields to wait. Any other yield that reaches the scheduler is a
-- mistake of the script.
local WAIT = {}

local current ---@type lash.Task?
local root ---@type lash.Task?
local timers = heap.new()
local sources = {} ---@type table<integer, lash.Task>  waiting tasks by source id

local traces = setmetatable({}, { __mode = "k" }) ---@type table<table, string>

--- Keeps the place of an error, for -v; of one that a join raises again, the first.
local function traceback(err)
  if err == nil then err = "an error without a message" end
  err = errors.located(err, 4)
  local trace = traces[err] or debug.traceback("", 3)
  if type(err) == "table" then traces[err] = trace end
  if current then current.trace = trace end
  return err
end

local function resume(task)
  if task.body then return end
  if not task.started and task.own.passed then return tasks.finish(task, { false, task.own.err, n = 2 }) end
  local outer = current
  current, task.started = task, true
  stops.enter(task)
  local ok, what, body = interrupt.resume_task(task.co, task)
  stops.enter(outer)
  current = outer
  stops.note_interrupt(task)
  interrupt.caught() -- was this task's own affair
  if not ok then -- killed outside of its protected call
    tasks.finish(task, { false, what, n = 2 })
  elseif coroutine.status(task.co) == "dead" then
    tasks.finish(task, body)
  elseif what == stops.ABANDON then
    tasks.finish(task, { false, body, n = 2 })
  elseif what ~= WAIT then
    stops.raise_in(task.co, errors.new("internal", "a task may wait only through lash, not with coroutine.yield"))
    tasks.enqueue(task)
  end
end

--- Cancels the root when a signal or the run's deadline stands, once; with Ctrl-C
-- the task in the foreground, when there is one.
local function look_at_interrupt()
  local err = interrupt.pending()
  if not err or not root or root.done then return end
  local task = err.signal == "SIGINT" and M.foreground or root
  if not task.interrupted then
    task.interrupted = true
    task:cancel(err)
  elseif interrupt.relentless() and not root.abandoned then
    root.abandoned = true
    tasks.fail_all(root, err)
  end
end

local ready = {}

--- Runs what is runnable, then polls once; waits only when nothing is left.
local function step()
  for _ = 1, tasks.runnable() do
    local task = tasks.next()
    if not task then break end -- a nested drive took them
    resume(task)
  end
  look_at_interrupt()
  local timeout
  if tasks.runnable() > 0 then
    timeout = 0
  elseif timers:first() then
    timeout = math.max(0, timers:first().at - loop.now())
  end
  return timeout
end

--- Waits for news of sources and timers. When there are none to wait for, but one
-- that ends no wait, no wait can end any more: the driver's fails, or all when none
-- drives in place.
---@param timeout? number
---@param driver? lash.Task
local function poll(timeout, driver)
  local timer = timers:first()
  local idle = not timer or timers[2] == nil and timer.idle
  if idle and tasks.runnable() == 0 and not next(sources) and not interrupt.pending() then
    local err = errors.new("internal", "deadlock: the tasks wait for each other")
    if driver then tasks.fail(driver, err) else tasks.fail_all(root, err) end
    return
  end
  local n = assert(loop.poll(timeout, ready))
  for i = 1, n do
    local task = sources[ready[i]]
    if task then tasks.wake(task, ready[i]) end
  end
  timer = timers:first()
  local now = timer and loop.now()
  while timer and timer.at <= now do
    timers:remove(timer)
    timer.fire(timer)
    timer = timers:first()
  end
  look_at_interrupt()
end

--- Drives the loop until the current task is woken.
local function drive(task)
  local outer = current
  task.driving = true
  while task.waiting do
    local timeout = step()
    if task.waiting then poll(timeout, task) end
  end
  task.driving = nil
  current = outer
end

--- Why nothing may wait now, nor begin what would be waited for; nil: it may.
local refusal ---@type lash.Error?

--- Calls f(...), in which nothing may wait: that raises `err`.
---@param err lash.Error
---@param f function
---@return any ...
function M.without_waiting(err, f, ...)
  local outer = refusal
  local _restore <close> = setmetatable({}, { __close = function() refusal = outer end })
  refusal = err
  return f(...)
end

--- The running task; raises where there is none: in a finalizer at the end of the process.
---@return lash.Task
function M.running() return current or error("lash functions that wait need a running scheduler", 3) end

--- Parks the current task until it is woken; raises when it was cancelled.
---@return any woken_by
local function park()
  local task = M.running()
  local err = refusal or stops.due(task)
  if err == nil then
    local yields = coroutine.running() == task.co and coroutine.isyieldable()
    if not yields and not interrupt.room() then
      errors.raise("internal", "too many waits inside gsub, sort, require or generators at once",
        { hint = "these hold C stack: about 25 can wait in such places at a time" })
    end
    task.waiting, task.woken_by = true, nil
    if yields then coroutine.yield(WAIT) else interrupt.shielded(drive, task) end
    err = stops.due(task)
  end
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
  local by
  repeat by = park() until by == id or deadline and loop.now() >= deadline
  return by == id
end

--- Waits for a number of seconds.
---@async
---@param seconds number
function M.sleep(seconds)
  local at = loop.now() + seconds
  local _timer <close> = M.timer(at, end_sleep)
  repeat park() until loop.now() >= at
end

--- Waits until another task calls `wake` on this one; for queues and the like.
---@async
---@return any value  what `wake` was given
function M.park() return park() end

--- Ends the `park` of a task; one that is not parked is left alone.
M.wake = tasks.wake

--- The running task; nil: there is none.
---@return lash.Task?
function M.current() return current end

join.install(park, M.running)

local function call(f, ...) return WAIT, table.pack(xpcall(f, traceback, ...)) end

--- What the coroutine of a task runs; what it was given is not kept.
---@param task lash.Task
local function body(task)
  local start = task.start
  task.start = nil
  return call(table.unpack(start, 1, start.n))
end

--- Starts a task as a child of the current one; it runs at the next wait.
---@param f async fun(...): ...
---@return lash.Task
function M.spawn(f, ...)
  if refusal then error(refusal, 0) end
  local task = tasks.new(current)
  task.co, task.start = coroutine.create(body), table.pack(f, ...)
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

--- Is this error on its way out of more than the current call: of a stop around
-- the current task, or a failure of a child?
---@param err any
---@return boolean
function M.stands(err)
  if not current then return false end
  local failed = tasks.unheard(current)
  return failed ~= nil and rawequal(failed.err, err) or stops.stands(current, err)
end

--- Raises, as a wait would, when the current task has been cancelled or its deadline
-- has passed; for use before what cannot be taken back.
function M.checkpoint()
  local err = refusal or stops.due(M.running())
  if err ~= nil then error(err, 0) end
end

--- Runs f(...) as the root task until it and all that it started are done.
-- Returns what it returned, or raises its error.
function M.run(f, ...)
  assert(not root, "the scheduler runs already")
  root = M.spawn(f, ...)
  while not root.done do
    local timeout = step()
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
