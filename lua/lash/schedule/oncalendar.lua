--- A cover as calendar expressions of systemd.
local covers = require "lash.schedule.cover"

local M = {}

local NAMES = { [0] = "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local ALL_DAYS <const>, ALL_WEEKDAYS <const> = 0xFFFFFFFE, 0x7F

local function field(mask, all) return mask == all and "*" or covers.ranges(mask, "..") end

local function names(weekdays)
  local list = {}
  for i = 1, 7 do
    if weekdays >> i % 7 & 1 == 1 then list[#list + 1] = NAMES[i % 7] end
  end
  return table.concat(list, ",")
end

local function expression(product, cover, days, weekdays, zone)
  return ("%s*-%s-%s %s:%s:00%s"):format(weekdays == ALL_WEEKDAYS and "" or names(weekdays) .. " ",
    field(cover.months, 0x1FFE), field(days, ALL_DAYS), field(product.hours, (1 << 24) - 1),
    field(product.minutes, (1 << 60) - 1), zone and " " .. zone or "")
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
    if cover.either then
      list[#list + 1] = expression(product, cover, cover.days, ALL_WEEKDAYS, zone)
      list[#list + 1] = expression(product, cover, ALL_DAYS, cover.weekdays, zone)
    else
      list[#list + 1] = expression(product, cover, cover.days, cover.weekdays, zone)
    end
  end
  return list, exact
end

return M
