--- Templates: a value is one word, or a part of one, whatever is in it.
local errors = require "lash.errors"
local json = require "lash.core.json"
local template = require "lash.template"
local types = require "lash.types"

local NASTY = { "plain", "two words", "'; $(id) \"`|&", "{x}\n*", "" }

--- A value of this type; of the texts, this one.
local function value_of(t, text)
  if t.kind == "string" then return text end
  if t.kind == "integer" or t.kind == "number" then return t.min or 7 end
  if t.kind == "enum" then return t.values[1] end
  if t.kind == "list" then return json.array { value_of(t.item, text), value_of(t.item, text) } end
  if t.kind == "union" then return value_of(t.of[1], text) end
  if t.kind == "boolean" then return true end
  return t.kind == "any" and text or nil
end

local function argv_of(read, text)
  local values = {}
  for _, field in ipairs(read.params.fields) do values[field.name] = value_of(field.type, text) end
  local checked = types.check(read.params, values)
  if not checked then return nil end
  local ok, argv = pcall(template.argv, read, checked)
  if ok then return argv end
  assert(errors.is(argv) and argv.kind == "schema", tostring(argv))
end

return function(input)
  local read, err = template.parse(input, "the command")
  if not read then
    assert(errors.is(err) and err.kind == "usage" and err.line >= 1 and err.column >= 1, tostring(err))
    assert(not err.message:find "\n", err.message)
    return
  end
  local count
  for _, text in ipairs(NASTY) do
    local argv = argv_of(read, text)
    if argv then
      assert(#argv == (count or #argv), "a value made another number of words")
      count = #argv
      assert(#argv[1] > 0)
      for _, word in ipairs(argv) do assert(type(word) == "string" and not word:find "\0") end
    end
  end
  if #read.params.fields == 0 then
    for i, word in ipairs(assert(argv_of(read, ""))) do assert(word == read.words[i].text) end
  end
end
