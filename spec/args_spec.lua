local args = require "lash.args"
local doc = require "lash.doc"
local json = require "lash.core.json"

local PARAMS = [[
  city: string                          -- Where
  days: 1..7 = 3                        -- How many
  dry_run: boolean = false
  unit?: "celsius"|"fahrenheit"
  tag?: string[]                        -- Labels
  ratio?: number
  where?: {lat: number, lon: number}
  id?: integer|string
]]

local function parse(params, ...)
  local ok, result = pcall(args.parse, params, { ... }, "weather.lua", function() error "exit" end)
  if ok then return json.encode(result) end
  return type(result) == "table" and result.message or result, type(result) == "table" and result.hint
end

local NOT_OURS = "--help lists them; those of lash itself stand before the script"

describe("lash.args", function()
  local GOOD = {
    { { "Hanoi" }, '{"city":"Hanoi","days":3,"dry_run":false}' },
    { { "--city", "Hanoi" }, '{"city":"Hanoi","days":3,"dry_run":false}' },
    { { "--city=Ha noi=1" }, '{"city":"Ha noi=1","days":3,"dry_run":false}' },
    { { "--days", "5", "--dry-run", "Hanoi" }, '{"city":"Hanoi","days":5,"dry_run":true}' },
    { { "Hanoi", "--dry_run", "--no-dry-run" }, '{"city":"Hanoi","days":3,"dry_run":false}' },
    { { "Hanoi", "--dry-run=true" }, '{"city":"Hanoi","days":3,"dry_run":true}' },
    { { "Hanoi", "--days=1", "--days=2" }, '{"city":"Hanoi","days":2,"dry_run":false}' },
    { { "Hanoi", "--tag", "a", "--tag=b" }, '{"city":"Hanoi","days":3,"dry_run":false,"tag":["a","b"]}' },
    { { "--", "--help" }, '{"city":"--help","days":3,"dry_run":false}' },
    { { "-" }, '{"city":"-","days":3,"dry_run":false}' },
    { { "-5" }, '{"city":"-5","days":3,"dry_run":false}' },
    { { "" }, '{"city":"","days":3,"dry_run":false}' },
    { { "--city=" }, '{"city":"","days":3,"dry_run":false}' },
    { { "H", "--ratio", "-1.5e3" }, '{"city":"H","days":3,"dry_run":false,"ratio":-1500.0}' },
    { { "H", "--where", '{"lat":1,"lon":2}' },
      '{"city":"H","days":3,"dry_run":false,"where":{"lat":1,"lon":2}}' },
    { { "H", "--id", "9007199254740993" }, '{"city":"H","days":3,"dry_run":false,"id":9007199254740993}' },
    { { "H", "--id", "x9" }, '{"city":"H","days":3,"dry_run":false,"id":"x9"}' },
  }
  for _, case in ipairs(GOOD) do
    it("reads " .. table.concat(case[1], " "), function()
      assert.equal(case[2], (parse(PARAMS, table.unpack(case[1]))))
    end)
  end

  local USAGE = "usage: lash weather.lua [OPTION...] CITY"
  local BAD = {
    { {}, "the argument CITY is missing (string)", USAGE },
    { { "a", "b" }, "one argument too many: 'b'", USAGE },
    { { "a", "--day", "3" }, "unknown option '--day'", "did you mean '--days'?" },
    { { "a", "--zzzzzzzz=1" }, "unknown option '--zzzzzzzz'", NOT_OURS },
    { { "a", "-x" }, "unknown option '-x'", NOT_OURS },
    { { "a", "--days" }, "--days needs a value, 1..7" },
    { { "a", "--days", "--dry-run" }, "--days needs a value, 1..7",
      "write --days=VALUE for one that begins with '--'" },
    { { "a", "--days", "three" }, '--days: expected 1..7, got "three"', USAGE },
    { { "a", "--days", "3.0" }, '--days: expected 1..7, got "3.0"' },
    { { "a", "--days", "0x3" }, '--days: expected 1..7, got "0x3"' },
    { { "a", "--days", " 3" }, '--days: expected 1..7, got " 3"' },
    { { "a", "--days", "9" }, "--days: expected 1..7, got 9" },
    { { "a", "--days=" }, '--days: expected 1..7, got ""' },
    { { "a", "--ratio", "nan" }, '--ratio: expected number, got "nan"' },
    { { "a", "--ratio", "1e999" }, "--ratio: expected number, got inf" },
    { { "a", "--ratio", "." }, '--ratio: expected number, got "."' },
    { { "a", "--dry-run=maybe" }, '--dry-run: expected boolean, got "maybe"' },
    { { "a", "--no-dry-run=1" }, "--no-dry-run takes no value" },
    { { "a", "--no-days" }, "unknown option '--no-days'" },
    { { "a", "--unit", "celsus" },
      '--unit: expected "celsius"|"fahrenheit", got "celsus" (did you mean "celsius"?)' },
    { { "a", "--where", '{"lat":1}' }, "--where.lon: expected number, got nothing" },
    { { "a", "--where", "here" }, '--where: expected {lat: number, lon: number}, got "here"' },
  }
  for _, case in ipairs(BAD) do
    it("refuses " .. table.concat(case[1], " "), function()
      local message, hint = parse(PARAMS, table.unpack(case[1]))
      assert.equal(case[2], message)
      if case[3] then assert.equal(case[3], hint) end
    end)
  end

  it("gives words by place to the fields that no flag has given", function()
    local PLACES = "a: string, files: string[], n: integer, b: boolean"
    for words, expected in pairs {
      ["x f g 3 true"] = '{"a":"x","b":true,"files":["f","g"],"n":3}',
      ["--n 3 x f g true"] = '{"a":"x","b":true,"files":["f","g"],"n":3}',
      ["--files f x 3 --b"] = '{"a":"x","b":true,"files":["f"],"n":3}',
      ["--no-b x f 3"] = '{"a":"x","b":false,"files":["f"],"n":3}',
      ["--no-b x 3"] = "the argument N is missing (integer)",
      ["--no-b x f z"] = 'N: expected integer, got "z"',
    } do
      local list = {}
      for word in words:gmatch "%S+" do list[#list + 1] = word end
      assert.equal(expected, (parse(PLACES, table.unpack(list))), words)
    end
    assert.equal("FILES[2]: expected integer, got \"x\"", (parse("files: integer[]", "1", "x")))
  end)

  it("takes nothing when there is nothing to take", function()
    assert.equal("{}", (parse("")))
    assert.equal("one argument too many: 'x'", (parse("", "x")))
  end)

  it("lets a field's own name win over the no- of another", function()
    assert.equal('{"color":true,"no_color":true}', (parse("color: boolean = true, no_color?: boolean", "--no-color")))
  end)

  it("refuses parameters that cannot stand on a command line", function()
    assert.equal("lash.args: line 1, column 4: unknown type 'int'", (parse "a: int"))
    assert.equal("lash.args: '--help' is there already", (parse "help: string"))
    assert.equal("lash.args: two fields are --a-b on the command line", (parse "a_b: string, 'a-b': string"))
    assert.equal("lash.args: expected a string, got an object", (parse {}))
  end)

  it("prints the help and ends the run with 0", function()
    doc.sources["@weather.lua"] = "#!/usr/bin/env lash\n--- Tells the weather.\n--\n-- output: one line\n\nlocal x\n"
    local printed, status = {}, nil
    local real = print
    _G.print = function(text) printed[#printed + 1] = text end -- luacheck: ignore
    local ok, err = pcall(args.parse, PARAMS, { "--days", "2", "--help" }, "weather.lua", function(n) status = n end)
    _G.print = real -- luacheck: ignore
    assert.is_true(ok, err)
    assert.equal(0, status)
    assert.equal([[
usage: lash weather.lua [OPTION...] CITY

Tells the weather.

output: one line

arguments (by place, or --name VALUE):
  CITY  string  Where

options:
  --days 1..7                 How many  (default: 3)
  --[no-]dry-run              (default: false)
  --unit "celsius"|"fahrenheit"
  --tag string                Labels  (may be given several times)
  --ratio number
  --where {lat: number, lon: number}
  --id integer|string
  --help                      Show this and exit.]], table.concat(printed, "\n"))
  end)
end)
