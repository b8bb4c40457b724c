--- The run that somebody means.
local errors = require "lash.errors"
local keep = require "lash.journal.keep"
local runs = require "lash.store.runs"
local store = require "lash.store"

local M = {}

--- By its id, the beginning of one, the id of an agent's run in it, or `last`.
---@param id string
---@return lash.store.Run
function M.run(id)
  if id == "last" then
    return runs.latest() or errors.raise("input", "there is no run yet")
  end
  local row, several = runs.find(id)
  if row then return row end
  errors.raise("input", (several and "'%s' begins several runs' ids" or "there is no run '%s'"):format(id),
    { hint = several and "`lash runs --json` has all of an id" or "lash runs lists them" })
end

--- Raises `locked`.
---@param row lash.store.Run
function M.busy(row)
  errors.raise("locked", ("%s is at work on run %s"):format(row.pid and "process " .. row.pid or "a process", row.id))
end

--- Raises `locked` when a process is at work on it.
---@param row lash.store.Run
function M.check_idle(row)
  if keep.is_live(row) then M.busy(row) end
end

--- Keeps others from working on it until what is returned is closed.
---@param row lash.store.Run
---@return lash.store.lock
function M.lock(row) return store.lock("run/" .. row.id) or M.busy(row) end

return M
