local cjson = require "cjson"
local curl = require "spec.support.curl"
local errors = require "lash.errors"
local fake = require "lash.fake"
local loop = require "lash.core.loop"
local sched = require "lash.sched"

--- A test with a server.
local function with(options, f)
  return function()
    sched.run(function()
      local server <close> = fake.start(options)
      f(server)
    end)
  end
end

local function chat(server, body, ...)
  local all = { model = "qwen3-max", messages = { { role = "user", content = "Hello" } } }
  for k, v in pairs(body) do all[k] = v end
  return curl(server.url .. "/chat/completions", "-H", "Authorization: Bearer sk-x", "-d", cjson.encode(all), ...)
end

describe("lash.fake", function()
  it("answers whole", with({}, function(server)
    local res = chat(server, {})
    assert.same({ 0, 200, "application/json" }, { res.code, res.status, res.headers["content-type"] })
    assert.equal(tostring(#res.body), res.headers["content-length"])
    local body = cjson.decode(res.body)
    assert.equal("[simulated] You said: Hello", body.choices[1].message.content)
    assert.equal("qwen3-max-simulated", body.model)
    assert.equal("chatcmpl-" .. res.headers["x-request-id"], body.id)
    assert.same({ "POST", "/compatible-mode/v1/chat/completions", "Bearer sk-x", "Hello" }, {
      server.requests[1].method, server.requests[1].path, server.requests[1].headers.authorization,
      server.requests[1].json.messages[1].content })
  end))

  it("streams in chunks", with({}, function(server)
    local res = chat(server, { stream = true, stream_options = { include_usage = true } })
    assert.equal("text/event-stream;charset=UTF-8", res.headers["content-type"])
    assert.equal("chunked", res.headers["transfer-encoding"])
    local text = {}
    for data in res.body:gmatch "data: ({.-)\n\n" do
      local chunk = cjson.decode(data)
      text[#text + 1] = chunk.choices[1] and chunk.choices[1].delta.content or "|"
    end
    assert.equal("[simulated] You said: Hello|", table.concat(text))
    assert.matches('"prompt_tokens":%d+.*\n\ndata: %[DONE%]\n\n$', res.body)
  end))

  it("refuses in the service's shape", with({}, function(server)
    local res = chat(server, { model = "nope" })
    local body = cjson.decode(res.body)
    assert.same({ 404, "model_not_found", cjson.null, "invalid_request_error" },
      { res.status, body.error.code, body.error.param, body.error.type })
    assert.equal(res.headers["x-request-id"], body.request_id)
    res = curl(server.url .. "/nothing")
    assert.same({ 404, "", "0" }, { res.status, res.body, res.headers["content-length"] })
    assert.equal(401, curl(server.url .. "/models").status)
    assert.equal(400, curl("-H", "Authorization: Bearer x", "-d", "{", server.url .. "/chat/completions").status)
  end))

  it("lists its models", with({}, function(server)
    local body = cjson.decode(curl("-H", "Authorization: Bearer x", server.url .. "/models").body)
    local seen = {}
    for _, model in ipairs(body.data) do seen[model.id] = true end
    assert.is_true(seen["qwen3-max"])
    assert.is_nil(seen["qwen3.5-max"])
  end))

  it("follows a script, after the rules", with({ replies = { { match = "Hel", text = "one" } } }, function(server)
    assert.equal(400, chat(server, { temperature = 2 }).status)
    assert.equal("one", cjson.decode(chat(server, {}).body).choices[1].message.content)
    local res = chat(server, {})
    assert.equal(400, res.status)
    assert.matches("no reply is left that matches: Hello", cjson.decode(res.body).error.message)
    server:reply { status = 429, retry_after = 1.5 }
    res = chat(server, {})
    assert.same({ 429, "2" }, { res.status, res.headers["retry-after"] })
    server:reply { text = "late", delay = "20ms" }
    local before = loop.now()
    assert.matches("late", chat(server, {}).body)
    assert.is_true(loop.now() - before >= 0.02)
  end))

  it("cuts where it is told to", with({}, function(server)
    local pieces = { "one", "two", "three", "four" } -- 7 events with role, end and [DONE]
    local function cut(where, body)
      server:reply { text = pieces, cut = where }
      local res = chat(server, body or { stream = true })
      local _, events = res.body:gsub("data: ", "")
      return res.code, events, #res.body
    end
    assert.same({ 18, 2 }, { table.unpack({ cut(2) }, 1, 2) }) -- curl: transfer closed with data outstanding
    assert.same({ 18, 3 }, { table.unpack({ cut(true) }, 1, 2) })
    assert.same({ 52, 0 }, { table.unpack({ cut(0) }, 1, 2) }) -- curl: empty reply
    assert.same({ 18, 0, 10 }, { cut(10, {}) })
  end))

  it("sends what is larger than its queue", with({}, function(server)
    server:reply { text = ("x"):rep(20 << 20) }
    server:reply { text = ("Y"):rep(1 << 20) }
    local res = chat(server, {})
    assert.same({ 0, 20 << 20 }, { res.code, #cjson.decode(res.body).choices[1].message.content })
    res = chat(server, { stream = true })
    assert.same({ 0, 1 << 20 }, { res.code, select(2, res.body:gsub("Y", "")) })
  end))

  it("forgets a client that leaves, and ends with its answer open", with({}, function(server)
    server:reply { text = "never", delay = "1h" }
    server:reply "still here"
    assert.equal(28, chat(server, {}, "-m", "0.05").code) -- curl: operation timed out
    assert.matches("still here", chat(server, {}).body)
  end))

  it("names the port that is in use", with({}, function(server)
    local ok, err = pcall(fake.start, { port = math.tointeger(server.url:match ":(%d+)/") })
    assert.is_false(ok)
    assert.equal("io", err.kind)
    assert.matches("127.0.0.1:%d+: Address already in use", err.message)
    server:stop()
    server:stop()
    assert.equal(7, chat(server, {}).code) -- curl: connection refused
  end))

  it("refuses options that it does not know", function()
    local ok, err = pcall(fake.start, { prot = 1 })
    assert.is_true(not ok and errors.is(err) and err.kind == "usage")
  end)
end)

describe("lash fake", function()
  local main = require "lash.cli.fake"
  local cases = {
    { { "--port", "70000" }, "usage" }, { { "--port" }, "usage" }, { { "--port=x" }, "usage" },
    { { "--prot", "1" }, "usage" }, { { "a.lua", "b.lua" }, "usage" }, { { "no/such/file.lua" }, "input" },
    { { "--", "--port" }, "input" },
  }
  for _, case in ipairs(cases) do
    it("refuses " .. table.concat(case[1], " "), function()
      local ok, err = pcall(main, case[1])
      assert.is_false(ok)
      assert.equal(case[2], err.kind)
    end)
  end
end)
