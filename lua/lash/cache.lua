--- Marks for the service's explicit prompt cache: `cache = true`.
--
-- A mark says "all up to here will come again". The service takes four of them,
-- on a part of a text content or on a tool, never on the result of a tool, whose
-- content must be a string; docs/dashscope.md, "Money".
local json = require "lash.core.json"

local M = {}

local MARK = { type = "ephemeral" }

local function copy(t)
  local c = {}
  for key, value in pairs(t) do c[key] = value end
  return c
end

--- The message with a mark on its last part; its content becomes a list.
local function marked(message)
  local content = message.content
  if type(content) == "string" then content = { { type = "text", text = content } } end
  local parts = json.array { table.unpack(content) }
  parts[#parts] = copy(parts[#parts])
  parts[#parts].cache_control = MARK
  message = copy(message)
  message.content = parts
  return message
end

local function can_bear(message)
  return message.role ~= "tool" and (type(message.content) == "table" or message.content:find "%S" ~= nil)
end

--- Marks what is stable: the tools, the system text, and the conversation up to
-- its last message that can bear a mark; but not a first prompt behind a system
-- text: that is what varies.
---@param messages table[]  to send
---@param declarations? table[]
---@return table[] messages
---@return table[]? declarations
function M.mark(messages, declarations)
  local list = json.array { table.unpack(messages) }
  local has_system = list[1].role == "system"
  if has_system then list[1] = marked(list[1]) end
  local last = #list
  while last > 1 and not can_bear(list[last]) do last = last - 1 end
  if not has_system or #list > 2 and last > 1 then list[last] = marked(list[last]) end
  if declarations and #declarations > 0 then
    declarations = json.array { table.unpack(declarations) }
    declarations[#declarations] = copy(declarations[#declarations])
    declarations[#declarations].cache_control = MARK
  end
  return list, declarations
end

return M
