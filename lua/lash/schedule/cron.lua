--- The five fields of a crontab line, and @daily and its like.
local Walled = require "lash.schedule.due"

local M = {}

local MONTHS = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" }
local WEEKDAYS = { [0] = "sun", "mon", "tue", "wed", "thu", "fri", "sat" }

local FIELDS = {
  { key = "minutes", name = "minute", first = 0, last = 59 },
  { key = "hours", name = "hour", first = 0, last = 23 },
  { key = "days", name = "day of the month", first = 1, last = 31 },
  { key = "months", name = "month", first = 1, last = 12, names = MONTHS },
  { key = "weekdays", name = "day of the week", first = 0, last = 7, names = WEEKDAYS },
}

local SHORT = {
  ["@hourly"] = "0 * * * *",
  ["@daily"] = "0 0 * * *",
  ["@midnight"] = "0 0 * * *",
  ["@weekly"] = "0 0 * * 0",
  ["@monthly"] = "0 0 1 * *",
  ["@yearly"] = "0 0 1 1 *",
  ["@annually"] = "0 0 1 1 *",
}

local ALL_HOURS <const> = (1 << 24) - 1

---@class lash.schedule.Cron: lash.schedule.Walled
local Cron = setmetatable({ kind = "cron" }, { __index = Walled })
Cron.__index = Cron

--- What people bring along from other schedulers.
local function foreign_hint(word)
  if word:find "^%?" then return "a field that does not matter is '*'" end
  if word:find "[LW#]" then return 'days from the end of a month: "*-*~01 07:30" is the last one' end
end

local function read_value(word, field)
  for value, name in pairs(field.names or {}) do
    if name == word:lower() then return value end
  end
  if not word:find "^%d+$" or #word > 4 then
    local hint = foreign_hint(word) or ("%d-%d"):format(field.first, field.last)
      .. (field.names and (" or %s-%s"):format(field.names[field.first], field.names[#field.names]) or "")
    return nil, ("'%s' is no %s"):format(word, field.name), hint
  end
  local value = math.tointeger(tonumber(word))
  if value < field.first or value > field.last then
    return nil, ("%s is not between %d and %d"):format(word, field.first, field.last)
  end
  return value
end

--- "MON-FRI" -> 1, 5
local function read_range(word, field)
  if word == "*" then return field.first, field.names == WEEKDAYS and 6 or field.last end
  local left, right = word:match "^([^-]*)%-(.*)$"
  local first, message, hint = read_value(left or word, field)
  if not first then return nil, message, hint end
  if not right then return first, first end
  local last
  last, message, hint = read_value(right, field)
  if not last then return nil, message, hint end
  if last == 0 and first > 0 and field.names == WEEKDAYS then last = 7 end -- fri-sun
  if first <= last then return first, last end
  return nil, ("the range %s runs backwards"):format(word),
    ("%s-%d,%d-%s"):format(left, field.names == WEEKDAYS and 6 or field.last, field.first, right)
end

local function read_part(part, field)
  local range, step = part:match "^([^/]*)/(.*)$"
  local first, last, hint = read_range(range or part, field)
  if not first then return nil, last, hint end
  local by = 1
  if step then
    if not range:find "[-*]" then
      return nil, ("'%s' has a step but no range"):format(part), ("%s-%d/%s"):format(range, field.last, step)
    end
    by = step:find "^%d+$" and #step <= 4 and math.tointeger(tonumber(step)) or 0
    if by < 1 or by > field.last then
      return nil, ("'%s' is no step"):format(step), ("1-%d"):format(field.last)
    end
  end
  local mask = 0
  for value = first, last, by do mask = mask | 1 << value end
  return mask
end

local function read_field(text, field)
  local mask = 0
  for part in (text .. ","):gmatch "([^,]*)," do
    local bits, message, hint = read_part(part, field)
    if not bits then return nil, message, hint end
    mask = mask | bits
  end
  if field.names == WEEKDAYS then mask = (mask | mask >> 7) & 0x7F end -- 7 is Sunday, too
  return mask
end

--- Expressions for systemd. It starts what comes twice in a night only once, where
-- we count the hours: those are UTC's.
---@return string[]
---@return boolean exact
function Cron:oncalendar()
  local covers = require "lash.schedule.cover"
  local zone = self.zone
  if not self.once and covers.changes(zone) then zone = "UTC" end
  return require("lash.schedule.oncalendar").expressions(covers.walled(self, zone), zone)
end

--- Reads five fields or a name with '@'.
---@param text string
---@return lash.schedule.Cron?
---@return string? message
---@return string? hint
function M.parse(text)
  local short = text:match "^%s*(@%S*)%s*$"
  if short == "@reboot" then
    return nil, "'@reboot' is not a time", "a job runs at times; what runs at boot belongs to the system"
  elseif short and not SHORT[short:lower()] then
    return nil, ("there is no '%s'"):format(short), "@hourly @daily @midnight @weekly @monthly @yearly @annually"
  end
  local words = {}
  for word in (short and SHORT[short:lower()] or text):gmatch "%S+" do words[#words + 1] = word end
  if #words ~= #FIELDS then
    local count = #words == 1 and "1 field" or #words .. " fields"
    return nil, ("%s; a cron schedule has five"):format(count), "minute hour day-of-month month day-of-week"
  end
  local fields = { seconds = 1 }
  for i, field in ipairs(FIELDS) do
    local mask, message, hint = read_field(words[i], field)
    if not mask then return nil, ("%s: %s"):format(field.name, message), hint end
    fields[field.key] = mask
  end
  -- As in cron: with a star, even one with a step, both must fit; else one will do.
  fields.either = not words[3]:find "^%*" and not words[5]:find "^%*"
  -- What runs in all hours follows the time that passes; other times are the wall's.
  local fixed = fields.hours ~= ALL_HOURS
  return setmetatable({ fields = fields, once = fixed, moves = fixed }, Cron)
end

return M
