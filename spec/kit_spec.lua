--- lash test and the kit, in a project's own folder.
local project = require "spec.support.project"

local ASK = [[
#!/usr/bin/env lash
local lash = require "lash"
print(lash.ask(arg[1] or "Hello"))]]

describe("lash test", function()
  local FINE = { ["spec/a_spec.lua"] = "it('holds', function() assert.equal(1, 1) end)" }
  local CASES = {
    { "what holds", FINE, 0, {}, out = "1 success / 0 failures" },
    { "what does not", { ["spec/a_spec.lua"] = "it('x', function() assert.equal(1, 2) end)" }, 1, {},
      out = "1 failure" },
    { "an error in a test", { ["spec/a_spec.lua"] = "it('x', function() error 'no' end)" }, 1, {}, out = "1 error" },
    { "a spec that is no Lua", { ["spec/a_spec.lua"] = "it(" }, 1, {}, out = "1 error" },
    { "an exit of the script's own", { ["spec/a_spec.lua"] = "it('x', function() os.exit(3) end)" }, 3, {} },
    { "specs here, where there is no spec/", { ["a_spec.lua"] = FINE["spec/a_spec.lua"] }, 0, {}, out = "1 success" },
    { "a file that is named", FINE, 0, { "spec/a_spec.lua" }, out = "1 success" },
    { "a filter", FINE, 0, { "--filter=hold" }, out = "1 success" },
    { "a filter that chooses none", FINE, 66, { "--filter=nothing" }, err = "input: no test was run\nhint: " },
    { "another format", FINE, 0, { "-o", "TAP" }, out = "ok 1 %- holds" },
    { "the version of busted", FINE, 0, { "--version" }, out = "^busted 2" },
    { "help", FINE, 0, { "--help" }, out = "lash test %[ARG…%]" },
    { "an option that is none", FINE, 64, { "--bogus" },
      err = "usage: lash test: .*%-%-bogus\nhint: lash test %-%-help" },
    { "a list of the tests", FINE, 0, { "--list" }, out = "^holds\n$" },
    { "a folder that is not there", FINE, 66, { "specs" }, err = "input: specs is not there" },
    { "no spec at all", {}, 66, {}, err = "input: there is no spec.*\nhint: lash init" },
    { "no busted", FINE, 78, {}, err = "config: busted is not installed.*\nhint: apt install lua%-busted",
      variables = { LUA_PATH = "/nowhere/?.lua" } },
  }
  for _, case in ipairs(CASES) do
    it("says truly how it ended: " .. case[1], function()
      local sh <close> = project.new(case[2], case.variables)
      local res = sh:lash("test", table.unpack(case[4]))
      assert.equal(case[3], res.exit, res.out .. res.err)
      assert.matches(case.out or "", res.out)
      assert.matches(case.err or "", res.err)
    end)
  end

  it("works in another folder", function()
    local sh <close> = project.new {
      ["p/spec/a_spec.lua"] = "it('x', function() require 'helper' end)", ["p/helper.lua"] = "" }
    assert.equal(0, sh:lash("test", "-C", "p").exit)
  end)

  it("shows an error of lash where the spec asked for it, with its hint", function()
    local out = project.fails 'lash.fail("input", "no news", "wait a day")'
    assert.matches("spec/x_spec.lua:3: input: no news\nhint: wait a day\n", out)
    assert.matches("spec/x_spec.lua:3: network: the network is off", (project.fails 'lash.ask "x"'))
    local wrong = project.fails 'test.run("a", {}, { x = 1 })'
    assert.matches("spec/x_spec.lua:3: usage: lash.test.run: unknown key 'x'", wrong)
  end)

  it("ends when it is interrupted", function()
    local sh <close> = project.new { ["spec/a_spec.lua"] = [[
      it("computes", function()
        io.stdout:write "ready\n" io.stdout:flush()
        while true do end
      end)]] }
    local child = sh:start "exec $lash test"
    assert.equal("ready", child:line())
    child:kill "INT"
    assert.equal(130, child:wait().exit)
  end)
end)

