--- Wall times: seconds since 1970 as a clock on the wall counts them, whatever the
-- zone; and the first or last of them that fits a set of fields.
local M = {}

local DAY <const> = 86400
local FIRST_YEAR <const>, LAST_YEAR <const> = 1970, 2199

--- Fields of a schedule. A set is a bit mask.
---@class lash.schedule.Fields
---@field years? integer[][]  {first, last, step} …; nil: all
---@field months integer  bits 1 to 12
---@field days integer  bits 1 to 31
---@field ends? integer  bits 1 to 31, counted from the end of the month; in place of `days`
---@field weekdays integer  bits 0 (Sunday) to 6
---@field either? boolean  one of days and weekdays is enough
---@field hours integer
---@field minutes integer
---@field seconds integer

--- Days since 1970-01-01 of a date. Years that begin in March have their odd day
-- at the end.
---@return integer
function M.day_number(y, m, d)
  if m <= 2 then y = y - 1 end
  local of_year = (153 * ((m + 9) % 12) + 2) // 5 + d - 1
  return y * 365 + y // 4 - y // 100 + y // 400 + of_year - 719468
end

--- The date of a day since 1970-01-01.
---@param day integer
---@return integer year
---@return integer month
---@return integer day_of_month
function M.date(day)
  day = day + 719468
  local era = day // 146097
  local of_era = day % 146097
  local year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
  local of_year = of_era - (365 * year + year // 4 - year // 100)
  local month = (5 * of_year + 2) // 153
  local m = month < 10 and month + 3 or month - 9
  return year + era * 400 + (m <= 2 and 1 or 0), m, of_year - (153 * month + 2) // 5 + 1
end

--- The set bit nearest to `i`, itself included, upwards (step 1) or down (-1).
local function pick(mask, i, step)
  for bit = i, step > 0 and 62 or 0, step do
    if mask >> bit & 1 == 1 then return bit end
  end
end

--- The edge where a search in this direction begins.
local function edge(step) return step > 0 and 0 or 62 end

local function time(fields, hour, minute, second, step)
  minute = minute or pick(fields.minutes, edge(step), step)
  second = second or pick(fields.seconds, edge(step), step)
  return hour * 3600 + minute * 60 + second
end

--- The time of day nearest to `t`, itself included; nil: not on this day any more.
local function find_time(fields, t, step)
  local h, m, s = t // 3600, t // 60 % 60, t % 60
  local hour = pick(fields.hours, h, step)
  if hour == h then
    local minute = pick(fields.minutes, m, step)
    if minute == m then
      local second = pick(fields.seconds, s, step)
      if second then return time(fields, h, m, second) end
      minute = pick(fields.minutes, m + step, step)
    end
    if minute then return time(fields, h, minute, nil, step) end
    hour = pick(fields.hours, h + step, step)
  end
  return hour and time(fields, hour, nil, nil, step)
end

--- The set of days of a month, bits 1 to 31.
local function days_of(fields, y, m)
  local first = M.day_number(y, m, 1)
  local count = (m == 12 and M.day_number(y + 1, 1, 1) or M.day_number(y, m + 1, 1)) - first
  local all = (1 << count + 1) - 2
  local days = fields.days
  if fields.ends then
    days = 0
    for i = 1, count do days = days | (fields.ends >> i & 1) << count + 1 - i end
  end
  local week = fields.weekdays
  local weeks = week | week << 7 | week << 14 | week << 21 | week << 28 | week << 35
  local of_week = weeks >> (first + 4) % 7 << 1 -- 1970-01-01 was a Thursday
  if fields.either then return (days | of_week) & all end
  return days & of_week & all
end

local function has_year(fields, y)
  if not fields.years then return true end
  for _, years in ipairs(fields.years) do
    if y >= years[1] and y <= years[2] and (y - years[1]) % years[3] == 0 then return true end
  end
  return false
end

--- The wall time that fits and is nearest to `l`, itself included, upwards or
-- down; nil when there is none between 1970 and 2199.
---@param fields lash.schedule.Fields
---@param l integer
---@param step 1|-1
---@return integer?
function M.find(fields, l, step)
  local today = l // DAY
  local y, m, d = M.date(today)
  local t = find_time(fields, l % DAY, step)
  if not t then d = d + step end
  if y < FIRST_YEAR and step > 0 then y, m, d = FIRST_YEAR, 1, 1 end
  if y > LAST_YEAR and step < 0 then y, m, d = LAST_YEAR, 12, 31 end
  while y >= FIRST_YEAR and y <= LAST_YEAR do
    if has_year(fields, y) then
      for month = m, step > 0 and 12 or 1, step do
        local found = fields.months >> month & 1 == 1 and pick(days_of(fields, y, month), d, step)
        if found then
          local day = M.day_number(y, month, found)
          return day * DAY + (day == today and t or find_time(fields, step > 0 and 0 or DAY - 1, step))
        end
        d = edge(step)
      end
    end
    y, m, d = y + step, step > 0 and 1 or 12, edge(step)
  end
end

return M
