--- lash.state: what is kept, when, and for whom.
local errors = require "lash.errors"
local folder = require "spec.support.folder"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local shell = require "spec.support.shell"
local state = require "lash.state"
local sys = require "lash.core.sys"
local task = require "lash.task"

describe("lash.state", function()
  local dir, restore
  before_each(function()
    dir = folder.new()
    restore = folder.environment { HOME = dir.path }
  end)
  after_each(function()
    restore()
    dir:close()
  end)

  local function path(name) return ("%s/.local/state/lash/state/%s.json"):format(dir.path, name) end

  --- A test whose body is the root task.
  local function on_loop(f)
    return function() sched.run(f) end
  end

  local function failure(f, ...)
    local ok, err = pcall(f, ...)
    assert.is_false(ok)
    return err
  end

  --- Opens a state and calls f with it.
  local function with(name, f)
    local s <close> = state.open(name)
    return f(s)
  end

  local function write(name, text)
    sys.mkdir_p(path(name):match "^(.*)/", 448)
    assert(sys.write_atomic(path(name), text, 384))
  end

  local function content(name) return (sys.read_file(path(name), 1 << 20)) end

  --- A plain copy.
  local function copy(t)
    local c = {}
    for k, v in pairs(t) do c[k] = v end
    return c
  end

  it("keeps a table from block to block", on_loop(function()
    with("seen", function(s)
      assert.same({}, copy(s))
      s.count, s.list = 1, { "a", { b = true } }
    end)
    with("seen", function(s)
      assert.same({ count = 1, list = { "a", { b = true } } }, copy(s))
      s.count, s.list = s.count + 1, nil
    end)
    assert.equal('{\n  "count": 2\n}\n', content "seen")
  end))

  it("keeps every value as it was", on_loop(function()
    local values = {
      max = math.maxinteger, min = math.mininteger, odd = 9007199254740993, float = 1.0, small = 5e-324, third = 1 / 3,
      minus = -0.0, empty = "", zero = "\0", text = "ä\n\"\\", no = false, null = json.null, map = {},
      none = json.array {}, nested = { { {} , json.array {} } }, ["a key"] = 1, ["1"] = "one",
    }
    with("all", function(s) for k, v in pairs(values) do s[k] = v end end)
    with("all", function(s)
      for k, v in pairs(values) do
        assert.same(v, s[k], k)
        assert.equal(math.type(v), math.type(s[k]), k)
      end
      assert.equal("-0.0", tostring(s.minus))
      assert.same({ true, false, true }, { json.is_array(s.none), json.is_array(s.map), json.is_array(s.nested[1][2]) })
    end)
  end))

  it("may be a list", on_loop(function()
    with("list", function(s) table.insert(s, "a") end)
    with("list", function(s) table.insert(s, "b") end)
    with("list", function(s)
      assert.same({ "a", "b" }, copy(s))
      s[1], s[2] = nil, nil
    end)
    with("list", function(s) assert.same({}, copy(s)) end)
  end))

  it("is for this user only, in its folder", on_loop(function()
    with("x", function(s) s.a = 1 end)
    assert.same({ 448, 384 }, { sys.stat(path("x"):match "^(.*)/").mode, sys.stat(path "x").mode })
  end))

  it("stays as it was when the block ends with an error", on_loop(function()
    with("x", function(s) s.a = 1 end)
    assert.equal("oops", failure(with, "x", function(s)
      s.a = 2
      error("oops", 0)
    end))
    local child = sched.spawn(with, "x", function(s)
      s.a = 3
      sched.sleep(60)
    end)
    sched.sleep(0)
    child:cancel()
    failure(child.join, child)
    assert.equal("timeout", failure(task.within, loop.now() + 0.01, errors.new("timeout", "late"), function()
      with("x", function(s)
        s.a = 4
        sched.sleep(60)
      end)
    end).kind)
    with("x", function(s) assert.equal(1, s.a) end)
  end))

  it("is not written when nothing changed", on_loop(function()
    with("none", function() end)
    assert.is_nil(content "none")
    with("x", function(s) s.a = { 1 } end)
    local before = sys.stat(path "x")
    os.execute(("touch -d @1000 '%s'"):format(path "x"))
    with("x", function(s)
      s.b = 1
      s.b = nil
    end)
    assert.equal(1000, sys.stat(path "x").mtime)
    assert.equal(before.size, sys.stat(path "x").size)
  end))

  local UNKEPT = {
    { "$.a.b: cannot encode a function", function(s) s.a = { b = print } end },
    { "$.a[2]: cannot encode a userdata", function(s) s.a = { 1, io.stdout } end },
    { "$.a: cannot encode a coroutine", function(s) s.a = coroutine.create(print) end },
    { "$.a: cannot encode NaN", function(s) s.a = 0 / 0 end },
    { "$.a: cannot encode infinity", function(s) s.a = math.huge end },
    { "$.a.self: cannot encode a table inside itself", function(s)
      s.a = {}
      s.a.self = s.a
    end },
    { "$.me: cannot encode a table inside itself", function(s) s.me = s end },
    { "$.a: cannot encode a list with holes", function(s) s.a = { 1, nil, 3 } end },
    { "$.a: cannot encode a table that is both list and object", function(s) s.a = { 1, x = 2 } end },
    { "$.a: cannot encode a table with keys", function(s) s.a = { [true] = 1 } end },
    { "$.a: cannot encode a string that is not UTF-8", function(s) s.a = "\xFF" end },
    { "$: cannot encode a key that is not UTF-8", function(s) s["\xFF"] = 1 end },
  }
  for _, case in ipairs(UNKEPT) do
    it("raises at the end of the block: " .. case[1], on_loop(function()
      with("x", function(s) s.kept = true end)
      local err = failure(with, "x", case[2])
      assert.equal("usage", err.kind)
      assert.truthy(err.message:find("lash.state 'x': " .. case[1], 1, true), err.message)
      with("x", function(s) assert.same({ kept = true }, copy(s)) end) -- unlocked, unchanged
    end))
  end

  it("raises for a file that is damaged, and leaves it", on_loop(function()
    for _, text in ipairs { "", "{", "null", "12", '{"a":1} x', "\0\0\0" } do
      write("x", text)
      for _ = 1, 2 do
        local err = failure(state.open, "x")
        assert.same({ "store", 74 }, { err.kind, err.exit })
        assert.truthy(err.message:find(path "x", 1, true), err.message)
        assert.equal(text, content "x")
      end
    end
    os.remove(path "x")
    sys.mkdir_p(path "x", 448)
    assert.equal("io", failure(state.open, "x").kind)
  end))

  it("takes names that are names", on_loop(function()
    for _, name in ipairs { "a", "A-b_c.9", ".", "..", ("x"):rep(64) } do with(name, function(s) s.a = name end) end
    for _, name in ipairs { "", "a/b", "a b", "ä", "a\0", ("x"):rep(65), "\n" } do
      assert.equal("usage", failure(state.open, name).kind)
    end
    assert.equal("lash.state: expected a name, got nil", failure(state.open).message)
  end))

  it("needs a folder", on_loop(function()
    restore()
    restore = folder.environment {}
    assert.equal("config", failure(state.open, "x").kind)
    restore()
    restore = folder.environment { HOME = dir.path, XDG_STATE_HOME = dir:write("file", "") }
    assert.equal("io", failure(state.open, "x").kind)
  end))

  it("is for one task at a time", on_loop(function()
    local tasks = {}
    for i = 1, 20 do
      tasks[i] = sched.spawn(with, "count", function(s)
        local n = s.n or 0
        sched.sleep(0.001)
        s.n = n + 1
      end)
    end
    for _, one in ipairs(tasks) do one:join() end
    with("count", function(s) assert.equal(20, s.n) end)
  end))

  it("is open in a task only once", on_loop(function()
    with("x", function()
      local err = failure(state.open, "x")
      assert.same({ "usage", "lash.state 'x': it is open already" }, { err.kind, err.message })
      with("y", function(s) s.other = true end)
    end)
  end))

  it("waits no longer than the deadline, then it is locked", on_loop(function()
    with("x", function()
      local began = loop.now()
      local err = failure(task.within, began + 1.5, errors.new("timeout", "late"), function() state.open "x" end)
      assert.same({ "locked", 75, true }, { err.kind, err.exit, err.temporary })
      assert.equal("lash.state 'x': another task has it open", err.message)
      local seconds = loop.now() - began
      assert.is_true(seconds >= 1 and seconds < 5, seconds)
    end)
  end))

  it("can be given up while it is waited for", on_loop(function()
    with("x", function(s)
      local other = sched.spawn(state.open, "x")
      sched.sleep(0.01)
      other:cancel()
      assert.equal("cancelled", failure(other.join, other).kind)
      s.a = 1
    end)
    with("x", function(s) assert.equal(1, s.a) end)
  end))

  describe("among processes", function()
    local lash
    before_each(function() lash = shell.new() end)
    after_each(function() lash:close() end)

    local function kept(name) return json.decode(lash:read((".local/state/lash/state/%s.json"):format(name))) end

    it("loses nothing", function()
      lash:write("count.lua", [[
        local lash = require "lash"
        for _ = 1, 10 do
          local s <close> = lash.state "count"
          s.n = (s.n or 0) + 1
        end]])
      local ended = lash:sh "for i in $(seq 8); do lash count.lua & done; wait"
      assert.same({ 0, "" }, { ended.exit, ended.err })
      assert.same({ n = 80 }, kept "count")
    end)

    local HOLD = [[
      local lash = require "lash"
      io.stdout:setvbuf "no"
      local s <close> = lash.state "x"
      s.n = (s.n or 0) + 1
      print "ready"
    ]]

    it("is locked for others", function()
      lash:write("hold.lua", HOLD .. "lash.sleep(60)")
      local child = lash:start "exec $lash hold.lua"
      assert.equal("ready", child:line())
      local ended = lash:lash("--timeout", "2", "-e", "lash.state 'x'")
      child:kill "TERM"
      child:wait()
      assert.same({ 75, "lash: locked: lash.state 'x': another process has it open\n"
        .. "hint: it is free when the block there ends\n" }, { ended.exit, ended.err })
    end)

    it("is free when its process has ended in whatever way, and as it was before", function()
      lash:write("hold.lua", HOLD .. "lash.sleep(60)")
      for _, signal in ipairs { "KILL", "INT", "TERM" } do
        local child = lash:start "exec $lash hold.lua"
        assert.equal("ready", child:line())
        child:kill(signal)
        child:wait()
        local ended = lash:lash("-e", "local s <close> = lash.state 'x' assert(s.n == nil)")
        assert.same({ 0, "" }, { ended.exit, ended.err })
      end
    end)

    it("is had by who waits as soon as it is free", function()
      lash:write("hold.lua", HOLD .. 'io.read "l"')
      local child = lash:start "mkfifo go; exec $lash hold.lua <>go"
      assert.equal("ready", child:line())
      local ended = lash:sh [[
        lash -e 'local s <close> = lash.state "x" print(s.n)' &
        sleep 0.3; echo >go; wait $!]]
      assert.same({ 0, "1\n" }, { ended.exit, ended.out })
      assert.equal(0, child:wait().exit)
    end)

    it("is not kept for a command that was started meanwhile", function()
      local ended = lash:script [[
        local lash = require "lash"
        local held
        lash.spawn(function() lash.sh { "sh", "-c", "echo >started; sleep 0.5" } end)
        do
          local s <close> = lash.state "x"
          while not lash.fs.exists "started" do lash.sleep(0.01) end
        end
        local s <close> = lash.state "x"]]
      assert.same({ 0, "" }, { ended.exit, ended.err })
    end)

    it("is kept with os.exit(0), and not with another", function()
      lash:script(HOLD .. "os.exit(0)")
      assert.same({ n = 1 }, kept "x")
      assert.equal(3, lash:script(HOLD .. "os.exit(3)").exit)
      assert.same({ n = 1 }, kept "x")
    end)

    it("is told of when it is never closed", function()
      local ended = lash:lash("-e", "s = lash.state 'x' s.a = 1")
      assert.equal(0, ended.exit)
      assert.matches("^lash: warning: lash.state 'x' was not closed, so nothing was kept", ended.err)
      assert.equal("", lash:sh("ls .local/state/lash/state").out)
    end)
  end)
end)
