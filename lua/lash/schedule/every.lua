--- "every 15m": multiples of a duration since 1970, so it does not matter when one
-- asks.
local duration = require "lash.duration"

local M = {}

local HINT = 'whole minutes, such as "every 15m", "every 1h30m", "every 1d"'


---@class lash.schedule.Every
---@field seconds integer
local Every = { kind = "every" }
Every.__index = Every

--- Reads "every DURATION".
---@param text string
---@return lash.schedule.Every?
---@return string? message
---@return string? hint
function M.parse(text)
  local word = text:match "^every%s+(.+)$"
  local seconds = word and word:find "%a" and duration.read(word)
  if not seconds then return nil, ("'%s' is not a duration"):format(word or ""), HINT end
  local whole = math.tointeger(seconds)
  -- A cron knows minutes, and a job is a process.
  if not whole or whole < 60 or whole % 60 ~= 0 then
    return nil, ("'%s' is not a whole number of minutes"):format(word), HINT
  end
  return setmetatable({ seconds = whole }, Every)
end

function Every:next(t) return (t // self.seconds + 1) * self.seconds end

function Every:last(t) return t // self.seconds * self.seconds end

function Every:crontab()
  return require("lash.schedule.crontab").lines(require("lash.schedule.cover").every(self.seconds // 60))
end

function Every:oncalendar()
  return require("lash.schedule.oncalendar").expressions(
    require("lash.schedule.cover").every(self.seconds // 60, "UTC"), "UTC")
end

return M
