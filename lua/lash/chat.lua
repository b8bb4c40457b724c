--- One turn of the model: a request, its answer as events, retries.
--
-- Returns `nil, err`; raises nothing but what ends a task.
local context = require "lash.context"
local core = require "lash.core.chat"
local errors = require "lash.errors"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local models = require "lash.models"
local sched = require "lash.sched"
local service = require "lash.core.dashscope"
local task = require "lash.task"

local M = {}

--- Seconds. "first byte" and "progress": thinking models are silent for minutes.
M.clocks = { connect = 10, first_byte = 300, silence = 120, progress = 300 }

---@class lash.Turn
---@field text string
---@field thinking string
---@field calls { id: string, name: string, arguments: string }[]
---@field finish string
---@field model string  what the service calls itself
---@field request_id string
---@field usage table
---@field attempts integer

--- What a refusal teaches about the model: fields of its row.
local LEARN = {
  thinking_only = function() return { thinking = "only" } end,
  thinking_none = function() return { thinking = "none" } end,
  budget = function(limit) return limit and { max_budget = limit } or { takes_budget = false } end,
  stream_only = function() return { stream_only = true } end,
  whole_needs_off = function() return { whole_needs_off = true } end,
  no_stream_tools = function() return { stream_tools = "no" } end,
  tool_choice_auto = function() return { tool_choice_auto = true } end,
  json_no_thinking = function() return { json_thinking = false } end,
  max_tokens = function(limit) return limit and { max_output = limit } end,
  one_knob = function() return { takes_effort = false } end,
}

--- Kinds of failures below the service's own words. `after`: once something of
-- the answer had arrived.
local TRANSPORT = {
  dns = { kind = "network", what = "the name of the server is not known" },
  connect = { kind = "network", what = "cannot connect" },
  tls = { kind = "network", what = "the server cannot be trusted", temporary = false },
  stall = { kind = "network", what = "the server fell silent" },
  reset = { kind = "network", after = "incomplete", what = "the connection broke" },
  truncated = { kind = "network", after = "incomplete", what = "the answer was cut" },
  proto = { kind = "protocol", what = "the answer is malformed" },
  toobig = { kind = "protocol", what = "the answer is too large", temporary = false },
  deadline = { kind = "timeout", what = "the deadline has passed" },
  usage = { kind = "config", what = "the request cannot be sent" },
  library = { kind = "config", what = "a library is missing" },
}

---@param failure table  {transport=, message=}
---@param began boolean
---@param provider lash.Provider
local function transport_error(failure, began, provider)
  local known = TRANSPORT[failure.transport] or { kind = "internal", what = failure.transport }
  local host = provider.api_base:match "^%a+://([^/]+)" or provider.api_base
  return errors.new(began and known.after or known.kind, ("%s (%s): %s"):format(known.what, host, failure.message),
    { temporary = known.temporary })
end

---@param failure table  of the service
---@param request table
local function service_error(failure, request)
  return errors.new(failure.kind, failure.message or "the service gave no reason", {
    temporary = failure.temporary,
    status = failure.status,
    code = failure.code,
    request_id = failure.request_id,
    retry_after = require("lash.retry").after(failure.retry_after),
    hint = require("lash.hints").of(failure.topic, request.provider, request.model, failure.limit),
  })
end

