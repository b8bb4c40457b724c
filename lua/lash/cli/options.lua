--- The options of the command line: one table says which there are, who takes
-- them and where they go.
local errors = require "lash.errors"

local M = {}

---@class lash.cli.Option
---@field value? string  what it takes; nil: a switch
---@field set fun(found: table, value: string|boolean)

local function agent_setting(key, convert)
  return function(found, value)
    found.agent[key] = convert and convert(value, key) or value
  end
end

local function integer(value, name)
  local n = math.tointeger(tonumber(value))
  if not n then errors.raise("usage", ("--%s: expected an integer, got '%s'"):format(name:gsub("_", "-"), value)) end
  return n
end

local function number(value, name)
  local n = tonumber(value)
  if not n then errors.raise("usage", ("--%s: expected a number, got '%s'"):format(name, value)) end
  return n
end

local LEVELS = { off = true, low = true, medium = true, high = true }

local function level(value)
  if not LEVELS[value] then
    errors.raise("usage", ("--thinking: '%s' is not a level"):format(value), { hint = "off, low, medium or high" })
  end
  return value
end

local function keep(key)
  return function(found, value) found[key] = value end
end

---@type table<string, lash.cli.Option>
M.common = {
  agent = { value = "NAME", set = keep "agent_name" },
  model = { value = "NAME", set = agent_setting "model" },
  provider = { value = "NAME", set = agent_setting "provider" },
  thinking = { value = "LEVEL", set = agent_setting("thinking_level", level) },
  ["max-tokens"] = { value = "N", set = agent_setting("max_tokens", integer) },
  temperature = { value = "T", set = agent_setting("temperature", number) },
  timeout = { value = "DURATION", set = keep "timeout" },
  config = { value = "FILE", set = keep "config" },
  json = { set = keep "json" },
  quiet = { set = keep "quiet" },
  verbose = { set = function(found) found.verbose = found.verbose + 1 end },
  ["no-color"] = { set = keep "no_colour" },
}

M.ask = setmetatable({
  system = { value = "TEXT", set = agent_setting "instructions" },
  output = { value = "FILE", set = keep "output" },
  returns = { value = "TYPE", set = agent_setting "returns" },
}, { __index = M.common })

local SHORT = {
  a = "agent", m = "model", p = "provider", q = "quiet", v = "verbose",
  s = "system", o = "output", r = "returns",
}

local function all_names(options)
  local names = {}
  for _, t in ipairs { M.common, options } do
    for name in pairs(t) do names[#names + 1] = "--" .. name end
  end
  table.sort(names)
  return names
end

local function unknown(word, options)
  local near = errors.nearest(word, all_names(options))
  errors.raise("usage", ("unknown option '%s'"):format(word),
    { hint = near and ("did you mean '%s'?"):format(near) or "lash --help lists them" })
end

local function apply(found, options, word, name, value, next_word)
  local option = options[name]
  if not option then unknown(word, options) end
  if not option.value then
    if value then errors.raise("usage", ("%s takes no value"):format(word:match "^[^=]+")) end
    option.set(found, true)
    return false
  end
  local given = value or next_word
  if not given then
    errors.raise("usage", ("%s needs a value: %s"):format(word, option.value))
  end
  option.set(found, given)
  return value == nil
end

--- Reads options from `words` beginning at `i`, until the first word that is
-- none, or behind `--`. `interleaved`: options may also follow other words,
-- which are collected in `found.words`.
---@param words string[]
---@param i integer
---@param options table<string, lash.cli.Option>
---@param found table
---@param interleaved? boolean
---@return integer next
function M.read(words, i, options, found, interleaved)
  while words[i] do
    local word = words[i]
    if word == "--" then
      i = i + 1
      if interleaved then table.move(words, i, #words, #found.words + 1, found.words) end
      return interleaved and #words + 1 or i
    end
    local long, value = word:match "^%-%-([%w-]+)=(.*)$"
    long = long or word:match "^%-%-([%w-]+)$"
    local shorts = word:match "^%-(%a+)$"
    if long then
      if apply(found, options, word, long, value, words[i + 1]) then i = i + 1 end
    elseif shorts then
      for k = 1, #shorts do
        local name = SHORT[shorts:sub(k, k)]
        local is_last = k == #shorts
        local takes = name and options[name] and options[name].value
        if takes and not is_last then -- "-mqwen-plus"
          apply(found, options, word, name, shorts:sub(k + 1))
          break
        end
        if apply(found, options, word, name or word, nil, is_last and words[i + 1] or nil) then i = i + 1 end
      end
    elseif word:find "^%-%-?." and not word:find "^%-[%d.]" then
      local short, rest = word:match "^%-(%a)(.+)$"
      local name = SHORT[short]
      if not (name and options[name] and options[name].value) then unknown(word, options) end
      apply(found, options, word, name, rest)
    elseif interleaved then
      table.insert(found.words, word)
    else
      return i
    end
    i = i + 1
  end
  return i
end

return M
