--- Calls that have no answer, because a run of the session was stopped in their
-- middle.
--
-- Whether one of them was carried out, nobody knows. A tool that changes nothing is
-- called again, when the run goes on; of all others the model is told, and can look
-- for itself.
local calls = require "lash.calls"

local UNKNOWN = "error: it is not known whether this call was carried out: the program was stopped before it had "
  .. "a result"

---@async
---@param state lash.run.State
---@param open table[]  calls of a message
---@param again boolean  the run goes on with the same prompt
return function(state, open, again)
  local turn = { calls = {} }
  for _, call in ipairs(open) do
    local name = call["function"].name
    local tool = state.tools[name]
    if again and tool and tool.readonly then
      table.insert(turn.calls, { id = call.id, name = name, arguments = call["function"].arguments })
    else
      local message = { role = "tool", tool_call_id = call.id, name = name, content = UNKNOWN }
      table.insert(state.run.messages, message)
      state.keep(message)
    end
  end
  if #turn.calls > 0 then calls.carry_out(state, calls.announce(state, turn)) end
end
