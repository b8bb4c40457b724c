--- Durations: a number of seconds, or "1h30m", "250ms".
local errors = require "lash.errors"

local M = {}

local UNITS = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

--- Seconds of a duration; anything else is a `usage` error.
---@param v number|string
---@param what string  whose duration it is, for the message
---@return number seconds
function M.seconds(v, what)
  if type(v) == "number" and v >= 0 and v < math.huge then return v end
  if type(v) == "string" then
    local number = tonumber(v)
    if number and number >= 0 and number < math.huge then return number end
    local total, rest = 0, v
    while rest ~= "" do
      local n, unit, after = rest:match "^(%d+%.?%d*)(%a+)(.*)$"
      if not n or not UNITS[unit] then break end
      total, rest = total + tonumber(n) * UNITS[unit], after
    end
    if rest == "" and v ~= "" then return total end
  end
  errors.raise("usage", ("%s: '%s' is not a duration"):format(what, tostring(v)),
    { hint = 'a number of seconds, or "1h30m", "250ms"' })
end

return M
