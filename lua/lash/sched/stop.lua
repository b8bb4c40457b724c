--- Stops: what is to end a task, or a part of it that has a deadline.
local interrupt = require "lash.core.interrupt"

local M = {}

local sethook = debug.sethook -- a script may take `debug` away

--- Raised at the next wait, and again whenever it was swallowed.
---@class lash.Stop
---@field err any
---@field at? number  when it is time, if that is known: seconds of the monotonic clock
---@field passed? boolean  it is time
---@field raised? boolean
---@field raises? integer  how often it was raised again
---@field outer? lash.Stop

--- What a cancelled task yields when it catches its cancellation for ever.
M.ABANDON = {}

--- How often a cancellation is raised again before the task is left where it
-- is, its <close> variables unclosed: it cannot be ended in any better way.
local MAX_RAISES = 50

--- Raises an error in a coroutine when it has gone on for some instructions.
---@param co thread
---@param err any
---@param count? integer  default: 1
function M.raise_in(co, err, count)
  sethook(co, function()
    sethook(co)
    error(err, 0)
  end, "", count or 1)
end

local scope = { __close = function(stop) stop.task.stops = stop.outer end }

--- Puts a stop around what the task does next; closing it takes it away, passed
-- or not.
---@param task lash.Task
---@param err any
---@return lash.Stop
function M.push(task, err)
  local stop = setmetatable({ err = err, task = task, outer = task.stops }, scope)
  task.stops = stop
  return stop
end

--- An interrupt that a hook has raised in the task ends it like a cancellation.
---@param task lash.Task
function M.note_interrupt(task)
  if not interrupt.raised() then return end
  local own = task.own
  own.err, own.passed, own.raised = interrupt.pending(), true, true
end

--- The error that a wait of the task is to raise, if any. The outermost stop
-- wins; one that is on its way up, through <close> variables that wait, is not
-- raised a second time.
---@param task lash.Task
---@return any
function M.due(task)
  M.note_interrupt(task)
  local caught = interrupt.caught()
  local found
  local stop = task.stops
  while stop do
    if stop.passed and (not stop.raised or caught and caught[stop.err]) then found = stop end
    stop = stop.outer
  end
  local err = task.failing
  task.failing = nil
  if not found then return err end
  if found.raised then
    found.raises = (found.raises or 0) + 1
    local more = found.raises - MAX_RAISES
    if more > 0 and coroutine.running() == task.co and coroutine.isyieldable() then
      coroutine.yield(M.ABANDON, found.err)
    elseif more > 0 then -- inside a coroutine or a C function: then where that is over, sooner or later
      M.raise_in(task.co, found.err, more)
    end
  end
  stop = task.stops
  while stop ~= found do -- what is inside of it ends with it
    stop.raised = true
    stop = stop.outer
  end
  found.raised = true
  return found.err
end

return M
