local json = require "lash.core.json"
local types = require "lash.types"

describe("types.parse", function()
  -- text, canonical text (true: the same), JSON Schema
  local CASES = {
    { "string", true, '{"type":"string"}' },
    { "integer", true, '{"type":"integer"}' },
    { "any", true, "{}" },
    { "0..10", true, '{"maximum":10,"minimum":0,"type":"integer"}' },
    { "-5..-1", true, '{"maximum":-1,"minimum":-5,"type":"integer"}' },
    { "0..1.5", true, '{"maximum":1.5,"minimum":0,"type":"number"}' },
    { "9007199254740993..9223372036854775807", true,
      '{"maximum":9223372036854775807,"minimum":9007199254740993,"type":"integer"}' },
    { "'a'|\"b\"", '"a"|"b"', '{"enum":["a","b"],"type":"string"}' },
    { "1|2|2", "1|2", '{"enum":[1,2],"type":"integer"}' },
    { "true|'auto'", 'true|"auto"', '{"enum":[true,"auto"]}' },
    { [['it\'s'|"\"\\\n\u{e9}"]], [["it's"|"\"\\\né"]], [[{"enum":["it's","\"\\\né"],"type":"string"}]] },
    { "string[]", true, '{"items":{"type":"string"},"type":"array"}' },
    { "integer[][]", true, '{"items":{"items":{"type":"integer"},"type":"array"},"type":"array"}' },
    { "('a'|'b')[]", '("a"|"b")[]', '{"items":{"enum":["a","b"],"type":"string"},"type":"array"}' },
    { "(string?)[]", "(string|nil)[]", '{"items":{"anyOf":[{"type":"string"},{"type":"null"}]},"type":"array"}' },
    { "string?", "string|nil", '{"anyOf":[{"type":"string"},{"type":"null"}]}' },
    { "number|nil", true, '{"anyOf":[{"type":"number"},{"type":"null"}]}' },
    { "string|integer", true, '{"anyOf":[{"type":"string"},{"type":"integer"}]}' },
    { "'auto'|integer|'off'|nil", '"auto"|"off"|integer|nil',
      '{"anyOf":[{"enum":["auto","off"],"type":"string"},{"type":"integer"},{"type":"null"}]}' },
    { "{}", true, '{"properties":{},"type":"object"}' },
    { "{a: integer, b?: string}", true,
      '{"properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"],"type":"object"}' },
    { "{a?: integer}", true, '{"properties":{"a":{"type":"integer"}},"type":"object"}' },
    { "{a: integer?}", "{a?: integer}", '{"properties":{"a":{"type":"integer"}},"type":"object"}' },
    { "{'content-type': string}", '{"content-type": string}',
      '{"properties":{"content-type":{"type":"string"}},"required":["content-type"],"type":"object"}' },
    { "{[string]: integer}", true, '{"additionalProperties":{"type":"integer"},"type":"object"}' },
    { "table", "{[string]: any}", '{"type":"object"}' },
    { "table<string, number>", "{[string]: number}", '{"additionalProperties":{"type":"number"},"type":"object"}' },
    { "table<integer, string>", "string[]", '{"items":{"type":"string"},"type":"array"}' },
    { "( string )", "string", '{"type":"string"}' },
    { "\n 'a'\n | 'b' -- which\n", '"a"|"b"', '{"description":"which","enum":["a","b"],"type":"string"}' },
    -- a list of fields is an object, and needs no braces
    { "verdict: 'ok'|'bugs', bugs: {file: string, line: integer}[]",
      '{verdict: "ok"|"bugs", bugs: {file: string, line: integer}[]}',
      '{"properties":{"bugs":{"items":{"properties":{"file":{"type":"string"},"line":{"type":"integer"}},'
        .. '"required":["file","line"],"type":"object"},"type":"array"},'
        .. '"verdict":{"enum":["ok","bugs"],"type":"string"}},"required":["verdict","bugs"],"type":"object"}' },
    { "a?: string", "{a?: string}", '{"properties":{"a":{"type":"string"}},"type":"object"}' },
  }
  for _, case in ipairs(CASES) do
    it("reads " .. case[1], function()
      local t = assert(types.parse(case[1]))
      local canonical = case[2] == true and case[1] or case[2]
      assert.equal(canonical, types.text(t))
      assert.equal(case[3], json.encode(types.schema(t)))
      local again = assert(types.parse(canonical))
      assert.equal(canonical, types.text(again))
    end)
  end

  it("gives big defaults and bounds all 64 bits", function()
    local t = assert(types.fields "id: integer = -9223372036854775808")
    assert.equal(math.mininteger, t.fields[1].default)
  end)

  it("reads free text behind a type as somebody else's", function()
    for text, stop in pairs {
      ["integer  Don't \"panic"] = 8, ["string [m/s]"] = 7, ["string ? maybe"] = 7, ["'a'|'b'é"] = 8,
      ["string | nil rest"] = 13, ["table<string, integer[]> x"] = 25,
    } do
      local _, at = types.prefix(text, 1)
      assert.equal(stop, at, text)
    end
  end)
end)

