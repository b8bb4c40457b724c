--- The scripts that somebody has cron run: log-watch, explain.
local automation = require "spec.support.automation"
local json = require "lash.core.json"

local answer, test = automation.answer, automation.test

local function ends(code, out, err, run)
  assert.same({ code, out, err }, { run.code, run.out, run.err })
end

describe("log-watch", function()
  local NOTHING = { tool = "final_answer", arguments = { value = json.array {} } }
  local function line(n, what) return answer { { line = n, severity = "urgent", what = what } } end

  it("tells what is of note, in the log's own lines", test("log-watch", { line(2, "It\27[2J refuses.") }, function(at)
    at:write("app.log", "GET /1\nrefused 10\nrefused 22\nGET /2\ncaf\xe9 \27[1m\n")
    ends(0, "app.log: urgent: It [2J refuses.\n  2x refused 10\n", "", at:run { "app.log" })
    assert.equal("1. 2x GET /1\n2. 2x refused 10\n3. 1x caf\u{FFFD}  [1m", at:prompt(1))
  end))

  it("looks at what is new only, and is silent without", test("log-watch", { NOTHING, NOTHING, NOTHING }, function(at)
    at:write("app.log", "one\ntwo\nhalf")
    ends(0, "", "", at:run { "app.log", "--about", "twos are fine" })
    assert.matches("On this log: twos are fine", at.server.requests[1].json.messages[1].content, 1, true)
    ends(0, "", "", at:run { "app.log" })
    assert.equal(1, #at.server.requests)
    at:write("app.log", "one\ntwo\nhalf a line\n")
    at:run { "app.log" }
    assert.same({ "1. 1x one\n2. 1x two", "1. 1x half a line" }, { at:prompt(1), at:prompt(2) })
    at:write("app.log", "a\n") -- truncated
    at:run { "app.log" }
    assert.equal("1. 1x a", at:prompt(3))
  end))

  it("follows a log that is rotated", test("log-watch", { NOTHING, NOTHING }, function(at)
    at:write("app.log", "one\n")
    at:run { "app.log" }
    at:sh "echo two >>app.log; mv app.log app.log.1; printf 'three\nfour\n' >app.log"
    at:run { "app.log" }
    assert.equal("1. 1x two\n2. 1x three\n3. 1x four", at:prompt(2))
  end))

  it("looks again when that has failed", test("log-watch", { { status = 401 }, line(1, "One.") }, function(at)
    at:write("a b.log", "one\n")
    local run = at:run { "a b.log" }
    assert.equal(77, run.code)
    assert.equal("a b.log: urgent: One.\n  1x one\n", at:run({ "a b.log" }).out)
    assert.equal(at:prompt(1), at:prompt(2))
  end))

  it("believes no line that is not there", test("log-watch", { line(7, "Seven.") }, function(at)
    at:write("x.log", "one\n")
    ends(0, "x.log: urgent: Seven.\n", "", at:run { "x.log" })
  end))

  it("bounds what it reads, and says so", test("log-watch", { NOTHING, NOTHING }, function(at)
    at:write("big.log", ("x"):rep(100000) .. "\n")
    ends(0, "", "", at:run { "big.log" })
    assert.matches(" " .. ("x"):rep(500) .. "…", at:prompt(1), 1, true)
    local lines = {}
    for i = 1, 2600 do lines[i] = ("a"):rep(i % 26 + 1) .. ("b"):rep(i // 26 + 1) end
    at:write("big.log", at:read "big.log" .. table.concat(lines, "\n") .. "\n")
    local run = at:run { "big.log" }
    assert.matches("^lash: warning: big.log: %d+ lines were not looked at: too many differ\n$", run.err)
    assert.is_true(#at:prompt(2) < 70000)
  end))

  it("says that a log is not there, and what it takes", test("log-watch", {}, function(at)
    at:write("empty.log", "")
    ends(0, "", "", at:run { "empty.log" })
    ends(66, "", "lash: input: cannot read none.log\n", at:run { "none.log" })
    assert.equal(64, at:run().code)
  end))
end)

describe("explain", function()
  it("is silent when all is well", test("explain", {}, function(at)
    ends(0, "", "", at:run { "--", "echo", "hi" })
    ends(0, "hi\n", "", at:run { "--show", "--", "echo", "hi" })
  end))

  it("says why a command has failed, and ends as it did", test("explain",
    { answer { cause = "No such\n\27[1mfile.", try = { "touch x", "ls" } } }, function(at)
      local run = at:run { "--", "sh", "-c", "echo out; echo no x >&2; exit 3" }
      assert.same({ 3, "out\n" }, { run.code, run.out })
      assert.matches("^no x\n%[explain%] sh: exit status 3 after %d+%.%d s\n%[explain%] No such %[1mfile%.\n"
        .. "%[explain%] try: touch x\n%[explain%] try: ls\n$", run.err)
      assert.matches("Standard error:\nno x\n\nStandard output:\nout\n", at:prompt(1), 1, true)
    end))

  it("ends as the command did also without an explanation", test("explain", { { status = 401 } }, function(at)
    local run = at:run { "--", "sh", "-c", "kill -9 $$" }
    assert.equal(137, run.code)
    assert.matches("^%[explain%] sh: SIGKILL after %d+%.%d s\n%[explain%] no explanation: auth: [^\n]+\n$", run.err)
  end))

  it("has a budget that does not hide how the command ended", test("explain", {}, function(at)
    local run = at.project:lash { "--budget", "0.000001", automation.FOLDER .. "/explain.lua", "false" }
    assert.equal(1, run.code)
    assert.matches("no explanation: budget: ", run.err)
  end))

  it("ends a command that takes too long", test("explain", { answer { cause = "Slow.", try = json.array {} } },
    function(at)
      local run = at:run { "--timeout", "200ms", "--", "sh", "-c", "echo begun; sleep 100" }
      assert.same({ 124, "begun\n" }, { run.code, run.out })
      assert.matches("%[explain%] sh: no end within 200ms after", run.err)
    end))

  it("cuts long output for the model, not for the reader", test("explain",
    { answer { cause = "Long.", try = json.array {} } }, function(at)
      local run = at:run { "--", "sh", "-c", "seq 1 20000; printf '\\377\\0'; exit 1" }
      assert.equal("\n20000\n\xff\0", run.out:sub(-9))
      assert.is_true(#run.out > 100000)
      assert.is_true(#at:prompt(1) < 10000)
      assert.matches("\n%[%d+ bytes were left out%]\n", at:prompt(1))
    end))

  it("says what is missing", test("explain", {}, function(at)
    assert.matches("^lash: usage: the argument COMMAND is missing", at:run().err)
    ends(66, "", "lash: input: command not found: surely-not-there\nhint: is it installed, and in $PATH?\n",
      at:run { "--", "surely-not-there" })
    assert.equal(64, at:run({ "--timeout", "soon", "--", "true" }).code)
  end))
end)
