--- lash.http: requests of scripts, over real HTTP.
local errors = require "lash.errors"
local http = require "lash.http"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local retry = require "lash.retry"
local sched = require "lash.sched"
local support = require "spec.support.http"
local task = require "lash.task"

local answer, always, test, raises = support.answer, support.always, support.test, support.raises

describe("lash.http", function()
  local delay = retry.delay
  before_each(function() retry.delay = function() return 0.001 end end)
  after_each(function() retry.delay = delay end)

  it("sends what it is told, and gives the answer", test({ always(200, '{"a":[]}', { "X-One: 1",
    "Content-Type: application/json", "Set-Cookie: a=1", "set-cookie: b=2" }) }, function(s)
    local res = http.get(s.url .. "/a")
    assert.same({ 200, true, '{"a":[]}', s.url .. "/a" }, { res.status, res.ok, res.body, res.url })
    assert.equal('{"a":[]}', json.encode(res:json()))
    assert.same({ "1", "1", "a=1, b=2" }, { res.headers["x-one"], res.headers["X-ONE"], res.headers["Set-Cookie"] })
    assert.same({ "a=1", "b=2" }, res:values "SET-COOKIE")
    assert.same({ {}, nil }, { res:values "x-none", res.headers["x-none"] })
    assert.equal("lash.http response: 200 from " .. s.url .. "/a", tostring(res))
    local request = s:requests()[1]
    assert.equal("GET /a HTTP/1.1", request.line)
    assert.same({ host = "127.0.0.1:" .. s.port, accept = "*/*", ["user-agent"] = "lash/" .. require "lash.version" },
      request.headers)
  end))

  it("has every method", test({ always(200) }, function(s)
    for i, name in ipairs { "get", "head", "post", "put", "patch", "delete" } do
      assert.equal(200, http[name](s.url).status)
      assert.equal(name:upper(), s:requests()[i].method)
    end
    http.request("options", s.url, { body = "x" })
    assert.same({ "OPTIONS", "x" }, { s:requests()[7].method, s:requests()[7].body })
  end))

  it("writes bodies and queries", test({ always(200) }, function(s)
    local list = require("lash.json").array
    local cases = {
      { { json = { b = 1, a = list {} } }, '{"a":[],"b":1}', "application/json" },
      { { json = false }, "false", "application/json" },
      { { form = { b = { "1 &", "ü" }, a = true, c = 1.5 } }, "a=true&b=1%20%26&b=%C3%BC&c=1.5",
        "application/x-www-form-urlencoded" },
      { { body = "plain" }, "plain" },
      { { body = "", headers = { ["content-type"] = "a/b" } }, "", "a/b" },
      { { json = 1, headers = { ["Content-Type"] = "a/json" } }, "1", "a/json" },
    }
    for i, case in ipairs(cases) do
      http.post(s.url, case[1])
      local request = s:requests()[i]
      assert.same({ case[2], case[3] }, { request.body, request.headers["content-type"] })
    end
    local queries = {
      { "/", { b = { 1, "x y" }, a = "&=#é", c = {} }, "/?a=%26%3D%23%C3%A9&b=1&b=x%20y" },
      { "/p?x=1#top", { y = false }, "/p?x=1&y=false" }, { "/p?", { y = 1 }, "/p?y=1" }, { "/p", {}, "/p" },
      { "/p?x", "y=ä z&q", "/p?x&y=%C3%A4%20z&q" }, { "/p", "?y#", "/p?y%23" },
      { "/ä b%20%", nil, "/%C3%A4%20b%20%25" },
    }
    for i, case in ipairs(queries) do
      local res = http.get(s.url .. case[1], { query = case[2] })
      assert.same({ case[3], s.url .. case[3] }, { s:requests()[#cases + i].path, res.url })
    end
  end))

  it("sends headers once each, as they were given last", test({ always(200) }, function(s)
    http.get(s.url, { headers = { ["X-B"] = { "1", "2" }, ["x-a"] = 3, ["X-Empty"] = "", ["user-agent"] = "me" } })
    local request = s:requests()[1]
    assert.same({ "1, 2", "3", "", "me" }, { request.headers["x-b"], request.headers["x-a"],
      request.headers["x-empty"], request.headers["user-agent"] })
    http.get(s.url, { headers = { ["User-Agent"] = false } })
    assert.is_nil(s:requests()[2].headers["user-agent"])
  end))

  it("refuses what can never be right, and says what would be", function()
    local cases = {
      { "expected a URL, got nil" }, { "expected a URL, got table", http },
      { "that is not an http:// or https:// URL", "example.org", nil, "did you mean 'https://example.org'?" },
      { "ftp://… is not an http:// or https:// URL", "ftp://u:secret@h/" },
      { "the URL contains a control character", "http://h/\n" }, { "'a b' is not a host", "http://a b/" },
      { "a name or a password in a URL is not sent", "http://u:p@h/" }, { "'' is not a host", "http:///x" },
      { "'1.2.3.256' is not a host", "http://1.2.3.256" },
      { "the name of a host is written in ASCII", "http://müller.example/" },
      { "there is no port 70000", "http://h:70000" },
      { "the URL has more than 16384 bytes", "http://h/" .. ("x"):rep(16384) },
      { "unknown key 'timout'", "http://h", { timout = 1 }, "did you mean 'timeout'?" },
      { "the options must be a table, got string", "http://h", "x" },
      { "'body' must be a string, got table", "http://h", { body = {} } },
      { "'json' and 'body' exclude each other", "http://h", { body = "", json = 1 } },
      { "timeout: 'soon' is not a duration", "http://h", { timeout = "soon" } },
      { "'retry' must be an integer of 0 or more, 20 at most, got 1.5", "http://h", { retry = 1.5 } },
      { "'max_bytes' must be an integer of 1 or more, got 0", "http://h", { max_bytes = 0 } },
      { "'check' must be a boolean, got string", "http://h", { check = "no" } },
      { "'headers' must be a table, got string", "http://h", { headers = "X: 1" } },
      { "'X: 1' is not the name of a header", "http://h", { headers = { ["X: 1"] = "" } } },
      { "'1' is not the name of a header", "http://h", { headers = { "X: 1" } } },
      { "the header 'X' contains a control character", "http://h", { headers = { X = "1\r\nY: 2" } } },
      { "the header 'X' must be a string, got boolean", "http://h", { headers = { X = true } } },
      { "query: 'a' must be a text", "http://h", { query = { a = { b = 1 } } } },
      { "query: 'a' must be a text", "http://h", { query = { a = json.null } } },
      { "query: expected names and their values", "http://h", { query = { "a" } } },
      { "'query' must be a table of names and values", "http://h", { query = 1 } },
      { "'form' must be a table, got string", "http://h", { form = "a=b" } },
      { "json: ", "http://h", { json = print } },
      { "'to' is not the name of a file", "http://h", { to = "x/" } },
    }
    for _, case in ipairs(cases) do
      local err = raises("usage", http.get, table.unpack(case, 2, 3))
      assert.truthy(err.message:find("lash.http.get: " .. case[1], 1, true)
        or err.message:find("lash.http.get" .. ": ", 1, true) and err.message:find(case[1], 1, true), err.message)
      if case[4] then assert.equal(case[4], err.hint) end
    end
    assert.truthy(raises("usage", http.get).hint:find("with a dot", 1, true))
    raises("usage", http.request, "http://h/")
    sched.run(function()
      raises("usage", http.head, "http://127.0.0.1:1/", { body = "x" })
      raises("usage", http.request, "CONNECT", "http://127.0.0.1:1/")
    end)
  end)
end)

describe("an answer that is no success", function()
  local delay = retry.delay
  before_each(function() retry.delay = function() return 0.001 end end)
  after_each(function() retry.delay = delay end)

  local JSON = { "Content-Type: application/json" }
  local TEXT = { "Content-Type: text/plain; charset=utf-8" }

  it("is raised, with what the server says of it", test({
    { match = "/404", steps = answer(404, "nothing\n  here", TEXT) },
    { match = "/422", steps = answer(422, '{"error":{"message":"no such\\nfield"}}', JSON) },
    { match = "/400", steps = answer(400, '{"detail":"bad"}', JSON) },
    { match = "/401", steps = answer(401, "<html>", { "Content-Type: text/html" }) },
    { match = "/418", steps = answer(418, '{"error":', JSON) },
    { match = "/long", steps = answer(400, ("ä"):rep(300), TEXT) },
    { match = "/304", steps = answer(304) },
  }, function(s)
    local cases = {
      { "/404", "404 Not Found: nothing here" }, { "/422", "422 Unprocessable Content: no such field" },
      { "/400", "400 Bad Request: bad" }, { "/401", "401 Unauthorized" }, { "/418", "418" },
      { "/long", "400 Bad Request: " .. ("ä"):rep(99) .. "…" }, { "/304", "304 Not Modified" },
    }
    for _, case in ipairs(cases) do
      local err = raises("http", http.get, s.url .. case[1] .. "?key=k")
      assert.equal(("GET %s%s: %s"):format(s.url, case[1], case[2]), err.message)
      assert.same({ tonumber(case[2]:match "%d+"), err.status, false, 69, 1 },
        { err.status, err.response.status, err.temporary, err.exit, err.attempts })
    end
    assert.equal(#cases, #s:requests())
  end))

  it("is an answer for those who want it", test({ always(404, "no") }, function(s)
    local res = http.get(s.url, { check = false })
    assert.same({ 404, false, "no" }, { res.status, res.ok, res.body })
  end))

  it("is asked for again when it may pass, and it was a GET", test({
    { match = "GET /503", steps = answer(503) }, { match = "GET /503", steps = answer(429) },
    { match = "GET /503", steps = answer(200, "yes") },
    { match = "GET /500", ["repeat"] = true, steps = answer(500) },
    { match = "POST /503", ["repeat"] = true, steps = answer(503) },
  }, function(s)
    assert.equal("yes", http.get(s.url .. "/503").body)
    local err = raises("http", http.get, s.url .. "/500")
    assert.same({ true, 3, "tried 3 times" }, { err.temporary, err.attempts, err.hint })
    assert.equal(500, http.get(s.url .. "/500", { check = false, retry = 0 }).status)
    assert.equal(7, #s:requests())
    err = raises("http", http.post, s.url .. "/503")
    assert.same({ true, 1, 8 }, { err.temporary, err.attempts, #s:requests() })
    raises("http", http.post, s.url .. "/503", { retry = 1 })
    assert.equal(10, #s:requests())
  end))

  it("is waited out as long as the server asks, within the time", test({
    { steps = answer(429, "", { "Retry-After: 7" }) }, { steps = answer(503, "", { "Retry-After: 1" }) },
    { steps = answer(200) },
  }, function(s)
    retry.delay = delay
    local err = raises("http", http.get, s.url, { timeout = 5 })
    assert.same({ 429, 7, true }, { err.status, err.retry_after, err.temporary })
    assert.matches("^the deadline comes first: try again in 7 s, at ", err.hint)
    local began = loop.now()
    assert.equal(200, http.get(s.url).status)
    assert.is_true(loop.now() - began >= 1)
  end))

  it("is not waited for past the deadline of the task", test({ always(503, "", { "Retry-After: 60" }) }, function(s)
    retry.delay = delay
    local late = errors.new("timeout", "late")
    local err = raises("http", task.with_deadline, loop.now() + 20, late, http.get, s.url, { timeout = "5m" })
    assert.matches("^the deadline comes first", err.hint)
  end))
end)

describe("a failure below HTTP", function()
  local delay = retry.delay
  before_each(function() retry.delay = function() return 0.001 end end)
  after_each(function() retry.delay = delay end)

  it("is tried again, and told", test({
    { steps = { { close = true } } },
    { steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx" }, { close = true } } },
    { steps = answer(200, "whole") },
    { match = "/cut", ["repeat"] = true, steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx" },
      { close = true } } },
    { match = "POST", ["repeat"] = true, steps = { { close = true } } },
  }, function(s)
    assert.equal("whole", http.get(s.url).body)
    local err = raises("incomplete", http.get, s.url .. "/cut")
    assert.same({ 3, 200, 200 }, { err.attempts, err.status, err.response.status })
    assert.equal(1, raises("network", http.post, s.url).attempts)
    assert.equal(3, raises("network", http.get, "http://127.0.0.1:1/").attempts)
    assert.equal(7, #s:requests())
  end))

  it("ends when its time is over, retries and all", test({
    { ["repeat"] = true, steps = { { send = "HTTP/1.1 200 OK\r\n\r\n" }, { sleep = 50000 } } },
  }, function(s)
    local err = raises("timeout", http.get, s.url, { timeout = "100ms" })
    assert.same({ 124, 1, "timeout is 0.1 s" }, { err.exit, err.attempts, err.hint })
    assert.equal(1, s:wait_gone())
  end))

  it("is a body that is too long", test({ always(200, ("x"):rep(11)) }, function(s)
    local err = raises("protocol", http.get, s.url, { max_bytes = 10 })
    assert.same({ false, "max_bytes is 10", "11" },
      { err.temporary, err.hint, err.response.headers["content-length"] })
    assert.equal(11, #http.get(s.url, { max_bytes = 11 }).body)
  end))

  it("cancels nothing else, and is cancelled", test({
    { match = "/slow", steps = { { sleep = 50000 } } }, always(200, "fast"),
  }, function(s)
    local slow = sched.spawn_daemon(http.get, s.url .. "/slow")
    assert.equal("fast", http.get(s.url).body)
    slow:cancel()
    raises("cancelled", slow.join, slow)
    assert.truthy(s:wait_gone())
  end))
end)

describe("a body as JSON", function()
  it("is a schema error when it is none", test({
    { match = "/html", steps = answer(200, "<html>", { "Content-Type: text/html" }) },
    { match = "/bad", steps = answer(200, "{", { "Content-Type: application/json" }) },
    { match = "/empty", steps = answer(204) },
    { match = "/null", steps = answer(200, "null") },
  }, function(s)
    local res = http.get(s.url .. "/html?k=1")
    local err = raises("schema", res.json, res)
    assert.truthy(err.message:find("the answer of " .. s.url .. "/html is not JSON: ", 1, true))
    assert.equal("the server calls it text/html", err.hint)
    res = http.get(s.url .. "/bad")
    assert.is_nil(raises("schema", res.json, res).hint)
    res = http.get(s.url .. "/empty")
    raises("schema", res.json, res)
    assert.equal(json.null, http.get(s.url .. "/null"):json())
  end))
end)

describe("a site", function()
  it("has a base and options of its own", test({ always(200) }, function(s)
    local site = http { base = s.url .. "/api/", headers = { ["X-A"] = "1", ["X-B"] = "2" }, query = { v = 1 } }
    local paths = { ["items/1"] = "/api/items/1", ["/items?x=1"] = "/api/items?x=1", [""] = "/api/", ["?y"] = "/api/?y",
      [s.url .. "/other"] = "/other" }
    for path, expected in pairs(paths) do
      site.get(path, { headers = { ["x-b"] = "3" }, query = { w = 2 } })
      local requests = s:requests()
      local request = requests[#requests]
      assert.equal(expected .. (expected:find "?" and "&" or "?") .. "v=1&w=2", request.path)
      assert.same({ "1", "3" }, { request.headers["x-a"], request.headers["x-b"] })
    end
    site.request("PUT", "x", { json = 1, headers = { ["X-A"] = false } })
    local requests = s:requests()
    assert.same({ "PUT", nil }, { requests[#requests].method, requests[#requests].headers["x-a"] })
  end))

  it("keeps its settings where a call has none", test({ always(500) }, function(s)
    local site = http { base = s.url, check = false, retry = 0, timeout = 5, max_bytes = 100 }
    assert.equal(500, site.get("x").status)
    raises("http", site.get, "x", { check = true })
    assert.equal(2, #s:requests())
    retry.delay, s.delay = function() return 0 end, retry.delay
    assert.equal(500, http({ base = s.url, check = false, retry = 3 }).post("x").status)
    retry.delay = s.delay
    assert.equal(3, #s:requests(), "what is not a GET is not sent again unless the call says so")
  end))

  it("is refused when it is none", function()
    raises("usage", http, nil)
    assert.matches("'base' must be a URL", raises("usage", http, {}).message)
    assert.matches("unknown key 'bas'", raises("usage", http, { bas = "http://h" }).message)
    raises("usage", http, { base = "http://h/?a=b" })
    raises("usage", http, { base = "http://h", json = 1 })
    local site = http { base = "https://h/a" }
    assert.matches("http://h/a is not on https://h$", raises("usage", site.get, "http://h/a").message)
    raises("usage", site.get, "https://other/")
    assert.equal("lash.http.get: 'b/../../c' leads out of https://h/a", raises("usage", site.get, "b/../../c").message)
    assert.equal("lash.http.get: '%2e%2E/c' leads out of https://h/a", raises("usage", site.get, "%2e%2E/c").message)
    assert.equal("lash.http.get: 'b/.%2e/../c' leads out of https://h/a",
      raises("usage", site.get, "b/.%2e/../c").message)
    raises("usage", site.get, site)
  end)
end)
