--- The store as Lua sees it, and what a person is told when it fails.
local core = require "lash.core.store"
local folder = require "spec.support.folder"
local loop = require "lash.core.loop"
local model = require "spec.support.model"
local shell = require "spec.support.shell"
local store = require "lash.store"
local sys = require "lash.core.sys"

local failure = model.failure

--- A test with a home folder of its own.
local function here(f)
  return function() model.run(f) end
end

local INSERT = "INSERT INTO sessions (id, created, used) VALUES (?, 0, 0)"
local COUNT = "SELECT count(*) AS n FROM sessions"

local function count() return store.query(COUNT)[1].n end

describe("the store", function()
  it("is made when it is needed, not before", here(function()
    assert.is_nil(sys.stat(store.path()))
    assert.equal(0, count())
    assert.equal(384, sys.stat(store.path()).mode)
  end))

  it("gives values back as they were", here(function()
    local bytes = "\xFF\0\1"
    local row = store.query("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, typeof(?) AS f, typeof(?) AS g",
      math.mininteger, 1 / 3, "höh", nil, bytes, bytes, "x")[1]
    assert.same({ math.mininteger, 1 / 3, "höh", nil, bytes, "blob", "text" },
      { row.a, row.b, row.c, row.d, row.e, row.f, row.g })
    assert.equal("integer", math.type(row.a))
    assert.equal("float", math.type(store.query("SELECT ? AS x", 2.0)[1].x))
    assert.error(function() store.query("SELECT ?", {}) end)
    assert.error(function() store.query("SELECT ?", true) end)
    assert.error(function() store.query "SELECT ?" end)
    assert.error(function() store.query("SELECT 1", 2) end)
  end))

  it("keeps all of a transaction, or nothing", here(function()
    assert.equal(7, store.transaction("write", nil, function(id)
      store.exec(INSERT, id)
      return 7
    end, "a"))
    local err = failure(store.transaction, "durable", nil, function()
      store.exec(INSERT, "b")
      error "no"
    end)
    assert.matches("no$", err)
    assert.equal("internal", failure(store.transaction, "write", nil, function() store.exec(INSERT, "a") end).kind)
    assert.equal("internal", failure(store.transaction, "write", nil, function()
      store.transaction("read", nil, count)
    end).kind)
    assert.equal(1, count())
  end))

  it("is opened again after an error", here(function()
    count()
    store.close()
    local file <close> = assert(io.open(store.path(), "r+"))
    file:write(("x"):rep(100))
    file:close()
    local err = failure(count)
    assert.same({ "store", 74, false }, { err.kind, err.exit, err.temporary })
    assert.truthy(err.message:find(store.path(), 1, true))
    assert.truthy(err.hint:find("sqlite3 " .. store.path() .. " .recover", 1, true))
    for _, suffix in ipairs { "", "-wal", "-shm" } do os.remove(store.path() .. suffix) end
    assert.equal(0, count())
  end))

  it("refuses what a newer version has written", here(function()
    store.query "PRAGMA user_version = 99"
    store.close()
    local err = failure(count)
    assert.same({ "store", true }, { err.kind, err.message:find "newer version of lash" ~= nil })
    assert.matches("update lash", err.hint)
  end))

  it("is waited for until the deadline", here(function()
    count()
    store.close()
    local dir <close> = folder.new()
    assert(os.execute(("mkfifo '%s/held' '%s/go'"):format(dir.path, dir.path)))
    local script = dir:write("hold.lua", ([[
      local s = assert(require("lash.core.store").open(%q))
      local t = assert(s:begin "write")
      io.open(%q, "w"):close()
      io.open(%q, "r"):close()
      assert(t:commit())]]):format(store.path(), dir.path .. "/held", dir.path .. "/go"))
    local program = os.getenv "LASH_PROGRAM"
    local holder <close> = assert(io.popen(("exec timeout 20 '%s' --lua '%s'"):format(program, script)))
    assert(io.open(dir.path .. "/held")):close()
    local began = loop.now()
    local err = failure(store.transaction, "write", began + 0.1, store.exec, INSERT, "x")
    assert.same({ "locked", 75 }, { err.kind, err.exit })
    local waited = loop.now() - began
    assert.is_true(waited >= 0.09 and waited < 5, waited)
    assert(io.open(dir.path .. "/go", "w")):close()
    store.transaction("write", nil, store.exec, INSERT, "x") -- waits for its end
    assert.equal(1, count())
    assert.truthy(holder:close())
  end))

  it("has locks by name", here(function()
    local a <close> = store.lock "a"
    assert.truthy(a)
    assert.is_nil(store.lock "a")
    local b <close> = store.lock "b"
    assert.truthy(b)
    a:close()
    a:close()
    local again <close> = store.lock "a"
    assert.truthy(again)
  end))

  it("closes in any order", function()
    local dir <close> = folder.new()
    local s = assert(core.open(dir.path .. "/lash.db"))
    assert.is_nil(core.open(dir.path .. "/lash.db")) -- one a process
    local t = assert(s:begin "write")
    assert.is_nil((s:begin "write"))
    s:close()
    s:close()
    assert.error_matches(function() t:commit() end, "over")
    t:close()
    assert.error_matches(function() s:query "SELECT 1" end, "closed")
    local second <close> = assert(core.open(dir.path .. "/lash.db"))
    assert.error(function() second:begin "often" end)
    local u <close> = assert(second:begin "write")
    assert(second:exec(INSERT, "x"))
    u:close()
    assert.equal(0, second:query(COUNT)[1].n)
    assert.equal("usage", select(3, second:exec "SELEKT"))
  end)
end)

