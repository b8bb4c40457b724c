--- Nothing of a command outlives it, whatever it does, and whatever becomes of
--- lash meanwhile.
local errors = require "lash.errors"
local exec = require "lash.exec"
local loop = require "lash.core.loop"
local proc = require "lash.core.proc"
local processes = require "spec.support.processes"
local sched = require "lash.sched"
local shell = require "spec.support.shell"
local sys = require "lash.core.sys"
local task = require "lash.task"

describe("a command", function()
  local marker -- in the environment of all that it starts
  before_each(function() marker = processes.marker() end)
  after_each(function()
    assert.same({}, processes.with(marker))
    assert.equal("", processes.children()) -- not even zombies
  end)

  local function words(line, options)
    local command = { "sh", "-c", line, env = { MARKER = marker } }
    for key, value in pairs(options or {}) do command[key] = value end
    return command
  end

  local function run(line, options)
    return sched.run(function() return exec.exec(words(line, options)) end)
  end

  local LEFT = {
    ["in the background"] = "sleep 1000 &",
    ["in a session of its own"] = "setsid sleep 1000 &",
    ["twice removed"] = "(setsid sh -c 'sleep 1000 & exit' &) &",
    ["below others"] = "setsid sh -c 'setsid sh -c \"sleep 1000; true\" & sleep 1000; true' &",
    ["that hears no signal"] = "trap '' TERM HUP INT; setsid sleep 1000 & sleep 1000 &",
    ["that is stopped"] = "setsid sh -c 'kill -STOP $$; sleep 1000' &",
    ["that closed everything"] = "setsid sleep 1000 </dev/null >/dev/null 2>&1 &",
  }
  for what, line in pairs(LEFT) do
    it("leaves nothing " .. what, function()
      local began = loop.now()
      local result = run("echo ok; " .. line)
      assert.same({ 0, "ok\n" }, { result.code, result.out })
      assert.is_true(loop.now() - began < 2.5) -- nobody waited for it
    end)
  end

  it("has its last words heard", function()
    assert.equal("ok\nlate\n", run("{ sleep 0.02; echo late; } & echo ok").out)
  end)

  it("ends with all that it started when it takes too long", function()
    local began = loop.now()
    local result = run("setsid sleep 1000 & sleep 1000 & sleep 1000", { timeout = 0.1 })
    assert.same({ 124, "SIGTERM" }, { result.code, result.signal })
    assert.is_true(loop.now() - began < 2.5)
  end)

  local STUBBORN = "trap '' TERM HUP INT; setsid sleep 1000 & while true; do sleep 1000; done"

  it("is killed when it ignores the end, with what it detached", function()
    local began = loop.now()
    local result = run(STUBBORN, { timeout = 0.1 })
    assert.same({ 124, "SIGKILL" }, { result.code, result.signal })
    local took = loop.now() - began
    assert.is_true(took > 3 and took < 8, took)
  end)

  it("has time to end well", function()
    local result = run("trap 'sleep 0.3; echo done; exit 7' TERM; echo hi; sleep 1000 & wait; wait", { timeout = 0.1 })
    assert.same({ 124, "hi\ndone\n" }, { result.code, result.out })
  end)

  it("may be a small fork bomb", function()
    -- every process makes two, in sessions of their own, six times
    local result = run [[
      f='[ $0 -gt 0 ] && for i in 1 2; do setsid sh -c "$1" $(($0 - 1)) "$1" & done; sleep 1000; true'
      sh -c "$f" 6 "$f" & sleep 0.3]]
    assert.equal(0, result.code)
  end)

  it("may go on forking while it is killed", function()
    -- each makes the next and stays: the chain grows until the very end
    local result = run [[
      f='[ $0 -gt 0 ] && setsid sh -c "$1" $(($0 - 1)) "$1" & sleep 1000; true'
      sh -c "$f" 400 "$f" & sleep 0.05]]
    assert.equal(0, result.code)
  end)

  it("may write without end", function()
    local before = collectgarbage "count"
    local result = run("exec yes", { timeout = 1, max_output = 100000 })
    assert.same({ 124, "SIGTERM" }, { result.code, result.signal })
    assert.is_true(result.truncated > 10 << 20, result.truncated)
    assert.is_true(#result.out < 100100)
    assert.is_true(collectgarbage "count" - before < 10000)
  end)

  it("ends when the wait for it is cancelled", function()
    local seen = sched.run(function()
      local waiting = sched.spawn_daemon(function() exec.sh(words "setsid sleep 1000 & sleep 1000; true") end)
      processes.await_some(marker, 4) -- with the supervisor
      waiting:cancel()
      local ok, err = pcall(waiting.join, waiting)
      assert.is_false(ok)
      return { err.kind, #processes.with(marker) } -- gone when the task is
    end)
    assert.same({ "cancelled", 0 }, seen)
  end)

  it("ends when a deadline around it passes", function()
    local late = errors.new("timeout", "late")
    sched.run(function()
      local ok, err = pcall(task.with_deadline, loop.now() + 0.1, late, exec.sh, words "sleep 1000; true")
      assert.same({ false, late }, { ok, err })
      assert.equal(0, #processes.with(marker))
    end)
  end)

  it("ends when its object is closed, or collected", function()
    local spec = { argv = { "sh", "-c", STUBBORN }, max_output = 100,
      env = { "PATH=" .. os.getenv "PATH", "MARKER=" .. marker } }
    do
      local process <close> = assert(proc.start(spec))
      processes.await_some(marker, 4)
      assert.matches("^lash.proc.process %(%d+%)$", tostring(process))
    end
    assert.same({}, processes.with(marker))
    local kept = { assert(proc.start(spec)) }
    processes.await_some(marker, 4)
    assert.is_nil(kept[1]:pop())
    kept[1] = nil
    collectgarbage()
    assert.same({}, processes.with(marker))
    local process = assert(proc.start(spec))
    process:close()
    process:close()
    assert.equal("lash.proc.process (closed)", tostring(process))
    assert.is_false(pcall(process.pop, process))
  end)

  it("is killed with all of its session when it kills its supervisor", function()
    local ok, err = sched.run(function()
      return pcall(exec.exec, words "trap '' TERM HUP; sleep 1000 & kill -KILL $PPID; sleep 1000; true")
    end)
    assert.same({ false, "process: the supervisor of sh ended before it" }, { ok, tostring(err) })
    processes.await_none(marker)
  end)

  it("is ended also when it stops its supervisor", function()
    local result = run("kill -STOP $PPID; sleep 1000; true", { timeout = 0.1 })
    assert.same({ 124, "SIGTERM" }, { result.code, result.signal })
  end)

  it("is ended in order when its supervisor is told to end", function()
    local result = run "trap 'echo bye; exit 3' TERM; kill -TERM $PPID; sleep 1000 & wait"
    assert.same({ 3, "bye\n" }, { result.code, result.out })
  end)

  it("is found by its words only once: pkill -f would end the supervisor", function()
    sched.run(function()
      local word = processes.marker()
      local _running <close> = sched.spawn_daemon(function()
        exec.exec { "sh", "-c", "sleep 1000; true", word, env = { MARKER = marker } }
      end)
      processes.await_some(marker, 3) -- the supervisor, the shell and its sleep
      assert.equal(1, #processes.with(word, "cmdline"))
    end)
  end)

  it("has a session, a group and no terminal", function()
    local own = run("echo $$; cat /proc/$$/stat").out
    local pid, group, session, terminal = own:match "^(%d+)\n%d+ %b() %a %d+ (%d+) (%d+) (%-?%d+)"
    assert.same({ pid, "0" }, { group, terminal })
    local stat <close> = assert(io.open "/proc/self/stat")
    assert.not_equal(session, stat:read("a"):match "^%d+ %b() %a %d+ %d+ (%d+)")
  end)

  it("has no descriptors but its own three", function()
    local _file <close> = assert(io.open "/dev/null") -- Lua opens it without O_CLOEXEC
    assert.equal("0\n1\n2\n3\n", run("ls /proc/self/fd").out) -- 3: the folder itself
    assert.equal("/dev/null\n", run("readlink /proc/self/fd/0").out)
  end)

  it("ignores and blocks no signal", function()
    local lash <close> = shell.new()
    lash:write("signals.lua", [[
      local lash = require "lash"
      io.write(lash.sh { "grep", "-E", "Sig(Blk|Ign)", "/proc/self/status" })]])
    local ended = lash:sh("trap '' PIPE HUP TERM INT QUIT CHLD; " .. lash:command "signals.lua")
    assert.equal("", ended.err)
    local blocked, ignored = ended.out:match "^SigBlk:%s(%x+)\nSigIgn:%s(%x+)$"
    -- 32 and 33 are the C library's own
    assert.same({ 0, 0 }, { tonumber(blocked, 16), tonumber(ignored, 16) & ~(3 << 31) })
  end)

  it("may stand beside two hundred others", function()
    local function descriptors()
      return sched.run(function() return exec.sh { "ls", ("/proc/%d/fd"):format(sys.pid()) } end)
    end
    collectgarbage() -- what tests before have left
    local before = descriptors()
    local list = {}
    for i = 1, 200 do
      list[i] = function() return exec.sh(words("read line; echo $line", { stdin = "line " .. i })) end
    end
    local results = sched.run(function() return task.gather(list) end)
    for i = 1, 200 do assert.equal("line " .. i, results[i][1]) end
    processes.await(function() return descriptors() == before end)
  end)
end)

describe("when lash is", function()
  local lash, marker
  before_each(function() lash, marker = shell.new(), processes.marker() end)
  after_each(function()
    processes.await_none(marker)
    lash:close()
  end)

  -- A function that runs a line of shell with all that it starts marked.
  local PRELUDE = [[
    local lash = require "lash"
    io.stdout:setvbuf "no"
    local function run(line) return lash.sh { "sh", "-c", line, env = { MARKER = "%s" } } end
    local STUBBORN = "trap '' TERM HUP INT; setsid sleep 1000 & while true; do sleep 1000; done"
    print "ready"
  ]]

  --- Starts a script and waits until it has some processes.
  local function start(text, n)
    lash:write("script.lua", PRELUDE:format(marker) .. text)
    local child = lash:start "exec $lash script.lua"
    assert.equal("ready", child:line())
    processes.await_some(marker, n)
    return child
  end

  --- Runs a script to its end.
  local function ended(text, ...)
    lash:write("script.lua", PRELUDE:format(marker) .. text)
    local result = lash:lash(...)
    assert.same({}, processes.with(marker)) -- gone before lash was
    return result
  end

  it("killed, everything goes", function()
    local child = start("run(STUBBORN)", 4) -- the supervisor, its child, and the two below
    child:kill "KILL"
    processes.await_none(marker)
    assert.equal(137, child:wait().exit)
  end)

  it("killed with many commands, everything goes", function()
    local child = start([[
      local list = {}
      for i = 1, 20 do list[i] = function() run(STUBBORN) end end
      require "lash.task".gather(list)]], 80)
    child:kill "KILL"
    processes.await_none(marker)
    assert.equal(137, child:wait().exit)
  end)

  it("killed while its own end is awaited, everything goes", function()
    local child = start("run(STUBBORN)", 4)
    child:kill "INT"
    child:kill "KILL"
    processes.await_none(marker)
    assert.equal(137, child:wait().exit)
  end)

  it("interrupted, a command may tidy up", function()
    local child = start([[run "trap 'echo tidied >tidied; exit' TERM; sleep 1000 & echo >ready; wait"]], 3)
    processes.await(function() return sys.stat(lash.path .. "/ready") end)
    child:kill "INT"
    assert.equal(130, child:wait().exit)
    assert.same({}, processes.with(marker))
    assert.equal("tidied\n", lash:read "tidied")
  end)

  it("interrupted, one that does not hear of it is killed after the grace", function()
    local child = start("run(STUBBORN)", 4)
    local began = loop.now()
    child:kill "INT"
    assert.equal(130, child:wait().exit)
    assert.same({}, processes.with(marker))
    assert.is_true(loop.now() - began < 8)
  end)

  it("interrupted twice, everything goes at once", function()
    local child = start("run(STUBBORN)", 4)
    local began = loop.now()
    child:kill "INT"
    child:kill "TERM"
    processes.await_none(marker)
    assert.truthy(child:wait().exit > 128)
    assert.is_true(loop.now() - began < 2.5)
  end)

  it("at its deadline, everything goes", function()
    local result = ended("run 'setsid sleep 1000 & sleep 1000; true'", "--timeout", "0.5", "script.lua")
    assert.equal(124, result.exit)
    assert.equal("lash: timeout: the deadline of the run has passed\nhint: --timeout sets it\n", result.err)
  end)

  local ENDINGS = { ["os.exit(3)"] = 3, ["error 'wrong'"] = 70, ["lash.fail('denied', 'no')"] = 77 }
  for code, exit in pairs(ENDINGS) do
    it("ended by " .. code .. " with a command in another task, everything goes", function()
      local result = ended("require 'lash.sched'.spawn(function() run 'setsid sleep 1000 & sleep 1000; true' end)\n"
        .. "lash.sleep(0.2)\n" .. code, "script.lua")
      assert.equal(exit, result.exit)
    end)
  end
end)
