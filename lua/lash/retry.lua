--- When a failed model call is tried again, and after how long.
local loop = require "lash.core.loop"

local M = {}

local BASE, CAP = 0.5, 60 -- seconds; "usually within a minute" says the service of its limits
local RETRY_AFTER_CAP = 120
local HALF_A_DAY = 43200

--- Seconds; what is longer is no time.
M.FOREVER = 10 * 365 * 86400

--- A number from 0 up to 1.
M.random = math.random

--- Seconds to wait before attempt n+1: exponential with full jitter, so that
-- many clients do not come back together; what the service asks for is a floor.
---@param n integer  attempts so far
---@param err lash.Error
---@return number
function M.delay(n, err)
  local jitter = M.random() * math.min(CAP, BASE * 2 ^ (n - 1))
  return math.max(jitter, math.min(err.retry_after or 0, RETRY_AFTER_CAP))
end

--- Is there time for the delay? If not, the error says when to come back.
---@param delay number  seconds
---@param err lash.Error
---@param deadline number  seconds of the monotonic clock
---@return boolean
function M.fits(delay, err, deadline)
  if loop.now() + delay < deadline then return true end
  local wait = math.ceil(math.max(delay, err.retry_after or 0))
  local at = os.date(wait < HALF_A_DAY and "%H:%M:%S" or "%Y-%m-%d %H:%M", os.time() + wait)
  err.hint = ("the deadline comes first: try again in %.0f s, at %s"):format(wait, at)
  return false
end

return M
