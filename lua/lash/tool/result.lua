--- What a tool returned or raised, as the text that the model gets.
local errors = require "lash.errors"
local json = require "lash.core.json"

local M = {}

-- A lookup that found nothing must not read as if something had been done.
local NOTHING = "(no result)"
local NOTE = "\n[... %d bytes cut ...]\n"
local NOTE_ROOM = 48

--- The error of a tool, for the model: one text, no traceback.
---@param err any
---@return string
function M.failure(err)
  if errors.is(err) or type(err) == "string" then return "error: " .. tostring(err) end
  local meta = getmetatable(err)
  if type(meta) == "table" and meta.__tostring then
    local ok, text = pcall(tostring, err)
    if ok then return "error: " .. text end
  elseif type(err) == "table" then
    local text = json.encode(err)
    if text then return "error: " .. text end
  end
  return "error: " .. (err == nil and "failed without a message" or "failed with a " .. type(err))
end

--- The value of a tool as text: strings as they are, tables as JSON.
---@param value any
---@return string|nil text
---@return string? message
function M.text(value)
  if value == nil or value == json.null then return NOTHING end
  if type(value) == "string" then return value end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  if type(value) == "table" then
    local text, message = json.encode(value)
    if text then return text end
    return nil, "the tool's result has no JSON: " .. message
  end
  return nil, "the tool returned a " .. type(value)
end

--- Is the byte at a position inside a UTF-8 character?
local function continues(text, at)
  local byte = text:byte(at)
  return byte and byte >= 0x80 and byte < 0xC0
end

--- Cuts a text that is longer than `limit` bytes in its middle, between
--- characters, and says there how much is missing.
---@param text string
---@param limit integer
---@return string
function M.cut(text, limit)
  if #text <= limit then return text end
  local keep = limit - NOTE_ROOM
  local from, to = keep // 2 + 1, #text - (keep - keep // 2)
  for _ = 1, 3 do -- no character is longer, whatever the bytes are
    if continues(text, from) then from = from - 1 end
    if continues(text, to + 1) then to = to + 1 end
  end
  return text:sub(1, from - 1) .. NOTE:format(to - from + 1) .. text:sub(to + 1)
end

return M
