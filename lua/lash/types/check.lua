--- Checks values against types.
--
-- Every check returns the value to use: a copy with defaults filled in, null
-- fields left out, integral floats as integers. Or nil, what is wrong, and
-- where: the path is put together on the way out, so that a good value pays
-- nothing for it.
local json = require "lash.core.json"
local spelling = require "lash.spelling"
local text = require "lash.types.text"

local DEPTH = 512 -- as JSON; also the end of a table that contains itself
-- Bytes of a word for which the nearest valid one is looked for: every word of
-- two letters is near every other, and a long one costs time.
local MIN_GUESS, MAX_GUESS = 3, 64

local check

local function mismatch(t, value)
  return nil, ("expected %s, got %s"):format(text.type(t), text.value(value)), ""
end

local function did_you_mean(word, names)
  local near = #word >= MIN_GUESS and #word <= MAX_GUESS and spelling.nearest(word, names)
  return near and (" (did you mean %s?)"):format(text.literal(near)) or ""
end

local function segment(name)
  return name:find("^[%a_][%w_]*$") and "." .. name or ("[%s]"):format(text.literal(text.shorten(name)))
end

local CHECKS = { null = mismatch }

function CHECKS.boolean(t, value)
  if type(value) ~= "boolean" then return mismatch(t, value) end
  return value
end

function CHECKS.string(t, value)
  if type(value) ~= "string" then return mismatch(t, value) end
  if t.min_length or t.max_length then
    local length = utf8.len(value) or #value
    if length < (t.min_length or 0) or length > (t.max_length or length) then return mismatch(t, value) end
  end
  return value
end

function CHECKS.number(t, value)
  -- Infinity and NaN have no JSON.
  if type(value) ~= "number" or math.type(value) == "float" and value - value ~= 0 then return mismatch(t, value) end
  if t.min and value < t.min or t.max and value > t.max then return mismatch(t, value) end
  if t.above and value <= t.above or t.below and value >= t.below then return mismatch(t, value) end
  return value
end

function CHECKS.integer(t, value)
  -- math.tointeger also reads strings in some versions of Lua.
  local whole = type(value) == "number" and math.tointeger(value)
  if not whole then return mismatch(t, value) end
  local _, problem, where = CHECKS.number(t, whole)
  if problem then return nil, problem, where end
  return whole
end

function CHECKS.enum(t, value)
  local words = {}
  for _, known in ipairs(t.values) do
    if value == known then return known end
    if type(known) == "string" then words[#words + 1] = known end
  end
  local _, problem, where = mismatch(t, value)
  if type(value) == "string" then problem = problem .. did_you_mean(value, words) end
  return nil, problem, where
end

function CHECKS.union(t, value, depth)
  local nested, of_table = nil, 0
  for _, one in ipairs(t.of) do
    local result, problem, where = check(one, value, depth)
    if not problem then return result end
    if type(value) == "table" and (one.kind == "list") == text.is_list(value)
      and (one.kind == "list" or one.kind == "object") then
      nested, of_table = { problem, where }, of_table + 1
    end
  end
  -- Only one alternative can have been meant: say what is wrong inside it.
  if of_table == 1 then return nil, nested[1], nested[2] end
  return mismatch(t, value)
end

function CHECKS.list(t, value, depth)
  if type(value) ~= "table" then return mismatch(t, value) end
  local n = rawlen(value) -- raw, as JSON is written
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > n then return mismatch(t, value) end
  end
  if n < (t.min_items or 0) or n > (t.max_items or n) then
    return nil, ("expected %s, got %d"):format(text.type(t), n), ""
  end
  local copy = json.array {}
  for i = 1, n do
    local item = value[i]
    local result, problem, where = check(t.item, item, depth + 1)
    if problem then return nil, problem, ("[%d]%s"):format(i, where) end
    -- A list keeps its length: its nulls stay what they are.
    copy[i] = result == nil and json.null or result
  end
  return copy
end

--- Names of a table's keys that are no field, sorted; nil when a key is no name.
local function other_keys(t, value)
  local known, others = {}, {}
  for _, field in ipairs(t.fields) do known[field.name] = true end
  for key in pairs(value) do
    if type(key) ~= "string" then return nil end
    if not known[key] then others[#others + 1] = key end
  end
  table.sort(others)
  return others
end

local function unknown_field(t, name)
  local names, shown = {}, {}
  for i, field in ipairs(t.fields) do
    names[i] = field.name
    shown[i] = field.name:find "^[%a_][%w_]*$" and field.name or text.literal(field.name)
  end
  local help = did_you_mean(name, names)
  if #names == 0 then
    help = " (there are none)"
  elseif help == "" then
    help = (" (known: %s)"):format(text.shorten(table.concat(shown, ", "), 200))
  end
  return nil, ("unknown field %s%s"):format(text.literal(text.shorten(name)), help), ""
end

function CHECKS.object(t, value, depth)
  if type(value) ~= "table" or text.is_array(value) then return mismatch(t, value) end
  local others = other_keys(t, value)
  if not others then return mismatch(t, value) end
  if #others > 0 and not t.extra then return unknown_field(t, others[1]) end
  local copy = {}
  for _, field in ipairs(t.fields) do
    local item = value[field.name]
    if field.optional and (item == nil or item == json.null) then item = field.default end
    if item ~= nil or not field.optional then
      -- A field that is not there is no any, a null is.
      local result, problem, where = check(field.type, item, depth + 1)
      if problem then return nil, problem, segment(field.name) .. where end
      copy[field.name] = result
    end
  end
  for _, name in ipairs(others) do
    if value[name] ~= json.null then
      local result, problem, where = check(t.extra, value[name], depth + 1)
      if problem then return nil, problem, segment(name) .. where end
      copy[name] = result
    end
  end
  return copy
end

local ANY_LIST = { kind = "list", item = { kind = "any" } }
local ANY_OBJECT = { kind = "object", fields = {}, extra = { kind = "any" } }

function CHECKS.any(t, value, depth)
  if type(value) == "table" then
    if text.is_list(value) then return CHECKS.list(ANY_LIST, value, depth) end
    return CHECKS.object(ANY_OBJECT, value, depth)
  end
  if CHECKS[type(value)] then return CHECKS[type(value)](t, value) end
  return nil, ("expected a value that JSON has, got %s"):format(text.value(value)), ""
end

function check(t, value, depth)
  if depth > DEPTH then return nil, ("nested deeper than %d"):format(DEPTH), "" end
  if value == nil or value == json.null then
    if t.nullable or t.kind == "any" and value ~= nil then return nil end
    return mismatch(t, value)
  end
  return CHECKS[t.kind](t, value, depth)
end

--- Checks a value against a type.
---@param t lash.Type
---@param value any
---@param path? string  what the value is called, "args"
---@return any value  to use instead; nil also for the nil of a T?
---@return string? message
return function(t, value, path)
  local result, problem, where = check(t, value, 0)
  if problem then return nil, ("%s%s: %s"):format(path or "value", where, problem) end
  return result
end
