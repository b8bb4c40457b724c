--- When a failed model call is tried again, and after how long.
local M = {}

local BASE, CAP = 0.5, 60 -- seconds; "usually within a minute" says the service of its limits
local RETRY_AFTER_CAP = 120
local FOREVER = 10 * 365 * 86400 -- what is longer is no time

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

--- Seconds of a Retry-After header that has a number; dates are not honoured.
---@param header? string
---@return number?
function M.after(header)
  local seconds = header and tonumber(header:match "^%s*(%d+%.?%d*)%s*$")
  return seconds and math.min(seconds, FOREVER)
end

return M
