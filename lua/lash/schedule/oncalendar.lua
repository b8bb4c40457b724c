--- A cover as calendar expressions of systemd.
local covers = require "lash.schedule.cover"

local M = {}

local NAMES = { [0] = "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local ALL_DAYS <const>, ALL_WEEKDAYS <const>, ALL_MONTHS <const> = 0xFFFFFFFE, 0x7F, 0x1FFE
local ALL_HOURS <const>, ALL_MINUTES <const> = (1 << 24) - 1, (1 << 60) - 1

-- Always lists, never steps: after the last of "16/36" in an hour, systemd 252 goes
-- to minute 88, so misses the first one of the next hour.
local function field(mask, all) return mask == all and "*" or covers.ranges(mask, "..") end

local function names(weekdays)
  if weekdays == ALL_WEEKDAYS then return "" end
  local list = {}
  for i = 1, 7 do
    if weekdays >> i % 7 & 1 == 1 then list[#list + 1] = NAMES[i % 7] end
  end
  return table.concat(list, ",") .. " "
end

local function years_of(years)
  local list = {}
  for _, range in ipairs(years or {}) do
    local first, last, step = table.unpack(range)
    last = last - (last - first) % step
    list[#list + 1] = first == last and tostring(first)
      or ("%d..%d%s"):format(first, last, step > 1 and "/" .. step or "")
  end
  return years and table.concat(list, ",") or "*"
end

--- One expression: of fields, or of what has the same names.
local function expression(f, days, zone)
  return ("%s%s-%s%s %s:%s:%s%s"):format(names(f.weekdays), years_of(f.years), field(f.months, ALL_MONTHS), days,
    field(f.hours, ALL_HOURS), field(f.minutes, ALL_MINUTES), field(f.seconds, ALL_MINUTES), zone and " " .. zone or "")
end

--- The expressions of a calendar time. Of a list of days from the end of the month
-- systemd 252 takes each to be three days less: so each has its own.
---@param fields lash.schedule.Fields
---@param zone? string  nil: the machine's
---@return string[]
function M.calendar(fields, zone)
  if not fields.ends then return { expression(fields, "-" .. field(fields.days, ALL_DAYS), zone) } end
  local list = {}
  for days in covers.ranges(fields.ends, ".."):gmatch "[^,]+" do
    list[#list + 1] = expression(fields, "~" .. days, zone)
  end
  return list
end

--- The expressions of a cover, in its zone.
---@param cover lash.schedule.Cover
---@param zone? string  nil: the machine's
---@return string[] expressions
---@return boolean exact
function M.expressions(cover, zone)
  local products, exact = covers.products(cover)
  local list = {}
  for _, product in ipairs(products) do
    local function put(days, weekdays)
      local fields = { months = cover.months, weekdays = weekdays, hours = product.hours, minutes = product.minutes,
        seconds = 1 }
      list[#list + 1] = expression(fields, "-" .. field(days, ALL_DAYS), zone)
    end
    if cover.either then
      put(cover.days, ALL_WEEKDAYS)
      put(ALL_DAYS, cover.weekdays)
    else
      put(cover.days, cover.weekdays)
    end
  end
  return list, exact
end

return M
