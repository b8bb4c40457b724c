--- A script's own arguments, by the type language.
--
-- Fields that must be there are given by place or as `--name VALUE`, the others
-- as flags only. A list is repeated (`--tag a --tag b`) or, by place, takes all
-- words that the fields after it leave. `--` ends the flags; of a flag given
-- twice the last one counts.
local errors = require "lash.errors"
local help = require "lash.args.help"
local json = require "lash.core.json"
local spelling = require "lash.spelling"
local types = require "lash.types"

local M = {}

local function fail(message, hint, missing) errors.raise("usage", message, { hint = hint, missing = missing }) end

--- A word as a value of a type. One that does not fit stays the word that it
--- is: the check says then what was expected, and what came.
local CONVERT = {}

local function convert(t, word) return CONVERT[t.kind](t, word) end

function CONVERT.string(_, word) return word end
CONVERT.any = CONVERT.string

function CONVERT.integer(_, word)
  return word:find("^[+-]?%d+$") and math.tointeger(tonumber(word)) or word
end

function CONVERT.number(_, word)
  return word:find("^[+-]?[%d.]+[eE]?[+-]?%d*$") and tonumber(word) or word
end

function CONVERT.boolean(_, word)
  if word == "true" or word == "false" then return word == "true" end
  return word
end

function CONVERT.enum(t, word)
  for _, value in ipairs(t.values) do
    if tostring(value) == word then return value end
  end
  return word
end

-- What has no spelling of its own on a command line is JSON.
function CONVERT.object(_, word)
  local value, message = json.decode(word)
  if message then return word end
  return value
end
CONVERT.list = CONVERT.object

function CONVERT.union(t, word)
  for _, one in ipairs(t.of) do
    local value = convert(one, word)
    local _, problem = types.check(t, value)
    if value ~= word and not problem then return value end
  end
  return word
end

--- Flags by what stands behind their dashes.
local function flags_of(t)
  local flags = {}
  for _, field in ipairs(t.fields) do
    local name = help.flag(field):sub(3)
    if name == "help" then fail("lash.args: '--help' is there already", "name the field otherwise") end
    if flags[name] then fail(("lash.args: two fields are --%s on the command line"):format(name)) end
    flags[name] = { field = field, value = true }
  end
  for _, field in ipairs(t.fields) do
    local no = "no-" .. help.flag(field):sub(3)
    if field.type.kind == "boolean" and not flags[no] then flags[no] = { field = field, value = false, no = true } end
  end
  return flags
end

local function unknown_flag(word, flags)
  local names = { "--help" }
  for name in pairs(flags) do names[#names + 1] = "--" .. name end
  table.sort(names)
  local near = word:find "^%-%-" and spelling.nearest(word, names) -- one dash: of lash itself
  fail(("unknown option '%s'"):format(word), near and ("did you mean '%s'?"):format(near)
    or "--help lists them; those of lash itself stand before the script")
end

local function add(given, field, value)
  if field.type.kind == "list" then
    local list = given[field.name] or {}
    list[#list + 1] = convert(field.type.item, value)
    given[field.name] = list
  else
    given[field.name] = convert(field.type, value)
  end
end

--- Is this word a flag, and not a negative number or "-" (standard input)?
local function is_flag(word) return word:find("^%-.") and not word:find("^%-%.?%d") end

--- Sorts the words into values of flags and words by place. The third value is
--- true when --help stands among them.
local function read(argv, flags)
  local given, words = {}, {}
  local at, ended = 1, false
  while argv[at] do
    local word = argv[at]
    at = at + 1
    if ended or not is_flag(word) then
      words[#words + 1] = word
    elseif word == "--" then
      ended = true
    elseif word == "--help" or word == "-h" then
      return given, words, true
    else
      local name, value = word:match("^%-%-([^=]+)=(.*)$")
      name = (name or word:match("^%-%-(.+)$") or ""):gsub("_", "-")
      local flag = flags[name]
      if not flag then unknown_flag(word:match("^[^=]*"), flags) end
      local field = flag.field
      if flag.no and value then fail(("--%s takes no value"):format(name)) end
      if field.type.kind == "boolean" and not value then
        given[field.name] = flag.value
      else
        if not value then
          value = argv[at]
          at = at + 1
          if not value or value:find("^%-%-") then
            fail(("--%s needs a value, %s"):format(name, types.text(field.type)),
              value and ("write --%s=VALUE for one that begins with '--'"):format(name))
          end
        end
        add(given, field, value)
      end
    end
  end
  return given, words, false
end

--- Gives the words by place to the fields that must be there and were no flags.
local function place_words(t, given, words, usage)
  local open, labels = {}, {}
  for _, field in ipairs(t.fields) do
    labels[field.name] = help.flag(field)
    if not field.optional and given[field.name] == nil then open[#open + 1] = field end
  end
  local at = 1
  for i, field in ipairs(open) do
    local count = field.type.kind == "list" and math.max(1, #words - at + 1 - (#open - i)) or 1
    if at + count - 1 > #words then
      fail(("the argument %s is missing (%s)"):format(help.place(field), types.text(field.type)), usage, true)
    end
    for _ = 1, count do
      add(given, field, words[at])
      at = at + 1
    end
    labels[field.name] = help.place(field)
  end
  if words[at] then fail(("one argument too many: '%s'"):format(words[at]), usage) end
  return labels
end

--- Reads arguments; `--help` prints the help and ends the run.
---@param params string  fields of the type language
---@param argv string[]
---@param script? string  its path, for the help
---@param exit? fun(code: integer)  how to end the run
---@param about? string  for the help
---@return table|nil values  nil only when `exit` returns
function M.parse(params, argv, script, exit, about)
  if type(params) ~= "string" then fail("lash.args: expected a string, got " .. types.shown(params)) end
  local t, err = types.fields(params, "lash.args")
  if not t then error(err, 0) end
  script = script or "SCRIPT"
  local given, words, wants_help = read(argv, flags_of(t))
  if wants_help then
    print(help.text(t, script, about))
    return (exit or require("lash.host").exit)(0)
  end
  local labels = place_words(t, given, words, help.usage(t, script))
  local values = {}
  for _, field in ipairs(t.fields) do
    local value = given[field.name]
    if value == nil then value = field.default end
    if value ~= nil then
      local checked, problem = types.check(field.type, value, labels[field.name])
      if problem then fail(problem, help.usage(t, script)) end
      values[field.name] = checked
    end
  end
  return values
end

--- This script's arguments: `lash.args(params)`.
---@param params string
---@return table
function M.args(params) return M.parse(params, arg, arg[0]) end

return M
