--- The calendar form of systemd's timers: "Mon..Fri 07:30", "*-*~01 18:00".
local Walled = require "lash.schedule.due"

local M = {}

local HINT = '"Mon..Fri 07:30", "*-*-01 00:00", "*:0/15", "2026-12-24 18:00", "daily"'
local LAST_YEAR <const> = 2199

-- A date counted from the end of the month has 28 days at most: all months do.
local YEAR = { name = "year", first = 1970, last = LAST_YEAR }
local MONTH = { name = "month", first = 1, last = 12 }
local DAY = { name = "day", first = 1, last = 31 }
local END = { name = "day from the end of the month", first = 1, last = 28 }
local HOUR = { name = "hour", first = 0, last = 23 }
local MINUTE = { name = "minute", first = 0, last = 59 }
local SECOND = { name = "second", first = 0, last = 59 }

local WEEKDAYS = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" }

local SHORT = {
  minutely = "*:*", hourly = "*:00", daily = "00:00", weekly = "Mon 00:00", monthly = "*-*-01 00:00",
  quarterly = "*-01,04,07,10-01 00:00", semiannually = "*-01,07-01 00:00", yearly = "*-01-01 00:00",
}
SHORT["semi-annually"], SHORT.biannually, SHORT["bi-annually"] = SHORT.semiannually, SHORT.semiannually,
  SHORT.semiannually
SHORT.annually, SHORT.anually = SHORT.yearly, SHORT.yearly

---@class lash.schedule.Calendar: lash.schedule.Walled
local Calendar = setmetatable({ kind = "calendar", once = true }, { __index = Walled })
Calendar.__index = Calendar

local function read_number(word, field)
  local value = word:find "^%d+$" and #word <= 6 and math.tointeger(tonumber(word))
  if not value then return nil, ("'%s' is no %s"):format(word, field.name) end
  if field == YEAR and #word <= 2 then value = value + (value < 70 and 2000 or 1900) end
  if value >= field.first and value <= field.last then return value end
  return nil, ("%s is not between %d and %d"):format(word, field.first, field.last)
end

--- "1..10/3" -> {1, 10, 3}; without an end a step leads to the field's own, which
-- for days from the end of a month is the last day.
local function read_part(part, field)
  local range, step = part:match "^([^/]*)/(.*)$"
  range = range or part
  if range == "*" then return nil, ("'%s' has no place to start from"):format(part), "0/" .. (step or "1") end
  local left, right = range:match "^(.-)%.%.(.*)$"
  local first, message = read_number(left or range, field)
  if not first then return nil, message end
  local last = first
  if right then
    last, message = read_number(right, field)
    if not last then return nil, message end
    if last < first then return nil, ("the range %s runs backwards"):format(range), ("%s..%s"):format(right, left) end
    if last == first and field == SECOND then -- systemd takes these everywhere but here
      return nil, ("the range %s is a single one"):format(range), left
    end
  end
  if not step then return { first, last, 1 } end
  local by = step:find "^%d+$" and #step <= 4 and math.tointeger(tonumber(step)) or 0
  if by < 1 then return nil, ("'%s' is no step"):format(step) end
  if not right and field == END then
    if first - by < field.first then return nil, ("'%s' leads out of the month"):format(part) end
    return { (first - 1) % by + 1, first, by }
  elseif not right then
    last = field.last
    if first + by > last then return nil, ("'%s' leads beyond %d"):format(part, last) end
  end
  return { first, last, by }
end

