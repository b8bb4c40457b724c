--- "every 15m": multiples of a duration since 1970, so it does not matter when one
-- asks.
local duration = require "lash.duration"

local M = {}

local HINT = 'whole seconds, such as "every 90s", "every 15m", "every 1h30m"'

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
  if not whole then return nil, ("'%s' is not a number of whole seconds"):format(word), HINT end
  if whole < 1 then return nil, ("'%s' is no time at all"):format(word), HINT end
  return setmetatable({ seconds = whole }, Every)
end

function Every:next(t) return (t // self.seconds + 1) * self.seconds end

function Every:last(t) return t // self.seconds * self.seconds end

return M
