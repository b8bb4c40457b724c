--- lash.http: where redirects lead, and what goes along.
local http = require "lash.http"
local sched = require "lash.sched"
local secrets = require "lash.secrets"
local server = require "spec.support.server"
local support = require "spec.support.http"

local answer, always, test, raises = support.answer, support.always, support.test, support.raises

describe("a redirect", function()
  local function to(status, location) return answer(status, "", { "Location: " .. location }) end

  it("of a GET is followed", test({
    { match = "GET /1", steps = to(301, "/x/2") }, { match = "GET /x/2", steps = to(302, "3?a=ä b#top") },
    { match = "GET /x/3", steps = to(303, "//127.0.0.1:0") }, { match = "HEAD /1", steps = to(307, "2") },
    { match = "HEAD /2", steps = answer(200) },
  }, function(s)
    local res = http.get(s.url .. "/1", { check = false, query = { q = 1 }, headers = { ["X-A"] = "1" } })
    assert.same({ 303, s.url .. "/x/3?a=%C3%A4%20b" }, { res.status, res.url })
    local paths = {}
    for i, request in ipairs(s:requests()) do paths[i] = request.path .. (request.headers["x-a"] or "") end
    assert.same({ "/1?q=11", "/x/21", "/x/3?a=%C3%A4%20b1" }, paths)
    assert.equal(s.url .. "/2", http.head(s.url .. "/1").url)
  end))

  it("is not followed for ever", test({ { ["repeat"] = true, steps = to(302, "/") } }, function(s)
    local err = raises("http", http.get, s.url)
    assert.matches(": 302 Found: more than 5 redirects$", err.message)
    assert.equal(6, #s:requests())
  end))

  it("that leads nowhere is told", test({
    { match = "/none", steps = answer(302) }, { match = "/file", steps = to(302, "file:///etc/passwd") },
    { match = "/user", steps = to(302, "http://a:b@h/") },
  }, function(s)
    assert.matches("302 Found: it does not say where to$", raises("http", http.get, s.url .. "/none").message)
    assert.matches("it leads nowhere: file://… is not", raises("http", http.get, s.url .. "/file").message)
    assert.matches("it leads nowhere: a name or a password", raises("http", http.get, s.url .. "/user").message)
  end))

  it("of a POST is followed only to a GET", test({
    { match = "POST /303", steps = to(303, "/got") }, { match = "GET /got", steps = answer(200, "got") },
    { match = "POST /302", steps = to(302, "/got") },
    { match = "PUT /307", ["repeat"] = true, steps = to(307, "/got?k=1") },
    { match = "DELETE /308", steps = to(308, "/got") },
  }, function(s)
    local res = http.post(s.url .. "/303", { json = { a = 1 }, headers = { ["X-A"] = "1" } })
    assert.equal("got", res.body)
    local got = s:requests()[2]
    assert.same({ "GET", "", nil, "1" }, { got.method, got.body, got.headers["content-type"], got.headers["x-a"] })
    for _, case in ipairs { { "post", "/302" }, { "put", "/307" }, { "delete", "/308" } } do
      local err = raises("http", http[case[1]], s.url .. case[2], { body = "x" })
      local expected = ("it leads to %s/got, and no %s is sent twice"):format(s.url, case[1]:upper())
      assert.truthy(err.message:find(expected, 1, true))
      assert.equal("if that address is right, send it there", err.hint)
    end
    assert.equal(307, http.put(s.url .. "/307", { check = false }).status)
  end))

  it("to another site takes no secrets along", function()
    local other <close> = server.start { always(200) }
    local s <close> = server.start {
      { match = "/same", steps = to(302, "/here") }, { match = "/here", steps = answer(200) },
      { match = "/other", steps = to(302, other.url) },
    }
    local headers = {
      Authorization = "Bearer abcdefgh", Cookie = "a=b", ["X-Api-Key"] = "k12345678", ["X-Session-Id"] = "s",
      ["X-Note"] = "holds registered-secret", ["X-Plain"] = "1",
    }
    secrets.add "registered-secret"
    sched.run(function()
      http.get(s.url .. "/same", { headers = headers })
      http.get(s.url .. "/other", { headers = headers })
    end)
    local here, there = s:requests()[2].headers, other:requests()[1].headers
    for name, value in pairs(headers) do
      assert.equal(value, here[name:lower()])
      assert.equal(name == "X-Plain" and "1" or nil, there[name:lower()], name)
    end
    assert.equal("[secret] [secret]", secrets.redact "k12345678 abcdefgh")
  end)

  it("from https to http is not followed", function()
    local fetch = require "lash.fetch"
    local send = fetch.send
    local _back <close> = setmetatable({}, { __close = function() fetch.send = send end })
    local asked = {}
    function fetch.send(request)
      asked[#asked + 1] = request.url
      return { status = 302, headers = { { "Location", "http://h/b?k=1" } }, body = "" }
    end
    local err = raises("http", sched.run, http.get, "https://h/a")
    assert.equal("GET https://h/a: 302 Found: it leads from https to http://h/b", err.message)
    assert.same({ "https://h/a" }, asked)
  end)

  it("from http to https is no other site", function()
    local urls = require "lash.http.url"
    local function same(a, b) return urls.same_site(assert(urls.read(a)), assert(urls.read(b))) end
    assert.is_true(same("http://h/a", "https://H/b"))
    assert.is_false(same("https://h", "http://h"))
    assert.is_false(same("http://h:8080", "https://h"))
    assert.is_false(same("https://h", "https://h:444"))
    assert.is_false(same("https://h", "https://sub.h"))
  end)

  it("an address is the same site however it is written", function()
    local urls = require "lash.http.url"
    local function host(name)
      local url = urls.read("http://" .. name .. "/")
      return url and url.host
    end
    for _, name in ipairs { "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0X7F.1", "0177.0.0.1",
      "017700000001", "127.0.0.1.", "127.0.0.0x1" } do
      assert.equal("127.0.0.1", host(name), name)
    end
    assert.same({ "0.0.0.0", "255.255.255.255", "10.1.0.0" }, { host "0", host "4294967295", host "10.1.0" })
    -- Numbers that are no address, and names.
    for _, name in ipairs { "256.1.1.1", "4294967296", "1.2.3.4.5", "08", "1.0x", "0x1g.1", "1.2.3.65536",
      "0x100000000", "99999999999999999999", "040000000000", "a.1" } do
      assert.is_nil(host(name), name)
    end
    assert.same({ "1.example", "0xa.b", "1.2.3.4a" }, { host "1.example", host "0xA.b", host "1.2.3.4a" })
  end)
end)
