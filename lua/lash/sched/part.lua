--- What a task is at: what it starts meanwhile ends with it.
local join = require "lash.sched.join"
local sched = require "lash.sched"
local tasks = require "lash.sched.task"

local M = {}

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
      join.await(child)
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
function M.begin()
  local task = sched.current()
  if not task then return nil end
  task.part = setmetatable({ task = task, outer = task.part }, part_meta)
  return task.part
end

return M
