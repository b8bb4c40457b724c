--- How a script ends by its own will.
local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"

--- Runs code; its output and exit status.
local function run(code)
  local pipe = assert(io.popen(("'%s' -e '%s' 2>&1"):format(program, code)))
  local out = pipe:read "a"
  return out, select(3, pipe:close())
end

describe("os.exit", function()
  local CASES = {
    { "os.exit()", 0, "" },
    { "os.exit(true)", 0, "" },
    { "os.exit(false)", 1, "" },
    { "os.exit(3)", 3, "" },
    { "io.write \"x\" os.exit(3)", 3, "x" },
    { "pcall(os.exit, 3) print \"not reached\"", 3, "" },
    { "xpcall(os.exit, debug.traceback, 3) print \"not reached\"", 3, "" },
    { "lash.try(os.exit, 3) print \"not reached\"", 3, "" },
    { "os.exit(255)", 255, "" },
    { "os.exit(7.0)", 7, "" },
    { "xpcall(os.exit, function() return \"x\" end, 3) print \"not reached\"", 3, "" },
    { "local s = require \"lash.sched\" s.spawn(function() pcall(os.exit, 3) end) lash.sleep(60)", 3, "" },
    { "local s = require \"lash.sched\" pcall(function() s.spawn(os.exit, 3):join() end) print \"no\"", 3, "" },
    { "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() os.exit(3) end})"
      .. " coroutine.yield() end) coroutine.resume(co) coroutine.close(co) print \"not reached\"", 3, "" },
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
