--- Durations: a number, or numbers with units, whose sum they are.
local duration = require "lash.duration"

local UNITS = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

return function(input)
  local seconds = duration.read(input)
  if not seconds then return end
  assert(seconds >= 0 and seconds < 1e9)
  if tonumber(input) then return assert(seconds == tonumber(input)) end
  local sum = 0
  local rest = input:gsub("(%d+%.?%d*)(%a+)", function(n, unit)
    sum = sum + tonumber(n) * UNITS[unit]
    return ""
  end)
  assert(rest == "" and sum == seconds, "there is more than numbers and units")
end
