--- The process around a run: signals, the deadline, how it ends.
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"

local M = {}

local Exit ---@type table  metatable of exit requests; they pass every pcall

local at_end = {} ---@type table<fun(), true>

--- Has a function called when the run has ended; the same one once. It may neither
-- wait nor fail.
---@param f fun()
function M.at_end(f) at_end[f] = true end

--- The run has ended: calls what was to be called then.
function M.finish()
  for f in pairs(at_end) do f() end
  at_end = {}
end

local deadline ---@type lash.Error?

--- Says who has set the deadline of the run.
---@param hint string
function M.deadline_set_by(hint) if deadline then deadline.hint = hint end end

--- Takes signals over, and `os.exit`, which now unwinds: <close> variables run.
function M.install()
  deadline = errors.new("timeout", "the deadline of the run has passed", { hint = "--timeout sets it" })
  Exit = interrupt.install {
    SIGINT = errors.new("interrupted", "interrupted by SIGINT", { exit = 130, signal = "SIGINT" }),
    SIGTERM = errors.new("interrupted", "interrupted by SIGTERM", { exit = 143 }),
    SIGHUP = errors.new("interrupted", "interrupted by SIGHUP", { exit = 129 }),
    deadline = deadline,
  }
  Exit.__name = "lash.Exit"
  ---@diagnostic disable-next-line: duplicate-set-field
  os.exit = function(code) M.exit(code) end
end

--- Ends the run with an exit status, after clean-up.
---@param code? integer|boolean  default: true, which is 0; false is 1
function M.exit(code)
  if code == nil or code == true then code = 0 end
  if code == false then code = 1 end
  local status = math.tointeger(tonumber(code))
  if not status then
    error(("bad argument #1 to 'exit' (an integer, true or false expected, got %s)"):format(
      type(code) == "number" and code or type(code)), 3)
  end
  error(setmetatable({ exit = status }, Exit), 0)
end

--- Is this error a request to end the run?
---@param err any
---@return boolean
function M.is_exit(err) return Exit ~= nil and getmetatable(err) == Exit end

return M
