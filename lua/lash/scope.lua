--- What holds for a task and for all that it starts: the run whose tool is at
-- work, budgets.
--
-- A chain of tables, the innermost first; a task begins with that of the task that
-- started it.
local sched = require "lash.sched"

local M = {}

---@class lash.Scope
---@field run? lash.run.State
---@field call? lash.Call  of a tool
---@field budget? lash.Budget
---@field private outer? lash.Scope
---@field private task lash.Task
---@field private over? boolean

local meta = {
  __close = function(self)
    local task = self.task
    self.over = true
    while task.scope and task.scope.over do task.scope = task.scope.outer end
  end,
}

--- From now on these fields hold, until what is returned is closed.
---@param fields table
---@return lash.Scope
function M.push(fields)
  local task = sched.running()
  fields.outer, fields.task = task.scope, task
  task.scope = setmetatable(fields, meta)
  return fields
end

--- The values of a field that hold, from the innermost.
---@param key string
---@return any[]
function M.all(key)
  local task = sched.current()
  local found, at = {}, task and task.scope
  while at do
    if at[key] ~= nil and not at.over then found[#found + 1] = at[key] end
    at = at.outer
  end
  return found
end

--- The innermost value of a field.
---@param key string
---@return any
function M.find(key) return M.all(key)[1] end

return M
