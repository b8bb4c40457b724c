--- The tool calls of a turn: read, told of, carried out, answered.
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local scope = require "lash.scope"
local task = require "lash.task"

local M = {}

--- Calls that fit no tool, or not its parameters: answered, but not for ever.
local MAX_MALFORMED = 3

local SHOWN = 64 -- bytes of the name of a tool that is not there

local NOT_BEGUN = "error: not carried out: the run ended first"
local STOPPED = "error: stopped before its end: the run ended"

---@class lash.Call
---@field record table  what the run keeps of it: {id, name, arguments, content, ok, seconds}
---@field tool? lash.Tool
---@field values? table  checked arguments
---@field problem? string  why it cannot be carried out, for the model
---@field begun? boolean
---@field asking? boolean  a person was asked whether it may be, and has not answered
---@field asked? number  seconds that a person took
---@field message? table  its answer

--- Ids that the service left out or gave twice would make calls and their
-- results lose each other.
---@param turn lash.Turn
---@param n integer  number of the turn
function M.name(turn, n)
  local seen = {}
  for i, call in ipairs(turn.calls) do
    if call.id == "" or seen[call.id] then call.id = ("call_%d_%d"):format(n, i) end
    seen[call.id] = true
  end
end

---@param tools table<string, lash.Tool>
---@param given table  of the turn
---@return lash.Call
local function read_call(tools, given)
  local record = { id = given.id, name = given.name, ok = false, seconds = 0 }
  local tool = tools[given.name]
  local arguments, unreadable = require("lash.tool").arguments(given.arguments)
  record.arguments = arguments or given.arguments
  if not tool then
    local names = {}
    for name in pairs(tools) do names[#names + 1] = name end
    table.sort(names)
    local problem = ("there is no tool '%s'; "):format(given.name:sub(1, SHOWN))
      .. (#names > 0 and "the tools are: " .. table.concat(names, ", ") or "there are none at all")
    return { record = record, problem = problem }
  end
  record.name = tool.name
  if unreadable then return { record = record, tool = tool, problem = unreadable } end
  local values, problem = tool:check(arguments)
  return { record = record, tool = tool, values = values, problem = problem }
end

---@param state lash.run.State
---@param record table
local function tell(state, record)
  state.emit("tool_result", { id = record.id, name = record.name, content = record.content, ok = record.ok,
    seconds = record.seconds, replayed = record.replayed })
end

--- Asks a person about a call, where the tool wants it; a message for the model when
-- the answer is no.
---@param state lash.run.State
---@param call lash.Call
---@return string?
local function ask(state, call)
  if not call.tool.confirm then return nil end
  local ok, message = state.guard:confirm(call.tool, call.values)
  return not ok and "error: " .. message or nil
end

--- Makes the answer of a call; a session keeps it from here on.
---@param state lash.run.State
---@param call lash.Call
local function keep(state, call)
  local record = call.record
  call.message = { role = "tool", tool_call_id = record.id, name = record.name, content = record.content }
  state.keep(call.message, { lasting = true })
end

local UNANSWERED = "error: not carried out: the program was stopped before a person had said whether it may be"

---@param state lash.run.State
---@param call lash.Call
---@param i integer  in its turn
local function carry_out_one(state, call, i)
  local began, record = loop.now(), call.record
  sched.checkpoint()
  call.begun = true
  state.begin(record.id)
  if call.problem then
    record.content = "error: " .. call.problem
  else
    local _run <close> = scope.push { run = state, call = call }
    local _unanswered <close> = setmetatable({}, { __close = function(_, err)
      if err == nil or not call.asking then return end
      record.content = UNANSWERED
      keep(state, call)
    end })
    local function carry_out(key, attempt)
      local refusal = ask(state, call)
      if refusal then return false, refusal end
      return call.tool:call(call.values, { name = record.name, key = key, attempt = attempt,
        guard = call.tool.guarded and state.guard or nil })
    end
    if state.journal then
      record.ok, record.content, record.replayed = state.journal:call(i, record.id, call.tool, carry_out)
    else
      record.ok, record.content = carry_out(state.run.id .. "/" .. record.id, 1)
    end
  end
  record.seconds = loop.now() - began - (call.asked or 0)
  keep(state, call)
  tell(state, record)
end

--- Are the calls carried out one behind the other?
---@param calls lash.Call[]
---@return boolean
function M.are_serial(calls)
  for _, call in ipairs(calls) do
    if not call.problem and not call.tool.parallel then return true end
  end
  return #calls <= 1
end

--- Reads the calls of a turn, in order and before any of them runs.
---@param state lash.run.State
---@param turn lash.Turn
---@return lash.Call[]
function M.read(state, turn)
  local calls = {}
  for i, given in ipairs(turn.calls) do calls[i] = read_call(state.tools, given) end
  return calls
end

--- Tells of calls that will be carried out.
---@param state lash.run.State
---@param calls lash.Call[]
function M.announce(state, calls)
  for _, call in ipairs(calls) do
    local record = call.record
    state.emit("tool_call", { id = record.id, name = record.name, arguments = record.arguments })
  end
end

--- Closing it answers every call in the messages, in the order of the calls,
-- also when the turn could not be finished; a session is told only of those that
-- have come to their end, and settles the others itself.
---@class lash.calls.Answers
---@field run lash.Run
---@field calls lash.Call[]
---@field nudge? string  for the end of the last answer
local answers = {
  __close = function(self)
    local run = self.run
    for i, call in ipairs(self.calls) do
      local record = call.record
      if call.begun then
        record.content = record.content or STOPPED
        table.insert(run.tool_calls, record)
      end
      local message = call.message or { role = "tool", tool_call_id = record.id, name = record.name }
      message.content = (record.content or NOT_BEGUN) .. (i == #self.calls and self.nudge or "")
      table.insert(run.messages, message)
    end
  end,
}

--- What a model is told that has used up most of its turns.
---@param turns integer  so far
---@param most integer
---@return string?
local function nudge(turns, most)
  if turns == most then return nil end
  if turns == most * 9 // 10 then
    return ("\n\n[lash: turn %d of %d is over: come to an end now, answer with what you have]"):format(turns, most)
  elseif turns == most * 7 // 10 then
    return ("\n\n[lash: turn %d of %d is over: plan for the end]"):format(turns, most)
  end
end

--- Refuses the calls when there are more than the run may make.
---@param state lash.run.State
---@param calls lash.Call[]
local function check_limit(state, calls)
  local limit = state.settings.max_tool_calls
  if #state.run.tool_calls + #calls <= limit then return end
  for _, call in ipairs(calls) do
    call.record.content = ("error: not carried out: %d tool calls is the limit"):format(limit)
    keep(state, call)
    tell(state, call.record)
  end
  errors.raise("turns", ("more than %d tool calls"):format(limit), { hint = "max_tool_calls sets the limit" })
end

--- Looks whether the model gets on; the error that ends the run when it does not.
---@param state lash.run.State
---@param calls lash.Call[]
---@return lash.Error?
local function look(state, calls)
  local err
  for _, call in ipairs(calls) do
    state.malformed = call.problem and state.malformed + 1 or 0
    if state.malformed == MAX_MALFORMED then
      err = err or errors.new("protocol", ("the model made %d calls in a row that fit no tool"):format(MAX_MALFORMED),
        { temporary = false })
    elseif not call.problem and not call.tool.loop_ok then
      state.circles = state.circles or require("lash.calls.circles").new()
      err = state.circles:see(call, state.run.turns) or err
    end
  end
  return err
end

--- Carries out the calls of a turn.
---@async
---@param state lash.run.State
---@param calls lash.Call[]
function M.carry_out(state, calls)
  local all <close> = setmetatable({ run = state.run, calls = calls }, answers)
  check_limit(state, calls)
  if M.are_serial(calls) then
    for i, call in ipairs(calls) do carry_out_one(state, call, i) end
  else
    local list = {}
    for i, call in ipairs(calls) do list[i] = function() carry_out_one(state, call, i) end end
    task.gather(list)
  end
  local err = look(state, calls)
  if err then error(err, 0) end
  all.nudge = nudge(state.run.turns, state.settings.max_turns)
end

return M
