--- Types and values as a person reads them: messages, --help.
local json = require "lash.core.json"

local M = {}

local ARRAY = getmetatable(json.array {})

local SHOWN = 40 -- bytes of a string that a message quotes

--- A string cut to a length between two characters.
---@param s string
---@param limit? integer
function M.shorten(s, limit)
  limit = limit or SHOWN
  if #s <= limit then return s end
  return s:sub(1, limit):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…"
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }

local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c) return ESCAPES[c] or ("\\u{%02x}"):format(c:byte()) end) .. '"'
end

--- The name of a field in a message; one that is no word as a literal.
---@param name string
---@return string
function M.name(name) return name:find "^[%a_][%w_]*$" and "'" .. M.shorten(name) .. "'" or quote(M.shorten(name)) end

local function number(n)
  if math.type(n) == "integer" then return ("%d"):format(n) end
  local s = ("%.15g"):format(n)
  if tonumber(s) ~= n then s = ("%.17g"):format(n) end
  return s:find("^-?%d+$") and s .. ".0" or s
end

--- Is this table marked as a list, as decoded ones are?
---@param v table
function M.is_array(v) return getmetatable(v) == ARRAY end

--- Is this table a list? Marked as one, or it has a first item.
---@param v table
function M.is_list(v) return M.is_array(v) or rawget(v, 1) ~= nil end

--- A literal of the type language.
---@param v any
---@return string
function M.literal(v)
  if type(v) == "string" then return quote(v) end
  if type(v) == "number" then return number(v) end
  if type(v) ~= "table" then return tostring(v) end
  if next(v) == nil then return M.is_array(v) and "[]" or "{}" end
  local items = {}
  for i, item in ipairs(v) do items[i] = M.literal(item) end
  return "[" .. table.concat(items, ", ") .. "]"
end

--- What was found instead of what a type wants.
---@param v any
---@return string
function M.value(v)
  if v == nil then return "nothing" end
  if v == json.null then return "null" end
  if type(v) == "string" then return quote(M.shorten(v)) end
  if type(v) == "number" then return number(v) end
  if type(v) == "boolean" then return tostring(v) end
  if type(v) == "table" then return M.is_list(v) and "a list" or "an object" end
  return "a " .. type(v)
end

local type_text

local function field(f)
  local name = f.name:find("^[%a_][%w_]*$") and f.name or quote(f.name)
  local default = f.default ~= nil and " = " .. M.literal(f.default) or ""
  return ("%s%s: %s%s"):format(name, f.optional and default == "" and "?" or "", type_text(f.type), default)
end

-- Bounds that a range cannot say come from a raw schema.
local BOUNDS = {
  { "min", "at least %s" }, { "max", "at most %s" }, { "above", "above %s" }, { "below", "below %s" },
  { "min_length", "at least %s characters" }, { "max_length", "at most %s characters" },
  { "min_items", "at least %s items" }, { "max_items", "at most %s items" },
}

local function bounded(t, name)
  local words = {}
  for _, bound in ipairs(BOUNDS) do
    local limit = t[bound[1]]
    if limit then words[#words + 1] = bound[2]:format(number(limit)) end
  end
  return #words > 0 and ("%s (%s)"):format(name, table.concat(words, ", ")) or name
end

local TEXTS = {}

local function ranged(t)
  if t.min and t.max and not t.above and not t.below then return number(t.min) .. ".." .. number(t.max) end
  return bounded(t, t.kind)
end
TEXTS.integer, TEXTS.number = ranged, ranged

function TEXTS.enum(t)
  local words = {}
  for i, value in ipairs(t.values) do words[i] = M.literal(value) end
  return table.concat(words, "|")
end

function TEXTS.list(t)
  local item = type_text(t.item)
  if item:find("|", 1, true) and (t.item.nullable or t.item.kind == "union" or t.item.kind == "enum") then
    item = "(" .. item .. ")"
  end
  return bounded(t, item .. "[]")
end

function TEXTS.object(t)
  local words = {}
  for i, f in ipairs(t.fields) do words[i] = field(f) end
  if t.extra then words[#words + 1] = "[string]: " .. type_text(t.extra) end
  return "{" .. table.concat(words, ", ") .. "}"
end

function TEXTS.union(t)
  local words = {}
  for i, one in ipairs(t.of) do words[i] = type_text(one) end
  return table.concat(words, "|")
end

--- The text of a type; reads back as an equal type, raw schemas excepted.
---@param t lash.Type
---@return string
function type_text(t)
  if t.kind == "null" then return "nil" end
  local text = TEXTS[t.kind] and TEXTS[t.kind](t) or bounded(t, t.kind)
  return t.nullable and text .. "|nil" or text
end

M.type = type_text

return M
