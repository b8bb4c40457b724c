--- Text of the type language to types (grammar in docs, by example in the spec).
--
--   fields  = { field ( "," | newline ) }      field = name [ "?" ] ":" type [ "=" literal ]
--   type    = suffixed { "|" suffixed }        suffixed = primary { "[]" | "?" }
--   primary = name | literal | number ".." number | "{" fields "}" | "{" "[" "string" "]" ":" type "}"
--           | "(" type ")" | "table" [ "<" type "," type ">" ]
--
-- A suffix touches what it stands behind, so that a description may begin with
-- "?" or "[" (`---@param x string [m/s]`).
local check = require "lash.types.check"
local lex = require "lash.types.lex"
local Parser = require "lash.types.parser"
local spelling = require "lash.spelling"
local text = require "lash.types.text"

local M = {}

local DIMENSIONS = 4 -- T[][][][]

local TYPES = { "string", "integer", "number", "boolean", "any" }
local HINT = [[types are string, integer, number, boolean, any, "a"|"b", 0..10, T[], {k: T}, {[string]: T} and T?]]
local OTHER_NAMES = {
  int = "integer", long = "integer", float = "number", double = "number", str = "string", text = "string",
  bool = "boolean", list = "T[]", array = "T[]", object = "{k: T}", dict = "{[string]: T}", map = "{[string]: T}",
}

