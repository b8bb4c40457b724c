--- Which runs are kept: by count and by age. What waits, or may go on, counts by its
-- age alone; what is being worked on is left alone.
local errors = require "lash.errors"
local runs = require "lash.store.runs"
local store = require "lash.store"
local sys = require "lash.core.sys"
local value = require "lash.journal.value"

local M = {}

local COUNT, AGE = 1000, "90d"
local AT_ONCE = 64 -- removed at the end of a run; more than come in between two of these

--- Removes a run, unless a process is at work on it.
---@param row lash.store.Run
---@return boolean removed
function M.remove(row)
  local lock <close> = store.lock("run/" .. row.id)
  if not lock then return false end
  runs.remove(row)
  local folder = value.folder(row.id)
  if sys.stat(folder) then require("lash.fs").remove(folder, { recursive = true }) end
  return true
end

--- Is a process at work on it?
---@param row lash.store.Run
---@return boolean
function M.is_live(row)
  return row.state == "running" and store.is_locked("run/" .. row.id)
end

--- Removes what is to be kept no longer: some of it, at the end of a run.
function M.retain()
  local keep = require("lash.config").load():runs().keep or {}
  local age = require("lash.duration").read(keep.age or AGE)
  for _, row in ipairs(runs.outdated(sys.wall() - age, keep.count or COUNT, AT_ONCE)) do
    local ok, err = pcall(M.remove, row)
    if not ok then require("lash.log").warn(("run %s cannot be removed: %s"):format(row.id, errors.text(err))) end
  end
end

return M
