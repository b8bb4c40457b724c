--- What a stream says, and in whatever pieces it comes.
local cjson = require "cjson"
local model = require "spec.support.model"
local server = require "spec.support.server"

local function fixtures()
  local list = {}
  for line in io.lines "spec/data/dashscope.jsonl" do
    local fixture = cjson.decode(line)
    list[fixture.name] = fixture
  end
  return list
end

local ID = "00000000-0000-4000-8000-000000000001"
local weather = { id = "call_a1", name = "weather", arguments = '{"city": "San Francisco"}' }

--- What each captured answer means. `requests`: more than one where its refusal
--- teaches something.
local MEANING = {
  text = { text = "Hello", finish = "stop", usage = { 21, 9, 30, nil, 0 } },
  thinking = { thinking = "We think", text = "Answer", finish = "stop", usage = { 24, 35, 59, 28, 0 } },
  tool_stream = { finish = "tool_calls", calls = { weather }, usage = { 21, 9, 30, nil, 0 } },
  tool_parallel_interleaved = { finish = "tool_calls", usage = { 21, 9, 30, nil, 0 }, calls = {
    { id = "call_a", name = "f", arguments = '{"x":1}' }, { id = "call_b", name = "g", arguments = '{"y":2}' } } },
  tool_cut_by_length = { finish = "length", usage = { 21, 9, 30, nil, 0 },
    calls = { { id = "call_a1", name = "weather", arguments = '{"city": "San Fran' } } },
  thinking_then_tool = { thinking = "need data", finish = "tool_calls", usage = { 24, 35, 59, 28, 0 },
    calls = { { id = "call_a", name = "weather", arguments = '{"city":"Oslo"}' } } },
  heartbeats_crlf = { text = "Hi", finish = "stop", usage = {} },
  truncated_no_done = { text = "Hel", err = { "incomplete", 76, true } },
  midstream_inspection = { text = "Hello", err = { "content_filter", 77, false, nil, "data_inspection_failed" },
    message = "Output data may contain inappropriate content" },
  sse_error_event_http429 = { err = { "rate_limit", 75, true, 429, "Throttling.AllocationQuota", ID } },
  data_prefixed_400 = { err = { "invalid", 78, false, 400, "invalid_parameter_error", "chatcmpl-" .. ID },
    requests = 2 },
  e401_key = { err = { "auth", 77, false, 401, "invalid_api_key", ID }, message = "Incorrect API key" },
  e404_model = { err = { "not_found", 78, false, 404, "model_not_found", ID }, message = "`qwen3.5%-max`" },
  e400_nonstream_thinking = { err = { "invalid", 78, false, 400, "invalid_parameter_error", ID } },
  e400_stream_only = { err = { "invalid", 78, false, 400, "invalid_parameter_error", ID }, requests = 2 },
  e429_tpm = { err = { "rate_limit", 75, true, 429, "insufficient_quota", ID } },
  e429_month = { err = { "billing", 78, false, 429, "insufficient_quota", ID } },
  e503 = { err = { "unavailable", 69, true, 503, "ServiceUnavailable", ID }, message = "system capacity" },
}

local function check(name, expected, outcome)
  local turn, err = outcome.turn, outcome.err
  assert.equal(expected.text or "", outcome.text, name)
  assert.equal(expected.thinking or "", outcome.thinking, name)
  if expected.err then
    local kind, exit, temporary, status, code, request_id = table.unpack(expected.err, 1, 6)
    assert.is_nil(turn, name)
    assert.same({ kind, exit, temporary, code },
      { err.kind, err.exit, err.temporary, err.code }, name)
    assert.equal(status, err.status, name)
    if request_id then assert.equal(request_id, err.request_id, name) end
    assert.matches(expected.message or ".", err.message, nil, nil, name)
    assert.equal(expected.text or "", outcome.partial.text, name)
  else
    assert.is_nil(err, name .. ": " .. tostring(err))
    local u = turn.usage
    assert.same(expected.usage, { u.input, u.output, u.total, u.reasoning, u.cached }, name)
    assert.same(expected.calls or {}, turn.calls, name)
    assert.same({ expected.finish, "qwen3-max", expected.text or "", expected.thinking or "" },
      { turn.finish, turn.model, turn.text, turn.thinking }, name)
  end
end

