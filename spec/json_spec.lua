local cjson = require "cjson"
local core = require "lash.core.json"
local json = require "lash.json"

-- A value of random shape that both libraries can say: no empty tables, numbers
-- of at most 14 digits.
local function random_value(depth)
  local kind = math.random(depth > 0 and 7 or 5)
  if kind == 1 then return math.random() < 0.5 end
  if kind == 2 then return math.random(-99999999999999, 99999999999999) end
  if kind == 3 then return math.random(-1000, 1000) / 16 + 1 / 32 end
  if kind == 4 then return json.null end
  if kind == 5 then
    local codes = {}
    for i = 1, math.random(0, 12) do
      codes[i] = math.random(2) == 1 and math.random(0, 127) or math.random(0xE000, 0x10FFFF)
    end
    return utf8.char(table.unpack(codes))
  end
  local t = {}
  for i = 1, math.random(5) do
    t[kind == 6 and i or ("k" .. math.random(1000))] = random_value(depth - 1)
  end
  return t
end

describe("lash.json against cjson", function()
  it("agrees both ways on random values", function()
    math.randomseed(7)
    for _ = 1, 500 do
      local v = random_value(5)
      assert.same(v, cjson.decode(json.encode({ v }))[1])
      assert.same(v, cjson.decode(json.encode({ v }, 2))[1])
      assert.same(v, json.decode(cjson.encode { v })[1])
      assert.same(v, json.decode(json.encode(v)))
    end
  end)

  it("shares its null", function()
    assert.equal(cjson.null, json.null)
    assert.equal(cjson.null, json.decode "null")
  end)
end)

