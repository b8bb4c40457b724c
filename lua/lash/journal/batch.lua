--- Writes to the store that leave together: what tasks have to write in one round of
-- the scheduler is one transaction, and one wait for the disk.
local errors = require "lash.errors"
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

---@type any  why a write failed that nobody waited for
M.failed = nil

--- Has its time from the store, not from the run's deadline: what was done is written
--- down also when that has passed.
---@param writes lash.journal.Write[]
local function commit(writes)
  return pcall(store.transaction, "durable", nil, function()
    for _, one in ipairs(writes) do one.result = one.write() end
  end)
end

--- Is the store itself what failed, and not a single write?
local function is_of_all(err) return errors.is(err) and (err.kind == "store" or err.kind == "locked") end

--- Writes all that stands open now: together, or, when one of them is wrong, each by
--- itself.
function M.flush()
  local writes = open
  if not writes then return end
  open = nil
  local ok, err = commit(writes)
  local apart = not ok and #writes > 1 and not is_of_all(err)
  for _, one in ipairs(writes) do
    local fine, why = ok, err
    if apart then fine, why = commit { one } end
    one.over, one.err = true, not fine and why or nil
    if one.task then sched.wake(one.task) elseif not fine then M.failed = M.failed or why end
    if fine then written = written + 1 end
  end
  crash()
end

--- Writes something at once, behind all that stands open; what `write` returned.
---@param write fun(): any
---@return any
function M.now(write)
  M.flush()
  local one = { write = write }
  local ok, err = commit { one }
  if not ok then error(err, 0) end
  written = written + 1
  crash()
  return one.result
end

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
