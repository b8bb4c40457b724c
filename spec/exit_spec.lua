--- How a script ends by its own will.
local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"

--- Runs code; its output and exit status.
local function run(code, options)
  local pipe = assert(io.popen(("'%s' %s -e '%s' 2>&1"):format(program, options or "", code)))
  local out = pipe:read "a"
  return out, select(3, pipe:close())
end

describe("what a script leaves open", function()
  local folder = require "spec.support.folder"
  local WRITE = "local file = io.open(\"%s/file\", \"w\") file:write \"all of it\" "

  local function content(dir)
    local file <close> = assert(io.open(dir.path .. "/file"))
    return file:read "a"
  end

  it("is written, however it ends", function()
    for after, exit in pairs { [""] = 0, ["os.exit(3)"] = 3, ["error(\"no\", 0)"] = 70, ["FILE = file"] = 0,
      ["lash.sleep(0) io.open(\"/dev/null\", \"w\"):write(1)"] = 0 } do
      local dir <close> = folder.new()
      assert.equal(exit, select(2, run(WRITE:format(dir.path) .. after)), after)
      assert.equal("all of it", content(dir), after)
    end
  end)

  it("is an error where it cannot be written", function()
    local code = "local file = io.open(\"/dev/full\", \"w\") file:write(1) "
    assert.same({ "lash: io: cannot write a file that was left open: No space left on device\n", 74 }, { run(code) })
    assert.same({ "", 3 }, { run(code .. "os.exit(3)") }) -- its own status goes before
  end)

  it("is an error also where that shows later", function()
    local full = "io.open(\"/dev/full\", \"w\")"
    for _, code in ipairs {
      "do local file <close> = " .. full .. " file:write(1) end",
      full .. ":write(1) collectgarbage()",
      "local file = " .. full .. " X = setmetatable({}, { __gc = function() file:write(1) end })",
    } do
      assert.same({ "lash: io: cannot write a file that was left open: No space left on device\n", 74 }, { run(code) })
    end
    for _, size in ipairs { 1, 100000 } do
      local code = ("X = setmetatable({}, { __gc = function() print(([[x]]):rep(%d)) end })"):format(size)
      local pipe = assert(io.popen(("'%s' -e '%s' 2>&1 >/dev/full"):format(program, code)))
      assert.equal("lash: io: cannot write to stdout: No space left on device\n", pipe:read "a")
      assert.equal(74, select(3, pipe:close()))
    end
    local long = "do local file <close> = " .. full .. " file:write((\"x\"):rep(10000)) end" -- more than a buffer
    assert.same({ "lash: io: cannot write a file that was left open: a write has failed before\n", 74 }, { run(long) })
    assert.same({ "", 0 }, { run "local p <close> = io.popen([[exec true]], [[w]]) p:write(([[x]]):rep(100000))" })
    local told = "local file = " .. full .. " file:write(1) assert(not file:close())"
    assert.same({ "", 0 }, { run(told) })
    assert.same({ "", 0 }, { run "local p <close> = io.popen([[exec true]], [[w]]) p:write(1)" })
  end)

  it("that a signal stops being written is none that is full", function()
    local code = "local p = io.popen([[kill -TERM $PPID; exec sleep 0.3]], [[w]]) p:write(([[x]]):rep(65536)) "
      .. "p:flush() p:write [[y]]"
    assert.same({ "lash: interrupted: interrupted by SIGTERM\n", 143 }, { run(code) })
    code = "local f = io.open([[/dev/full]], [[w]]) f:write(1) os.execute([[kill -TERM $PPID]]) lash.sleep(60)"
    assert.same({ "lash: interrupted: interrupted by SIGTERM\n", 143 }, { run(code) }) -- told once
  end)

  it("is closed: a command that is written to is waited for", function()
    local dir <close> = folder.new()
    local code = "local p = io.popen(\"read line; echo $line > %s/file\", \"w\") p:write \"all of it\""
    assert.same({ "", 0 }, { run(code:format(dir.path)) })
    assert.equal("all of it\n", content(dir))
  end)

  it("waits for nobody in a finalizer, and asks nobody", function()
    local ask = "lash.ask(\"hi\", { provider = { api_base = \"http://127.0.0.1:1/v1\", api_key = \"x\" } })"
    local stream = ("for _ in lash.agent({ %s }):stream(\"x\") do end"):format(ask:match "provider = %b{}")
    local calls = { "lash.sleep(1)", ask, "lash.spawn(print)", "lash.timeout(1, print)", "lash.all { print }",
      "lash.map({ 1 }, print)", "lash.budget({ usd = 1 }, print)", stream }
    for _, call in ipairs(calls) do
      local code = "local lash = lash X = setmetatable({}, { __gc = function() print(pcall(function() %s end)) end })"
      assert.matches("^false\t[^\n]*need a running scheduler\n$", (run(code:format(call))))
    end
  end)

  it("is closed all the same when a signal comes that it has time for", function()
    local code = "X = setmetatable({}, { __gc = function() os.execute \"kill -TERM $PPID\" print \"closed\" end })"
    assert.same({ "closed\n", 0 }, { run(code) })
    -- A write that the signal meets goes on: its reader comes later.
    code = "X = setmetatable({}, { __gc = function() local p = io.popen(\"sleep 0.1; wc -c\", \"w\") "
      .. "os.execute \"(sleep 0.03; kill -TERM $PPID) & :\" p:write((\"x\"):rep(100000)) p:close() end })"
    assert.same({ "100000\n", 0 }, { run(code) })
  end)

  it("is closed until a signal comes", function()
    for name, exit in pairs { TERM = 143, HUP = 129 } do
      local code = "X = setmetatable({}, { __gc = function() "
        .. "os.execute(\"kill -%s \" .. io.open(\"/proc/self/stat\"):read \"n\") while true do end end })"
      assert.same({ "lash: interrupted: what was left open is not closed\n", exit }, { run(code:format(name)) })
    end
    assert.same({ "lash: timeout: the run would not end and was cut\n", 124 },
      { run("X = setmetatable({}, { __gc = function() while true do end end })", "--timeout 1") })
  end)

  it("has its finalizers called", function()
    local code = "X = setmetatable({}, { __gc = function() print \"closed\" end }) "
    assert.same({ "closed\n", 0 }, { run(code) })
    assert.same({ "closed\n", 3 }, { run(code .. "os.exit(3)") })
  end)
end)

