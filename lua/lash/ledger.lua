--- What all processes of a user spend in a month, for budgets of a month: the sum of
-- what their runs have recorded. A request that is under way counts with what it may
-- take, so also one whose process was killed.
local errors = require "lash.errors"
local journals = require "lash.journal"
local locks = require "lash.lock"
local sched = require "lash.sched"
local sys = require "lash.core.sys"

local M = {}

local PATIENCE, PAUSE = 60, 0.005 -- seconds

--- When the current month began.
local function month()
  local now = os.date("*t", math.floor(sys.wall()))
  return os.time { year = now.year, month = now.month, day = 1, hour = 0 }
end

local queue = {} ---@type lash.Task[]  of this process, in their order; the first one has the lock, or its turn

--- The lock; closing it any number of times lets the next one have it.
---@class lash.ledger.Turn
---@field private task lash.Task
---@field private lock? lash.store.lock
local Turn = {}
Turn.__index = Turn

function Turn:close()
  if self.lock then self.lock:close() end
  self.lock = nil
  for i, task in ipairs(queue) do
    if task == self.task then
      table.remove(queue, i)
      break
    end
  end
  if queue[1] then sched.wake(queue[1]) end
end

Turn.__close = Turn.close

--- Keeps everybody else from reserving, until it is closed: between the look at what
--- is left and the record of what is taken nobody may come.
---@async
---@return lash.ledger.Turn
function M.lock()
  local turn = setmetatable({ task = sched.current() }, Turn)
  local taken = false
  local _turn <close> = setmetatable({}, { __close = function() if not taken then turn:close() end end })
  table.insert(queue, turn.task)
  while queue[1] ~= turn.task do sched.park() end
  turn.lock = locks.take("ledger", PATIENCE, PAUSE)
    or errors.raise("locked", "the ledger of this month is in use by other processes")
  taken = true
  return turn
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