describe("a person", function()
  --- Runs `lash sessions` after `prepare` has changed the store.
  local function told(prepare)
    local sh <close> = shell.new()
    assert.equal("", sh:lash("sessions").err)
    assert.equal("lash.db\nlash.lock\n", sh:sh("ls .local/state/lash").out) -- it was closed in order
    return sh:sh(("cd .local/state/lash; %s; lash sessions"):format(prepare))
  end

  it("is told of a damaged file, and nothing happens to it", function()
    local res = told "printf 'no database at all, but a text of some length' > lash.db; cp lash.db ~/before"
    assert.equal(74, res.exit)
    assert.matches("^lash: store: cannot %a+ /.*/lash.db: file is not a database\nhint: nothing was changed", res.err)
    res = told "echo text > lash.db; cp lash.db before; lash sessions; cmp lash.db before && echo same; false"
    assert.matches("same", res.out)
  end)

  it("is told that there is no space, and can go on when there is", function()
    local sh <close> = shell.new()
    sh:write("fill.lua", [[
      local store = require "lash.store"
      local n = 0
      local ok, err = pcall(function()
        for i = 1, 1000 do
          store.transaction("durable", nil, function()
            require("lash.store.sessions").create(("%d-%s"):format(i, ("x"):rep(2000)))
          end)
          n = i
        end
      end)
      print(n, store.query("SELECT count(*) AS n FROM sessions")[1].n,
        store.query("PRAGMA integrity_check")[1].integrity_check)
      error(err, 0)]])
    local res = sh:sh "ulimit -f 200; lash ./fill.lua"
    assert.equal(74, res.exit, res.err)
    assert.matches("^lash: store: .*lash.db.*\nhint: nothing is lost: make room", res.err)
    local kept, found, whole = res.out:match "^(%d+)\t(%d+)\t(%a+)\n$"
    assert.same({ true, kept, "ok" }, { tonumber(kept) > 5, found, whole })
    assert.equal(0, sh:lash("sessions").exit)
  end)

  it("may start a hundred programs at once on a new store", function()
    local sh <close> = shell.new()
    sh:write("one.lua", [[
      local id = ...
      require("lash.store").transaction("durable", nil, function() require("lash.store.sessions").create(id) end)]])
    local res = sh:sh [[
      for i in $(seq 100); do lash ./one.lua "s$i" & done
      failed=0
      for pid in $(jobs -p); do wait "$pid" || failed=$((failed + 1)); done
      echo "failed: $failed"
      lash sessions --json | wc -l]]
    assert.same({ "failed: 0\n100\n", "" }, { res.out, res.err })
  end)
end)
