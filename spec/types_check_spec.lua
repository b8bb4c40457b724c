local json = require "lash.core.json"
local types = require "lash.types"

local ITEMS = "items: {name: string, qty: integer = 1, size?: 'small'|'large'}[], note?: string"

describe("types.check", function()
  --- Value as JSON to what comes back as JSON, or to the message.
  local function checked(text, value)
    local t = assert(types.parse(text))
    local result, message = types.check(t, assert(json.decode(value)), "args")
    if message then return message end
    return result == nil and "nil" or assert(json.encode(result))
  end

  local GOOD = {
    -- defaults, null as absent, integral floats as integers
    { ITEMS, '{"items":[{"name":"a"}],"note":null}', '{"items":[{"name":"a","qty":1}]}' },
    { ITEMS, '{"items":[{"name":"a","qty":null,"size":null}]}', '{"items":[{"name":"a","qty":1}]}' },
    { "n: integer", '{"n":3.0}', '{"n":3}' },
    { "n: integer", '{"n":9007199254740993}', '{"n":9007199254740993}' },
    { "n: number", '{"n":3}', '{"n":3}' },
    { "n: 0..10", '{"n":10.0}', '{"n":10}' },
    { "1|2", "1.0", "1" },
    { "number|integer", "1.5", "1.5" },
    { "string|integer", "3.0", "3" },
    { "b: boolean = true", '{"b":false}', '{"b":false}' },
    { "l: string[] = ['x']", "{}", '{"l":["x"]}' },
    { "o: {n: integer = 1} = {}", "{}", '{"o":{"n":1}}' },
    { "string[]", "[]", "[]" },
    { "string[]", "{}", "[]" },
    { "{}", "{}", "{}" },
    { "string?", "null", "nil" },
    { "(integer?)[]", "[1,null,2.0]", "[1,null,2]" },
    { "{[string]: integer}", '{"a":1.0,"b":null}', '{"a":1}' },
    { "any", '{"a":[1,null,{"b":null}],"c":[],"d":{}}', '{"a":[1,null,{}],"c":[],"d":{}}' },
    { "any", "[]", "[]" },
    { "x: any", '{"x":null}', "{}" },
    { "table", '{"a":{"b":"c"}}', '{"a":{"b":"c"}}' },
    { "{a: string}|string", '"x"', '"x"' },
    { "string", '"\\u0000"', '"\\u0000"' },
  }
  for _, case in ipairs(GOOD) do
    it(("takes %s for %s"):format(case[2], case[1]), function() assert.equal(case[3], checked(case[1], case[2])) end)
  end

  local BAD = {
    { ITEMS, '{"items":[{"name":"a"},{"name":"b","qty":"three"}]}',
      'args.items[2].qty: expected integer, got "three"' },
    { ITEMS, "{}", "args.items: expected {name: string, qty: integer = 1, size?: \"small\"|\"large\"}[], got nothing" },
    { ITEMS, '{"items":null}',
      "args.items: expected {name: string, qty: integer = 1, size?: \"small\"|\"large\"}[], got null" },
    { ITEMS, '{"items":[{"name":"a","qtty":1}]}', 'args.items[1]: unknown field "qtty" (did you mean "qty"?)' },
    { ITEMS, '{"items":[],"zebra":1,"yak":2}', 'args: unknown field "yak" (known: items, note)' },
    { "{}", '{"a":1}', 'args: unknown field "a" (there are none)' },
    { [[{ "two\nlines"?: any, b?: any }]], '{"zebra":1}', [[args: unknown field "zebra" (known: "two\nlines", b)]] },
    { ITEMS, '{"items":[{"name":"a","size":"smal"}]}',
      'args.items[1].size: expected "small"|"large", got "smal" (did you mean "small"?)' },
    { ITEMS, '[]', nil },
    { "n: integer", '{"n":3.5}', "args.n: expected integer, got 3.5" },
    { "n: integer", '{"n":1e300}', "args.n: expected integer, got 1e+300" },
    { "n: integer", '{"n":99999999999999999999}', "args.n: expected integer, got 1e+20" },
    { "n: integer", '{"n":"3"}', 'args.n: expected integer, got "3"' },
    { "n: integer", '{"n":true}', "args.n: expected integer, got true" },
    { "n: 0..10", '{"n":11}', "args.n: expected 0..10, got 11" },
    { "n: 0..1.5", '{"n":-0.5}', "args.n: expected 0..1.5, got -0.5" },
    { "s: string", '{"s":1}', "args.s: expected string, got 1" },
    { "b: boolean", '{"b":"true"}', 'args.b: expected boolean, got "true"' },
    { "x: any", "{}", "args.x: expected any, got nothing" },
    { "string[]", '{"a":1}', "args: expected string[], got an object" },
    { "string[]", '["a",null]', "args[2]: expected string, got null" },
    { "string[]", '"a"', 'args: expected string[], got "a"' },
    { "{a: string}", '["a"]', "args: expected {a: string}, got a list" },
    { "{[string]: {n: integer}}", '{"b":{"n":1},"a b":{"n":"x"}}', 'args["a b"].n: expected integer, got "x"' },
    { "string|integer", "true", "args: expected string|integer, got true" },
    { "{a: integer}|string", '{"a":"x"}', 'args.a: expected integer, got "x"' },
    { "{a: integer}|{b: integer}", '{"a":"x"}', "args: expected {a: integer}|{b: integer}, got an object" },
    { "'a'|1", "2", 'args: expected "a"|1, got 2' },
    { "integer", '"line\\nwith \\"quotes\\" and a very long text behind it, é"',
      'args: expected integer, got "line\\nwith \\"quotes\\" and a very long text …"' },
  }
  for _, case in ipairs(BAD) do
    it(("refuses %s for %s"):format(case[2], case[1]), function()
      if case[3] then
        assert.equal(case[3], checked(case[1], case[2]))
      else
        assert.matches("^args: expected {.*, got a list$", checked(case[1], case[2]))
      end
    end)
  end

  it("gives a copy and leaves the original alone", function()
    local t = assert(types.parse "l: integer[], d: string[] = ['x']")
    local value = { l = { 1.0 } }
    local first, second = types.check(t, value), types.check(t, value)
    assert.same({ l = { 1.0 } }, value)
    assert.equal("float", math.type(value.l[1]))
    first.d[1] = "changed"
    assert.equal("x", second.d[1])
  end)

  it("refuses what only Lua has", function()
    local any, list, map = types.parse "any", types.parse "any[]", types.parse "table"
    local loop = {}
    loop.loop = loop
    local CASES = {
      { any, print, "value: expected a value that JSON has, got a function" },
      { any, { a = { io.stdout } }, "value.a[1]: expected a value that JSON has, got a userdata" },
      { any, 0 / 0, nil }, { any, math.huge, "value: expected any, got inf" },
      { list, { 1, 2, x = 3 }, "value: expected any[], got a list" },
      { list, { 1, nil, 3 }, nil },
      { map, { [1.5] = 1 }, "value: expected {[string]: any}, got an object" },
      { map, { [true] = 1 }, "value: expected {[string]: any}, got an object" },
    }
    for _, case in ipairs(CASES) do
      local result, message = types.check(case[1], case[2])
      assert.is_nil(result)
      if case[3] then assert.equal(case[3], message) else assert.is_string(message) end
    end
    local _, message = types.check(any, loop)
    assert.matches("nested deeper than 512$", message)
  end)

  it("quotes a short piece of what is long", function()
    local _, message = types.check(types.parse "'ab'|'cd'", ("a"):rep(1 << 20))
    assert.equal('value: expected "ab"|"cd", got "' .. ("a"):rep(40) .. '…"', message)
    _, message = types.check(types.parse "a: string", { [("k"):rep(1 << 20)] = 1 })
    assert.equal('value: unknown field "' .. ("k"):rep(40) .. '…" (known: a)', message)
    _, message = types.check(types.parse "integer", ("é"):rep(100))
    assert.truthy(utf8.len(message))
  end)
end)
