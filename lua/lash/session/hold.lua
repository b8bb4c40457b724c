--- One prompt of a session at a time, among all processes of the user.
--
-- What counts is a lock of the kernel, which ends with its process in whatever way
-- that ends; in memory a flag will do.
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local sched = require "lash.sched"

-- Only so that a process which was killed a moment ago can be quite gone.
local PATIENCE, PAUSE = 1, 0.02 -- seconds

local hold = {
  __close = function(self)
    if self.lock then self.lock:close() end
    self.transcript.busy = false
  end,
}

---@param transcript lash.session.Transcript
---@return boolean taken
---@return lash.store.lock? lock
local function take(transcript)
  if transcript.busy then return false end
  if not transcript.id then return true end
  local lock = require("lash.store").lock("session/" .. transcript.id)
  return lock ~= nil, lock
end

--- Keeps everybody else out until what it gives is closed; raises `locked` when
-- somebody else is at it.
---@async
---@param transcript lash.session.Transcript
return function(transcript)
  local deadline = loop.now() + PATIENCE
  local taken, lock = take(transcript)
  while not taken and loop.now() < deadline do
    sched.sleep(PAUSE)
    taken, lock = take(transcript)
  end
  if not taken then
    local row = transcript.id and require("lash.store.sessions").find(transcript.id)
    errors.raise("locked", ("session %s is answering another prompt%s"):format(
      transcript.id and ("'%s'"):format(transcript.id) or "(in memory)",
      row and row.holder and ("; process %d was the last to write to it"):format(row.holder) or ""),
      { hint = "a session takes one prompt at a time; session:fork() makes a copy" })
  end
  transcript.busy = true
  return setmetatable({ transcript = transcript, lock = lock }, hold)
end
