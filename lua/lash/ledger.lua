--- What all processes of a user spend in a month, for budgets of a month: the sum of
-- what their runs have recorded. A request that is under way counts with what it may
-- take, so also one whose process was killed.
local errors = require "lash.errors"
local journals = require "lash.journal"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local PATIENCE, PAUSE = 10, 0.005 -- seconds

--- When the current month began.
local function month()
  local now = os.date("*t", math.floor(sys.wall()))
  return os.time { year = now.year, month = now.month, day = 1, hour = 0 }
end

--- Keeps other processes from reserving, until it is closed: between the look at what
--- is left and the record of what is taken nobody may come.
---@async
---@return lash.store.lock
function M.lock()
  local deadline = loop.now() + PATIENCE
  local lock = store.lock "ledger"
  while not lock do
    if loop.now() > deadline then errors.raise("locked", "the ledger of this month is in use by another process") end
    sched.sleep(PAUSE)
    lock = store.lock "ledger"
  end
  return lock
end

--- US dollars that were spent in this month, or may have been, by runs of a name or by
--- all; without the requests of this process that are under way.
---@param name? string
---@return number
function M.spent(name)
  local journal = journals.of_run() or errors.raise("config",
    "a budget of a month counts what runs have recorded, and they are not", { hint = "config.json: runs.record" })
  require("lash.journal.batch").flush()
  require("lash.journal.absorb").all(journal.id)
  local others = require("lash.store.runs").spent_since(month(), name, journal.id, not journal.replays)
  return others + ((not name or name == journal.name) and journal.spent or 0)
end

return M
