--- What becomes of a tool's result on its way to the model.
local result = require "lash.tool.result"
local secrets = require "lash.secrets"
local shell = require "spec.support.shell"
local spill = require "lash.tool.spill"
local sys = require "lash.core.sys"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

describe("a long result", function()
  after_each(spill.close)

  it("is cut in its middle, between characters, and kept in a file", function()
    for _, text in ipairs { ("x"):rep(1000), ("é"):rep(500), ("€"):rep(333), ("😀"):rep(250), ("x"):rep(257) } do
      for limit = 256, 264 do
        local told = result.tell(text, limit)
        if #text <= limit then
          assert.equal(text, told)
        else
          assert.is_true(#told <= limit, #told)
          local head, n, all, path, tail =
            told:match "^(.-)\n%[%.%.%. (%d+) bytes cut; all (%d+) are in (/%S+) %.%.%.%]\n(.*)$"
          assert.same({ #text, tostring(#text) }, { #head + n + #tail, all })
          assert.same({ head, tail }, { text:sub(1, #head), text:sub(-#tail) })
          assert.truthy(utf8.len(head) and utf8.len(tail))
          assert.equal(text, read(path))
        end
      end
    end
  end)

  it("is in a folder and a file for this user alone, which end with the process", function()
    local path = result.tell(("x"):rep(1000), 256):match "in (/%S+) "
    local folder = spill.folder()
    assert.equal(folder, path:match "^(.*)/")
    assert.same({ 448, 384 }, { sys.stat(folder).mode, sys.stat(path).mode })
    spill.close()
    assert.is_nil(sys.stat(folder))
    assert.is_nil(spill.folder())
    spill.close()
  end)

  it("leaves no file behind, however the process ends", function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-fake" }
    sh.variables.TMPDIR = sh.path .. "/tmp"
    sh.variables.DASHSCOPE_API_BASE = sh:fake "return { { tool = 'f', times = 99 } }"
    for how, exit in pairs { ["os.exit(3)"] = 3, ["lash.sleep(60)"] = 124, ["error 'x'"] = 70 } do
      local ended = sh:lash("--timeout", "1", "-e", ([[
        local f = lash.tool { name = "f", about = "F.", run = function() return ("x"):rep(1e6) end }
        lash.try(lash.ask, "x", { tools = { f }, max_turns = 1 })
        os.execute "ls $TMPDIR/lash-*/*.txt | wc -l"
        %s]]):format(how))
      assert.same({ exit, "1\n" }, { ended.exit, ended.out }, ended.err)
      assert.equal("", sh:sh("ls -A " .. sh.path .. "/tmp").out)
    end
  end)

  it("is kept once when it comes again", function()
    local text = ("y"):rep(1000)
    assert.equal(result.tell(text, 300), result.tell(text, 300))
    assert.not_equal(result.tell(text, 300), result.tell(text .. "z", 300))
  end)

  it("is cut all the same where no file can be made", function()
    local getenv = os.getenv
    os.getenv = function(name) return name == "TMPDIR" and "/proc/none" or getenv(name) end -- luacheck: ignore 122
    local told = result.tell(("x"):rep(1000), 256)
    os.getenv = getenv -- luacheck: ignore 122
    assert.matches("^x+\n%[%.%.%. %d+ bytes cut %.%.%.%]\nx+$", told)
  end)

  it("may be 50 MB of anything", function()
    for _, unit in ipairs { "x", "\xFF", "\0", "\xE2\x82" } do
      local text = unit:rep((50 << 20) // #unit)
      local told = result.tell(text, 65536)
      assert.is_true(#told <= 65536 and #told > 20000, #told)
      assert.truthy(utf8.len(told))
      assert.not_matches("%z", told)
      assert.equal(#text, sys.stat(told:match "in (/%S+) ").size)
      spill.close()
    end
  end)
end)

describe("a result", function()
  it("is UTF-8 without zero bytes, whatever it was, and no longer than allowed", function()
    local CASES = {
      ["bad \xFF byte"] = "bad \u{FFFD} byte", ["a\0b"] = "a\u{FFFD}b", ["\xED\xA0\x80"] = "\u{FFFD}\u{FFFD}\u{FFFD}",
      ["\xC3"] = "\u{FFFD}", [""] = "", ["ok é"] = "ok é",
    }
    for text, expected in pairs(CASES) do assert.equal(expected, result.tell(text, 256)) end
    for n = 80, 300 do
      local told = result.tell(("\x80\0"):rep(n // 2), 256)
      assert.is_true(#told <= 256 and utf8.len(told) and true)
    end
  end)

  it("has no secret in it, not even a part of one, nor has its file", function()
    local secret = secrets.add("tr0ub4dor-and-3-more")
    assert.equal("the key is [secret].", result.tell("the key is " .. secret .. ".", 256))
    local text = ("."):rep(90) .. secret .. ("."):rep(1000) .. secret .. ("."):rep(90)
    for limit = 256, 320 do
      local told = result.tell(text, limit)
      assert.not_matches("tr0ub", told)
      assert.not_matches("more", told)
    end
    assert.not_matches("tr0ub", read(result.tell(text, 300):match "in (/%S+) "))
    spill.close()
  end)
end)
