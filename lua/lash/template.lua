--- Templates: a command as a list of words, with places for values. No shell.
--
--   git log -n {n: integer = 10} --oneline -- {path?: string}
--
-- White space separates words; quotes keep it. A value is always one word, or a
-- part of one, whatever is in it; a list is several words. A word with an
-- absent value is left out. What would need a shell is refused, so that nobody
-- believes to have one.
local errors = require "lash.errors"
local lex = require "lash.types.lex"
local parse = require "lash.types.parse"
local Parser = require "lash.types.parser"
local types = require "lash.types"

---@class lash.Template
---@field source string
---@field params lash.Type  an object with the values
---@field words lash.template.Word[]

---@class lash.template.Word
---@field pieces (string|lash.types.Field)[]  text, or the place of a value
---@field list? lash.types.Field  the value in it that is a list
---@field text? string  all of it, when it holds no value

local M = {}

local QUOTE = "in quotes it is an ordinary character"
local MEANS = {
  ["|"] = "give the output of one command to the next: stdin = lash.sh(…)",
  ["<"] = "the option stdin is what a command reads",
  [">"] = "what a command writes is returned",
  ["&"] = "commands run one by one",
  [";"] = "commands run one by one",
  ["$"] = "values are {name}, the environment is lash.env",
  ["`"] = "run the inner command by itself",
  ["("] = "commands run one by one",
  ["*"] = "file names are not completed: give them as {files: string[]}",
  ["\\"] = "there are quotes for that",
}
MEANS[")"], MEANS["?"], MEANS["["] = MEANS["("], MEANS["*"], MEANS["*"]

-- Only where a word begins.
local FIRST = { ["~"] = "the home folder is lash.env.HOME", ["#"] = "a template has no comments" }

local PLAIN = "^[^%s'\"{}|<>&;$`()*?%[\\]+"

local function no_shell(p, at, char, means)
  p:fail(("there is no shell: '%s' means nothing here"):format(char), ("%s; %s"):format(means, QUOTE), at)
end

--- Can a value of this type be a word?
local function is_word(t)
  if t.kind == "union" then
    for _, one in ipairs(t.of) do
      if not is_word(one) then return false end
    end
    return true
  end
  return t.kind ~= "list" and t.kind ~= "object"
end

local function check_type(p, field, at)
  local t = field.type
  if is_word(t) or t.kind == "list" and is_word(t.item) and not t.item.nullable then return end
  p:fail(("%s is not a word, nor a list of words"):format(types.text(t)),
    "string, integer, number, boolean, 'a'|'b', 1..9, and T[] for several words", at)
end

--- Is there a type in the place of a value that begins here?
local function is_typed(p)
  local token = lex.next(p.text, p.token.stop + 1)
  if token.kind == "?" then token = lex.next(p.text, token.stop + 1) end
  return token.kind == ":"
end

