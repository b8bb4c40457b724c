--- Decoded JSON, looked at the way the service does.
local json = require "lash.core.json"

local M = {}

local ARRAY = getmetatable(json.array {})

--- A member; nil when it is absent or null.
---@param t table
---@param key any
---@return any
function M.get(t, key)
  local v = t[key]
  if v ~= json.null then return v end
end

---@param v any
---@return string  a JSON Schema type: "null", "integer", …
function M.type(v)
  if v == nil or v == json.null then return "null" end
  local kind = type(v)
  if kind == "table" then return (getmetatable(v) == ARRAY or #v > 0) and "array" or "object" end
  if kind == "number" then return math.type(v) == "integer" and "integer" or "number" end
  return kind
end

--- A value in the words of a refusal.
---@param v any
---@return string
function M.show(v)
  if type(v) == "string" then return "'" .. v .. "'" end
  return json.encode(v)
end

--- The text of a message: a string, or the text parts of a list.
---@param message? table
---@return string
function M.text(message)
  local content = message and M.get(message, "content")
  if type(content) == "string" then return content end
  local parts = {}
  for _, part in ipairs(type(content) == "table" and content or {}) do
    if type(part) == "table" and type(part.text) == "string" then parts[#parts + 1] = part.text end
  end
  return table.concat(parts, "\n")
end

return M
