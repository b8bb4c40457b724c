--- What another scheduler must start so that no due time is missed: the times of
-- a schedule as the clocks of a second zone show them. Only for installing: it
-- looks at the changes of the clocks of ten years.
local core = require "lash.core.zone"

local M = {}

local SPAN <const> = 365 * 86400
local YEARS <const> = 10
local MINUTES <const> = 1440 -- of a day
local MOST_LINES <const> = 8

---@class lash.schedule.Cover
---@field exact boolean  nothing but the due times
---@field times table<integer, integer>  minute of the hour -> hours, a mask
---@field days integer  bits 1 to 31
---@field weekdays integer  bits 0 to 6
---@field months integer  bits 1 to 12
---@field either? boolean

--- The stretches of ten years: {begin, ahead, begin, ahead, …}.
local function stretches(zone, now)
  local list = {}
  for year = 0, YEARS - 1 do
    local from = now + year * SPAN
    local changes = assert(core.changes(zone, from, from + SPAN))
    for i = 1, #changes, 2 do
      if list[#list] ~= changes[i + 1] then
        list[#list + 1], list[#list + 2] = changes[i], changes[i + 1]
      end
    end
  end
  return list
end

local function ahead_at(list, t)
  local i = #list - 1
  while i > 1 and list[i] > t do i = i - 2 end
  return list[i + 1]
end

--- How far the clocks of the second zone are from those of the first, as a set of
-- minutes, and the wall times that the first one leaves out.
---@return table<integer, true> shifts
---@return { from: integer, length: integer, shift: integer }[] gaps  in minutes
local function compare(from, to)
  local now = os.time()
  local one, two = stretches(from, now), stretches(to, now)
  local shifts, gaps = {}, {}
  for _, list in ipairs { one, two } do
    for i = 1, #list, 2 do
      local t = list[i]
      shifts[(ahead_at(two, t) - ahead_at(one, t)) // 60] = true
    end
  end
  for i = 3, #one, 2 do
    local before, ahead = one[i - 1], one[i + 1]
    if ahead > before then
      gaps[#gaps + 1] = { from = (one[i] + before) // 60 % MINUTES, length = (ahead - before) // 60,
        shift = (ahead_at(two, one[i]) - before) // 60 }
    end
  end
  return shifts, gaps
end

--- Days of the month of which each is one later or earlier.
local function shift_days(days, by)
  local all = 0xFFFFFFFE
  if by > 0 then return (days << 1 | (days >> 28 ~= 0 and 2 or 0)) & all end
  return (days >> 1 | (days & 2 ~= 0 and 0xF << 28 or 0)) & all
end

local function shift_months(months, by)
  local all = 0x1FFE
  if by > 0 then return (months << 1 | months >> 11) & all end
  return (months >> 1 | months << 11) & all
end

local function shift_weekdays(weekdays, by)
  if by > 0 then return (weekdays << 1 | weekdays >> 6) & 0x7F end
  return (weekdays >> 1 | weekdays << 6) & 0x7F
end

--- Adds a time, in minutes of a day that may be the one before or after.
local function add(cover, times, time)
  local minute, hour = time % 60, time // 60 % 24
  times[minute] = (times[minute] or 0) | 1 << hour
  cover.carries[time // MINUTES] = true
end

--- Widens the days by those that times have moved to.
local function carry(cover)
  local days, weekdays, months = 0, 0, 0
  for by in pairs(cover.carries) do
    local moved_days = by == 0 and cover.days or shift_days(cover.days, by)
    local moved_weekdays = by == 0 and cover.weekdays or shift_weekdays(cover.weekdays, by)
    cover.exact = cover.exact and moved_days == cover.days and moved_weekdays == cover.weekdays
    days, weekdays = days | moved_days, weekdays | moved_weekdays
    -- The day before the first of a month is in another one.
    months = months | cover.months | (by == 0 and 0 or shift_months(cover.months, by))
  end
  cover.exact = cover.exact and months == cover.months
  cover.days, cover.weekdays, cover.months = days, weekdays, months
end

--- Days that are `ends` from the end of some month.
local function days_from_end(ends)
  local days = 0
  for i = 1, 28 do
    if ends >> i & 1 == 1 then days = days | 0xF << 29 - i end
  end
  return days & 0xFFFFFFFE
end

--- Puts the times of all shifts together; they are exact when none differs.
local function join(cover, variants)
  for _, times in ipairs(variants) do
    for minute, hours in pairs(times) do cover.times[minute] = (cover.times[minute] or 0) | hours end
  end
  for _, times in ipairs(variants) do
    for minute, hours in pairs(cover.times) do cover.exact = cover.exact and times[minute] == hours end
  end
end

local function has_time(f, time) return f.hours >> time // 60 & 1 == 1 and f.minutes >> time % 60 & 1 == 1 end

local function new(exact, f)
  return { exact = exact, times = {}, carries = {}, days = f.ends and days_from_end(f.ends) or f.days,
    weekdays = f.weekdays, months = f.months, either = f.either }
end

--- The times of a day, in a zone, as the clocks of the zone `to` show them.
local function fill(cover, listed, shifts)
  local variants = {}
  for shift in pairs(shifts) do
    local times = {}
    for _, time in ipairs(listed) do add(cover, times, time + shift) end
    variants[#variants + 1] = times
  end
  join(cover, variants)
end

--- The cover of cron fields or a calendar time in the zone `to`.
---@param schedule lash.schedule.Walled
---@param to? string  nil: the machine's
---@return lash.schedule.Cover
function M.walled(schedule, to)
  local f = schedule.fields
  local shifts, gaps = compare(schedule.zone, to)
  local cover = new(not f.years and not f.ends and f.seconds == 1, f)
  local listed = {}
  for time = 0, MINUTES - 1 do
    if has_time(f, time) then listed[#listed + 1] = time end
  end
  fill(cover, listed, shifts)
  for _, gap in ipairs(schedule.once and gaps or {}) do
    for i = gap.from, gap.from + gap.length - 1 do
      local time = i % MINUTES
      if has_time(f, time) then
        cover.exact = false -- what happens in this night is a matter of opinion
        if schedule.moves then add(cover, cover.times, time + gap.shift) end
      end
    end
  end
  carry(cover)
  return cover
end

--- The cover of "every so many minutes", which counts in UTC.
---@param minutes integer
---@param to? string
---@return lash.schedule.Cover
function M.every(minutes, to)
  local period, rest = MINUTES, minutes
  while rest ~= 0 do period, rest = rest, period % rest end -- their greatest common divisor
  local cover = new(minutes == period, { days = 0xFFFFFFFE, weekdays = 0x7F, months = 0x1FFE })
  local listed = {}
  for time = 0, MINUTES - 1, period do listed[#listed + 1] = time end
  fill(cover, listed, (compare("UTC", to)))
  carry(cover)
  return cover
end

--- Do the clocks of a zone change?
---@param zone? string
---@return boolean
function M.changes(zone) return #stretches(zone, os.time()) > 2 end

--- The times of a cover as few products of hours and minutes; with many, the one
-- that holds them all.
---@param cover lash.schedule.Cover
---@return { hours: integer, minutes: integer }[]
---@return boolean exact
function M.products(cover)
  local list, of_hours = {}, {}
  local all = { hours = 0, minutes = 0 }
  for minute = 0, 59 do
    local hours = cover.times[minute]
    if hours then
      local product = of_hours[hours]
      if not product then
        product = { hours = hours, minutes = 0 }
        of_hours[hours] = product
        list[#list + 1] = product
      end
      product.minutes = product.minutes | 1 << minute
      all.hours, all.minutes = all.hours | hours, all.minutes | 1 << minute
    end
  end
  if #list <= MOST_LINES then return list, cover.exact end
  return { all }, false
end

--- The runs of a mask as a list of texts: "1", "3-5".
---@param mask integer
---@param between string  "-" or ".."
---@return string
function M.ranges(mask, between)
  local list, bit = {}, 0
  while mask >> bit ~= 0 do
    if mask >> bit & 1 == 1 then
      local last = bit
      while mask >> last + 1 & 1 == 1 do last = last + 1 end
      list[#list + 1] = last == bit and tostring(bit) or last == bit + 1 and ("%d,%d"):format(bit, last)
        or bit .. between .. last
      bit = last
    end
    bit = bit + 1
  end
  return table.concat(list, ",")
end

return M