--- Reads "{name}", "{name?}", "{name: type = default}"; the field, and where
-- the place ends.
local function slot(p, at, fields)
  p.last, p.token = at, lex.next(p.text, at + 1)
  p:skip_newlines()
  local name = p.token
  if name.kind ~= "name" then p:fail("'{' begins the place of a value, as in {name}", "a brace itself is '{{'") end
  local known, typed = fields[name.value], is_typed(p)
  local field
  if typed then
    field = p:field {}
    field.about = (p:take "comment" or {}).value
    p:skip_newlines()
  else
    p:take "name"
    field = parse.new_field(name.value, { kind = "string" }, p:take "?" ~= nil)
  end
  if p.token.kind ~= "}" then
    p:fail(("expected '}' after the value '%s'"):format(name.value), "a brace that holds no value is '{{'")
  end
  if known and (typed or field.optional) then
    p:fail(("'%s' has its type already"):format(name.value), "say it where the value is used first", name.at)
  end
  if not known then
    check_type(p, field, name.at)
    fields[name.value] = field
    fields[#fields + 1] = field
  end
  return known or field, p.token.stop + 1
end

local function add_text(pieces, text)
  if type(pieces[#pieces]) == "string" then
    pieces[#pieces] = pieces[#pieces] .. text
  else
    pieces[#pieces + 1] = text
  end
end

--- Reads a brace, or the place of a value, that begins at `at`.
local function brace(p, at, pieces, fields)
  local two = p.text:sub(at, at + 1)
  if two == "{{" or two == "}}" then
    add_text(pieces, two:sub(1, 1))
    return at + 2
  elseif two:sub(1, 1) == "}" then
    p:fail("'}' without '{'", "a brace itself is '}}'", at)
  end
  pieces[#pieces + 1], at = slot(p, at, fields)
  return at
end

--- Reads what stands in quotes that begin at `at`.
local function quoted(p, at, pieces, fields)
  local begin, quote = at, p.text:sub(at, at)
  add_text(pieces, "")
  at = at + 1
  while true do
    local stop = p.text:find(quote == '"' and '["\\{}]' or "['{}]", at)
    if not stop then p:fail("the quote is never closed", nil, begin) end
    add_text(pieces, p.text:sub(at, stop - 1))
    local char = p.text:sub(stop, stop)
    if char == quote then return stop + 1 end
    if char == "\\" then
      local escaped = p.text:match('^["\\]', stop + 1)
      add_text(pieces, escaped or "\\")
      at = stop + (escaped and 2 or 1)
    else
      at = brace(p, stop, pieces, fields)
    end
  end
end

--- Reads one word; where it ends.
local function read_word(p, at, fields)
  local begin, pieces = at, {}
  local first = p.text:sub(at, at)
  if FIRST[first] then no_shell(p, at, first, FIRST[first]) end
  while at <= #p.text and not p.text:find("^%s", at) do
    local char = p.text:sub(at, at)
    if char == "'" or char == '"' then
      at = quoted(p, at, pieces, fields)
    elseif char == "{" or char == "}" then
      at = brace(p, at, pieces, fields)
    elseif MEANS[char] then
      no_shell(p, at, char, MEANS[char])
    else
      local text = p.text:match(PLAIN, at)
      add_text(pieces, text)
      at = at + #text
    end
  end
  local word = { pieces = pieces }
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" and piece.type.kind == "list" then
      if word.list then p:fail("two lists in one word", nil, begin) end
      word.list = piece
    end
  end
  if #pieces == 1 and type(pieces[1]) == "string" then word.text = pieces[1] end
  return word, at
end

local function check_command(p, word, at)
  if not word.text then
    p:fail("the command itself cannot be a value", "a list of words can: lash.exec { command, … }", at)
  end
  if word.text == "" then p:fail("there is no command", nil, at) end
  local variable = p.text:match("^([%a_][%w_]*)=", at)
  if variable then
    p:fail("the first word is the command", ("env = { %s = … } sets a variable"):format(variable), at)
  end
end

--- The whole of it, for Parser.run.
function Parser:template()
  local words, fields = {}, {}
  local zero = self.text:find("\0", 1, true)
  if zero then self:fail("a zero byte", nil, zero) end
  local at = self.text:match "^%s*()"
  while at <= #self.text do
    local begin = at
    words[#words + 1], at = read_word(self, at, fields)
    if #words == 1 then check_command(self, words[1], begin) end
    at = self.text:match("^%s*()", at)
  end
  if #words == 0 then self:fail("there is no command", nil, 1) end
  local params = { kind = "object", fields = table.move(fields, 1, #fields, 1, {}) }
  return { source = self.text, words = words, params = params }
end

--- Reads a template.
---@param source string
---@param what? string  whose it is, for messages
---@return lash.Template?
---@return lash.Error? err  of kind usage, with line, column and hint
function M.parse(source, what) return Parser.run(Parser.template, source, what) end

local function text_of(value)
  if type(value) == "string" then return value end
  if type(value) == "number" or type(value) == "boolean" then return types.literal(value) end
  errors.raise("schema", ("%s is not a word"):format(types.shown(value)))
end

--- One word with its values put in; nil when one of them is absent. `item`: in
-- the place of the list.
local function fill(word, values, item, guarded)
  local parts = {}
  for i, piece in ipairs(word.pieces) do
    if type(piece) == "string" then
      parts[i] = piece
    else
      local value = item
      if piece ~= word.list then value = values[piece.name] end
      if value == nil then return nil end
      parts[i] = text_of(value)
      if parts[i]:find("\0", 1, true) then
        errors.raise("schema", ("the value of {%s} contains a zero byte"):format(piece.name))
      end
    end
  end
  local text = table.concat(parts)
  local first = word.pieces[1]
  if guarded and text:find "^%-" and (type(first) == "table" or first == "") then
    errors.raise("schema", ("a value would be an option of the command: %s"):format(types.shown(text)),
      { hint = "'--' before it in the template ends options; as a part of a word, --opt={x}, it is harmless" })
  end
  return text
end

--- The words of the command with these values, which fit the template's params.
-- Raises `schema` for a value that may not stand where it would.
---@param template lash.Template
---@param values table
---@return string[]
function M.argv(template, values)
  local argv, guarded = {}, true
  for _, word in ipairs(template.words) do
    if word.list then
      for _, item in ipairs(values[word.list.name] or {}) do argv[#argv + 1] = fill(word, values, item, guarded) end
    else
      argv[#argv + 1] = fill(word, values, nil, guarded)
    end
    if word.text == "--" then guarded = false end
  end
  return argv
end

return M
