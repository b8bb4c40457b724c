--- Types as JSON Schema.
--
-- Canonical: equal types give equal tables, lists are marked as such, and what
-- says nothing is left out (an empty `required` is not valid everywhere).
local json = require "lash.core.json"

local schema

local SCHEMAS = {}

function SCHEMAS.any() return {} end

local function plain(t) return { type = t.kind, minimum = t.min, maximum = t.max } end
SCHEMAS.string, SCHEMAS.integer, SCHEMAS.number, SCHEMAS.boolean = plain, plain, plain, plain

--- The JSON Schema type that all values share, if they do.
local function common_type(values)
  local common
  for _, value in ipairs(values) do
    local name = math.type(value) == "integer" and "integer" or type(value)
    if common and common ~= name then return nil end
    common = name
  end
  return common
end

function SCHEMAS.enum(t)
  return { type = common_type(t.values), enum = json.array { table.unpack(t.values) } }
end

function SCHEMAS.list(t) return { type = "array", items = schema(t.item) } end

function SCHEMAS.object(t)
  if #t.fields == 0 and t.extra then
    return { type = "object", additionalProperties = t.extra.kind ~= "any" and schema(t.extra) or nil }
  end
  local properties, required = {}, json.array {}
  for _, field in ipairs(t.fields) do
    local property = schema(field.type)
    property.description = field.about or property.description
    property.default = field.default
    properties[field.name] = property
    if not field.optional then required[#required + 1] = field.name end
  end
  return { type = "object", properties = properties, required = #required > 0 and required or nil }
end

function SCHEMAS.union(t)
  local of = json.array {}
  for i, one in ipairs(t.of) do of[i] = schema(one) end
  return { anyOf = of }
end

function schema(t)
  local s = SCHEMAS[t.kind](t)
  if t.nullable then
    if not s.anyOf then s = { anyOf = json.array { s } } end
    s.anyOf[#s.anyOf + 1] = { type = "null" }
  end
  s.description = t.about
  return s
end

--- The JSON Schema of a type; of one that came from a schema, that schema.
---@param t lash.Type
---@return table
return function(t) return t.raw or schema(t) end
