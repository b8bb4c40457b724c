--- Signals and the run's deadline, as a process meets them.
local loop = require "lash.core.loop"
local shell = require "spec.support.shell"

describe("interrupt", function()
  local lash

  setup(function()
    lash = shell.new()
    lash.variables.TMPDIR = lash.path .. "/tmp"
    assert.equal(0, lash:sh("mkdir tmp; mkfifo empty").exit)
  end)
  teardown(function() lash:close() end)

  -- What every script below begins with: `closing` says that clean-up ran, and
  -- that it could wait.
  local PRELUDE = [[
    local lash = require "lash"
    io.stdout:setvbuf "no"
    local closing <close> = setmetatable({}, { __close = function()
      lash.sleep(0.01)
      print "closed"
    end })
    local function ready() print "ready" end
  ]]

  --- Starts a script, waits until it is ready, sends signals; how it ended.
  local function interrupted(text, ...)
    lash:write("script.lua", PRELUDE .. text)
    local child = lash:start "exec $lash script.lua <>empty"
    assert.equal("ready", child:line())
    for _, name in ipairs { ... } do child:kill(name) end
    return child:wait()
  end

  local places = {
    ["a loop"] = [[ready() while true do end]],
    ["a sleep"] = [[ready() lash.sleep(60)]],
    ["string functions"] = [[ready() while true do ("x"):rep(1000):gsub(".", function(c) return c end) end]],
    ["a loop of pcall"] = [[ready() while true do pcall(function() for i = 1, 1e9 do end end) end]],
    ["a loop of pcall around nothing"] = [[ready() while true do pcall(type, 1) end]],
    ["a loop of pcall around sleep"] = [[ready() while true do pcall(lash.sleep, 60) end]],
    ["a loop of lash.try"] = [[ready() while true do lash.try(lash.sleep, 60) end]],
    ["a loop of xpcall"] = [[ready() while true do xpcall(lash.sleep, function() return "x" end, 60) end]],
    ["xpcall with a handler"] = [[ready() while true do
      xpcall(function() for i = 1, 1e9 do end end, function() return "x" end) end]],
    ["inside a handler of xpcall"] = [[
      xpcall(error, function() ready() while true do end end)
      while true do end]],
    ["a coroutine"] = [[coroutine.wrap(function() ready() while true do end end)()]],
    ["a loop of resume"] = [[ready() while true do
      coroutine.resume(coroutine.create(function() for i = 1, 1e9 do end end)) end]],
    ["a generator"] = [[
      local function forever() return coroutine.wrap(function() while true do coroutine.yield(1) end end) end
      ready() for _ in forever() do end]],
    ["a sleep in a generator"] = [[for _ in coroutine.wrap(function() ready() lash.sleep(60) end) do end]],
    ["a sleep in gsub"] = [[("x"):gsub("x", function() ready() lash.sleep(60) end)]],
    ["a comparison of sort"] = [[table.sort({ 2, 1 }, function() ready() while true do end end)]],
    ["a metamethod"] = [[return setmetatable({}, { __index = function() ready() while true do end end }).x]],
    ["a <close> of a coroutine"] = [[
      local co = coroutine.create(function()
        local _ <close> = setmetatable({}, { __close = function() ready() while true do end end })
        coroutine.yield()
      end)
      coroutine.resume(co)
      coroutine.close(co)
      lash.sleep(60)]],
    ["a task of its own"] = [[
      local sched = require "lash.sched"
      sched.spawn(function() ready() while true do end end)
      lash.sleep(60)]],
    ["a read of a pipe that brings nothing"] = [[ready() io.read "a" lash.sleep(60)]],
    ["lash.stdin of a pipe that brings nothing"] = [[ready() lash.stdin()]],
  }
  for name, text in pairs(places) do
    it("ends " .. name .. ", after clean-up", function()
      local began = loop.now()
      local ended = interrupted(text, "INT")
      assert.equal(130, ended.exit)
      assert.equal("closed\n", ended.out)
      assert.equal("lash: interrupted: interrupted by SIGINT\n", ended.err)
      assert.is_true(loop.now() - began < 2.5) -- no grace was needed
    end)
  end

  it("says which signal it was", function()
    for name, code in pairs { INT = 130, TERM = 143, HUP = 129 } do
      local ended = interrupted([[ready() lash.sleep(60)]], name)
      assert.same({ code, "closed\n", ("lash: interrupted: interrupted by SIG%s\n"):format(name) },
        { ended.exit, ended.out, ended.err })
    end
  end)

  it("lets a script tidy up after a pcall, and raise it again", function()
    local ended = interrupted([[
      local ok, err = pcall(function() ready() lash.sleep(60) end)
      for i = 1, 100000 do end
      print("tidied", err.kind)
      error(err)
    ]], "INT")
    assert.same({ 130, "tidied\tinterrupted\nclosed\n" }, { ended.exit, ended.out })
  end)

  it("is raised again when it was swallowed and the script goes on", function()
    local ended = interrupted([[
      pcall(function() ready() while true do end end)
      lash.sleep(60)
      print "not reached"
    ]], "INT")
    assert.same({ 130, "closed\n" }, { ended.exit, ended.out })
  end)

  it("is not a success when it was swallowed and the script returns", function()
    local ended = interrupted([[
      pcall(function() ready() lash.sleep(60) end)
    ]], "INT")
    assert.equal(130, ended.exit)
  end)

  it("ends a task that outlives the script", function()
    lash:write("script.lua", [[
      local lash, sched = require "lash", require "lash.sched"
      io.stdout:setvbuf "no"
      sched.spawn(function()
        local _ <close> = setmetatable({}, { __close = function() lash.sleep(0.01) print "closed" end })
        print "ready"
        lash.sleep(60)
      end)
    ]])
    local child, began = lash:start "exec $lash script.lua", loop.now()
    assert.equal("ready", child:line())
    child:kill "INT"
    local ended = child:wait()
    assert.same({ 130, "closed\n" }, { ended.exit, ended.out })
    assert.is_true(loop.now() - began < 2.5)
  end)

  it("does not wait for a command that ignores SIGTERM until no time is left for clean-up", function()
    local ended = interrupted([[
      local tmp <close> = lash.fs.tmp()
      local command = { "sh", "-c", 'trap "" TERM; >"$0/made"; while :; do sleep 0.1; done', tmp.path }
      lash.spawn(function()
        while not lash.fs.exists(tmp .. "/made") do lash.sleep(0.005) end
        ready()
      end)
      lash.sh(command)
    ]], "TERM")
    assert.same({ 143, "closed\n", "" }, { ended.exit, ended.out, lash:sh("ls -A tmp").out })
  end)

  it("leaves a clean-up that takes too long after three seconds", function()
    local began = loop.now()
    local ended = interrupted([[
      local tmp <close> = lash.fs.tmp()
      local slow <close> = setmetatable({}, { __close = function()
        print "slow"
        lash.sleep(60)
        print "not reached"
      end })
      ready()
      lash.sleep(60)
    ]], "INT")
    assert.equal(130, ended.exit)
    assert.matches("^slow\n", ended.out)
    assert.not_matches("not reached", ended.out)
    local seconds = loop.now() - began
    assert.is_true(seconds > 2.5 and seconds < 8, seconds)
    assert.equal("", lash:sh("ls -A tmp").out)
  end)

  it("ends the run at once the second time", function()
    for _, name in ipairs { "INT", "TERM" } do
      lash:write("script.lua", PRELUDE .. [[
        local slow <close> = setmetatable({}, { __close = function()
          print "closing"
          while true do end
        end })
        ready()
        while true do end
      ]])
      local child = lash:start "exec $lash script.lua </dev/null"
      assert.equal("ready", child:line())
      local began = loop.now()
      child:kill "INT"
      assert.equal("closing", child:line())
      child:kill(name)
      local ended = child:wait()
      assert.same({ name == "INT" and 130 or 143, "" }, { ended.exit, ended.out })
      assert.is_true(loop.now() - began < 2.5)
    end
  end)

  it("does not take a second SIGHUP for impatience", function()
    lash:write("script.lua", PRELUDE .. [[
      local _ <close> = setmetatable({}, { __close = function()
        print "closing"
        lash.sleep(0.05)
      end })
      ready()
      lash.sleep(60)
    ]])
    local child = lash:start "exec $lash script.lua </dev/null"
    child:line()
    child:kill "HUP"
    assert.equal("closing", child:line())
    child:kill "HUP"
    local ended = child:wait()
    assert.same({ 129, "closed\n" }, { ended.exit, ended.out })
  end)

  it("leaves a SIGHUP alone that was ignored at the start", function()
    lash:write("script.lua", [[
      io.stdout:setvbuf "no"
      print "ready"
      require("lash").sleep(0.05)
      print "done"
    ]])
    local child = lash:start "trap '' HUP; exec $lash script.lua"
    assert.equal("ready", child:line())
    child:kill "HUP"
    local ended = child:wait()
    assert.same({ 0, "done\n", "" }, { ended.exit, ended.out, ended.err })
  end)

  it("counts in a background job, too, where the shell has SIGINT ignored", function()
    lash:write("script.lua", PRELUDE .. "ready() lash.sleep(60)")
    local child = lash:start "trap '' INT; exec $lash script.lua"
    assert.equal("ready", child:line())
    child:kill "INT"
    assert.equal(130, child:wait().exit)
  end)
end)

