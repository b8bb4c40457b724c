--- How a turn ended: not every end is that of an answer.
local errors = require "lash.errors"

local M = {}

--- What services say of an answer that was cut, withheld, or given up in the middle, and
--- of calls, in any case of letters: DashScope, and those behind other gateways. What else
--- they may say is an end.
local CUT = { length = true, max_tokens = true, model_length = true }
local WITHHELD = { content_filter = true, prohibited_content = true, recitation = true, safety = true }
local BROKEN_OFF = { abort = true, cancelled = true, error = true, insufficient_system_resource = true,
  network_error = true, timeout = true }
local CALLING = { function_call = true, tool_calls = true }

--- Did the answer reach its limit? Its calls may be cut, too.
---@param turn lash.Turn
---@return boolean
function M.is_cut(turn) return CUT[turn.finish:lower()] or false end

--- Why the turn is not the answer that it seems to be; nil when it is.
---@param turn lash.Turn
---@param max_tokens? integer  as it was asked for
---@return lash.Error?
function M.error(turn, max_tokens)
  local reason = turn.finish:lower()
  if CUT[reason] then
    return errors.new("incomplete", "the answer reached max_tokens and was cut",
      { temporary = false, hint = ("max_tokens is %s"):format(max_tokens or "the model's own") })
  elseif WITHHELD[reason] then
    return errors.new("content_filter", "the service withheld the answer")
  elseif BROKEN_OFF[reason] then
    return errors.new("incomplete", ("the service broke off: %s"):format(turn.finish))
  elseif CALLING[reason] and #turn.calls == 0 then
    return errors.new("protocol", ("the answer ends with %s, and has no call that can be read"):format(turn.finish))
  end
end

return M
