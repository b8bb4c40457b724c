--- The options of the command line: one table says which there are, who takes
-- them and where they go.
local errors = require "lash.errors"

local M = {}

---@class lash.cli.Option
---@field value? string  what it takes; nil: a switch
---@field empty? boolean  that may be nothing
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

--- Names of standard output, which may be a file that others write, too: none to be replaced.
local IS_STDOUT = { ["/dev/stdout"] = true, ["/dev/fd/1"] = true, ["/proc/self/fd/1"] = true }

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
  budget = { value = "USD", set = function(found, value) found.budget = number(value, "budget") end },
  config = { value = "FILE", set = keep "config" },
  ["accept-changes"] = { set = keep "accept_changes" },
  json = { set = keep "json" },
  quiet = { set = keep "quiet" },
  verbose = { set = function(found) found.verbose = found.verbose + 1 end },
  ["no-color"] = { set = keep "no_colour" },
  help = { set = keep "help" },
  interactive = { set = keep "interactive" },
  eval = { value = "CODE", last = true, empty = true, set = keep "code" }, -- what follows is the code's
}

M.ask = setmetatable({
  eval = false, interactive = false,
  tool = { value = "NAME", set = function(found, name)
    found.agent.tools = found.agent.tools or {}
    table.insert(found.agent.tools, name)
  end },
  system = { value = "TEXT", empty = true, set = agent_setting "instructions" },
  output = { value = "FILE", set = function(found, path) found.output = IS_STDOUT[path] and "-" or path end },
  returns = { value = "TYPE", set = agent_setting "returns" },
  session = { value = "ID", set = keep "session" },
  image = { value = "FILE", set = function(found, path)
    found.images = found.images or {}
    table.insert(found.images, path)
  end },
}, { __index = M.common })

M.chat = setmetatable({ output = false, returns = false, json = false }, { __index = M.ask })

M.check = setmetatable({
  eval = false, interactive = false, thinking = false, ["max-tokens"] = false, temperature = false, -- its own are tiny
  live = { set = keep "live" },
  tools = { set = keep "tools" },
}, { __index = M.common })

--- What one letter stands for.
M.letters = {
  e = "eval", h = "help", a = "agent", m = "model", p = "provider", q = "quiet", v = "verbose",
  i = "interactive", s = "system", o = "output", r = "returns", t = "tool",
}

--- The options in one word, as pairs of name and value: "--name=value", or
-- "-vm" followed by what -m takes.
local function split(word, options)
  if word:sub(1, 2) == "--" then
    local name, value = word:match "^%-%-([^=]+)=(.*)$"
    return { { name or word:sub(3), value } }
  end
  local list = {}
  for k = 2, #word do
    local letter, rest = word:sub(k, k), word:sub(k + 1)
    local option = options[M.letters[letter] or ""]
    local takes_rest = option and option.value and rest ~= ""
    list[#list + 1] = { option and M.letters[letter] or "-" .. letter, takes_rest and rest or nil }
    if takes_rest then break end
  end
  return list
end

--- Sets an option, or raises why not.
local function take(word, name, value, options, found)
  local option = options[name]
  if not option then
    require "lash.cli.unknown_option"(word:find "^%-%-" and word:match "^[^=]+" or name, options, M)
  end
  if option.value and (not value or value == "" and not option.empty) then
    errors.raise("usage", ("%s needs a value: %s"):format(word:match "^[^=]+", option.value))
  end
  if value and not option.value then errors.raise("usage", ("%s takes no value"):format(word:match "^[^=]+")) end
  option.set(found, value or true)
end

local function is_option(word) return word:find "^%-%S" ~= nil and not word:find "^%-[%d.]" end

--- What stands there and cannot stand together.
---@param found table
---@param command? string
---@return lash.Error? problem
function M.conflict(found, command)
  if found.quiet and found.verbose > 0 then
    return errors.new("usage", "-q and -v exclude each other", { hint = "-q: nothing but errors; -v: all activity" })
  elseif found.code and found.interactive then
    return errors.new("usage", "-e and -i exclude each other", { hint = "-i SCRIPT.lua runs a file, and asks then" })
  elseif found.json and found.output == "-" then
    return errors.new("usage", "--json and `-o -` both want standard output", { hint = "-o FILE beside --json" })
  elseif found.json and command == "chat" then
    return errors.new("usage", "lash chat takes no --json", { hint = "lash ask --json --session ID" })
  end
end

--- Reads options from `words` beginning at `i`, until the first word that is
-- none, or behind `--`. `interleaved`: options may also follow other words,
-- which are collected in `found.words`. What is wrong with the first that is wrong
-- becomes `found.problem`: those behind it may say how that is to be told.
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
      if interleaved then table.move(words, i + 1, #words, #found.words + 1, found.words) end
      return i + 1
    elseif not is_option(word) then
      if not interleaved then return i end
      table.insert(found.words, word)
    else
      for _, pair in ipairs(split(word, options)) do
        local option, value = options[pair[1]], pair[2]
        if option and option.value and not value then
          i = i + 1
          value = words[i]
        end
        local ok, problem = pcall(take, word, pair[1], value, options, found)
        if not ok then found.problem = found.problem or problem end
        if option and option.last then return i + 1 end
      end
    end
    i = i + 1
  end
  return i
end

return M
