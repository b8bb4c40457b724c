--- The type language: the text of a type reads back as that type, and what a type
--- takes it takes again.
local errors = require "lash.errors"
local json = require "lash.core.json"
local types = require "lash.types"

local VALUES = {
  "a", "three", "", 0, 1, -7, 2.5, 1e300, true, false, json.null, json.array {}, {}, json.array { 1, "a" },
  json.array { json.array { 1 }, json.array {} }, { a = 1 }, { a = "x", b = json.array { { c = true } } },
  { b = json.null },
}

local function check_error(err)
  assert(errors.is(err) and err.kind == "usage", tostring(err))
  assert(err.line >= 1 and err.column >= 1 and #err.reason > 0)
  assert(not err.message:find "\n", err.message)
end

--- A schema as JSON without descriptions, which the text of a type leaves out.
local function schema_of(t)
  local function bare(v)
    if type(v) ~= "table" then return v end
    local copy = setmetatable({}, getmetatable(v))
    for key, item in pairs(v) do
      if key ~= "description" or type(item) ~= "string" then copy[key] = bare(item) end
    end
    return copy
  end
  return assert(json.encode(bare(types.schema(t))))
end

--- The value that a type makes of this one, as JSON; nil and why it does not.
local function taken(t, value)
  local result, problem = types.check(t, value)
  if problem then
    assert(not problem:find "\n", problem)
    return nil, problem
  end
  return assert(json.encode(result))
end

local function check_type(t)
  local text = types.text(t)
  local again, err = types.parse(text)
  if not again then error(("%s: %s"):format(text, err)) end
  assert(types.text(again) == text, text .. " became " .. types.text(again))
  local schema = schema_of(t)
  assert(schema_of(again) == schema, text)
  local raw = types.from_schema((json.decode(schema)))
  assert(raw, text .. " has a schema that is not read: " .. schema)
  for _, value in ipairs(VALUES) do
    local once = taken(t, value)
    assert(once == taken(again, value), text)
    -- A field with a null is left out, and one that is not there is no `any`.
    if once and not assert(json.encode(value)):find "null" then
      local twice, problem = taken(t, (json.decode(once)))
      assert(twice == once, ("%s: %s became %s"):format(text, once, twice or problem))
    end
  end
end

return function(input)
  for _, read in ipairs { types.parse, types.fields } do
    local t, err = read(input)
    if t then check_type(t) else check_error(err) end
  end
  local t, stop = types.prefix(input, 1)
  if t then assert(stop >= 2 and stop <= #input + 1) else check_error(stop) end
end
