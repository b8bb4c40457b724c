--- A time zone as stretches of time within which its clocks are equally far ahead
-- of UTC.
local core = require "lash.core.zone"

local M = {}

local BLOCK <const> = 1 << 19 -- seconds that are asked for at once: six days
local BEFORE <const> = 2 * 86400 -- and from how long before: a change matters for a day
local KEPT <const> = 32 -- blocks

---@class lash.schedule.Zone
---@field name? string  nil: the machine's
---@field package blocks table<integer, integer[]>
---@field package count integer
local Zone = {}
Zone.__index = Zone

local function hint_for(name)
  local known = require("lash.core.sys").read_file(core.folder() .. "/tzdata.zi", 1 << 20)
  local names = {}
  for line in (known or ""):gmatch "[^\n]+" do
    names[#names + 1] = line:match "^Z (%S+)" or line:match "^L %S+ (%S+)"
  end
  local near = require("lash.spelling").nearest(name, names)
  return near and ("did you mean %s?"):format(near) or "an IANA name, such as Europe/Berlin; UTC"
end

--- Is there such a zone?
---@param name string
---@return true?
---@return string? message
---@return string? hint
function M.check(name)
  if name:find "\0" then return nil, "the name of the time zone contains a zero byte", hint_for(name) end
  local ok, message, code = core.check(name)
  if ok then return true end
  return nil, message, (code == "missing" or code == "usage") and hint_for(name) or nil
end

--- The zone of a name that was checked; nil: the machine's.
---@param name? string
---@return lash.schedule.Zone
function M.open(name) return setmetatable({ name = name, blocks = {}, count = 0 }, Zone) end

--- From now on, the machine's zone is that of /etc/localtime, by which cron and systemd
-- go, whatever $TZ says to this process: for what tells of them.
function M.leave_tz() assert(require("lash.core.sys").setenv "TZ") end

function Zone:_block(k)
  if self.count == KEPT then
    self.blocks, self.count = {}, 0
  end
  local block = assert(core.changes(self.name, k * BLOCK - BEFORE, (k + 1) * BLOCK))
  self.blocks[k], self.count = block, self.count + 1
  return block
end

--- The stretch around a time: its begin, its end, how far its clocks are ahead of
-- UTC, and how far they were before it. It may be cut into several, between which
-- there is no change.
---@param t integer
---@return integer begins
---@return integer ends
---@return integer ahead
---@return integer before
function Zone:stretch(t)
  local k = t // BLOCK
  local block = self.blocks[k] or self:_block(k)
  local i = #block - 1
  while block[i] > t do i = i - 2 end
  local ahead = block[i + 1]
  return i == 1 and k * BLOCK or block[i], block[i + 2] or (k + 1) * BLOCK, ahead, block[i - 1] or ahead
end

--- Seconds that its clocks are ahead of UTC.
---@param t integer
---@return integer
function Zone:ahead(t)
  local _, _, ahead = self:stretch(t)
  return ahead
end

return M
