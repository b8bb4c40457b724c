--- How a turn ended: not every end is that of an answer.
local errors = require "lash.errors"

local M = {}

--- Finish reasons of services that gave up in the middle; what else they may say
-- is an end.
local BROKEN_OFF = { abort = true, error = true, network_error = true, insufficient_system_resource = true }

--- Why the turn is not the answer that it seems to be; nil when it is.
---@param turn lash.Turn
---@param max_tokens? integer  as it was asked for
---@return lash.Error?
function M.error(turn, max_tokens)
  if turn.finish == "length" then
    return errors.new("incomplete", "the answer reached max_tokens and was cut",
      { temporary = false, hint = ("max_tokens is %s"):format(max_tokens or "the model's own") })
  elseif turn.finish == "content_filter" then
    return errors.new("content_filter", "the service withheld the answer")
  elseif BROKEN_OFF[turn.finish] then
    return errors.new("incomplete", ("the service broke off: %s"):format(turn.finish))
  end
end

return M