--- The ranges of a field; nil for "*". Raises what is wrong.
local function read_ranges(text, field)
  if text == "*" then return nil end
  local ranges = {}
  for part in (text .. ","):gmatch "([^,]*)," do
    local range, message, hint = read_part(part, field)
    if not range then error({ ("%s: %s"):format(field.name, message), hint }, 0) end
    ranges[#ranges + 1] = range
  end
  return ranges
end

local function read_mask(text, field)
  local mask = 0
  for _, range in ipairs(read_ranges(text, field) or { { field.first, field.last, 1 } }) do
    for value = range[1], range[2], range[3] do mask = mask | 1 << value end
  end
  return mask
end

local function read_weekday(word)
  local name = word:lower()
  for i, full in ipairs(WEEKDAYS) do
    if name == full or name == full:sub(1, 3) then return i end
  end
end

--- "Mon,Wed..Fri" -> bits 0 (Sunday) to 6; nil when it is no list of weekdays.
local function read_weekdays(text)
  local mask = 0
  for part in (text .. ","):gmatch "([^,]*)," do
    local left, right = part:match "^(%a+)%.%.(%a+)$"
    if not left then left, right = part:match "^(%a+)%-(%a+)$" end
    local first, last = read_weekday(left or part), read_weekday(right or part)
    if not first or not last then return nil end
    if first > last then
      error({ ("weekday: the range %s runs backwards"):format(part), ("%s..Sun,Mon..%s"):format(left, right) }, 0)
    end
    for day = first, last do mask = mask | 1 << day % 7 end
  end
  return mask
end

local function read_date(text, fields)
  local year, month, mark, day = text:match "^([^-~]*)%-([^-~]*)([-~])([^-~]*)$"
  if not year then
    month, mark, day = text:match "^([^-~]*)([-~])([^-~]*)$"
    if not month then error({ ("'%s' is no date"):format(text), "year-month-day: 2026-12-24, *-*-01, *-02~01" }, 0) end
  end
  fields.years = read_ranges(year or "*", YEAR)
  fields.months = read_mask(month, MONTH)
  if mark == "-" or day == "*" then
    fields.days = read_mask(day, DAY)
  else
    fields.ends = read_mask(day, END)
  end
end

local function read_time(text, fields)
  if text:find "%.%d+$" and not text:find "%.%.%d+$" then
    error({ ("'%s' has a part of a second"):format(text), "whole seconds" }, 0)
  end
  local hour, minute, second = text:match "^([^:]*):([^:]*):?([^:]*)$"
  if not hour or second == "" and text:find ":$" then
    error({ ("'%s' is no time of day"):format(text), "hours:minutes, or hours:minutes:seconds" }, 0)
  end
  fields.hours = read_mask(hour, HOUR)
  fields.minutes = read_mask(minute, MINUTE)
  fields.seconds = read_mask(second == "" and "00" or second, SECOND)
end

local function read_words(words)
  local fields = { weekdays = 0x7F, days = 0xFFFFFFFE, months = 0x1FFE, hours = 1, minutes = 1, seconds = 1 }
  local i = 1
  if words[i]:find "^%a" then
    local weekdays = read_weekdays(words[i])
    if not weekdays then error({ ("'%s' is neither a weekday nor a short form"):format(words[i]) }, 0) end
    fields.weekdays = weekdays
    i = i + 1
  end
  if words[i] and not words[i]:find(":", 1, true) then
    read_date(words[i], fields)
    i = i + 1
  end
  if words[i] then
    read_time(words[i], fields)
    i = i + 1
  end
  if words[i] then
    error({ ("'%s' is too much"):format(words[i]), "weekdays, a date, a time, a zone, in this order" }, 0)
  end
  return fields
end

--- Takes the zone from the end of the words: a name after something else that is
-- no weekday.
local function take_zone(words)
  local last = words[#words]
  if #words == 1 or not last:find "^%a" then return nil end
  if last:lower() == "utc" then last = "UTC" end
  local ok, message, hint = require("lash.schedule.zone").check(last)
  if not ok then error({ message, hint }, 0) end
  words[#words] = nil
  return last
end

local function read(text)
  local words = {}
  for word in text:gmatch "%S+" do words[#words + 1] = word end
  local zone = take_zone(words)
  local short = SHORT[table.concat(words, " "):lower()]
  if short then
    words = {}
    for word in short:gmatch "%S+" do words[#words + 1] = word end
  end
  return setmetatable({ fields = read_words(words), zone = zone }, Calendar)
end

--- Expressions for systemd.
---@return string[]
---@return boolean exact
function Calendar:oncalendar()
  return require("lash.schedule.oncalendar").calendar(self.fields, self.zone), true
end

--- Reads a calendar time; a zone at its end becomes its `zone`.
---@param text string
---@return lash.schedule.Calendar?
---@return string? message
---@return string? hint
function M.parse(text)
  local ok, result = pcall(read, text)
  if ok then return result end
  if type(result) ~= "table" or not result[1] then error(result, 0) end
  return nil, result[1], result[2] or HINT
end

return M
