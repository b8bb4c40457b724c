--- The scripts that read git: commit-message, review, release-notes.
local automation = require "spec.support.automation"
local json = require "lash.core.json"

local answer, test = automation.answer, automation.test

local function ends(code, out, err, run)
  assert.same({ code, out, err }, { run.code, run.out, run.err })
end

describe("commit-message", function()
  local MESSAGE = { subject = "  log: keep the\nlast line. ", body = "It was lost." }

  it("prints a message for what is staged", test("commit-message", { answer(MESSAGE), answer(MESSAGE) }, function(at)
    at:sh "git init -q; echo one >a.txt; echo secret >b.txt; git add a.txt"
    ends(0, "log: keep the last line\n\nIt was lost.\n", "", at:run { "--about", "Fixes 12." })
    local prompt = at:prompt(1)
    assert.matches("\n+one", prompt, 1, true)
    assert.matches("a.txt | 1 +", prompt, 1, true)
    assert.matches("its author says: Fixes 12.", prompt, 1, true)
    assert.not_matches("secret", prompt)
    assert.same({ "subject", "body" }, at:schema(1).required)
    at:sh "git commit -qm 'a: the first'; git add b.txt"
    at:run()
    assert.matches("Latest subjects:\na: the first\n", at:prompt(2), 1, true)
  end))

  it("has a subject alone where there is no more to say", test("commit-message",
    { answer { subject = "a: b", body = " \n" } }, function(at)
      at:sh "git init -q; echo one >a; git add a"
      ends(0, "a: b\n", "", at:run())
    end))

  it("wraps the body, and keeps '#' from the beginning of its lines", test("commit-message",
    { answer { subject = "a: b", body = ("word "):rep(20) .. "\n#12 is the issue" } }, function(at)
      at:sh "git init -q; echo one >a; git add a"
      local out = at:run().out
      assert.matches("\n #12 is the issue\n$", out)
      for line in out:gmatch "[^\n]+" do assert.is_true(#line <= 72) end
    end))

  it("is a hook of git", test("commit-message", { answer(MESSAGE), { status = 401 } }, function(at)
    local program = os.getenv "LASH_PROGRAM"
    at:sh("git init -q; echo one >a; git add a")
    at:write(".git/hooks/prepare-commit-msg", ("#!/bin/sh\n[ -n \"$2\" ] || '%s' '%s' --into \"$1\" || true\n"):format(
      program, automation.FOLDER .. "/commit-message.lua"))
    local env = ("chmod +x .git/hooks/prepare-commit-msg; export GIT_EDITOR=true DASHSCOPE_API_KEY=sk-x "
      .. "DASHSCOPE_API_BASE=%s; "):format(at.server.url)
    at:sh(env .. "git commit -q")
    assert.equal("log: keep the last line\n\nIt was lost.\n\n", at:sh "git log -1 --format=%B")
    at:sh(env .. "echo two >a; git commit -qam 'own words'") -- not asked
    assert.equal("own words\n", at:sh "git log -1 --format=%s")
    assert.equal(1, #at.server.requests)
    -- a failure leaves the message to the author, and the commit possible
    at:sh(env .. "echo three >a; GIT_EDITOR='echo mine >' git commit -qa 2>errors; grep -q 'lash: auth' errors")
    assert.equal("mine\n", at:sh "git log -1 --format=%s")
  end))

  it("leaves a file alone when it fails", test("commit-message", { { status = 401 } }, function(at)
    at:sh "git init -q; echo one >a; git add a"
    at:write("message", "# comment\n")
    assert.equal(77, at:run({ "--into", "message" }).code)
    assert.equal("# comment\n", at:read "message")
  end))

  it("says what is missing", test("commit-message", { answer { subject = " \n", body = "" } }, function(at)
    local outside = at:run()
    assert.equal(70, outside.code)
    assert.matches("^lash: process: [^\n]*not a git repository[^\n]*\n", outside.err)
    at:sh "git init -q"
    ends(66, "", "lash: input: nothing is staged\nhint: git add FILE, then again\n", at:run())
    at:sh "echo one >a; git add a"
    assert.matches("^lash: schema: [^\n]*the model gave no subject\n$", at:run().err)
  end))

  it("takes what is binary, long, in another encoding, oddly named", test("commit-message", { answer(MESSAGE) },
    function(at)
      at:sh [[git init -q; printf 'a\0b' >binary; printf 'caf\351\n' >latin1; echo x >'odd
name'; seq 1 50000 >long; git add .]]
      local run = at:run()
      assert.equal(0, run.code)
      assert.matches("^lash: warning: the diff is long: %d+ bytes in its middle were not read\n$", run.err)
      local prompt = at:prompt(1)
      assert.is_true(#prompt < 70000)
      assert.matches("binary%s+|%s+Bin 0 %-> 3 bytes", prompt)
      assert.matches("%[%.%.%. %d+ bytes cut %.%.%.%]", prompt)
    end))
end)

describe("review", function()
  local FINDINGS = {
    { file = "b.c", line = 7, severity = "bug", problem = "It is\nwrong." },
    { file = "a.c", line = 1, severity = "style", problem = "So so." },
  }
  local LINES = "a.c:1: style: So so.\nb.c:7: bug: It is wrong.\n"

  it("prints findings, and ends with 1 when there is a bug", test("review", { answer(FINDINGS) }, function(at)
    at:sh "git init -q; echo one >b.c; git add .; git commit -qm 1; echo two >b.c"
    ends(1, LINES, "", at:run())
    assert.matches("\n-one\n+two", at:prompt(1), 1, true)
    local item = at:schema(1).properties.value.items
    assert.same({ "bug", "risk", "style" }, item.properties.severity.enum)
    assert.same({ "file", "line", "severity", "problem" }, item.required)
  end))

  it("ends with 0 without one; risks count when it is strict", test("review", {
    { match = "two", times = 2, tool = "final_answer", arguments =
      { value = { { file = "b", line = 1, severity = "risk", problem = "May be." } } } },
    { tool = "final_answer", arguments = { value = json.array {} } },
  }, function(at)
    at:sh "git init -q; echo one >b; git add .; git commit -qm 1; echo two >b; git commit -qam 2"
    ends(0, "b:1: risk: May be.\n", "", at:run { "--range", "HEAD~1...HEAD" })
    ends(1, "b:1: risk: May be.\n", "", at:run { "--range", "HEAD~1...HEAD", "--strict" })
    ends(0, "", "", at:run { "--range", "-", stdin = "diff --git a/x b/x\n" })
  end))

  it("asks nobody when there is nothing to review", test("review", {}, function(at)
    at:sh "git init -q; git commit -q --allow-empty -m 1"
    ends(0, "", "", at:run())
    ends(0, "", "", at:run { "--range", "-", stdin = " \n" })
    assert.equal(0, #at.server.requests)
  end))

  it("reads long diffs in pieces of whole files", test("review", function(request)
    local n = 0
    for _ in request.prompt:gmatch "diff %-%-git" do n = n + 1 end
    return answer { { file = request.prompt:match "b/(%w+)", line = n, severity = "style", problem = "x" } }
  end, function(at)
    local file = "diff --git a/f%d b/f%d\n" .. ("+line\n"):rep(3000)
    local diff = {}
    for i = 1, 5 do diff[i] = file:format(i, i) end
    ends(0, "f1:2: style: x\nf3:2: style: x\nf5:1: style: x\n", "", at:run { "--range", "-",
      stdin = table.concat(diff) })
    assert.equal(3, #at.server.requests)
  end))

  it("says what was not read, and when it is too much", test("review", { answer(FINDINGS) }, function(at)
    local run = at:run { "--range", "-", stdin = "diff --git a/x b/x\n" .. ("+line\n"):rep(10000) }
    assert.equal(1, run.code)
    assert.matches("^lash: warning: diff %-%-git a/x b/x: only 40000 of 600%d%d bytes were read\n$", run.err)
    assert.matches("[the rest of this file was left out]", at:prompt(1), 1, true)
    ends(66, "", "lash: input: too much for one review: 1260399 bytes\nhint: --range names a smaller part\n",
      at:run { "--range", "-", stdin = ("diff --git a/x b/x\n" .. ("+line\n"):rep(10000)):rep(21) })
    assert.equal(1, #at.server.requests)
  end))

  it("refuses a range that is none", test("review", {}, function(at)
    at:sh "git init -q; git commit -q --allow-empty -m 1"
    assert.equal(65, at:run({ "--range=--output=x" }).code)
    local run = at:run { "--range", "nowhere" }
    assert.equal(70, run.code)
    assert.matches("^lash: process: [^\n]*bad revision 'nowhere'", run.err)
    assert.equal("lash: usage: unknown option '--rang'\nhint: did you mean '--range'?\n", at:run({ "--rang" }).err)
  end))
end)

describe("release-notes", function()
  local EMPTY = json.array {}
  local function notes(fields)
    return { match = function(request) return request.json.messages[2].content:find "%x+ " end, tool = "final_answer",
      arguments = { added = fields.added or EMPTY, changed = EMPTY, removed = EMPTY, fixed = fields.fixed or EMPTY } }
  end

  it("prints what has come since the last tag", test("release-notes", function(request)
    local hash = request.prompt:match "^(%x+) keep"
    return notes { fixed = { { text = "Lines stay.", commits = { hash, "deadbee", "" } } },
      added = { { text = "A page\non it", commits = EMPTY } } }
  end, function(at)
    at:sh [[git init -q; git commit -q --allow-empty -m old; git tag v1
      git commit -q --allow-empty -m 'keep lines' -m 'They were lost.']]
    local hash = at:sh "git log -1 --format=%h":gsub("\n", "")
    ends(0, ("## 2\n\n### Added\n\n- A page on it.\n\n### Fixed\n\n- Lines stay (%s).\n"):format(hash), "",
      at:run { "--title", "2" })
    assert.matches("They were lost.", at:prompt(1), 1, true)
    assert.not_matches("old", at:prompt(1))
  end))

  it("says what is missing", test("release-notes", {}, function(at)
    at:sh "git init -q; git commit -q --allow-empty -m old"
    ends(66, "", "lash: input: there is no tag to begin at\nhint: --since COMMIT\n", at:run())
    at:sh "git tag v1"
    ends(66, "", "lash: input: no commits since v1\n", at:run())
    assert.matches("^lash: process: git log: fatal: bad revision 'v2..HEAD'\n$", at:run({ "--since", "v2" }).err)
    assert.equal(65, at:run({ "--since=-x" }).code)
    assert.equal(0, #at.server.requests)
  end))
end)
