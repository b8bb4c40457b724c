--- What is remembered of a job between its runs: a JSON file for each name, which
-- only the process with the lock of the job writes.
local errors = require "lash.errors"
local json = require "lash.core.json"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 1 << 20 -- bytes
local KEPT = 16 -- due times that are done; more than one, for the clock may have been wrong
local DIGITS = 12 -- of a due time
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
---@field done integer[]  the latest ones in the order in which they were done
---@field last lash.job.Last
---@field begun? lash.job.Begun
---@field open? integer  due time of a workflow's run that is to go on
---@field failures integer  in a row
---@field alarmed boolean  `fail.run` has been run for them
---@field question? string  due time and hash of the one that was told, and waits for an answer

--- Where they are.
---@return string
function M.folder() return store.folder() .. "/jobs" end

--- A file of a job.
---@param name string
---@param kind string
---@return string
function M.path(name, kind) return ("%s/%s.%s"):format(M.folder(), name, kind) end

local function fresh()
  return { done = json.array {}, last = { started = 0, ended = 0, exit = 0 }, failures = 0, alarmed = false }
end

local function damaged(path)
  errors.raise("store", path .. " is damaged", { hint = "move it away: the job begins anew with its latest due time" })
end

local function read(path)
  local text, message, code = sys.read_file(path, LARGEST)
  if not text then
    if code == "missing" then return nil end
    errors.raise("store", message)
  end
  local value = json.decode(text)
  return type(value) == "table" and value or damaged(path)
end

--- The due times in a list of those that were passed over. A line that a full disk has
--- cut, and what was glued to it, is none.
local function passed_over(path)
  local list = {}
  local text, message, code = sys.read_file(path, LARGEST)
  if not text and code ~= "missing" then errors.raise("store", message) end
  text = text or ""
  for line in text:gmatch "([^\n]*)\n" do
    if line:find "^%d+$" and #line <= DIGITS then list[#list + 1] = math.tointeger(tonumber(line)) end
  end
  return list, #text
end

--- The latest of some due times, without those that a wrong clock has left in the future.
local function latest_of(list)
  local limit, latest = sys.wall() + CORRECTION, nil
  for _, due in ipairs(list) do
    if due <= limit then latest = math.max(latest or due, due) end
  end
  return latest
end

local function is_integer(v) return math.type(v) == "integer" end

--- Is this what `write` writes?
local function is_sound(state)
  for _, due in ipairs(state.done) do
    if not is_integer(due) then return false end
  end
  local begun, last = state.begun, state.last
  return (state.open == nil or is_integer(state.open)) and type(last.started) == "number"
    and type(last.ended) == "number" and is_integer(last.exit) and is_integer(state.failures)
    and (begun == nil or type(begun) == "table" and is_integer(begun.due) and is_integer(begun.attempt)
      and type(begun.started) == "number")
end

--- What is known of a job.
---@param name string
---@return lash.job.State
function M.read(name)
  local path = M.path(name, "json")
  local state = read(path) or {}
  for key, value in pairs(fresh()) do
    if state[key] == nil then state[key] = value end
    if type(state[key]) ~= type(value) then damaged(path) end
  end
  if not is_sound(state) then damaged(path) end
  local list = table.move(state.done, 1, #state.done, 1, {})
  for _, kind in ipairs { "skipped.old", "skipped" } do
    local passed = passed_over(M.path(name, kind))
    table.move(passed, 1, #passed, #list + 1, list)
  end
  state.due = latest_of(list) or list[1] and math.floor(sys.wall()) -- rather never than twice
  return state
end

--- Adds a due time to the list of those that are done; the oldest one goes.
local function note(done, due)
  if not due then return end
  for _, known in ipairs(done) do
    if due == known then return end
  end
  done[#done + 1] = due
  if #done > KEPT then table.remove(done, 1) end
end

local function check(ok, message)
  if not ok then errors.raise("store", message, { hint = "a job runs only where it can note that it has" }) end
end

--- The work of a due time was not begun after all.
---@param state lash.job.State
---@param due integer
function M.take_back(state, due)
  for i, known in ipairs(state.done) do
    if known == due then return table.remove(state.done, i) end
  end
end

--- Remembers it, also after a power failure. For the process with the job's lock.
---@param name string
---@param state lash.job.State
function M.write(name, state)
  local skipped, old = M.path(name, "skipped"), M.path(name, "skipped.old")
  local _, size = passed_over(skipped)
  if size > LONG then os.rename(skipped, old) end -- others may add to a new one
  local copy = {}
  for key, value in pairs(state) do copy[key] = value end
  local passed = passed_over(old)
  note(copy.done, latest_of(passed))
  note(copy.done, copy.due)
  copy.due = nil
  check(sys.mkdir_p(M.folder(), PRIVATE_FOLDER))
  check(sys.write_atomic(M.path(name, "json"), json.encode(copy) .. "\n", PRIVATE_FILE))
  os.remove(old) -- its end is among those that are done
end

--- Notes that a due time is passed over: a line more, which costs next to nothing. For
--- the process with the lock of this due time.
---@param name string
---@param due integer
---@return boolean long  the list is to be begun anew, by `write`
function M.pass_over(name, due)
  check(sys.mkdir_p(M.folder(), PRIVATE_FOLDER))
  local path = M.path(name, "skipped")
  check(sys.append(path, ("%d\n"):format(due), PRIVATE_FILE))
  return select(2, passed_over(path)) > LONG
end

return M
