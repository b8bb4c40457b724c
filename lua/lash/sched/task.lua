--- A task: a coroutine, who it belongs to, and how it ends.
--
-- A task belongs to the task that spawned it. Nobody is done before his children
-- are; who fails cancels his children, and a child's failure that nobody joins
-- fails its parent: where that waits, or, when it was swallowed there, at its end.
-- A child that was cancelled, and ended of that, has not failed; nor has one that ended
-- of a deadline that its parent is in. Running tasks, and waiting, is the scheduler's
-- (sched.lua).
local errors = require "lash.errors"

local M = {}

---@class lash.Task
---@field private co thread
---@field private start? table  packed: its function and what that is given, until it begins
---@field private parent? lash.Task
---@field private children table<lash.Task, boolean>
---@field private started boolean
---@field private waiting boolean  parked, nothing has woken it
---@field private driving? boolean  parked with the loop driven in place
---@field private woken_by any  what `wake` passed
---@field private failing? any  a child's failure, to raise at the next waiting point
---@field feeds? lash.Task  who takes what it produces; it waits for him
---@field scope? lash.Scope  what holds for it; see lash.scope
---@field private own lash.Stop  its cancellation
---@field private stops lash.Stop  the innermost deadline's, else `own`
---@field private body? table  packed results of its function
---@field private waiters table<lash.Task, boolean>
---@field private joiners integer  how many take note of its failure
---@field private heard? boolean  its failure was raised where it was joined
---@field private failures? lash.Task[]  children whose failure nobody heard, or had not then
---@field private cancelled? boolean  by a call of `cancel`
---@field private daemon boolean  cancelled, not awaited, when its parent ends
---@field ordinal integer|string  the how many-th child of its parent it is; of a group: 2.1
---@field spawned integer  how many children it began; see lash.frame
---@field part? lash.sched.Part  what it is at
---@field part_of? lash.sched.Part  what its parent was at when it began
---@field on_done? fun(task: lash.Task)  told of its end; may neither wait nor fail
---@field done boolean
---@field ok? boolean
---@field err? any  why it failed
local Task = {}
Task.__index = Task
Task.__name = "lash.Task"
M.Task = Task

-- Tasks that can run on, first in, first out.
local queue, first, last = {}, 1, 0

---@param task lash.Task
function M.enqueue(task)
  last = last + 1
  queue[last] = task
end

--- Ends a task's wait; a task that does not wait is left alone.
---@param task lash.Task
---@param value any  what its `park` returns
function M.wake(task, value)
  if not task.waiting then return end
  task.waiting, task.woken_by = false, value
  if not task.driving then M.enqueue(task) end
end

---@param task lash.Task
---@param err any
function M.fail(task, err)
  if task.done then return end
  if task.failing == nil then task.failing = err end
  M.wake(task, nil)
end

--- Did the task end of a deadline of its parent's? Who meets it himself, and may catch it.
---@param task lash.Task
local function ended_with_parent(task)
  local stop = task.own.around
  while stop and stop.task == task.parent do
    if stop.passed and rawequal(stop.err, task.err) then return true end
    stop = stop.outer
  end
  return false
end

--- A failure that nobody takes note of is the parent's.
---@param task lash.Task
function M.tell_parent(task)
  local parent = task.parent
  if task.ok or not parent or parent.done then return end
  local ended_as_told = task.cancelled and rawequal(task.err, task.own.err) or ended_with_parent(task)
  if ended_as_told or task.heard or task.daemon or task.joiners > 0 then return end
  if parent.body then
    if not parent.body[1] then return end
    parent.body = { false, task.err, n = 2 }
    for child in pairs(parent.children) do child:cancel() end
  else
    parent.failures = parent.failures or {}
    table.insert(parent.failures, task)
    M.fail(parent, task.err)
  end
end

--- The failure of a task is heard: it is no longer its parent's.
---@param task lash.Task
function M.hear(task)
  task.heard = true
  local parent = task.parent
  if parent and rawequal(parent.failing, task.err) then parent.failing = nil end
end

--- The first child whose failure nobody heard.
---@param task lash.Task
---@return lash.Task?
function M.unheard(task)
  for _, child in ipairs(task.failures or {}) do
    if not child.heard then return child end
  end
end

--- A task is done when its function has returned and no child is left.
---@param task lash.Task
local function settle(task)
  if not task.body or next(task.children) then return end
  local body, parent = task.body, task.parent
  task.done, task.ok = true, body[1]
  if not task.ok then task.err = body[2] end
  for waiter in pairs(task.waiters) do M.wake(waiter, task) end
  if task.on_done then task.on_done(task) end
  if not parent then return end
  parent.children[task] = nil
  M.tell_parent(task)
  return settle(parent)
end

---@param task lash.Task
---@param body table  packed: ok, results or error
function M.finish(task, body)
  local failed = body[1] and M.unheard(task)
  if failed then body = { false, failed.err, n = 2 } end
  task.body, task.start = body, nil -- what it was given is of no use to who keeps it
  local late = task.own.passed and task.own.err -- it was stopped, and made nothing of it
  for child in pairs(task.children) do
    if late or not body[1] or child.daemon then child:cancel(late or nil) end
  end
  settle(task)
end

--- Ends every wait of a task and of all below it.
---@param task lash.Task
---@param err any
function M.fail_all(task, err)
  M.fail(task, err)
  for child in pairs(task.children) do M.fail_all(child, err) end
end

--- The next task to run, taken out of the queue; nil when none can.
---@return lash.Task?
function M.next()
  if first > last then return nil end
  local task = queue[first]
  queue[first] = nil
  first = first + 1
  return task
end

--- How many tasks can run.
---@return integer
function M.runnable() return last - first + 1 end

--- Makes a task; it can run at once.
---@param parent? lash.Task
---@return lash.Task
function M.new(parent)
  local own = { around = parent and parent.stops } ---@type lash.Stop
  local ordinal = parent and parent.spawned + 1 or 1
  local task = setmetatable({
    parent = parent, scope = parent and parent.scope, children = {}, waiters = {}, own = own, stops = own, joiners = 0,
    started = false, waiting = false, daemon = false, done = false, ordinal = ordinal, spawned = 0,
  }, Task)
  own.task = task
  if parent then
    parent.spawned, parent.children[task], task.part_of = ordinal, true, parent.part
    if parent.part then parent.part.spawned = true end
  end
  M.enqueue(task)
  return task
end

--- Cancels the task: the error is raised where it waits, or before it begins.
---@param err? any  default: an error of kind "cancelled"
function Task:cancel(err)
  if self.done then return end
  err = err or errors.new("cancelled", "the task was cancelled")
  self.cancelled = true
  if self.body then
    if self.body[1] then self.body, self.own.err = { false, err, n = 2 }, err end
    for child in pairs(self.children) do child:cancel(err) end
  elseif not self.own.passed then
    self.own.err, self.own.passed = err, true
    M.wake(self, nil) -- one that has not begun ends in the queue
  end
end

return M
