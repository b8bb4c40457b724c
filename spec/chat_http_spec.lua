--- What a model call looks like from the other side of the wire.
local cjson = require "cjson"
local chat = require "lash.chat"
local model = require "spec.support.model"
local server = require "spec.support.server"

local ANSWER = model.ok(model.stream { "Hi" })
local ALWAYS = { ["repeat"] = true, steps = ANSWER.steps }

describe("a request", function()
  it("carries what the provider says, and nothing else", model.test({ ALWAYS }, function(s)
    local provider = model.provider(s.url .. "/v1", { headers = { ["X-Team"] = "a b", ["X-Empty"] = "" } })
    assert(model.turn(s.url, { provider = provider }).turn)
    local request = s:requests()[1]
    assert.equal("POST /v1/chat/completions HTTP/1.1", request.line)
    local headers = request.headers
    assert.same({
      authorization = "Bearer sk-spec",
      accept = "text/event-stream",
      ["content-type"] = "application/json",
      ["content-length"] = tostring(#request.body),
      ["user-agent"] = "lash/" .. require "lash.version",
      host = "127.0.0.1:" .. s.port,
      ["x-team"] = "a b",
      ["x-empty"] = "",
    }, headers)
  end))

  it("has a header once, as the provider wants it", model.test({ ALWAYS }, function(s)
    local headers = { ["user-agent"] = "agent/1", AUTHORIZATION = "Basic eA==" }
    assert(model.turn(s.url, { provider = model.provider(s.url, { headers = headers }) }).turn)
    local sent = s:requests()[1].headers
    assert.same({ "agent/1", "Basic eA==" }, { sent["user-agent"], sent.authorization })
  end))

  it("without a key has no Authorization", model.test({ ALWAYS }, function(s)
    local provider = model.provider(s.url, { type = "openai" })
    provider.api_key = nil
    assert(model.turn(s.url, { provider = provider }).turn)
    assert.is_nil(s:requests()[1].headers.authorization)
  end))

  it("asks for JSON when it asks for no stream", model.test({ server.json(200, model.whole { content = "Hi" }) },
    function(s)
      local fields = { tools = { {} }, tool_streaming = "fallback" }
      assert.equal("Hi", model.turn(s.url, fields).turn.text)
      local request = s:requests()[1]
      assert.equal("application/json", request.headers.accept)
      local body = cjson.decode(request.body)
      assert.same({ false, nil }, { body.stream, body.stream_options })
    end))

  it("lets the service queue it where that is configured", model.test({ ALWAYS }, function(s)
    for i, case in ipairs { { "dashscope", 30, "30" }, { "openai", 30, nil }, { "dashscope", nil, nil },
      { "dashscope", 12.5, "13" } } do
      local kind, seconds, expected = table.unpack(case, 1, 3)
      assert(model.turn(s.url, { provider = model.provider(s.url, { type = kind, wait_timeout = seconds }) }).turn)
      assert.equal(expected, s:requests()[i].headers["x-dashscope-wait-timeout"])
    end
  end))

  it("waits longer for its first byte while it is queued", model.test({
    { steps = { { sleep = 60 }, ANSWER.steps[1] } },
  }, function(s)
    chat.clocks.first_byte = 0.01
    assert(model.turn(s.url, { provider = model.provider(s.url, { wait_timeout = 3 }) }).turn)
  end))

  it("large as it may be, waits for no permission", model.test({ ALWAYS }, function(s)
    local text = ("x"):rep(1 << 20)
    assert(model.turn(s.url, { messages = { { role = "user", content = text } } }).turn)
    local request = s:requests()[1]
    assert.is_nil(request.headers.expect)
    assert.equal(text, cjson.decode(request.body).messages[1].content)
  end))
end)

describe("an answer", function()
  it("may follow provisional ones, or be of an old server", model.test({
    { steps = { { send = "HTTP/1.1 100 Continue\r\n\r\n" .. ANSWER.steps[1].send } } },
    { steps = { { send = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" .. ANSWER.steps[1].send } } },
    { steps = { { send = "HTTP/1.0 200 OK\r\n\r\n\xEF\xBB\xBF" .. model.stream { "Hi" } }, { close = true } } },
  }, function(s)
    for _ = 1, 3 do assert.equal("Hi", model.turn(s.url).turn.text) end
  end))
end)

describe("a connection", function()
  it("is used again after a complete answer, an error, an answer in chunks", model.test({
    ANSWER, model.refusal(400, "no"), { steps = { { send = model.chunked(model.stream { "Hi" }, 20) } } }, ANSWER,
  }, function(s)
    for _ = 1, 4 do model.turn(s.url) end
    local used = {}
    for i, request in ipairs(s:requests()) do used[i] = request.connection end
    assert.same({ 1, 1, 1, 1 }, used)
  end))

  it("that the server closed meanwhile is used no more", model.test({
    { steps = { ANSWER.steps[1], { close = true } } }, ANSWER,
  }, function(s)
    for i = 1, 2 do assert.is_nil(model.turn(s.url, { retries = 1 }).err, i) end
    assert.not_equal(s:requests()[1].connection, s:requests()[2].connection)
  end))

  it("that is closed on a request has it sent again by us alone, who count", model.test({
    ANSWER, { steps = { { reset = true } } }, -- as when the request and the end pass each other
    ANSWER, { steps = { { close = true } } }, ANSWER,
  }, function(s)
    assert.equal(1, model.turn(s.url).turn.attempts)
    local outcome = model.turn(s.url, { retries = 1 })
    assert.same({ "Hi", 2, "network" }, { outcome.text, outcome.turn.attempts, outcome.retries[1].error.kind })
    local err = model.turn(s.url).err
    assert.same({ "network", true, 1 }, { err.kind, err.temporary, err.attempts })
    assert.is_nil(model.turn(s.url).err)
    local used = s:requests()
    assert.equal(5, #used)
    assert.equal(used[1].connection, used[2].connection)
    assert.equal(used[3].connection, used[4].connection)
  end))

  it("serves one call at a time", model.test({
    { steps = { { sleep = 30 }, ANSWER.steps[1] } }, ANSWER,
  }, function(s)
    local task = require "lash.task"
    local outcomes = task.gather {
      function() return model.turn(s.url) end,
      function() return model.turn(s.url) end,
    }
    for i = 1, 2 do assert.equal("Hi", outcomes[i][1].text) end
    assert.not_equal(s:requests()[1].connection, s:requests()[2].connection)
  end))
end)

describe("a proxy", function()
  --- Runs one turn in a process of its own, which has an environment.
  local function turn(environment, url, proxy)
    local file = os.tmpname()
    local f <close> = assert(io.open(file, "w"))
    f:write(([[
      local model = require "spec.support.model"
      model.run(function()
        local provider = model.provider(%q)
        provider.proxy = %s
        local outcome = model.turn(%q, { provider = provider })
        io.write(tostring(outcome.err and outcome.err.kind or outcome.text))
      end)
    ]]):format(url, proxy and ("%q"):format(proxy) or "nil", url))
    f:flush()
    local run <close> = io.popen(("env -u http_proxy -u no_proxy -u NO_PROXY -u HTTP_PROXY %s '%s' --lua %s 2>&1")
      :format(environment, os.getenv "LASH_PROGRAM", file))
    local out = run:read "a"
    os.remove(file)
    return out
  end

  it("of the environment is used, and bypassed where it says so", function()
    local proxy <close> = server.start { ALWAYS }
    local target <close> = server.start { ALWAYS }
    local set = "http_proxy=" .. proxy.url
    assert.equal("Hi", turn(set, "http://example.invalid/v1"))
    assert.equal("http://example.invalid/v1/chat/completions", proxy:requests()[1].path)
    assert.equal("Hi", turn(set .. " NO_PROXY=127.0.0.1", target.url))
    assert.equal("Hi", turn(set .. " no_proxy=127.0.0.1", target.url))
    assert.equal("Hi", turn("HTTP_PROXY=" .. proxy.url, target.url)) -- CGI's trap: upper case does not count
    assert.same({ 1, 3 }, { #proxy:requests(), #target:requests() })
  end)

  it("of the provider comes before that of the environment", function()
    local proxy <close> = server.start { ALWAYS }
    assert.equal("Hi", turn("http_proxy=http://127.0.0.1:1", "http://example.invalid/v1", proxy.url))
    assert.equal("network", turn("http_proxy=" .. proxy.url, "http://example.invalid/v1", "http://127.0.0.1:1"))
    assert.equal(1, #proxy:requests())
  end)

  it("that wants to know who asks is asked once", model.test({
    { ["repeat"] = true, { send = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n" } },
  }, function(s)
    local provider = model.provider("https://example.invalid/v1", { proxy = s.url })
    local err = model.turn(s.url, { provider = provider, retries = 4 }).err
    assert.same({ "config", false }, { err.kind, err.temporary })
    assert.matches("the proxy wants another name and password %(407%)$", err.message)
    assert.equal(1, #s:requests())
  end))
end)
