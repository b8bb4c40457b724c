--- What the parser of the type language stands on: the next word, errors with
--- their place, literals. The grammar (lash.types.parse) adds its own methods.
local errors = require "lash.errors"
local lex = require "lash.types.lex"
local text = require "lash.types.text"

-- The schema of a type nests several times as deep, and JSON has its own limit.
local DEPTH = 32 -- braces, brackets and parentheses in each other

---@class lash.types.Parser
---@field text string
---@field what? string  whose type it is, for messages
---@field token lash.types.Token  the next word
---@field last integer  where the word before it ended
---@field depth integer
local Parser = {}
Parser.__index = Parser

--- Line and column (in characters) of a byte.
local function place(source, at)
  local before = source:sub(1, at - 1)
  local _, lines = before:gsub("\n", "")
  local column = before:match("[^\n]*$")
  return lines + 1, (utf8.len(column) or #column) + 1
end

function Parser:fail(reason, hint, at)
  local line, column = place(self.text, at or self.token.at)
  local message = ("line %d, column %d: %s"):format(line, column, reason)
  errors.raise("usage", self.what and self.what .. ": " .. message or message,
    { hint = hint, line = line, column = column, reason = reason })
end

function Parser:found()
  local t = self.token
  if t.kind == "bad" then return t.value end
  if t.kind == "end" then return "the end" end
  if t.kind == "newline" then return "the end of the line" end
  if t.kind == "comment" then return "a comment" end
  return "'" .. text.shorten(self.text:sub(t.at, t.stop)) .. "'"
end

function Parser:fail_expected(what, hint)
  self:fail(("expected %s, found %s"):format(what, self:found()), self.token.kind ~= "bad" and hint or nil)
end

--- Takes the next word if it is of this kind.
function Parser:take(kind)
  local t = self.token
  if t.kind ~= kind then return nil end
  self.last = t.stop
  self.token = lex.next(self.text, t.stop + 1)
  return t
end

function Parser:expect(kind, hint) return self:take(kind) or self:fail_expected("'" .. kind .. "'", hint) end

function Parser:skip_newlines() while self:take "newline" do end end

--- Runs one of the parsers that may contain themselves.
function Parser:nested(parse, ...)
  if self.depth == DEPTH then self:fail(("nested deeper than %d"):format(DEPTH)) end
  self.depth = self.depth + 1
  local t = parse(self, ...)
  self.depth = self.depth - 1
  return t
end

--- A default: a string, a number, true, false, nil, {} or a list of those.
function Parser:literal()
  local token = self.token
  if self:take "string" or self:take "number" then return token.value end
  if self:take "[]" then return {} end
  if self:take "{" then
    self:expect "}"
    return {}
  end
  if self:take "[" then return self:nested(self.literals) end
  local word = token.kind == "name" and token.value
  if word == "true" or word == "false" or word == "nil" or word == "null" then
    self:take "name"
    if word == "true" or word == "false" then return word == "true" end
    return nil
  end
  self:fail_expected("a default value", word and ("a string stands in quotes: '%s'"):format(word))
end

function Parser:literals()
  local list = {}
  repeat
    self:skip_newlines()
    list[#list + 1] = self:literal()
    self:skip_newlines()
  until not self:take ","
  self:expect "]"
  return list
end

--- Runs a method on a text.
---@param method fun(self: lash.types.Parser): any
---@param source string
---@param what? string  whose type it is, for messages
---@param from? integer  where the type begins
---@return any result  nil and the error
---@return lash.Error?
function Parser.run(method, source, what, from)
  from = from or 1
  local self = setmetatable({ text = source, what = what, depth = 0, last = from - 1 }, Parser)
  local ok, result = pcall(function()
    local _, bad = utf8.len(source)
    if bad then self:fail("invalid UTF-8", nil, bad) end
    self.token = lex.next(source, from)
    return method(self)
  end)
  if ok then return result end
  -- What the parser did not raise itself (an interrupt) is not for its caller.
  if errors.is(result) and result.column then return nil, result end
  error(result, 0)
end

return Parser
