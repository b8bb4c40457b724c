--- Ticks under what schedulers call an environment: hardly any variables, closed
--- descriptors, a state folder that is not to be written to, disks that are full.
local exec = require "lash.exec"
local jobs = require "spec.support.jobs"
local sys = require "lash.core.sys"
local test = jobs.test

local program = os.getenv "LASH_PROGRAM"

--- Runs lines of sh in the project's folder, in an empty environment.
local function sh(p, text)
  return exec.exec { "env", "-i", "PATH=/usr/bin:/bin", "HOME=" .. p.path, "P=" .. program, "sh", "-c", text,
    cwd = p.path, timeout = 60 }
end

describe("a tick in a bad environment", function()
  it("works without standard descriptors", test("", "did 'work'", function(p)
    assert.equal(0, sh(p, "exec $P job run script.lua <&- >&- 2>&-").code)
    assert.equal("work\n", p:read "did")
    p:due(2, "", "print 'lost'")
    assert.equal(74, sh(p, "exec $P job run script.lua >&- 2>&-").code)
    assert.equal(74, p:state().last.exit)
  end))

  it("tells of a reader that has gone away", test("", "for i = 1, 1e5 do print(i) end", function(p)
    local res = sh(p, "{ $P job run script.lua; echo $? >status; } | true")
    assert.equal("j: io: cannot write to stdout: Broken pipe\n", res.err)
    assert.equal("74\n", p:read "status")
  end))

  it("works without HOME, for the user whom the system knows", test("", "did 'work'", function(p)
    local res = sh(p, "env -u HOME XDG_STATE_HOME=$PWD/state $P job run script.lua")
    assert.same({ 0, "", "" }, { res.code, res.out, res.err })
    assert.equal("work\n", p:read "did")
    assert.is_true(sys.stat(p.path .. "/state/lash/jobs/j.json") ~= nil)
  end))

  it("does nothing that it could not remember", test("", "did 'work'", function(p)
    p:write("file", "")
    local res = sh(p, "XDG_STATE_HOME=$PWD/file/x $P job run script.lua")
    assert.equal(74, res.code)
    assert.matches("^j: store: cannot [^\n]*file/x[^\n]*\n$", res.err)
    assert.equal("", p:read "did")
    sh(p, "mkdir -p full/lash && ln -s /dev/full full/lash/lash.lock")
    res = sh(p, "XDG_STATE_HOME=$PWD/full $P job run script.lua")
    assert.is_true(res.code ~= 0)
    assert.equal("", p:read "did")
  end))

  it("has no terminal to ask at", test("", "print(lash.ask('x', { tools = { 'write_file' } }))", function(p)
    local res = p:tick()
    assert.equal(77, res.code)
    assert.matches("^j: denied: write_file: [^\n]*there is no terminal to ask at\n$", res.err)
  end, { { match = "x", tool = "write_file", arguments = { path = "x", content = "x" } }, { text = "so" } }))
end)
