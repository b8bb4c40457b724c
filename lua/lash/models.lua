--- What lash knows of a model: the built-in table, and what others say on top.
--
-- In rising order: built in, the `models` section of config.json, what a script
-- defined, what the service refused in this process.
local errors = require "lash.errors"
local service = require "lash.core.dashscope"

local M = {}

local defined = {} -- pattern -> definition, by the script
local learned = {} -- place and name -> fields of a row

--- A row: the fields of the built-in table (src/dashscope/models.h), and
---@class lash.Model
---@field name string
---@field source string  where the row comes from, for people
---@field tools? boolean  can call tools; nil: not known
---@field price lash.Price

---@class lash.ModelDefinition
---@field context? integer  tokens
---@field max_output? integer  tokens
---@field thinking? "none"|"off"|"on"|"only"  never, on request, by default, always
---@field budget? integer|boolean  the largest thinking budget; whether it takes one
---@field tools? boolean
---@field stream_tools? boolean  streams together with tools
---@field stream_only? boolean
---@field vision? boolean
---@field price? lash.Price

--- A pattern is the beginning of a name up to the end of one of its parts, as
--- in the built-in table; with a star at its end, any beginning.
local function covers(pattern, name)
  local stem, star = pattern:match "^(.-)(%*?)$"
  if name:sub(1, #stem) ~= stem then return false end
  return star == "*" or #name == #stem or name:find("^[-@:]", #stem + 1) ~= nil
end

--- The definition with the longest pattern that covers a name.
local function longest(definitions, name)
  local best
  for pattern in pairs(definitions) do
    -- "vendor/model" is the same model.
    if covers(pattern, name) or covers(pattern, name:match "[^/]*$") then
      if not best or #pattern > #best then best = pattern end
    end
  end
  return definitions[best]
end

--- A definition in the terms of a row.
local function fields_of(definition)
  local fields = { fictional = false } -- who defines a model has one
  for key, value in pairs(definition) do fields[key] = value end
  if fields.stream_tools ~= nil then fields.stream_tools = fields.stream_tools and "yes" or "no" end
  local budget = fields.budget
  fields.budget = nil
  if budget ~= nil then fields.takes_budget = budget ~= false end
  if math.type(budget) then fields.max_budget = budget end
  return fields
end

--- A lesson is of one model at one place.
local function lesson_key(name, provider) return (provider and provider.api_base or "") .. " " .. name end

--- What the table says of a model is DashScope's own; a server elsewhere has its
-- prices, its limits and its builds.
local function of_another_server(row)
  row.price, row.context, row.max_output = nil, nil, nil
  row.vision, row.stream_only, row.whole_needs_off = true, false, false
end

--- Makes the row of a model.
local function make(conf, name, provider)
  local row = service.model(name)
  if provider and provider.type == "openai" then of_another_server(row) end
  local sources = {}
  if row.pattern ~= "" then sources[1] = "built in" end
  local function overlay(fields, source)
    for key, value in pairs(fields) do row[key] = value end
    sources[#sources + 1] = source
  end
  local configured, scripted = longest(conf:models(), name), longest(defined, name)
  if configured then overlay(fields_of(configured), "config " .. conf.path) end
  if scripted then overlay(fields_of(scripted), "defined by the script") end
  local lesson = learned[lesson_key(name, provider)]
  if lesson then overlay(lesson, "learned") end
  row.name = name
  row.price = row.price or {}
  row.source = #sources > 0 and table.concat(sources, ", ") or "unknown"
  return row
end

local rows = {} ---@type table<string, lash.Model>  as they were made; every request asks several times
local rows_of ---@type lash.Config?  whose models they are

--- What is known of a model; not to be changed. A name that nobody knows gets a row
--- that refuses nothing; its source is "unknown".
---@param name string
---@param provider? lash.Provider  default: DashScope
---@return lash.Model
function M.row(name, provider)
  local conf = require("lash.config").load()
  if rows_of ~= conf then rows, rows_of = {}, conf end
  local key = ("%s %s"):format(provider and provider.type or "", lesson_key(name, provider))
  rows[key] = rows[key] or make(conf, name, provider)
  return rows[key]
end

--- Defines a model, or a family of them by the beginning of their names.
---@param pattern string
---@param definition lash.ModelDefinition
function M.define(pattern, definition)
  if type(pattern) ~= "string" or pattern == "" then
    errors.raise("usage", "lash.models.define: expected the name of a model first")
  end
  local wrong, hint = require("lash.config.schema").model(definition, "")
  if wrong then
    errors.raise("usage", ("lash.models.define '%s': %s"):format(pattern, wrong), { hint = hint })
  end
  local copy = {}
  for key, value in pairs(definition) do copy[key] = value end
  defined[pattern], rows = copy, {}
end

--- Notes what a refusal taught: fields of a row, for exactly this name at this
--- place, until the process ends.
---@param name string
---@param provider? lash.Provider
---@param change table
function M.learn(name, provider, change)
  local key = lesson_key(name, provider)
  learned[key] = learned[key] or {}
  for field, value in pairs(change) do learned[key][field] = value end
  rows = {}
end

return M
