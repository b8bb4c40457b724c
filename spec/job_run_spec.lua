--- `lash job run`: what is done for a due time, and when nothing is.
local jobs = require "spec.support.jobs"
local test = jobs.test

local NOON = 1577880000 -- of 2020-01-01, UTC

describe("a tick", function()
  it("does the work once for a due time", test("", [[
    did "work"
    print(job.name, job.due, job.last.started, job.found)
  ]], function(p)
    local first = p:tick()
    assert.same({ 0, "j\t" .. NOON .. "\t0\tnil\n", "" }, { first.code, first.out, first.err })
    local second = p:tick()
    assert.same({ 0, "", "" }, { second.code, second.out, second.err })
    assert.equal("work\n", p:read "did")
    local history = p:history()
    assert.same({ 1, "job", "j", "done", 0 },
      { #history, history[1].kind, history[1].name, history[1].state, history[1].exit })
    p:due(2, "", "print(job.last.exit, job.last.kind, job.last.started > 0)")
    assert.equal("0\tok\ttrue\n", p:tick().out)
  end))

  it("is silent when no time has come", test("", "did 'work'", function(p)
    p:write("script.lua", [[
      local lash = require "lash"
      return lash.job { name = "j", schedule = "2150-01-01 12:00", run = function() print "no" end }]])
    local tick = p:tick()
    assert.same({ 0, "", "", {} }, { tick.code, tick.out, tick.err, p:history() })
  end))

  it("works in the folder of the script, wherever it is called", test("", "print(lash.fs.read 'news')", function(p)
    p:write("news", "in here")
    local tick = p:lash({ "-e", "print(lash.sh { lash.env.LASH_PROGRAM, 'job', 'run', lash.env.JOB, cwd = '/' })" },
      { JOB = p.path .. "/script.lua", LASH_PROGRAM = os.getenv "LASH_PROGRAM" })
    assert.same({ 0, "in here\n" }, { tick.code, tick.out .. tick.err })
  end))

  it("records what models cost", test("budget = { usd = 0.5, month = 1 },", "print(lash.ask 'x')", function(p)
    assert.equal(0, p:tick().code)
    local row = p:history()[1]
    assert.equal(1, row.calls)
    assert.is_true(row.usd > 0)
  end))

  it("passes options on", test("", "print(lash.agent{}.model)", function(p)
    assert.equal("qwen-plus\n", p:lash({ "-m", "qwen-plus", "job", "run", "script.lua" }).out)
  end))

  describe("asks `when`", function()
    it("and leaves with a line of history", test("when = function(last) return last.started > 0 end,", "did 'work'",
      function(p)
        local tick = p:tick()
        assert.same({ 0, "", "" }, { tick.code, tick.out, tick.err })
        assert.equal("", p:read "did")
        local row = p:history()[1]
        assert.same({ "skipped", 0, "2020-01-01T12:00+00:00: `when` says no" }, { row.state, row.exit, row.message })
        p:tick()
        assert.equal(1, #p:history())
      end))

    it("before it opens libcurl or a database", test([[
      when = function() return lash.fs.read("/proc/self/maps"):find("libcurl", 1, true)
        or lash.fs.read("/proc/self/maps"):find("libsqlite", 1, true) end,]], "did 'work'", function(p)
        assert.same({ 0, "" }, { p:tick().code, p:read "did" })
      end))

    it("and hands on what it found", test("when = function() return { files = { 'a', 'b' } } end,",
      "print(table.concat(job.found.files, '+'))", function(p)
        assert.equal("a+b\n", p:tick().out)
      end))

    it("and fails when it does, with its own error", test("when = function() lash.fs.read 'absent' end,", "did 'work'",
      function(p)
        local tick = p:tick()
        assert.equal(66, tick.code)
        assert.matches("^j: input: [^\n]*absent[^\n]*\n$", tick.err)
        assert.same({ "failed", 66, "input" }, { p:history()[1].state, p:history()[1].exit, p:history()[1].error })
        assert.equal(0, p:tick().code) -- that due time is done
      end))

    it("and is not ended by it", test("when = function() os.exit(0) end,", "did 'work'", function(p)
      local tick = p:tick()
      assert.same({ 70, "j: exit: `when` ended the script with status 0\n" }, { tick.code, tick.err })
      assert.same({ 1, "failed" }, { #p:history(), p:history()[1].state })
    end))

    it("again when its failure may pass, and within the job's time", test([[retry = 1, timeout = 1, when = function()
      did "when"
      if not lash.fs.exists "once" then lash.fs.write("once", "") lash.fail("network", "not now") end
      while true do end
    end,]], "did 'work'", function(p)
      local tick = p:tick()
      assert.same({ 124, "j: timeout: `when` took longer than 1 s\n" }, { tick.code, tick.err })
      assert.equal("when\nwhen\n", p:read "did")
    end))

    it("and counts what it has spent", test("budget = { calls = 1 }, when = function() return lash.ask 'any?' end,",
      "print(lash.ask 'work')", function(p)
        assert.same({ 79, { "any?" } }, { p:tick().code, p:asked() })
        assert.same({ 1, "j", 1 }, { #p:history(), p:history()[1].name, p:history()[1].calls })
      end))

    it("and says what it cannot hand on", test("retry = 1, when = function() return print end,", "", function(p)
      local tick = p:tick()
      assert.equal(64, tick.code)
      assert.matches("what `when` returns cannot be handed on", tick.err)
    end))
  end)

  it("passes over what it missed, where the job says so", test("missed = 'none',", "did 'work'", function(p)
    assert.equal(0, p:tick().code)
    assert.equal("", p:read "did")
    assert.same({ "skipped", "2020-01-01T12:00+00:00: it was missed, and missed runs are not made up for" },
      { p:history()[1].state, p:history()[1].message })
  end))

  it("waits for the second of its minute, which no crontab has", test("", "", function(p)
    local now = os.time()
    local due = now % 60 < 58 and now + 1 or now
    p:write("script.lua", ([[local lash = require "lash"
      return lash.job { name = "j", schedule = "%s", tz = "UTC", run = function(job) print(job.due) end }]]):format(
      os.date("!%Y-%m-%d %H:%M:%S", due)))
    assert.equal(due .. "\n", p:tick().out)
  end))

  it("makes up for several missed times once", test("", "did(tostring(job.due))", function(p)
    p:due(1, "", "did(tostring(job.due))")
    p:write("script.lua", (p:read("script.lua"):gsub("2020%-01%-01 12:00", "2020-01-01..09 12:00")))
    p:tick()
    p:tick()
    assert.equal(NOON + 8 * 86400 .. "\n", p:read "did")
  end))

  it("forgets a due time that a wrong clock has left in the future", test("", "did 'work'", function(p)
    p:tick()
    p:write(".local/state/lash/jobs/j.json", '{"done":[1577880000,4000000000]}')
    p:write(".local/state/lash/jobs/j.skipped", "15778\n157781577880000\n4000000000\n")
    p:tick()
    assert.equal("work\n", p:read "did") -- what was done before counts
    p:due(2, "", "did 'more'")
    p:tick()
    p:tick()
    assert.equal("work\nmore\n", p:read "did")
    p:write(".local/state/lash/jobs/j.json", '{"done":[4000000000]}')
    p:write(".local/state/lash/jobs/j.skipped", "4000000000\n")
    p:due(3, "", "did 'even more'")
    p:tick() -- which may be done: rather never than twice
    assert.equal("work\nmore\n", p:read "did")
  end))

  it("says what is wrong with a damaged state, and does nothing", test("", "did 'work'", function(p)
    p:tick()
    for _, text in ipairs { "{", '{"begun":5}', '{"begun":{"due":1}}', '{"open":"x"}', '{"done":["x"]}' } do
      p:write(".local/state/lash/jobs/j.json", text)
      local tick = p:tick()
      assert.equal(74, tick.code)
      assert.matches("^j: store: .*j.json is damaged", tick.err)
    end
    assert.equal("work\n", p:read "did")
  end))
end)

describe("the work of a job, by hand,", function()
  it("is done now, whatever the schedule and `when` say", test("when = function() return false end,",
    "print(job.found, job.due > " .. NOON .. ")", function(p)
      p:tick()
      local now = p:lash { "script.lua" }
      assert.same({ 0, "false\ttrue\n", "" }, { now.code, now.out, now.err })
      assert.same({ "skipped", "done" }, { p:history()[1].state, p:history()[2].state })
      assert.equal("ok", p:state().last.kind)
    end))

  it("is done for a due time, too", test("", "print(job.due)", function(p)
    assert.equal(NOON .. "\n", p:lash({ "script.lua", "--due=2020-01-01T13:00+01:00" }).out)
    local wrong = p:lash { "script.lua", "--due=noon" }
    assert.equal(64, wrong.code)
    assert.matches("'noon' is no time", wrong.err)
    assert.matches("one argument too many: 'x'", p:lash({ "script.lua", "x" }).err)
    assert.matches("^usage: lash script.lua %[OPTION...%]\n.*%-%-due", p:lash({ "script.lua", "--help" }).out)
  end))

  it("ends with its error", test("", "error 'broken'", function(p)
    local now = p:lash { "script.lua" }
    assert.equal(70, now.code)
    assert.matches("^lash: internal: script.lua:%d+: broken\n", now.err)
    assert.same({ 70, "internal" }, { p:state().last.exit, p:state().last.kind })
  end))
end)
