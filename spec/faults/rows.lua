--- The faults, and what each must give: one table, a row a fault.
--
-- { NAME, STEPS, door = WANTED, … }. STEPS are those of spec/support/server.lua, the
-- answer to every request; or a list of such lists, `each`, one for the first
-- request, the second …; or a maker of another server (spec/faults/places.lua). The doors
-- (spec/faults/doors.lua) are the ways in which a person meets it: `ask` streams, `whole`
-- has an answer that is not streamed, `tool` is a script whose agent has a tool,
-- `http` is a request of a script.
--
-- WANTED is "KIND EXIT REQUESTS", or "ok 0 REQUESTS"; one attempt follows the first
-- where the rules have it. `text` is what a person has read by then. `within` is the
-- deadline in seconds, where the fault is that nothing comes.
local model = require "spec.support.model"
local places = require "spec.faults.places"

local EVENTS = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
local JSON = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
local OPEN = EVENTS .. "Connection: close\r\n\r\n" -- the end of the connection ends the body
local CHUNKS = EVENTS .. "Transfer-Encoding: chunked\r\n\r\n"
local HEL = "data: " .. model.chunk { content = "Hel" } .. "\n\n"
local LO = "data: " .. model.chunk { content = "lo" } .. "\n\n"
local STOP = "data: " .. model.chunk({}, "stop") .. "\n\n"
local DONE = "data: [DONE]\n\n"
local GOOD = HEL .. LO .. STOP .. DONE
local CLOSE, RESET, FOREVER = { close = true }, { reset = true }, { sleep = 50000 }
local PAUSE = { sleep = 20 } -- a reset would take away what the client has not read

local function body(n, text) return { send = EVENTS .. ("Content-Length: %s\r\n\r\n"):format(n) .. text } end