--- Header lines; those of the provider replace ours of the same name.
local function headers_of(provider, streams)
  local ours = {
    { "Content-Type", "application/json" },
    { "Accept", streams and "text/event-stream" or "application/json" },
    { "User-Agent", "lash/" .. require("lash.version") },
    { "Authorization", provider.api_key and "Bearer " .. provider.api_key },
    { "X-DashScope-Wait-Timeout", provider.type == "dashscope" and provider.wait_timeout
      and ("%d"):format(math.ceil(provider.wait_timeout)) },
  }
  local names, given = {}, {}
  for name in pairs(provider.headers) do
    names[#names + 1] = name
    given[name:lower()] = true
  end
  table.sort(names)
  local list = {}
  for _, header in ipairs(ours) do
    if header[2] and not given[header[1]:lower()] then list[#list + 1] = header[1] .. ": " .. header[2] end
  end
  for _, name in ipairs(names) do
    local value = provider.headers[name]
    list[#list + 1] = value:find "%S" and name .. ": " .. value or name .. ";" -- libcurl's form of an empty one
  end
  return list
end

---@param request table
---@param row lash.Model
local function body_of(request, row)
  local level = request.thinking_level
  local budget
  if level == true then level = "medium" end
  if level == false then level = "off" end
  if type(level) == "table" then level, budget = nil, level.budget end
  local problem
  local function text(key)
    if request[key] == nil then return nil end
    local encoded, message = json.encode(request[key])
    if not encoded then problem = ("%s: %s"):format(key, message) end
    return encoded
  end
  local spec = {
    model = request.model,
    row = row,
    dashscope = request.provider.type ~= "openai",
    messages = text "messages",
    tools = request.tools and #request.tools > 0 and text "tools" or nil,
    tool_choice = text "tool_choice",
    response_format = text "response_format",
    stop = text "stop",
    extra = text "extra",
    level = level,
    budget = budget,
    think = request.think,
    no_stream = request.no_stream,
    tool_streaming = request.tool_streaming,
    max_tokens = request.max_tokens,
    seed = request.seed,
    temperature = request.temperature,
    top_p = request.top_p,
    parallel_tool_calls = request.parallel_tool_calls,
  }
  if problem then return nil, problem, "usage" end
  return service.request(spec)
end

--- Starts the transfer; `nil, err` when it cannot even begin.
local function start(request, body, plan, deadline)
  local provider, clocks = request.provider, M.clocks
  local wait = provider.wait_timeout or 0
  local stream, message, code = core.start {
    url = provider.api_base .. "/chat/completions",
    body = body,
    headers = headers_of(provider, plan.stream),
    proxy = provider.proxy,
    ca = provider.ca or os.getenv "SSL_CERT_FILE",
    connect = clocks.connect,
    first_byte = clocks.first_byte + wait,
    silence = plan.stream and clocks.silence or clocks.first_byte,
    progress = clocks.progress,
    deadline = deadline and math.max(0.001, deadline - loop.now()),
  }
  if stream then return stream end
  return nil, transport_error({ transport = code, message = message }, false, provider)
end

--- Reads one answer. `emit` is given text as it comes; when the turn is to be
-- handed out whole, nothing before its end.
---@return lash.Turn turn  what there is of it
---@return table? failure
local function read(stream, whole, emit)
  local parts = { text = {}, thinking = {} }
  local turn = { calls = {}, handed = false }
  local function close(failure)
    turn.text, turn.thinking = table.concat(parts.text), table.concat(parts.thinking)
    turn.began = turn.text ~= "" or turn.thinking ~= "" or failure and failure.calls_began or false
    return turn, failure
  end
  while true do
    local kind, a, b, c, input, output, total, reasoning, cached, created = stream:pop()
    if kind == nil then
      sched.wait(stream:id())
    elseif kind == "text" or kind == "thinking" then
      table.insert(parts[kind], a)
      if not whole then
        turn.handed = true
        emit(kind, a)
      end
    elseif kind == "call" then
      table.insert(turn.calls, { id = a, name = b, arguments = c })
    elseif kind == "done" then
      turn.finish, turn.model, turn.request_id = a, b, c
      turn.usage = { input = input, output = output, total = total, reasoning = reasoning, cached = cached,
        cache_creation = created }
      close()
      -- An overloaded service may end a stream that never began.
      if a == "" and not turn.began and #turn.calls == 0 then
        return turn, { transport = "truncated", message = "the stream ended without an answer" }
      end
      if whole then
        if turn.thinking ~= "" then emit("thinking", turn.thinking) end
        if turn.text ~= "" then emit("text", turn.text) end
      end
      return turn
    else
      return close(a)
    end
  end
end

--- Should the same request be sent again, changed by what was learned?
local function learn(request, failure, learned)
  local change = failure.fix and LEARN[failure.fix]
  if not change or learned[failure.fix] then return false end
  local fields = change(failure.limit)
  if not fields then return false end
  learned[failure.fix] = true
  models.learn(request.model, fields)
  if context.verbose > 0 then
    require("lash.log").info(("%s: learned '%s' from: %s"):format(request.model, failure.fix, failure.message or ""))
  end
  return true
end

--- Waits before the next attempt; `nil, err` when there is no time for it.
local function back_off(err, attempt, deadline, emit)
  local delay = require("lash.retry").delay(attempt, err)
  deadline = math.min(deadline or math.huge, task.deadline() or math.huge)
  if loop.now() + delay >= deadline then
    local wait = math.max(delay, err.retry_after or 0)
    err.hint = ("the deadline comes first: try again in %.0f s, at %s"):format(math.ceil(wait),
      os.date("%H:%M:%S", os.time() + math.ceil(wait)))
    return nil, err
  end
  emit("retry", { attempt = attempt, delay = delay, error = err })
  sched.sleep(delay)
  return true
end

--- Asks the model once. `request`: provider, model, messages, tools, settings
-- of the agent, `retries`, `deadline` (monotonic seconds). `emit(kind, value)`:
-- "thinking" and "text" with text, "retry" with {attempt, delay, error}.
---@async
---@param request table
---@param emit fun(kind: string, value: any)
---@return lash.Turn? turn
---@return lash.Error? err
---@return lash.Turn? partial  what had arrived before the error
function M.turn(request, emit)
  local learned, attempt = {}, 1
  while true do
    local body, plan, code = body_of(request, models.row(request.model))
    if not body then return nil, errors.new(code == "usage" and "usage" or "internal", plan) end
    if context.verbose >= 2 then require("lash.log").debug("request: " .. body) end
    local turn, failure, err
    sched.checkpoint() -- what is sent may have to be paid
    do
      local stream <close>, refused = start(request, body, plan, request.deadline)
      err = refused
      if stream then turn, failure = read(stream, plan.whole or not plan.stream, emit) end
    end
    if turn and not failure then
      turn.attempts = attempt
      if context.verbose >= 2 then
        require("lash.log").debug(("answer: %s, request %s: %s"):format(turn.finish, turn.request_id,
          json.encode { text = turn.text, calls = turn.calls, usage = turn.usage }))
      end
      return turn
    end
    if failure then
      err = failure.transport and transport_error(failure, turn.began, request.provider)
        or service_error(failure, request)
      err.attempts = attempt
      if not turn.handed and learn(request, failure, learned) then goto again end
    end
    if not err.temporary or (turn and turn.handed) or attempt > request.retries then
      if attempt > 1 then err.hint = err.hint or ("tried %d times"):format(attempt) end
      return nil, err, turn
    end
    do
      local ok, too_late = back_off(err, attempt, request.deadline, emit)
      if not ok then return nil, too_late, turn end
    end
    attempt = attempt + 1
    ::again::
  end
end

return M
