--- JSON Schema, as somebody else wrote it, to types.
--
-- The subset that models are given. What lash would not check it refuses: a
-- rule that looks enforced and is not is worse than none. A missing `type` is
-- taken from the other keywords.
local check = require "lash.types.check"
local errors = require "lash.errors"
local json = require "lash.core.json"
local text = require "lash.types.text"

local DEPTH = 64

-- Annotations say nothing about what is valid ("format" by the standard, too).
local ANNOTATIONS = {
  title = true, description = true, default = true, examples = true, deprecated = true, format = true,
  readOnly = true, writeOnly = true, ["$schema"] = true, ["$id"] = true, ["$comment"] = true,
}

--- Keywords of each type; for bounds, the name of the bound in lash.Type.
local KEYWORDS = {
  object = { properties = true, required = true, additionalProperties = true },
  array = { items = true, minItems = "min_items", maxItems = "max_items" },
  string = { minLength = "min_length", maxLength = "max_length" },
  number = { minimum = "min", maximum = "max", exclusiveMinimum = "above", exclusiveMaximum = "below" },
  boolean = {},
  null = {},
}
KEYWORDS.integer = KEYWORDS.number
local KINDS = { array = "list" }

local GENERAL = { type = true, enum = true, const = true, anyOf = true, nullable = true }
local known = {}
local function know(set) for key in pairs(set) do known[key] = true end end
know(ANNOTATIONS)
know(GENERAL)
for _, set in pairs(KEYWORDS) do know(set) end

local function fail(place, reason, hint)
  errors.raise("usage", ("%s: %s"):format(place, reason), { hint = hint, place = place })
end

local convert

local function expect(value, lua_type, place)
  if type(value) ~= lua_type then
    fail(place, ("expected %s, got %s"):format(lua_type == "table" and "an object" or "a " .. lua_type,
      text.value(value)))
  end
  return value
end

--- The bounds of one type, as fields of lash.Type: of a length or a number of
-- items they are counts; none may leave no value at all.
local function read_bounds(t, name, raw, place)
  local bounds = KEYWORDS[name]
  for keyword, bound in pairs(bounds) do
    if bound ~= true and raw[keyword] ~= nil then
      local limit = expect(raw[keyword], "number", place .. "." .. keyword)
      if bounds ~= KEYWORDS.number then
        limit = math.tointeger(limit)
        if not limit or limit < 0 then
          fail(place .. "." .. keyword, "expected an integer of 0 or more, got " .. text.value(raw[keyword]))
        end
      end
      t[bound] = limit
    end
  end
  for _, pair in ipairs { { "min", "max" }, { "min_length", "max_length" }, { "min_items", "max_items" } } do
    local least, most = t[pair[1]], t[pair[2]]
    if least and most and least > most then
      fail(place, ("no value is at least %s and at most %s"):format(text.literal(least), text.literal(most)))
    end
  end
end

--- A list of the schema, copied and marked, so that an empty one stays a list.
local function list_of(value, place)
  if type(value) ~= "table" or next(value) ~= nil and not text.is_list(value) then
    fail(place, "expected a list, got " .. text.value(value))
  end
  local copy = json.array {}
  for i, item in ipairs(value) do copy[i] = item end
  return copy
end

local BUILD = {}

--- The names that are required, as a set; `raw.required` becomes a marked list.
local function required_names(raw, place)
  local names = {}
  if raw.required == nil then return names end
  raw.required = list_of(raw.required, place .. ".required")
  for i, name in ipairs(raw.required) do
    names[expect(name, "string", ("%s.required[%d]"):format(place, i))] = true
  end
  if #raw.required == 0 then raw.required = nil end
  return names
end

local function sorted_keys(t, place)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = expect(key, "string", place) end
  table.sort(keys)
  return keys
end