describe("A fake", function()
  it("answers the spec and the scripts that it runs", function()
    project.holds([[
      local fake <close> = test.fake { { match = "Hello", text = "Hi!" }, { match = "Bye", text = "So long." } }
      local r = test.run("ask.lua", { "Hello" })
      assert.same({ 0, "Hi!\n", "" }, { r.code, r.out, r.err })
      assert.equal("So long.", lash.ask "Bye")
      assert.equal("Hello", fake.requests[1].messages[1].content)
      assert.equal("Bye", fake.requests[2].json.messages[1].content)
      assert.equal("Bearer sk-test", fake.requests[1].headers.authorization)
      assert.equal("qwen3-max", fake.requests[1].model)]], { ["ask.lua"] = ASK },
      { DASHSCOPE_API_KEY = "sk-real-0123456789", DASHSCOPE_API_BASE = "https://real.invalid/v1" })
  end)

  it("takes replies later, a function, or none", function()
    project.holds [[
      do
        local fake <close> = test.fake()
        assert.matches("You said: one", lash.ask "one")
        fake:reply "two"
        assert.equal("two", lash.ask "x")
      end
      local fake <close> = test.fake(function(request) return { json = { n = #request.messages } } end)
      assert.equal(2, lash.ask("x", { returns = "n: integer" }).n) -- its type stands in a system message]]
  end)

  it("refuses, is slow and cuts as it is told, and no time is lost between attempts", function()
    project.holds [[
      local fake <close> = test.fake { { status = 503 }, { status = 429, retry_after = 0 }, { cut = 0 },
        { delay = "10ms", text = "at last" } }
      local began = require("lash.core.loop").now()
      assert.equal("at last", lash.ask "x")
      assert.is_true(require("lash.core.loop").now() - began < 5)
      assert.equal(4, #fake.requests)]]
  end)

  it("wins over every configuration", function()
    project.holds([[
      local fake <close> = test.fake(function(request) return request.model .. " at " .. request.path end)
      assert.equal("qwen3-max at /compatible-mode/v1/chat/completions", test.run("ask.lua").out:sub(1, -2))
      assert.equal("llama-9 at /v1/chat/completions\n", test.run("ask.lua", {}, { options = { "-a", "local" } }).out)
      assert.equal("llama-9 at /v1/chat/completions", lash.agent("local")("x"))
      local inline = { type = "openai", api_base = "http://10.0.0.1:80/v1" }
      assert.equal("m at /v1/chat/completions", lash.ask("x", { provider = inline, model = "m" }))]], {
      ["ask.lua"] = ASK,
      ["config.json"] = [[{
        "providers": {
          "dashscope": { "api_key": "$NOT_SET_KEY", "api_base": "https://real.invalid/v1",
            "headers": { "X": "$NOT_SET" } },
          "other": { "type": "openai", "api_base": "$NOT_SET_BASE" } },
        "agents": { "local": { "provider": "other", "model": "llama-9" } } }]] })
  end)

  it("is closed at the end of its test, and one of a setup at the end of its file", function()
    local sh <close> = project.new {
      ["spec/a_spec.lua"] = [[
        local lash, test = require "lash", require "lash.test"
        it("opens one", function() test.fake { "one" } assert.equal("one", lash.ask "x") end)
        it("finds none", function() assert.equal("network", select(2, lash.try(lash.ask, "x")).kind) end)
        describe("a block", function()
          setup(function() test.fake { "a", "b" } end)
          it("asks", function() assert.equal("a", lash.ask "x") end)
          it("asks again", function()
            test.fake { "inner" }
            assert.equal("inner", lash.ask "x")
          end)
          it("asks a third time", function() assert.equal("b", lash.ask "x") end)
        end)]],
      ["spec/b_spec.lua"] = [[
        local lash = require "lash"
        it("finds none", function() assert.equal("network", select(2, lash.try(lash.ask, "x")).kind) end)]],
    }
    local res = sh:lash "test"
    assert.matches("6 successes / 0 failures / 0 errors", res.out)
  end)

  it("can be closed any number of times", function()
    project.holds [[
      local fake = test.fake { "x" }
      fake:close()
      fake:close()
      assert.equal("network", select(2, lash.try(lash.ask, "x")).kind)]]
  end)
end)

describe("A script that is run", function()
  local SHOW = [[
    local lash = require "lash"
    io.write(table.concat(arg, ","), "|", lash.stdin(), "|", os.getenv "MORE" or "-", "|", lash.fs.exists "here" and
      "here" or "there")
    io.stderr:write "noise"
    os.exit(3)]]

  it("is told of arguments, input, folder and environment, and tells how it ended", function()
    project.holds([[
      local r = test.run("show.lua", { "a", 1 }, { stdin = "in", cwd = "sub", env = { MORE = "more" } })
      assert.same({ 3, "a,1|in|more|here", "noise" }, { r.code, r.out, r.err })
      assert.is_number(r.seconds)
      assert.equal(124, test.run("-e", { "while true do end" }, { timeout = "200ms" }).code)
      assert.matches('"type":"output"', test.run("-e", { "print(1)" }, { options = { "--json" } }).out)
      assert.equal(66, test.run("nowhere.lua").code)]], { ["show.lua"] = SHOW, ["sub/here"] = "" })
  end)

  it("has a state and a configuration of its own, or one that is kept", function()
    local sh <close> = project.new {
      ["count.lua"] = [[
        local lash = require "lash"
        local s <close> = lash.state "n"
        s.n = (s.n or 0) + 1
        print(s.n, os.getenv "XDG_CONFIG_HOME" ~= nil, os.getenv "TMPDIR" ~= "/tmp")]],
      [".config/lash/config.json"] = '{ "agents": { "mine": {} } }',
      ["spec/x_spec.lua"] = project.spec [[
        assert.equal("1\ttrue\ttrue\n", test.run("count.lua").out)
        assert.equal("1\ttrue\ttrue\n", test.run("count.lua").out)
        local folder <close> = lash.fs.tmp()
        test.run("count.lua", {}, { state = folder })
        assert.equal("2\ttrue\ttrue\n", test.run("count.lua", {}, { state = folder.path }).out)
        local s <close> = lash.state "ours"
        s.x = 1
        assert.is_false((pcall(lash.ask, "x", {})))
        assert.equal("config", select(2, lash.try(function() return lash.agent "mine" "x" end)).kind)]],
    }
    local res = sh:lash "test"
    assert.equal(0, res.exit, res.out .. res.err)
    assert.equal("", sh:sh("ls -A .local 2>/dev/null").out) -- of the person's, nothing was touched
  end)

  it("knows no key of the person's", function()
    project.holds([[
      local code = "local k = os.getenv 'DASHSCOPE_API_KEY' print(#k .. ' ' .. k:sub(1, 3))"
      assert.equal("7 sk-\n", test.run("-e", { code }).out)
      assert.equal("nil\n", test.run("-e", { "print(os.getenv 'OTHER_TOKEN')" }).out)]], {},
      { DASHSCOPE_API_KEY = "sk-real-0123456789", OTHER_TOKEN = "canary-0123" })
  end)

  local WRONG = {
    { 'test.run("x.lua", {}, { tiemout = 1 })', "lash.test.run: unknown key 'tiemout'" },
    { 'test.run("x.lua", "a")', "lash.test.run: the arguments must be a list, got string" },
    { 'test.run("x.lua", { {} })', "lash.test.run: arguments: word 1 must be a string, got table" },
    { "test.run()", "lash.test.run: expected a script, got nil" },
    { 'test.run("x.lua", {}, { time = "noon" })', "'time' must be epoch seconds" },
    { 'test.fake { { txt = "x" } }', "a reply of lash fake: unknown key 'txt'" },
    { 'test.tape("x", { sped = 1 })', "lash.test.tape: unknown key 'sped'" },
    { 'test.tape("x", { speed = 0 })', "'speed' must be a number above 0, got 0" },
    { 'test.tape "x"', "cannot .*x" },
    { "test.tap()", "lash.test has no 'tap'" },
    { 'test.crash_matrix("x.lua", {})', "expected a function of the record, got nil" },
    { 'test.crash_matrix("x.lua", {}, { state = "x" }, print)', "every run has a 'state' of its own" },
  }
  it("is asked for in the right words only", function()
    local lines = {}
    for i, case in ipairs(WRONG) do
      lines[i] = ("do local _, e = pcall(function() %s end) assert.matches(%q, tostring(e)) end"):format(case[1],
        (case[2]:gsub("[%[%]]", "%%%0")))
    end
    project.holds(table.concat(lines, "\n"))
  end)
end)

describe("The network of a test", function()
  it("is off, for the spec and for its scripts, whatever is open", function()
    project.holds([[
      local said = "the network is off %(example.org%): in a test only a fake or a tape of lash.test answers"
      local _, err = lash.try(lash.http.get, "https://example.org/", { retry = 3 })
      assert.equal("network", err.kind)
      assert.matches(said, err.message)
      local _, asked = lash.try(lash.ask, "x")
      assert.matches("the network is off %(dashscope%-intl", asked.message)
      local r = test.run("-e", { "lash.http.get 'https://example.org/'" })
      assert.same({ 69, "" }, { r.code, r.out })
      assert.matches(said, r.err)
      assert.equal(69, test.run("ask", { "x" }).code)
      local fake <close> = test.fake { "x" }
      assert.equal("network", select(2, lash.try(lash.http.get, "https://example.org/")).kind)
      assert.equal(69, test.run("-e", { "lash.http.get 'https://example.org/'" }).code)]],
      { ["ask.lua"] = ASK })
  end)

  it("has the places that LASH_NETWORK names", function()
    local sh <close> = project.new {}
    local url = sh:fake()
    local place = url:match "//([^/]+)"
    sh.variables.LASH_NETWORK = place
    sh:write("spec/x_spec.lua", project.spec(([[
      local ok = lash.http.get(%q, { check = false })
      assert.equal(401, ok.status)
      local code = 'print(lash.http.get(%q, { check = false }).status)'
      assert.matches("^401", test.run("-e", { code }).out)
      local _, err = lash.try(lash.http.get, "http://127.0.0.1:1/")
      assert.equal("network", err.kind)]]):format(url .. "/models", url .. "/models")))
    local res = sh:lash "test"
    assert.equal(0, res.exit, res.out .. res.err)
  end)

  it("can be off without a test", function()
    local sh <close> = project.new({}, { LASH_NETWORK = "off", DASHSCOPE_API_KEY = "sk-x-123456" })
    local res = sh:lash("ask", "x")
    assert.equal(69, res.exit)
    assert.equal("lash: network: the network is off (dashscope-intl.aliyuncs.com): "
      .. "LASH_NETWORK does not allow it\n", res.err)
  end)

  it("is led nowhere by a proxy", function()
    project.holds([[
      local fake <close> = test.fake { "a", "b" }
      assert.equal("a", lash.ask "x")
      assert.equal("b\n", test.run("ask.lua").out)]], { ["ask.lua"] = ASK }, { http_proxy = "http://127.0.0.1:1" })
  end)
end)

describe("Time and chance of a test", function()
  local NOW = [[print(os.date "%Y-%m-%d %H:%M", math.random(1000000),
    os.time { year = 2026, month = 1, day = 1, hour = 12 },
    require("lash.core.sys").random_id(), os.time() - 1767268800 < 5, os.date("*t").isdst)]]

  it("are the same in every run", function()
    local sh <close> = project.new({
      ["now.lua"] = NOW,
      ["spec/x_spec.lua"] = [[
        local lash, test = require "lash", require "lash.test"
        for i = 1, 2 do
          it("tells the time " .. i, function()
            print(os.date "!%Y-%m-%d %H", os.date "%H", math.random(1000000), lash.tool { name = "x", about = "x",
              params = "", run = function(ctx) return ctx.key end } {})
            io.write(test.run("now.lua").out, test.run("now.lua").out)
          end)
        end]],
    }, { TZ = "Asia/Shanghai" })
    local first, second = sh:lash "test", sh:lash "test"
    local function lines(text) return text:match "(2026.*)\n%d succ" or text end
    assert.equal(lines(first.out), lines(second.out))
    assert.matches("2026%-01%-01 12\t12\t", first.out)
    assert.matches("2026%-01%-01 12:00\t%d+\t1767268800\t%w+\ttrue\tfalse\n", first.out)
    local ids = {}
    for id in first.out:gmatch "1767268800\t(%w+)" do ids[#ids + 1] = id end
    assert.equal(4, #ids)
    assert.is_true(ids[1] < ids[2] and ids[2] < ids[3] and ids[3] < ids[4]) -- they may share a database
    assert.equal(26, #ids[1])
  end)

  it("begin where a run is told to", function()
    project.holds [[
      local r = test.run("-e", { "print(os.date '%F %R')" }, { time = 1800000000 })
      assert.equal("2027-01-15 08:00\n", r.out)]]
  end)
end)
