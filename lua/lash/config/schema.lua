--- What may stand in a configuration, as data: keys, types and ranges.
--
-- A node is a function of a value and its path; it returns nothing, or what is
-- wrong and a hint. Nodes are made by the small functions below.
local json = require "lash.core.json"
local spelling = require "lash.spelling"

local M = {}

local function kind_of(value)
  if value == json.null then return "null" end
  if type(value) == "table" then
    return (json.is_array(value) or #value > 0) and "list" or "object"
  end
  return type(value)
end

local function at(path) return path == "" and "" or path .. ": " end

local function mismatch(path, expected, got) return ("%sexpected %s, got %s"):format(at(path), expected, got) end

local function of_kind(kind)
  return function(value, path)
    if kind_of(value) ~= kind then return mismatch(path, kind, kind_of(value)) end
  end
end

--- A number for which `test` holds; the wrong one is shown.
local function numeric(expected, test)
  return function(value, path)
    if type(value) ~= "number" then return mismatch(path, expected, kind_of(value)) end
    if not test(value) then return mismatch(path, expected, tostring(value)) end
  end
end

local function within(most)
  return numeric(("number from 0 to %d"):format(most), function(n) return n >= 0 and n <= most end)
end

local function integer(least)
  local expected = least == 0 and "integer of 0 or more" or "positive integer"
  return numeric(expected, function(n) return math.type(n) == "integer" and n >= least end)
end

local function one_of(...)
  local words, shown = {}, {}
  for i, word in ipairs { ... } do words[word], shown[i] = true, '"' .. word .. '"' end
  local expected = table.concat(shown, ", ")
  return function(value, path)
    if type(value) ~= "string" then return mismatch(path, expected, kind_of(value)) end
    if not words[value] then return mismatch(path, expected, ("%q"):format(value)) end
  end
end

--- Takes the node for the value's kind: kinds { string = node, object = node }.
local function by_kind(kinds)
  local names = {}
  for name in pairs(kinds) do names[#names + 1] = name end
  table.sort(names)
  local expected = table.concat(names, " or ")
  return function(value, path)
    local node = kinds[kind_of(value)]
    if not node then return mismatch(path, expected, kind_of(value)) end
    return node(value, path)
  end
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local function join(path, key) return path == "" and tostring(key) or ("%s.%s"):format(path, key) end

local function unknown_key(path, key, fields)
  local names = sorted_keys(fields)
  local near = type(key) == "string" and spelling.nearest(key, names)
  return ("%sunknown key '%s'"):format(at(path), key),
    near and ("did you mean '%s'?"):format(near) or "valid keys: " .. table.concat(names, ", ")
end

local function object(fields)
  return function(value, path)
    if kind_of(value) ~= "object" then return mismatch(path, "object", kind_of(value)) end
    for _, key in ipairs(sorted_keys(value)) do
      if not fields[key] then return unknown_key(path, key, fields) end
      local message, hint = fields[key](value[key], join(path, key))
      if message then return message, hint end
    end
  end
end

--- An object with any keys and values of one kind.
local function map(node)
  return function(value, path)
    if kind_of(value) ~= "object" then return mismatch(path, "object", kind_of(value)) end
    for _, key in ipairs(sorted_keys(value)) do
      local message, hint = node(value[key], join(path, key))
      if message then return message, hint end
    end
  end
end

local function list(node)
  return function(value, path)
    for i, item in ipairs(value) do
      local message, hint = node(item, ("%s[%d]"):format(path, i))
      if message then return message, hint end
    end
    if kind_of(value) ~= "list" and next(value) ~= nil then return mismatch(path, "list", "object") end
  end
end

local text, boolean, anything = of_kind "string", of_kind "boolean", function() end
local amount = numeric("number of 0 or more", function(n) return n >= 0 end)
local texts = list(text)
local function typed(value, path)
  local message = text(value, path)
  if message then return message end
  local found, err = require("lash.types").parse(value, path)
  if not found then return err.message, err.hint end
end
local function worded(value, path)
  local message = text(value, path)
  if message then return message end
  if not value:find "%S" then return mismatch(path, "a name", "an empty text") end
end
local function tool(value, path)
  local message = text(value, path)
  if message or value:find("$", 1, true) then return message end -- what a variable says is seen when it is used
  local names = require("lash.tool.built_in").names
  for _, name in ipairs(names) do
    if name == value then return end
  end
  local near = spelling.nearest(value, names)
  return mismatch(path, "the name of a built-in tool", ("%q"):format(value)),
    near and ("did you mean '%s'?"):format(near) or "there are: " .. table.concat(names, ", ")
end
local function duration(value, path)
  if not require("lash.duration").read(value) then
    return mismatch(path, 'duration (seconds, "1h30m", "250ms")', ("%q"):format(tostring(value)))
  end
end

--- The same, or a script's empty list, which cannot be told from an object.
local function or_empty(node)
  return function(value, path)
    if type(value) == "table" and next(value) == nil then return nil end
    return node(value, path)
  end
end

--- What a policy says of one kind of deed; `subject`: what a list has.
local function rule(subject)
  return or_empty(by_kind { string = one_of("allow", "ask", "deny"), list = list(subject) })
end

--- A provider, as in `providers.NAME` or given inline.
M.provider = object {
  type = one_of("dashscope", "openai", "fake"),
  api_key = text,
  api_base = text,
  headers = map(text),
  proxy = text,
  ca = text,
  wait_timeout = numeric("number from 3 to 120", function(n) return n >= 3 and n <= 120 end),
}

local limits = by_kind {
  number = amount,
  object = object { usd = amount, tokens = integer(0), calls = integer(0), time = duration, month = amount },
}

--- What may be spent.
local function budget(value, path)
  if type(value) == "table" and next(value) == nil then
    return path .. ": expected at least one of usd, tokens, calls, time and month"
  end
  return limits(value, path)
end

--- The settings of an agent, each by itself.
M.agent_fields = {
  about = text,
  provider = by_kind { string = text, object = M.provider },
  model = worded,
  instructions = text,
  tools = by_kind { list = list(tool) },
  returns = typed,
  thinking_level = by_kind {
    string = one_of("off", "low", "medium", "high"),
    boolean = function(value, path)
      if not value then return mismatch(path, '"off", a level, true or {budget}', "false") end
    end,
    object = object { budget = integer(1) },
  },
  max_tokens = integer(1),
  temperature = within(2),
  top_p = within(1),
  seed = integer(0),
  stop = by_kind { string = text, list = texts },
  tool_choice = by_kind { string = text, object = anything },
  parallel = boolean,
  parallel_tool_calls = boolean,
  tool_streaming = one_of("auto", "native", "fallback"),
  max_turns = integer(1),
  max_tool_calls = integer(0),
  timeout = duration,
  retry = integer(0),
  fallback = or_empty(by_kind { string = text, list = texts }),
  budget = budget,
  cache = boolean,
  extra = of_kind "object",
  policy = object { read = rule(text), write = rule(text), net = rule(text),
    exec = rule(by_kind { string = text, list = texts }) },
  sandbox = one_of("auto", "required", "off"),
}

--- The settings of an agent in the file.
M.agent = object(M.agent_fields)

--- What someone knows of a model: `models.NAME`, `lash.models.define`.
M.model = object {
  context = integer(1),
  max_output = integer(1),
  thinking = one_of("none", "off", "on", "only"),
  budget = by_kind { boolean = anything, number = integer(1) },
  tools = boolean,
  stream_tools = boolean,
  stream_only = boolean,
  vision = boolean,
  price = object { input = amount, output = amount, thinking = amount, cached = amount, cache_read = amount,
    cache_write = amount },
}

--- Of the records of runs: are there any, and how long.
M.runs = object { record = boolean, keep = object { count = integer(0), age = duration } }

--- The whole file.
M.file = object { providers = map(M.provider), agents = map(M.agent), models = map(M.model), runs = M.runs }

return M