describe("a stream", function()
  it("means the same in any pieces, for every captured answer", function()
    local all, exchanges, sizes = fixtures(), {}, { 1, 7, 1 << 20 }
    for name, fixture in pairs(all) do
      for _, size in ipairs(sizes) do
        exchanges[#exchanges + 1] = { ["repeat"] = true, match = ("/%s/%d/"):format(name, size),
          steps = { { send = model.chunked(fixture.body, size, fixture.status) } } }
      end
    end
    local s <close> = server.start(exchanges)
    local expected = 0
    model.run(function()
      for name in pairs(all) do
        local meaning = assert(MEANING[name], "a new fixture: " .. name)
        for _, size in ipairs(sizes) do
          local own = ("spec-%s-%d"):format(name, size) -- what is learned of a model is remembered
          check(name, meaning, model.turn(("%s/%s/%d"):format(s.url, name, size), { model = own,
            tools = { { type = "function" } }, tool_choice = name == "data_prefixed_400" and "required" or nil,
            tool_streaming = name == "e400_stream_only" and "fallback" or nil }))
          expected = expected + (meaning.requests or 1)
        end
      end
    end)
    assert.equal(expected, #s:requests())
  end)

  it("is text in whatever bytes a character is cut", function()
    local text = "Grüße, 世界 🌍!\u{2028}\\\"\t"
    local body = model.stream({ text }):gsub("\n", "\r\n") -- so that each CRLF is cut, too
    local exchanges = {}
    for size = 1, 5 do
      exchanges[size] = { match = "/" .. size .. "/", steps = { { send = model.chunked(body, size) } } }
    end
    exchanges[6] = { match = "/drip/", steps = {
      { send = "HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" }, { drip = body } } }
    local s <close> = server.start(exchanges)
    model.run(function()
      for _, path in ipairs { "/1", "/2", "/3", "/4", "/5", "/drip" } do
        local outcome = model.turn(s.url .. path)
        assert.is_nil(outcome.err)
        assert.same({ text, text }, { outcome.text, outcome.turn.text })
      end
    end)
  end)

  it("hands out both channels in their order", model.test({
    model.ok(model.stream {
      { reasoning_content = "a" }, { reasoning_content = "b", content = "c" }, { content = "d" },
      { reasoning_content = "e" }, { content = "f", reasoning_content = "" },
    }),
  }, function(s)
    local outcome = model.turn(s.url)
    assert.same({ "thinking", "text", "thinking", "text" }, outcome.order)
    assert.same({ "abe", "cdf" }, { outcome.thinking, outcome.text })
  end))

  it("may be one behind a byte order mark", model.test({
    server.json(200, "\xEF\xBB\xBF" .. model.whole { content = "Hi" }),
    { steps = { { send = model.http(200, "\xEF\xBB\xBF" .. model.stream { "Ho" }, "") } } },
  }, function(s)
    for _, expected in ipairs { "Hi", "Ho" } do assert.equal(expected, model.turn(s.url).turn.text) end
  end))

  it("may be one behind a byte order mark that comes in pieces", function()
    local refusal = cjson.encode { error = { message = "no", code = "Arrearage" } }
    local bodies = { { 200, model.whole { content = "Hi" } }, { 200, model.stream { "Hi" } }, { 400, refusal },
      { 200, "\u{FF01} words" } } -- which begins as the mark does
    local exchanges = {}
    for i, body in ipairs(bodies) do
      local text = i < 4 and "\xEF\xBB\xBF" .. body[2] or body[2]
      for size = 1, 4 do
        local head = ("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n"):format(body[1], #text)
        exchanges[#exchanges + 1] = { match = ("/%d/%d/"):format(i, size), steps = { { send = head },
          { drip = text:sub(1, size), every = 2 }, { sleep = 4 }, { send = text:sub(size + 1) } } }
      end
    end
    local s <close> = server.start(exchanges)
    model.run(function()
      for size = 1, 4 do
        assert.equal("Hi", model.turn(("%s/1/%d"):format(s.url, size)).text)
        assert.equal("Hi", model.turn(("%s/2/%d"):format(s.url, size)).text)
        local err = model.turn(("%s/3/%d"):format(s.url, size)).err
        assert.same({ "billing", "no" }, { err.kind, err.message })
        assert.equal("\u{FF01} words", model.turn(("%s/4/%d"):format(s.url, size)).err.message)
      end
    end)
  end)

  it("may be a plain JSON answer", model.test({
    server.json(200, model.whole({ content = "Hello", reasoning_content = "Hm" })),
    server.json(200, "\r\n\t " .. model.whole({ content = "", tool_calls = model.calls({ "f", "{}" }).tool_calls },
      "tool_calls")),
    model.ok(model.stream { "a stream" }), -- where none was asked for
  }, function(s)
    local outcome = model.turn(s.url)
    assert.same({ "Hello", "Hm", "stop", 12 },
      { outcome.text, outcome.turn.thinking, outcome.turn.finish, outcome.turn.usage.total })
    assert.same({ "thinking", "text" }, outcome.order)
    assert.same({ { id = "call_1", name = "f", arguments = "{}" } }, model.turn(s.url).turn.calls)
    local fields = { tools = { {} }, tool_streaming = "fallback" }
    assert.equal("a stream", model.turn(s.url, fields).text)
  end))

  it("ends with the service's last word, not with the connection", model.test({
    { steps = { { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" .. model.stream { "Hello" } },
      { sleep = 50000 } } },
  }, function(s)
    assert.equal("Hello", model.turn(s.url).turn.text)
    assert.equal(1, s:wait_gone())
  end))

  it("has no more after that, even in one piece with it", model.test({
    model.ok(model.stream { "Hello" } .. model.stream { " you", model.calls { "f", "{}" } }),
  }, function(s)
    local turn = model.turn(s.url).turn
    assert.same({ "Hello", 0 }, { turn.text, #turn.calls })
  end))

  it("is read in linear time, a byte an event", function()
    local function call(fields) return model.chunk { tool_calls = { fields } } end
    local function many(data) return { send = ("data: " .. data .. "\n\n"):rep(100), times = 1000 } end
    model.test({ { steps = {
      { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" },
      many(model.chunk { content = "x" }),
      { send = "data: " .. call { index = 0, id = "a", ["function"] = { name = "f" } } .. "\n\n" },
      many(call { index = 0, id = "", ["function"] = { arguments = "1" } }),
      { send = model.stream {} }, { close = true },
    } } }, function(s)
      local turn = model.turn(s.url).turn
      assert.same({ 100000, 100000 }, { #turn.text, #turn.calls[1].arguments })
    end)()
  end)

  it("may bring an event of a megabyte, and no more than 16", function()
    local long = ("x"):rep(1 << 20)
    local exchanges = {
      { match = "/long", steps = { { send = model.chunked(model.stream { long }, 100000) } } },
      { match = "/endless", steps = {
        { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " },
        { send = long, times = 20 }, { send = "\n\n" }, { sleep = 50000 } } },
    }
    local s <close> = server.start(exchanges)
    model.run(function()
      assert.equal(long, model.turn(s.url .. "/long").text)
      local err = model.turn(s.url .. "/endless").err
      assert.same({ "protocol", 76, false }, { err.kind, err.exit, err.temporary })
      assert.matches("too large", err.message)
      assert.is_number(s:wait_gone())
    end)
  end)
end)

describe("a stream that nobody reads", function()
  local core = require "lash.core.chat"
  local loop = require "lash.core.loop"

  --- Resident pages of this process, in bytes.
  local function resident()
    local file <close> = assert(io.open "/proc/self/statm")
    return tonumber(file:read("a"):match "^%d+ (%d+)") * 4096
  end

  local function take(gather)
    local chunk = "data: " .. model.chunk { content = ("0123456789abcdef"):rep(4096) } .. "\n\n" -- 64 KB
    local s <close> = server.start { { steps = {
      { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" },
      { send = chunk, times = 320 }, -- 20 MB
      { send = model.stream {} }, { close = true },
    } } }
    local stream <close> = assert(core.start { url = s.url, body = "{}", headers = {}, proxy = "", gather = gather })
    local ready, before = {}, resident()
    local stop = loop.now() + 0.15
    while loop.now() < stop do loop.poll(stop - loop.now(), ready) end
    assert.is_true(resident() - before < 4 << 20)
    local bytes, largest, kind, text = 0, 0, stream:pop()
    while kind ~= "done" do
      assert.not_equal("fail", kind)
      if kind then bytes, largest = bytes + #text, math.max(largest, #text) else loop.poll(1, ready) end
      kind, text = stream:pop()
    end
    assert.equal(320 * 65536, bytes)
    assert.is_true(largest < 1 << 20)
  end

  it("waits in the sockets, not in memory, and arrives complete", function() take(false) end)

  it("does so also when its text is gathered", function() take(true) end)
end)

describe("a stream that is open", function()
  it("says how far it has come", function()
    local core, loop = require "lash.core.chat", require "lash.core.loop"
    local s <close> = server.start {
      { steps = { { sleep = 300 }, { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hi\n\n" },
        { sleep = 50000 } } } }
    local stream = assert(core.start { url = s.url, body = "{}", headers = {}, proxy = "" })
    local phases, ready = {}, {}
    while phases[#phases] ~= "answering" do
      local phase = stream:phase()
      if phases[#phases] ~= phase then phases[#phases + 1] = phase end
      loop.poll(0.001, ready)
    end
    assert.same({ "connecting", "waiting", "answering" }, phases)
    stream:close()
    assert.is_nil(stream:phase())
  end)
end)