describe("os.exit", function()
  it("takes no other status", function()
    for value, shown in pairs { ["[[abc]]"] = "string", ["{}"] = "table", ["1.5"] = "1.5" } do
      local text, exit = run(("os.exit(%s)"):format(value))
      assert.equal(70, exit)
      assert.matches("bad argument #1 to 'exit' %(an integer, true or false expected, got " .. shown .. "%)", text)
    end
  end)

  local CASES = {
    { "os.exit()", 0, "" },
    { "os.exit(true)", 0, "" },
    { "os.exit(false)", 1, "" },
    { "os.exit(3)", 3, "" },
    { "os.exit [[3]]", 3, "" },
    { "io.write \"x\" os.exit(3)", 3, "x" },
    { "pcall(os.exit, 3) print \"not reached\"", 3, "" },
    { "xpcall(os.exit, debug.traceback, 3) print \"not reached\"", 3, "" },
    { "lash.try(os.exit, 3) print \"not reached\"", 3, "" },
    { "os.exit(255)", 255, "" },
    { "os.exit(7.0)", 7, "" },
    { "xpcall(os.exit, function() return \"x\" end, 3) print \"not reached\"", 3, "" },
    { "local s = require \"lash.sched\" s.spawn(function() pcall(os.exit, 3) end) lash.sleep(60)", 3, "" },
    { "local s = require \"lash.sched\" pcall(function() s.spawn(os.exit, 3):join() end) print \"no\"", 3, "" },
    { "local co = coroutine.create(function() "
      .. "local x <close> = setmetatable({}, { __close = function() os.exit(3) end }) coroutine.yield() end)"
      .. " coroutine.resume(co) coroutine.close(co) print \"not reached\"", 3, "" },
    { "coroutine.wrap(os.exit)(3) print \"not reached\"", 3, "" },
    { "coroutine.resume(coroutine.create(os.exit), 3) print \"not reached\"", 3, "" },
    { "(\"x\"):gsub(\"x\", function() lash.sleep(0) os.exit(3) end)", 3, "" },
    { "lash.args(\"a?: string\")", 0, "" },
    { "arg = { [0] = \"x\", \"--help\" } lash.args(\"\") print \"not reached\"", 0,
      "usage: lash x\n\noptions:\n  --help  Show this and exit.\n" },
    { "local guard <close> = setmetatable({}, { __close = function() print \"closed\" end }) os.exit(3)", 3,
      "closed\n" },
  }
  for _, case in ipairs(CASES) do
    it("ends the run: " .. case[1], function()
      assert.same({ case[3], case[2] }, { run(case[1]) })
    end)
  end
end)
