--- The answer of `lash ask` in a pipe or a file: its bytes, whatever is told beside it,
-- and where it is when the file cannot have it.
local errors = require "lash.errors"
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

local function answer(...) return model.ok(model.stream { ... }) end

--- A test with a shell whose service makes these exchanges.
local function with(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x-0123456", DASHSCOPE_API_BASE = s.url .. "/v1" }
    f(sh, s)
  end
end

--- Thinks between its words.
local function thoughtful()
  return answer("Hel", { reasoning_content = "Hm." }, "lo wor", { reasoning_content = "So." }, "ld")
end

describe("the bytes of an answer", function()
  it("are the same whatever is told of the run", with({ thoughtful(), thoughtful(), thoughtful(), thoughtful() },
    function(sh)
      assert.equal("Hello world\n", sh:lash("ask", "hi").out)
      local res = sh:lash("ask", "-v", "hi")
      assert.equal("Hello world\n", res.out)
      assert.matches("Hm%.", res.err)
      assert.equal(0, sh:lash("ask", "-v", "hi", "-o", "out.txt").exit)
      assert.equal("Hello world\n", sh:read "out.txt")
      local t <close> = terminal.start(sh, "lash ask hi >piped.txt")
      assert.matches("Hm%.", (t:finish()))
      assert.equal("Hello world\n", sh:read "piped.txt")
    end))

  it("have lines of their own at the terminal that shows both", with({ thoughtful() }, function(sh)
    local t <close> = terminal.start(sh, "lash ask --no-color hi")
    assert.equal("Hel\nHm.\nlo wor\nSo.\nld\n", (t:finish():gsub("\r\n", "\n")))
  end))
end)

describe("the file of -o", function()
  local LONG = ("0123456789abcde\n"):rep(300)

  it("is not made through a link that leads nowhere, nor does that go", with({}, function(sh, s)
    sh:sh "ln -s nowhere.txt link.txt"
    local res = sh:lash("ask", "hi", "-o", "link.txt")
    assert.same({ 73, "", 0 }, { res.exit, res.out, #s:requests() })
    assert.matches("^lash: output: .*link%.txt: a link that leads nowhere", res.err)
    assert.equal("link.txt -> nowhere.txt\n", sh:sh("find . -name '*.txt' -printf '%f -> %l\\n'").out)
  end))

  it("leaves the old text and gives the answer elsewhere when there is no room", with({ answer(LONG), answer(LONG) },
    function(sh)
      sh:sh "mkdir closed; echo before >closed/out.txt; chmod 500 closed" -- nothing new can be made in it
      for _, name in ipairs { "new.txt", "closed/out.txt" } do
        local res = sh:sh(("{ (ulimit -f 1; %s); echo $? >exit; } | cat"):format(sh:command("ask", "hi", "-o", name)))
        assert.same({ LONG, "74\n" }, { res.out, sh:read "exit" })
        assert.matches("^lash: io: cannot write .*" .. name .. ".*\nhint: the answer is on standard output\n$", res.err)
      end
      sh:sh "chmod 700 closed"
      assert.equal("before\n", sh:read "closed/out.txt")
      assert.equal("./closed/out.txt\n", sh:sh("find . -name '*.txt*'").out)
    end))

  it("has the answer beside it when something else took its place", function()
    local sh <close> = shell.new {}
    local path = sh.path .. "/out.txt"
    local file = require "lash.cli.ask.file"(path)
    file.write "Hel"
    file.write "lo\n"
    sh:sh "mkdir out.txt"
    local ok, err = pcall(file.keep)
    assert.is_false(ok)
    assert.is_true(errors.is(err))
    assert.same({ "io", ("the answer is in %s.part"):format(path) }, { err.kind, err.hint })
    assert.equal("Hello\n", sh:read "out.txt.part")
  end)
end)
