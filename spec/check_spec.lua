--- lash check, as a person runs it: what needs no model.
local json = require "lash.core.json"
local regions = require "lash.regions"
local server = require "spec.support.server"
local support = require "spec.support.check"
local way = require "lash.cli.check.way"

local KEY, read, answering = support.KEY, support.read, support.answering

local function date(offset) return os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + offset) end

describe("lash check", function()
  local sh, check, to

  before_each(function() sh, check, to = support.new() end)
  after_each(function() sh:close() end)

  it("finds everything as it should be", function()
    to(sh:fake())
    local ended, found, states = check()
    assert.same({ 0, "" }, { ended.exit, ended.err })
    local have = require("lash.core.proc").support()
    local sandbox = have.landlock > 0 and have.seccomp and "ok sandbox" or "warn sandbox"
    assert.same({ "ok config", "ok provider", "ok base", "ok key", "ok model", "ok state", sandbox, "ok libcurl",
      "ok connect", "ok answer", "ok clock" }, states)
    assert.matches(have.landlock > 0 and "Landlock " .. have.landlock or "Landlock is missing", found.sandbox.message)
    assert.equal("none: what is built in", found.config.message)
    assert.equal("from $DASHSCOPE_API_KEY (the environment)", found.key.message)
    assert.matches("^http://127%.0%.0%.1:%d+/compatible%-mode/v1, from %$DASHSCOPE_API_BASE", found.base.message)
    assert.equal("qwen3-max: 262144 tokens of context, thinks on request, streams with tools (built in)",
      found.model.message)
    assert.equal("~/.local/state/lash", found.state.message)
    assert.matches("^libcurl/%d", found.libcurl.message)
    assert.matches("^127%.0%.0%.1 in %d", found.connect.message)
    assert.matches("^HTTP 401 in [%d.]+ m?s from a simulated service %(lash fake%)", found.answer.message)
  end)

  it("asks once, for the list of models, and keeps the key to itself", function()
    local s <close>, base = answering(401)
    sh:write("config.json", json.encode { providers = { p = { type = "dashscope", api_base = base,
      headers = { ["X-Secret"] = "header-canary" } } }, agents = { defaults = { provider = "p" } } })
    assert.equal(0, (check("--config", "config.json")).exit)
    local requests = s:requests()
    assert.equal(1, #requests)
    assert.same({ "GET", "/v1/models" }, { requests[1].method, requests[1].path })
    assert.is_nil(requests[1].headers.authorization)
    assert.not_matches("canary", json.encode(requests[1]))
  end)

  it("says nothing with -q when all is well", function()
    to(sh:fake())
    local ended = check("-q", "--live", "--tools")
    assert.same({ 0, "", "" }, { ended.exit, ended.out, ended.err })
  end)

  describe("of the configuration", function()
    before_each(function() to "http://127.0.0.1:1/v1" end)

    it("tells where it is, what is ignored, where the key is from", function()
      sh:write(".config/lash/config.json", '{ "agents": { "defaults": { "model": "qwen-plus" } } }')
      local env = sh:write(".config/lash/.env.local", "DASHSCOPE_API_KEY=" .. KEY)
      sh.folder:chmod("644", ".config/lash/.env.local")
      sh:write("work/config.json", "{}")
      sh.variables.DASHSCOPE_API_KEY = nil
      local ended = sh:sh("cd work && lash check")
      local found, states = read(ended.out)
      assert.same({ "ok config", "warn config", "ok env", "warn env" }, table.move(states, 1, 4, 1, {}))
      assert.matches("\nok    config    ~/%.config/lash/config%.json\n", "\n" .. ended.out)
      assert.same({ state = "warn", message = "config.json in this folder is ignored",
        hint = "`lash trust` lets it count" }, found.config)
      assert.same({ state = "warn", message = "~/.config/lash/.env.local can be read by others",
        hint = "chmod 600 ~/.config/lash/.env.local" }, found.env)
      assert.equal("from $DASHSCOPE_API_KEY (~/.config/lash/.env.local)", found.key.message)
      assert.matches("^qwen%-plus: ", found.model.message)
      assert.not_matches(KEY, ended.out, nil, true)
      assert.equal("", ended.err)
      assert.truthy(env)
    end)

    it("tells who named it", function()
      sh:write("c.json", "{}")
      local _, found = check("--config", "c.json")
      assert.matches("/c%.json, from %-%-config$", found.config.message)
      sh.variables.LASH_CONFIG = "c.json"
      _, found = check()
      assert.matches("/c%.json, from %$LASH_CONFIG$", found.config.message)
    end)

    it("tells of a key that stands in a file for all to read", function()
      local text = '{ "providers": { "dashscope": { "api_key": "' .. KEY .. '" } } }'
      sh:write(".config/lash/config.json", text)
      local _, found = check()
      assert.same({ state = "ok", message = "stands in ~/.config/lash/config.json" }, found.key)
      sh.folder:chmod("644", ".config/lash/config.json")
      _, found = check()
      assert.same({ "warn", "others can read the key in ~/.config/lash/config.json" },
        { found.config.state, found.config.message })
      assert.matches("chmod 600", found.config.hint)
    end)

    it("names the region, and what is wrong with an address", function()
      for base, expected in pairs {
        ["https://dashscope.aliyuncs.com/compatible-mode/v1"] = "ok %S+: China %(Beijing%), from %$DASHSCOPE_API_BASE",
        ["http://dashscope-us.aliyuncs.com/compatible-mode/v1"] = "warn %S+: US %(Virginia%), from",
        ["https://w.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1"] = "ok %S+: a workspace in ap%-southeast%-1,",
      } do
        to(base)
        sh.variables.https_proxy, sh.variables.http_proxy = "http://127.0.0.1:1", "http://127.0.0.1:1"
        local _, found = check()
        assert.matches("^" .. expected, found.base.state .. " " .. found.base.message)
        assert.equal(base:find "^http:" ~= nil, found.base.hint ~= nil)
      end
    end)

    it("tells what is known of the model", function()
      for model, expected in pairs {
        ["qwen3-mox"] = { "warn", "is not in the table", "did you mean qwen3%-max" },
        ["qwen3.5-max"] = { "warn", "unknown to the service", "`lash models`" },
        ["qwq-plus"] = { "ok", "always thinks, streams with tools" },
        ["qwen-max-2024-09-19"] = { "ok", "never thinks, takes tools only whole" },
      } do
        local _, found = check("-m", model)
        assert.equal(expected[1], found.model.state)
        assert.matches(expected[2], found.model.message)
        if expected[3] then assert.matches(expected[3], found.model.hint) else assert.is_nil(found.model.hint) end
      end
    end)

    it("tells of a server that wants neither key nor region", function()
      local s <close>, base = answering(200)
      sh.variables.DASHSCOPE_API_KEY = nil
      sh:write(".config/lash/config.json", json.encode { providers = { mine = { api_base = base } } })
      local ended, found = check("-p", "mine", "-m", "llama3.2")
      assert.equal(0, ended.exit)
      assert.same({ "mine, of type openai", base, "none, and the provider wants none",
        "llama3.2: nothing is known of it, nothing is assumed" },
        { found.provider.message, found.base.message, found.key.message, found.model.message })
      assert.equal(1, #s:requests())
    end)

    -- file of ~/.config/lash, its text, words, the finding that fails, its message
    local wrong = {
      { "config.json", "{ oops", {}, "config", "config%.json: line 1" },
      { "config.json", "[]", {}, "config", "expected object" },
      { "config.json", "", {}, "config", "config%.json" },
      { "config.json", '{ "agnets": {} }', {}, "config", "unknown key 'agnets'", "agents" },
      { "config.json", '{ "models": { "x": { "thinking": "$NOT_SET" } } }', {}, "config", "thinking" },
      { "config.json/x", "", {}, "config", "config%.json" },
      { "config.json", "{}", { "--config", "none.json" }, "config", "none%.json" },
      { "config.json", "{}", { "-a", "nobody" }, "agent", "unknown agent 'nobody'" },
      { "config.json", "{}", { "-p", "dashscop" }, "provider", "unknown provider 'dashscop'", "dashscope" },
      { "config.json", '{ "agents": { "defaults": { "model": "$NOT_SET" } } }', {}, "agent", "%$NOT_SET is not set" },
      { "config.json", '{ "agents": { "defaults": { "provider": { "api_base": "x" } } } }', {}, "provider",
        "not an http" },
      { "config.json", '{ "providers": { "dashscope": { "api_base": "http://h:x/" } } }', {}, "provider", "malformed" },
      { "config.json", '{ "providers": { "dashscope": { "api_base": "$NOT_SET" } } }', {}, "provider", "NOT_SET" },
      { "config.json", '{ "providers": { "dashscope": { "ca": "none.pem" } } }', {}, "provider", "none%.pem" },
      { "config.json", '{ "providers": { "dashscope": { "api_key": "$NOT_SET" } } }', {}, "key", "%$NOT_SET is not set",
        "export NOT_SET" },
      { "config.json", '{ "providers": { "dashscope": { "api_key": "" } } }', {}, "key", "is empty" },
      { "config.json", '{ "providers": { "dashscope": { "api_key": "a b" } } }', {}, "key", "has a space" },
      { ".env.local", "oops\n", {}, "env", "expected NAME=value" },
      { ".env.local/x", "", {}, "env", "%.env%.local" },
    }
    for i, case in ipairs(wrong) do
      it(("survives what is wrong: %d, %s"):format(i, case[5]), function()
        sh:write(".config/lash/" .. case[1], case[2])
        local ended, found = check(table.unpack(case[3]))
        assert.same({ 78, "" }, { ended.exit, ended.err })
        local finding = assert(found[case[4]], ended.out)
        assert.equal("fail", finding.state)
        assert.matches(case[5], finding.message)
        if case[6] then assert.matches(case[6], finding.hint) end
        assert.truthy(found.state and found.libcurl) -- what can be looked at is
      end)
    end

    it("is what counts when there is no network either", function()
      sh.variables.DASHSCOPE_API_KEY = nil
      local ended, found = check("--live", "--tools")
      assert.equal(78, ended.exit)
      assert.same({ "fail", "$DASHSCOPE_API_KEY is not set" }, { found.key.state, found.key.message })
      assert.same({ "fail", "warn" }, { found.connect.state, found.live.state })
    end)
  end)

  it("tells of a state folder that is of no use", function()
    to(sh:fake())
    sh.variables.XDG_STATE_HOME = "/dev/null"
    local ended, found = check()
    assert.same({ 0, "warn" }, { ended.exit, found.state.state })
    assert.matches("/dev/null/lash", found.state.message)
    sh.variables.XDG_STATE_HOME = nil
    assert.equal("ok", select(2, check()).state.state)
    assert.equal(2, sh:sh("ls .local").exit) -- and nothing is left of the test
    sh:sh "ln -s nowhere .local"
    assert.equal("warn", select(2, check()).state.state)
    assert.equal("nowhere\n", sh:sh("readlink .local; rm .local").out)
    sh:write(".local/state/lash/mine", "")
    assert.equal("ok", select(2, check()).state.state)
    assert.equal("mine\n", sh:sh("ls -A .local/state/lash").out)
  end)

  it("tells when libcurl is missing", function()
    to(sh:fake())
    for _, name in ipairs { "libcurl.so.4", "libcurl-gnutls.so.4" } do sh:write("lib/" .. name, "") end
    sh.variables.LD_LIBRARY_PATH = sh.path .. "/lib"
    local ended, found = check "--live"
    assert.same({ 78, "fail", "warn" }, { ended.exit, found.libcurl.state, found.live.state })
    assert.matches("install libcurl4", found.libcurl.message)
  end)

  describe("of the way", function()
    it("tells a name that nobody knows", function()
      to "https://nonexistent.invalid/v1"
      local ended, found = check()
      assert.same({ 69, "fail", nil }, { ended.exit, found.dns.state, found.connect })
      assert.matches("nonexistent%.invalid", found.dns.message)
    end)

    it("tells a port where nobody is", function()
      to "http://localhost:1/v1"
      local ended, found = check()
      assert.same({ 69, "ok", "fail", "is the server running?" },
        { ended.exit, found.dns.state, found.connect.state, found.connect.hint })
    end)

    it("tells a port that speaks no TLS", function()
      to((sh:fake():gsub("^http", "https")))
      local ended, found = check()
      assert.same({ 69, "ok", "fail" }, { ended.exit, found.connect.state, found.tls.state })
      assert.matches("does this port speak TLS", found.tls.hint)
    end)

    it("tells a server that speaks no HTTP, or breaks off", function()
      for _, steps in ipairs { { { send = "SSH-2.0\r\n" }, { close = true } }, { { close = true } } } do
        local s <close> = server.start { { ["repeat"] = true, steps = steps } }
        to(s.url)
        local ended, found = check()
        assert.same({ 69, "ok", "fail" }, { ended.exit, found.connect.state, found.answer.state })
      end
    end)

    it("tells answers that are none of a model's service", function()
      for status, expected in pairs {
        [200] = "ok", [401] = "ok", [403] = "ok", [404] = "warn", [302] = "warn", [405] = "warn", [503] = "warn",
      } do
        local s <close>, base = answering(status, "Location: http://elsewhere/\r\n")
        to(base)
        local ended, found = check()
        assert.same({ 0, expected, 1 }, { ended.exit, found.answer.state, #s:requests() }, status)
        if status == 302 then assert.matches("http://elsewhere/", found.answer.message) end
        if status == 404 then assert.matches("is api_base right", found.answer.hint) end
      end
    end)

    it("tells a clock that is wrong", function()
      for _, case in ipairs {
        { 0, "ok", 0 }, { 30, "ok", 0 }, { -30, "ok", 0 }, { 120, "warn", 0, "2 minutes behind" },
        { -120, "warn", 0, "2 minutes ahead of" }, { 900, "fail", 78, "15 minutes behind" },
        { -864000, "fail", 78, "10 days ahead of" },
      } do
        local s <close>, base = answering(401, "Date: " .. date(case[1]) .. "\r\n")
        to(base)
        local ended, found = check()
        assert.same({ case[2], case[3] }, { found.clock.state, ended.exit }, case[1])
        assert.matches(case[4] or ".", found.clock.message)
        assert.equal(case[2] ~= "ok", found.clock.hint ~= nil)
        assert.truthy(s)
      end
    end)

    it("believes no cache, and no date that is none", function()
      for _, headers in ipairs { "Date: " .. date(-900) .. "\r\nAge: 900\r\n", "Date: soon\r\n", "" } do
        local s <close>, base = answering(401, headers)
        to(base)
        local ended, found = check()
        assert.same({ 0, "ok" }, { ended.exit, found.clock.state })
        assert.truthy(s)
      end
    end)

    it("tells the proxy, without its password", function()
      local s <close>, base = answering(407)
      to "http://example.invalid/v1"
      sh.variables.http_proxy = "http://me:pass-canary@" .. base:match "//(.-)/"
      local ended, found = check()
      assert.same({ 69, "fail" }, { ended.exit, found.answer.state })
      assert.matches("^http://127%.0%.0%.1:%d+, from %$http_proxy$", found.proxy.message)
      assert.not_matches("canary", ended.out)
      assert.equal("http://example.invalid/v1/models", s:requests()[1].path)
    end)

    it("waits no longer than it may", function()
      local s <close> = server.start { { ["repeat"] = true, steps = { { sleep = 50000 } } } }
      to(s.url)
      local ended, found = check("--timeout", "1s", "--live")
      assert.same({ 124, "fail", "warn" }, { ended.exit, found.answer.state, found.live.state })
      assert.matches("deadline", found.answer.message)
    end)
  end)

  it("takes nothing that it does not know", function()
    for _, case in ipairs {
      { { "now" }, "lash check takes options only, not 'now'" },
      { { "--tools" }, "%-%-tools needs %-%-live" },
      { { "--lvie" }, "unknown option '%-%-lvie'\nhint: did you mean '%-%-live'" },
      { { "--thinking", "low" }, "unknown option '%-%-thinking'" },
      { { "--timeout", "soon" }, "not a duration" },
    } do
      local ended = sh:lash("check", table.unpack(case[1]))
      assert.same({ 64, "" }, { ended.exit, ended.out })
      assert.matches("^lash: usage: .*" .. case[2], ended.err)
    end
    assert.matches("^lash check %[OPTION…%] %[%-%-live %[%-%-tools%]%]\n", sh:lash("check", "--help").out)
  end)
end)

describe("the date of a header", function()
  it("is read as what it is", function()
    for text, expected in pairs {
      ["Thu, 01 Jan 1970 00:00:00 GMT"] = 0, ["Sun, 06 Nov 1994 08:49:37 GMT"] = 784111777,
      ["Thu, 29 Feb 2024 23:59:59 GMT"] = 1709251199, ["Fri, 01 Mar 2024 00:00:00 GMT"] = 1709251200,
      ["Tue, 31 Dec 2030 12:00:00 GMT"] = 1924948800,
    } do
      assert.equal(expected, way.read_date(text))
    end
    for _, text in ipairs { "", "soon", "Sun, 06 Foo 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" } do
      assert.is_nil(way.read_date(text))
    end
    assert.is_nil(way.read_date(nil))
  end)
end)

describe("a host of DashScope", function()
  it("has a name", function()
    for url, expected in pairs {
      ["https://dashscope.aliyuncs.com/compatible-mode/v1"] = "China (Beijing)",
      ["HTTPS://DashScope-Intl.Aliyuncs.com:443"] = "international (Singapore)",
      ["https://coding-intl.dashscope.aliyuncs.com/v1"] = "Coding Plan, international",
      ["https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1"] = "Token Plan, cn-beijing",
      ["https://ws-1.eu-central-1.maas.aliyuncs.com/compatible-mode/v1"] = "a workspace in eu-central-1",
    } do
      assert.equal(expected, regions.name(regions.host(url)))
    end
    assert.is_nil(regions.name "aliyuncs.com.evil.example")
    assert.is_nil(regions.name "127.0.0.1")
    assert.equal("[::1]", regions.host "http://[::1]:8080/v1")
    assert.is_nil(regions.host "no url")
  end)
end)
