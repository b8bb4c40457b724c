--- Waiting for a lock among all processes of the user.
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local store = require "lash.store"

local M = {}

--- Seconds: so that a process which was killed a moment ago can be quite gone, and
--- one that only looks has looked.
local PATIENCE, PAUSE = 1, 0.02

--- Takes the lock of a name; nil when somebody else has it for too long.
---@async
---@param name string
---@param patience? number  seconds; default: 1
---@param pause? number  seconds between two attempts
---@return lash.store.lock?
---@return boolean? waited  somebody else had it
function M.take(name, patience, pause)
  local deadline = loop.now() + (patience or PATIENCE)
  local lock = store.lock(name)
  local waited = not lock
  while not lock and loop.now() < deadline do
    sched.sleep(pause or PAUSE)
    lock = store.lock(name)
  end
  return lock, waited
end

return M
