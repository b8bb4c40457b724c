--- Schedules: when a job is due. Three ways to write one, each in a file of its
-- own that is loaded when it is needed.
local M = {}

---@class lash.Schedule
---@field text string  as it was written
---@field kind "cron"|"every"|"calendar"
---@field zone? string  nil: the machine's
---@field next fun(self: lash.Schedule, t: integer): integer?  the first due time after t
---@field last fun(self: lash.Schedule, t: integer): integer?  the latest that is not after t

local HINT = 'five fields as in a crontab ("30 7 * * 1-5"), "@daily", "every 15m", a calendar time ("Mon..Fri 07:30")'

local function count_words(text)
  local _, count = text:gsub("%S+", "")
  return count
end

--- Which of the three it is meant to be.
local function kind_of(text)
  if text:find "^every%f[%W]" then return "every" end
  if text:find "^@" or count_words(text) > 4 then return "cron" end
  return text:find "^%a" and "calendar" or text:find "[:~-]" and "calendar" or "cron"
end

--- Reads a schedule.
---@param text string
---@param zone? string  an IANA name; nil: the machine's
---@return lash.Schedule?
---@return string? message
---@return string? hint
function M.parse(text, zone)
  if not text:find "%S" then return nil, "the schedule is empty", HINT end
  local line = text:match "^%s*(.-)%s*$"
  local kind = kind_of(line)
  local self, message, hint = require("lash.schedule." .. kind).parse(line, zone)
  if not self then return nil, ("schedule '%s': %s"):format(line, message), hint or HINT end
  if zone then
    if zone:lower() == "utc" then zone = "UTC" end
    local ok
    ok, message, hint = require("lash.schedule.zone").check(zone)
    if not ok then return nil, message, hint end
    if self.zone and self.zone ~= zone then
      return nil, ("schedule '%s': its zone is not %s, which is set beside it"):format(line, zone), "one of the two"
    end
  end
  self.text = line
  self.zone = self.zone or zone
  return self
end

--- "2026-03-29T03:30+02:00": a time as the clocks of a zone show it, to the minute
-- where it is a whole one.
---@param t integer
---@param zone? string
---@return string
function M.format(t, zone)
  local ahead = require("lash.schedule.zone").open(zone):ahead(t)
  local l = t + ahead
  local y, m, d = require("lash.schedule.wall").date(l // 86400)
  local second = l % 60
  local sign = ahead < 0 and "-" or "+"
  ahead = math.abs(ahead)
  return ("%04d-%02d-%02dT%02d:%02d%s%s%02d:%02d"):format(y, m, d, l // 3600 % 24, l // 60 % 60,
    second ~= 0 and (":%02d"):format(second) or "", sign, ahead // 3600, ahead // 60 % 60)
end

--- Minutes of "23:59"; nil for what is no time of day.
local function minutes_of(clock)
  local hour, minute = (clock or ""):match "^(%d%d):(%d%d)$"
  hour, minute = math.tointeger(hour), math.tointeger(minute)
  return hour and hour < 24 and minute < 60 and hour * 60 + minute or nil
end

--- The time that such a text means; nil when it is none.
---@param text string
---@return integer?
function M.read(text)
  local date, clock, rest = text:match "^(%d%d%d%d%-%d%d%-%d%d)T(%d%d:%d%d)(.*)$"
  local second, zone = (rest or ""):match "^:(%d%d)(.*)$"
  local sign, offset = (zone or rest or ""):gsub("^Z$", "+00:00"):match "^([+-])(%d%d:%d%d)$"
  local of_day, ahead = minutes_of(clock), minutes_of(offset)
  second = math.tointeger(second or "0")
  if not of_day or not ahead or second > 59 then return nil end
  local wall = require "lash.schedule.wall"
  local y, m, d = date:match "(%d+)-(%d+)-(%d+)"
  y, m, d = math.tointeger(y), math.tointeger(m), math.tointeger(d)
  local day = wall.day_number(y, m, d)
  local same_y, same_m, same_d = wall.date(day)
  if y ~= same_y or m ~= same_m or d ~= same_d then return nil end -- as February 30
  return day * 86400 + (of_day - (sign == "-" and -ahead or ahead)) * 60 + second
end

return M
