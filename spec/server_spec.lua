local server = require "spec.support.server"

-- The judge: the system's curl. Returns its standard output and exit status.
local function curl(arguments)
  local pipe = assert(io.popen("curl -s --max-time 20 " .. arguments, "r"))
  local out = pipe:read "a"
  local _, _, status = pipe:close()
  return out, status
end

local has_curl = os.execute "command -v curl > /dev/null 2>&1"
local test = has_curl and it or pending

describe("spec.support.server", function()
  test("sends every byte as it is told", function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local body = table.concat(bytes)
    local head = ("HTTP/1.1 200 OK\r\nX-Odd:\tvalue \r\nContent-Length: %d\r\n\r\n"):format(#body)
    local s <close> = server.start {
      { steps = { { send = head }, { send = body:sub(1, 200) }, { send = body:sub(201) } } },
    }
    assert.equal(head .. body, (curl("-i " .. s.url)))
  end)

  test("records requests as they were", function()
    local s <close> = server.start { server.json(200, { ok = true }) }
    local out = curl("-H 'X-Two: a' -H 'X-Two: b' -H 'X-None;' --data-binary '{\"x\":\"\xC3\xA9\"}' '"
      .. s.url .. "/v1/chat?x=1'")
    assert.equal('{"ok":true}', out)
    local requests = s:requests()
    assert.equal(1, #requests)
    local r = requests[1]
    assert.same({ "POST", "/v1/chat?x=1", '{"x":"\xC3\xA9"}', 1 }, { r.method, r.path, r.body, r.connection })
    assert.equal("a, b", r.headers["x-two"])
    assert.equal("", r.headers["x-none"])
    assert.equal("127.0.0.1:" .. s.port, r.headers.host)
    assert.equal("POST /v1/chat?x=1 HTTP/1.1", r.line)
  end)

  test("answers each request by its own exchange, on one connection", function()
    local s <close> = server.start {
      { match = "GET /b ", steps = server.json(200, '"b"').steps },
      server.json(200, '"first"'),
      { match = "/again", ["repeat"] = true, steps = server.json(200, '"again"').steps },
    }
    local u = s.url
    local out, status = curl(("%s/a %s/b %s/again %s/again"):format(u, u, u, u))
    assert.same({ '"first""b""again""again"', 0 }, { out, status })
    local requests = s:requests()
    assert.equal(4, #requests)
    for _, r in ipairs(requests) do assert.equal(1, r.connection) end
    local _, cut = curl(u .. "/unexpected")
    assert.equal(52, cut) -- an empty reply
  end)

  test("streams events and closes", function()
    local s <close> = server.start { server.sse('{"a":1}', "two\nlines", "[DONE]") }
    assert.equal('data: {"a":1}\n\ndata: two\ndata: lines\n\ndata: [DONE]\n\n', (curl("-N " .. s.url)))
  end)

  test("drips, waits, resets", function()
    local s <close> = server.start {
      { match = "/drip", steps = {
        { send = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" }, { drip = "\xE2\x82\xAC!", every = 5 } } },
      { match = "/wait", steps = { { sleep = 30 }, { send = "HTTP/1.1 204 None\r\n\r\n" } } },
      { match = "/reset", steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc" }, { reset = true } } },
      { match = "/cut", steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc" }, { close = true } } },
    }
    local out, status = curl("-w ' %{time_total}' " .. s.url .. "/drip")
    local text, seconds = out:match "^(.*) ([%d.]+)$"
    assert.same({ "\xE2\x82\xAC!", 0 }, { text, status })
    assert.is_true(tonumber(seconds) >= 0.015)
    out = curl("-w '%{http_code} %{time_total}' " .. s.url .. "/wait")
    assert.is_true(tonumber(out:match "^204 (.+)$") >= 0.03)
    assert.equal(56, select(2, curl(s.url .. "/reset")))
    assert.equal(18, select(2, curl(s.url .. "/cut")))
  end)

  test("tells when a client leaves early", function()
    local s <close> = server.start { { steps = { { sleep = 60000 } } } }
    assert.equal(28, select(2, curl("--max-time 0.1 " .. s.url)))
    assert.equal(1, s:wait_gone())
  end)

  it("ends when it is closed, and leaves no files", function()
    local s = server.start {}
    local dir = s.dir
    s:close()
    s:close()
    assert.is_nil((io.open(dir .. "/script")))
  end)

  it("refuses a script that it does not understand", function()
    assert.has_error(function() server.start { { steps = { { sned = "x" } } } } end)
  end)
end)
