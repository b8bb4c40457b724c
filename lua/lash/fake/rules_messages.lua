--- What the service demands of a conversation.
local json = require "lash.core.json"
local refusal = require "lash.fake.refusal"
local value = require "lash.fake.value"

local M = {}

local get, invalid, algo = value.get, refusal.invalid, refusal.algo

local ROLES = { system = true, assistant = true, user = true, tool = true, ["function"] = true }

--- The same call so often is taken for a loop.
local REPETITIONS = 10

local function content(message, model)
  local v = get(message, "content")
  if v == nil then return algo "The content field is a required field." end
  if type(v) == "string" then return nil end
  if message.role == "tool" or value.type(v) ~= "array" then return algo "input content must be a string." end
  for _, part in ipairs(v) do
    local known = type(part) == "table" and (part.type == "text" or model.vision)
    if not known then return algo "Unexpected item type in content." end
  end
end

local function calls(message, where)
  local list = get(message, "tool_calls")
  if list == nil then return nil end
  if value.type(list) ~= "array" then
    return invalid(("%s is not of type 'array' - '%s.tool_calls'"):format(value.show(list), where))
  end
  for _, call in ipairs(list) do
    local arguments = type(call) == "table" and type(call["function"]) == "table" and call["function"].arguments
    if type(arguments) ~= "string" or json.decode(arguments) == nil then
      return algo 'The "function.arguments" parameter of the code model must be in JSON format.'
    end
  end
end

--- Each message by itself.
---@param body table
---@param model table
---@return lash.fake.Refusal?
function M.roles(body, model)
  local list = get(body, "messages")
  if list == nil then return invalid "'messages' is a required property" end
  if value.type(list) ~= "array" then
    return invalid(("%s is not of type 'array' - 'messages'"):format(value.show(list)))
  end
  if #list == 0 then return invalid "[] is too short - 'messages'" end
  for i, message in ipairs(list) do
    if value.type(message) ~= "object" then
      return invalid(("%s is not of type 'object' - 'messages.[%d]'"):format(value.show(message), i - 1))
    end
    if not ROLES[get(message, "role") or ""] then
      return invalid(("%s is not one of ['system', 'assistant', 'user', 'tool', 'function'] - 'messages.[%d].role'")
        :format(tostring(get(message, "role")), i - 1))
    end
    local no = content(message, model) or calls(message, ("messages.[%d]"):format(i - 1))
    if no then return no end
  end
end

local function unanswered(i)
  return algo(('An assistant message with "tool_calls" must be followed by tool messages responding to each '
    .. '"tool_call_id". The following tool_call_ids did not have response messages: message[%d].role'):format(i))
end

local function repetitive(list)
  local seen = {}
  for _, message in ipairs(list) do
    for _, call in ipairs(get(message, "tool_calls") or {}) do
      local key = json.encode(call["function"])
      seen[key] = (seen[key] or 0) + 1
      if seen[key] >= REPETITIONS then return true end
    end
  end
  return false
end

--- The messages together: every call answered, no answer without its call.
---@param body table
---@return lash.fake.Refusal?
function M.pairs(body)
  local list = body.messages
  local open, user = {}, false
  for i, message in ipairs(list) do
    if message.role == "tool" then
      local id = get(message, "tool_call_id") or ""
      if not open[id] then
        return algo 'messages with role "tool" must be a response to a preceeding message with "tool_calls".'
      end
      open[id] = nil
    else
      if next(open) then return unanswered(i - 1) end
      user = user or message.role == "user"
      for _, call in ipairs(get(message, "tool_calls") or {}) do open[call.id or ""] = true end
    end
  end
  if next(open) then return unanswered(#list) end
  if not user then return algo "The input messages do not contain elements with the role of user." end
  local last = list[#list]
  if last.role ~= "user" and last.role ~= "tool" and not (last.role == "assistant" and last.partial == true) then
    return algo "messages must end with role user"
  end
  if repetitive(list) then
    return algo "Repetitive tool calls detected in the conversation history. Please compress the history."
  end
end

local MARKS = 4

--- The marks of the explicit cache, on parts of contents and on tools.
---@param body table
---@return lash.fake.Refusal?
function M.marks(body)
  local n = 0
  local function count(holder)
    local mark = type(holder) == "table" and get(holder, "cache_control")
    if mark then n = n + 1 end
    return mark and (type(mark) ~= "table" or mark.type ~= "ephemeral")
  end
  for _, list in ipairs { get(body, "messages") or {}, get(body, "tools") or {} } do
    for _, holder in ipairs(list) do
      local wrong = count(holder)
      for _, part in ipairs(type(holder.content) == "table" and holder.content or {}) do
        wrong = count(part) or wrong
      end
      if wrong then return algo "cache_control.type must be 'ephemeral'." end
    end
  end
  if n > MARKS then return algo(("A maximum of %d blocks with cache_control may be provided."):format(MARKS)) end
end

return M
