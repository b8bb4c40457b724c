--- What is to end a run ends it, whoever catches it on the way.
local shell = require "spec.support.shell"

--- Runs code in which `stop()` comes when the run has a second left, at most.
local function run(code, ...)
  local sh <close> = shell.new {}
  local words = { ... }
  words[#words + 1] = "-e"
  words[#words + 1] = code
  return sh:lash(table.unpack(words))
end

local BUSY = "local function busy() while true do end end "

describe("The deadline of a run", function()
  local CASES = {
    ["in a tool that computes"] = BUSY .. [[
      local agent = lash.agent { tools = { lash.tool { name = "busy", about = "busy", run = busy } } }
      print(agent "call busy")]],
    ["in a tool that waits"] = [[
      local function wait() lash.sleep(20) end
      local agent = lash.agent { tools = { lash.tool { name = "wait", about = "wait", run = wait } } }
      print(agent "call wait")]],
    ["caught by lash.try"] = "lash.try(lash.sleep, 20) print 'not reached'",
    ["caught by pcall, before more waits"] = BUSY .. "pcall(busy) lash.sleep(0.01) print 'not reached'",
    ["caught by pcall, with nothing behind it"] = BUSY .. "pcall(busy)",
  }
  for what, code in pairs(CASES) do
    it("ends it with 124: " .. what, function()
      local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-fake" }
      sh.variables.DASHSCOPE_API_BASE = sh:fake()
      local res = sh:lash("--timeout", "0.3", "-e", code)
      assert.same({ "", 124 }, { res.out, res.exit })
      assert.matches("^lash: timeout: the deadline of the run has passed\n", res.err)
    end)
  end

  it("is none when it is 0", function() assert.equal(0, run("lash.sleep(0.01)", "--timeout", "0").exit) end)

  it("has a limit of its own", function()
    local res = run("", "--timeout", "1e300")
    assert.same({ 64, "lash: usage: --timeout: '1e300' is too long" }, { res.exit, res.err:match "^[^\n]*" })
  end)
end)

describe("SIGINT", function()
  it("counts also when code caught it and went on", function()
    local sh <close> = shell.new {}
    local command = sh:command("-e", BUSY .. "io.stdout:write('x'):flush() pcall(busy) lash.sleep(0.01) print 'no'")
    local res = sh:sh(command .. " >out & until test -s out; do sleep 0.01; done; kill -INT $!; wait $!")
    assert.same({ "x", 130 }, { sh:read "out", res.exit })
  end)
end)
