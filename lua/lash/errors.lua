--- Errors as tables: what went wrong, whether it may pass, how the run ends.
--
-- The plumbing returns `nil, err`; the last step before the user raises. Nobody
-- catches it: the run ends with `err.exit`.
local M = {}

--- What each kind means for the run: its exit status (sysexits.h where that has
-- one), and whether the same call may succeed later.
---@type table<string, { exit: integer, temporary: boolean }>
M.kinds = {
  usage = { exit = 64, temporary = false },
  schema = { exit = 65, temporary = false },
  context_length = { exit = 65, temporary = false },
  input = { exit = 66, temporary = false },
  network = { exit = 69, temporary = true },
  unavailable = { exit = 69, temporary = true },
  http = { exit = 69, temporary = false },
  internal = { exit = 70, temporary = false },
  process = { exit = 70, temporary = false },
  cancelled = { exit = 70, temporary = false },
  output = { exit = 73, temporary = false },
  io = { exit = 74, temporary = false },
  store = { exit = 74, temporary = false },
  rate_limit = { exit = 75, temporary = true },
  locked = { exit = 75, temporary = true },
  waiting = { exit = 75, temporary = false },
  unsettled = { exit = 75, temporary = false },
  protocol = { exit = 76, temporary = true },
  incomplete = { exit = 76, temporary = true },
  auth = { exit = 77, temporary = false },
  denied = { exit = 77, temporary = false },
  content_filter = { exit = 77, temporary = false },
  config = { exit = 78, temporary = false },
  not_found = { exit = 78, temporary = false },
  invalid = { exit = 78, temporary = false },
  billing = { exit = 78, temporary = false },
  drift = { exit = 78, temporary = false },
  budget = { exit = 79, temporary = false },
  turns = { exit = 79, temporary = false },
  loop = { exit = 79, temporary = false },
  timeout = { exit = 124, temporary = true },
  interrupted = { exit = 130, temporary = false },
}

---@class lash.Error
---@field kind string
---@field message string
---@field hint? string  what a person could do
---@field exit integer
---@field temporary boolean
---@field status? integer  HTTP status
---@field code? string  the service's own word
---@field request_id? string
---@field retry_after? number  seconds
---@field attempts? integer
---@field missing? boolean  the error is that an argument of the script is missing
---@field limit? integer  tokens that the model takes, of `context_length`
---@field run? table  what there is of the run
---@field budget? lash.Budget  whose error it is, of `budget`
local Error = {}
Error.__name = "lash.Error"

function Error:__tostring() return self.kind .. ": " .. self.message end

--- Makes an error of a kind; `fields` (hint, status, …) are copied into it.
---@param kind string
---@param message string
---@param fields? table
---@return lash.Error
function M.new(kind, message, fields)
  local known = M.kinds[kind] or M.kinds.internal
  local err = { kind = kind, message = message, exit = known.exit, temporary = known.temporary }
  for k, v in pairs(fields or {}) do err[k] = v end
  return setmetatable(err, Error)
end

--- Raises an error of a kind.
---@param kind string
---@param message string
---@param fields? table
function M.raise(kind, message, fields) error(M.new(kind, message, fields), 0) end

--- Is this one of ours?
---@param v any
---@return boolean
function M.is(v) return getmetatable(v) == Error end

--- An error of any type as text.
---@param err any
---@return string
function M.text(err)
  local ok, text = pcall(tostring, err)
  if not ok then return "an error whose __tostring fails" end
  if type(err) ~= "table" or not text:find "^table: " then return text end
  local message = rawget(err, "message")
  return type(message) == "string" and message or "an error that is a table without a message"
end

local FRAMES = 60 -- that are looked at: the stack may be a runaway's

--- A message handler. A C function's error says no line, as that of `ipairs(nil)`: the
--- script's that led to it is put before the text, as Lua does. `error("…", 0)` is meant so.
---@param err any
---@param level? integer  of the function that raised it; default: for a handler of xpcall
---@return any
function M.located(err, level)
  level = level or 3 -- a handler is called by lash's own xpcall
  local raiser = type(err) == "string" and not err:find "^[^\n]-:%d+: " and debug.getinfo(level, "Sf")
  if not raiser or raiser.what ~= "C" or raiser.func == error then return err end
  for above = level + 1, level + FRAMES do
    local info = debug.getinfo(above, "Sl")
    if not info then break end
    if info.currentline > 0 and not info.source:find "^@lash/" then
      return ("%s:%d: %s"):format(info.short_src, info.currentline, err)
    end
  end
  return err
end

-- What ends the run, or is of its control.
local ENDS = { cancelled = true, interrupted = true, budget = true, waiting = true, unsettled = true, drift = true }

--- Is this an error that neither `lash.try` nor a tool's call may keep? Also the
--- deadline of the whole run is.
---@param v any
---@return boolean
function M.ends_run(v)
  return M.is(v) and (ENDS[v.kind] or v == require("lash.core.interrupt").pending()) or false
end

return M
