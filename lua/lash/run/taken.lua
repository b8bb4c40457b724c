--- What becomes of a turn that has come: it is priced, kept, counted, and looked at
-- whether it is an answer.
local conversation = require "lash.run.conversation"
local finish = require "lash.finish"
local models = require "lash.models"
local money = require "lash.money"

local M = {}

---@param state lash.run.State
---@param turn lash.Turn
---@return number? cost
function M.price_of(state, turn)
  local provider = state.settings.provider_record
  local row = models.row(state.models[1], provider)
  local service = { dashscope = provider.type ~= "openai", cache = state.settings.cache and row.explicit_cache }
  return money.cost(turn.usage, row.price, service)
end

--- What the turn was worth.
---@param state lash.run.State
---@param turn lash.Turn
---@param cost? number
function M.account(state, turn, cost)
  local run = state.run
  money.add(run.usage, turn.usage)
  if not cost then state.priced = false end
  run.cost = state.priced and (run.cost or 0) + cost or nil
  state.emit("usage", { usage = turn.usage, cost = cost, replayed = turn.replayed })
end

--- Notes a turn in the record and in the messages.
---@param state lash.run.State
---@param turn lash.Turn
---@param cost? number
---@param records lash.Call[]
function M.keep(state, turn, cost, records)
  local run = state.run
  run.text, run.thinking = turn.text, run.thinking .. turn.thinking
  run.finish_reason, run.model, run.request_id = turn.finish, turn.model, turn.request_id
  local message = { role = "assistant", content = turn.text }
  if turn.thinking ~= "" then message.reasoning_content = turn.thinking end
  if #turn.calls > 0 and not finish.is_cut(turn) then
    message.tool_calls = {}
    for i, call in ipairs(turn.calls) do
      message.tool_calls[i] =
        { id = call.id, type = "function", ["function"] = { name = call.name, arguments = call.arguments } }
    end
  end
  local provider = state.settings.provider
  state.last = { usage = turn.usage or {}, sent = state.sent, window = state.window,
    model = state.settings.model, provider = type(provider) == "string" and provider or nil,
    serial = #records > 1 and require("lash.calls").are_serial(records) or nil }
  conversation.say(state, message, { turn = state.last, cost = cost, lasting = true })
end

--- Raises when the turn is not the answer that it seems to be.
---@param state lash.run.State
---@param turn lash.Turn
function M.check_finish(state, turn)
  local s = state.settings
  local err = finish.error(turn, s.extra and s.extra.max_tokens or s.max_tokens)
  if err then error(err, 0) end
end

return M
