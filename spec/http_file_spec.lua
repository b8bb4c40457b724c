--- lash.http: bodies that go to a file.
local folder = require "spec.support.folder"
local http = require "lash.http"
local support = require "spec.support.http"

local answer, always, test, raises = support.answer, support.always, support.test, support.raises

describe("a body that goes to a file", function()
  local dir
  before_each(function() dir = folder.new() end)
  after_each(function() dir:close() end)

  local function files()
    local list = {}
    local pipe <close> = io.popen(("ls -A '%s'"):format(dir.path))
    for name in pipe:lines() do list[#list + 1] = name end
    return list
  end

  local function read(name)
    local file <close> = assert(io.open(dir.path .. "/" .. name, "rb"))
    return file:read "a"
  end

  it("is there as a whole, with the usual mode", test({
    { match = "/a", steps = { { send = "HTTP/1.1 200 OK\r\n\r\n" },
      { send = ("0123456789abcdef"):rep(64), times = 3000 }, { close = true } } },
    { match = "/b", steps = answer(200, "") },
  }, function(s)
    local res = http.get(s.url .. "/a", { to = dir.path .. "/x" })
    assert.same({ 200, nil }, { res.status, res.body })
    assert.equal(3000 * 1024, #read "x")
    assert.same({ "x" }, files())
    local mode = require("lash.core.sys").stat(dir.path .. "/x").mode
    local umask <close> = io.popen "umask"
    assert.equal(tonumber("666", 8) & ~tonumber(umask:read "l", 8), mode)
    assert.matches("went to a file", raises("usage", res.json, res).message)
    os.execute(("chmod 640 '%s/x' && ln -s x '%s/link'"):format(dir.path, dir.path))
    http.get(s.url .. "/b", { to = dir.path .. "/link" })
    assert.same({ "", 416 }, { read "x", require("lash.core.sys").stat(dir.path .. "/x").mode })
    assert.same({ "link", "x" }, files())
  end))

  it("leaves the file as it was when anything goes wrong", test({
    { match = "/404", steps = answer(404, "no") },
    { match = "/302", steps = answer(302, "moved", { "Location: /200" }) },
    { match = "/200", steps = answer(200, "new") },
    { match = "/cut", steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx" }, { close = true } } },
    { match = "/long", steps = answer(200, ("x"):rep(11)) },
    { match = "/slow", steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx" }, { sleep = 50000 } } },
  }, function(s)
    local to = dir:write("x", "old")
    local res = http.get(s.url .. "/404", { to = to, check = false })
    assert.same({ "no", "old" }, { res.body, read "x" })
    raises("incomplete", http.get, s.url .. "/cut", { to = to, retry = 0 })
    raises("protocol", http.get, s.url .. "/long", { to = to, max_bytes = 10 })
    raises("timeout", http.get, s.url .. "/slow", { to = to, timeout = 0.1 })
    assert.same({ "old", { "x" } }, { read "x", files() })
    http.get(s.url .. "/302", { to = to })
    assert.same({ "new", { "x" } }, { read "x", files() })
  end))

  it("is refused before anything is sent when it cannot be written", test({ always(200) }, function(s)
    local err = raises("output", http.post, s.url, { to = dir.path .. "/none/x" })
    assert.truthy(err.message:find("cannot write " .. dir.path .. "/none/x: No such file", 1, true))
    raises("output", http.post, s.url, { to = dir.path })
    raises("output", http.post, s.url, { to = "/dev/null" })
    raises("output", http.post, s.url, { to = "/proc/x" })
    assert.equal(0, #s:requests())
  end))

  it("that finds no room is told", test({ always(200, ("x"):rep(100000)) }, function(s)
    local script = dir:write("get.lua", ([[
      local _, err = lash.try(lash.http.get, %q, { to = %q })
      print(err.kind, err.message)]]):format(s.url, dir.path .. "/x"))
    local run <close> = io.popen(("trap '' XFSZ; ulimit -f 8; '%s' -e \"$(cat '%s')\" 2>&1"):format(
      os.getenv "LASH_PROGRAM", script))
    assert.equal(("io\tcannot write %s/x: File too large\n"):format(dir.path), run:read "a")
    assert.same({ "get.lua" }, files())
  end))
end)
