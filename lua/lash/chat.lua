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

local M = {}

--- Seconds. "first byte" and "progress": thinking models are silent for minutes.
M.clocks = { connect = 10, first_byte = 300, silence = 120, progress = 300 }

--- The streams that may be open, for who tells how far they have come.
---@type table<lash.chat.stream, true>
M.streams = setmetatable({}, { __mode = "k" })

---@class lash.Turn
---@field text string
---@field thinking string
---@field calls { id: string, name: string, arguments: string }[]
---@field finish string
---@field model string  what the service calls itself
---@field request_id string
---@field usage table
---@field attempts integer

local function error_of(...) return require("lash.chat.failure").error(...) end

--- Header lines; those of the provider replace ours of the same name.
local function headers_of(provider, streams)
  local names, given, list = {}, {}, {}
  for name in pairs(provider.headers) do
    names[#names + 1] = name
    given[name:lower()] = true
  end
  table.sort(names)
  local function add(name, value)
    if value and not given[name:lower()] then list[#list + 1] = name .. ": " .. value end
  end
  add("Content-Type", "application/json")
  add("Accept", streams and "text/event-stream" or "application/json")
  add("User-Agent", "lash/" .. require("lash.version"))
  add("Authorization", provider.api_key and "Bearer " .. provider.api_key)
  if provider.type == "dashscope" and provider.wait_timeout then
    add("X-DashScope-Wait-Timeout", ("%d"):format(math.ceil(provider.wait_timeout)))
  end
  for _, name in ipairs(names) do
    local value = provider.headers[name]
    list[#list + 1] = value:find "%S" and name .. ": " .. value or name .. ";" -- libcurl's form of an empty one
  end
  return list
end

local AS_TEXT = { "tool_choice", "response_format", "stop", "extra" }
local AS_IT_IS = { "model", "think", "no_stream", "tool_streaming", "max_tokens", "seed", "temperature", "top_p",
  "parallel_tool_calls" }

---@param request table
---@param row lash.Model
local function body_of(request, row)
  local level = request.thinking_level
  local budget
  if level == true then level = "medium" end
  if level == false then level = "off" end
  if type(level) == "table" then level, budget = nil, level.budget end
  local messages, tools = request.messages, request.tools
  if request.cache and row.explicit_cache and request.provider.type ~= "openai" then
    messages, tools = require("lash.cache").mark(messages, tools)
  end
  local problem
  local function text(key, value)
    if value == nil then value = request[key] end
    if value == nil then return nil end
    local encoded, message = json.encode(value)
    if not encoded then problem = ("%s: %s"):format(key, message) end
    return encoded
  end
  local spec = {
    row = row, dashscope = request.provider.type ~= "openai", level = level, budget = budget,
    messages = text("messages", messages),
    tools = tools and #tools > 0 and text("tools", tools) or nil,
  }
  for _, key in ipairs(AS_TEXT) do spec[key] = text(key) end
  for _, key in ipairs(AS_IT_IS) do spec[key] = request[key] end
  if problem then return nil, problem, "usage" end
  return service.request(spec)
end

--- Starts the transfer; `nil, err` when it cannot even begin.
local function start(request, body, plan, deadline)
  local provider, clocks = request.provider, M.clocks
  local wait = provider.wait_timeout or 0
  local given, refused = {
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
    gather = request.gather,
  }, nil
  local trial = context.trial
  if trial then given, refused = trial.request(given) end
  if not given then return nil, error_of(refused, request) end
  local stream, message, code = core.start(given)
  if not stream then return nil, error_of({ transport = code, message = message }, request) end
  M.streams[stream] = true
  return trial and trial.watch(stream, given) or stream
end

--- Reads the answer. What does that, and what takes it, is loaded when the request is on
-- its way, while the service works on it.
local function read(meanwhile, ...)
  if not package.loaded["lash.chat.reading"] then
    sched.sleep(0) -- it goes out
    if meanwhile then meanwhile() end
  end
  return require "lash.chat.reading"(...)
end

--- Waits before the next attempt; nil when there is no time for it.
local function back_off(err, attempt, deadline, emit)
  local retry = require "lash.retry"
  local delay = retry.delay(attempt, err)
  local nearest = math.min(deadline or math.huge, require("lash.task").deadline() or math.huge)
  if not retry.fits(delay, err, nearest) then return nil end
  emit("retry", { attempt = attempt, delay = delay, error = err })
  sched.sleep(delay)
  return true
end

--- The request is not sent: see rehearsal.lua.
local function reach(request)
  local provider = request.provider
  require("lash.rehearsal").reach(("%s of %s (%s)"):format(request.model, provider.name, provider.api_base))
end

--- Asks the model once. `request`: provider, model, messages, tools, settings
-- of the agent, `retries`, `deadline` (monotonic seconds), `admit(bytes, plan)`,
-- which reserves what a request may cost, `record(bytes, plan, hold)`, which writes
-- down that it is sent. `emit(kind, value)`: "thinking" and "text"
-- with text, "retry" with {attempt, delay, error}, "lost" for an answer that had
-- begun and will be paid.
---@async
---@param request table
---@param emit fun(kind: string, value: any)
---@param meanwhile? fun()  called when the process's first request is on its way
---@return lash.Turn? turn
---@return lash.Error? err
---@return lash.Turn? partial  what had arrived before the error
function M.turn(request, emit, meanwhile)
  local learned, attempt = {}, 1
  local refused ---@type { body: string, err: lash.Error, turn: lash.Turn }?
  while true do
    local row = models.row(request.model, request.provider)
    local body, plan, code = body_of(request, row)
    if not body then return nil, errors.new(code == "usage" and "usage" or "internal", plan) end
    -- What was learned may change nothing here.
    if refused and body == refused.body then return nil, refused.err, refused.turn end
    if context.verbose >= 2 then require("lash.log").debug("request: " .. body) end
    local turn, failure, err
    sched.checkpoint() -- what is sent may have to be paid
    do
      local hold <close> = request.admit and request.admit(#body, plan) or nil
      if hold and hold.thinking then body, plan = body_of(hold:request(), row) end
      if context.verify then reach(request) end
      local sent <close> = request.record and request.record(#body, plan, hold) or nil
      if hold then hold:recorded() end
      local stream <close>, problem = start(request, body, plan, request.deadline)
      err = problem
      local begun = stream ~= nil
      if sent then sent.begun = begun end
      if hold then hold.begun = begun end
      if stream then
        turn, failure = read(meanwhile, stream, plan.whole or not plan.stream, emit, hold or sent, request)
      end
      if hold then hold:finish(turn, failure) end
      if sent then sent:finish(turn, failure) end
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
      err = error_of(failure, request, turn.began)
      err.attempts = attempt
      if turn.began then emit("lost", turn) end
      if not turn.handed and require("lash.lesson").learn(request, plan, failure, learned) then
        refused = { body = body, err = err, turn = turn }
        goto again
      end
    end
    if err.kind == "timeout" then return nil, err, turn end -- a deadline of the person's own
    if not err.temporary or (turn and turn.handed) or attempt > request.retries then
      if attempt > 1 then err.hint = ("tried %d times"):format(attempt) .. (err.hint and "; " .. err.hint or "") end
      return nil, err, turn
    end
    if not back_off(err, attempt, request.deadline, emit) then return nil, err, turn end
    attempt = attempt + 1
    ::again::
  end
end

return M
