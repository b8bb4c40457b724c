---@meta lash.core.json

local M = {}

--- JSON null: a light userdata, the same value as `cjson.null`.
---@type lightuserdata
M.null = nil

--- Writes a value as JSON: keys in the order of their bytes, access is raw.
---@param v any
---@param indent? integer  spaces a level, 0 to 16; one line when absent
---@param exact? boolean  text that is not UTF-8 is refused, and not mended
---@return string? text
---@return string? message  with the place: "$.items[2].f: cannot encode a function"
---@return "usage"|"toobig"|"nomem"? code
function M.encode(v, indent, exact) end

--- Reads one JSON document; lists come back marked, null as `null`.
---@param s string
---@param options? { comments?: boolean }  comments: people wrote it, so it may have some, and an object each key once
---@return any value
---@return string? message  with the place: "line 3, column 7: what"
---@return "syntax"|"toobig"|"nomem"? code
function M.decode(s, options) end

--- Marks a table as a list and returns it.
---@generic T: table
---@param t T
---@return T
function M.array(t) end

--- Is this a marked list?
---@param v any
---@return boolean
function M.is_array(v) end

return M
