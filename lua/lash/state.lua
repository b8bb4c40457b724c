--- lash.state: a table that is kept between runs.
--
--     local seen <close> = lash.state "seen"
--     seen.count = (seen.count or 0) + 1
--
-- Each is a JSON file, held by a lock of the kernel, which ends with its process in
-- whatever way that ends. The file changes, all at once, when the block ends without
-- an error.
local errors = require "lash.errors"
local host = require "lash.host"
local json = require "lash.core.json"
local locks = require "lash.core.store"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local sys = require "lash.core.sys"
local task = require "lash.task"
local xdg = require "lash.xdg"

local M = {}

local LARGEST = 256 << 20 -- bytes of a file
local PRIVATE_FILE, PRIVATE_FOLDER = 384, 448 -- 0600, 0700

-- Seconds: of waiting for another one's end when there is no deadline, and between
-- two attempts.
local PATIENCE, FIRST_PAUSE, LONGEST_PAUSE = 10, 0.005, 0.2
local PART = 0.8 -- of the time until a deadline: the rest is for saying that it was in vain

---@class lash.state.Hold
---@field name string
---@field path string
---@field task lash.Task
---@field lock lash.store.lock
---@field before? string  content of the file

local held = {} ---@type table<string, lash.state.Hold>  of this process, by name

local function fail(name, kind, message, hint)
  errors.raise(kind, ("lash.state '%s': %s"):format(name, message), { hint = hint })
end

local function check_name(name)
  if type(name) ~= "string" then
    errors.raise("usage", "lash.state: expected a name, got " .. type(name), { hint = 'lash.state "seen"' })
  elseif not name:find "^[%w_.-]+$" or #name > 64 then
    errors.raise("usage", ("lash.state: '%s' is no name for a state"):format(name:sub(1, 64)),
      { hint = "1 to 64 letters, digits, '_', '.' and '-'" })
  end
end

--- The folder of the states, made when it is missing.
local function folder(name)
  local base = xdg.state()
  if not base then
    fail(name, "config", "there is no folder for the state of lash", "set HOME, or XDG_STATE_HOME")
  end
  local ok, message = sys.mkdir_p(base .. "/state", PRIVATE_FOLDER)
  if not ok then fail(name, "io", message) end
  return base
end

--- Takes the lock of a name; waits for it as long as the deadline allows.
---@async
local function take_lock(name, path)
  local began, deadline = loop.now(), task.deadline()
  local limit = began + (deadline and PART * (deadline - began) or PATIENCE)
  local pause = FIRST_PAUSE
  while true do
    local lock, message, code = locks.lock(path, "state/" .. name)
    if lock then return lock end
    if code ~= "busy" then fail(name, "io", message) end
    local other = held[name]
    if other and other.task == sched.current() then
      fail(name, "usage", "it is open already", "a state is opened once, and closed at the end of its block")
    end
    local left = limit - loop.now()
    if left <= 0 then
      fail(name, "locked", other and "another task has it open" or "another process has it open",
        "it is free when the block there ends")
    end
    sched.sleep(math.min(left, pause * (0.5 + math.random())))
    pause = math.min(2 * pause, LONGEST_PAUSE)
  end
end

--- The table in the file, and the text of it; an empty one when there is no file.
local function read(name, path)
  local text, message, code = sys.read_file(path, LARGEST)
  if not text then
    if code == "missing" then return {}, nil end
    fail(name, "io", message)
  end
  local value
  value, message = json.decode(text)
  if type(value) == "table" then return value, text end
  fail(name, "store", ("%s is damaged: %s"):format(path, message or "no table in it"),
    "nothing was changed. Mend it, or move it away to begin anew")
end

--- Writes the table, unless it is as it was.
---@param hold lash.state.Hold
local function write(hold, values)
  local text, message = json.encode(values, 2, true)
  if not text then fail(hold.name, "usage", message, "nothing was kept of this block") end
  text = text .. "\n"
  if text == (hold.before or "{}\n") then return end
  local ok
  ok, message = sys.write_atomic(hold.path, text, PRIVATE_FILE)
  if not ok then fail(hold.name, "io", message) end
end

--- Is this the end of a run that went well?
local function is_success(err) return err == nil or host.is_exit(err) and err.exit == 0 end

---@param hold lash.state.Hold
local function close(hold, values, err)
  if held[hold.name] ~= hold then return end
  held[hold.name] = nil
  local _lock <close> = hold.lock
  if is_success(err) then write(hold, values) end
end

--- A state that is not a <close> variable is never written: that is said.
local function look_for_open()
  for name in pairs(held) do
    require("lash.log").warn(("lash.state '%s' was not closed, so nothing was kept: local s <close> = lash.state …")
      :format(name))
  end
end

--- Opens a state: a table, for a <close> variable. Waits while somebody else has it
--- open, until the deadline, or 10 seconds; then it raises `locked`.
---@async
---@param name string
---@return table
function M.open(name)
  check_name(name)
  local base = folder(name)
  local path = ("%s/state/%s.json"):format(base, name)
  local lock = take_lock(name, base .. "/lash.lock")
  local guard <close> = setmetatable({ lock = lock }, { __close = function(self)
    if self.lock then self.lock:close() end
  end })
  local values, text = read(name, path)
  local hold = { name = name, path = path, task = sched.current(), lock = lock, before = text }
  held[name], guard.lock = hold, nil
  host.at_end(look_for_open)
  return setmetatable(values, { __name = "lash.state", __close = function(self, err) close(hold, self, err) end })
end

return M
