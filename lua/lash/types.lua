--- The type language: one text gives the schema, the validator and the help.
--
-- `parse` and `fields` read a text, `from_schema` reads a JSON Schema; the rest
-- works on what they return. Everything a model or a person sends goes through
-- `check` before code sees it.
local check = require "lash.types.check"
local parse = require "lash.types.parse"
local raw = require "lash.types.raw"
local schema = require "lash.types.schema"
local text = require "lash.types.text"

---@class lash.Type
---@field kind "string"|"integer"|"number"|"boolean"|"any"|"enum"|"list"|"object"|"union"
---@field nullable? boolean  nil is a value of it
---@field about? string
---@field values? any[]  of an enum
---@field item? lash.Type  of a list
---@field fields? lash.types.Field[]  of an object, in order
---@field extra? lash.Type  of an object: what other fields hold; nil: there are none
---@field of? lash.Type[]  of a union
---@field min? number
---@field max? number
---@field raw? table  the schema it came from

---@class lash.types.Field
---@field name string
---@field type lash.Type
---@field optional boolean
---@field default? any
---@field about? string

local M = {}

--- Reads a type: `"'sql'|'docs'"`, or a list of fields: `"a: integer, b?: string"`.
---@param source string
---@param what? string  whose type it is, for messages
---@return lash.Type|nil
---@return lash.Error?  of kind usage, with line, column, reason and hint
M.parse = parse.parse

--- Reads a list of fields as an object type; an empty text has none.
---@param source string
---@param what? string
---@return lash.Type|nil
---@return lash.Error?
M.fields = parse.fields

--- Reads the type that begins at a byte; free text may follow it.
---@param source string
---@param from integer
---@return lash.Type|nil
---@return integer|lash.Error  where the type ended, plus one
M.prefix = parse.prefix

--- A field of an object type; a type that admits nil makes it optional.
---@param name string
---@param t lash.Type
---@param optional? boolean
---@return lash.types.Field
M.field = parse.new_field

--- Reads a JSON Schema as far as lash can check it; the rest is an error.
---@param source table
---@param place? string
---@return lash.Type|nil
---@return lash.Error?
M.from_schema = raw

--- The JSON Schema of a type: a fresh table, lists marked, nothing needless.
---@param t lash.Type
---@return table
M.schema = schema

--- Checks a value; returns the copy to use: defaults filled in, nulls left out,
--- integral floats as integers.
---@param t lash.Type
---@param value any
---@param path? string  what the value is called in messages
---@return any value  nil with a message: it does not fit
---@return string? message  "args.items[2].qty: expected integer, got "three""
M.check = check

--- A type as text, for people.
---@param t lash.Type
---@return string
M.text = text.type

--- A value as the type language writes it, for people.
---@param value any
---@return string
M.literal = text.literal

--- What a value is, for messages: `"three"`, `a list`, `nothing`.
---@param value any
---@return string
M.shown = text.value

--- Is this table a list, by its mark or by its items?
---@param value table
---@return boolean
M.is_list = text.is_list

return M
