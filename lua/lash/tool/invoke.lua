--- Runs the function of a tool: its arguments in order, its context, its time, and
-- what it starts.
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local parts = require "lash.sched.part"
local sys = require "lash.core.sys"
local task = require "lash.task"

local function call(tool, values, ctx)
  local at = task.deadline()
  ctx.deadline = at and sys.wall() + at - loop.now()
  local _part <close> = parts.begin() -- its tasks are a part of the call
  if tool.whole then return tool.run(values, ctx) end
  local list, n = {}, #tool.params.fields + 1
  for i, field in ipairs(tool.params.fields) do list[i] = values[field.name] end
  list[n] = ctx
  return tool.run(table.unpack(list, 1, n))
end

--- Past its `timeout` the tool is stopped where it is: a `timeout` error.
---@async
---@param tool lash.Tool
---@param values table  checked arguments
---@param ctx lash.ToolContext  its deadline is filled in
---@return any ...  what it returns
return function(tool, values, ctx)
  if not tool.timeout then return call(tool, values, ctx) end
  local seconds = require("lash.duration").seconds(tool.timeout, "timeout of " .. tool.name)
  local late = errors.new("timeout", ("%s took longer than %g s"):format(tool.name, seconds))
  return task.with_deadline(loop.now() + seconds, late, call, tool, values, ctx)
end
