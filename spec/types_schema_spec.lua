local json = require "lash.core.json"
local types = require "lash.types"

describe("types.from_schema", function()
  local function load(text) return types.from_schema(assert(json.decode(text))) end

  -- schema, value, result or message
  local CASES = {
    { '{"type":"object","properties":{"n":{"type":"integer","minimum":0}},"required":["n"]}', '{"n":2.0}', '{"n":2}' },
    { '{"type":"object","properties":{"n":{"type":"integer","minimum":0}},"required":["n"]}', '{"n":-1}',
      "args.n: expected integer (at least 0), got -1" },
    { '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}', "{}",
      "args.n: expected integer, got nothing" },
    { '{"type":"object","required":["n"]}', "{}", "args.n: expected any, got nothing" },
    { '{"type":"object"}', '{"any":[1]}', '{"any":[1]}' },
    { '{"properties":{"a":{}},"additionalProperties":false}', '{"b":1}',
      'args: unknown field "b" (known: a)' },
    { '{"type":"object","additionalProperties":{"type":"string"}}', '{"b":1}', "args.b: expected string, got 1" },
    { '{"type":"object","properties":{"a":{"type":"boolean","default":false}}}', "{}", '{"a":false}' },
    { '{"type":"object","properties":{"a":{"type":"string","default":null}}}', "{}", "{}" },
    { '{"type":["string","null"]}', "null", "nil" },
    { '{"type":["string","integer"]}', "3.0", "3" },
    { '{"type":["string","integer"],"minLength":2}', '"a"',
      'args: expected string (at least 2 characters)|integer, got "a"' },
    { '{"type":"null"}', "null", "nil" },
    { '{"type":"null"}', "1", "args: expected nil, got 1" },
    { '{"enum":["a",1,null]}', "null", "nil" },
    { '{"type":"string","enum":["red","green"]}', '"gren"',
      'args: expected "red"|"green", got "gren" (did you mean "green"?)' },
    { '{"const":"x"}', '"y"', 'args: expected "x", got "y"' },
    { '{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null,"title":"N"}', "null", "nil" },
    { '{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}', "[]",
      "args: expected integer[] (at least 1 items, at most 2 items), got 0" },
    { '{"items":{"type":"integer"}}', "[1.0]", "[1]" },
    { '{"type":"string","minLength":2,"maxLength":3}', '"éé"', '"éé"' },
    { '{"type":"string","maxLength":3}', '"abcd"', 'args: expected string (at most 3 characters), got "abcd"' },
    { '{"type":"number","exclusiveMinimum":0,"maximum":1}', "0",
      "args: expected number (at most 1, above 0), got 0" },
    { '{"type":"integer"}', '"5"', 'args: expected integer, got "5"' },
    { '{"type":"string","nullable":true}', "null", "nil" },
    { '{"type":"string","nullable":false}', "null", "args: expected string, got null" },
    { '{"type":"string","enum":["a"],"nullable":true}', "null", "nil" },
    { '{"type":"object","properties":{"o":{"type":"object","properties":{"n":{"type":"integer","default":5}}}}}',
      '{"o":{}}', '{"o":{"n":5}}' },
    { '{"type":"object","properties":{"items":{"type":"array","items":{"type":"object",'
      .. '"properties":{"qty":{"type":"integer"}}}}}}', '{"items":[{"qty":1},{"qty":"three"}]}',
      'args.items[2].qty: expected integer, got "three"' },
    { "{}", '{"a":1}', '{"a":1}' },
    { '{"type":"object","properties":{"x":true}}', '{"x":1}', '{"x":1}' },
  }
  for _, case in ipairs(CASES) do
    it(("checks %s by %s"):format(case[2], case[1]), function()
      local t = assert(load(case[1]))
      local result, message = types.check(t, json.decode(case[2]), "args")
      assert.equal(case[3], message or result == nil and "nil" or json.encode(result))
    end)
  end

  local REFUSED = {
    { '{"type":"object","properties":{"a":{"type":"string","pattern":"^x"}}}',
      "schema.properties.a: lash cannot check 'pattern'" },
    { '{"$ref":"#/$defs/x"}', "schema: lash cannot check '$ref'" },
    { '{"oneOf":[]}', "schema: lash cannot check 'oneOf'" },
    { '{"type":"strin"}', 'schema.type: unknown type "strin"' },
    { '{"type":7}', "schema.type: expected a string, got 7" },
    { '{"type":"object","properties":[1]}', "schema.properties: expected a string, got 1" },
    { '{"type":"object","properties":{"a":"string"}}', 'schema.properties.a: expected an object, got "string"' },
    { '{"type":"object","required":"a"}', 'schema.required: expected a list, got "a"' },
    { '{"type":"object","required":[1]}', "schema.required[1]: expected a string, got 1" },
    { '{"type":"integer","minimum":"0"}', 'schema.minimum: expected a number, got "0"' },
    { '{"type":"number","exclusiveMinimum":true}', "schema.exclusiveMinimum: expected a number, got true" },
    { '{"type":"integer","minimum":5,"maximum":2}', "schema: no value is at least 5 and at most 2" },
    { '{"type":"array","minItems":3,"maxItems":2}', "schema: no value is at least 3 and at most 2" },
    { '{"type":"string","minLength":1.5}', "schema.minLength: expected an integer of 0 or more, got 1.5" },
    { '{"type":"string","maxLength":-1}', "schema.maxLength: expected an integer of 0 or more, got -1" },
    { '{"type":"string","nullable":1}', "schema.nullable: expected a boolean, got 1" },
    { '{"type":"string","description":["x"]}', "schema.description: expected a string, got a list" },
    { '{"type":[]}', "schema.type: expected at least one type" },
    { '{"allOf":[]}', "schema: lash cannot check 'allOf'" },
    { '{"type":"array","uniqueItems":true}', "schema: lash cannot check 'uniqueItems'" },
    { '{"enum":[]}', "schema: an enum without values" },
    { '{"enum":[{}]}', "schema: lash can check an enum of strings, numbers, booleans and null only" },
    { '{"type":"string","enum":["a",1]}', "schema.enum: expected string, got 1" },
    { '{"anyOf":[]}', "schema.anyOf: expected at least one schema" },
    { '{"anyOf":[{"type":"string"}],"minLength":1}', "schema: lash cannot check 'anyOf' beside 'minLength'" },
    { '{"type":"array","items":[{}]}', "schema.items: lash cannot check '1'" },
    { '{"type":"integer","default":"x"}', 'schema.default: expected integer, got "x"' },
    { '{"type":"object","additionalProperties":{"not":{}}}', "schema.additionalProperties: lash cannot check 'not'" },
    { ('{"items":'):rep(100) .. "{}" .. ("}"):rep(100), "schema" .. (".items"):rep(65) .. ": nested deeper than 64" },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses at load " .. case[1]:sub(1, 80), function()
      local t, err = load(case[1])
      assert.is_nil(t)
      assert.equal("usage", err.kind)
      assert.equal(case[2], err.message)
    end)
  end

  it("gives the schema back as it was, its lists being lists", function()
    local t = assert(types.from_schema {
      type = "object", title = "T", required = {},
      properties = { a = { type = "array", items = { enum = { "x" } }, default = {} }, b = {} },
    })
    assert.equal('{"properties":{"a":{"default":[],"items":{"enum":["x"]},"type":"array"},"b":{}},'
      .. '"title":"T","type":"object"}', json.encode(types.schema(t)))
    assert.equal('{"properties":{},"type":"object"}', json.encode(types.schema(assert(load '{"type":"object"}'))))
  end)

  it("leaves the caller's table alone", function()
    local schema = { type = "object", properties = {}, required = {} }
    assert(types.from_schema(schema))
    assert.same({ type = "object", properties = {}, required = {} }, schema)
  end)
end)
