--- Plain HTTP requests: what is sent, what comes back, what goes wrong.
local cjson = require "cjson"
local core = require "lash.core.http"
local fetch = require "lash.fetch"
local loop = require "lash.core.loop"
local processes = require "spec.support.processes"
local sched = require "lash.sched"
local server = require "spec.support.server"
local task = require "lash.task"
local tls = require "spec.support.tls"
local transport = require "lash.transport"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
local ALWAYS = { ["repeat"] = true, steps = { { send = OK } } }
local SLEEP = { sleep = 50000 }

--- Sends a request that uses no proxy of this machine's, within 10 s.
local function send(fields)
  local request = { proxy = "", deadline = 10 }
  for k, v in pairs(fields) do request[k] = v end
  return fetch.send(request)
end

--- A test in a task, against a server with these exchanges.
local function test(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    sched.run(f, s)
  end
end

describe("a plain request", function()
  it("sends what it is told, and nothing else", test({ ALWAYS }, function(s)
    assert(send { url = s.url .. "/a?b=c" })
    local request = s:requests()[1]
    assert.equal("GET /a?b=c HTTP/1.1", request.line)
    assert.same({ host = "127.0.0.1:" .. s.port, accept = "*/*" }, request.headers)
  end))

  it("has any method, with a body or without", test({ ALWAYS }, function(s)
    local cases = {
      { nil, nil, "GET" }, { nil, "x", "POST", "1" }, { nil, "", "POST", "0" }, { "POST", nil, "POST", "0" },
      { "PUT", nil, "PUT", "0" }, { "PATCH", "abc", "PATCH", "3" }, { "DELETE", nil, "DELETE" },
      { "DELETE", "x", "DELETE", "1" }, { "OPTIONS", nil, "OPTIONS" }, { "PROPFIND", "<x/>", "PROPFIND", "4" },
      { "GET", "x", "GET", "1" },
    }
    for i, case in ipairs(cases) do
      local method, body, sent, length = table.unpack(case, 1, 4)
      assert.equal("hi", assert(send { url = s.url, method = method, body = body }).body)
      local request = s:requests()[i]
      assert.same({ sent, length, body or "" }, { request.method, request.headers["content-length"], request.body })
      assert.is_nil(request.headers["content-type"], "no form was sent")
    end
  end))

  it("carries headers and any bytes", test({ ALWAYS }, function(s)
    local body = ("\0\r\n\xFF"):rep(50000)
    assert(send { url = s.url, body = body, headers = { "X-A: 1", "X-A: 2", "X-Empty;", "Content-Type: a/b" } })
    local request = s:requests()[1]
    assert.same({ "1, 2", "", "a/b", tostring(#body) }, { request.headers["x-a"], request.headers["x-empty"],
      request.headers["content-type"], request.headers["content-length"] })
    assert.is_nil(request.headers.expect)
  end))

  it("is refused before it is sent when it can never be right", function()
    sched.run(function()
      local cases = {
        { url = "ftp://127.0.0.1/" }, { url = "127.0.0.1" }, { url = "" }, { url = "file:///etc/passwd" },
        { method = "GET / HTTP/1.1\r\nX: y" }, { method = "" }, { method = "CONNECT" }, { method = ("A"):rep(33) },
        { method = "HEAD", body = "x" }, { headers = { "X-A: 1\r\nX-B: 2" } }, { headers = { "X-A: 1\n" } },
        { headers = { "X A: 1" } }, { headers = { ": 1" } }, { headers = { "nothing" } }, { headers = { "" } },
        { addresses = "public", proxy = "http://127.0.0.1:1" }, { url = "http://[::zz]/" },
        { url = "http://127.0.0.1:99999/" }, { url = "http://a b/" }, { headers = { "X-A: " .. ("x"):rep(1 << 20) } },
      }
      for _, fields in ipairs(cases) do
        fields.url = fields.url or "http://127.0.0.1:1/"
        local response, failure = send(fields)
        assert.is_nil(response)
        assert.equal("usage", failure.transport, cjson.encode(fields))
        assert.equal("config", transport.error(failure, fields.url).kind)
      end
    end)
    for problem, fields in pairs {
      ["needs a url"] = {}, ["^url contains a zero byte"] = { url = "http://a\0b/" },
      ["^headers%[1%] contains a zero byte"] = { headers = { "X: a\0b" } },
      ["^headers%[2%] is not a string"] = { headers = { "X: a", 1 } },
      ["^headers is not a list"] = { headers = "X: a" },
      ["^max_bytes is out of range"] = { max_bytes = 0 }, ["^max_bytes is not an integer"] = { max_bytes = 0.5 },
      ["^deadline is out of range"] = { deadline = -1 }, ["^silence is not a number"] = { silence = {} },
      ["^body is not a string"] = { body = {} }, ["^method is not a string"] = { method = {} },
      ["^addresses is 'some', neither"] = { addresses = "some" },
    } do
      fields.url = fields.url or problem ~= "needs a url" and "http://a/" or nil
      local ok, message = pcall(core.start, fields)
      assert.is_false(ok)
      assert.matches(problem, message)
    end
  end)

  it("takes what is in its lists, and asks no metamethod", test({ ALWAYS }, function(s)
    local made = { __index = function(_, i) return "X-" .. i .. ": made" end }
    for _, length in ipairs { -1, 3, (1 << 61) - 1 } do
      made.__len = function() return length end
      assert(send { url = s.url, headers = setmetatable({ "X-Own: 1" }, made) })
    end
    for _, request in ipairs(s:requests()) do
      assert.same({ "1", nil, nil }, { request.headers["x-own"], request.headers["x-1"], request.headers["x-2"] })
    end
    local long = {}
    for i = 1, (1 << 20) + 1 do long[i] = "X: y" end
    assert.has_error(function() core.start { url = s.url, headers = long } end, "headers is too long")
  end))
end)

describe("an answer", function()
  it("is there with all its parts", test({ { steps = { { send = "HTTP/1.1 207 Multi\r\nSet-Cookie: a=1\r\n"
    .. "X-Long:  two  words \r\nset-cookie: b=2\r\nContent-Length: 3\r\n\r\n\0\xFF\n" } } } }, function(s)
    local url = s.url .. "/x?y=z"
    local response = assert(send { url = url })
    assert.same({ 207, "\0\xFF\n", url, "127.0.0.1" },
      { response.status, response.body, response.url, response.address })
    assert.same({ { "Set-Cookie", "a=1" }, { "X-Long", "two  words" }, { "set-cookie", "b=2" },
      { "Content-Length", "3" } }, response.headers)
    assert.equal("a=1", fetch.header(response, "set-cookie"))
    assert.is_nil(fetch.header(response, "x-none"))
    local times = response.timings
    assert.is_nil(times.tls)
    assert.is_true(times.dns > 0 and times.connect >= 0 and times.total >= times.dns + times.connect)
  end))

  it("on a connection that was open took no time to connect", test({ ALWAYS }, function(s)
    assert(send { url = s.url })
    local times = assert(send { url = s.url }).timings
    assert.same({ nil, nil, nil }, { times.dns, times.connect, times.tls })
    assert.is_true(times.total > 0)
  end))

  it("is one whatever its status; redirects are not followed", test({
    { match = "/301", steps = { { send = "HTTP/1.1 301 X\r\nLocation: /404\r\nContent-Length: 0\r\n\r\n" } } },
    { match = "/404", steps = { { send = "HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\nno" } } },
    { match = "/500", steps = { { send = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" } } },
    { match = "/204", steps = { { send = "HTTP/1.1 204 X\r\n\r\n" } } },
    { match = "/304", steps = { { send = "HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n" } } },
    { match = "/103", steps = { { send = "HTTP/1.1 103 X\r\nLink: x\r\n\r\n" .. OK } } },
    { match = "HEAD", steps = { { send = "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n" } } },
    { match = "/old", steps = { { send = "HTTP/1.0 200 X\r\n\r\nall of it" }, { close = true } } },
    { match = "/chunks", steps = { { send = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n"
      .. "0\r\nX-Trailer: 1\r\n\r\n" } } },
  }, function(s)
    for _, case in ipairs { { "/301", 301, "" }, { "/404", 404, "no" }, { "/500", 500, "" }, { "/204", 204, "" },
      { "/304", 304, "" }, { "/103", 200, "hi" }, { "/head", 200, "", "HEAD" }, { "/old", 200, "all of it" },
      { "/chunks", 200, "all" } } do
      local response = assert(send { url = s.url .. case[1], method = case[4] })
      assert.same({ case[2], case[3] }, { response.status, response.body }, case[1])
    end
    assert.equal(9, #s:requests())
  end))

  it("may be as long as it may, and no longer", test({
    { match = "/just", steps = { { send = "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n0123456789" } } },
    { match = "/announced", steps = { { send = "HTTP/1.1 200 X\r\nContent-Length: 99999999\r\n\r\n0" }, SLEEP } },
    { match = "/endless", steps = { { send = "HTTP/1.1 200 X\r\n\r\n" }, { send = "0123", times = 1000000 } } },
  }, function(s)
    assert.equal("0123456789", assert(send { url = s.url .. "/just", max_bytes = 10 }).body)
    for _, path in ipairs { "/announced", "/endless" } do
      local response, failure = send { url = s.url .. path, max_bytes = 10 }
      assert.is_nil(response)
      assert.same({ "toobig", "the body has more than 10 bytes" }, { failure.transport, failure.message })
      assert.truthy(s:wait_gone())
    end
  end))

  it("is waited for beside others", test({
    { match = "/slow", steps = { { sleep = 40 }, { send = OK } } }, ALWAYS,
  }, function(s)
    local order = {}
    local function get(path)
      return function()
        assert(send { url = s.url .. path })
        order[#order + 1] = path
      end
    end
    task.gather { get "/slow", get "/fast" }
    assert.same({ "/fast", "/slow" }, order)
  end))

  it("that nobody waits for any more is cut", test({ { steps = { { send = OK:sub(1, -2) }, SLEEP } } }, function(s)
    local err = setmetatable({}, {})
    local ok, raised = pcall(task.with_deadline, loop.now() + 0.05, err, send, { url = s.url })
    assert.same({ false, err }, { ok, raised })
    assert.equal(1, s:wait_gone())
  end))
end)

--- path, the steps of the server, the code, the kind of error, more fields of the request.
local FAULTS = {
  { "end before any byte", { { close = true } }, "reset", "network" },
  { "reset before any byte", { { reset = true } }, "reset", "network" },
  { "end in the status line", { { send = "HTTP/1.1 2" }, { close = true } }, "reset", "network" },
  { "end in the headers", { { send = "HTTP/1.1 200 OK\r\nContent-Ty" }, { close = true } }, "truncated", "network" },
  { "end of an announced body", { { send = OK:sub(1, -2) }, { close = true } }, "truncated", "network" },
  { "reset in the body", { { send = OK:sub(1, -2) }, { sleep = 20 }, { reset = true } }, "truncated", "network" },
  { "end between chunks", { { send = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n" },
    { close = true } }, "truncated", "network" },
  { "not HTTP", { { send = "SSH-2.0-OpenSSH_9.2\r\n" }, { close = true } }, "proto", "protocol" },
  { "headers that never end", { { send = "HTTP/1.1 200 OK\r\nX: " .. ("y"):rep(200000) }, { close = true } },
    "proto", "protocol" },
  { "no answer", { SLEEP }, "stall", "network", { first_byte = 0.05 } },
  { "no body", { { send = OK:sub(1, -3) }, SLEEP }, "stall", "network", { first_byte = 0.05 } },
  { "silence", { { send = OK:sub(1, -2) }, SLEEP }, "stall", "network", { silence = 0.05 } },
  { "a drip", { { send = "HTTP/1.1 200 X\r\n\r\n" }, { drip = ("."):rep(200), every = 10 }, SLEEP },
    "deadline", "timeout", { deadline = 0.1, silence = 1 } },
}

describe("a fault", function()
  it("of the server has a code and a kind", function()
    local exchanges = {}
    for i, fault in ipairs(FAULTS) do exchanges[i] = { match = "/" .. i .. " ", steps = fault[2] } end
    local s <close> = server.start(exchanges)
    sched.run(function()
      for i, fault in ipairs(FAULTS) do
        local fields = { url = s.url .. "/" .. i }
        for k, v in pairs(fault[5] or {}) do fields[k] = v end
        local response, failure = send(fields)
        assert.is_nil(response, fault[1])
        assert.equal(fault[3], failure.transport, fault[1])
        assert.equal(fault[4], transport.error(failure, fields.url).kind, fault[1])
        assert.same({ "127.0.0.1", fields.url }, { failure.address, failure.url }, fault[1])
        assert.is_true(failure.timings.total > 0, fault[1])
      end
    end)
    assert.equal(#FAULTS, #s:requests())
  end)

  it("names what was too long, not memory", test({
    { steps = { { send = "HTTP/1.1 200 OK\r\nX: " .. ("y"):rep(200000) .. "\r\n\r\n" }, { close = true } } },
  }, function(s)
    local _, failure = send { url = s.url }
    assert.same({ "proto", "a header has more than 100 KB" }, { failure.transport, failure.message })
  end))

  it("on the way has one too", test({ { steps = { { send = "HTTP/1.1 200 OK\r\n\r\n" }, { close = true } } } },
    function(s)
      local _, failure = send { url = "http://nonexistent.invalid/" }
      assert.same({ "dns", nil, nil }, { failure.transport, failure.address, failure.timings.connect })
      _, failure = send { url = "http://127.0.0.1:1/" }
      assert.same({ "connect", nil, nil }, { failure.transport, failure.address, failure.timings.connect })
      assert.is_true(failure.timings.dns > 0)
      _, failure = send { url = s.url:gsub("^http", "https"), connect = 0.05 } -- it waits for a request
      assert.same({ "connect", "127.0.0.1", nil }, { failure.transport, failure.address, failure.timings.tls })
      local plain <close> = require("lash.fake").start()
      _, failure = send { url = plain.url:gsub("^http", "https") }
      assert.same({ "reset", "127.0.0.1", nil }, { failure.transport, failure.address, failure.timings.tls })
      _, failure = send { url = plain.url:gsub("^http", "https"), ca = "/nonexistent.pem" }
      assert.equal("tls", failure.transport)
    end))
end)

describe("a connection that the server closes on a request", function()
  --- A server whose second request, on the same connection, is not answered.
  local function closing(...) return { { steps = { { send = OK } } }, { steps = { ... } }, ALWAYS } end

  it("does not have it sent again where it may have been carried out", function()
    for _, case in ipairs { { "POST", "x" }, { "PROPFIND", "x" }, { "GET", "x" } } do
      test(closing { close = true }, function(s)
        assert(send { url = s.url })
        local _, failure = send { url = s.url, method = case[1], body = case[2] }
        assert.same({ "reset", "the server closed a connection that was kept open" },
          { failure.transport, failure.message })
        assert.same({ 2, 1 }, { #s:requests(), s:requests()[2].connection })
      end)()
    end
  end)

  it("lost it also where nobody can be connected to any more", test(closing { ["end"] = true }, function(s)
    assert(send { url = s.url })
    local _, failure = send { url = s.url, body = "x" }
    assert.same({ "reset", "the server closed a connection that was kept open" },
      { failure.transport, failure.message })
    assert.equal(2, #s:requests())
    _, failure = send { url = s.url, body = "x" }
    assert.equal("connect", failure.transport) -- and this one was never sent
  end))

  it("is never one for what has no body, but for a GET", function()
    for _, case in ipairs { { "POST" }, { "POST", "" }, { "PUT" }, { "PATCH" }, { "DELETE" }, { nil, "" } } do
      test(closing { close = true }, function(s)
        assert(send { url = s.url })
        local _, failure = send { url = s.url, method = case[1], body = case[2] }
        assert.equal("reset", failure.transport)
        assert.same({ 2, 2 }, { #s:requests(), s:requests()[2].connection })
      end)()
    end
    for _, method in ipairs { "GET", "OPTIONS" } do
      test(closing { close = true }, function(s)
        assert(send { url = s.url })
        assert(send { url = s.url, method = method })
        assert.same({ 1, 2 }, { s:requests()[2].connection, s:requests()[3].connection })
      end)()
    end
  end)
end)

describe("what comes on a connection behind an answer", function()
  local function answer(text) return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#text, text) end

  --- Something waits to be read on our connection to this port, or there is none any more.
  local function has_come(port)
    local ours = ("0100007F:%04X 01 %%x+:(%%x+)"):format(port)
    local file <close> = assert(io.open "/proc/self/net/tcp") -- after thousands of connections it is long
    local waiting = file:read("a"):match(ours)
    return not waiting or tonumber(waiting, 16) > 0
  end

  it("is not the answer to the next request", test({
    { steps = { { send = answer "one" }, { sleep = 30 }, { send = answer "stale" } } },
    { steps = { { send = answer "two" } } }, { steps = { { send = answer "three" } } },
  }, function(s)
    for i, text in ipairs { "one", "two", "three" } do
      assert.equal(text, assert(send { url = s.url, body = "x" }).body)
      if i == 1 then processes.await(function() return has_come(s.port) end) end
    end
    local requests = s:requests()
    assert.same({ 1, 2, 2 }, { requests[1].connection, requests[2].connection, requests[3].connection })
  end))

  -- It is in the library's buffer then, where no poll sees it.
  it("is not the answer to the next request either when it came in one record of TLS", test({
    { steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" }, { sleep = 30 },
      { send = "one" .. answer "stale" } } },
    { steps = { { send = answer "two" } } }, { steps = { { send = answer "three" } } },
  }, function(s)
    local secure <close> = tls.before(s.port)
    for _, text in ipairs { "one", "two", "three" } do
      assert.equal(text, assert(send { url = secure.url, body = "x", ca = secure.ca }).body)
    end
    local requests = s:requests()
    assert.same({ 1, 2, 2 }, { requests[1].connection, requests[2].connection, requests[3].connection })
  end))
end)

describe("public addresses only", function()
  it("means that nothing of this machine is asked, however it is called", test({ ALWAYS }, function(s)
    assert(send { url = s.url }) -- leaves an open connection, which must not be used either
    local names = { "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0", "[::1]", "[::]",
      "[::ffff:127.0.0.1]", "169.254.169.254", "100.100.100.200", "10.0.0.1", "[fe80::1]", "[fd00:ec2::254]",
      "[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "224.0.0.1", "255.255.255.255" }
    for _, name in ipairs(names) do
      local url = ("http://%s:%d/"):format(name, s.port)
      local response, failure = fetch.send { url = url, addresses = "public", deadline = 10 }
      assert.is_nil(response, name)
      assert.equal("denied", failure.transport, name)
      assert.matches(" is not a public address$", failure.message)
      local err = transport.error(failure, url)
      assert.same({ "denied", 77, false }, { err.kind, err.exit, err.temporary })
    end
    assert.equal(1, #s:requests())
    assert(send { url = s.url, addresses = "any" })
  end))

  it("means no proxy, not even one of the environment", function()
    local proxy <close> = server.start { ALWAYS }
    local name = os.tmpname()
    local file <close> = assert(io.open(name, "w"))
    file:write [[
      require("lash.sched").run(function()
        for _, addresses in ipairs { "public", "any" } do
          local response, failure = require("lash.fetch").send {
            url = "http://192.168.255.255/", addresses = addresses, deadline = 10 }
          print(response and response.status or failure.transport)
        end
      end)]]
    file:flush()
    local run <close> = io.popen(("env -u no_proxy -u NO_PROXY http_proxy=%s '%s' --lua %s 2>&1"):format(proxy.url,
      os.getenv "LASH_PROGRAM", name))
    assert.equal("denied\n200\n", run:read "a")
    os.remove(name)
    assert.equal(1, #proxy:requests())
  end)
end)

describe("a child process", function()
  --- The sockets that a child process inherits.
  local function inherited()
    local pipe <close> = io.popen "for f in /proc/self/fd/*; do readlink $f; done 2>/dev/null; true"
    local set = {}
    for socket in pipe:lines() do set[socket] = socket:find "^socket:" and true or nil end
    return set
  end

  it("inherits no connection", test({ ALWAYS }, function(s)
    assert.is_nil((send { url = "http://127.0.0.1:1/" })) -- libcurl has what it keeps for itself
    local before = inherited()
    assert(send { url = s.url }) -- stays open
    for socket in pairs(inherited()) do assert.is_true(before[socket], socket) end
    assert(send { url = s.url })
    assert.equal(s:requests()[1].connection, s:requests()[2].connection)
  end))
end)
