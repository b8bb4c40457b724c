--- lash check --live: what the model is asked, and what comes of it.
local json = require "lash.core.json"
local server = require "spec.support.server"
local support = require "spec.support.check"

local answering = support.answering

describe("lash check", function()
  local sh, check, to

  before_each(function() sh, check, to = support.new() end)
  after_each(function() sh:close() end)

  describe("--live", function()
    it("asks the model once, and tells what it cost", function()
      to(sh:fake 'return { { text = "ok" } }')
      local ended, found = check "--live"
      assert.equal(0, ended.exit)
      assert.matches("^qwen3%-max %(qwen3%-max%-simulated%) answered: [%d.]+ s, %d+ tokens in, %d+ out, %$0%.0000%d+$",
        found.live.message)
    end)

    it("asks for little", function()
      to(sh:fake [[
        return function(r)
          assert(r.json.max_tokens <= 16 and r.json.enable_thinking == false and not r.json.tools)
          return "ok"
        end]])
      assert.equal(0, (check("--live", "-m", "qwen3.5-plus")).exit)
    end)

    it("ends with the failure's own status, and tries once", function()
      for _, case in ipairs {
        { 401, 77 }, { 403, 77 }, { 404, 78 }, { 429, 75 }, { 500, 69 }, { 400, 78 },
      } do
        to(sh:fake(("return { { status = %d }, 'ok' }"):format(case[1])))
        local ended, found = check("--live", "--tools")
        assert.same({ case[2], "fail", "warn" }, { ended.exit, found.live.state, found.tools.state }, case[1])
        os.execute("kill " .. sh.pid)
        sh.server:close()
        sh.server = nil
      end
    end)

    it("tells a key that is wrong", function()
      to(sh:fake())
      sh.variables.DASHSCOPE_API_KEY = "sk-bad"
      local ended = sh:lash("check", "--live")
      assert.equal(77, ended.exit)
      assert.matches("\nfail  live      Incorrect API key provided[^\n]*\n      hint: a key works in one region only",
        ended.out)
    end)

    it("tells an address that is wrong", function()
      local s <close>, base = answering(404)
      to(base)
      local ended, found = check "--live"
      assert.same({ 78, "fail", 2 }, { ended.exit, found.live.state, #s:requests() })
    end)

    it("says how a model that was thought to be other is to be configured", function()
      to(sh:fake())
      sh:write(".config/lash/config.json", '{ "models": { "qwq-plus": { "thinking": "on", "stream_only": false } } }')
      local ended, found = check("--live", "-m", "qwq-plus")
      assert.equal(0, ended.exit)
      assert.equal('put into ~/.config/lash/config.json: "models": { "qwq-plus": { "thinking": "only" } }',
        found.model.hint)
    end)

    it("waits no longer than it may", function()
      local s <close> = server.start {
        { match = "GET", steps = { { send = "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n" } } },
        { steps = { { sleep = 50000 } } },
      }
      to(s.url)
      local ended, found = check("--timeout", "1s", "--live")
      assert.same({ 124, "ok", "fail" }, { ended.exit, found.answer.state, found.live.state })
    end)
  end)

  describe("--live --tools", function()
    --- Replies of a service where streams and tools go together like this: `native`
    -- and `whole` are replies to requests with tools.
    local function service(native, whole)
      return ([[
        return function(r)
          if not r.json.tools then return "ok" end
          if r.json.stream then return %s else return %s end
        end]]):format(native, whole)
    end

    local CALL, WORDS = '{ tool = "ping" }', '"No."'
    local REFUSED = '{ status = 400, message = "cannot use tools with stream=True" }'
    local USER = "~/.config/lash/config.json"

    local function tools(model, replies, config)
      to(sh:fake(replies))
      if config then sh:write(".config/lash/config.json", config) end
      local ended, found = check("--live", "--tools", "-m", model)
      return ended.exit, found.tools
    end

    it("is content with what is as known", function()
      local exit, found = tools("qwen3-max", service(CALL, WORDS))
      assert.same({ 0, "ok", nil }, { exit, found.state, found.hint })
      assert.matches("^qwen3%-max streams with tools: ", found.message)
    end)

    it("is content with a fallback that is known to be one", function()
      local exit, found = tools("qwen-max-2024-09-19", service(CALL, CALL))
      assert.same({ 0, "ok", nil }, { exit, found.state, found.hint })
      assert.matches("takes tools only whole %(.*Cannot use tools with stream=True", found.message)
    end)

    it("says what to configure for a model that refuses", function()
      local exit, found = tools("qwen-plus", service(REFUSED, CALL))
      assert.same({ 0, "warn" }, { exit, found.state })
      assert.equal('put into ' .. USER .. ': { "models": { "qwen-plus": { "stream_tools": false } } }', found.hint)
    end)

    it("says it as a line for a file that is there, and that line helps", function()
      local _, found = tools("qwen-plus", service(REFUSED, CALL), "{}")
      local line = found.hint:match("^put into " .. USER:gsub("%p", "%%%0") .. ": (.*)$")
      assert.equal('"models": { "qwen-plus": { "stream_tools": false } }', line)
      sh:write(".config/lash/config.json", "{ " .. line .. " }")
      local ended, again = check("--live", "--tools", "-m", "qwen-plus")
      assert.same({ 0, "ok" }, { ended.exit, again.tools.state })
    end)

    it("says it for a model that streams, and forgets to call", function()
      local _, found = tools("qwen-plus", service(WORDS, CALL))
      assert.matches('"stream_tools": false', found.hint)
    end)

    it("says it for a model that can more than is known", function()
      local known = '{ "models": { "qwen3-max": { "stream_tools": false } } }'
      local _, found = tools("qwen3-max", service(CALL, CALL), known)
      assert.equal("warn", found.state)
      assert.matches('"models": { "qwen3%-max": { "stream_tools": true } }$', found.hint)
    end)

    it("says it for a setting that is wrong", function()
      local native = '{ "agents": { "defaults": { "tool_streaming": "native" } } }'
      local _, found = tools("qwen-plus", service(REFUSED, CALL), native)
      assert.same({ "warn", 'put into its agent, in place of "native": "tool_streaming": "fallback"' },
        { found.state, found.hint })
    end)

    it("learns nothing from a model that calls no tool", function()
      local exit, found = tools("qwen-plus", service(WORDS, WORDS))
      assert.same({ 0, "warn", nil }, { exit, found.state, found.hint })
    end)

    it("ends with the failure where neither works", function()
      local exit, found = tools("qwen-plus", service(REFUSED, '{ status = 400, message = "no tools" }'))
      assert.same({ 78, "fail" }, { exit, found.state })
    end)

    it("takes a busy service for no refusal", function()
      local exit, found = tools("qwen-plus", service("{ status = 429 }", CALL))
      assert.same({ 75, "fail" }, { exit, found.state })
    end)
  end)

  describe("--json", function()
    local function lines(out)
      local list = {}
      for line in out:gmatch "[^\n]+" do list[#list + 1] = assert(json.decode(line)) end
      return list
    end

    it("tells a finding a line, and the end", function()
      to(sh:fake [[return function(r)
        return r.json.tools and { status = 400, message = "no tools in a stream" } or "ok"
      end]])
      local ended = check("--json", "--live", "--tools")
      assert.equal("", ended.err)
      local list = lines(ended.out)
      for i = 1, #list - 1 do
        local ev = list[i]
        assert.equal("finding", ev.type)
        assert.truthy(ev.name and ev.message and ev.t >= 0 and (ev.state == "ok" or i == #list - 1))
      end
      local done = list[#list]
      assert.same({ "done", 78, "invalid" }, { done.type, done.exit, done.kind })
      assert.same({ "invalid", 400 }, { done.error.kind, done.error.status })
      assert.equal(78, ended.exit)
    end)

    it("has what to configure as data", function()
      to(sh:fake [[return function(r)
        if r.json.tools and r.json.stream then return { status = 400, message = "no tools in a stream" } end
        return r.json.tools and { tool = "ping" } or "ok"
      end]])
      local list = lines((check("--json", "--live", "--tools")).out)
      assert.same({ models = { ["qwen3-max"] = { stream_tools = false } } }, list[#list - 1].config)
      assert.same({ 0, "ok" }, { list[#list].exit, list[#list].kind })
    end)
  end)
end)
