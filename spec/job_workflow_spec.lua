--- Jobs whose work is a workflow: it goes on with the next tick.
local exec = require "lash.exec"
local jobs = require "spec.support.jobs"
local test = jobs.test

--- A job whose workflow has this body.
local function workflow(body)
  return ('run = lash.workflow { name = "w", run = function(w)\n%s\nend },'):format(body)
end

local ASKS = workflow [[
  w:step("a", function() did "a" end)
  if w:approve "Go on?" then
    w:step("b", function() did "b" end)
    return "yes"
  end
  return "no"
]]

describe("a job with a workflow", function()
  it("prints what that returns, and has one line of history", test(workflow "return 'done ' .. w.name", nil, function(p)
    local tick = p:tick()
    assert.same({ 0, "done w\n", "" }, { tick.code, tick.out, tick.err })
    local history = p:history()
    assert.same({ 1, "workflow", "j", "done" }, { #history, history[1].kind, history[1].name, history[1].state })
    assert.same({ 0, "" }, { p:tick().code, p:tick().out })
  end))

  it("waits for an answer, and goes on with the next tick", test(ASKS, nil, function(p)
    local tick = p:tick()
    assert.equal(75, tick.code)
    assert.matches("^j: waiting: [^\n]+\n$", tick.err)
    local again = p:tick()
    assert.same({ 75, "" }, { again.code, again.err }) -- still; cron mails it once
    assert.equal(0, p:state().failures)
    local id = p:history()[1].id
    assert.equal(0, p:lash({ "runs", "approve", id, "yes" }).code)
    local done = p:tick()
    assert.same({ 0, "yes\n", "" }, { done.code, done.out, done.err })
    assert.equal("a\nb\n", p:read "did")
    assert.same({ 1, "done" }, { #p:history(), p:history()[1].state })
    assert.equal("", p:tick().out)
  end))

  it("tells each question, also where two have the same words", test(workflow [[
    for _ = 1, 2 do w:approve "Go on?" end
    return "done"
  ]], nil, function(p)
    for _ = 1, 2 do
      assert.matches("^j: waiting: Go on%?[^\n]+\n$", p:tick().err)
      assert.equal("", p:tick().err)
      p:lash { "runs", "approve", p:history()[1].id, "yes" }
    end
    assert.equal("done\n", p:tick().out)
  end))

  for what, body in pairs {
    ["asks two at once"] = [[return tostring(lash.race { function() return w:approve "A?" end,
      function() return w:approve "B?" end })]],
    ["says that it waits"] = [[lash.fail("waiting", "the door is closed")]],
    ["asks under a long key"] = [[w:step("a", { key = ("s"):rep(1100000) }, function() return w:approve "A?" end)]],
  } do
    it("is silent from the second tick on when it " .. what, test(workflow(body), nil, function(p)
      local tick = p:tick()
      assert.matches("^j: waiting: [^\n]+\n$", tick.err)
      assert.equal(75, tick.code)
      for _ = 1, 2 do
        tick = p:tick()
        assert.same({ 75, "" }, { tick.code, tick.err })
      end
    end))
  end

  it("tells its question again when nobody could read it", test(ASKS, nil, function(p)
    local command = ("exec %s job run script.lua 2>/dev/full"):format(os.getenv "LASH_PROGRAM")
    local unread = exec.exec { "sh", "-c", command, cwd = p.path, env = { HOME = p.path } }
    assert.equal(75, unread.code)
    assert.matches("^j: waiting: Go on%?[^\n]+\n$", p:tick().err)
    assert.equal("", p:tick().err)
  end))

  it("passes over what comes while it waits", test(ASKS, nil, function(p)
    p:tick()
    p:due(2, ASKS)
    local tick = p:tick()
    assert.equal(75, tick.code)
    assert.same({ "waiting", "skipped", "2020-01-02T12:00+00:00: an earlier run waits for an answer" },
      { p:history()[1].state, p:history()[2].state, p:history()[2].message })
    p:lash { "runs", "approve", p:history()[1].id, "no" }
    assert.equal("no\n", p:tick().out)
    p:due(3, ASKS)
    tick = p:tick() -- a run of its own, with its own question
    assert.equal(75, tick.code)
    assert.matches("^j: waiting: [^\n]+\n$", tick.err)
    assert.equal("a\na\n", p:read "did")
  end))

  it("can be resumed by its id", test(ASKS, nil, function(p)
    p:tick()
    local id = p:history()[1].id
    p:lash { "runs", "approve", id, "yes" }
    local resumed = p:lash { "runs", "resume", id }
    assert.same({ 0, "yes\n" }, { resumed.code, resumed.out })
    local tick = p:tick()
    assert.same({ 0, "", "" }, { tick.code, tick.out, tick.err })
    assert.equal("a\nb\n", p:read "did")
  end))

  it("goes on where a crash has stopped it", test(workflow [[
    w:step("a", function() did "a" end)
    local answer = w:step("b", function() did "b" return lash.ask "B" end)
    return answer
  ]], nil, function(p)
    local killed = p:tick { LASH_CRASH_AFTER = "4" }
    assert.equal(70, killed.code)
    assert.matches("^j: internal: its process was ended by SIGKILL\n$", killed.err)
    local done = p:tick()
    assert.same({ 0, "[simulated] You said: B\n", "" }, { done.code, done.out, done.err })
    assert.equal("a\n", p:read("did"):match "^a\n%f[b]")
  end))
end)
