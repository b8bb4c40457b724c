--- What goes wrong between here and the service, and what it is called.
local chat = require "lash.chat"
local model = require "spec.support.model"
local server = require "spec.support.server"

local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
local OPEN = HEAD .. "Connection: close\r\n\r\n" -- the end of the connection ends the body
local HEL = "data: " .. model.chunk { content = "Hel" } .. "\n\n"
local HM = "data: " .. model.chunk { reasoning_content = "Hm" } .. "\n\n"
local CALL = "data: " .. model.chunk(model.calls { "f", "{}" }) .. "\n\n"
local FINISH = "data: " .. model.chunk({}, "stop") .. "\n\n"

local function in_chunks(...)
  local parts = { HEAD, "Transfer-Encoding: chunked\r\n\r\n" }
  for _, text in ipairs { ... } do parts[#parts + 1] = ("%x\r\n%s\r\n"):format(#text, text) end
  return table.concat(parts)
end

local function of_length(n, text) return HEAD .. ("Content-Length: %d\r\n\r\n"):format(n) .. text end

local function html(status)
  return model.http(status, "<html><head><title>502 Bad Gateway</title></head></html>", "Content-Type: text/html\r\n")
end

--- name, the steps of the server, { kind, exit, temporary }, a part of the
--- message, text that was handed out.
local FAULTS = {
  { "end before any byte", { { close = true } }, { "network", 69, true }, "the connection broke" },
  { "reset before any byte", { { reset = true } }, { "network", 69, true }, "the connection broke" },
  { "end inside the service's reason for it",
    { { send = OPEN .. HEL .. 'data: {"error":{"code":"data_inspection_failed","message":"Output data may contain '
      .. 'inappropriate content."}}' }, { close = true } },
    { "content_filter", 77, false }, "inappropriate content", "Hel" },
  { "end inside a text", { { send = OPEN .. HEL .. HEL:sub(1, -3) }, { close = true } }, { "incomplete", 76, true },
    "without a finish reason", "HelHel" },
  { "end in the status line", { { send = "HTTP/1.1 2" }, { close = true } }, { "network", 69, true } },
  { "end in the headers", { { send = "HTTP/1.1 200 OK\r\nContent-Ty" }, { close = true } }, { "network", 69, true } },
  { "reset in the headers", { { send = HEAD }, { reset = true } }, { "network", 69, true } },
  { "end of an announced body", { { send = of_length(5000, HEL) }, { close = true } }, { "incomplete", 76, true },
    "the answer was cut", "Hel" },
  { "end of an announced body before text", { { send = of_length(5000, ": hi\n\n") }, { close = true } },
    { "network", 69, true }, "the answer was cut" },
  { "end between chunks", { { send = in_chunks(HEL) }, { close = true } }, { "incomplete", 76, true }, "cut", "Hel" },
  { "end inside a chunk", { { send = in_chunks(HEL) .. "ff\r\ndata" }, { close = true } }, { "incomplete", 76, true },
    "cut", "Hel" },
  { "reset after thinking", { { send = in_chunks(HM) }, { sleep = 20 }, { reset = true } },
    { "incomplete", 76, true } },
  { "reset after text", { { send = in_chunks(HEL) }, { sleep = 20 }, { reset = true } }, { "incomplete", 76, true },
    nil, "Hel" },
  { "reset before text", { { send = in_chunks(": hi\n\n") }, { sleep = 20 }, { reset = true } },
    { "network", 69, true } },
  { "no finish reason", { { send = OPEN .. HEL }, { close = true } }, { "incomplete", 76, true },
    "without a finish reason", "Hel" },
  { "no finish reason of a call", { { send = OPEN .. CALL }, { close = true } }, { "incomplete", 76, true } },
  { "nothing but the end", { { send = in_chunks() .. "0\r\n\r\n" } }, { "network", 69, true } },
  { "an empty body", { { send = HEAD .. "Content-Length: 0\r\n\r\n" } }, { "network", 69, true } },
  { "an end without an answer", { { send = OPEN .. 'data: {"choices":[],"usage":{"prompt_tokens":7}}\n\n'
      .. "data: [DONE]\n\n" }, { close = true } }, { "network", 69, true }, "without an answer" },
  { "204", { { send = "HTTP/1.1 204 No Content\r\n\r\n" } }, { "network", 69, true } },
  { "an event cut in the middle", { { send = OPEN .. HEL .. HEL:sub(1, 40) }, { close = true } },
    { "incomplete", 76, true }, nil, "Hel" },
  { "not HTTP", { { send = "SSH-2.0-OpenSSH_9.2\r\n" }, { close = true } }, { "protocol", 76, true } },
  { "a header that never ends", { { send = "HTTP/1.1 200 OK\r\nX: " .. ("y"):rep(200000) }, { close = true } },
    { "protocol", 76, true } },
  { "an event that is not JSON", { { send = OPEN .. HEL .. "data: {oops\n\n" }, { close = true } },
    { "protocol", 76, true }, "not JSON", "Hel" },
  { "an event that is a word", { { send = OPEN .. "data: hello\n\n" }, { close = true } },
    { "protocol", 76, true }, "not a JSON object: hello" },
  { "bytes that are not UTF-8", { { send = OPEN .. 'data: {"choices":[{"delta":{"content":"a\xFFz"}}]}\n\n' },
    { close = true } }, { "incomplete", 76, true }, nil, "a\u{FFFD}z" },
  { "JSON that is cut", { { send = OPEN .. '{"choices":[' }, { close = true } }, { "protocol", 76, true } },
  { "a page instead of an answer", { { send = html(200) } }, { "protocol", 76, true }, "502 Bad Gateway" },
  { "words instead of an answer", { { send = model.http(200, "internal trouble\n", "Content-Type: text/plain\r\n") } },
    { "protocol", 76, true }, "internal trouble" },
  { "compression that nobody asked for", { { send = model.http(200, "\x1f\x8b\x08",
    "Content-Encoding: gzip\r\n") } }, { "protocol", 76, true }, "compressed, which was not asked for" },
  { "a refusal that is compressed", { { send = model.http(401, "\x1f\x8b\x08", "Content-Encoding: gzip\r\n") } },
    { "auth", 77, false }, "compressed, which was not asked for" },
  { "a page with a gateway's status", { { send = html(502) } }, { "unavailable", 69, true }, "502 Bad Gateway" },
  { "an error inside the stream", { { send = OPEN .. HEL
      .. 'data: {"error":{"code":"internal_error","message":"Boom"},"request_id":"r"}\n\n' }, { sleep = 50000 } },
    { "unavailable", 69, true }, "Boom", "Hel" },
  { "an error event inside the stream", { { send = OPEN .. HEL .. "id:2\nevent:error\n:HTTP_STATUS/429\n"
      .. 'data:{"request_id":"r","code":"Throttling.RateQuota","message":"Requests rate limit exceeded"}\n\n' },
    { close = true } }, { "rate_limit", 75, true }, "rate limit exceeded", "Hel" },
  { "an error as finish reason", { { send = OPEN .. HEL
      .. "data: " .. model.chunk({ content = "Allocated quota exceeded" }, "error_finish") .. "\n\n" },
    { close = true } }, { "rate_limit", 75, true }, "Allocated quota exceeded", "Hel" },
  { "an error that is a text", { { send = model.http(405,
      '{"error":"Coding Plan is currently only available for Coding Agents"}') } }, { "auth", 77, false },
    "Coding Agents" },
  { "an error in the native shape", { { send = model.http(400,
      '{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing.",'
      .. '"request_id":"r"}') } }, { "billing", 78, false }, "good standing" },
  { "a status without a word", { { send = model.http(404, "") } }, { "not_found", 78, false }, "HTTP 404" },
  { "an error that is cut", { { send = "HTTP/1.1 503 X\r\nContent-Length: 90\r\n\r\n"
      .. '{"error":{"message":"busy' }, { close = true } }, { "unavailable", 69, true } },
}

describe("a fault", function()
  it("has a kind", function()
    local exchanges = {}
    for i, fault in ipairs(FAULTS) do exchanges[i] = { match = "/" .. i .. "/", steps = fault[2] } end
    local s <close> = server.start(exchanges)
    model.run(function()
      for i, fault in ipairs(FAULTS) do
        local name, _, kinds, message, text = table.unpack(fault, 1, 5)
        local outcome = model.turn(s.url .. "/" .. i)
        local err = assert(outcome.err, name)
        assert.same(kinds, { err.kind, err.exit, err.temporary }, name)
        assert.matches(message or ".", err.message, nil, nil, name)
        assert.equal(text or "", outcome.text, name)
        assert.equal(text or "", outcome.partial.text, name)
        assert.equal(1, err.attempts, name)
      end
    end)
    assert.equal(#FAULTS, #s:requests())
  end)

  it("keeps what the service said of it", model.test({
    model.refusal(429, "Requests rate limit exceeded", "limit_requests", "Retry-After: 7\r\n"),
    { steps = { { send = model.http(500, '{"error":{"message":"Boom"}}', "X-Request-Id: from-header\r\n") } } },
  }, function(s)
    local err = model.turn(s.url).err
    assert.same({ 429, "limit_requests", "req-1", 7, "Requests rate limit exceeded" },
      { err.status, err.code, err.request_id, err.retry_after, err.message })
    assert.equal("from-header", model.turn(s.url).err.request_id)
  end))

  it("after the finish reason takes nothing away", function()
    local exchanges = {
      { match = "/end", steps = { { send = OPEN .. HEL .. FINISH }, { close = true } } },
      { match = "/open", steps = { { send = OPEN .. HEL .. FINISH:match "^data: [^\n]+" }, { close = true } } },
      { match = "/short", steps = { { send = of_length(9999, HEL .. FINISH) }, { close = true } } },
      { match = "/reset", steps = { { send = in_chunks(HEL .. FINISH) }, { sleep = 20 }, { reset = true } } },
      { match = "/done", steps = { { send = of_length(9999, HEL .. "data: [DONE]\n\n") }, { close = true } } },
    }
    local s <close> = server.start(exchanges)
    model.run(function()
      for _, path in ipairs { "/end", "/open", "/short", "/reset", "/done" } do
        local outcome = model.turn(s.url .. path)
        assert.is_nil(outcome.err, path)
        assert.same({ "Hel", {} }, { outcome.turn.text, outcome.turn.usage }, path)
      end
    end)
  end)
end)

describe("a redirect", function()
  it("is never followed, and the key stays here", function()
    local other <close> = server.start {}
    local exchanges = {}
    for i, status in ipairs { 301, 302, 303, 307, 308 } do
      exchanges[i] = { match = "/" .. status .. "/",
        steps = { { send = model.http(status, "", ("Location: %s/v1/chat\r\n"):format(other.url)) } } }
    end
    local s <close> = server.start(exchanges)
    model.run(function()
      for _, status in ipairs { 301, 302, 303, 307, 308 } do
        local err = model.turn(s.url .. "/" .. status, { retries = 3 }).err
        assert.same({ "not_found", 78, false, status }, { err.kind, err.exit, err.temporary, err.status })
        assert.matches("api_base", err.hint)
      end
    end)
    assert.same({ 5, 0 }, { #s:requests(), #other:requests() })
  end)
end)

describe("a server that cannot be reached", function()
  local function unreachable(url, words)
    return function()
      model.run(function()
        local err = model.turn(url).err
        assert.same({ "network", 69, true }, { err.kind, err.exit, err.temporary })
        assert.matches(words, err.message)
      end)
    end
  end

  it("has no name", unreachable("http://nonexistent.invalid/v1", "not known %(nonexistent%.invalid%)"))
  it("refuses", unreachable("http://127.0.0.1:1/v1", "cannot connect %(127%.0%.0%.1:1%)"))

  it("never answers a handshake", model.test({}, function(s)
    chat.clocks.connect = 0.05
    local err = model.turn((s.url:gsub("^http", "https"))).err
    assert.same({ "network", 69, true }, { err.kind, err.exit, err.temporary })
    assert.matches("cannot connect", err.message)
  end))

  it("answers a handshake in plain HTTP", function()
    model.run(function()
      local plain <close> = require("lash.fake").start()
      local err = model.turn((plain.url:gsub("^http", "https"))).err
      assert.same({ "network", 69 }, { err.kind, err.exit })
    end)
  end)

  it("has an address that is none", function()
    model.run(function()
      local err = model.turn("http://[::zz]/", { retries = 3 }).err
      assert.same({ "config", 78, false }, { err.kind, err.exit, err.temporary })
    end)
  end)
end)

describe("the clocks", function()
  local SLEEP = { sleep = 50000 }

  --- One clock of 50 ms, a server that runs into it: kind, words, text.
  local function clock(name, steps, words, text)
    return model.test({ { steps = steps } }, function(s)
      chat.clocks = { connect = 10, first_byte = 10, silence = 10, progress = 10, [name] = 0.05 }
      local outcome = model.turn(s.url)
      local err = outcome.err
      assert.same({ "network", 69, true, text or "" }, { err.kind, err.exit, err.temporary, outcome.text })
      assert.matches(words, err.message)
      assert.equal(1, s:wait_gone()) -- and the connection is closed: the service bills what it generates
    end)
  end

  it("end the wait for a first byte", clock("first_byte", { SLEEP }, "no answer for 0%.05 s"))
  it("end the wait for a first byte of the body", clock("first_byte", { { send = OPEN }, SLEEP }, "no answer"))
  it("end silence", clock("silence", { { send = OPEN .. HEL }, SLEEP }, "silence for 0%.05 s", "Hel"))
  it("end silence before text", clock("silence", { { send = OPEN .. ": hi\n\n" }, SLEEP }, "silence"))
  it("end a stream of keep-alives", clock("progress", { { send = OPEN }, { drip = (": hi\n\n"):rep(60), every = 2 },
    SLEEP }, "nothing but keep%-alives"))
  it("end a stream of events that say nothing", clock("progress",
    { { send = OPEN }, { drip = ('data: {"choices":[]}\n\n'):rep(20), every = 2 }, SLEEP }, "nothing but keep%-alives"))

  it("do not run while something comes", model.test({
    { steps = { { send = OPEN }, { drip = ": hi\n\n" .. HEL .. FINISH .. "data: [DONE]\n\n", every = 1 },
      { close = true } } },
  }, function(s)
    chat.clocks = { connect = 10, first_byte = 10, silence = 0.1, progress = 10 }
    assert.equal("Hel", model.turn(s.url).turn.text)
  end))

  it("do not run on what lies there while nobody looks", model.test({
    -- Its reader had it wait, or a person had stopped it: all is there when it goes on.
    { steps = { { send = OPEN .. HEL }, { sleep = 100 }, { send = HEL }, { sleep = 100 },
      { send = FINISH .. "data: [DONE]\n\n" }, { ["end"] = true } } },
  }, function(s)
    chat.clocks = { connect = 10, first_byte = 10, silence = 0.05, progress = 0.05 }
    local agent = model.agent(s.url, { retry = 0 })
    local texts = {}
    for event in agent:stream "hi" do
      if event.type == "text" then
        texts[#texts + 1] = event.text
        s.output:read "a" -- until the server has ended
      end
    end
    assert.equal("HelHel", table.concat(texts))
  end))

  it("have a deadline above them", model.test({
    { steps = { { send = OPEN .. HEL }, SLEEP } },
  }, function(s)
    local loop = require "lash.core.loop"
    local outcome = model.turn(s.url, { deadline = loop.now() + 0.05, retries = 4 })
    local err = outcome.err
    assert.same({ "timeout", 124, true, "Hel" }, { err.kind, err.exit, err.temporary, outcome.text })
    assert.equal(1, s:wait_gone())
  end))
end)
