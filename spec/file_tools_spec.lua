--- read_file, write_file, edit_file, list_files, grep: what they do, and what
--- they do not for anybody.
local context = require "lash.context"
local folder = require "spec.support.folder"
local guard = require "lash.guard"
local guarded = require "spec.support.guarded"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local function sh(command) assert(os.execute(command)) end

local function sh_output(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read "a"
end

describe("a built-in tool", function()
  local dir, outside, call, at
  before_each(function()
    dir, outside = folder.new(), folder.new()
    call = guarded.run(dir)
    at = function(name) return dir.path .. "/" .. name end
    outside:write("secret", "outside")
  end)
  after_each(function()
    dir:close()
    outside:close()
    context.denied = {}
  end)

  --- Calls that must go well; their text.
  local function well(name, arguments)
    local ok, text = call(name, arguments)
    assert.is_true(ok, text)
    return text
  end

  --- A text without the name of the folder in it.
  local function below(text)
    local prefix = (dir.path .. "/"):gsub("%p", "%%%0")
    return (text:gsub(prefix, ""))
  end

  --- Calls that must not; what is said.
  local function badly(name, arguments)
    local ok, text = call(name, arguments)
    assert.is_false(ok, text)
    return text
  end

  describe("read_file", function()
    it("shows lines, and says where it goes on", function()
      dir:write("a.txt", "one\ntwo\nthree")
      assert.equal("one\ntwo\nthree", well("read_file", { path = at "a.txt" }))
      assert.equal("two\nthree", well("read_file", { path = at "a.txt", from = 2 }))
      assert.equal("one\ntwo\n[lines 1 to 2 of 3]", well("read_file", { path = at "a.txt", to = 2 }))
      assert.equal("two\n[lines 2 to 2 of 3]", well("read_file", { path = at "a.txt", from = 2, to = 2 }))
      assert.equal("three", well("read_file", { path = at "a.txt", from = 3, to = 99 }))
      for _, wrong in ipairs { { from = 0 }, { from = -1 }, { to = 0 }, { from = 2, to = -1 } } do
        wrong.path = at "a.txt"
        assert.matches("lines are counted from 1: there is none [-%d]+", badly("read_file", wrong))
      end
      assert.matches("only 3 lines", badly("read_file", { path = at "a.txt", from = 4 }))
      assert.matches("before", badly("read_file", { path = at "a.txt", from = 2, to = 1 }))
      dir:write("empty", "")
      assert.equal("(the file is empty)", well("read_file", { path = at "empty" }))
    end)

    it("shows the whole of a result that was cut, which stands in a folder of our own", function()
      local spill = require "lash.tool.spill"
      local path = assert(spill.keep("the whole of it"))
      assert.equal("the whole of it", well("read_file", { path = path }))
      assert.equal(0, #context.denied)
      badly("write_file", { path = path, content = "x" })
      spill.close()
    end)

    it("shows a long file in parts", function()
      local lines = {}
      for i = 1, 4000 do lines[i] = ("line %d %s"):format(i, ("x"):rep(50)) end
      dir:write("long", table.concat(lines, "\n") .. "\n")
      local from, seen = 1, {}
      while from do
        local text = well("read_file", { path = at "long", from = from })
        assert.is_true(#text <= 65536)
        local last = text:match "%[lines %d+ to (%d+) of 4000%]$"
        seen[#seen + 1] = text:gsub("%[lines [^\n]*$", "")
        from = last and tonumber(last) + 1
      end
      assert.is_true(#seen > 3)
      assert.equal(table.concat(lines, "\n") .. "\n", table.concat(seen))
    end)

    it("refuses what is no text, too large, or no file", function()
      dir:write("binary", "a\0b")
      assert.matches("is no text", badly("read_file", { path = at "binary" }))
      sh(("truncate -s 17M '%s'; mkfifo '%s'"):format(at "large", at "pipe"))
      assert.matches("larger than 16 MB", badly("read_file", { path = at "large" }))
      assert.matches("not a regular file", badly("read_file", { path = at "pipe" }))
      assert.matches("it is a folder", badly("read_file", { path = dir.path }))
      assert.matches("No such file", badly("read_file", { path = at "none" }))
      assert.matches("no path", badly("read_file", { path = "" }))
      assert.matches("no path", badly("read_file", { path = "a\0b" }))
    end)

    it("shows no secrets", function()
      secrets.add "canary-1234567"
      dir:write("a.txt", "key: canary-1234567\n")
      assert.equal("key: [secret]\n", well("read_file", { path = at "a.txt" }))
    end)
  end)

  describe("write_file", function()
    it("makes files and folders, and replaces", function()
      assert.equal("wrote 3 bytes to " .. at "new/deep/a.txt", well("write_file",
        { path = at "new/deep/a.txt", content = "one" }))
      well("write_file", { path = at "new/../new/deep/a.txt", content = "" })
      assert.equal(0, sys.stat(at "new/deep/a.txt").size)
      dir:write("script", "x", 493)
      well("write_file", { path = at "script", content = "y" })
      assert.equal(493, sys.stat(at "script").mode)
    end)

    it("leaves nothing behind when it fails", function()
      dir:write("file", "x")
      sh(("mkdir '%s'"):format(at "folder"))
      badly("write_file", { path = at "folder", content = "x" })
      badly("write_file", { path = at "file/x", content = "x" })
      assert.equal("file\nfolder/", well("list_files", { path = dir.path }))
    end)
  end)

  describe("edit_file", function()
    it("replaces what is there once", function()
      dir:write("a.lua", "local x = 1\nlocal y = 1\n", 420)
      assert.equal("replaced line 2 of " .. at "a.lua", well("edit_file",
        { path = at "a.lua", old = "y = 1", new = "y = '%1 %%'" }))
      assert.equal("local x = 1\nlocal y = '%1 %%'\n", well("read_file", { path = at "a.lua" }))
      assert.equal(420, sys.stat(at "a.lua").mode)
      assert.matches("not in the file", badly("edit_file", { path = at "a.lua", old = "z", new = "" }))
      assert.matches("more than once", badly("edit_file", { path = at "a.lua", old = "local", new = "" }))
      dir:write("b", "aaa")
      assert.matches("more than once", badly("edit_file", { path = at "b", old = "aa", new = "" })) -- they overlap
      assert.matches("empty", badly("edit_file", { path = at "b", old = "", new = "x" }))
      assert.matches("the same", badly("edit_file", { path = at "b", old = "a", new = "a" }))
      dir:write("c", "a\r\nb\r\n")
      assert.matches("lines end with", badly("edit_file", { path = at "c", old = "a\nb", new = "" }))
    end)
  end)

  describe("list_files", function()
    before_each(function()
      for _, name in ipairs { "a.lua", "src/b.lua", "src/deep/c.lua", "src/deep/c.txt", ".git/config", ".hidden" } do
        dir:write(name, "x")
      end
      dir:link("src", "link")
    end)

    it("lists a folder, or what matches below it", function()
      assert.equal(".hidden\na.lua\nlink@\nsrc/", well("list_files", { path = dir.path }))
      assert.equal("a.lua\nsrc/b.lua\nsrc/deep/c.lua", well("list_files", { path = dir.path, glob = "*.lua" }))
      assert.equal("src/b.lua", well("list_files", { path = dir.path, glob = "src/*.lua" }))
      assert.equal("src/deep/c.lua\nsrc/deep/c.txt", well("list_files", { path = dir.path, glob = "src/**/c.*" }))
      assert.equal("b.lua\ndeep/", well("list_files", { path = at "link" }))
      assert.equal("(nothing matches)", well("list_files", { path = dir.path, glob = "*.c" }))
      assert.matches("Not a directory", badly("list_files", { path = at "a.lua" }))
    end)

    it("says when there is more", function()
      sh(("cd '%s' && mkdir many && cd many && seq 1001 | xargs touch"):format(dir.path))
      local text = well("list_files", { path = at "many" })
      assert.equal("[only the first 1000]", text:match "[^\n]*$")
    end)
  end)

  -- A command of a model may have written it.
  it("is no program of the working or a temporary folder", function()
    dir:write("bin/rg", "#!/bin/sh\nprintf 'x\\000%d:forged\\n' 1")
    sh(("chmod +x '%s'"):format(at "bin/rg"))
    dir:write("x", "genuine")
    dir:write("links/x", "")
    dir:link(at "bin/rg", "links/rg")
    finally(function() guarded.path = nil end)
    for _, name in ipairs { "bin", "links" } do
      guarded.path = at(name)
      assert.equal("x:1:genuine", below(well("grep", { pattern = "genu", path = dir.path })))
    end
  end)

  it("sees secrets' files as empty, though it only searches with a program", function()
    local sandbox = require("lash.confine").sandbox({ "." }, {}, dir.path)
    assert.same({ { "." }, {} }, { sandbox.hide_in, sandbox.write })
    assert.same({ "." }, require("lash.confine").sandbox({}, { "." }, dir.path).hide_in)
  end)

  for who, path in pairs { ["itself"] = "/nonexistent", ["with ripgrep, where that is"] = os.getenv "PATH" } do
    describe("grep, searching " .. who, function()
      it("takes as long as the file is, whatever its lines are", function()
        dir:write("wide", ("a"):rep(4200000))
        assert.is_true(#well("grep", { pattern = "aaa", path = dir.path }) < 1000)
        sh(("mkfifo '%s'"):format(at "fifo"))
        assert.matches("neither a file nor a folder", badly("grep", { pattern = "x", path = at "fifo" }))
      end)

      setup(function() guarded.path = path end)
      teardown(function() guarded.path = nil end)

      it("shows lines with their places", function()
        dir:write("a.lua", "local x\nprint(x)\nlocal y")
        dir:write("src/b.lua", "-- local\n")
        dir:write("src/binary", "local\0")
        dir:write(".git/config", "local")
        dir:link("a.lua", "link.lua")
        assert.equal("a.lua:1:local x\na.lua:3:local y\nsrc/b.lua:1:-- local",
          below(well("grep", { pattern = "local", path = dir.path })))
        assert.equal("a.lua:1:local x\na.lua:3:local y",
          below(well("grep", { pattern = "^local [xy]$", path = at "a.lua" })))
        assert.equal("(no line matches)", well("grep", { pattern = "LOCAL", path = dir.path }))
        assert.equal("src/b.lua:1:-- local", below(well("grep", { pattern = "(?i)LOCAL", path = at "src" })))
        assert.equal("link.lua:1:local x\nlink.lua:3:local y",
          below(well("grep", { pattern = "^local", path = at "link.lua" })))
      end)

      it("gives names that another tool takes", function()
        dir:write("home/d/e/g.txt", "hello")
        for name, shown in pairs { ["~/d"] = "~/d/e/g.txt", ["~/d/e//"] = "~/d/e/g.txt",
          ["~/d/e/g.txt"] = "~/d/e/g.txt", [at "home"] = at "home/d/e/g.txt",
          [at "home/d/../d"] = at "home/d/../d/e/g.txt" } do
          assert.equal(shown .. ":1:hello", well("grep", { pattern = "ell", path = name }))
          assert.matches("hello", well("read_file", { path = shown }))
        end
      end)

      it("says what is wrong with a pattern or a path", function()
        assert.is_string(badly("grep", { pattern = "(", path = dir.path }))
        assert.matches("1 to 1000", badly("grep", { pattern = "", path = dir.path }))
        assert.matches("1 to 1000", badly("grep", { pattern = "a\nb", path = dir.path }))
        assert.matches("No such file", badly("grep", { pattern = "a", path = at "none" }))
      end)

      it("is bounded", function()
        dir:write("many", ("x\n"):rep(500))
        dir:write("wide", ("y"):rep(1000))
        local text = well("grep", { pattern = "x", path = dir.path })
        assert.equal(200, select(2, text:gsub("/many:%d+:x", "")))
        assert.matches("%[only the first 200 lines%]$", text)
        assert.equal("wide:1:" .. ("y"):rep(300) .. "…", below(well("grep", { pattern = "y", path = dir.path })))
        dir:write("slow", ("a"):rep(1 << 20))
        assert.matches("no line", well("grep", { pattern = "(a|aa)*b$", path = at "slow" }))
      end)

      it("shows no secrets", function()
        for _, name in ipairs { ".env.local", "key.pem", ".ssh/id", "sub/config.json" } do
          dir:write(name, '"api_key": "hidden"')
        end
        secrets.secret "canary-31415926"
        dir:write("long", ("x"):rep(290) .. "canary-31415926")
        local long = below(well("grep", { pattern = "xx", path = dir.path }))
        assert.equal("long:1:" .. ("x"):rep(290) .. "[secret]", long)
        dir:write("sub/app.json", '"api_key": "shown"')
        assert.equal('sub/app.json:1:"api_key": "shown"', below(well("grep", { pattern = "api_key", path = dir.path })))
      end)
    end)
  end

  describe("that is to reach what is outside", function()
    local function every_way(path)
      local texts = {}
      for name, arguments in pairs {
        read_file = { path = path }, write_file = { path = path, content = "x" },
        edit_file = { path = path, old = "outside", new = "x" }, list_files = { path = path },
        grep = { pattern = "outside", path = path },
      } do
        texts[name] = badly(name, arguments)
        assert.not_matches("outside$", texts[name])
        assert.matches("denied: ", texts[name], 1, true)
      end
      return texts
    end

    it("does not get there by .. or a link", function()
      dir:link(outside.path, "folder")
      dir:link(outside.path .. "/secret", "file")
      dir:write("deep/x", "")
      for _, path in ipairs { outside.path .. "/secret", at "folder/secret", at "file", at "deep/../folder/secret",
        ("%s/../%s/secret"):format(dir.path, outside.path:match "[^/]*$"),
        "/proc/self/root" .. outside.path .. "/secret" } do
        every_way(path)
      end
      local file <close> = assert(io.open(outside.path .. "/secret"))
      assert.equal("outside", file:read "a")
    end)

    for who, path in pairs { ["itself"] = "/nonexistent", ["with ripgrep, where that is"] = os.getenv "PATH" } do
      it("follows no link that takes a folder's place meanwhile, grep searching " .. who, function()
        local new = guard.new
        finally(function() guard.new, guarded.path = new, nil end)
        guarded.path = path
        guard.new = function(...)
          local g = new(...)
          function g.path(...)
            local real, message = getmetatable(g).path(...)
            sh(("cd '%s' && mv d aside && ln -s '%s' d"):format(dir.path, outside.path))
            return real, message
          end
          return g
        end
        for i, case in ipairs { { "read_file", {} }, { "edit_file", { old = "inside", new = "x" } },
          { "write_file", { content = "x" } }, { "list_files", { path = at "d" } }, { "grep", { pattern = "side" } },
          { "grep", { pattern = "side", path = at "d" } }, { "write_file", { path = at "d/new", content = "x" } } } do
          dir:write("d/secret", "inside")
          local name, arguments = table.unpack(case)
          arguments.path = arguments.path or at "d/secret"
          local text = badly(name, arguments)
          assert.matches("Not a directory", text, 1, true, i)
          sh(("rm -r '%s' '%s'"):format(at "d", at "aside"))
        end
        assert.equal("secret\n", sh_output(("ls '%s'"):format(outside.path)))
        assert.equal("outside", sh_output(("cat '%s/secret'"):format(outside.path)))
      end)
    end

    it("makes nothing through a link that leads nowhere", function()
      dir:link(outside.path .. "/new", "dangling")
      assert.matches("leads nowhere", badly("write_file", { path = at "dangling", content = "x" }))
      assert.is_nil(sys.stat(outside.path .. "/new"))
    end)

    it("does not change the other name of a file", function()
      sh(("ln '%s/secret' '%s'"):format(outside.path, at "hard"))
      well("edit_file", { path = at "hard", old = "outside", new = "inside" })
      local file <close> = assert(io.open(outside.path .. "/secret"))
      assert.equal("outside", file:read "a")
    end)

    it("is asked about, and noted", function()
      local run
      call, run = guarded.run(dir)
      badly("read_file", { path = outside.path .. "/secret" })
      assert.same({ { tool = "read_file", subject = outside.path .. "/secret",
        reason = "there is no terminal to ask at" } }, run.denied)
      call, run = guarded.run(dir, { policy = { read = "deny" } })
      assert.matches("the policy of this agent forbids it", badly("read_file", { path = at "x" }))
      assert.same({}, run.denied) -- nobody was asked
    end)
  end)

  it("neither shows nor changes secrets' files, whatever the policy", function()
    call = guarded.run(dir, { policy = { read = "allow", write = "allow" } })
    local names = { ".env", ".env.local", ".env.production", "x.pem", "x.key", "deep/id_rsa", ".ssh/config", ".netrc",
      "home/.config/lash/config.json", "home/.local/state/lash/lash.db", "home/.kube/config", "sub/config.json" }
    for _, name in ipairs(names) do
      dir:write(name, '{"api_key": "x"}')
      assert.matches("denied: .* may hold secrets", badly("read_file", { path = at(name) }), name)
      assert.matches("denied: .* may hold secrets", badly("edit_file", { path = at(name), old = "x", new = "y" }), name)
    end
    for _, path in ipairs { "config.json", at "sub/config.json", "/proc/self/environ", "/proc/1/environ",
      "/etc/shadow", "/dev/mem", at "new/.ssh/authorized_keys", at "home/.config/lash/new.lua" } do
      assert.matches("denied: .* may hold secrets", badly("write_file", { path = path, content = "x" }), path)
    end
    dir:link(at ".env", "innocent.txt")
    assert.matches("denied: ", badly("read_file", { path = at "innocent.txt" }))
    for _, name in ipairs { ".env.example", "other/config.json", "environment", "keys" } do
      dir:write(name, "{}")
      assert.equal("{}", well("read_file", { path = at(name) }))
    end
    local listed = well("list_files", { path = dir.path, glob = "**" })
    for _, name in ipairs(names) do
      assert.is_nil(("\n" .. listed .. "\n"):find("\n" .. name .. "\n", 1, true), name)
    end
    assert.matches("%.env%.example", listed)
  end)
end)