-- Literals in a union become one enum, where the first of them stands.
local function union(parts)
  local of, nullable, enum, seen = {}, nil, nil, {}
  local function add(t)
    nullable = nullable or t.nullable or t.kind == "null" or nil
    if t.kind == "union" then
      for _, inner in ipairs(t.of) do add(inner) end
    elseif t.kind == "enum" then
      if not enum then
        enum = { kind = "enum", values = {} }
        of[#of + 1] = enum
      end
      for _, value in ipairs(t.values) do
        if not seen[value] then
          seen[value] = true
          enum.values[#enum.values + 1] = value
        end
      end
    elseif t.kind ~= "null" then
      t.nullable = nil
      of[#of + 1] = t
    end
  end
  for _, part in ipairs(parts) do add(part) end
  if #of == 0 then return { kind = "null" } end
  local t = #of == 1 and of[1] or { kind = "union", of = of }
  t.nullable = nullable
  return t
end

--- A "|" goes on with the type, also at the beginning of the next line.
function Parser:take_bar()
  local token, last = self.token, self.last
  self:skip_newlines()
  if self:take "|" then
    self:skip_newlines()
    return true
  end
  self.token, self.last = token, last
end

function Parser:type()
  local at = self.token.at
  local parts = { self:suffixed() }
  while self:take_bar() do parts[#parts + 1] = self:suffixed() end
  local t = #parts == 1 and parts[1] or union(parts)
  if t.kind == "null" then self:fail("nil alone is not a type", "write 'string|nil' or 'string?'", at) end
  return t
end

function Parser:suffixed()
  local t = self:primary()
  local dimensions = 0
  while t.kind ~= "null" and self.token.at == self.last + 1 do
    if self.token.kind == "[]" then
      if dimensions == DIMENSIONS then self:fail(("more than %d times []"):format(DIMENSIONS)) end
      self:take "[]"
      dimensions = dimensions + 1
      t = { kind = "list", item = t }
    elseif self:take "?" then
      t.nullable = true
    else
      break
    end
  end
  return t
end

function Parser:primary()
  local token = self.token
  if self:take "string" then return { kind = "enum", values = { token.value } } end
  if self:take "number" then return self:range_or_number(token) end
  if self:take "{" then return self:nested(self.object) end
  if self:take "(" then return self:nested(self.group) end
  if self:take "name" then return self:named(token) end
  self:fail_expected("a type", HINT)
end

function Parser:range_or_number(first)
  if not self:take ".." then return { kind = "enum", values = { first.value } } end
  local last = self:take "number" or self:fail_expected("the end of the range, a number")
  if first.value > last.value then self:fail("the range is empty: its end is below its beginning", nil, first.at) end
  local whole = math.type(first.value) == "integer" and math.type(last.value) == "integer"
  return { kind = whole and "integer" or "number", min = first.value, max = last.value }
end

function Parser:group()
  self:skip_newlines()
  local t = self:type()
  self:skip_newlines()
  self:expect ")"
  return t
end

function Parser:named(token)
  local name = token.value
  if name == "true" or name == "false" then return { kind = "enum", values = { name == "true" } } end
  if name == "nil" or name == "null" then return { kind = "null" } end
  if name == "table" then return self:take "<" and self:nested(self.generic, token) or M.open() end
  for _, known in ipairs(TYPES) do
    if name == known then return { kind = known } end
  end
  if name == "fun" or name == "function" then
    self:fail("a function cannot come from outside", HINT, token.at)
  end
  local near = OTHER_NAMES[name] or #name > 2 and spelling.nearest(text.shorten(name), TYPES)
  self:fail(("unknown type '%s'"):format(text.shorten(name)),
    near and ("did you mean '%s'?"):format(near) or HINT, token.at)
end

--- table<string, T> is an object, table<integer, T> a list.
function Parser:generic(token)
  local key = self:type()
  self:expect ","
  local value = self:type()
  self:expect ">"
  if key.kind == "string" then return { kind = "object", fields = {}, extra = value } end
  if key.kind == "integer" then return { kind = "list", item = value } end
  self:fail("the keys of a table are string or integer", nil, token.at)
end

function Parser:object()
  local about = self:take "comment"
  self:skip_newlines()
  local t
  if self:take "[" then
    local key = self:take "name"
    if not key or key.value ~= "string" then self:fail("the keys of an object are [string]", nil, key and key.at) end
    self:expect "]"
    self:expect ":"
    t = { kind = "object", fields = {}, extra = self:type() }
    self:skip_newlines()
  else
    t = { kind = "object", fields = self:fields "}" }
  end
  self:expect "}"
  t.about = about and about.value
  return t
end

--- Fields up to a closing word, which is left standing. A comment describes the
--- field before it on its line (and goes on in the lines right below); on a
--- line of its own otherwise, the field that follows.
function Parser:fields(close)
  local fields, seen = {}, {}
  local separated, comma = true, false -- may a field, may a comma stand here?
  local target, commented, pending
  while self.token.kind ~= close do
    local token = self.token
    if self:take "newline" then
      separated = true
      if not commented then target = nil end
      commented = false
    elseif self:take "comment" then
      commented = true
      if target then
        target.about = target.about and target.about .. " " .. token.value or token.value
      else
        pending = pending and pending .. " " .. token.value or token.value
      end
    elseif comma and self:take "," then
      separated, comma = true, false
    elseif separated and (token.kind == "name" or token.kind == "string") then
      target = self:field(seen)
      target.about, pending = pending, nil
      fields[#fields + 1] = target
      separated, comma, commented = false, true, false
    elseif separated then
      self:fail_expected(("a field, 'name: type'%s"):format(close == "}" and " or '}'" or ""))
    else
      self:fail_expected("',' or a new line")
    end
  end
  return fields
end

function Parser:field(seen)
  local name = self:take "name" or self:take "string"
  if seen[name.value] then self:fail(("the field %s stands here twice"):format(text.name(name.value)), nil, name.at) end
  seen[name.value] = true
  local optional = self:take "?" ~= nil
  if not self:take ":" then
    self:fail_expected("':' after " .. text.name(name.value),
      "a field is 'name: type'; a name that is not letters, digits and _ stands in quotes")
  end
  self:skip_newlines()
  local field = M.new_field(name.value, self:type(), optional)
  if self:take "=" then
    self:skip_newlines()
    local at = self.token.at
    field.default = self:literal()
    field.optional = true
    if field.default ~= nil then
      local default, problem = check(field.type, field.default, "the default of " .. text.name(field.name))
      if problem then self:fail(problem, nil, at) end
      field.default = default
    end
  end
  return field
end

--- Does a list of fields begin here? No type begins with `name:` or `name?:`.
function Parser:at_fields()
  local token = self.token
  while token.kind == "newline" or token.kind == "comment" do token = lex.next(self.text, token.stop + 1) end
  if token.kind ~= "name" and token.kind ~= "string" then return false end
  token = lex.next(self.text, token.stop + 1)
  if token.kind == "?" then token = lex.next(self.text, token.stop + 1) end
  return token.kind == ":"
end

function Parser:whole_fields() return { kind = "object", fields = self:fields "end" } end

function Parser:whole()
  if self:at_fields() then return self:whole_fields() end
  self:skip_newlines()
  local t = self:type()
  self:skip_newlines()
  local about = self:take "comment"
  t.about = about and about.value or t.about
  self:skip_newlines()
  if self.token.kind ~= "end" then self:fail_expected "the end of the type" end
  return t
end

--- A type, whatever follows it.
function Parser:type_and_stop() return { type = self:type(), stop = self.last + 1 } end

--- Any JSON object.
function M.open() return { kind = "object", fields = {}, extra = { kind = "any" } } end

--- A field; one whose type admits nil may be left out.
---@return lash.types.Field
function M.new_field(name, t, optional)
  optional = optional or t.nullable or false
  t.nullable = nil
  return { name = name, type = t, optional = optional }
end

--- Reads a bare type, or a list of fields.
function M.parse(source, what) return Parser.run(Parser.whole, source, what) end

--- Reads a list of fields, which may be empty.
function M.fields(source, what) return Parser.run(Parser.whole_fields, source, what) end

--- Reads the type at a position; returns it and the position behind it.
function M.prefix(source, from)
  local found, err = Parser.run(Parser.type_and_stop, source, nil, from)
  if not found then return nil, err end
  return found.type, found.stop
end

return M
