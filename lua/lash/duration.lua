--- Durations: a number of seconds, or "1h30m", "250ms".
local errors = require "lash.errors"

local M = {}

local LIMIT = 1e9 -- seconds; the clocks take no more
local UNITS = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

local function read_text(text)
  local number = tonumber(text)
  if number then return number end
  local total, rest = 0, text
  while rest ~= "" do
    local n, unit, after = rest:match "^(%d+%.?%d*)(%a+)(.*)$"
    if not n or not UNITS[unit] then return nil end
    total, rest = total + tonumber(n) * UNITS[unit], after
  end
  return text ~= "" and total or nil
end

--- Seconds of a duration; nil when it is none.
---@param v any
---@return number?
function M.read(v)
  local seconds = v
  if type(v) == "string" then seconds = read_text(v) end
  return type(seconds) == "number" and seconds >= 0 and seconds < LIMIT and seconds or nil
end

--- Seconds of a duration; anything else is a `usage` error.
---@param v number|string
---@param what string  whose duration it is, for the message
---@return number seconds
function M.seconds(v, what)
  local seconds = M.read(v)
  if seconds then return seconds end
  local number = type(v) == "string" and read_text(v) or v
  local is_long = type(number) == "number" and number >= LIMIT and number < math.huge
  errors.raise("usage", ("%s: '%s' is %s"):format(what, tostring(v), is_long and "too long" or "not a duration"),
    { hint = is_long and ("less than %g seconds"):format(LIMIT) or 'a number of seconds, or "1h30m", "250ms"' })
end

return M
