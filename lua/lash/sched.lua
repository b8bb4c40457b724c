--- Tasks over one event loop.
--
-- A task is a coroutine. It waits by parking, and runs on when a source that it
-- waits for has news, a time has come, or another task is done. C never calls
-- into Lua: `loop.poll` says who is ready, and their tasks are resumed here.
--
-- Structure: a task belongs to the task that spawned it. Nobody is done before
-- his children are; who fails cancels his children, and a child's failure that
-- nobody joins fails its parent. Cancelling raises an error at the waiting
-- point, so <close> variables run, and may wait.
--
-- Waiting works anywhere. Where the coroutine cannot yield (inside `gsub`,
-- `sort`, `require`), or is a user's own generator, the loop is driven in place.
local errors = require "lash.errors"
local heap = require "lash.heap"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"

local M = {}

local sethook = debug.sethook -- a script may take `debug` away

--- What a task yields to wait. Any other yield that reaches the scheduler is a
-- mistake of the script.
local WAIT = {}

--- What a cancelled task yields when it catches its cancellation for ever.
local ABANDON = {}

--- How often a cancellation is raised again before the task is left where it
-- is, its <close> variables unclosed: it cannot be ended in any better way.
local MAX_RAISES = 100

--- What is to end a task, or the call that has a deadline: raised at the next
-- wait, and again whenever it was swallowed.
---@class lash.Stop
---@field err any
---@field passed? boolean  it is time
---@field raised? boolean
---@field raises? integer  how often it was raised again
---@field outer? lash.Stop

---@class lash.Task
---@field private co thread
---@field private parent? lash.Task
---@field private children table<lash.Task, boolean>
---@field private started boolean
---@field private waiting boolean  parked, nothing has woken it
---@field private driving boolean  parked with the loop driven in place
---@field private woken_by any  what `wake` passed
---@field private failing? any  a child's failure, to raise at the next waiting point
---@field private own lash.Stop  its cancellation
---@field private stops lash.Stop  the innermost deadline's, else `own`
---@field private body? table  packed results of its function
---@field private waiters table<lash.Task, boolean>
---@field private joiners integer  how many take note of its failure
---@field private daemon boolean  cancelled, not awaited, when its parent ends
---@field done boolean
---@field ok? boolean
---@field err? any  why it failed
local Task = {}
Task.__index = Task
Task.__name = "lash.Task"

local current ---@type lash.Task?
local root ---@type lash.Task?
local queue, first, last = {}, 1, 0 -- runnable tasks
local timers = heap.new()
local sources = {} ---@type table<integer, lash.Task>  waiting tasks by source id

---@param task lash.Task
local function enqueue(task)
  last = last + 1
  queue[last] = task
end

--- Ends a task's wait; a task that does not wait is left alone.
---@param task lash.Task
---@param value any  what its `park` returns
local function wake(task, value)
  if not task.waiting then return end
  task.waiting, task.woken_by = false, value
  if not task.driving then enqueue(task) end
end

---@param task lash.Task
---@param err any
local function fail_at_wait(task, err)
  if task.done then return end
  if task.failing == nil then task.failing = err end
  wake(task, nil)
end

--- A task is done when its function has returned and no child is left.
---@param task lash.Task
local function settle(task)
  if not task.body or next(task.children) then return end
  local body, parent = task.body, task.parent
  task.done, task.ok = true, body[1]
  if not task.ok then task.err = body[2] end
  for waiter in pairs(task.waiters) do wake(waiter, task) end
  if not parent then return end
  parent.children[task] = nil
  if not task.ok and task.joiners == 0 and not task.daemon then
    if parent.body then
      if parent.body[1] then parent.body = { false, task.err, n = 2 } end
      for child in pairs(parent.children) do child:cancel() end
    else
      fail_at_wait(parent, task.err)
    end
  end
  return settle(parent)
end

---@param task lash.Task
---@param body table  packed: ok, results or error
local function finish(task, body)
  task.body = body
  for child in pairs(task.children) do
    if not body[1] or child.daemon then child:cancel() end
  end
  settle(task)
end

--- Keeps the place of an error that is a plain message, for -v.
---@param err any
---@return any
local function traceback(err)
  if err == nil then err = "an error without a message" end
  if type(err) == "string" and current then current.trace = debug.traceback("", 3) end
  return err
end

--- Raises an error where a coroutine that has yielded goes on.
---@param co thread
---@param err any
local function raise_in(co, err)
  sethook(co, function()
    sethook(co)
    error(err, 0)
  end, "", 1)
end

