--- What the next turn of a run asks of the service: the conversation, the
-- agent's settings, and what this model and this server can take of them.
local history = require "lash.history"
local models = require "lash.models"

local M = {}

--- Does the service make the thinking of earlier turns count? Where it does not,
-- sending it back is useless, and billed.
local function preserves_thinking(settings, row)
  if settings.provider_record.type == "openai" then return false end
  local wish = settings.extra and settings.extra.preserve_thinking
  if wish == nil then return row.preserve_default end
  return wish == true and (row.preserve_thinking or row.source == "unknown")
end

---@param state lash.run.State
---@param model string
---@return table  as chat.turn takes it
function M.of(state, model)
  local s = state.settings
  local messages = history.wire(state.run.messages, preserves_thinking(s, models.row(model)))
  local format = s.extra and s.extra.response_format or state.response_format
  if type(format) == "table" and format.type == "json_object" then history.mention_json(messages) end
  local declarations = state.declarations
  if s.cache and s.provider_record.type ~= "openai" then
    messages, declarations = require("lash.cache").mark(messages, declarations)
  end
  return {
    provider = s.provider_record, model = model, messages = messages, tools = declarations, response_format = format,
    tool_choice = state.run.turns == 1 and state.tool_choice or nil, -- or it would call for ever
    parallel_tool_calls = s.parallel_tool_calls or (s.parallel_tool_calls == nil and state.any_parallel) or nil,
    thinking_level = s.thinking_level, max_tokens = s.max_tokens, temperature = s.temperature, top_p = s.top_p,
    seed = s.seed, stop = s.stop, tool_streaming = s.tool_streaming, extra = s.extra, retries = s.retry,
    deadline = state.deadline,
  }
end

return M
