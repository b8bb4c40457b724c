--- A conversation as the service takes it.
--
-- Messages are kept in the shape of the wire (role, content, tool_calls,
-- tool_call_id), with the `reasoning_content` of every turn. The rules are the
-- service's own: docs/dashscope.md, "History".
local json = require "lash.core.json"

local M = {}

local NOT_ANSWERED = "error: this call was not carried out"

---@param calls table[]
local function wire_calls(calls)
  local list = json.array {}
  for i, call in ipairs(calls) do
    local arguments = call["function"].arguments
    local value, message = json.decode(arguments)
    -- What is not a JSON object makes the service refuse the whole request.
    if message or type(value) ~= "table" or json.is_array(value) then arguments = "{}" end
    list[i] = {
      id = call.id,
      type = "function",
      ["function"] = { name = require("lash.tool.names").legal(call["function"].name), arguments = arguments },
    }
  end
  return list
end

--- The answers that directly follow message i, by call id; and where they end.
local function answers_after(messages, i)
  local answers = {}
  local j = i + 1
  while messages[j] and messages[j].role == "tool" do
    answers[messages[j].tool_call_id] = messages[j]
    j = j + 1
  end
  return answers, j
end

--- Answers, in place, the calls that were left without an answer: those of a run
-- that ended in the middle of a turn.
---@param messages table[]
function M.complete(messages)
  local list, i = {}, 1
  while messages[i] do
    local m, following = messages[i], i + 1
    list[#list + 1] = m
    if m.tool_calls then
      local answers
      answers, following = answers_after(messages, i)
      for _, call in ipairs(m.tool_calls) do
        list[#list + 1] = answers[call.id]
          or { role = "tool", tool_call_id = call.id, name = call["function"].name, content = NOT_ANSWERED }
      end
    end
    i = following
  end
  table.move(list, 1, #list, 1, messages)
end

--- Messages to send: system texts merged and first, every call answered, no
-- answer without a call, content never null.
---@param messages table[]
---@param with_thinking? boolean  send the thinking of earlier turns, in its own field
---@param instruction? string  a last system text, of this request alone
---@return table[]
function M.wire(messages, with_thinking, instruction)
  local system, list = {}, json.array {}
  local function add(message, m)
    message.reasoning_content = with_thinking and m.reasoning_content or nil
    list[#list + 1] = message
  end
  local i = 1
  while messages[i] do
    local m = messages[i]
    local following = i + 1
    if m.role == "system" then
      system[#system + 1] = m.content
    elseif m.tool_calls and #m.tool_calls > 0 then
      add({ role = "assistant", content = m.content or "", tool_calls = wire_calls(m.tool_calls) }, m)
      local answers
      answers, following = answers_after(messages, i)
      for _, call in ipairs(m.tool_calls) do
        local content = answers[call.id] and answers[call.id].content or NOT_ANSWERED
        list[#list + 1] = { role = "tool", tool_call_id = call.id, content = content }
      end
    elseif m.role == "assistant" then
      -- A turn that only thought: some servers refuse an answer of nothing.
      add({ role = "assistant", content = (m.content or "") ~= "" and m.content or " " }, m)
    elseif m.role ~= "tool" then
      list[#list + 1] = { role = m.role, content = m.content or "" }
    end
    i = following
  end
  system[#system + 1] = instruction
  if #system > 0 then table.insert(list, 1, { role = "system", content = table.concat(system, "\n\n") }) end
  return list
end

--- JSON mode is refused to a conversation in which nobody says "json".
---@param list table[]  to send; a system text is added or made longer
function M.mention_json(list)
  if json.encode(list):lower():find("json", 1, true) then return end
  local first = list[1]
  if first and first.role == "system" then
    first.content = first.content .. "\n\nAnswer in JSON."
  else
    table.insert(list, 1, { role = "system", content = "Answer in JSON." })
  end
end

return M