local function chunk(text) return ("%x\r\n%s\r\n"):format(#text, text) end

local function events(...) return { { send = OPEN .. table.concat { ... } }, CLOSE } end

local function answer(status, text, headers) return { { send = model.http(status, text, headers) } } end

local function json(text) return answer(200, text, "Content-Type: application/json\r\n") end

local function encoded(coding, text)
  return answer(200, text, "Content-Type: text/event-stream\r\nContent-Encoding: " .. coding .. "\r\n")
end

local function calls(...) return events("data: ", model.chunk(model.calls(...)), "\n\n", "data: ",
  model.chunk({}, "tool_calls"), "\n\n", DONE) end

return {
  -- the way there
  { "a port that refuses", places.refused, ask = "network 69 0", http = "network 69 0" },
  { "a name that is not known", places.named "nonexistent.invalid", ask = "network 69 0", http = "network 69 0" },
  { "a name server that never answers", places.unresolved, within = 0.5, ask = "timeout 124 0",
    http = "timeout 124 0" },
  { "a proxy that refuses", places.proxy_refused, ask = "network 69 0" },
  { "a proxy that never answers", places.proxy_silent, within = 0.5, ask = "timeout 124 1" },
  { "a proxy that wants a password", places.proxy(407), ask = "config 78 1" },
  { "a proxy that cannot go on", places.proxy(502), ask = "network 69 2" },
  { "a handshake that hangs", places.tls_silent, within = 0.5, ask = "timeout 124 0", http = "timeout 124 0" },
  { "a handshake answered in plain HTTP", places.tls_plain, ask = "network 69 0", http = "network 69 0" },
  { "a certificate signed by itself", places.tls "self", ask = "network 69 0", http = "network 69 0" },
  { "a certificate of another name", places.tls "name", ask = "network 69 0", http = "network 69 0" },
  { "a certificate that has expired", places.tls "expired", ask = "network 69 0", http = "network 69 0" },
  { "a certificate that is good", places.tls "good", http = "ok 0 0", text = "trusted" },

  -- before the body
  { "an end before any byte", { CLOSE }, ask = "network 69 2", http = "network 69 2", whole = "network 69 2" },
  { "a reset before any byte", { RESET }, ask = "network 69 2", http = "network 69 2", whole = "network 69 2" },
  { "silence", { FOREVER }, within = 0.5, ask = "timeout 124 1", http = "timeout 124 1", whole = "timeout 124 1" },
  { "an end in the status line", { { send = "HTTP/1.1 2" }, CLOSE }, ask = "network 69 2", http = "network 69 2" },
  { "a reset in the status line", { { send = "HTTP/1.1 2" }, PAUSE, RESET }, ask = "network 69 2",
    http = "network 69 2" },
  { "a stall in the status line", { { send = "HTTP/1.1 2" }, FOREVER }, within = 0.5, ask = "timeout 124 1",
    http = "timeout 124 1" },
  { "an end in the headers", { { send = EVENTS .. "X-A" }, CLOSE }, ask = "network 69 2", http = "incomplete 76 2" },
  { "a reset in the headers", { { send = EVENTS .. "X-A" }, PAUSE, RESET }, ask = "network 69 2",
    http = "incomplete 76 2" },
  { "a stall in the headers", { { send = EVENTS .. "X-A" }, FOREVER }, within = 0.5, ask = "timeout 124 1",
    http = "timeout 124 1" },
  { "a drip of headers", { { drip = EVENTS .. ("X"):rep(60000), every = 5 } }, within = 0.5, ask = "timeout 124 1",
    http = "timeout 124 1" },
  { "no HTTP at all", { { send = "SSH-2.0-OpenSSH_9.2\r\n" }, CLOSE }, ask = "protocol 76 2",
    http = "protocol 76 2" },
  { "noise", { { send = "\x00\x01\xFE\xFF\r\n\r\n\r\n" }, CLOSE }, ask = "protocol 76 2", http = "protocol 76 2" },
  { "a header of 200 KB", { { send = EVENTS .. "X: " .. ("y"):rep(200000) }, CLOSE }, ask = "protocol 76 2",
    http = "protocol 76 2" },
  { "20,000 headers", { { send = EVENTS }, { send = "X-Header: a value of no use to anybody\r\n", times = 20000 } },
    ask = "protocol 76 2", http = "protocol 76 2" },
  { "ten headers of 50 KB", { { send = EVENTS }, { send = "X-Header: " .. ("y"):rep(50000) .. "\r\n",
    times = 10 } }, ask = "protocol 76 2", http = "protocol 76 2" },
  { "a zero byte in a header", { { send = EVENTS .. "X: a\0b\r\nContent-Length: 0\r\n\r\n" }, CLOSE },
    ask = "protocol 76 2", http = "protocol 76 2" },
  { "a negative length", { body(-5, GOOD), CLOSE }, ask = "protocol 76 2", http = "protocol 76 2" },
  { "a length that is no number", { body("many", GOOD), CLOSE }, ask = "protocol 76 2", http = "protocol 76 2" },
  { "100 Continue without end", { { send = "HTTP/1.1 100 Continue\r\n\r\n", times = 1 << 30 } },
    ask = "protocol 76 2", http = "protocol 76 2" },
  { "a drip of 100 Continue", { { drip = ("HTTP/1.1 100 Continue\r\n\r\n"):rep(100), every = 2 } }, within = 0.5,
    ask = "timeout 124 1", http = "timeout 124 1" },
  { "a change of protocols", { { send = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" }, CLOSE },
    ask = "network 69 2", http = "incomplete 76 2" },

  -- the body, as HTTP has it
  { "a length that is too long", { body(5000, HEL), CLOSE }, ask = "incomplete 76 1", text = "Hel",
    http = "incomplete 76 2" },
  { "a length that is too short", { body(#HEL + 9, GOOD), CLOSE }, ask = "incomplete 76 1", text = "Hel" },
  { "a length that is twice there", { { send = EVENTS .. "Content-Length: 3\r\nContent-Length: 5\r\n\r\n" .. GOOD },
    CLOSE }, ask = "network 69 2" },
  { "a length and chunks", { { send = EVENTS .. "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    .. chunk(GOOD) .. "0\r\n\r\n" } }, ask = "ok 0 1", text = "Hello" },
  { "a chunk without its size", { { send = CHUNKS .. "x" .. GOOD }, CLOSE }, ask = "network 69 2",
    http = "incomplete 76 2" },
  { "a chunk of a negative size", { { send = CHUNKS .. "-5\r\n" .. GOOD }, CLOSE }, ask = "network 69 2" },
  { "a chunk of all there is", { { send = CHUNKS .. "FFFFFFFFFFFFFFFFF\r\n" .. GOOD }, CLOSE },
    ask = "network 69 2", http = "incomplete 76 2" },
  { "a chunk that is larger than what comes", { { send = CHUNKS .. "7FFFFFFF\r\n" .. HEL }, CLOSE },
    ask = "incomplete 76 1", text = "Hel" },
  { "a chunk without its end", { { send = CHUNKS .. ("%x\r\n%s"):format(#HEL, HEL) .. chunk(LO) }, CLOSE },
    ask = "incomplete 76 1", text = "Hel" },
  { "an end between chunks", { { send = CHUNKS .. chunk(HEL) }, CLOSE }, ask = "incomplete 76 1", text = "Hel",
    http = "incomplete 76 2" },
  { "an end inside a chunk", { { send = CHUNKS .. chunk(HEL) .. "ff\r\ndata" }, CLOSE }, ask = "incomplete 76 1",
    text = "Hel" },
  { "no chunk at all", { { send = CHUNKS .. "0\r\n\r\n" } }, ask = "network 69 2" },
  { "an end behind the headers", { { send = OPEN }, CLOSE }, ask = "network 69 2" },
  { "a reset behind the headers", { { send = CHUNKS }, PAUSE, RESET }, ask = "network 69 2", http = "incomplete 76 2" },
  { "a stall behind the headers", { { send = CHUNKS }, FOREVER }, within = 0.5, ask = "timeout 124 1",
    http = "timeout 124 1" },
  { "a reset in the body", { { send = CHUNKS .. chunk(HEL) }, PAUSE, RESET }, ask = "incomplete 76 1", text = "Hel",
    http = "incomplete 76 2" },
  { "a stall in the body", { { send = CHUNKS .. chunk(HEL) }, FOREVER }, within = 0.5, ask = "timeout 124 1",
    text = "Hel", http = "timeout 124 1" },
  { "a drip of the body", { { send = OPEN }, { drip = GOOD:rep(50), every = 10 } }, within = 0.5,
    ask = "timeout 124 1", http = "timeout 124 1" },
  { "a drip of comments", { { send = OPEN }, { drip = (": hi\n\n"):rep(500), every = 2 } }, within = 0.5,
    ask = "timeout 124 1" },
  { "comments without end", { { send = OPEN }, { send = ": hi\n\n", times = 1 << 30 } }, within = 0.5,
    ask = "timeout 124 1" },
  { "gzip that nobody asked for", encoded("gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03\xf3\x48"), ask = "protocol 76 2" },
  { "gzip that is none", encoded("gzip", GOOD), ask = "protocol 76 2" },
  { "an encoding that nobody knows", encoded("klingon", GOOD), ask = "protocol 76 2" },
  { "encodings, thirty deep", encoded(("gzip, "):rep(29) .. "gzip", GOOD), ask = "protocol 76 2" },
  { "204", { { send = "HTTP/1.1 204 No Content\r\n\r\n" } }, ask = "network 69 2", whole = "network 69 2" },
  { "200 with nothing", answer(200, ""), ask = "network 69 2", whole = "network 69 2" },
  { "a page", answer(200, "<html><title>Log in</title></html>", "Content-Type: text/html\r\n"),
    ask = "protocol 76 2", whole = "protocol 76 2" },
  { "a stream that says it is text", answer(200, GOOD, "Content-Type: text/plain\r\n"), ask = "ok 0 1",
    text = "Hello" },
  { "words that are no answer", answer(200, "all is well\n", "Content-Type: text/plain\r\n"), ask = "protocol 76 2",
    whole = "protocol 76 2" },
  { "301 to another host", places.redirect(301), ask = "not_found 78 1", whole = "not_found 78 1" },
  { "302 to another host", places.redirect(302), ask = "not_found 78 1" },
  { "307 to another host", places.redirect(307), ask = "not_found 78 1" },
  { "308 to another host", places.redirect(308), ask = "not_found 78 1" },

  -- the stream, as the service has it
  { "no finish reason", events(HEL, LO), ask = "incomplete 76 1", text = "Hello" },
  { "no [DONE]", events(HEL, LO, STOP), ask = "ok 0 1", text = "Hello" },
  { "events behind [DONE]", events(GOOD, HEL), ask = "ok 0 1", text = "Hello" },
  { "a finish reason that says length", events(HEL, "data: " .. model.chunk({}, "length") .. "\n\n", DONE),
    ask = "incomplete 76 1", text = "Hel" },
  { "a finish reason of the filter", events(HEL, "data: " .. model.chunk({}, "content_filter") .. "\n\n", DONE),
    ask = "content_filter 77 1", text = "Hel" },
  { "an end without an answer", events(STOP, DONE), ask = "ok 0 1" },
  { "nothing but [DONE]", events(DONE), ask = "network 69 2" },
  { "a byte order mark", events("\xEF\xBB\xBF", GOOD), ask = "ok 0 1", text = "Hello" },
  { "lines that end with CR alone", events((GOOD:gsub("\n", "\r"))), ask = "ok 0 1", text = "Hello" },
  { "lines that end with CRLF", events((GOOD:gsub("\n", "\r\n"))), ask = "ok 0 1", text = "Hello" },
  { "bytes that are not UTF-8", events('data: {"choices":[{"delta":{"content":"a\xFFz"}}]}\n\n', STOP, DONE),
    ask = "ok 0 1", text = "a\u{FFFD}z" },
  { "half a surrogate", events('data: {"choices":[{"delta":{"content":"a\\ud800z"}}]}\n\n', STOP, DONE),
    ask = "ok 0 1", text = "a\u{FFFD}z" },
  { "an event that is not JSON", events(HEL, "data: {oops\n\n"), ask = "protocol 76 1", text = "Hel" },
  { "an event that is a number", events(HEL, "data: 42\n\n"), ask = "protocol 76 1", text = "Hel" },
  { "an event of 64 MB", { { send = OPEN .. "data: " }, { send = ("x"):rep(1 << 16), times = 1 << 10 }, CLOSE },
    ask = "protocol 76 1" },
  { "JSON that is 100,000 deep", events("data: ", ("["):rep(100000), "\n\n"), ask = "protocol 76 2" },
  { "keys that are there twice", events('data: {"choices":[{"delta":{"content":"a","content":"Hello"}}]}\n\n', STOP,
    DONE), ask = "ok 0 1", text = "aHello" },
  { "choices that are none", events(HEL, 'data: {"choices":{"0":1}}\n\n', STOP, DONE), ask = "ok 0 1", text = "Hel" },
  { "text that is a number", events('data: {"choices":[{"delta":{"content":7}}]}\n\n', STOP, DONE), ask = "ok 0 1",
    text = "7" },

  -- answers that are not streamed
  { "JSON that is cut", { { send = JSON .. "Connection: close\r\n\r\n"
    .. model.whole({ content = "Hello" }):sub(1, 60) }, CLOSE }, whole = "protocol 76 2" },
  { "JSON with a length that is too long", { { send = JSON .. "Content-Length: 5000\r\n\r\n"
    .. model.whole { content = "Hello" } }, CLOSE }, whole = "network 69 2" },
  { "no choices", json '{"choices":[]}', whole = "network 69 2" },
  { "a list", json "[]", whole = "protocol 76 2" },
  { "null", json "null", whole = "protocol 76 2" },
  { "a length of an answer that is whole", json(model.whole({ content = "Hel" }, "length")), whole = "incomplete 76 1",
    text = "Hel" },

  -- calls of tools
  { "arguments that are not JSON", { each = { calls { "note", '{"word": "a' }, events(GOOD) } }, tool = "ok 0 2",
    text = "Hello" },
  { "arguments that are a list", { each = { calls { "note", "[1]" }, events(GOOD) } }, tool = "ok 0 2",
    text = "Hello" },
  { "a tool that does not exist", { each = { calls { "nothing", "{}" }, events(GOOD) } }, tool = "ok 0 2",
    text = "Hello" },
  { "a call that is cut", { { send = OPEN .. "data: " .. model.chunk(model.calls { "note", '{"word":"a"}' })
    .. "\n\n" }, CLOSE }, tool = "incomplete 76 2" },
  { "a call without a name", { each = { calls { "", '{"word":"a"}' }, events(GOOD) } }, tool = "ok 0 2",
    text = "Hello" },
}