describe("lash.json.encode", function()
  local cases = {
    { "{}", {} },
    { "[]", json.array {} },
    { '{"list":[],"object":{}}', { list = json.array {}, object = {} } },
    { "[1,2,3]", { 1, 2, 3 } },
    { "null", nil },
    { "[9223372036854775807,-9223372036854775808]", { math.maxinteger, math.mininteger } },
    { "[1,1.0,0.1,-0.0,1e+300]", { 1, 1.0, 0.1, -0.0, 1e300 } },
    { '{"":1,"A":2,"a":3,"aa":4,"\xC3\xA9":6}', { aa = 4, a = 3, A = 2, ["\xC3\xA9"] = 6, [""] = 1 } },
    { '{"1":1,"10":2,"2":3}', { ["2"] = 3, ["10"] = 2, ["1"] = 1 } },
    { [["a\u0000\n\"\\]] .. "\xEF\xBF\xBD" .. '"', 'a\0\n"\\\xFF' },
  }
  for _, case in ipairs(cases) do
    it("writes " .. case[1]:gsub("%c", "?"), function() assert.equal(case[1], json.encode(case[2])) end)
  end

  it("indents", function()
    assert.equal('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}',
      json.encode({ a = { 1, {} }, b = json.array {} }, 2))
  end)

  it("does not call metamethods", function()
    local loud = setmetatable({ x = 1 }, {
      __index = error, __pairs = error, __len = error, __tostring = error,
    })
    assert.equal('{"x":1}', json.encode(loud))
  end)

  it("says where a value stands that has no JSON", function()
    local cycle = { a = {} }
    cycle.a.b = cycle
    local deep = {}
    for _ = 1, 512 do deep = { deep } end
    local refused = {
      { "$: cannot encode a function", print },
      { "$.items[2].f: cannot encode a function", { items = { 1, { f = print } } } },
      { '$["a b"][1]: cannot encode NaN', { ["a b"] = { 0 / 0 } } },
      { "$.x: cannot encode infinity", { x = -math.huge } },
      { "$.a.b: cannot encode a table inside itself", cycle },
      { "$.t: cannot encode a coroutine", { t = coroutine.create(print) } },
      { "$[1]: cannot encode a userdata", { io.stdout } },
      { "$: cannot encode a list with holes", { 1, nil, 3 } },
      { "$: cannot encode a list with holes", { [0] = 1 } },
      { "$: cannot encode a table that is both list and object", { 1, x = 2 } },
      { "$.l: cannot encode a table that is both list and object", { l = json.array { x = 2 } } },
      { "$: cannot encode a table with keys that are neither strings nor a sequence", { [true] = 1 } },
      { "$: cannot encode a table with keys that are neither strings nor a sequence", { [1.5] = 1 } },
    }
    for _, case in ipairs(refused) do
      local ok, err = pcall(json.encode, case[2])
      assert.is_false(ok)
      assert.same({ "usage", case[1] }, { err.kind, err.message })
    end
    local _, message, code = core.encode(deep)
    assert.matches("^%$%[1%]%[1%].*%.%.%.: cannot encode tables nested so deeply$", message)
    assert.equal("usage", code)
  end)

  it("writes the same table twice, side by side", function()
    local t = { 1 }
    assert.equal('{"a":[1],"b":[1]}', json.encode { a = t, b = t })
  end)

  it("writes large objects", function()
    local t = {}
    for i = 1, 20000 do t[("k%05d"):format(i)] = i end
    local text = json.encode(t)
    assert.equal('{"k00001":1,"k00002":2,', text:sub(1, 23))
    assert.same(t, cjson.decode(text))
  end)
end)

describe("lash.json.decode", function()
  it("keeps types and all digits", function()
    local v = json.decode "[12345678901234567, 1.0, -0, 9223372036854775808]"
    assert.equal(12345678901234567, v[1])
    assert.same({ "integer", "float", "float", "float" },
      { math.type(v[1]), math.type(v[2]), math.type(v[3]), math.type(v[4]) })
    assert.equal("-inf", tostring(1 / v[3]))
  end)

  it("keeps lists lists and objects objects", function()
    local text = '{"a":[],"b":{},"c":[[],[null]]}'
    assert.equal(text, json.encode(json.decode(text)))
    assert.is_true(core.is_array(json.decode "[]"))
    assert.is_false(core.is_array(json.decode "{}"))
  end)

  it("lets the last of equal keys win", function()
    assert.same({ a = 3 }, json.decode '{"a":1,"a":{"b":2},"a":3}')
  end)

  it("raises schema with the place of what is wrong", function()
    local ok, err = pcall(json.decode, '{"a":\n [1,]}')
    assert.is_false(ok)
    assert.same({ "schema", 65 }, { err.kind, err.exit })
    assert.equal("not JSON: line 2, column 5: unallowed token at this point in JSON text", err.message)
  end)

  it("returns false and null as they are", function()
    assert.is_false(json.decode "false")
    assert.equal(json.null, json.decode "null")
  end)

  it("survives a finalizer that decodes in the middle of it", function()
    local ran = 0
    local function litter()
      setmetatable({}, { __gc = function()
        ran = ran + 1
        assert(json.decode(json.encode { ran })[1] == ran)
      end })
    end
    local text = "[" .. ('{"a":[1,2,"x"]},'):rep(2000) .. "0]"
    for _ = 1, 50 do
      litter()
      assert.equal(2001, #json.decode(text))
    end
    collectgarbage()
    assert.is_true(ran > 0)
  end)

  it("reads comments only where they are allowed", function()
    assert.same({ a = 1 }, core.decode('{"a": 1} // why', { comments = true }))
    local value, message, code = core.decode '{"a": 1} // why'
    assert.is_nil(value)
    assert.matches("^line 1, column 10: ", message)
    assert.equal("syntax", code)
  end)
end)

describe("lash.json.decode of what people write", function()
  it("refuses a key that an object has already", function()
    local value, message, code = core.decode('{"a": 1,\n "b": {"a": 2}, "a": null}', { comments = true })
    assert.same({ nil, "line 2, column 19: the object has this key already", "syntax" }, { value, message, code })
    assert.same({ a = 2 }, core.decode '{"a": 1, "a": 2}') -- the last counts, as in lua-cjson
    assert.is_nil((core.decode('{"a": null, "\\u0061": 1}', { comments = true })))
  end)
end)

describe("lash.json.array", function()
  it("marks the table it is given", function()
    local t = { 1 }
    assert.equal(t, json.array(t))
    assert.equal(t, json.array(t))
    assert.is_true(core.is_array(t))
    assert.is_false(core.is_array { 1 })
  end)

  it("keeps its hands off a table of somebody else's class", function()
    assert.has_error(function() json.array(setmetatable({}, {})) end)
  end)
end)
