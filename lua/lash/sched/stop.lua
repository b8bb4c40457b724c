--- Stops: what is to end a task, or a part of it that has a deadline.
--
-- Waits are ended by the scheduler. Code that computes past a deadline is stopped
-- by an alarm, set for the code that runs: src/bind/lua_alarm.c.
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"

local M = {}

local sethook = debug.sethook -- a script may take `debug` away

--- Raised at the next wait, and again whenever it was swallowed.
---@class lash.Stop
---@field err any
---@field task? lash.Task
---@field at? number  when it is time, if that is known: seconds of the monotonic clock
---@field again? table<lash.Task, number>  when code that computes meets it once more
---@field passed? boolean  it is time
---@field raised? boolean
---@field raises? integer  how often it was raised again
---@field outer? lash.Stop
---@field around? lash.Stop  of a task's outermost: what its parent was in when it began
---@field timer? lash.Timer  that says when it is time
---@field over? boolean  it was taken away

--- What a cancelled task yields when it catches its cancellation for ever.
M.ABANDON = {}

--- How often a cancellation is raised again before the task is left where it
-- is, its <close> variables unclosed: it cannot be ended in any better way.
local MAX_RAISES = 50

--- How often a deadline may be swallowed by waits; then it passes every pcall.
local MAX_SWALLOWED = 3

--- Seconds for tidying up by code that a deadline has ended, or that swallowed
--- it; then it is raised again, and passes every pcall; and again, after less.
M.grace = 1
local RENEWED = 0.1

local running ---@type lash.Task?  whose code runs
local standing = 0 -- deadlines
local armed = false

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

--- All stops that a task is in, from the innermost, also those around its parents.
---@param task lash.Task
local function each(task)
  local stop ---@type lash.Stop?
  return function()
    if stop then stop = stop.outer or stop.around else stop = task.stops end
    while stop and stop.over do stop = stop.outer or stop.around end
    return stop
  end
end

local function set_alarm()
  local at
  if running and standing > 0 then
    for stop in each(running) do
      local time = stop.again and stop.again[running] or stop.at
      if time and (not at or time < at) then at = time end
    end
  end
  if at then
    interrupt.alarm(math.max(at - loop.now(), 1e-6))
  elseif armed then
    interrupt.alarm(0)
  end
  armed = at ~= nil
end

--- From now on the code of this task runs; nil: the scheduler's.
---@param task? lash.Task
function M.enter(task)
  running = task
  if standing > 0 or armed then set_alarm() end
end

--- The nearest deadline around a task.
---@param task lash.Task
---@return number?
function M.deadline(task)
  local at
  for stop in each(task) do
    if stop.at and (not at or stop.at < at) then at = stop.at end
  end
  return at
end

--- Is this the error of a stop that a task is in, and whose time has come?
---@param task lash.Task
---@param err any
---@return boolean
function M.stands(task, err)
  for stop in each(task) do
    if stop.passed and rawequal(stop.err, err) then return true end
  end
  return false
end

--- A deadline has been raised in a task: it is again after some seconds.
local function note(stop, task, seconds)
  stop.again = stop.again or setmetatable({}, { __mode = "k" })
  stop.again[task] = loop.now() + seconds
end

--- A stop is raised: what is inside of it ends with it.
---@param task lash.Task
---@param found lash.Stop
local function raise(task, found)
  local stop = task.stops
  while stop ~= found do
    stop.raised = true
    stop = stop.outer
  end
  found.raised = true
  if found.at then note(found, task, M.grace) end
  return found.err
end

local OURS = debug.getinfo(1, "S").source:match "^(.*)sched/stop%.lua$"

--- Is this chunk a module of lash? One is not cut in its middle.
local function is_ours(source)
  if source:sub(1, #OURS) ~= OURS then return false end
  local name = "lash." .. source:sub(#OURS + 1):gsub("%.lua$", ""):gsub("/", ".")
  name = name:gsub("%.init$", "")
  return package.loaded[name] ~= nil or package.preload[name] ~= nil
end

--- What the alarm raises in running code: the outermost deadline that has passed.
interrupt.on_alarm(function(source)
  if not running then return nil end
  if is_ours(source) then return nil, true end
  local now, found = loop.now(), nil
  for stop in each(running) do
    if stop.at and stop.at <= now then found = stop end
  end
  local again = found and found.again and found.again[running]
  if not found or again and again > now then return nil end
  found.passed = true
  if again then
    interrupt.insist(found.err, true)
    note(found, running, RENEWED)
  elseif found.task == running then
    raise(running, found)
  else
    note(found, running, M.grace) -- the parent has still to meet it
  end
  set_alarm()
  return found.err
end, is_ours)

local scope = {
  __close = function(stop)
    local _timer <close> = stop.timer
    if stop.over then return end
    stop.over = true
    local task = stop.task
    while task.stops.over do task.stops = task.stops.outer end
    if not stop.at then return end
    standing = standing - 1
    interrupt.insist(stop.err, false)
    set_alarm()
  end,
}

--- Puts a stop around what the task does next; closing it takes it away, passed
-- or not.
---@param task lash.Task
---@param err any  with a deadline: a table
---@param at? number  a deadline, of the monotonic clock
---@return lash.Stop
function M.push(task, err, at)
  local stop = setmetatable({ err = err, task = task, at = at, outer = task.stops }, scope)
  task.stops = stop
  if at then
    standing = standing + 1
    set_alarm()
  end
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
    if stop.passed and not stop.over and (not stop.raised or caught and caught[stop.err]) then found = stop end
    stop = stop.outer
  end
  local err = task.failing
  task.failing = nil
  if not found then return err end
  if found.raised then
    found.raises = (found.raises or 0) + 1
    if found.at then
      if found.raises > MAX_SWALLOWED then interrupt.insist(found.err, true) end
    elseif found.raises > MAX_RAISES then
      if coroutine.running() == task.co and coroutine.isyieldable() then
        coroutine.yield(M.ABANDON, found.err)
      else -- inside a coroutine or a C function: then where that is over, sooner or later
        M.raise_in(task.co, found.err, found.raises - MAX_RAISES)
      end
    end
  end
  return raise(task, found)
end

return M