describe("types.fields", function()
  local function read(text)
    local out = {}
    for i, f in ipairs(assert(types.fields(text)).fields) do
      out[i] = ("%s%s %s %s %s"):format(f.name, f.optional and "?" or "", types.text(f.type),
        types.literal(f.default), f.about or "-")
    end
    return table.concat(out, "; ")
  end

  local CASES = {
    { "", "" },
    { " \n -- nothing\n", "" },
    { "a: integer, b?: string = 'x' -- text", 'a integer nil -; b? string "x" text' },
    { "a: integer,\nb: string,\n", "a integer nil -; b string nil -" },
    { "a: integer\n, b: string", "a integer nil -; b string nil -" },
    { "a: boolean = false, n: number = 1.0, l: string[] = ['x', \"y\"], e: string[] = []",
      'a? boolean false -; n? number 1.0 -; l? string[] ["x", "y"] -; e? string[] [] -' },
    { "a: string|nil, b: string = nil, c: any", "a? string nil -; b? string nil -; c any nil -" },
    -- whom a comment describes
    { "a: integer, -- first\nb: string -- second", "a integer nil first; b string nil second" },
    { "-- about a\na: integer\n-- about b\nb: string", "a integer nil about a; b string nil about b" },
    { "a: integer -- begins\n           -- and goes on\nb: string",
      "a integer nil begins and goes on; b string nil -" },
    { "o: {\n  x: integer -- inner\n} -- outer\np: string", "o {x: integer} nil outer; p string nil -" },
    { "a: integer --- dashes --", "a integer nil dashes --" },
    { "a: integer--tight", "a integer nil tight" },
  }
  for _, case in ipairs(CASES) do
    it("reads " .. ("%q"):format(case[1]), function() assert.equal(case[2], read(case[1])) end)
  end

  it("gives descriptions and defaults to the schema", function()
    local t = assert(types.fields "o: { -- where\n x: integer = 1 -- across\n}\nl: string[] = []")
    assert.equal('{"properties":{"l":{"default":[],"items":{"type":"string"},"type":"array"},'
      .. '"o":{"description":"where","properties":{"x":{"default":1,"description":"across","type":"integer"}},'
      .. '"type":"object"}},"required":["o"],"type":"object"}', json.encode(types.schema(t)))
  end)
end)

