--- Readers that come late, read slowly, or not at all: they get all of it, and in
--- order, and nobody waits for one who has gone.
local cjson = require "cjson"
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"

local CHUNKS = 10000
local PIPES = io.popen "pwd":read "l" .. "/spec/support/pipes.py"

--- What is answered: each chunk says which one it is.
local deltas = {}
for i = 1, CHUNKS do deltas[i] = ("%d, and on to "):format(i) end
local TEXT = table.concat(deltas)
local ANSWER = model.ok(model.stream(deltas))

--- A test with a shell whose service answers so, as often as there are `times`.
local function with(times, f)
  return function()
    local exchanges = {}
    for i = 1, times do exchanges[i] = ANSWER end
    local s <close> = server.start(exchanges)
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1" }
    f(sh)
  end
end

--- The texts of lines of JSON, by type of event, and the last line.
local function read_lines(out)
  local texts, last = {}, nil
  for line in out:gmatch "[^\n]*\n" do
    last = cjson.decode(line)
    texts[last.type] = (texts[last.type] or "") .. (last.text or "")
  end
  return texts, last
end

local SCRIPTS = {
  { "print", ("for i = 1, %d do print(i) end"):format(CHUNKS) },
  { "io.write", ("for i = 1, %d do io.write(i, '\\n') end"):format(CHUNKS) },
  { "io.stdout:write", ("for i = 1, %d do io.stdout:write(i, '\\n') io.stdout:flush() end"):format(CHUNKS) },
}
local NUMBERS = {}
for i = 1, CHUNKS do NUMBERS[i] = i .. "\n" end
NUMBERS = table.concat(NUMBERS)

--- Runs `lash` with these words between pipes; see pipes.py.
local function between(how, sh, ...)
  return sh:sh(("echo input | python3 %s %s %s"):format(PIPES, how, sh:command(...)))
end

describe("a reader", function()
  for _, how in ipairs { "late", "nonblocking" } do
    it(("of a pipe gets all of an answer (%s)"):format(how), with(2, function(sh)
      local res = between(how, sh, "ask", "hi")
      assert.same({ TEXT .. "\n", "", 0 }, { res.out, res.err, res.exit })
      res = between(how, sh, "ask", "--json", "hi", "-")
      local texts, last = read_lines(res.out)
      assert.same({ TEXT, 0, "", 0 }, { texts.text, last.exit, res.err, res.exit })
    end))

    it(("of a pipe gets all that a script writes (%s)"):format(how), function()
      local sh <close> = shell.new()
      for _, script in ipairs(SCRIPTS) do
        local res = between(how, sh, "-e", script[2])
        assert.same({ NUMBERS, "", 0 }, { res.out, res.err, res.exit }, script[1])
        res = between(how, sh, "--json", "-e", script[2])
        local texts, last = read_lines(res.out)
        assert.same({ NUMBERS, 0, "", 0 }, { texts.output, last.exit, res.err, res.exit }, script[1])
      end
      assert.equal("input\n", between(how, sh, "-e", "io.write(io.read 'a')").out)
    end)
  end

  it("that takes nothing is not waited for when the run is to end", with(5, function(sh)
    for _, words in ipairs { { "ask", "hi" }, { "ask", "--json", "hi" }, { "-e", SCRIPTS[1][2] } } do
      for signal, exit in pairs { TERM = 143, INT = 130 } do
        local res = between(signal, sh, table.unpack(words))
        assert.same({ exit, "" }, { res.exit, res.out })
      end
    end
    for _, words in ipairs { { "ask", "hi" }, { "-e", SCRIPTS[1][2] } } do
      assert.equal(124, between("never", sh, "--timeout", "100ms", table.unpack(words)).exit)
    end
  end))

  it("that has gone ends the run quietly", with(2, function(sh)
    for _, words in ipairs { { "ask", "hi" }, { "ask", "--json", "hi" }, { "-e", SCRIPTS[1][2] },
      { "--json", "-e", SCRIPTS[2][2] }, { "-e", "io.stdout:setvbuf 'line' " .. SCRIPTS[1][2] } } do
      local res = sh:sh(("{ %s </dev/null; echo $? >exit; } | head -c 1"):format(sh:command(table.unpack(words))))
      assert.same({ 1, "", "74\n" }, { #res.out, res.err, sh:read "exit" })
    end
  end))

  it("that cannot take it is told of", with(4, function(sh)
    for place, why in pairs { [">/dev/full"] = "No space left on device", [">&-"] = "Bad file descriptor" } do
      for _, words in ipairs { { "ask", "hi" }, { "ask", "--json", "hi" }, { "-e", SCRIPTS[1][2] },
        { "--json", "-e", SCRIPTS[2][2] } } do
        local res = sh:sh(sh:command(table.unpack(words)) .. " </dev/null " .. place)
        assert.same({ 74, "lash: io: cannot write to stdout: " .. why .. "\n" }, { res.exit, res.err })
      end
    end
  end))
end)
