--- Notices a model that goes round in circles: the same call, the same result,
-- and nothing new in between.
local errors = require "lash.errors"
local json = require "lash.core.json"

local M = {}

local TELL, STOP = 3, 5 -- times

local NOTE = "\n\n[lash: %d times the same call, and the same result: try something else, or answer with what you have]"

---@class lash.calls.Circles
---@field private seen table<string, { content: string, times: integer, news: integer, turn: integer }>
---@field private news integer  new results so far
local Circles = {}
Circles.__index = Circles

---@return lash.calls.Circles
function M.new() return setmetatable({ seen = {}, news = 0 }, Circles) end

--- How often the call has given this result since the last new one. Equal calls
-- of one turn count once: the model has not seen the first result yet.
function Circles:_times(key, content, turn)
  local before = self.seen[key]
  if not before or before.content ~= content then
    self.news = self.news + 1
    before = { content = content, times = 1 }
    self.seen[key] = before
  elseif before.turn ~= turn then
    before.times = before.news == self.news and before.times + 1 or 1
  end
  before.news, before.turn = self.news, turn
  return before.times
end

--- Looks at what a call has given; the third time the model is told.
---@param call lash.Call  its record may get a note
---@param turn integer
---@return lash.Error?  the fifth time
function Circles:see(call, turn)
  local record = call.record
  local times = self:_times(record.name .. "\0" .. json.encode(call.values), record.content, turn)
  if times < TELL then return nil end
  record.content = record.content .. NOTE:format(times)
  if times < STOP then return nil end
  return errors.new("loop", ("%s was called %d times with the same arguments, and gave the same result")
    :format(record.name, times), { hint = "loop_ok = true lets a tool repeat itself" })
end

return M
