--- Writes to the store that leave together: what tasks have to write in one round of
-- the scheduler is one transaction, and one wait for the disk.
local context = require "lash.context"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local store = require "lash.store"

local M = {}

---@class lash.journal.Write
---@field write fun(): any  statements; may not wait
---@field result? any  what it returned
---@field err? any
---@field over? boolean
---@field task? lash.Task  who waits for it

local open ---@type lash.journal.Write[]?
local written = 0 -- records, for tests that end the process behind one

--- LASH_CRASH_AFTER=N: the process is killed when N records are in the store.
local function crash()
  local n = tonumber(os.getenv "LASH_CRASH_AFTER")
  if n and written >= n then os.execute("kill -KILL " .. require("lash.core.sys").pid()) end
end

--- Writes all that stands open now.
function M.flush()
  local writes = open
  if not writes then return end
  open = nil
  local ok, err = pcall(store.transaction, "durable", context.deadline, function()
    for _, one in ipairs(writes) do one.result = one.write() end
  end)
  for _, one in ipairs(writes) do
    one.over, one.err = true, not ok and err or nil
    if one.task then sched.wake(one.task) end
  end
  if ok then
    written = written + #writes
    crash()
  end
  M.failed = M.failed or not ok and err or nil
end

---@type any  why a write failed, also one that nobody waits for
M.failed = nil

--- Has something written soon.
---@param write fun(): any
---@return lash.journal.Write
function M.note(write)
  if not open then
    open = {}
    sched.timer(loop.now(), M.flush)
  end
  local one = { write = write }
  table.insert(open, one)
  return one
end

--- Writes something, and waits until it is safe; what `write` returned. Raises what
--- the store raises.
---@async
---@param write fun(): any
---@return any
function M.write(write)
  local one = M.note(write)
  one.task = sched.current()
  while not one.over do sched.park() end
  if one.err then error(one.err, 0) end
  return one.result
end

return M