---@param task lash.Task
local function resume(task)
  if task.body then return end
  if not task.started and task.own.passed then return finish(task, { false, task.own.err, n = 2 }) end
  local outer = current
  current, task.started = task, true
  local ok, what, body = interrupt.resume_task(task.co, task)
  current = outer
  if interrupt.raised() then
    local own = task.own
    own.err, own.passed, own.raised = interrupt.pending(), true, true
  end
  interrupt.caught() -- was this task's own affair
  if not ok then -- killed outside of its protected call
    finish(task, { false, what, n = 2 })
  elseif coroutine.status(task.co) == "dead" then
    finish(task, body)
  elseif what == ABANDON then
    finish(task, { false, body, n = 2 })
  elseif what ~= WAIT then
    raise_in(task.co, errors.new("internal", "a task may wait only through lash, not with coroutine.yield"))
    enqueue(task)
  end
end

--- Ends every wait of a task and of all below it.
---@param task lash.Task
---@param err any
local function fail_all(task, err)
  fail_at_wait(task, err)
  for child in pairs(task.children) do fail_all(child, err) end
end

--- Cancels the root when a signal or the run's deadline stands, once.
local function look_at_interrupt()
  local err = interrupt.pending()
  if not err or not root or root.done then return end
  if not root.interrupted then
    root.interrupted = true
    root:cancel(err)
  elseif interrupt.relentless() and not root.abandoned then
    root.abandoned = true
    fail_all(root, err)
  end
end

local ready = {}

--- Runs what is runnable, then polls once; waits only when nothing is left.
local function step()
  for _ = first, last do
    if first > last then break end -- a nested drive took them
    local task = queue[first]
    queue[first] = nil
    first = first + 1
    resume(task)
  end
  look_at_interrupt()
  local timeout
  if first <= last then
    timeout = 0
  elseif timers:first() then
    timeout = math.max(0, timers:first().at - loop.now())
  end
  return timeout
end

--- Waits for news of sources and timers. When there are none to wait for, no
-- wait can end any more: the driver's fails, or all when none drives in place.
---@param timeout? number
---@param driver? lash.Task
local function poll(timeout, driver)
  if not timeout and not next(sources) and not interrupt.pending() then
    local err = errors.new("internal", "deadlock: the tasks wait for each other")
    if driver then fail_at_wait(driver, err) else fail_all(root, err) end
    return
  end
  local n = assert(loop.poll(timeout, ready))
  for i = 1, n do
    local task = sources[ready[i]]
    if task then wake(task, ready[i]) end
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

--- Drives the loop until the current task is woken.
---@param task lash.Task
local function drive(task)
  local outer = current
  task.driving = true
  while task.waiting do
    local timeout = step()
    if task.waiting then poll(timeout, task) end
  end
  task.driving = false
  current = outer
end

--- The error that a wait of the task is to raise, if any. The outermost stop
-- wins; one that is on its way up, through <close> variables that wait, is not
-- raised a second time.
---@param task lash.Task
---@return any
local function due(task)
  local caught = interrupt.caught()
  local found
  local stop = task.stops
  while stop do
    if stop.passed and (not stop.raised or caught and caught[stop.err]) then found = stop end
    stop = stop.outer
  end
  local err = task.failing
  task.failing = nil
  if not found then return err end
  if found.raised then
    found.raises = (found.raises or 0) + 1
    if found.raises > MAX_RAISES and coroutine.isyieldable() then coroutine.yield(ABANDON, found.err) end
  end
  stop = task.stops
  while stop ~= found do -- what is inside of it ends with it
    stop.raised = true
    stop = stop.outer
  end
  found.raised = true
  return found.err
end

--- Parks the current task until it is woken; raises when it was cancelled.
---@return any woken_by
local function park()
  local task = current
  if not task then error("lash functions that wait need a running scheduler", 3) end
  local err = due(task)
  if err == nil then
    local yields = coroutine.running() == task.co and coroutine.isyieldable()
    if not yields and not interrupt.room() then
      errors.raise("internal", "too many waits inside gsub, sort, require or generators at once",
        { hint = "these hold C stack: about 25 can wait in such places at a time" })
    end
    task.waiting, task.woken_by = true, nil
    if yields then coroutine.yield(WAIT) else interrupt.shielded(drive, task) end
    err = due(task)
  end
  if err ~= nil then error(err, 0) end
  return task.woken_by
end

---@param at number
---@param fire fun(timer: lash.Timer)
---@param task? lash.Task
local function add_timer(at, fire, task)
  local timer = { at = at, fire = fire, task = task }
  timers:add(timer)
  return timer
end

local function wake_from_sleep(timer) wake(timer.task, nil) end

--- A value that takes its timer away when it is closed.
local guard = { __close = function(timer) timers:remove(timer) end }

--- Waits until the source has news, or a time has come.
---@async
---@param id integer  source id
---@param deadline? number  seconds of the monotonic clock
---@return boolean news
function M.wait(id, deadline)
  local task = current
  sources[id] = task
  local _timer <close> = deadline and setmetatable(add_timer(deadline, wake_from_sleep, task), guard) or nil
  local _forget <close> = setmetatable({ id = id }, M._forget_source)
  local by
  repeat by = park() until by == id or deadline and loop.now() >= deadline
  return by == id
