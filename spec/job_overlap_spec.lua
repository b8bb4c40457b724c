--- Ticks that come while another one is at work: of the same due time, and of a later one.
local jobs = require "spec.support.jobs"
local sched = require "lash.sched"
local test, HANGS = jobs.test, jobs.HANGS

local FIRST, SECOND = "began 1577880000\n", "began 1577966400\n"

describe("ticks that overlap", function()
  it("of one due time are one", test("", HANGS, function(p)
    local tick = p:begin()
    local other = p:tick()
    assert.same({ 0, "", "" }, { other.code, other.out, other.err })
    p:write("go", "")
    assert.equal(0, tick:join().code)
    assert.same({ 1, "done" }, { #p:history(), p:history()[1].state })
  end))

  it("pass over the later due time, with a line of history", test("", HANGS, function(p)
    local tick = p:begin()
    p:due(2, "", HANGS)
    local other = p:tick()
    assert.same({ 0, "", "" }, { other.code, other.out, other.err })
    p:tick() -- that one is passed over already
    p:write("go", "")
    tick:join()
    p:tick()
    assert.equal(FIRST, p:read "did")
    local history = p:history()
    assert.same({ 2, "skipped", "2020-01-02T12:00+00:00: an earlier run is at work" },
      { #history, history[2].state, history[2].message })
  end))

  it("wait for each other, where the job says so", test("", HANGS, function(p)
    local tick = p:begin()
    p:due(2, "overlap = 'wait',", HANGS)
    local other = sched.spawn(p.tick, p)
    p:write("go", "")
    tick:join()
    assert.equal(0, other:join().code)
    assert.equal(FIRST .. SECOND, p:read "did")
  end))

  it("fail, where the job says so", test("", HANGS, function(p)
    local tick = p:begin()
    p:due(2, "overlap = 'fail',", HANGS)
    local other = p:tick()
    assert.same({ 75, "j: locked: an earlier run is at work\n" }, { other.code, other.err })
    p:write("go", "")
    tick:join()
    assert.same({ "failed", "locked", 75 }, { p:history()[2].state, p:history()[2].error, p:history()[2].exit })
  end))

  it("are kept from the work that somebody does by hand", test("", HANGS, function(p)
    local tick = p:begin()
    local hand = p:lash { "script.lua" }
    assert.equal(75, hand.code)
    assert.matches("^lash: locked: the job 'j' is running\n", hand.err)
    p:write("go", "")
    tick:join()
  end))

  it("are one, however many come at once", test("", HANGS, function(p)
    local ticks = {}
    for i = 1, 40 do ticks[i] = sched.spawn(p.tick, p) end
    p:write("go", "")
    for _, tick in ipairs(ticks) do assert.same({ 0, "" }, { tick:join().code, tick:join().err }) end
    assert.equal(FIRST, p:read "did")
    assert.equal(1, #p:history())
  end))

  it("are not kept off by what an earlier one has left behind", test("",
    'os.execute "setsid sh -c \\"echo $$ >left; exec sleep 30\\" >/dev/null 2>&1 &"', function(p)
      assert.equal(0, p:tick().code)
      p:due(2, "", "did 'again'")
      assert.equal(0, p:tick().code)
      assert.equal("again\n", p:read "did")
    end))
end)