function BUILD.object(t, raw, place, depth)
  t.fields = {}
  local required = required_names(raw, place)
  local given = expect(raw.properties or {}, "table", place .. ".properties")
  local properties = {}
  for _, name in ipairs(sorted_keys(given, place .. ".properties")) do
    local inner = convert(given[name], place .. ".properties." .. name, depth + 1)
    properties[name] = inner.raw
    local field = { name = name, type = inner, optional = not required[name], about = inner.raw.description }
    if field.optional and inner.raw.default ~= json.null then field.default = inner.raw.default end
    t.fields[#t.fields + 1] = field
    required[name] = nil
  end
  -- The service wants `properties` at the root, even when there are none.
  if raw.properties or depth == 0 then raw.properties = properties end
  for _, name in ipairs(sorted_keys(required)) do
    t.fields[#t.fields + 1] = { name = name, type = { kind = "any" }, optional = false }
  end
  local extra = raw.additionalProperties
  if extra == nil or extra == true then
    t.extra = { kind = "any" }
  elseif extra ~= false then
    t.extra = convert(extra, place .. ".additionalProperties", depth + 1)
    raw.additionalProperties = t.extra.raw
  end
end

function BUILD.array(t, raw, place, depth)
  t.item = { kind = "any" }
  if raw.items ~= nil then
    t.item = convert(raw.items, place .. ".items", depth + 1)
    raw.items = t.item.raw
  end
end

--- One type of a schema with all keywords that speak of it.
local function build(name, raw, place, depth)
  if not KEYWORDS[name] then
    fail(place .. ".type", ("unknown type %s"):format(text.literal(name)),
      "types are object, array, string, integer, number, boolean and null")
  end
  local t = { kind = KINDS[name] or name }
  read_bounds(t, name, raw, place)
  if BUILD[name] then BUILD[name](t, raw, place, depth) end
  return t
end

--- Joins alternatives; a null among them only makes the rest nullable.
local function either(alternatives)
  local of, nullable = {}, nil
  for _, t in ipairs(alternatives) do
    if t.kind == "null" then nullable = true else of[#of + 1] = t end
  end
  if #of == 0 then return { kind = "null", nullable = true } end
  local t = { kind = "union", of = of, nullable = nullable }
  if #of == 1 then
    t = {}
    for k, v in pairs(of[1]) do t[k] = v end
    t.nullable = nullable or t.nullable
  end
  return t
end

local function enum(raw, place)
  local values, nullable = {}, nil
  if raw.enum ~= nil then raw.enum = list_of(raw.enum, place .. ".enum") end
  for _, value in ipairs(raw.enum or { raw.const }) do
    if value == json.null then
      nullable = true
    elseif type(value) == "table" then
      fail(place, "lash can check an enum of strings, numbers, booleans and null only")
    else
      values[#values + 1] = value
    end
  end
  if #values == 0 and not nullable then fail(place, "an enum without values") end
  if #values == 0 then return { kind = "null", nullable = true } end
  return { kind = "enum", values = values, nullable = nullable }
end

--- The types of a schema that does not name them.
local function implied(raw)
  for _, name in ipairs { "object", "array", "string", "number" } do
    for keyword in pairs(KEYWORDS[name]) do
      if raw[keyword] ~= nil then return { name } end
    end
  end
end

local function structure(raw, place, depth)
  if raw.anyOf ~= nil then
    for key in pairs(raw) do
      if key ~= "anyOf" and key ~= "nullable" and not ANNOTATIONS[key] then
        fail(place, ("lash cannot check 'anyOf' beside '%s'"):format(key), "put it into each alternative")
      end
    end
    local of = {}
    raw.anyOf = list_of(raw.anyOf, place .. ".anyOf")
    for i, one in ipairs(raw.anyOf) do
      of[i] = convert(one, ("%s.anyOf[%d]"):format(place, i), depth + 1)
      raw.anyOf[i] = of[i].raw
    end
    if #of == 0 then fail(place .. ".anyOf", "expected at least one schema") end
    return either(of)
  end
  local names = raw.type
  if type(names) == "table" then
    names = list_of(names, place .. ".type")
    if #names == 0 then fail(place .. ".type", "expected at least one type") end
    raw.type = names
  elseif names ~= nil then
    names = { expect(names, "string", place .. ".type") }
  else
    names = implied(raw)
  end
  local of = {}
  for i, name in ipairs(names or {}) do of[i] = build(name, raw, place, depth) end
  local t = names and either(of) or { kind = "any" }
  if raw.enum == nil and raw.const == nil then return t end
  local values = enum(raw, place)
  for _, value in ipairs(values.values or {}) do
    local _, problem = check(t, value, place .. ".enum")
    if problem then errors.raise("usage", problem, { place = place }) end
  end
  return values
end

function convert(schema, place, depth)
  if depth > DEPTH then fail(place, ("nested deeper than %d"):format(DEPTH)) end
  if schema == true then return { kind = "any", raw = {} } end
  expect(schema, "table", place)
  local raw = {}
  for key, value in pairs(schema) do raw[key] = value end
  local unknown = {}
  for key in pairs(raw) do
    if not known[key] then unknown[#unknown + 1] = tostring(key) end
  end
  table.sort(unknown)
  if unknown[1] then
    fail(place, ("lash cannot check '%s'"):format(unknown[1]), "leave it out, and check it in the tool itself")
  end
  if raw.description ~= nil then expect(raw.description, "string", place .. ".description") end
  local t = structure(raw, place, depth)
  t.nullable = t.nullable or raw.nullable ~= nil and expect(raw.nullable, "boolean", place .. ".nullable") or nil
  t.raw = raw
  if raw.default ~= nil and raw.default ~= json.null then
    local default, problem = check(t, raw.default, place .. ".default")
    if problem then errors.raise("usage", problem, { place = place }) end
    raw.default = default
  end
  return t
end

--- Reads a JSON Schema.
---@param schema table
---@param place? string  what it is called, "schema"
---@return lash.Type|nil type
---@return lash.Error?
return function(schema, place)
  local ok, result = pcall(convert, schema, place or "schema", 0)
  if ok then return result end
  if errors.is(result) and result.place then return nil, result end
  error(result, 0)
end