end

M._forget_source = { __close = function(self) sources[self.id] = nil end }

--- Waits for a number of seconds.
---@async
---@param seconds number
function M.sleep(seconds)
  local at = loop.now() + seconds
  local _timer <close> = setmetatable(add_timer(at, wake_from_sleep, current), guard)
  repeat park() until loop.now() >= at
end

--- Waits until another task calls `wake` on this one; for queues and the like.
---@async
---@return any value  what `wake` was given
function M.park() return park() end

--- Ends the `park` of a task; one that is not parked is left alone.
---@param task lash.Task
---@param value? any
function M.wake(task, value) wake(task, value) end

--- The running task.
---@return lash.Task?
function M.current() return current end

---@param f async fun(...): ...
local function new_task(f, ...)
  local args = table.pack(...)
  local own = {}
  local task = setmetatable({
    parent = current, children = {}, waiters = {}, own = own, stops = own, joiners = 0,
    started = false, waiting = false, driving = false, daemon = false, done = false,
  }, Task)
  task.co = coroutine.create(function()
    return WAIT, table.pack(xpcall(f, traceback, table.unpack(args, 1, args.n)))
  end)
  if current then current.children[task] = true end
  enqueue(task)
  return task
end

--- Starts a task as a child of the current one; it runs at the next wait.
---@param f async fun(...): ...
---@return lash.Task
function M.spawn(f, ...) return new_task(f, ...) end

--- Starts a task that is cancelled, instead of awaited, when its parent ends,
-- and whose failure is for whoever joins it alone.
---@param f async fun(...): ...
---@return lash.Task
function M.spawn_daemon(f, ...)
  local task = new_task(f, ...)
  task.daemon = true
  return task
end

local leave = {
  __close = function(self)
    self.task.joiners = self.task.joiners - 1
    self.task.waiters[self.waiter] = self.notified
  end,
}

--- Waits until the task is done; its failure is the caller's affair meanwhile.
---@param task lash.Task
local function await(task)
  if task.done then return end
  local waiter = current
  local _leave <close> = setmetatable({ task = task, waiter = waiter, notified = task.waiters[waiter] }, leave)
  task.waiters[waiter], task.joiners = true, task.joiners + 1
  while not task.done do park() end
end

--- Waits for the task; returns what it returned, or raises its error.
---@async
function Task:join()
  await(self)
  if not self.ok then error(self.err, 0) end
  return table.unpack(self.body, 2, self.body.n)
end

--- Cancels the task: the error is raised where it waits, or before it begins.
---@param err? any  default: an error of kind "cancelled"
function Task:cancel(err)
  if self.done then return end
  err = err or errors.new("cancelled", "the task was cancelled")
  if self.body then
    for child in pairs(self.children) do child:cancel(err) end
  elseif not self.own.passed then
    self.own.err, self.own.passed = err, true
    wake(self, nil) -- one that has not begun ends in the queue
  end
end

--- From now on a `park` of the current task also ends when this task is done.
function Task:notify() self.waiters[current] = true end

--- Closing a task cancels it and waits for its end; its error is dropped.
---@async
function Task:__close()
  self.daemon = true
  self:cancel()
  await(self)
end

--- Takes a deadline away, passed or not, when its scope ends.
local scope = {
  __close = function(stop)
    timers:remove(stop.timer)
    stop.task.stops = stop.outer
  end,
}

--- Calls f(...) with a deadline for its waits: past it, `err` is raised there.
-- Deadlines nest; the nearest wins.
---@async
---@param at number  seconds of the monotonic clock
---@param err any
---@param f async fun(...): ...
function M.with_deadline(at, err, f, ...)
  local task = current
  local stop <close> = setmetatable({ err = err, task = task, outer = task.stops }, scope)
  task.stops = stop
  stop.timer = add_timer(at, function()
    stop.passed = true
    wake(task, nil)
  end)
  return f(...)
end

--- Raises, as a wait would, when the current task has been cancelled or its
-- deadline has passed; for use before something that cannot be taken back.
function M.checkpoint()
  local err = due(current)
  if err ~= nil then error(err, 0) end
end

--- Calls the functions side by side; their results, packed, in the same order.
-- The first error cancels the others and is raised.
---@async
---@param list (async fun(): ...)[]
---@return table[]
function M.gather(list)
  local results = {}
  local group <close> = M.spawn_daemon(function()
    for i, f in ipairs(list) do
      M.spawn(function() results[i] = table.pack(f()) end)
    end
  end)
  group:join()
  return results
end

--- Runs f(...) as the root task until it and all that it started are done.
-- Returns what it returned, or raises its error.
function M.run(f, ...)
  assert(not root, "the scheduler runs already")
  root = new_task(f, ...)
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
