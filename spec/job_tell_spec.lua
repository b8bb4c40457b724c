--- What a job tells the world: pings, and the command of `fail`.
local jobs = require "spec.support.jobs"
local server = require "spec.support.server"
local test = jobs.test

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"

--- A monitor; `requests` are its request lines.
local function monitor() return server.start { { ["repeat"] = true, { send = OK } } } end

describe("pings of a job", function()
  local function settings(s, path) return ('ping = "%s%s",'):format(s.url, path or "/uuid") end

  it("say that it begins, and that it is done", test("", "", function(p)
    local s <close> = monitor()
    p:due(1, settings(s), "print 'all is well'")
    assert.same({ 0, "all is well\n", "" }, { (function(t) return t.code, t.out, t.err end)(p:tick()) })
    local requests = s:requests()
    assert.equal(2, #requests)
    assert.same({ "POST", "/uuid/start" }, { requests[1].method, requests[1].path })
    assert.same({ "POST", "/uuid" }, { requests[2].method, requests[2].path })
    assert.equal("all is well\n", requests[2].body)
    p:tick()
    assert.equal(2, #s:requests()) -- nothing was due
  end))

  it("say how it failed, with the end of what it wrote", test("", "", function(p)
    local s <close> = monitor()
    p:due(1, settings(s, "/uuid?create=1"), "print(('x'):rep(20000)) print 'last words' lash.fail('network', 'gone')")
    assert.equal(69, p:tick().code)
    local failed = s:requests()[2]
    assert.equal("/uuid/fail?create=1", failed.path)
    assert.matches("^j: network: gone\nx+\nlast words\n$", failed.body)
    assert.is_true(#failed.body < 11000)
  end))

  it("have no secrets, nor has the command of a failure", test("", "", function(p)
    local s <close> = monitor()
    p:write(".env.local", "MY_TOKEN=tok-secret-12345678\n")
    os.execute("chmod 600 " .. p.path .. "/.env.local")
    p:write("tell.sh", [[echo "$LASH_JOB_MESSAGE" >>told]])
    p:due(1, settings(s) .. 'fail = { run = { "sh", "tell.sh" } },',
      [[print(lash.env.MY_TOKEN) lash.fail("auth", "bad " .. lash.env.MY_TOKEN .. " sk-project")]])
    local tick = p:tick()
    local text = tick.out .. tick.err .. s:requests()[2].body .. p:read "told" .. p:history()[1].message
    assert.equal("j: auth: bad [secret] [secret]\n", tick.err)
    assert.is_nil(text:find("tok-secret", 1, true) or text:find("sk-project", 1, true))
  end))

  it("that fail change nothing", test("ping = 'http://127.0.0.1:1/x',", "print 'done'", function(p)
    local tick = p:tick()
    assert.same({ 0, "done\n", "" }, { tick.code, tick.out, tick.err })
  end))
end)

describe("the command of a job that fails", function()
  local TELLS = [[fail = { after = 2, run = { "sh", "tell.sh" } },]]
  local SCRIPT = [[
    set -- $LASH_JOB_NAME $LASH_JOB_STATE $LASH_JOB_KIND $LASH_JOB_EXIT $LASH_JOB_FAILURES $LASH_JOB_MESSAGE
    echo $@ >>told
  ]]

  it("runs once after so many failures, and once when it recovers", test(TELLS, "", function(p)
    p:write("tell.sh", SCRIPT)
    local bodies = { "lash.fail('network', 'a')", "lash.fail('auth', 'b')", "error 'c'", "", "", "error 'd'" }
    for day, body in ipairs(bodies) do
      p:due(day, TELLS, body)
      p:tick()
    end
    assert.equal("j failing auth 77 2 b\nj recovered ok 0 0\n", p:read "told")
  end))

  it("is given values", test("", "", function(p)
    p:due(1, [[fail = { run = "touch {name}-{state}-{exit}-{failures} {message}" },]],
      "lash.fail('network', 'so it is')")
    p:tick()
    assert.is_true(require("lash.core.sys").stat(p.path .. "/j-failing-69-1") ~= nil)
    assert.is_true(require("lash.core.sys").stat(p.path .. "/so it is") ~= nil)
  end))

  it("changes nothing when it fails itself", test([[fail = { run = "absent-command" },]], "lash.fail('auth', 'no')",
    function(p)
      local tick = p:tick()
      assert.equal(77, tick.code)
      assert.matches("lash: warning: j: fail.run: [^\n]*command not found: absent%-command\n", tick.err)
      assert.matches("j: auth: no\n", tick.err)
    end))

  it("is refused when the script is read", test("", "", function(p)
    for settings, message in pairs {
      ["fail = { after = 0, run = 'x' },"] = "'after' must be an integer from 1",
      ["fail = { after = 1 },"] = "'run' must be a command",
      ["fail = { run = 'mail | x' },"] = "there is no shell",
      ["fail = { run = 'mail {nobody}' },"] = "there is no value {nobody}",
      ["fail = { aftr = 1, run = 'x' },"] = "unknown key 'aftr'",
    } do
      p:due(1, settings, "did 'work'")
      local tick = p:tick()
      assert.equal(64, tick.code)
      assert.matches(message, tick.err, 1, true)
    end
    assert.equal("", p:read "did")
  end))
end)
