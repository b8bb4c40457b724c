--- A cover as the five fields of crontab lines.
local covers = require "lash.schedule.cover"

local M = {}

local ALL_HOURS <const> = (1 << 24) - 1
local ALL_DAYS <const>, ALL_WEEKDAYS <const>, ALL_MONTHS <const> = 0xFFFFFFFE, 0x7F, 0x1FFE

--- "*/n" where a mask is that; nil elsewhere.
local function star(mask, first, last)
  for step = 1, last - first do
    local every = 0
    for i = first, last, step do every = every | 1 << i end
    if every == mask then return step == 1 and "*" or "*/" .. step end
  end
end

local function count(mask)
  local n = 0
  for i = 0, 31 do n = n + (mask >> i & 1) end
  return n
end

--- Day of the month and of the week. A cron takes days that fit either of them,
-- unless one begins with a star: then both must fit.
local function days_of(cover, exact)
  local days, weekdays = cover.days, cover.weekdays
  local day, weekday = covers.ranges(days, "-"), covers.ranges(weekdays, "-")
  if cover.either then
    if days == ALL_DAYS or weekdays == ALL_WEEKDAYS then return "*", "*", exact end
    return day, weekday, exact
  end
  local day_star, weekday_star = star(days, 1, 31), star(weekdays, 0, 6)
  if day_star or weekday_star then return day_star or day, weekday_star or weekday, exact end
  if count(days) / 31 <= count(weekdays) / 7 then return day, "*", false end
  return "*", weekday, false
end

--- The lines of a cover.
---@param cover lash.schedule.Cover
---@return string[] lines
---@return boolean exact
function M.lines(cover)
  local products, exact = covers.products(cover)
  local month = cover.months == ALL_MONTHS and "*" or covers.ranges(cover.months, "-")
  local day, weekday
  day, weekday, exact = days_of(cover, exact)
  local lines = {}
  for _, product in ipairs(products) do
    -- A star in the minutes or hours makes Debian's cron follow the time that
    -- passes when the clocks change: only for what runs in all hours.
    local all = product.hours == ALL_HOURS
    local minute = all and star(product.minutes, 0, 59) or covers.ranges(product.minutes, "-")
    lines[#lines + 1] = ("%s %s %s %s %s"):format(minute, all and "*" or covers.ranges(product.hours, "-"), day,
      month, weekday)
  end
  return lines, exact
end

return M