describe("--timeout", function()
  local lash

  setup(function() lash = shell.new() end)
  teardown(function() lash:close() end)

  local places = {
    ["a loop"] = [[while true do end]],
    ["a sleep"] = [[lash.sleep(60)]],
    ["a loop of pcall"] = [[while true do pcall(lash.sleep, 60) end]],
    ["a loop in gsub"] = [[string.gsub("x", "x", function() while true do end end)]],
  }
  for name, text in pairs(places) do
    it("ends " .. name .. ", after clean-up", function()
      lash:write("script.lua", [[
        local lash = require "lash"
        local _ <close> = setmetatable({}, { __close = function() print "closed" end })
      ]] .. text)
      local ended = lash:lash("--timeout", "200ms", "script.lua")
      assert.same({ 124, "closed\n" }, { ended.exit, ended.out })
      assert.matches("^lash: timeout: the deadline of the run has passed\nhint: ", ended.err)
      ended = lash:lash("--timeout=0.2", "--json", "script.lua")
      assert.matches('"exit":124,"kind":"timeout"', ended.out:match "[^\n]*\n$")
    end)
  end

  it("ends the clean-up of a generator that died", function()
    lash:write("script.lua", [[
      coroutine.wrap(function()
        local _ <close> = setmetatable({}, { __close = function() while true do end end })
        error "dead"
      end)()
    ]])
    assert.equal(124, lash:lash("--timeout", "200ms", "script.lua").exit)
  end)

  it("ends in the end what no hook reaches", function()
    local finalizer = lash:command("--timeout", "200ms", "-e",
      "setmetatable({}, { __gc = function() while true do end end }) collectgarbage()")
    -- Nor does the tool's own timeout: one call of a C function is not cut.
    local pattern = lash:command("--timeout", "200ms", "-e", [[
      local function find() return (("a"):rep(40)):find(("a-"):rep(40) .. "b") end
      lash.tool { name = "slow", about = "Slow.", timeout = 0.1, run = find } {}]])
    local ended = lash:sh(("%s & %s; echo $?; wait $!; echo $?"):format(finalizer, pattern))
    assert.same({ "124\n124\n", ("lash: timeout: the run would not end and was cut\n"):rep(2) },
      { ended.out, ended.err })
  end)

  it("leaves a run alone that is in time", function()
    local ended = lash:lash("--timeout", "1h", "-e", 'print "x"')
    assert.same({ 0, "x\n", "" }, { ended.exit, ended.out, ended.err })
  end)
end)

describe("SIGPIPE", function()
  local lash

  setup(function() lash = shell.new() end)
  teardown(function() lash:close() end)

  for _, write in ipairs { 'print "x"', 'io.write "x\\n"', 'io.stdout:write "x\\n"' } do
    it("ends the run quietly: " .. write, function()
      local ended = lash:sh(([[lash -e 'while true do %s end' | head -1; echo ${PIPESTATUS[0]}]]):format(write))
      assert.same({ "x\n74\n", "" }, { ended.out, ended.err })
    end)
  end

  it("of a process that a script writes to is the script's affair", function()
    local ended = lash:script [[
      local p = io.popen("exit", "w")
      p:setvbuf "no"
      local ok, message
      repeat ok, message = p:write("x") until not ok
      print(message)
    ]]
    assert.same({ 0, "Broken pipe\n" }, { ended.exit, ended.out })
  end)

  it("is not ignored in the children", function()
    local ended = lash:script [[
      local text = io.popen("cat /proc/self/status"):read "a"
      local mask = tonumber(text:match "SigIgn:%s*(%x+)", 16)
      print(mask & (1 << 12))
    ]]
    assert.same({ 0, "0\n" }, { ended.exit, ended.out })
  end)
end)
