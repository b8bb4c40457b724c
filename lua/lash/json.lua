--- JSON for scripts: exact integers, keys in a fixed order, lists that stay lists.
local core = require "lash.core.json"
local errors = require "lash.errors"

local M = {}

local MAX_INDENT = 16

--- JSON null, the same value as `cjson.null`: a nil would vanish from a table.
M.null = core.null

--- Marks a table as a list, so that it is one even when it is empty; returns it.
---@generic T: table
---@param t T
---@return T
M.array = core.array

--- Writes a value as JSON.
-- A table is a list when it is marked or a sequence, else an object; `{}` is an
-- object. What JSON cannot say (a function, NaN, a hole, a cycle) raises `usage`.
---@param v any
---@param indent? integer  spaces a level; one line when absent
---@return string
function M.encode(v, indent)
  if indent ~= nil and not (math.type(indent) == "integer" and indent >= 0 and indent <= MAX_INDENT) then
    errors.raise("usage", ("lash.json.encode: the indent is 0 to %d, got %s"):format(MAX_INDENT, tostring(indent)))
  end
  local text, message = core.encode(v, indent)
  return text or errors.raise("usage", message)
end

--- Reads one JSON document; text that is none raises `schema`.
-- Lists come back marked, null as `null`; of equal keys the last one counts.
---@param s string
---@return any
function M.decode(s)
  if type(s) ~= "string" then
    errors.raise("usage", "lash.json.decode: expected a string, got " .. type(s))
  end
  local value, message = core.decode(s)
  if message then errors.raise("schema", "not JSON: " .. message) end
  return value
end

return M
