--- A start loads little: what it does not need is neither read nor mapped.
local folder = require "spec.support.folder"
local model = require "spec.support.model"
local server = require "spec.support.server"

local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"

local function run(command)
  local pipe <close> = assert(io.popen("{ " .. command .. "; } 2>&1"))
  return pipe:read "a"
end

--- Runs the program's Lua with these arguments; the modules of ours that it has
-- loaded in the end, one a line.
local function loaded_by(dir, environment, ...)
  local script = dir:write("loaded.lua", ([[
    arg = { %s }
    local exit = require "lash.cli" ()
    assert(exit == 0, exit)
    local names = {}
    for name in pairs(package.loaded) do
      if name:find "^lash" then names[#names + 1] = name end
    end
    table.sort(names)
    io.stderr:write(table.concat(names, "\n"), "\n")]]):format(("%q, "):rep(select("#", ...)):format(...)))
  return run(("env -i HOME=%s %s '%s' --lua '%s' >/dev/null"):format(dir.path, environment, program, script))
end

local function count(lines) return select(2, lines:gsub("\n", "")) end

describe("a start", function()
  it("maps no heavy library", function()
    local maps = run(("'%s' -e 'for line in io.lines \"/proc/self/maps\" do print(line) end'"):format(program))
    assert.matches("libc%.so", maps)
    for _, name in ipairs { "libcurl", "microhttpd", "gnutls", "sqlite" } do assert.not_matches(name, maps) end
  end)

  it("opens none for --version", function()
    local files = run(("LD_DEBUG=files '%s' --version"):format(program))
    assert.matches("libc%.so", files)
    assert.matches("\nlash %d", "\n" .. files)
    assert.not_matches("libcurl[%w-]*%.so", files)
    assert.not_matches("microhttpd%.so", files)
  end)

  it("loads few modules for -e ''", function()
    local dir <close> = folder.new()
    local names = loaded_by(dir, "", "-e", "")
    assert.is_true(count(names) > 5 and count(names) <= 21, names)
    for _, name in ipairs { "chat", "dashscope", "agent", "tool", "config", "types", "fake", "serve" } do
      assert.not_matches(name, names)
    end
  end)

  it("loads what a question needs for ask, and no more", function()
    local dir <close> = folder.new()
    local s <close> = server.start { model.ok(model.stream { "yes" }) }
    local names = loaded_by(dir, "DASHSCOPE_API_KEY=sk-x DASHSCOPE_API_BASE=" .. s.url, "ask", "hi")
    assert.matches("lash%.core%.chat\n", names)
    assert.is_true(count(names) <= 46, names)
    local kept = assert(io.open("cmake/EmbedLua.cmake")):read "a":match "set%(lash_embed_first(.-)%)"
    for name in names:gmatch "lash%.([^\n]+)\n" do
      local path = name:gsub("%.", "/") .. "[/%s]" -- "cli" is cli/init
      assert.is_truthy(name:find "^core%." or (kept .. " "):find("%s" .. path), name)
    end
    for _, name in ipairs { "agent", "doc", "types", "fake", "core%.serve", "store%.", "budget", "session", "compact",
      "journal%.record", "spelling", "standard", "task" } do
      assert.not_matches("lash%." .. name, names)
    end
  end)
end)
