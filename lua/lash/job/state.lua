--- What is remembered of a job between its runs: a JSON file for each name, which
-- only the process with the lock of the job writes.
local errors = require "lash.errors"
local json = require "lash.core.json"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 1 << 20 -- bytes
local LONG = 1 << 14 -- bytes, of the list of due times that were passed over
local PRIVATE_FILE, PRIVATE_FOLDER = 384, 448 -- 0600, 0700

--- A clock that was put back by more was wrong before; cron's own rule.
local CORRECTION = 3 * 3600 -- seconds

--- How the last run went; zeros before the first.
---@class lash.job.Last
---@field started number  seconds since the epoch
---@field ended number
---@field exit integer
---@field kind? string  of the error; "ok", or "exit" for a status that the script chose

--- A run that has begun, and has not come to its end.
---@class lash.job.Begun
---@field due integer
---@field started number
---@field attempt integer
---@field run? string  its id in the history

---@class lash.job.State
---@field due? integer  the latest due time that is done, or was passed over
---@field last lash.job.Last
---@field begun? lash.job.Begun
---@field open? integer  due time of a workflow's run that is to go on
---@field failures integer  in a row
---@field alarmed boolean  `fail.run` has been run for them

--- Where they are.
---@return string
function M.folder() return store.folder() .. "/jobs" end

--- A file of a job.
---@param name string
---@param kind string
---@return string
function M.path(name, kind) return ("%s/%s.%s"):format(M.folder(), name, kind) end

local function fresh()
  return { last = { started = 0, ended = 0, exit = 0 }, failures = 0, alarmed = false }
end

local function read(path)
  local text, message, code = sys.read_file(path, LARGEST)
  if not text then
    if code == "missing" then return nil end
    errors.raise("store", message)
  end
  local value = json.decode(text)
  if type(value) == "table" then return value end
  errors.raise("store", path .. " is damaged", { hint = "move it away: the job begins anew with its latest due time" })
end

--- The latest due time in the list of those that were passed over; its size in bytes.
local function passed_over(name)
  local text = sys.read_file(M.path(name, "skipped"), LARGEST) or ""
  return math.tointeger(tonumber(text:match "(%d+)\n[^\n]*$")), #text
end

--- What is known of a job.
---@param name string
---@return lash.job.State
function M.read(name)
  local state = read(M.path(name, "json")) or {}
  for key, value in pairs(fresh()) do
    if type(state[key]) ~= type(value) then state[key] = value end
  end
  local due, passed = math.tointeger(state.due), passed_over(name)
  state.due = due and passed and math.max(due, passed) or due or passed
  if state.due and state.due > sys.wall() + CORRECTION then state.due = nil end
  return state
end

local function check(ok, message)
  if not ok then errors.raise("store", message, { hint = "a job runs only where it can note that it has" }) end
end

--- Remembers it, also after a power failure. For the process with the job's lock.
---@param name string
---@param state lash.job.State
function M.write(name, state)
  local passed, size = passed_over(name)
  if passed and state.due then state.due = math.max(state.due, passed) end
  check(sys.mkdir_p(M.folder(), PRIVATE_FOLDER))
  check(sys.write_atomic(M.path(name, "json"), json.encode(state) .. "\n", PRIVATE_FILE))
  if size > LONG then os.remove(M.path(name, "skipped")) end -- state.due has its end
end

--- Notes that a due time is passed over: a line more, which costs next to nothing. For
--- the process with the lock of this due time.
---@param name string
---@param due integer
---@return boolean long  the list is to be begun anew, by `write`
function M.pass_over(name, due)
  check(sys.mkdir_p(M.folder(), PRIVATE_FOLDER))
  check(sys.append(M.path(name, "skipped"), ("%d\n"):format(due), PRIVATE_FILE))
  return select(2, passed_over(name)) > LONG
end

return M
