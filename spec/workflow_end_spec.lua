--- How workflows end, and what becomes of them then: questions, requests whose answer
-- was lost, budgets, undoing, several processes at once.
local processes = require "spec.support.processes"
local restarts = require "spec.support.restarts"
local sched = require "lash.sched"
local task = require "lash.task"
local test = restarts.test

local DID = [[
  local function did(what) lash.fs.append(lash.dir .. "/did", what .. "\n") end
  local function mended() return lash.fs.exists(lash.dir .. "/mended") end
]]

local function workflow(body, settings)
  local text = 'return lash.workflow { name = "w", %s run = function(w, args)\n%s\nend }'
  return DID .. text:format(settings or "", body)
end

local ANSWER = "UPDATE entries SET state = 'done', result = ? WHERE state = 'waiting'"

describe("a question of a workflow", function()
  it("is stored without a terminal, and goes on when it is answered", test(workflow [[
    local ok = w:approve("Post 2 items?", { "a", "b" })
    return ok and w:step("post", function() did "post" return "posted" end) or "left alone"
  ]], function(p)
    for _ = 1, 2 do
      local waiting = p:lash { "script.lua" }
      assert.same({ 75, "" }, { waiting.code, waiting.out })
      assert.matches("lash: waiting: Post 2 items%?\nhint: `lash runs approve %w+ yes`", waiting.err)
    end
    local rows = p:rows "SELECT * FROM entries"
    assert.same({ 1, "question", "waiting" }, { #rows, rows[1].kind, rows[1].state })
    assert.matches([["text":"Post 2 items?"]], rows[1].input, 1, true)
    assert.equal("waiting", p:rows("SELECT state FROM runs")[1].state)
    p:rows(ANSWER, "true")
    assert.equal("posted\n", p:lash({ "script.lua" }).out)
  end))

  it("may be one of several: then the hint leads to all of them", test(workflow [[
    return w:all({ function() return w:approve "A?" end, function() return w:approve "B?" end })
  ]], function(p)
    assert.matches("\nhint: several wait: `lash runs show %w+` tells how", p:lash({ "script.lua" }).err)
  end))

  it("goes on with the command line that came last", test([[
    return lash.workflow { name = "w", params = "who: string, note: string = 'x'", key = { "who" },
      run = function(w, args) return w:approve("Go?", args.note) and args.note end }
  ]], function(p)
    p:lash { "script.lua", "dora" }
    p:lash { "script.lua", "dora", "--note", "other" }
    local id = p:rows("SELECT id FROM runs")[1].id
    assert.equal(0, p:lash({ "runs", "approve", id, "yes" }).code)
    assert.equal("other\n", p:lash({ "runs", "resume", id }).out)
  end))

  it("can be answered with no", test(workflow [[
    return w:approve "Post?" and "posted" or "left alone"
  ]], function(p)
    p:lash { "script.lua" }
    p:rows(ANSWER, "false")
    assert.equal("left alone\n", p:lash({ "script.lua" }).out)
  end))

  it("lets what runs beside it come to its end", test(workflow [[
    local all = w:all {
      a = function() return w:approve "A?" end,
      b = function() lash.sleep(0.02) did "b" return lash.ask "B" end,
      c = function() return w:approve "C?" end,
    }
    return ("%s %s %s"):format(all.a, all.b, all.c)
  ]], function(p)
    assert.equal(75, p:lash({ "script.lua" }).code)
    assert.same({ "b\n", 1 }, { p:read "did", #p.server.requests })
    assert.equal(2, #p:rows "SELECT * FROM entries WHERE state = 'waiting'")
    p:rows(ANSWER, "true")
    assert.equal("true [simulated] You said: B true\n", p:lash({ "script.lua" }).out)
    assert.equal(1, #p.server.requests)
  end))

  it("is asked again when its detail has changed, and its answer does not hold for another one", test(workflow [[
    local ok = w:approve("Post?", lash.fs.read(lash.dir .. "/text"))
    if not mended() then error "broken" end
    return ok
  ]], function(p)
    p:write("text", "one")
    p:lash { "script.lua" }
    p:write("text", "two")
    assert.equal(75, p:lash({ "script.lua" }).code)
    assert.matches("two", p:rows("SELECT input FROM entries WHERE state = 'waiting'")[1].input)
    p:rows(ANSWER, "true")
    p:lash { "script.lua" }
    p:write("text", "three")
    p:write("mended", "")
    local drift = p:lash { "script.lua" }
    assert.equal(78, drift.code)
    assert.matches('detail was "two", is "three"', drift.err)
  end))

  it("is what a tool's question becomes", test(workflow [[
    local tool = lash.tool { name = "post", about = "Posts.", params = "word: string", confirm = true,
      run = function(word) did(word) return "posted" end }
    return lash.ask("Post 'hello'", { tools = { tool } })
  ]], function(p)
    local waiting = p:lash { "script.lua" }
    assert.equal(75, waiting.code)
    assert.matches('lash: waiting: the model wants to call post: {"word":"hello"}', waiting.err, 1, true)
    assert.equal("", p:read "did")
    p:rows(ANSWER, "true")
    local done = p:lash { "script.lua" }
    assert.same({ 0, "" }, { done.code, done.err })
    assert.equal("hello\n", p:read "did")
    assert.equal(2, #p.server.requests)
  end))

  it("denied, is told to the model, and ends the run with 77", test(workflow [[
    local tool = lash.tool { name = "post", about = "Posts.", params = "word: string", confirm = true,
      run = function(word) did(word) return "posted" end }
    return lash.ask("Post 'hello'", { tools = { tool } })
  ]], function(p)
    p:lash { "script.lua" }
    p:rows(ANSWER, "false")
    local done = p:lash { "script.lua" }
    assert.equal(77, done.code)
    assert.matches("denied", done.out)
    assert.equal("done", p:rows("SELECT state FROM runs")[1].state)
  end))
end)

describe("a request whose answer was lost", function()
  local TEXT = [[
    local a = lash.ask "A"
    return a .. lash.ask "B"
  ]]

  --- Kills the process when the second request is on record.
  local function kill(p)
    local killed = p:lash({ "script.lua" }, { LASH_CRASH_AFTER = "6" })
    assert.equal("SIGKILL", killed.signal)
    local begun = p:rows "SELECT key, usd FROM entries WHERE kind = 'model' AND state = 'begun'"
    assert.equal("/ask#2/turn[1]", begun[1].key)
    assert.is_true(begun[1].usd > 0)
  end

  it("is asked again, and stays on record", test(workflow(TEXT), function(p)
    kill(p)
    assert.equal(0, p:lash({ "script.lua" }).code)
    local rows = p:rows "SELECT attempt, state FROM entries WHERE key = '/ask#2/turn[1]' ORDER BY attempt"
    assert.same({ { attempt = 1, state = "lost" }, { attempt = 2, state = "done" } }, rows)
  end))

  it("stops the run where that is wanted, until a person has decided", test(workflow(TEXT, 'unsettled = "stop",'),
    function(p)
      kill(p)
      for _ = 1, 2 do
        local stopped = p:lash { "script.lua" }
        assert.equal(75, stopped.code)
        assert.matches("lash: unsettled: qwen3%-max was asked, and its answer was lost; it may have cost %$",
          stopped.err)
      end
      p:rows(ANSWER, "false")
      local refused = p:lash { "script.lua" }
      assert.equal(75, refused.code)
      assert.matches("is not to be asked again", refused.err)
      p:rows "UPDATE entries SET result = 'true' WHERE kind = 'question'"
      assert.equal("[simulated] You said: A[simulated] You said: B\n", p:lash({ "script.lua" }).out)
    end))
end)

describe("a request that was sent, and cut before anything came", function()
  it("may have been paid, too", test(workflow([[
    return lash.ask "slow"
  ]], 'unsettled = "stop",'), function(p)
    assert.equal(124, p:lash({ "--timeout", "500ms", "script.lua" }).code)
    local row = p:rows "SELECT state, usd FROM entries WHERE kind = 'model'"[1]
    assert.equal("lost", row.state)
    assert.is_true(row.usd > 0.01)
    local stopped = p:lash { "script.lua" }
    assert.equal(75, stopped.code)
    assert.matches("lash: unsettled", stopped.err)
  end, function() return { text = "late", delay = 30 } end))
end)

describe("a budget of a workflow", function()
  it("counts across its runs, and what is there costs nothing", test(workflow([[
    local a = lash.ask "A"
    if not mended() then error "broken" end
    return a .. lash.ask "B"
  ]], "budget = { calls = 2 },"), function(p)
    p:lash { "script.lua" }
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal("[simulated] You said: A[simulated] You said: B\n", p:lash({ "script.lua" }).out)
  end))

  it("holds with what was lost, too", test(workflow([[
    local a = lash.ask "A"
    return a .. lash.ask "B"
  ]], "budget = { calls = 2 },"), function(p)
    assert.equal("SIGKILL", p:lash({ "script.lua" }, { LASH_CRASH_AFTER = "6" }).signal)
    local ended = p:lash { "script.lua" }
    assert.equal(79, ended.code)
    assert.matches("budget of 2 calls is used up: 2 calls spent", ended.err)
  end))

  it("of a part counts what is taken from the journal", test(workflow [[
    local cap <close> = lash.budget { calls = 2 }
    lash.ask "A"
    w:step("s", function() lash.ask "B" end)
    if not mended() then error "broken" end
    lash.ask "C"
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    local ended = p:lash { "script.lua" }
    assert.equal(79, ended.code)
    assert.matches("2 calls spent", ended.err)
    assert.equal(2, #p.server.requests)
  end))

  it("counts once what a step that is tried again has paid for", test(workflow([[
    return w:step("s", { retry = 3 }, function(ctx)
      local a = lash.ask "A"
      if ctx.attempt < 3 then lash.fail("unavailable", "not yet") end
      return a .. ctx.attempt
    end)
  ]], "budget = { calls = 2 },"), function(p)
    assert.equal("[simulated] You said: A3\n", p:lash({ "script.lua" }).out)
    assert.equal(1, #p.server.requests)
  end))

  it("has nothing of a request that was given up before it was sent", test(workflow [[
    lash.race { function() return lash.ask "A" end, function() return 1 end }
    lash.sleep(0.01)
  ]], function(p)
    p:lash { "script.lua" }
    assert.equal(0, #p.server.requests)
    local calls = p:rows "SELECT state, usd FROM entries WHERE kind = 'model'"
    for _, e in ipairs(calls) do assert.same({ state = "failed", usd = 0.0 }, e) end
  end))

  it("of a month is that of all its runs", test(workflow([[
    return lash.ask("A " .. w.id)
  ]], "budget = { month = 0.0499 },"), function(p)
    assert.equal(0, p:lash({ "script.lua" }).code)
    assert.equal(0, p:lash({ "script.lua" }).code)
    p:rows "UPDATE entries SET usd = 0.02 WHERE kind = 'model'"
    local ended = p:lash { "script.lua" }
    assert.equal(79, ended.code)
    assert.matches("budget of %$0.0499 a month does not cover the next request: %$0.04 spent", ended.err)
    p:rows "UPDATE runs SET name = 'another' WHERE state = 'done'"
    assert.equal(0, p:lash({ "script.lua" }).code)
    p:rows "UPDATE runs SET name = 'w'"
    p:rows "UPDATE entries SET begun = begun - 40 * 86400"
    assert.equal(0, p:lash({ "script.lua" }).code)
  end))
end)

describe("w:compensate", function()
  local FLOW = [[
    local a = w:step("a", function() did "a" return "A" end)
    w:compensate(function(ctx) did("undo " .. a .. " " .. ctx.attempt) end)
    w:step("b", function() did "b" end)
    w:compensate(function() did "undo B" end)
    w:step("c", function() did "c" lash.fail(FAILURE, "no") end)
  ]]

  it("undoes what was done, the last of it first, and the run is over", test(
    'local FAILURE = "invalid"\n' .. workflow(FLOW), function(p)
    local failed = p:lash { "script.lua" }
    assert.same({ 78, "lash: invalid: no\n" }, { failed.code, failed.err })
    assert.equal("a\nb\nc\nundo B\nundo A 1\n", p:read "did")
    assert.equal("undone", p:rows("SELECT state FROM runs")[1].state)
    p:lash { "script.lua" }
    assert.equal(2, #p:rows "SELECT * FROM runs")
  end))

  it("leaves alone what may go on", test('local FAILURE = "unavailable"\n' .. workflow(FLOW), function(p)
    assert.equal(69, p:lash({ "script.lua" }).code)
    assert.equal("a\nb\nc\n", p:read "did")
    p:lash { "script.lua" }
    assert.equal("a\nb\nc\nc\n", p:read "did")
  end))

  it("is not repeated, and not left half done, whenever the process is killed", test(
    'local FAILURE = "invalid"\n' .. workflow(FLOW), function(p)
    local crashes = 0
    while true do
      os.execute(("rm -rf '%s/.local' '%s/did'"):format(p.path, p.path))
      if not p:lash({ "script.lua" }, { LASH_CRASH_AFTER = tostring(crashes + 1) }).signal then break end
      crashes = crashes + 1
      local ended = p:lash { "script.lua" }
      assert.same({ 78, "lash: invalid: no\n" }, { ended.code, ended.err }, "after " .. crashes)
      local did = p:read "did"
      assert.matches("a\n.*b\n.*c\n.*undo B\n.*undo A", did)
      -- What failed is not tried again once it is being undone.
      assert.is_nil(did:match "undo.*\n[abc]\n", did)
      assert.equal("undone", p:rows("SELECT state FROM runs")[1].state)
    end
    assert.is_true(crashes >= 10, crashes)
  end))
end)

describe("w:compensate in branches", function()
  it("undoes each once, the last registered first, whichever comes first later", test(workflow [[
    lash.map({ 1, 2, 3 }, function(i)
      lash.sleep((3 - i) / 100)
      w:step("do", function() did("do " .. i) end)
      w:compensate(function(ctx) did("undo " .. i .. " " .. ctx.attempt) end)
    end)
    w:step("fail", function() lash.fail("invalid", "no") end)
  ]], function(p)
    local crashes = 0
    while true do
      os.execute(("rm -rf '%s/.local' '%s/did'"):format(p.path, p.path))
      if not p:lash({ "script.lua" }, { LASH_CRASH_AFTER = tostring(crashes + 1) }).signal then break end
      crashes = crashes + 1
      local ended = p:lash { "script.lua" }
      assert.same({ 78, "lash: invalid: no\n" }, { ended.code, ended.err }, "after " .. crashes)
      local did, undone = p:read "did", {}
      for i in did:gmatch "undo (%d)" do undone[#undone + 1] = i end
      -- Only what was under way when it was killed is done twice, one behind the other.
      assert.equal(3, #(table.concat(undone):gsub("(%d)%1", "%1")), did)
      assert.equal("undone", p:rows("SELECT state FROM runs")[1].state)
    end
    assert.is_true(crashes >= 12, crashes)
  end))

  it("goes on with the others where one fails, and tries that again", test(workflow [[
    for i = 1, 3 do
      w:step("do", function() end)
      w:compensate(function() did("undo " .. i) if i == 2 and not mended() then error "stuck" end end)
    end
    lash.fail("invalid", "no")
  ]], function(p)
    local failed = p:lash { "script.lua" }
    assert.equal(78, failed.code)
    assert.matches("lash: error: /compensate#2 could not be undone: script.lua:%d+: stuck\nlash: invalid: no\n",
      failed.err)
    assert.equal("undo 3\nundo 2\nundo 1\n", p:read "did")
    p:write("mended", "")
    failed = p:lash { "script.lua" }
    assert.same({ 78, "lash: invalid: no\n" }, { failed.code, failed.err })
    assert.equal("undo 3\nundo 2\nundo 1\nundo 2\n", p:read "did")
    assert.equal("undone", p:rows("SELECT state FROM runs")[1].state)
  end))

  it("goes the same way again, also where a failure was caught", test(workflow [[
    local ok, err = pcall(w.step, w, "try", function() lash.fail("input", "plan A is impossible") end)
    if not ok and err.message == "plan A is impossible" then
      w:step("planb", function() return 1 end)
      w:compensate(function() did "plan B undone" end)
    end
    w:compensate(function() did "first" end)
    lash.fail("input", "out of stock")
  ]], function(p)
    for n = 6, 8 do -- while it undoes
      os.execute(("rm -rf '%s/.local' '%s/did'"):format(p.path, p.path))
      assert.equal("SIGKILL", p:lash({ "script.lua" }, { LASH_CRASH_AFTER = tostring(n) }).signal)
      local ended = p:lash { "script.lua" }
      assert.same({ 66, "lash: input: out of stock\n" }, { ended.code, ended.err })
      assert.matches("first\n.*plan B undone\n$", p:read "did")
      assert.equal("undone", p:rows("SELECT state FROM runs")[1].state)
    end
  end))

  it("does not begin because somebody ended the run", test(workflow [[
    w:step("order", function() return 1 end)
    w:compensate(function() did "cancelled" end)
    local ok, err = pcall(lash.ask, "slow one")
    if not ok then lash.fail("input", "no answer: " .. err.message) end
  ]], function(p)
    p:lash { "--timeout", "500ms", "script.lua" }
    assert.equal("", p:read "did")
    assert.equal(0, p:rows("SELECT count(*) AS n FROM entries WHERE key = '/~undo'")[1].n)
  end, function() return { text = "late", delay = 30 } end))

  it("is refused inside of a step, where it would be forgotten", test(workflow [[
    w:map("m", { 1 }, function() w:compensate(print) end)
  ]], function(p)
    local refused = p:lash { "script.lua" }
    assert.equal(64, refused.code)
    assert.matches("w:compensate inside of a step or a tool would be forgotten", refused.err)
  end))

  it("is refused inside of a tool", test(workflow [[
    local tool = lash.tool { name = "book", about = "Books.", params = "what: string", run = function()
      w:compensate(print)
    end }
    local run = lash.agent({ tools = { tool } }):run "Book 'x'"
    return run.tool_calls[1].content
  ]], function(p)
    assert.matches("w:compensate inside of a step or a tool would be forgotten", p:lash({ "script.lua" }).out)
  end))

  it("is no step's affair that has its name", test(workflow [[
    w:step("compensate", function() did "a" end)
    w:step("~undo", function() did "b" end)
    if not mended() then error "broken" end
    return "done"
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal("done\n", p:lash({ "script.lua" }).out)
    assert.equal("a\nb\n", p:read "did")
  end))
end)

describe("several processes", function()
  it("do not do the work of one twice that was waited for", function()
    local runs, locks, closed = require "lash.store.runs", require "lash.lock", 0
    local identity, sys = require "lash.workflow.identity", require "lash.core.sys"
    local take, of_identity, journals = locks.take, runs.of_identity, require "lash.journal"
    local describe_run, context = journals.describe, require "lash.context"
    finally(function()
      locks.take, runs.of_identity, journals.describe, context.code = take, of_identity, describe_run, nil
    end)
    context.code = "return workflow"
    local waited = true
    locks.take = function() return { close = function() closed = closed + 1 end }, waited end
    journals.describe = function() return { id = "new" } end
    local function open(ended)
      runs.of_identity = function() return { id = "old", state = "done", ended = ended } end
      return identity.open({ name = "w", expires = 60 }, {})
    end
    local ok, err = pcall(open, sys.wall() + 1)
    assert.same({ false, "locked", "another process has just done this run of 'w'", 1 },
      { ok, err.kind, err.message, closed })
    local _, row = open(sys.wall() - 1)
    assert.same({ "new", 1 }, { row.id, closed })
    waited = false -- the clock was put back
    _, row = open(sys.wall() + 1)
    assert.same({ "new", 1 }, { row.id, closed })
  end)

  it("are not at one run at once", test(workflow [[
    w:step("a", function() did "a" lash.sleep(60) end)
  ]], function(p)
    local first = sched.spawn_daemon(function() return p:lash { "script.lua" } end)
    processes.await(function() return p:read "did" ~= "" end)
    local second = p:lash { "script.lua" }
    assert.equal(75, second.code)
    assert.matches("lash: locked: another process is at work on this run of 'w'", second.err)
    first:cancel()
    pcall(first.join, first)
    assert.equal("a\n", p:read "did")
  end))

  it("begin a hundred runs on a new database together", test([[
    return lash.workflow { name = "w", params = "n: integer", run = function(w, args)
      return w:step("a", function() return args.n end) + w:step("b", function() return 1 end)
    end }
  ]], function(p)
    local bad = {}
    task.each(100, 100, function(i) return p:lash { "script.lua", tostring(i) } end, function(i, ok, r)
      if not ok or r.code ~= 0 or r.out ~= (i + 1) .. "\n" then bad[#bad + 1] = ok and r.err or tostring(r) end
    end)
    assert.same({}, bad)
    assert.equal(100, #p:rows "SELECT * FROM runs WHERE state = 'done'")
    assert.equal("ok", p:rows("PRAGMA integrity_check")[1].integrity_check)
  end))
end)

describe("an event", function()
  it("says what was taken from the record", test(workflow [[
    local told = {}
    local function note() return "ok" end
    local tool = lash.tool { name = "note", about = "Notes.", params = "word: string", run = note }
    lash.ask("Note 'x'", { tools = { tool }, on = function(e)
      if e.type == "usage" or e.type == "tool_result" then told[#told + 1] = e.type .. tostring(e.replayed) end
    end })
    w:step("told", { key = #lash.fs.list(lash.dir) }, function() did(table.concat(told, " ")) end)
    if not mended() then error "broken" end
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    p:lash { "script.lua" }
    assert.equal("usagenil tool_resultnil usagenil\nusagetrue tool_resulttrue usagetrue\n", p:read "did")
  end))
end)

describe("a session in a workflow", function()
  it("is asked once, and stays as it is", test(workflow [[
    local s = lash.agent({}):session "talk"
    local a = s "A"
    if not mended() then error "broken" end
    return a .. s "B" .. #s.messages
  ]], function(p)
    p:lash { "script.lua" }
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal("[simulated] You said: A[simulated] You said: B4\n", p:lash({ "script.lua" }).out)
    assert.same({ "A", "B" }, p:asked())
  end))
end)
