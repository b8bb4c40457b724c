--- How a tick of a job ends: exit status, the one line on stderr, history, retries; and
--- what becomes of a run whose process is gone.
local errors = require "lash.errors"
local jobs = require "spec.support.jobs"
local json = require "lash.core.json"
local processes = require "spec.support.processes"
local sched = require "lash.sched"
local server = require "spec.support.server"
local sys = require "lash.core.sys"
local test = jobs.test

--- Does not come to its end before the file "go" is there.
local HANGS = jobs.HANGS

--- The id of the process of a tick.
local function pid_of(p)
  for _, pid in ipairs(processes.with(p.path, "environ")) do
    local file <close> = io.open(("/proc/%d/cmdline"):format(pid))
    if file and file:read("a"):find "^[^%z]*lash%zjob%zrun%zscript.lua%z" then return pid end
  end
end

describe("the end of a tick", function()
  it("has the exit status of every kind of error, and one line", test("", "", function(p)
    local kinds = {}
    for kind in pairs(errors.kinds) do kinds[#kinds + 1] = kind end
    table.sort(kinds)
    for i, kind in ipairs(kinds) do
      p:due(i % 28 + 1, "", ('did "x" lash.fail("%s", "because", "a hint")'):format(kind))
      p:write(".local/state/lash/jobs/j.json", "{}")
      local tick = p:tick()
      assert.same({ errors.kinds[kind].exit, "", ("j: %s: because\n"):format(kind) },
        { tick.code, tick.out, (tick.err:gsub("script.lua:%d+: ", ""):gsub("; a hint\n", "\n")) })
    end
    assert.equal(("x\n"):rep(#kinds), p:read "did")
  end))

  for name, case in pairs {
    ["an uncaught error"] = { "error 'oops'", 70, "^j: internal: [^\n]*script.lua:%d+: oops\n$", "internal" },
    ["os.exit(1)"] = { "os.exit(1)", 1, "^j: exit: the script ended with status 1\n$", "exit" },
    ["os.exit(0)"] = { "print 'so far' os.exit(0)", 0, "^$" },
    ["a signal that nobody catches"] = { "lash.sh { 'sh', '-c', 'kill -9 ' .. PARENT }", 70,
      "^j: internal: its process was ended by SIGKILL\n$", "internal" },
    ["a question without anybody to answer"] = { "print(lash.ask('x', { tools = { 'write_file' } }))",
      77, "^j: denied: write_file: [^\n]+\n$", "denied" },
    ["stdout on a full disk"] = { "print(('x'):rep(100))", 74, "^j: io: cannot write to stdout: No space", "io",
      ">/dev/full" },
    ["a finalizer that writes to a full disk"] = {
      "local f = io.open('/dev/full', 'w') X = setmetatable({}, { __gc = function() f:write 'x' end })", 74,
      "j: io: a file that the work left open could not be written\n$", "io" },
    ["os.exit(124), no deadline"] = { "os.exit(124)", 124, "^j: exit: the script ended with status 124\n$", "exit" },
    ["a usage error, with its place"] = { "lash.sleep 'soon'", 64, "^j: usage: script.lua:%d+: ", "usage" },
  } do
    it("tells the truth of " .. name, test("", case[1]:gsub("PARENT", "lash.fs.read('/proc/self/stat'):match '%%d+'"),
      function(p)
        local command = ("exec %s job run script.lua %s"):format(os.getenv "LASH_PROGRAM", case[5] or "")
        local tick = require("lash.exec").exec { "sh", "-c", command, cwd = p.path, env = { HOME = p.path,
          DASHSCOPE_API_BASE = p.server.url, DASHSCOPE_API_KEY = "sk-project" } }
        assert.same(case[2], tick.code, tick.err)
        assert.matches(case[3], tick.err)
        local row = p:history()[1]
        assert.same({ case[2], case[4] }, { row.exit, row.error })
        assert.equal(case[2] == 0 and "ok" or case[4], p:state().last.kind)
      end, { { match = "x", tool = "write_file", arguments = { path = "x", content = "x" } }, { text = "so" } }))
  end

  it("comes at the deadline, for all that was started", test("timeout = 0.3,", [[
    did("began " .. job.due)
    pcall(function() os.execute "sleep 100 & sleep 100" end)
    did "went on"
  ]], function(p)
    local tick = p:tick()
    assert.equal(124, tick.code)
    assert.equal("j: timeout: not done within 0.3 s\n", tick.err)
    assert.equal("began 1577880000\n", p:read "did")
    processes.await_none(p.path)
  end))

  it("comes at the deadline, after clean-up", test("timeout = 0.3,", [[
    local _x <close> = setmetatable({}, { __close = function() did "cleaned" end })
    while true do end
  ]], function(p)
    local tick = p:tick()
    assert.same({ 124, "j: timeout: not done within 0.3 s\n" }, { tick.code, tick.err })
    assert.equal("cleaned\n", p:read "did")
    assert.same({ 124, "timeout" }, { p:state().last.exit, p:state().last.kind })
  end))

  it("passes a signal on, after clean-up", test("", [[
    local _x <close> = setmetatable({}, { __close = function() did "cleaned" end })
  ]] .. HANGS, function(p)
    local tick = p:begin()
    os.execute("kill -TERM " .. pid_of(p))
    local ended = tick:join()
    assert.same({ 143, "j: interrupted: interrupted by SIGTERM\n" }, { ended.code, ended.err })
    assert.equal("began 1577880000\ncleaned\n", p:read "did")
    assert.same({ 143, "interrupted" }, { p:history()[1].exit, p:history()[1].error })
    assert.same({ 143, "interrupted" }, { p:state().last.exit, p:state().last.kind })
  end))

  it("before the work begins leaves that to the next tick", test("when = function() did 'when' lash.sleep(60) end,",
    "did 'work'", function(p)
      local tick = p:begin(1, "when")
      os.execute("kill -TERM " .. pid_of(p))
      local ended = tick:join()
      assert.same({ 143, "j: interrupted: interrupted by SIGTERM\n" }, { ended.code, ended.err })
      assert.same({ "failed", 143 }, { p:history()[1].state, p:history()[1].exit })
      p:due(1, "", "did 'work'")
      p:tick()
      assert.equal("when\nwork\n", p:read "did")
    end))

  it("of a process that was killed is told by the next tick", test("fail = { run = 'touch {state}-{kind}' },", HANGS,
    function(p)
      local tick = p:begin()
      os.execute("kill -KILL " .. pid_of(p))
      tick:join()
      processes.await_none(p.path)
      assert.equal("crashed", p:history()[1].state)
      p:write("go", "")
      local told = p:tick()
      assert.same({ 70, "j: internal: the run for 2020-01-01T12:00+00:00 was cut off: its process was killed, or the "
        .. "machine went down\n" }, { told.code, told.err })
      assert.is_true(sys.stat(p.path .. "/failing-internal") ~= nil)
      assert.equal("began 1577880000\n", p:read "did") -- never twice
      assert.same({ 70, "internal", 1 }, { p:state().last.exit, p:state().last.kind, p:state().failures })
      p:due(2, "fail = { run = 'touch {state}-{kind}' },", HANGS)
      assert.equal(0, p:tick().code)
    end))

  it("of a tick that was killed behind the work is that of the work", test("retry = 1,", "did 'work'", function(p)
    p:tick()
    local state = p:state()
    state.begun = { due = state.done[1], started = 1, attempt = 1 }
    p:write(".local/state/lash/jobs/j.json", json.encode(state))
    p:write(".local/state/lash/jobs/j.report", json.encode { due = state.done[1], attempt = 1, exit = 0 })
    assert.same({ 0, "" }, { p:tick().code, p:tick().err })
    assert.equal("work\n", p:read "did")
    assert.same({ 0, "ok" }, { p:state().last.exit, p:state().last.kind })
    assert.is_nil(p:state().begun)
  end))

  it("of a tick that was killed at its ping lets the next one tell the question", test("", nil, function(p)
    local settings = [[run = lash.workflow { name = "w", run = function(w) return w:approve "Go on?" end },]]
    local monitor <close> = server.start {
      { match = "/uuid/start", { send = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" } },
      { match = "/uuid ", { sleep = 60000 } },
    }
    p:due(1, ('ping = "%s/uuid",'):format(monitor.url) .. settings)
    local tick = sched.spawn(p.tick, p)
    processes.await(function() return #monitor:requests() == 2 end)
    os.execute("kill -KILL " .. pid_of(p))
    assert.equal("", tick:join().err)
    p:due(1, settings)
    assert.matches("^j: waiting: Go on%?[^\n]+\n$", p:tick().err)
    assert.equal("", p:tick().err)
  end))

  it("of a process that was killed is an attempt", test("retry = 1,", HANGS, function(p)
    local tick = p:begin()
    os.execute("kill -KILL " .. pid_of(p))
    tick:join()
    p:write("go", "")
    assert.equal(0, p:tick().code)
    assert.equal(("began 1577880000\n"):rep(2), p:read "did")
    assert.equal(0, p:state().failures)
  end))
end)

describe("retries of a job", function()
  local FAILS = [[
    did "try"
    local n = select(2, lash.fs.read("did"):gsub("try", ""))
    if n <= %d then lash.fail("%s", "not now") end
  ]]

  it("are made of temporary failures", test("retry = 2,", FAILS:format(2, "network"), function(p)
    local tick = p:tick()
    assert.same({ 0, "" }, { tick.code, tick.err })
    assert.equal("try\ntry\ntry\n", p:read "did")
    assert.equal(1, #p:history())
  end))

  it("are no more than it says", test("retry = 1,", FAILS:format(9, "unavailable"), function(p)
    local tick = p:tick()
    assert.same({ 69, "j: unavailable: not now\n" }, { tick.code, tick.err })
    assert.equal("try\ntry\n", p:read "did")
  end))

  it("are not made of others", test("retry = 2,", FAILS:format(1, "invalid"), function(p)
    assert.equal(78, p:tick().code)
    assert.equal("try\n", p:read "did")
  end))

  it("share one budget", test("retry = 1, budget = { calls = 1 },", [[
    did "try"
    print(lash.ask "x")
    lash.fail("network", "not now")
  ]], function(p)
    local tick = p:tick()
    assert.equal(79, tick.code)
    assert.matches("^j: budget: ", tick.err)
    assert.same({ 1, "try\ntry\n" }, { #p:asked(), p:read "did" })
    assert.equal(1, p:history()[1].calls)
  end))
end)
