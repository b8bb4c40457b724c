--- Schedules: the next time is later, the last one is not, nothing lies between.
---
--- The first line is the schedule, the second one's length picks a zone.
local schedule = require "lash.schedule"

local ZONES = { "UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo",
  "Asia/Kathmandu", "Antarctica/Troll", "Africa/Casablanca" }
-- Moments around nights in which clocks change, and others.
local MOMENTS = { 0, 1774744200, 1774747799, 1792889999, 1791043200, 1775315700, 951782399, 2147483647, 4102444799 }

local function check_at(s, t)
  local following = s:next(t)
  if following then
    assert(math.type(following) == "integer" and following > t, "next is not later")
    assert(s:last(following) == following, "the next time is not the last one then")
    local before = s:last(following - 1)
    assert(before == nil or before <= t, "a time lies between")
    local text = schedule.format(following, s.zone)
    assert(schedule.read(text) == following, text)
  end
  local past = s:last(t)
  if past then
    assert(math.type(past) == "integer" and past <= t, "last is later")
    assert(s:next(past - 1) == past, "the last time is not the next one before")
  end
end

return function(input)
  local text, rest = input:match "^([^\n]*)\n?(.*)$"
  local s, message, hint = schedule.parse(text, #rest > 0 and ZONES[#rest % #ZONES + 1] or nil)
  if not s then
    assert(type(message) == "string" and #message > 0 and not message:find "\n", message)
    assert(hint == nil or type(hint) == "string")
    return
  end
  for i = 0, 2 do check_at(s, MOMENTS[(#text + 3 * i) % #MOMENTS + 1] + #rest) end
end
