--- Bad input at the doors of the public table: what a script's author reads.
local shell = require "spec.support.shell"

local CASES = {
  { "lash.fail()", 64, "lash.fail: expected a kind, a message and perhaps a hint, all strings" },
  { "lash.fail('input', 'no', {})", 64, "lash.fail: expected a kind" },
  { "lash.fail('inpt', 'no')", 64, "unknown kind 'inpt'\nhint: did you mean 'input'?" },
  { "lash.try()", 64, "lash.try: expected a function, got nil" },
  { "lash.json.decode()", 64, "lash.json.decode: expected a string, got nil" },
  { "lash.json.encode({}, 'x')", 64, "lash.json.encode: the indent is 0 to 16, got x" },
  { "lash.secret()", 64, "lash.secret: expected a string, got nil" },
  { "lash.sleep(1e300)", 64, "lash.sleep: '1e+300' is too long" },
  { "lash.agent { tools = { weather = print } }", 64, "'tools' must be a list without holes" },
  { "lash.agent { tools = { nil, print } }", 64, "'tools' must be a list without holes" },
  { "lash.agent { timeout = 'soon' }", 64, "lash.agent: timeout: expected duration (seconds, \"1h30m\"" },
  { "io.write('x', nil)", 70, "(command line):1: bad argument #2 to 'write' (string expected, got nil)" },
  { "io.stdout:write {}", 70, "(command line):1: bad argument #1 to 'write' (string expected, got table)" },
  { "lash.log.error('%d', 'x')", 0, "lash: error: %d x" },
  { "error(setmetatable({}, { __tostring = error }))", 70, "an error whose __tostring fails" },
  { "local _, err = pcall(lash.fail, 'input', '') err.message = {} error(err)", 66, "lash: input: table" },
}

describe("Bad input", function()
  for _, case in ipairs(CASES) do
    it("is told as what it is: " .. case[1], function()
      local sh <close> = shell.new {}
      local res = sh:lash("-e", case[1])
      assert.same({ "", case[2] }, { res.out, res.exit })
      assert.is_true(res.err:find(case[3], 1, true) ~= nil, res.err)
      assert.is_nil(res.err:find("stack traceback", 1, true))
    end)
  end

  it("shows its place with -v", function()
    local sh <close> = shell.new {}
    sh:write("x.lua", "local lash = require 'lash'\n\nlash.ask('hi', { modell = 'x' })\n")
    assert.matches("x.lua:3:", sh:lash("-v", "x.lua").err)
  end)
end)

describe("--json", function()
  it("turns all that a script writes into events", function()
    local sh <close> = shell.new {}
    local res = sh:lash("--json", "-e", "io.write('a', 1) io.stdout:write('b'):write('c') print 'd'")
    local texts = {}
    for line in res.out:gmatch "[^\n]+" do texts[#texts + 1] = require("cjson").decode(line).text end
    assert.same({ "a1", "b", "c", "d\n" }, texts)
  end)

  it("says the hint of an error", function()
    local sh <close> = shell.new {}
    assert.matches('"hint":"try again"', sh:lash("--json", "-e", "lash.fail('input', 'no', 'try again')").out)
  end)
end)

describe("A secret", function()
  it("of an inline provider is hidden before the first call", function()
    local sh <close> = shell.new {}
    local code = [[local p = { api_base = "http://x", api_key = "sk-canary-1", headers = { X = "sk-canary-2" } }
      lash.agent { provider = p } print(p.api_key, p.headers.X)]]
    assert.equal("[secret]\t[secret]\n", sh:lash("-e", code).out)
  end)

  it("is hidden in JSON, too", function()
    local sh <close> = shell.new { MY_TOKEN = 'a"b\\c\'canary' }
    for _, words in ipairs {
      { "--json", "-e", "print(os.getenv 'MY_TOKEN')" }, { "-e", "print(lash.json.encode(os.getenv 'MY_TOKEN'))" },
    } do
      assert.is_nil(sh:lash(table.unpack(words)).out:find("canary", 1, true))
    end
  end)
end)

it("lash fake tells its key, also where it is set already", function()
  local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-fake" }
  assert.matches("DASHSCOPE_API_KEY=sk%-fake\n", sh:sh("timeout 0.5 " .. sh:command("fake")).out)
end)
