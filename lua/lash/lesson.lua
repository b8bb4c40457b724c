--- What a refusal of the service teaches about a model.
local context = require "lash.context"
local models = require "lash.models"

local M = {}

--- By what is to be changed: fields of the model's row.
local LESSONS = {
  thinking_only = function() return { thinking = "only" } end,
  thinking_none = function() return { thinking = "none" } end,
  budget = function(limit) return limit and { max_budget = limit } or { takes_budget = false } end,
  stream_only = function() return { stream_only = true } end,
  whole_needs_off = function() return { whole_needs_off = true } end,
  no_stream_tools = function() return { stream_tools = "no" } end,
  tool_choice_auto = function() return { tool_choice_auto = true } end,
  json_no_thinking = function(_, row) -- who is told so unasked thinks by default
    return { json_thinking = false, thinking = row.thinking ~= "only" and "on" or nil }
  end,
  max_tokens = function(limit) return limit and { max_output = limit } end,
  no_parts = function() return { explicit_cache = false } end,
  completion_tokens = function() return { completion_tokens = true } end,
  one_knob = function() return { takes_effort = false } end,
}

--- Did we say how to think, and is what was refused not of `extra`? Only then it
-- teaches what we may say.
local function is_ours(request, plan, failure)
  for _, key in ipairs { "enable_thinking", "reasoning_effort", "thinking_budget" } do
    if request.extra and request.extra[key] ~= nil and (failure.message or ""):find(key, 1, true) then return false end
  end
  return plan.think ~= nil or plan.effort or plan.budget
end

--- Learns from a failure, and tells whether the same request should be sent again:
-- changed, and once a lesson.
---@param request table  as chat.turn takes it
---@param plan table  what was sent
---@param failure table  of the service
---@param learned table<string, true>  the lessons of this turn
---@return boolean
function M.learn(request, plan, failure, learned)
  local change = failure.fix and LESSONS[failure.fix]
  if not change or learned[failure.fix] then return false end
  if failure.fix == "thinking_none" and not is_ours(request, plan, failure) then return false end
  local fields = change(failure.limit, models.row(request.model, request.provider))
  if not fields then return false end
  learned[failure.fix] = true
  models.learn(request.model, request.provider, fields)
  if context.verbose > 0 then
    require("lash.log").info(("%s: learned '%s' from: %s"):format(request.model, failure.fix, failure.message or ""))
  end
  return true
end

return M
