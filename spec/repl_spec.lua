--- lash -i: a Lua prompt.
local chatting = require "spec.support.chatting"
local shell = require "spec.support.shell"
local show = require "lash.cli.repl.show"

local function plain(shown) return (shown:gsub("\27%[[%d;?]*%a", ""):gsub("\r", "")) end

--- A Lua prompt at a terminal.
local function start(sh, words)
  local prompt = chatting.run(sh, ("exec %s -i %s"):format(sh:command(), words or ""))
  prompt:ready()
  return prompt
end

describe("lash -i", function()
  it("prints what expressions give, and goes on in the next line until code is complete", function()
    local sh <close> = shell.new { TERM = "xterm-256color" }
    sh:write("work/.keep", "")
    local prompt <close> = start(sh)
    assert.matches("\n3\tnil\n", plain(prompt:say "1 + 2, nil"), 1, true)
    assert.matches('\n{ 1, 2, a = { b = "c" } }\n', plain(prompt:say "= { 1, 2, a = { b = 'c' } }"), 1, true)
    prompt:say "function twice(x)"
    prompt:say ""
    prompt:say "  return 2 * x"
    prompt:say "end"
    assert.matches("\n42\n", plain(prompt:say "twice(21)"), 1, true)
    assert.matches("lash: internal: (lua):1: ", plain(prompt:say "1 +* 2"), 1, true)
    assert.matches("lash: internal: (lua):1: oops", plain(prompt:say "error 'oops'"), 1, true)
    prompt:type "twi\t"
    assert.matches("\n8\n", plain(prompt:say "(4)"), 1, true)
    prompt:type "lash.json.enc\t" -- is not loaded yet
    assert.matches('\n"[4]"\n', plain(prompt:say "{4}"), 1, true)
    assert.equal(0, select(2, prompt:leave()))
    assert.matches('"text":"twice(21)"', sh:read ".local/state/lash/lua_history", 1, true)
  end)

  it("knows every name of the library", function()
    local sh <close> = shell.new()
    local res = sh:lash("-e", "local names = {} for name in pairs(require 'lash') do names[name] = true end "
      .. "print(names.agent, names.workflow, names.try, names.parts)")
    assert.same({ "true\ttrue\ttrue\tnil\n", 0 }, { res.out, res.exit })
  end)

  it("has lash and an agent, with the command line's options", function()
    local sh <close> = chatting.shell()
    local prompt <close> = start(sh, "-m qwen-plus")
    assert.matches('\n"qwen-plus"\t"1: hi"\n', plain(prompt:say "agent.model, agent 'hi'"), 1, true)
    assert.matches('\n"1: ho"\n', plain(prompt:say "lash.ask 'ho'"), 1, true)
    assert.matches("lash: usage: lash.agent: unknown key 'modle'\nhint: did you mean 'model'?",
      plain(prompt:say "lash.agent { modle = 1 }"), 1, true)
    prompt:leave()
  end)

  it("stops code with Ctrl-C, also code that catches all", function()
    local sh <close> = chatting.shell()
    local prompt <close> = start(sh)
    for _ = 1, 3 do
      prompt:type "print 'begun' while true do end\r"
      prompt:wait "begun\r\n"
      prompt:type "\3"
      prompt:ready()
      prompt:type "print 'begun' while true do pcall(function() while true do end end) end\r"
      prompt:wait "begun\r\n"
      prompt:type "\3"
      prompt:ready()
      prompt:type "print 'begun' lash.sleep(60)\r"
      prompt:wait "begun\r\n"
      prompt:type "\3"
      prompt:ready()
      assert.matches("\n2\n", plain(prompt:say "1 + 1"), 1, true)
    end
    prompt:type "\3"
    prompt:ready()
    prompt:type "\3"
    assert.equal(130, select(2, prompt:finish()))
  end)

  it("stands behind a script, and sees its global names", function()
    local sh <close> = shell.new { TERM = "xterm-256color" }
    sh:write("work/s.lua", "x = 'from ' .. ...")
    local prompt <close> = start(sh, "s.lua here")
    assert.matches('\n"from here"\n', plain(prompt:say "x"), 1, true)
    prompt:type "os.exit(3)\r"
    assert.equal(3, select(2, prompt:finish()))
    sh:write("bad.lua", "error 'no'")
    assert.same({ 70, 66 }, { sh:lash("-i", "bad.lua").exit, sh:lash("-i", "none.lua").exit })
  end)

  it("runs what comes from a pipe, and ends with the status of the last of it", function()
    local sh <close> = shell.new {}
    local res = sh:sh "printf 'x = 6\\nfor i = 1, 2 do\\nprint(i) end\\nerror(1)\\nx * 7\\n' | lash -i"
    assert.same({ "1\n2\n42\n", 0 }, { res.out, res.exit })
    assert.matches("^lash: internal: ", res.err)
    assert.equal(70, sh:sh("echo 'error(1)' | lash -i").exit)
    assert.equal(70, sh:sh("echo 'for i =' | lash -i").exit) -- never complete
  end)

  it("is no part of other commands", function()
    local sh <close> = shell.new {}
    assert.matches("unknown option '-i'", sh:lash("ask", "-i", "x").err, 1, true)
    assert.matches("unknown option '-i'", sh:lash("chat", "-i").err, 1, true)
  end)
end)

describe("a value at the Lua prompt", function()
  for text, value in pairs {
    ['"a\\n\\u{1b}"'] = "a\n\27", ["1.0"] = 1.0, ["nil"] = nil, ["true"] = true, ["{}"] = {},
    ['{ 1, 2, a = 3, ["b c"] = 4 }'] = { 1, 2, a = 3, ["b c"] = 4 },
    ["network: gone"] = require("lash.errors").new("network", "gone"),
    ["a value without a text"] = nil,
  } do
    it("is shown as " .. text, function() assert.equal(text, show(value)) end)
  end

  it("may be deep, long, or hold itself", function()
    local deep, long, round = {}, {}, {}
    for _ = 1, 50 do deep = { deep } end
    for i = 1, 1000 do long[i] = i end
    round.x = round
    assert.matches("^{ { { { { { table: ", show(deep))
    assert.matches("100,\n  … 900 more\n}$", show(long))
    assert.matches("^{ x = table: ", show(round))
    assert.equal("(a value without a text)", show(setmetatable({}, { __tostring = function() error "no" end })))
  end)
end)
