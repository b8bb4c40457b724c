--- What a tool returned or raised, as the text that the model gets.
local errors = require "lash.errors"
local json = require "lash.core.json"

local M = {}

-- A lookup that found nothing must not read as if something had been done.
local NOTHING = "(no result)"
local NOTE = "\n[... %d bytes cut%s ...]\n"

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

--- A text as the service takes it: UTF-8 without zero bytes, each byte that is
-- none a replacement character.
local function clean(text)
  if utf8.len(text) and not text:find("\0", 1, true) then return text end
  return (json.decode(json.encode(text)):gsub("%z", "\u{FFFD}"))
end

--- The first `n` bytes of a text, the last when n is below 0, without a part of a
-- character; a third when they are no UTF-8: cleaning makes them longer.
local function part(text, n)
  local piece
  if n < 0 then
    piece = text:sub(n):gsub("^[\x80-\xBF][\x80-\xBF]?[\x80-\xBF]?", "")
  else
    piece = text:sub(1, n):gsub("[\xC2-\xF4][\x80-\xBF]*$", function(last) return not utf8.len(last) and "" end)
  end
  if utf8.len(piece) and not piece:find("\0", 1, true) then return piece end
  return n < 0 and text:sub(-(-n // 3)) or text:sub(1, n // 3)
end

--- A text for the model: without secrets, and cut in its middle when it is longer
-- than `limit` bytes. There stands how much is missing, and where the whole is, or
-- what there is of it.
---@param text string
---@param limit integer
---@param lost? { bytes: integer, half: integer }  bytes that the text lacks: it has so many from each end
---@return string
function M.tell(text, limit, lost)
  text = require("lash.secrets").redact(text)
  if #text <= limit then
    local all = clean(text)
    if #all <= limit then return all end
  end
  local path = require("lash.tool.spill").keep(text)
  local all, where = #text + (lost and lost.bytes or 0), ""
  if path and lost then
    where = ("; there were %d, of which the first and the last %d are in %s"):format(all, lost.half, path)
  elseif path then
    where = ("; all %d are in %s"):format(all, path)
  end
  if #NOTE + #where > limit // 2 then where = "" end
  local half = (limit - #NOTE:format(all, where)) // 2
  local head, tail = part(text, half), part(text, -half)
  return clean(head) .. NOTE:format(all - #head - #tail, where) .. clean(tail)
end

return M
