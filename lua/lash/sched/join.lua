--- Waiting for the end of a task: join, notify, <close>.
local tasks = require "lash.sched.task"

local M = {}

local Task = tasks.Task

local park, current ---@type async fun(): any, fun(): lash.Task

--- Takes the scheduler's way to wait.
---@param park_current async fun(): any
---@param get_current fun(): lash.Task
function M.install(park_current, get_current) park, current = park_current, get_current end

local leave = {
  __close = function(self, err)
    local task = self.task
    task.joiners = task.joiners - 1
    task.waiters[self.waiter] = self.notified
    if err ~= nil and task.done then tasks.tell_parent(task) end -- who waited for it was stopped
  end,
}

--- Waits until the task is done; its failure is the caller's affair meanwhile.
---@async
---@param task lash.Task
function M.await(task)
  if task.done then return end
  local waiter = current()
  local _leave <close> = setmetatable({ task = task, waiter = waiter, notified = task.waiters[waiter] }, leave)
  task.waiters[waiter], task.joiners = true, task.joiners + 1
  while not task.done do park() end
end

--- Waits for the task; returns what it returned, or raises its error.
---@async
function Task:join()
  M.await(self)
  if not self.ok then
    tasks.hear(self)
    error(self.err, 0)
  end
  return table.unpack(self.body, 2, self.body.n)
end

--- From now on a `park` of the current task also ends when this task is done.
function Task:notify() self.waiters[current()] = true end

--- Closing a task cancels it and waits for its end; its error is dropped.
---@async
function Task:__close()
  self.daemon = true
  self:cancel()
  M.await(self)
end

return M
