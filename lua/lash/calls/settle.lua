--- Calls that have no answer, because a run of the session was stopped in their
-- middle.
--
-- Whether one of them was carried out nobody knows, unless it had not begun. A tool
-- that changes nothing is called again, when the run goes on; of all others the model
-- is told, and can look for itself.
local calls = require "lash.calls"

local M = {}

local NOT_BEGUN = "error: not carried out: the program was stopped before"
local UNKNOWN = "error: it is not known whether this call was carried out: the program was stopped before it had "
  .. "a result"

--- The answer of a call that has no result.
---@param open lash.session.OpenCall
---@return table message
function M.answer(open)
  local call = open.call
  return { role = "tool", tool_call_id = call.id, name = call["function"].name,
    content = open.may_have_begun and UNKNOWN or NOT_BEGUN }
end

---@async
---@param state lash.run.State
---@param open lash.session.OpenCall[]
---@param again boolean  the run goes on with the same prompt
function M.settle(state, open, again)
  local turn = { calls = {} }
  for _, one in ipairs(open) do
    local call = one.call
    local name = call["function"].name
    local tool = state.tools[name]
    if again and tool and tool.readonly then
      table.insert(turn.calls, { id = call.id, name = name, arguments = call["function"].arguments })
    else
      local message = M.answer(one)
      table.insert(state.run.messages, message)
      state.keep(message)
    end
  end
  if #turn.calls == 0 then return end
  local records = calls.read(state, turn)
  calls.announce(state, records)
  calls.carry_out(state, records)
end

return M
