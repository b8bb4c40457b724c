--- Makes values that fit a JSON Schema, from what a prompt says.
local json = require "lash.core.json"
local value = require "lash.fake.value"

local M = {}

local get = value.get

--- The material of a prompt: each piece is used once, in order.
---@class lash.fake.Clues
---@field prompt string
---@field numbers number[]
---@field quoted string[]
---@field names string[]
---@field urls string[]
---@field paths string[]

--- Words that begin with a capital letter and yet name nothing.
local PLAIN = {}
for word in ([[A An And Are At Can Could Did Do Does Find For From Get Give Hello Hi How I If In Is It List Look Make
  My Need Of On Or Please Read Run Say Search Show Tell Thanks That The There Then These This Those To Use Was We Were
  What When Where Which Who Why Will With Would Write You Your]]):gmatch "%a+" do
  PLAIN[word] = true
end

local CAPITALISED = "[%u\xC3-\xF4][%w'\x80-\xF4-]*"

---@param prompt string
---@return lash.fake.Clues
function M.clues(prompt)
  local clues = { prompt = prompt, numbers = {}, quoted = {}, names = {}, urls = {}, paths = {} }
  local function take(into, text, pattern)
    return (text:gsub(pattern, function(found)
      into[#into + 1] = found
      return " , "
    end))
  end
  local rest = take(clues.quoted, prompt, '"([^"\n]+)"')
  rest = take(clues.quoted, rest, "`([^`\n]+)`")
  rest = take(clues.quoted, rest, "%f[%w']'([^'\n]+)'%f[^%w']")
  rest = take(clues.urls, rest, "%a+://[^%s,]+")
  rest = take(clues.paths, rest, "[%w_~.-]*/[%w_/.-]+")
  rest = take(clues.paths, rest, "%f[%w_][%w_-]+%.%a[%w]*%f[^%w]")
  for number in rest:gmatch "%f[%w-]%-?%d+%.?%d*%f[^%w]" do
    clues.numbers[#clues.numbers + 1] = math.tointeger(tonumber(number)) or tonumber(number)
  end
  -- Words with capitals side by side are one name: New York. One that begins a
  -- sentence may have its capital from there, and comes last.
  local doubtful, start = {}, 1
  while true do
    local from, to = rest:find("%f[%w\xC3-\xF4]" .. CAPITALISED, start)
    if not from then break end
    local name = rest:sub(from, to)
    if not PLAIN[name] then
      local more = rest:match("^ " .. CAPITALISED, to + 1)
      while more and not PLAIN[more:sub(2)] do
        name, to = name .. more, to + #more
        more = rest:match("^ " .. CAPITALISED, to + 1)
      end
      local begins = rest:sub(1, from - 1):find "^%s*$" or rest:sub(1, from - 1):find "[.!?:]%s+$"
      table.insert(begins and doubtful or clues.names, name)
    end
    start = to + 1
  end
  table.move(doubtful, 1, #doubtful, #clues.names + 1, clues.names)
  return clues
end

--- The first member of an enum that the prompt names.
local function named(choices, clues)
  local prompt = " " .. clues.prompt:lower():gsub("[^%w_-]+", " ") .. " "
  for _, choice in ipairs(choices) do
    if type(choice) == "string" and prompt:find(" " .. choice:lower() .. " ", 1, true) then return choice end
  end
end

local function in_bounds(schema, n)
  local least, most = get(schema, "minimum"), get(schema, "maximum")
  return not (least and n < least or most and n > most)
end

local function number(schema, clues, integer)
  for i, n in ipairs(clues.numbers) do
    if in_bounds(schema, n) and (not integer or math.type(n) == "integer") then
      return table.remove(clues.numbers, i)
    end
  end
end

local function text(schema, clues, name)
  local hint = (name .. " " .. (get(schema, "description") or "") .. " " .. (get(schema, "format") or "")):lower()
  if hint:find "ur[li]" and clues.urls[1] then return table.remove(clues.urls, 1) end
  if (hint:find "path" or hint:find "file") and clues.paths[1] then return table.remove(clues.paths, 1) end
  return table.remove(clues.quoted, 1) or table.remove(clues.names, 1)
    or table.remove(clues.paths, 1) or table.remove(clues.urls, 1)
end

local make

--- Members in the order of `required`, then the others by name; the others only
--- where the prompt says something.
local function object(schema, clues)
  local result, needed = {}, {}
  local properties = get(schema, "properties") or {}
  for _, key in ipairs(get(schema, "required") or {}) do
    needed[key] = true
    if properties[key] then result[key] = make(properties[key], clues, key, true) end
  end
  local others = {}
  for key in pairs(properties) do
    if not needed[key] then others[#others + 1] = key end
  end
  table.sort(others)
  for _, key in ipairs(others) do result[key] = make(properties[key], clues, key, false) end
  return result
end

local FALLBACK = {
  string = function(_, clues, name)
    local whole = name:find "^q" or name:find "text" or name:find "prompt" -- query, question, …
    return whole and clues.prompt or "simulated"
  end,
  integer = function(schema) return math.ceil(get(schema, "minimum") or math.min(1, get(schema, "maximum") or 1)) end,
  number = function(schema) return get(schema, "minimum") or math.min(1, get(schema, "maximum") or 1) end,
  boolean = function() return true end,
  null = function() return json.null end,
}

local FOUND = {
  string = text,
  integer = function(schema, clues) return number(schema, clues, true) end,
  number = function(schema, clues) return number(schema, clues, false) end,
}

--- A value for a schema; nil when it need not be there and nothing is known.
---@param schema table
---@param clues lash.fake.Clues
---@param name string
---@param needed boolean
---@return any
function make(schema, clues, name, needed)
  if type(schema) ~= "table" then return needed and "simulated" or nil end
  local choices = get(schema, "enum")
  if choices then
    local default = get(schema, "default")
    return named(choices, clues) or needed and (default == nil and choices[1] or default) or nil
  end
  if get(schema, "const") ~= nil then return schema.const end
  local either = get(schema, "anyOf") or get(schema, "oneOf")
  if either then return make(either[1], clues, name, needed) end
  local kind = get(schema, "type")
  if type(kind) == "table" then kind = kind[1] end
  kind = kind or (get(schema, "properties") and "object" or "string")
  if kind == "object" then return (needed or nil) and object(schema, clues) end
  if kind == "array" then
    local list = json.array {}
    if not needed then return nil end
    for i = 1, math.max(1, get(schema, "minItems") or 1) do
      list[i] = make(get(schema, "items") or {}, clues, name, true)
    end
    return list
  end
  local found = FOUND[kind] and FOUND[kind](schema, clues, name)
  if found ~= nil or not needed then return found end
  local default = get(schema, "default")
  if default ~= nil then return default end
  return (FALLBACK[kind] or FALLBACK.string)(schema, clues, name)
end

--- A value that fits the schema.
---@param schema table
---@param prompt string
---@return any
function M.make(schema, prompt) return make(schema, M.clues(prompt), "", true) end

return M