describe("an error in a type", function()
  local TYPES = "types are string, integer, number, boolean, any, \"a\"|\"b\", 0..10, T[], {k: T}, {[string]: T} and T?"
  local CASES = {
    { "a: strnig", "line 1, column 4: unknown type 'strnig'", "did you mean 'string'?" },
    { "a: int", "line 1, column 4: unknown type 'int'", "did you mean 'integer'?" },
    { "a: zebra", "line 1, column 4: unknown type 'zebra'", TYPES },
    { "a: string,\n  b: {c: bool}", "line 2, column 10: unknown type 'bool'", "did you mean 'boolean'?" },
    { "é: string", "line 1, column 1: expected a field, 'name: type', found 'é'" },
    { "'é': 'éé'|x", "line 1, column 11: unknown type 'x'", TYPES },
    { "a: string b: string", "line 1, column 11: expected ',' or a new line, found 'b'" },
    { "a: string,, b: string", "line 1, column 11: expected a field, 'name: type', found ','" },
    { ", a: string", "line 1, column 1: expected a field, 'name: type', found ','" },
    { "a string", "line 1, column 3: expected ':' after 'a', found 'string'",
      "a field is 'name: type'; a name that is not letters, digits and _ stands in quotes" },
    { "dry-run: boolean", "line 1, column 4: expected ':' after 'dry', found '-'" },
    { "a:", "line 1, column 3: expected a type, found the end", TYPES },
    { "a: ,", "line 1, column 4: expected a type, found ','", TYPES },
    { "a: string, a: integer", "line 1, column 12: the field 'a' stands here twice" },
    { "a: {b: string", "line 1, column 14: expected ',' or a new line, found the end" },
    { "a: {b: string,", "line 1, column 15: expected a field, 'name: type' or '}', found the end" },
    { "a: [string]", "line 1, column 4: expected a type, found '['", TYPES },
    { "a: string[", "line 1, column 10: expected ',' or a new line, found '['" },
    { "a: {[integer]: string}", "line 1, column 6: the keys of an object are [string]" },
    { "a: table<boolean, string>", "line 1, column 4: the keys of a table are string or integer" },
    { "a: fun(x: string)", "line 1, column 4: a function cannot come from outside", TYPES },
    { "a: nil", "line 1, column 4: nil alone is not a type", "write 'string|nil' or 'string?'" },
    { "a: 10..0", "line 1, column 4: the range is empty: its end is below its beginning" },
    { "a: 0..", "line 1, column 7: expected the end of the range, a number, found the end" },
    { "a: 99999999999999999999", "line 1, column 4: expected a type, found 99999999999999999999, "
      .. "which does not fit in 64 bits" },
    { "a: 1e999", "line 1, column 4: expected a type, found 1e999, which is too large" },
    { "a: 12abc", "line 1, column 4: expected a type, found a malformed number '12abc'" },
    { "a: 'x", "line 1, column 4: expected a type, found a string without its closing '" },
    { "a: 'x\n'", "line 1, column 4: expected a type, found a string without its closing '" },
    { [[a: '\q']], [[line 1, column 5: expected a type, found an unknown escape \q]] },
    { [[a: '\u{d800}']], [[line 1, column 5: expected a type, found an unknown escape \u]] },
    { "a: '\\\xC3\xA9'", "line 1, column 5: expected a type, found an unknown escape \\\xC3\xA9" },
    { "a: '\\\nb'", "line 1, column 5: expected a type, found an unknown escape \\" },
    { "a: '\\\27b'", "line 1, column 5: expected a type, found an unknown escape \\\\27" },
    { "'a\\nb' string", [[line 1, column 8: expected ':' after "a\nb", found 'string']] },
    { "'a b': string, 'a b': string", 'line 1, column 16: the field "a b" stands here twice' },
    { "a: 0..10 = 12", "line 1, column 12: the default of 'a': expected 0..10, got 12" },
    { "a: string[] = ['x', 1]", "line 1, column 15: the default of 'a'[2]: expected string, got 1" },
    { "a: string = main", "line 1, column 13: expected a default value, found 'main'",
      "a string stands in quotes: 'main'" },
    { "a: string = ", "line 1, column 13: expected a default value, found the end" },
    { "a: string\0", "line 1, column 10: expected ',' or a new line, found '\\0'" },
    { "a: string[][][][][]", "line 1, column 18: more than 4 times []" },
    { "a: '\xFF'", "line 1, column 5: invalid UTF-8" },
  }
  for _, case in ipairs(CASES) do
    it("has its place: " .. ("%q"):format(case[1]), function()
      local t, err = types.fields(case[1])
      assert.is_nil(t)
      assert.equal("usage", err.kind)
      assert.equal(case[2], err.message)
      if case[3] then assert.equal(case[3], err.hint) end
    end)
  end

  it("names whose type it is", function()
    local _, err = types.parse("strin", "returns")
    assert.equal("returns: line 1, column 1: unknown type 'strin'", err.message)
    _, err = types.parse "string string"
    assert.equal("line 1, column 8: expected the end of the type, found 'string'", err.message)
  end)

  it("ends every hostile text soon", function()
    local n = 100000
    for _, text in ipairs {
      ("{a:"):rep(n // 3), ("("):rep(n), ("table<string,"):rep(n // 13), ("[]"):rep(n // 2), "a: " .. ("["):rep(n),
      "a: string[] = " .. ("["):rep(n), ("|"):rep(n), "'" .. ("x"):rep(n), ("-"):rep(n), "a: " .. ("x"):rep(n),
      ("a: string?"):rep(n // 10), ("\\"):rep(n), "'" .. ("\\"):rep(n),
    } do
      local _, err = types.fields(text)
      assert.is_true(err == nil or #err.message < 300, err and err.message)
      types.parse(text)
    end
    local _, err = types.parse(("("):rep(n))
    assert.equal("line 1, column 34: nested deeper than 32", err.message)
  end)

  it("reads 100 KB of fields, suffixes and alternatives", function()
    local fields, words = {}, {}
    for i = 1, 5000 do
      fields[i] = ("field_%d: string?"):format(i)
      words[i] = ("'word %d'"):format(i)
    end
    assert.equal(5000, #assert(types.fields(table.concat(fields, ",\n"))).fields)
    assert.equal(5000, #assert(types.parse(table.concat(words, "|"))).values)
    assert.truthy(types.parse("string" .. ("?"):rep(100000)))
  end)

  it("keeps a type as deep as allowed within the depth of JSON", function()
    local t = assert(types.parse(("{a: string|{b: "):rep(16) .. "string[][][][]" .. ("}[][][][]?}[][][][]"):rep(16)))
    assert.truthy(json.encode(types.schema(t)))
  end)
end)
