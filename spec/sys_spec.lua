local folder = require "spec.support.folder"
local sys = require "lash.core.sys"

describe("lash.core.sys", function()
  local dir
  before_each(function() dir = folder.new() end)
  after_each(function() dir:close() end)

  it("reads a file whole", function()
    local content = ("\0\xff\r\n"):rep(10000)
    assert.equal(content, sys.read_file(dir:write("a", content), #content))
    assert.equal("", sys.read_file(dir:write("empty", ""), 1))
  end)

  it("tells a missing file from one that cannot be read", function()
    local cases = {
      { dir.path .. "/none", "missing", "No such file or directory" },
      { dir:write("file", "x") .. "/below", "missing", "Not a directory" },
      { dir.path, "io", "it is a folder" },
      { "/dev/null", "io", "not a regular file" },
      { dir:write("large", "12345"), "toobig", "larger than 4 bytes" },
    }
    for _, case in ipairs(cases) do
      local content, message, code = sys.read_file(case[1], 4)
      assert.is_nil(content)
      assert.equal(("cannot read %s: %s"):format(case[1], case[3]), message)
      assert.equal(case[2], code)
    end
  end)

  it("replaces a file with exactly the mode asked for", function()
    local path = dir:write("state", "old", 420)
    assert.is_true(sys.write_atomic(path, "new", 384))
    assert.equal("new", sys.read_file(path, 10))
    assert.equal(384, sys.stat(path).mode)
  end)

  it("leaves nothing behind when a file cannot be replaced", function()
    assert(sys.mkdir_p(dir.path .. "/taken/below", 448))
    local ok, message, code = sys.write_atomic(dir.path .. "/taken", "x", 384)
    assert.is_nil(ok)
    assert.matches("^cannot write .*/taken: ", message)
    assert.equal("io", code)
    local listing <close> = io.popen("ls -A '" .. dir.path .. "'")
    assert.equal("taken\n", listing:read "a")

    assert.equal("missing", select(3, sys.write_atomic(dir.path .. "/no/file", "x", 384)))
  end)

  it("refuses a path that the system would cut short", function()
    for _, f in ipairs { sys.read_file, sys.stat, sys.realpath, sys.mkdir_p, sys.write_atomic,
      sys.append, sys.chdir } do
      assert.error_matches(function() f("/etc/passwd\0.txt", 1, 1) end, "zero byte")
    end
    local long = dir.path .. ("/" .. ("x"):rep(200)):rep(30)
    assert.is_nil(sys.mkdir_p(long, 448))
    assert.is_nil(sys.write_atomic(long, "", 384))
    assert.is_nil(sys.realpath(long))
  end)

  it("makes folders and keeps those that are there", function()
    local path = dir.path .. "/a//b/c/"
    assert.is_true(sys.mkdir_p(path, 448))
    assert.is_true(sys.mkdir_p(path, 448))
    assert.same({ "directory", 448, sys.euid() }, { sys.stat(path).type, sys.stat(path).mode, sys.stat(path).uid })
    local file = dir:write("file", "")
    assert.matches("File exists", select(2, sys.mkdir_p(file, 448)))
    assert.is_nil(sys.mkdir_p("", 448))
  end)

  it("adds to a file, and makes one that is nobody else's", function()
    local path = dir.path .. "/log"
    assert.is_true(sys.append(path, "a\n", 384))
    assert.is_true(sys.append(path, "\0b\n", 438)) -- the mode is that of a new file
    assert.same({ "a\n\0b\n", 384 }, { sys.read_file(path, 10), sys.stat(path).mode })
    assert.equal("missing", select(3, sys.append(dir.path .. "/none/log", "", 384)))
    assert.equal("io", select(3, sys.append("/dev/null", "", 384)))
  end)

  it("goes to a folder", function()
    local before = sys.cwd()
    assert.is_true(sys.chdir(dir.path))
    local there = sys.cwd()
    local missing, file = { sys.chdir "none" }, { sys.chdir(dir:write("file", "")) }
    assert.is_true(sys.chdir(before))
    assert.equal(dir.path, there)
    assert.same({ [2] = "cannot go to none: No such file or directory", [3] = "missing" }, missing)
    assert.matches("Not a directory", file[2])
  end)

  it("follows links", function()
    local file = dir:write("real/file", "12")
    local link = dir:link("real/file", "link")
    assert.equal(file, sys.realpath(link))
    assert.same({ "file", 2 }, { sys.stat(link).type, sys.stat(link).size })
    assert.equal("missing", select(3, sys.stat(dir:link("nowhere", "dangling"))))
  end)

  it("writes and reads base64", function()
    for data, text in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", ["\xFB\xFF\xBE"] = "+/++" } do
      assert.equal(text, sys.base64(data)) -- RFC 4648, 10
      assert.equal(data, sys.from_base64(text))
    end
    local data = ("\0\1\xFF"):rep(100000)
    assert.equal(data, sys.from_base64(sys.base64(data)))
    assert.is_nil(sys.from_base64 "Zg=")
  end)

  it("hashes with SHA-256", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sys.sha256 "")
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sys.sha256 "abc")
  end)

  it("makes ids that differ and sort by time", function()
    local seen, time = {}, ""
    for _ = 1, 1000 do
      local id = sys.random_id()
      assert.matches("^[0-9a-hjkmnp-tv-z]+$", id)
      assert.equal(26, #id)
      assert.is_nil(seen[id])
      assert.is_true(id:sub(1, 10) >= time)
      seen[id], time = true, id:sub(1, 10)
    end
  end)

  it("knows the environment", function()
    assert.equal(os.getenv "PATH", sys.getenv "PATH")
    assert.equal(os.getenv "PATH", sys.environ().PATH)
    assert.is_nil(sys.getenv "LASH_SPEC_UNSET")
    assert.equal(sys.realpath ".", sys.cwd())
    assert.is_false(sys.isatty(99))
    assert.is_true(sys.pid() > 1)
    assert.is_true(math.abs(sys.wall() - os.time()) < 2)
  end)

  it("finds the home folder without HOME", function()
    local program = os.getenv "LASH_PROGRAM"
    local script = dir:write("home.lua", 'io.write(tostring(require("lash.core.sys").home()))')
    local run <close> = io.popen(("env -u HOME '%s' --lua '%s'"):format(program, script))
    assert.matches("^/", run:read "a")
  end)

  it("changes the environment, also of what it starts", function()
    assert.is_true(sys.setenv("LASH_SPEC_X", "one"))
    assert.same({ "one", "one" }, { sys.getenv "LASH_SPEC_X", os.getenv "LASH_SPEC_X" })
    local run <close> = io.popen "printf %s \"$LASH_SPEC_X\""
    assert.equal("one", run:read "a")
    assert.is_true(sys.setenv("LASH_SPEC_X", nil))
    assert.is_nil(sys.getenv "LASH_SPEC_X")
    assert.is_nil(sys.setenv("A=B", "x"))
  end)

  it("tells when what it writes to is full", function()
    local program = os.getenv "LASH_PROGRAM"
    local script = dir:write("full.lua", 'io.stderr:write((select(2, require("lash.core.sys").write(1, "x"))))')
    local run <close> = io.popen(("'%s' --lua '%s' 2>&1 >/dev/full"):format(program, script))
    assert.equal("cannot write standard output: No space left on device", run:read "a")
  end)

  it("writes nothing to a descriptor that is not open", function()
    local ok, message, code = sys.write(99, "x")
    assert.is_nil(ok)
    assert.equal("cannot write descriptor 99: Bad file descriptor", message)
    assert.equal("io", code)
  end)
end)
