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
---@param task lash.Task
local function await(task)
  if task.done then return end
  local waiter = current()
  local _leave <close> = setmetatable({ task = task, waiter = waiter, notified = task.waiters[waiter] }, leave)
  task.waiters[waiter], task.joiners = true, task.joiners + 1
  while not task.done do park() end
end

--- Waits for the task; returns what it returned, or raises its error.
---@async
function Task:join()
  await(self)
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
  await(self)
end

--- Something that a task is at, which is over when what it has started is.
---@class lash.sched.Part
---@field task lash.Task
---@field outer? lash.sched.Part
---@field spawned? boolean  it has started something
---@field over? boolean

--- A child of the part that is not done.
---@param part lash.sched.Part
---@param all boolean  also one that nobody waits for
---@return lash.Task?
local function undone(part, all)
  for child in pairs(part.task.children) do
    if child.part_of == part and (all or not child.daemon) then return child end
  end
end

--- Closing it ends what is left of a part. Whatever failed in it is the part's
-- affair, no longer the task's.
local rest = {
  __close = function(self)
    local part = self.part
    for child in pairs(part.task.children) do
      if child.part_of == part then
        child.daemon = true
        child:cancel()
      end
    end
    local _heard <close> = setmetatable({}, { __close = function()
      for _, child in ipairs(part.task.failures or {}) do
        if child.part_of == part then tasks.hear(child) end
      end
    end })
    local child = undone(part, true)
    while child do
      await(child)
      child = undone(part, true)
    end
  end,
}

local part_meta = {
  __close = function(part, err)
    local task = part.task
    part.over = true
    while task.part and task.part.over do task.part = task.part.outer end
    if not part.spawned then return end
    local _rest <close> = setmetatable({ part = part }, rest)
    local child = err == nil and undone(part, false)
    while child do
      child:join()
      child = undone(part, false)
    end
    for _, failed in ipairs(err == nil and task.failures or {}) do
      if failed.part_of == part and not failed.heard then error(failed.err, 0) end
    end
  end,
}

--- Begins a part of what the current task is at. Closing it waits for all that was
-- started meanwhile, and raises what that failed of; after an error it ends it.
---@return lash.sched.Part?
function M.part()
  local task = current()
  if not task then return nil end
  task.part = setmetatable({ task = task, outer = task.part }, part_meta)
  return task.part
end

return M
