--- One run of an agent: turns of the model, the calls of its tools, until there
-- is an answer.
local chat = require "lash.chat"
local context = require "lash.context"
local errors = require "lash.errors"
local history = require "lash.history"
local loop = require "lash.core.loop"
local models = require "lash.models"
local money = require "lash.money"
local sched = require "lash.sched"
local sys = require "lash.core.sys"

local M = {}

--- Calls that fit no tool, or not its parameters: answered, but not for ever.
local MAX_MALFORMED = 3

---@class lash.Run
---@field id string
---@field agent? string
---@field value any
---@field text string  of the last turn
---@field thinking string
---@field finish_reason? string
---@field model? string  what the service calls itself
---@field turns integer
---@field tool_calls table[]  {id, name, arguments, content, ok, seconds}
---@field messages table[]
---@field usage table  {input, output, reasoning, cached, total}; nil where the service said nothing
---@field cost? number  US dollars; nil where a price is not known
---@field seconds number
---@field denied table[]

---@class lash.run.State
---@field run lash.Run
---@field settings table
---@field emit fun(type: string, fields: table)
---@field tools table<string, lash.Tool>
---@field declarations table[]
---@field deadline? number
---@field malformed integer
---@field started number

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
      local ok, a, b, c = pcall(sched.with_deadline, began + seconds, late, call)
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

--- Carries out the calls of a turn; every one gets an answer in the messages.
---@param state lash.run.State
---@param turn lash.Turn
local function call_tools(state, turn)
  local run, records = state.run, {}
  for i, call in ipairs(turn.calls) do
    records[i] = new_record(state, call)
    state.emit("tool_call", { id = call.id, name = call.name, arguments = records[i].arguments })
  end
  if #run.tool_calls + #records > state.settings.max_tool_calls then
    errors.raise("turns", ("more than %d tool calls"):format(state.settings.max_tool_calls),
      { hint = "max_tool_calls sets the limit" })
  end
  if all_parallel(state, records) then
    local list = {}
    for i, record in ipairs(records) do
      list[i] = function() run_tool(state, record) end
    end
    sched.gather(list)
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
local function name_calls(turn, n)
  local seen = {}
  for i, call in ipairs(turn.calls) do
    if call.id == "" or seen[call.id] then call.id = ("call_%d_%d"):format(n, i) end
    seen[call.id] = true
  end
end

---@param state lash.run.State
---@param turn lash.Turn
local function take_turn(state, turn)
  local run, row = state.run, models.row(state.settings.model)
  name_calls(turn, run.turns)
  run.text, run.thinking = turn.text, run.thinking .. turn.thinking
  run.finish_reason, run.model, run.request_id = turn.finish, turn.model, turn.request_id
  money.add(run.usage, turn.usage)
  local cost = money.cost(turn.usage, row.price)
  if cost and state.priced then run.cost = (run.cost or 0) + cost end
  if not cost then run.cost, state.priced = nil, false end
  local message = { role = "assistant", content = turn.text }
  if turn.thinking ~= "" then message.reasoning_content = turn.thinking end
  if #turn.calls > 0 and turn.finish ~= "length" then
    message.tool_calls = {}
    for i, call in ipairs(turn.calls) do
      message.tool_calls[i] =
        { id = call.id, type = "function", ["function"] = { name = call.name, arguments = call.arguments } }
    end
  end
  table.insert(run.messages, message)
  state.emit("usage", { usage = turn.usage, cost = cost })
  if turn.finish == "length" then
    errors.raise("incomplete", "the answer reached max_tokens and was cut",
      { temporary = false, hint = ("max_tokens is %s"):format(state.settings.max_tokens or "the model's own") })
  elseif turn.finish == "content_filter" then
    errors.raise("content_filter", "the service withheld the answer")
  end
end

---@param state lash.run.State
---@return lash.Turn
local function ask(state)
  local s = state.settings
  local turn, err, partial = chat.turn({
    provider = s.provider_record, model = s.model, messages = history.wire(state.run.messages),
    tools = state.declarations, tool_choice = state.run.turns == 1 and s.tool_choice or nil,
    parallel_tool_calls = s.parallel_tool_calls or (s.parallel_tool_calls == nil and state.any_parallel) or nil,
    thinking_level = s.thinking_level, max_tokens = s.max_tokens, temperature = s.temperature, top_p = s.top_p,
    seed = s.seed, stop = s.stop, tool_streaming = s.tool_streaming, extra = s.extra, retries = s.retry,
    deadline = state.deadline,
  }, function(kind, value)
    if kind == "retry" then state.emit("retry", value) else state.emit(kind, { text = value }) end
  end)
  if turn then return turn end
  if partial then state.run.text, state.run.thinking = partial.text, state.run.thinking .. partial.thinking end
  error(err, 0)
end

---@param state lash.run.State
local function converse(state)
  local run = state.run
  for n = 1, state.settings.max_turns do
    run.turns = n
    local turn = ask(state)
    take_turn(state, turn)
    if #turn.calls == 0 then return end
    call_tools(state, turn)
  end
  errors.raise("turns", ("no answer after %d turns"):format(state.settings.max_turns),
    { hint = "max_turns sets the limit" })
end

---@param settings table
---@param listener? fun(event: table)
local function new_state(settings, listener)
  local run = {
    id = sys.random_id(), agent = settings.name, text = "", thinking = "", turns = 0,
    tool_calls = {}, messages = {}, usage = {}, denied = {}, seconds = 0,
  }
  local state = { run = run, settings = settings, malformed = 0, started = loop.now(), priced = true }
  state.tools = {}
  if settings.tools and #settings.tools > 0 then
    state.declarations, state.tools = require("lash.tool").declare(settings.tools)
    for _, t in pairs(state.tools) do state.any_parallel = state.any_parallel or t.parallel end
  end
  local listeners = {}
  local given = { context.on_event, settings.on, listener }
  for i = 1, 3 do listeners[#listeners + 1] = given[i] end
  function state.emit(type, fields)
    fields.type, fields.t, fields.run, fields.agent = type, loop.now() - state.started, run.id, run.agent
    for _, f in ipairs(listeners) do f(fields) end
  end
  return state
end

--- Runs an agent on one prompt. Raises an error table whose `run` is what there
-- is of the run.
---@async
---@param settings table  complete; see settings.lua
---@param content string
---@param listener? fun(event: table)
---@return lash.Run
function M.start(settings, content, listener)
  local state = new_state(settings, listener)
  local run = state.run
  if settings.instructions then table.insert(run.messages, { role = "system", content = settings.instructions }) end
  table.insert(run.messages, { role = "user", content = content })
  state.emit("start", { model = settings.model })
  local function work()
    if not settings.timeout then return converse(state) end
    local seconds = require("lash.duration").seconds(settings.timeout, "timeout")
    state.deadline = state.started + seconds
    local late = errors.new("timeout", ("no answer within %g s"):format(seconds))
    return sched.with_deadline(state.deadline, late, converse, state)
  end
  local ok, err = pcall(work)
  run.seconds = loop.now() - state.started
  if not ok then
    if errors.is(err) then err.run = run end
    error(err, 0)
  end
  run.value = run.text
  state.emit("done", { result = run })
  return run
end

return M
