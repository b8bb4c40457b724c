--- The tool calls of a turn: read, told of, carried out, answered.
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local task = require "lash.task"

local M = {}

--- Calls that fit no tool, or not its parameters: answered, but not for ever.
local MAX_MALFORMED = 3

---@param state lash.run.State
---@param call table  of the turn
---@return table record
local function new_record(state, call)
  local record = { id = call.id, name = call.name, arguments = call.arguments, ok = false, seconds = 0 }
  local known = state.tools[call.name]
  if not known then
    local names = {}
    for name in pairs(state.tools) do names[#names + 1] = name end
    table.sort(names)
    record.malformed = ("there is no tool '%s'; the tools are: %s"):format(call.name, table.concat(names, ", "))
    return record
  end
  local arguments, message = known:arguments(call.arguments)
  if arguments then record.arguments = arguments else record.malformed = message end
  return record
end

---@param state lash.run.State
---@param record table
local function run_tool(state, record)
  local began = loop.now()
  if record.malformed then
    record.content = "error: " .. record.malformed
  else
    local known = state.tools[record.name]
    local ctx = { name = record.name, key = state.run.id .. "/" .. record.id, attempt = 1, deadline = state.deadline }
    local function call() return known:call(record.arguments, ctx) end
    if known.timeout then
      local seconds = require("lash.duration").seconds(known.timeout, "timeout of " .. known.name)
      local late = errors.new("timeout", ("the tool took longer than %g s"):format(seconds))
      local ok, a, b, c = pcall(task.with_deadline, began + seconds, late, call)
      if not ok and a ~= late then error(a, 0) end
      if ok then record.ok, record.content, record.malformed = a, b, c
      else record.content = "error: " .. late.message end
    else
      record.ok, record.content, record.malformed = call()
    end
  end
  record.seconds = loop.now() - began
  state.emit("tool_result", { id = record.id, name = record.name, content = record.content, ok = record.ok,
    seconds = record.seconds })
end

---@param state lash.run.State
---@param records table[]
local function all_parallel(state, records)
  for _, record in ipairs(records) do
    local known = state.tools[record.name]
    if not known or not known.parallel then return false end
  end
  return #records > 1
end

--- Reads the calls of a turn, and tells of them.
---@param state lash.run.State
---@param turn lash.Turn
---@return table[] records
function M.announce(state, turn)
  local records = {}
  for i, call in ipairs(turn.calls) do
    records[i] = new_record(state, call)
    state.emit("tool_call", { id = call.id, name = call.name, arguments = records[i].arguments })
  end
  return records
end

--- Carries out the calls of a turn; every one gets an answer in the messages.
---@param state lash.run.State
---@param records table[]
function M.carry_out(state, records)
  local run = state.run
  if #run.tool_calls + #records > state.settings.max_tool_calls then
    errors.raise("turns", ("more than %d tool calls"):format(state.settings.max_tool_calls),
      { hint = "max_tool_calls sets the limit" })
  end
  if all_parallel(state, records) then
    local list = {}
    for i, record in ipairs(records) do
      list[i] = function() run_tool(state, record) end
    end
    task.gather(list)
  else
    for _, record in ipairs(records) do run_tool(state, record) end
  end
  for _, record in ipairs(records) do
    if record.malformed then state.malformed = state.malformed + 1 end
    record.malformed = nil
    table.insert(run.tool_calls, record)
    table.insert(run.messages,
      { role = "tool", tool_call_id = record.id, name = record.name, content = record.content })
  end
  if state.malformed >= MAX_MALFORMED then
    errors.raise("protocol", ("the model made %d calls that fit no tool"):format(state.malformed),
      { temporary = false })
  end
end

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

return M
