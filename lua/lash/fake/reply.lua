--- The shapes of an answer, streamed and whole; docs/dashscope.md has their quirks.
local json = require "lash.core.json"

local M = {}

--- What is said, before it has a shape.
---@class lash.fake.Turn
---@field thinking? string
---@field text? string|string[]  a list: the pieces of a stream
---@field calls? { id: string, name: string, arguments: string }[]
---@field finish? string  default: "tool_calls" or "stop"
---@field usage? table|false  { input, output, reasoning, cached, cache_creation, total }; false: none

--- What stands around it.
---@class lash.fake.Head
---@field id string
---@field created integer
---@field model string
---@field thinks boolean
---@field n integer
---@field include_usage boolean
---@field prompt_tokens integer

--- Four bytes a token, about.
---@param s string
---@return integer
function M.tokens(s) return (#s + 3) // 4 end

---@return string
function M.call_id() return ("call_%016x%08x"):format(math.random(0), math.random(0, 0xFFFFFFFF)) end

---@param turn lash.fake.Turn
---@return string
local function text_of(turn)
  local text = turn.text or ""
  return type(text) == "table" and table.concat(text) or text --[[@as string]]
end

---@param turn lash.fake.Turn
---@param head lash.fake.Head
local function usage_of(turn, head)
  local own = turn.usage or {}
  local spoken = M.tokens(text_of(turn))
  for _, call in ipairs(turn.calls or {}) do spoken = spoken + M.tokens(call.name .. call.arguments) + 8 end
  local reasoning = own.reasoning or turn.thinking and M.tokens(turn.thinking) or nil
  local input = own.input or head.prompt_tokens
  local output = own.output or spoken + (reasoning or 0)
  return {
    prompt_tokens = input,
    completion_tokens = output,
    total_tokens = own.total or input + output,
    prompt_tokens_details = { cached_tokens = own.cached or 0, cache_creation_input_tokens = own.cache_creation },
    completion_tokens_details = reasoning and { reasoning_tokens = reasoning } or nil,
  }
end

local function finish_of(turn) return turn.finish or (turn.calls and "tool_calls" or "stop") end

--- The body of an answer that is not streamed.
---@param turn lash.fake.Turn
---@param head lash.fake.Head
---@return string
function M.whole(turn, head)
  local calls = turn.calls and {}
  for i, call in ipairs(turn.calls or {}) do
    calls[i] = { index = i - 1, id = call.id, type = "function",
      ["function"] = { name = call.name, arguments = call.arguments } }
  end
  local choices = {}
  for i = 1, head.n do
    choices[i] = {
      index = i - 1,
      finish_reason = finish_of(turn),
      logprobs = json.null,
      message = { role = "assistant", content = text_of(turn), tool_calls = calls,
        reasoning_content = (head.thinks or turn.thinking) and (turn.thinking or "") or nil },
    }
  end
  return json.encode {
    id = head.id, object = "chat.completion", created = head.created, model = head.model,
    system_fingerprint = json.null, choices = choices,
    usage = turn.usage ~= false and usage_of(turn, head) or json.null,
  }
end

--- The pieces in which a text streams: some bytes each, whole characters, and
--- no more than a few hundred for a long one.
local function pieces(text)
  if type(text) == "table" then
    local i = 0
    return function()
      i = i + 1
      return text[i]
    end
  end
  local size, at = math.max(6, #text // 500), 1
  return function()
    if at > #text then return nil end
    local stop = math.min(at + size - 1, #text)
    while stop < #text and text:byte(stop + 1) & 0xC0 == 0x80 do stop = stop + 1 end
    local piece = text:sub(at, stop)
    at = stop + 1
    return piece
  end
end

--- Passes the deltas of one choice to `emit(delta, finish, bare)`; a bare one
--- has neither finish_reason nor logprobs, as the service sends it.
---@param turn lash.fake.Turn
---@param thinks boolean
---@param emit fun(delta: table, finish?: string, bare?: boolean)
local function deltas(turn, thinks, emit)
  local null, first = json.null, true
  local function send(delta)
    delta.role = first and "assistant" or nil
    first = false
    emit(delta)
  end
  if thinks then
    send { content = null, reasoning_content = "" }
    for piece in pieces(turn.thinking or "") do send { content = null, reasoning_content = piece } end
  elseif not turn.calls or turn.text then
    send { content = "" }
  end
  local silent = thinks and null or nil
  for piece in pieces(turn.text or "") do send { content = piece, reasoning_content = silent } end
  for i, call in ipairs(turn.calls or {}) do
    local function part(id, f)
      return { { index = i - 1, id = id, type = "function", ["function"] = f } }
    end
    local head = part(call.id, { name = call.name, arguments = "" })
    send { content = null, reasoning_content = silent, tool_calls = head }
    for piece in pieces(call.arguments) do send { tool_calls = part("", { arguments = piece }) } end
    emit({ tool_calls = part("", { arguments = "" }) }, nil, true)
  end
  emit(turn.calls and {} or { content = "", reasoning_content = silent }, finish_of(turn))
end

--- Passes the frames of a streamed answer to `emit`, which may wait; it returns
--- false to stop.
---@param turn lash.fake.Turn
---@param head lash.fake.Head
---@param emit fun(frame: string): boolean
function M.stream(turn, head, emit)
  local open = true
  local function send(choices, usage)
    open = open and emit("data: " .. json.encode {
      id = head.id, object = "chat.completion.chunk", created = head.created, model = head.model,
      system_fingerprint = json.null, choices = choices, usage = usage or json.null,
    } .. "\n\n")
  end
  for i = 1, head.n do
    deltas(turn, head.thinks or turn.thinking ~= nil, function(delta, finish, bare)
      local choice = { delta = delta, index = i - 1 }
      if not bare then choice.finish_reason, choice.logprobs = finish or json.null, json.null end
      send { choice }
    end)
  end
  if head.include_usage and turn.usage ~= false then send(json.array {}, usage_of(turn, head)) end
  if open then emit "data: [DONE]\n\n" end
end

return M
