--- What the next turn of a run asks of the service: the conversation, the
-- agent's settings, and what this model and this server can take of them.
local history = require "lash.history"
local json = require "lash.core.json"
local models = require "lash.models"

local M = {}

local FEW = 4 -- messages of which none can be left out: system, prompt, a turn and a result

--- The messages to send: all of them, while they fit.
---@param state lash.run.State
---@return table[]
local function window(state)
  local messages = state.run.messages
  return #messages > FEW and require("lash.compact").window(state) or messages
end

--- Does the service make the thinking of earlier turns count? Where it does not,
-- sending it back is useless, and billed.
local function preserves_thinking(settings, row)
  if settings.provider_record.type == "openai" then return false end
  local wish = settings.extra and settings.extra.preserve_thinking
  if wish == nil then return row.preserve_default end
  return wish == true and (row.preserve_thinking or row.source == "unknown")
end

--- Takes those raw members out of `extra` on which other members depend, and
-- puts them where a setting would stand.
---@param request table
---@param extra table
local function take_extra(request, extra)
  local rest = {}
  for key, value in pairs(extra) do rest[key] = value end
  if rest.response_format ~= nil then request.response_format, rest.response_format = rest.response_format, nil end
  if type(rest.stream) == "boolean" then
    request.no_stream = not rest.stream
    if rest.stream then request.tool_streaming = "native" end
    rest.stream = nil
  end
  if type(rest.tools) == "table" and next(rest.tools) == nil then rest.tools = nil end -- refused when empty
  if type(rest.enable_thinking) == "boolean" then request.think = rest.enable_thinking end
  request.extra = rest
end

---@param declarations? table[]  sorted by name
---@param more? table
---@return table[]?
local function with_tool(declarations, more)
  if not more then return declarations end
  local list = json.array { more, table.unpack(declarations or {}) }
  table.sort(list, function(a, b) return a["function"].name < b["function"].name end)
  return list
end

--- Settings that the request has under the same names.
local SAME = { "thinking_level", "max_tokens", "temperature", "top_p", "seed", "stop", "tool_streaming", "cache",
  "passing" }

---@param state lash.run.State
---@param model string
---@return table  as chat.turn takes it
function M.of(state, model)
  local s = state.settings
  local row = models.row(model, s.provider_record)
  local format, final, instruction
  if state.returns then format, final, instruction = state.returns:request(row) end
  local request = {
    provider = s.provider_record, model = model, retries = s.retry, gather = not state.listened,
    messages = history.wire(window(state), preserves_thinking(s, row), instruction),
  }
  for _, key in ipairs(SAME) do request[key] = s[key] end
  request.tools, request.response_format = with_tool(state.declarations, final), format
  request.tool_choice = state.run.turns == 1 and state.tool_choice or nil -- or it would call for ever
  request.parallel_tool_calls = s.parallel_tool_calls
  if s.parallel_tool_calls == nil then request.parallel_tool_calls = state.any_parallel or nil end
  if s.extra then take_extra(request, s.extra) end
  local holds = package.loaded["lash.budget.hold"]
  if state.budgeted or holds and holds.months > 0 then
    request.admit = function(bytes, plan) return require("lash.budget").admit(state, request, bytes, plan) end
  end
  if state.journal then
    request.record = function(bytes, plan, hold) return state.journal:send(request, bytes, plan, hold) end
  end
  format = request.response_format
  if type(format) == "table" and format.type == "json_object" then history.mention_json(request.messages) end
  return request
end

return M
