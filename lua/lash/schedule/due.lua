--- When the wall times of a schedule come, in a zone whose clocks change.
local wall = require "lash.schedule.wall"
local zones = require "lash.schedule.zone"

local DAY <const> = 86400
local MARGIN <const> = DAY -- no clock is further from UTC

--- What cron and the calendar form have in common.
---@class lash.schedule.Walled
---@field fields lash.schedule.Fields
---@field once? boolean  a wall time that comes twice in a night counts the first time only
---@field moves? boolean  one that is left out in a night comes as much later as the clocks go forward
---@field zone? string
---@field package place? lash.schedule.Zone
local Walled = {}
Walled.__index = Walled

function Walled:_stretch(t)
  self.place = self.place or zones.open(self.zone)
  return self.place:stretch(t)
end

--- The first time after `t`; nil: none any more.
---@param t integer
---@return integer?
function Walled:next(t)
  t = t + 1
  while true do
    local begins, ends, ahead, before = self:_stretch(t)
    local from = t + ahead
    if self.once and before > ahead then from = math.max(from, begins + before) end
    local l = wall.find(self.fields, from, 1)
    local due = l and l < ends + ahead and l - ahead or nil
    if self.moves and before < ahead then
      local left_out = wall.find(self.fields, t + before, 1)
      if left_out and left_out < begins + ahead then due = math.min(due or math.huge, left_out - before) end
    end
    if due then return due end
    l = wall.find(self.fields, t + ahead - DAY, 1) -- the clocks may go back
    if not l then return nil end
    t = math.max(ends, l - MARGIN)
  end
end

--- The last time that is not after `t`; nil: none.
---@param t integer
---@return integer?
function Walled:last(t)
  while true do
    local begins, _, ahead, before = self:_stretch(t)
    local from = begins + math.max(ahead, self.once and before or ahead)
    local l = wall.find(self.fields, t + ahead, -1)
    local due = l and l >= from and l - ahead or nil
    if self.moves and before < ahead then
      local left_out = wall.find(self.fields, math.min(t + before, begins + ahead - 1), -1)
      if left_out and left_out >= begins + before then due = math.max(due or left_out - before, left_out - before) end
    end
    if due then return due end
    l = wall.find(self.fields, t + ahead + DAY, -1)
    if not l then return nil end
    t = math.min(begins - 1, l + MARGIN)
  end
end

--- Lines for a crontab of the machine's zone.
---@return string[]
---@return boolean exact
function Walled:crontab()
  return require("lash.schedule.crontab").lines(require("lash.schedule.cover").walled(self))
end

return Walled
