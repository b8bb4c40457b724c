--- lash.fs: files and folders for scripts.
local folder = require "spec.support.folder"
local fs = require "lash.fs"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local shell = require "spec.support.shell"

local BYTES = {}
for i = 0, 255 do BYTES[#BYTES + 1] = string.char(i) end
BYTES = table.concat(BYTES):rep(1000)

describe("lash.fs", function()
  local dir
  before_each(function() dir = folder.new() end)
  after_each(function() dir:close() end)

  local function at(name) return dir.path .. "/" .. name end

  --- The error of a call.
  local function failure(f, ...)
    local ok, err = pcall(f, ...)
    assert.is_false(ok)
    return err
  end

  local function fails(kind, message, f, ...)
    local err = failure(f, ...)
    assert.equal(kind, err.kind, err.message)
    assert.truthy(err.message:find(message, 1, true), err.message)
    return err
  end

  local function mode_of(name) return ("%o"):format(fs.stat(at(name)).mode) end

  --- Runs a command in the folder.
  local function sh(text) assert(os.execute(("cd '%s' && { %s; }"):format(dir.path, text))) end

  it("reads and writes any bytes", function()
    for _, data in ipairs { "", "\0", "a\r\nb\n", BYTES } do
      fs.write(at "x", data)
      assert.equal(data, fs.read(at "x"))
      assert.equal(#data, fs.stat(at "x").size)
    end
    fs.write(at "x", 12)
    assert.equal("12", fs.read(at "x"))
  end)

  it("tells what is not there from what the system refuses", function()
    fs.write(at "file", "x")
    fs.mkdir(at "folder/below")
    for _, path in ipairs { at "none", at "none/x", at "file/x" } do
      for _, name in ipairs { "read", "stat", "list", "remove" } do fails("input", path, fs[name], path) end
      fails("input", path, fs.rename, path, at "y")
    end
    fails("input", "none", fs.write, at "none/x", "")
    fails("input", "none", fs.append, at "none/x", "")
    fails("input", "file", fs.list, at "file")
    fails("io", "it is a folder", fs.read, at "folder")
    fails("io", "it is a folder", fs.write, at "folder", "")
    fails("io", "it is a folder", fs.write, at "new/", "")
    fails("io", "folder", fs.append, at "folder", "")
    fails("io", "File exists", fs.mkdir, at "file")
    fails("io", "file", fs.rename, at "folder", at "file")
    sh "mkfifo pipe; ln -s nowhere dangling"
    fails("io", "not a regular file", fs.read, at "pipe")
    fails("io", "not a regular file", fs.write, at "pipe", "")
    fails("io", "pipe", fs.append, at "pipe", "")
    fails("io", "leads nowhere", fs.write, at "dangling", "")
    fails("io", "not a regular file", fs.write, "/dev/null", "")
    assert.equal("device", fs.stat("/dev/null").type)
  end)

  it("refuses what is no path", function()
    for name, f in pairs(fs) do
      if name ~= "tmp" then
        fails("usage", "lash.fs." .. name .. ": the path must be a string, got boolean", f, true, "x")
        fails("usage", "the path is empty", f, "", "x")
        fails("usage", "zero byte", f, "a\0b", "x")
      end
    end
    fails("usage", "expected a string to write, got table", fs.write, at "x", {})
    fails("usage", "expected a string to write, got nil", fs.append, at "x")
    fails("usage", "the path must be a string, got nil", fs.rename, at "x")
    fails("usage", "unknown key 'recursiv'", fs.remove, at "x", { recursiv = true })
    fails("usage", "the options must be a table", fs.remove, at "x", true)
  end)

  it("writes all at once, and keeps the mode", function()
    fs.write(at "new", "x")
    sh "umask > mask; touch usual"
    assert.equal(mode_of "usual", mode_of "new")
    fs.write(at "script", "old")
    dir:chmod("751", "script")
    local before <close> = assert(io.open(at "script"))
    fs.write(at "script", "new")
    assert.equal("751", mode_of "script")
    assert.same({ "old", "new" }, { before:read "a", fs.read(at "script") }) -- who had it open reads on
    assert.same({ "mask", "new", "script", "usual" }, fs.list(dir.path)) -- no draft is left
  end)

  it("writes behind a link, which stays one", function()
    fs.mkdir(at "data")
    fs.write(at "data/x", "old")
    dir:link("data/x", "link")
    dir:link("data", "folder")
    fs.write(at "link", "new")
    fs.write(at "folder/y", "y")
    assert.same({ "new", "y" }, { fs.read(at "data/x"), fs.read(at "data/y") })
    sh "test -L link && test -L folder"
  end)

  it("appends", function()
    fs.append(at "log", "a\n")
    fs.append(at "log", "\0b\n")
    assert.equal("a\n\0b\n", fs.read(at "log"))
  end)

  it("says what there is", function()
    assert.is_false(fs.exists(at "x"))
    fs.write(at "x", "12345")
    dir:chmod("640", "x")
    local stat = fs.stat(at "x")
    assert.same({ "file", 5, 416 }, { stat.type, stat.size, stat.mode })
    assert.is_true(math.abs(stat.mtime - os.time()) < 60)
    assert.equal("directory", fs.stat(dir.path).type)
    dir:link("nowhere", "dangling")
    dir:link("x", "link")
    assert.same({ true, true, false, false },
      { fs.exists(at "x"), fs.exists(at "link"), fs.exists(at "dangling"), fs.exists(at "x/y") })
    dir:link("round", "round")
    fails("io", "round", fs.exists, at "round")
  end)

  it("lists names in order, those with a dot as well", function()
    assert.same({}, fs.list(dir.path))
    for _, name in ipairs { "b", "a", "B", ".hidden", "ä", "a b", "new\nline", "\xFF" } do fs.write(at(name), "") end
    assert.same({ ".hidden", "B", "a", "a b", "b", "new\nline", "ä", "\xFF" }, fs.list(dir.path))
    assert.truthy(#fs.list() > 5) -- the current folder
  end)

  it("makes folders, and those above them", function()
    fs.mkdir(at "a/b/c")
    fs.mkdir(at "a/b/c")
    assert.equal("directory", fs.stat(at "a/b/c").type)
  end)

  it("removes files, empty folders, and trees where that is asked for", function()
    fs.mkdir(at "a/b")
    fs.mkdir(at "out")
    fs.write(at "a/b/x", "")
    fs.write(at "out/x", "")
    sh "ln -s ../out a/link; ln -s ../../out/x a/b/link"
    fs.remove(at "a/b/x")
    local err = fails("io", "not empty", fs.remove, at "a")
    assert.equal("{ recursive = true } removes what is in it as well", err.hint)
    fails("io", "not empty", fs.remove, at "a", { recursive = false })
    fs.remove(at "a", { recursive = true })
    fs.mkdir(at "empty")
    fs.remove(at "empty")
    dir:link("out", "link")
    fs.remove(at "link/", { recursive = true })
    assert.same({ "out" }, fs.list(dir.path))
    assert.same({ "x" }, fs.list(at "out"))
    fails("usage", "no name of a file or folder", fs.remove, at "out/..", { recursive = true })
    fails("usage", "no name of a file or folder", fs.remove, "/", { recursive = true })
  end)

  it("renames, over a file that is there", function()
    fs.write(at "a", "a")
    fs.write(at "b", "b")
    fs.rename(at "a", at "b")
    fs.mkdir(at "folder")
    fs.rename(at "folder", at "other")
    assert.same({ "b", "other" }, fs.list(dir.path))
    assert.equal("a", fs.read(at "b"))
    fails("input", "cannot rename " .. at "a" .. " to " .. at "c", fs.rename, at "a", at "c")
  end)

  it("has lists that stay lists in JSON, also empty ones", function()
    local json = require "lash.json"
    fs.mkdir(at "none")
    assert.equal("[]", json.encode(fs.list(at "none")))
    assert.equal("[]", json.encode(sched.run(function() return fs.glob(at "none/*") end)))
  end)

  describe("glob", function()
    --- The paths below the folder that fit.
    local function glob(pattern)
      return sched.run(function()
        local paths = fs.glob(at(pattern))
        for i, path in ipairs(paths) do
          assert.equal(dir.path .. "/", path:sub(1, #dir.path + 1))
          paths[i] = path:sub(#dir.path + 2)
        end
        return table.concat(paths, " ")
      end)
    end

    before_each(function()
      for _, name in ipairs { "a.lua", "b.txt", "é.txt", ".hidden.lua", "src/x.lua", "src/y.c", "src/.git/h.lua",
        "src/deep/z.lua", "src/deep/deeper/w.lua" } do
        fs.mkdir(at(name):match "^(.*)/")
        fs.write(at(name), "")
      end
      sh "ln -s src link; ln -s .. src/deep/up; ln -s nowhere src/dangling"
    end)

    local CASES = {
      { "*.lua", "a.lua" }, { "*", "a.lua b.txt link src é.txt" }, { ".*", ".hidden.lua" },
      { "?.*", "a.lua b.txt é.txt" }, { "[a-b].*", "a.lua b.txt" }, { "[!a]*.txt", "b.txt é.txt" },
      { "*.{lua,txt}", "a.lua b.txt é.txt" },
      { "*/*.lua", "link/x.lua src/x.lua" }, { "src/*", "src/dangling src/deep src/x.lua src/y.c" },
      { "**/*.lua", "a.lua src/deep/deeper/w.lua src/deep/z.lua src/x.lua" },
      { "src/**/z.lua", "src/deep/z.lua" }, { "src/**/x.lua", "src/x.lua" }, { "**/**/y.c", "src/y.c" },
      { "src/deep/**", "src/deep/deeper src/deep/deeper/w.lua src/deep/up src/deep/z.lua" },
      { "link/**/z.lua", "link/deep/z.lua" }, { "src/.git/*", "src/.git/h.lua" }, { "src/.*/*", "src/.git/h.lua" },
      { "*/", "link/ src/" }, { "src/*/", "src/deep/" },
      { "**/", "link/ src/ src/deep/ src/deep/deeper/ src/deep/up/" },
      { "a.lua", "a.lua" }, { "none", "" }, { "none/*", "" }, { "a.lua/*", "" }, { "a.lua/", "" }, { "src/", "src/" },
      { "{src,none}/y.c", "src/y.c" }, { "{a,a,[a]}.lua", "a.lua" }, { "{src/x,a}.lua", "a.lua src/x.lua" },
      { "[", "" }, { "src/../a.*", "src/../a.lua" },
    }
    for _, case in ipairs(CASES) do
      it(case[1], function() assert.equal(case[2], glob(case[1])) end)
    end

    it("of a relative pattern gives relative paths, of an absolute one absolute", function()
      sched.run(function()
        assert.same({ "lua/lash/fs.lua" }, fs.glob "lua/lash/fs.l*")
        assert.same({ "./lua/lash/fs.lua" }, fs.glob "./lua/lash/fs.l*")
        assert.same({ "/etc/passwd" }, fs.glob "/e[t]c/passwd")
        assert.same({ "/" }, fs.glob "/")
        assert.equal("usage", failure(fs.glob, ("{a,b}"):rep(10)).kind)
      end)
    end)

    it("lets other tasks run, and is cancelled", function()
      sh "mkdir -p many && cd many && mkdir $(seq 300)"
      sched.run(function()
        local turns = 0
        local _other <close> = sched.spawn(function()
          while true do
            sched.sleep(0)
            turns = turns + 1
          end
        end)
        assert.equal(300, #fs.glob(at "many/**"))
        assert.is_true(turns >= 3)
        local walker = sched.spawn(fs.glob, at "many/**")
        sched.sleep(0)
        walker:cancel()
        assert.equal("cancelled", failure(walker.join, walker).kind)
      end)
    end)
  end)

  describe("tmp", function()
    it("gives a folder of one's own, until it is closed", function()
      local path
      do
        local tmp <close> = fs.tmp()
        path = tmp.path
        assert.same({ "directory", 448 }, { fs.stat(tmp).type, fs.stat(path).mode })
        assert.equal(path .. "/x", tmp .. "/x")
        assert.equal(path, tostring(tmp))
        fs.mkdir(tmp .. "/below/deep")
        fs.write(tmp .. "/below/x", "")
        os.execute(("chmod 500 '%s/below'"):format(path))
        assert.same({ "below" }, fs.list(tmp))
      end
      assert.is_false(fs.exists(path))
    end)

    it("can be closed, and removed by oneself", function()
      local tmp = fs.tmp()
      tmp:close()
      assert.is_false(fs.exists(tmp))
      tmp:close()
      tmp = fs.tmp()
      fs.remove(tmp, { recursive = true })
      tmp:close()
    end)

    it("raises what keeps it from being made", function()
      local lash <close> = shell.new { TMPDIR = "/none/at/all" }
      local ended = lash:lash("-e", "lash.fs.tmp()")
      assert.equal(66, ended.exit)
      assert.matches("^lash: input: .*/none/at/all", ended.err)
    end)

    describe("is gone when the process ends", function()
      local lash
      before_each(function() lash = shell.new { TMPDIR = dir.path } end)
      after_each(function() lash:close() end)

      local PRELUDE = [[
        local lash = require "lash"
        io.stdout:setvbuf "no"
        local kept = lash.fs.tmp()
        lash.fs.write(kept .. "/x", "x")
        local task = lash.spawn(function()
          local closed <close> = lash.fs.tmp()
          lash.fs.mkdir(closed .. "/y")
          lash.sleep(60)
        end)
        lash.sleep(0)
        assert(#lash.fs.list(os.getenv "TMPDIR") == 2)
      ]]
      local ENDS = {
        ["by itself"] = { "task:cancel()", 0 },
        ["by an error"] = { "error 'x'", 70 },
        ["by os.exit"] = { "os.exit(3)", 3 },
        ["by a deadline"] = { "lash.timeout(0.01, function() lash.sleep(60) end)", 124 },
      }
      for name, case in pairs(ENDS) do
        it(name, function()
          assert.equal(case[2], lash:script(PRELUDE .. case[1]).exit)
          assert.same({}, fs.list(dir.path))
        end)
      end

      for name, exit in pairs { INT = 130, TERM = 143, HUP = 129 } do
        it("by SIG" .. name, function()
          lash:write("script.lua", PRELUDE .. 'print "ready" while true do end')
          local child = lash:start "exec $lash script.lua"
          assert.equal("ready", child:line())
          local began = loop.now()
          child:kill(name)
          assert.equal(exit, child:wait().exit)
          assert.is_true(loop.now() - began < 2.5)
          assert.same({}, fs.list(dir.path))
        end)
      end
    end)
  end)
end)
