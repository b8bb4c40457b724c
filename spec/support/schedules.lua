--- Schedules made at random, always the same ones, and moments shortly before the
--- clocks of a zone change.
local zones = require "lash.core.zone"

local M = {}

local DAY = 86400
local MONTHS = { "JAN", "feb", "Mar", "APR", "may", "Jun", "JUL", "aug", "Sep", "OCT", "nov", "Dec" }
local WEEKDAYS = { [0] = "SUN", "mon", "Tue", "WED", "thu", "Fri", "SAT" }
local LONG = { "Monday", "TUE", "wednesday", "Thu", "fri", "SATURDAY", "Sun" }

---@class spec.Schedules
local Maker = {}
Maker.__index = Maker

--- A maker with its own row of random numbers: Lehmer's.
---@param seed integer
---@return spec.Schedules
function M.new(seed) return setmetatable({ state = seed }, Maker) end

--- A number between two, both included.
function Maker:number(low, high)
  self.state = self.state * 48271 % 0x7FFFFFFF
  return low + self.state % (high - low + 1)
end

--- Is it so, in so many of a hundred cases?
function Maker:chance(percent) return self:number(1, 100) <= percent end

function Maker:pick(list) return list[self:number(1, #list)] end

--- A moment between two years, most often the day before the clocks change.
---@return integer
function Maker:moment(zone, first, last)
  local from = (first - 1970) * 365 * DAY + self:number(0, (last - first) * 365) * DAY
  local changes = assert(zones.changes(zone, from, from + 365 * DAY))
  if #changes == 2 or self:chance(20) then return from end
  return changes[2 * self:number(2, #changes // 2) - 1] - self:number(1, DAY)
end

--- Two parts of which the second begins after the first: "1-3,7".
local function listed(self, low, high, part)
  if high - low < 4 or self:chance(66) then return part(low, high) end
  local cut = self:number(low + 1, high - 2)
  return part(low, cut) .. "," .. part(cut + 1, high)
end

local function cron_field(self, low, high, stars, steps, names)
  if self:chance(stars) then return "*" end
  if self:chance(steps) then return "*/" .. self:number(2, (high - low) // 2) end
  local function name(value) return names and self:chance(33) and names[value] or tostring(value) end
  return listed(self, low, high, function(from, to)
    local first = self:number(from, to)
    local last = self:number(first, to)
    if first == last or self:chance(50) then return name(first) end
    if self:chance(60) then return name(first) .. "-" .. name(last) end
    return ("%d-%d/%d"):format(first, last, self:number(1, last - first))
  end)
end

--- Five fields, half of them in the hours in which clocks change.
---@return string
function Maker:cron()
  local hour = self:chance(50) and cron_field(self, 0, 4, 10, 0) or cron_field(self, 0, 23, 30, 20)
  local day, weekday = cron_field(self, 1, 31, 60, 0), cron_field(self, 0, 6, 60, 0, WEEKDAYS)
  -- Of a star with a step and another day there are two opinions.
  if weekday == "*" and self:chance(15) then day = "*/" .. self:number(2, 15) end
  if day == "*" and self:chance(15) then weekday = self:pick { "*/2", "7", "5-7" } end
  local minute, month = cron_field(self, 0, 59, 15, 25), cron_field(self, 1, 12, 70, 30, MONTHS)
  return table.concat({ minute, hour, day, month, weekday }, " ")
end

local function calendar_field(self, low, high, stars)
  if self:chance(stars) then return "*" end
  return listed(self, low, high, function(from, to)
    local first = self:number(from, to)
    local last = self:number(first, to)
    if last - first < 2 or self:chance(40) then return ("%02d"):format(first) end
    if self:chance(50) then return ("%d..%d"):format(first, last) end
    return ("%d..%d/%d"):format(first, last, self:number(1, last - first))
  end)
end

local function calendar_date(self)
  local year = self:chance(15) and calendar_field(self, 2020, 2040, 50) .. "-" or self:chance(50) and "*-" or ""
  local month = calendar_field(self, 1, 12, 60)
  if self:chance(70) then return year .. month .. "-" .. calendar_field(self, 1, 31, 30) end
  local first = self:number(1, 20)
  return year .. month .. "~" .. self:pick { first, first .. ".." .. first + 3, first + 7 .. "/" .. self:number(1, 7) }
end

--- A calendar time without a zone.
---@return string
function Maker:calendar()
  local words = {}
  if self:chance(33) then
    local first = self:number(1, 7)
    local last = self:number(first, 7)
    words[1] = LONG[first] .. (last > first and self:pick { "..", "," } .. LONG[last] or "")
  end
  if self:chance(40) then words[#words + 1] = calendar_date(self) end
  if #words == 0 or self:chance(85) then
    local hour = self:chance(50) and calendar_field(self, 0, 4, 15) or calendar_field(self, 0, 23, 40)
    words[#words + 1] = hour .. ":" .. calendar_field(self, 0, 59, 20)
      .. (self:chance(20) and ":" .. calendar_field(self, 0, 59, 10) or "")
  end
  return table.concat(words, " ")
end

return M
