--- What all processes of a user spend in a month, for budgets of a month: the sum of
-- what their runs have recorded. A request that is under way counts with what it may
-- take, so also one whose process was killed.
local errors = require "lash.errors"
local journals = require "lash.journal"
local locks = require "lash.lock"
local loop = require "lash.core.loop"
local sys = require "lash.core.sys"
local task = require "lash.task"

local M = {}

local PATIENCE, PAUSE = 60, 0.005 -- seconds

--- When the current month began.
local function month()
  local now = os.date("*t", math.floor(sys.wall()))
  return os.time { year = now.year, month = now.month, day = 1, hour = 0 }
end

--- Keeps everybody else from reserving, until it is closed: between the look at what
--- is left and the record of what is taken nobody may come. Who has it does not wait
--- for anything: others may stand above him on the C stack.
---@async
---@return lash.store.lock
function M.lock()
  local left = (task.deadline() or math.huge) - loop.now()
  return locks.take("ledger", math.min(PATIENCE, left), PAUSE)
    or errors.raise("locked", "the ledger of this month is in use by other processes")
end

---@return lash.Journal
local function journal()
  return journals.of_run() or errors.raise("config",
    "a budget of a month counts what runs have recorded, and they are not", { hint = "config.json: runs.record" })
end

--- US dollars that were spent in this month, or may have been, by runs of a name or by
--- all; without the requests of this process that are under way.
---@param name? string
---@return number
function M.spent(name)
  local own = journal()
  if own.replays then require("lash.journal.batch").flush() end
  require("lash.journal.absorb").all(own.id)
  local others = require("lash.store.runs").spent_since(month(), name, own.id, not own.replays)
  return others + ((not name or name == own.name) and own.spent or 0)
end

--- US dollars that the requests of this process which are under way may take.
---@param name? string
---@return number
function M.reserved(name)
  local own = journal()
  return (not name or name == own.name) and own.reserved or 0
end

return M
