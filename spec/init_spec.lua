--- lash init: what it writes works at once.
local json = require "lash.core.json"
local shell = require "spec.support.shell"

describe("lash init", function()
  it("writes a script, a spec that holds, and settings", function()
    local sh <close> = shell.new {}
    local res = sh:lash("init", "weather")
    assert.equal(0, res.exit, res.err)
    assert.equal("weather/hello.lua\nweather/spec/hello_spec.lua\nweather/.env.local\nweather/.luarc.json\n"
      .. "weather/.gitignore\n", res.out)
    assert.matches("next: a key into weather/.env.local", res.err)
    local tested = sh:sh "cd weather && lash test"
    assert.equal(0, tested.exit, tested.out .. tested.err)
    assert.matches("1 success", tested.out)
    assert.equal("600 755\n", sh:sh("stat -c %a weather/.env.local weather/hello.lua | paste -sd' '").out)
    assert.matches("%.env%.local", sh:read "weather/.gitignore")
    local settings = json.decode(sh:read "weather/.luarc.json")
    assert.equal("Lua 5.4", settings["runtime.version"])
    assert.matches("_?meta$", settings["workspace.library"][1])
  end)

  it("writes a script that runs", function()
    local sh <close> = shell.new {}
    sh:lash "init"
    sh.variables = { DASHSCOPE_API_BASE = sh:fake(), DASHSCOPE_API_KEY = "sk-fake-1" }
    assert.matches("weather answered", sh:lash("hello.lua", "--city", "Oslo").out)
  end)

  it("says that a key is missing, until there is one", function()
    local sh <close> = shell.new {}
    sh:lash "init"
    local res = sh:lash "hello.lua"
    assert.equal(78, res.exit)
    assert.matches("DASHSCOPE_API_KEY", res.err)
  end)

  it("overwrites nothing, and then writes nothing", function()
    local sh <close> = shell.new {}
    sh:write(".luarc.json", "mine")
    local res = sh:lash "init"
    assert.equal(73, res.exit)
    assert.matches("output: %./%.luarc%.json is there already; nothing was written", res.err)
    assert.equal("mine", sh:read ".luarc.json")
    assert.equal(".luarc.json\n.stderr\n", sh:sh("ls -A").out)
  end)

  local IGNORES = {
    { "", ".env.local\n" },
    { "mine\n", "mine\n.env.local\n" },
    { "mine", "mine\n.env.local\n" },
    { ".env.local", ".env.local" },
    { "/.env.local\nmine", "/.env.local\nmine" },
    { ".env*\n", ".env*\n" },
    { "#.env.local\n", "#.env.local\n.env.local\n" },
  }
  for _, case in ipairs(IGNORES) do
    it(("keeps the key out of a repository whose .gitignore is %q"):format(case[1]), function()
      local sh <close> = shell.new {}
      sh:write(".gitignore", case[1])
      local res = sh:lash "init"
      assert.equal(0, res.exit, res.err)
      assert.equal(case[2], sh:read ".gitignore")
      assert.equal(case[1] ~= case[2], res.err:find("./.gitignore: .env.local was added\n", 1, true) ~= nil)
      assert.not_matches("gitignore", res.out)
    end)
  end

  for _, case in ipairs { { "--force" }, { "a", "b" } } do
    it("refuses " .. table.concat(case, " "), function()
      local sh <close> = shell.new {}
      local res = sh:lash("init", table.unpack(case))
      assert.equal(64, res.exit)
      assert.matches("lash: usage: lash init: ", res.err)
    end)
  end
end)
