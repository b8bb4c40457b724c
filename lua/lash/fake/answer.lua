--- Answers over HTTP: waiting for a client that may leave, bytes at its pace.
local loop = require "lash.core.loop"
local sched = require "lash.sched"

local M = {}

local BLOCK = 1 << 16 -- of a long answer, queued at a time
local HIGH_WATER = 1 << 20 -- bytes queued for a client until we wait for it
local LOOK = 1 -- seconds between two looks whether a client is still there

--- Waits; ends early when the client leaves, which is seen only by looking.
function M.pause(ex, seconds)
  local now = loop.now()
  local deadline = now + (seconds or 0)
  while now < deadline and not ex:gone() do
    sched.wait(ex:id(), math.min(deadline, now + LOOK))
    now = loop.now()
  end
end

--- Queues bytes and waits while more than `most` are queued; false when the
--- client left.
function M.put(ex, bytes, most)
  local queued = ex:write(bytes)
  while queued and queued > most and not ex:gone() do
    sched.wait(ex:id())
    queued = ex:write ""
  end
  return queued ~= nil
end

--- Sends an answer that is all there; `cut`: how much of it, then break off.
function M.send(ex, status, headers, body, cut)
  if cut == true then cut = #body // 2 end
  if cut == 0 or not ex:start(status, headers) then return end
  local last = math.min(cut or #body, #body)
  for at = 1, last, BLOCK do
    if not M.put(ex, body:sub(at, math.min(at + BLOCK - 1, last)), HIGH_WATER) then return end
  end
  if not cut then ex:finish() end
end

--- Answers every exchange of a server in a task of its own, until the task is
--- cancelled.
---@async
---@param core userdata  of lash.core.serve
---@param f async fun(owner: any, ex: userdata)
---@param owner any
function M.all(core, f, owner)
  while true do
    local ex = core:accept()
    while ex do
      sched.spawn_daemon(f, owner, ex)
      ex = core:accept()
    end
    sched.wait(core:id())
  end
end

return M
