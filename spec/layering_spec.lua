local json = require "lash.core.json"
local sys = require "lash.core.sys"
local layering = require "spec.support.layering"

local build = os.getenv "LASH_BUILD_DIR" or "build/dev"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

--- Runs a shell command; what it prints, and whether it succeeded.
local function sh(command, input)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(input or "")
  file:close()
  local pipe = assert(io.popen(("{ %s; } <%s 2>&1"):format(command, name)))
  local out = pipe:read "a"
  local ok = pipe:close() or false
  os.remove(name)
  return out, ok
end

--- The compiler's command for a file of a folder of src/, to be given other
-- options and a source on standard input.
local function compiler(folder)
  for _, entry in ipairs(assert(json.decode(read(build .. "/compile_commands.json"), { limit = 1 << 26 }))) do
    if entry.file:find("/src/" .. folder .. "/", 1, true) then
      local command = entry.command:gsub(" %-o .*$", "")
      return ("cd '%s' && %s -x c -"):format(entry.directory, command)
    end
  end
  error("nothing is compiled in " .. folder)
end

--- What the source reaches, by the same compiler.
local function headers(folder, source)
  local out, ok = sh(compiler(folder) .. " -M", source)
  assert.is_true(ok, out)
  local list = {}
  for word in out:gmatch "[^%s\\]+" do
    if word:find "^/" then list[#list + 1] = word end
  end
  return list
end

--- Every header of the C library, and what they in turn include.
local function libc()
  local source = {}
  for name in ([[assert ctype errno fcntl float inttypes limits locale math setjmp signal stdarg stdbool
    stddef stdint stdio stdlib string strings sys/stat sys/types time unistd]]):gmatch "%S+" do
    source[#source + 1] = ("#include <%s.h>\n"):format(name)
  end
  local set = {}
  for _, path in ipairs(headers("base", table.concat(source))) do set[path] = true end
  return set
end

describe("C layering", function()
  for _, folder in ipairs { "base", "wire", "dashscope", "sys" } do
    it("keeps lua.h from src/" .. folder, function()
      local syntax = compiler(folder) .. " -fsyntax-only"
      assert.same({ "", true }, { sh(syntax, "#include <stdio.h>\n") })
      local out, ok = sh(syntax, "#include <lua.h>\n")
      assert.is_false(ok)
      assert.matches("lua%.h: No such file", out)
    end)
  end

  it("lets no file reach what is above it", function()
    local deps = assert(sh(("ninja -C '%s' -t deps"):format(build)))
    local lines, seen, set = {}, 0, libc()
    local function real(path) return sys.realpath(path:find "^/" and path or build .. "/" .. path) end
    for _, object in ipairs(layering.parse_deps(deps)) do
      object.source = real(object.source)
      if object.source then -- else it is a record of what was removed
        for i, header in ipairs(object.headers) do object.headers[i] = real(header) or header end
        seen = seen + 1
        for _, line in ipairs(layering.c_violations(object.source, object.headers, set)) do lines[#lines + 1] = line end
      end
    end
    assert.same({}, lines)
    assert.is_true(seen > 20)
  end)

  describe("finds", function()
    local CASES = {
      { "base", "<yajl/yajl_parse.h>", "base/x.c reaches .*/yajl_parse.h" },
      { "base", '"wire/sse.h"', "base/x.c reaches .*/src/wire/sse.h" },
      { "wire", "<curl/curl.h>", "wire/x.c reaches .*/curl/curl.h" },
      { "wire", "<uv.h>", "wire/x.c reaches .*/uv.h" },
      { "wire", '"dashscope/shape.h"', "wire/x.c reaches .*/dashscope/shape.h" },
      { "dashscope", "<microhttpd.h>", "dashscope/x.c reaches .*/microhttpd.h" },
      { "dashscope", '"sys/loop.h"', "dashscope/x.c reaches .*/sys/loop.h" },
      { "sys", '"embed.h"', "sys/x.c reaches .*/src/embed.h" },
    }
    for _, case in ipairs(CASES) do
      it(case[2] .. " in " .. case[1], function()
        local source = compiler(case[1]):match " %-I(%S+/src) " .. "/" .. case[1] .. "/x.c"
        local found = layering.c_violations(source, headers(case[1], "#include " .. case[2] .. "\n"), libc())
        assert.matches(case[3], table.concat(found, "\n"))
      end)
    end

    it("lua.h in sys, by its path", function()
      assert.same({ "sys/x.c reaches /usr/include/lua5.4/lua.h" },
        layering.c_violations("/s/src/sys/x.c", { "/usr/include/lua5.4/lua.h", "/usr/include/uv.h" }, {}))
    end)
  end)
end)

describe("Lua layering", function()
  it("holds", function()
    local graph = {}
    for path in sh "find lua/lash -name '*.lua'":gmatch "[^\n]+" do
      local module = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
      graph[module] = layering.requires(read(path))
    end
    assert.is_truthy(graph["lash.sched"])
    assert.same({}, layering.lua_violations(graph))
  end)

  it("is read from the require lines", function()
    assert.same({ "lash.a", "lash.b.c", "lash.d" }, layering.requires [[
      local a = require "lash.a" -- not in comments:
      -- require "lash.x"
      require("lash.b.c").f(require ( "lash.d"))
      return require("lash.cli." .. name)
      require "lfs"]])
  end)

  local CASES = {
    { "lash.chat", "lash.agent", "lash.chat must not require lash.agent" },
    { "lash.sched", "lash.chat", "lash.sched must not require lash.chat" },
    { "lash.types.text", "lash.run", "lash.types.text must not require lash.run" },
    { "lash.errors", "lash", "lash.errors must not require lash" },
    { "lash.chat", "lash.fake.models", "lash.chat must not require lash.fake.models" },
    { "lash.cli.ask", "lash.fake", "lash.cli.ask must not require lash.fake" },
    { "lash.tool", "lash.tool", "lash.tool requires lash.tool, which led to it" },
    { "lash.newcomer", "lash.errors", "lash.newcomer has no layer yet: spec/support/layering.lua" },
  }
  for _, case in ipairs(CASES) do
    it("finds " .. case[3], function()
      assert.same({ case[3] }, layering.lua_violations { [case[1]] = { case[2] }, [case[2]] = {
        case[1] == case[2] and case[1] or nil } })
    end)
  end

  it("lets cli, agent and chat ask those below", function()
    assert.same({}, layering.lua_violations {
      ["lash.cli.fake"] = { "lash.fake", "lash" }, ["lash.fake"] = { "lash.fake.rules", "lash.sched" },
      ["lash"] = { "lash.agent" }, ["lash.agent"] = { "lash.run" }, ["lash.run"] = { "lash.chat", "lash.sched" },
      ["lash.sched"] = { "lash.errors", "lash.core.loop" },
    })
  end)
end)
