--- libm is opened when a script is: what a script computes is what any Lua says.
local folder = require "spec.support.folder"

local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"

local VALUES = { -- the double nearest to the true value
  { "math.acos(0.5)", 1.0471975511965979 },
  { "math.asin(0.5)", 0.5235987755982989 },
  { "math.atan(1, 2)", 0.4636476090008061 },
  { "math.cos(1)", 0.5403023058681398 },
  { "math.exp(1)", 2.718281828459045 },
  { "7.5 % x", 0.75 },
  { "-7.5 % x", 1.5 },
  { "math.fmod(-7.5, 2.25)", -0.75 },
  { "math.log(3)", 1.0986122886681098 },
  { "math.log(8, 2)", 3.0 },
  { "math.log(1000, 10)", 3.0 },
  { "math.sin(1)", 0.8414709848078965 },
  { "math.sqrt(2)", 1.4142135623730951 },
  { "math.tan(1)", 1.5574077246549023 },
  { "x ^ 0.5", 1.5 },
  { "x ^ -1", 0.4444444444444444 },
}

describe("arithmetic", function()
  it("is libm's", function()
    for _, case in ipairs(VALUES) do
      local value = assert(load("local x = 2.25; return " .. case[1]))()
      assert.equal(case[2], value, case[1])
    end
    local nothing = math.sqrt(-1)
    assert.is_true(nothing ~= nothing)
  end)

  it("is there where nothing can be opened any more", function()
    local dir <close> = folder.new()
    local script = dir:write("full.lua", [[
      local files, file = {}, nil
      repeat
        file = io.open "/dev/null"
        files[#files + 1] = file
      until not file
      local x = 8.5
      print(x % 2.25, x ^ 2)]])
    local pipe <close> = assert(io.popen(("ulimit -n 64; '%s' '%s' 2>&1"):format(program, script)))
    assert.equal("1.75\t72.25\n", pipe:read "a")
  end)

  it("is there for a C module that was not linked with libm", function()
    local path = ("%s/spec/?.so"):format(os.getenv "LASH_BUILD_DIR" or "build/dev")
    local code = ("package.cpath = %q; print(require('needs_libm')(27))"):format(path)
    local pipe <close> = assert(io.popen(("'%s' -e \"%s\" 2>&1"):format(program, (code:gsub('"', '\\"')))))
    assert.equal("3.0\n", pipe:read "a")
  end)
end)
