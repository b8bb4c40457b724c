--- The database of the program: one file, opened when it is first needed.
--
-- What fails is raised: kind `store`, with what could help; `locked`, when other
-- processes were at it for too long. Nothing may wait inside of a transaction: it
-- would be everybody's.
local core = require "lash.core.store"
local errors = require "lash.errors"
local host = require "lash.host"
local sys = require "lash.core.sys"
local xdg = require "lash.xdg"

local M = {}

local PRIVATE_FOLDER = 448 -- 0700

local opened ---@type lash.store.store?

--- The folder of the database and its locks.
---@return string
function M.folder()
  return xdg.state() or errors.raise("config", "there is no folder for the state of lash",
    { hint = "set HOME, or XDG_STATE_HOME" })
end

--- Where the database is.
---@return string
function M.path() return M.folder() .. "/lash.db" end

local MOVE = "nothing was changed. Keep a copy; `sqlite3 %s .recover` shows what can be saved. With the file and its "
  .. "-wal and -shm moved away lash begins a new one"

local HINTS = {
  full = "nothing is lost: make room, and go on",
  readonly = "is the file system mounted read-only, or the file or its folder without write permission? %s",
  permission = "`ls -ld` on %s and its folders tells whose they are; lash must be let in",
  corrupt = MOVE,
  notdb = MOVE,
  newer = "update lash; or set XDG_STATE_HOME to another folder, for this version",
  missing = "a folder of %s is not there",
  library = "apt install libsqlite3-0",
}

local KINDS = { busy = "locked", library = "config", usage = "internal" }

--- Raises the failure of a call. After most of them the connection is not to be
--- trusted, so the next use begins with a new one.
local function fail(message, code)
  if code ~= "busy" and code ~= "usage" then M.close() end
  local hint = HINTS[code]
  errors.raise(KINDS[code] or "store", message, { hint = hint and hint:gsub("%%s", (M.path():gsub("%%", "%%%%"))) })
end

local function check(value, message, code)
  if value == nil then fail(message, code) end
  return value
end

---@param deadline? number
---@return lash.store.store
local function open(deadline)
  if not opened then
    opened = check(core.open(M.path(), deadline))
    host.at_end(M.close) -- leaves one file, without a log to be read first
  end
  return opened
end

--- Closes it until it is needed again.
function M.close()
  if opened then opened:close() end
  opened = nil
end

--- Runs a statement; how many rows it changed. `sql` is a constant.
---@param sql string
---@param ... lash.store.Value
---@return integer
function M.exec(sql, ...) return check(open():exec(sql, ...)) end

--- The rows of a statement, by the names of their columns.
---@param sql string
---@param ... lash.store.Value
---@return table<string, lash.store.Value>[]
function M.query(sql, ...) return check(open():query(sql, ...)) end

--- Calls f(...) in a transaction: all that it writes counts, or, when it raises,
--- nothing. Returns what it returns.
---@param access "read"|"write"|"durable"  durable: also after a power failure, for what was paid or done
---@param deadline? number  seconds of the monotonic clock; 10 s in any case
---@param f fun(...): ...
function M.transaction(access, deadline, f, ...)
  local transaction <close> = check(open(deadline):begin(access, deadline))
  local results = table.pack(f(...))
  check(transaction:commit())
  return table.unpack(results, 1, results.n)
end

--- Takes the lock of a name among all processes of the user; nil when somebody
--- holds it. It ends with the process, in whatever way that ends.
---@param name string
---@return lash.store.lock?
function M.lock(name)
  local folder = M.folder()
  local ok, message, code = sys.mkdir_p(folder, PRIVATE_FOLDER)
  local lock
  if ok then lock, message, code = core.lock(folder .. "/lash.lock", name) end
  if not lock and code ~= "busy" then fail(message, code) end
  return lock
end

--- Does somebody hold the lock of a name? Nobody is kept from it by asking.
---@param name string
---@return boolean
function M.is_locked(name) return check(core.is_locked(M.folder() .. "/lash.lock", name)) end

return M
