--- The tool calls of a turn: read, told of, carried out, answered.
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local task = require "lash.task"

local M = {}

--- Calls that fit no tool, or not its parameters: answered, but not for ever.
local MAX_MALFORMED = 3

---@class lash.Call
---@field record table  what the run keeps of it: {id, name, arguments, content, ok, seconds}
---@field tool? lash.Tool
---@field problem? string  why it cannot be carried out, for the model
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
  local record = { id = given.id, name = given.name, arguments = given.arguments, ok = false, seconds = 0 }
  local tool = tools[given.name]
  if not tool then
    local names = {}
    for name in pairs(tools) do names[#names + 1] = name end
    table.sort(names)
    local problem = ("there is no tool '%s'; "):format(given.name)
      .. (#names > 0 and "the tools are: " .. table.concat(names, ", ") or "there are none at all")
    return { record = record, problem = problem }
  end
  record.name = tool.name
  local arguments, problem = tool:arguments(given.arguments)
  if arguments then record.arguments = arguments end
  return { record = record, tool = tool, problem = problem }
end

--- Calls the tool, within its time if it has one.
---@return boolean ok
---@return string content
---@return boolean? malformed
local function call_tool(tool, arguments, ctx)
  if not tool.timeout then return tool:call(arguments, ctx) end
  local seconds = require("lash.duration").seconds(tool.timeout, "timeout of " .. tool.name)
  local late = errors.new("timeout", ("the tool took longer than %g s"):format(seconds))
  local results = table.pack(pcall(task.with_deadline, loop.now() + seconds, late, tool.call, tool, arguments, ctx))
  if results[1] then return table.unpack(results, 2, results.n) end
  if results[2] ~= late then error(results[2], 0) end
  return false, "error: " .. late.message
end

--- Asks a person about a call that fits its tool, where the tool wants it; a
-- message for the model when the answer is no.
local function ask(state, tool, arguments)
  if not tool.confirm then return nil end
  local values, malformed = require("lash.types").check(tool.params, arguments, "args")
  if malformed then return nil end -- the tool itself will say it
  local ok, message = state.guard:confirm(tool, values)
  return not ok and "error: " .. message or nil
end

---@param state lash.run.State
---@param call lash.Call
local function carry_out_one(state, call)
  local began, record = loop.now(), call.record
  if call.problem then
    record.content = "error: " .. call.problem
  else
    local ctx = { name = record.name, key = state.run.id .. "/" .. record.id, attempt = 1, deadline = state.deadline,
      guard = call.tool.guarded and state.guard or nil }
    local malformed
    record.content = ask(state, call.tool, record.arguments)
    if not record.content then
      record.ok, record.content, malformed = call_tool(call.tool, record.arguments, ctx)
    end
    if malformed then call.problem = record.content end
  end
  record.seconds = loop.now() - began
  call.message = { role = "tool", tool_call_id = record.id, name = record.name, content = record.content }
  state.keep(call.message, { lasting = true })
  state.emit("tool_result", { id = record.id, name = record.name, content = record.content, ok = record.ok,
    seconds = record.seconds })
end

---@param calls lash.Call[]
local function may_run_side_by_side(calls)
  for _, call in ipairs(calls) do
    if not call.tool or not call.tool.parallel then return false end
  end
  return #calls > 1
end

--- Reads the calls of a turn, and tells of them.
---@param state lash.run.State
---@param turn lash.Turn
---@return lash.Call[]
function M.announce(state, turn)
  local calls = {}
  for i, given in ipairs(turn.calls) do
    calls[i] = read_call(state.tools, given)
    local record = calls[i].record
    state.emit("tool_call", { id = record.id, name = record.name, arguments = record.arguments })
  end
  return calls
end

--- Carries out the calls of a turn; every one gets an answer in the messages, in
-- the order of the calls.
---@async
---@param state lash.run.State
---@param calls lash.Call[]
function M.carry_out(state, calls)
  local run, limit = state.run, state.settings.max_tool_calls
  if #run.tool_calls + #calls > limit then
    errors.raise("turns", ("more than %d tool calls"):format(limit), { hint = "max_tool_calls sets the limit" })
  end
  if may_run_side_by_side(calls) then
    local list = {}
    for i, call in ipairs(calls) do list[i] = function() carry_out_one(state, call) end end
    task.gather(list)
  else
    for _, call in ipairs(calls) do carry_out_one(state, call) end
  end
  for _, call in ipairs(calls) do
    local record = call.record
    if call.problem then state.malformed = state.malformed + 1 end
    table.insert(run.tool_calls, record)
    table.insert(run.messages, call.message)
  end
  if state.malformed >= MAX_MALFORMED then
    errors.raise("protocol", ("the model made %d calls that fit no tool"):format(state.malformed),
      { temporary = false })
  end
end

return M
