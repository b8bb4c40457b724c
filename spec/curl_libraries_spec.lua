--- libcurl and what it brings: what of it sleeps, and what comes first all the same.
local folder = require "spec.support.folder"
local model = require "spec.support.model"
local server = require "spec.support.server"
local sys = require "lash.core.sys"

local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"
local build = os.getenv "LASH_BUILD_DIR" or "build/dev"
local module = build .. "/spec/needs_gnutls.so"

local function has_gnutls()
  local pipe <close> = assert(io.popen("ldd '" .. module .. "' 2>&1"))
  return sys.stat(module) ~= nil and pipe:read "a":find("libgnutls", 1, true) ~= nil
end

--- What the command says, on both streams. GnuTLS tells when it sets itself up.
local function run(dir, url, environment, ...)
  local words = { ("env -i HOME='%s' DASHSCOPE_API_KEY=sk-x DASHSCOPE_API_BASE='%s' %s '%s'"):format(dir.path, url,
    environment, program) }
  for _, word in ipairs { ... } do words[#words + 1] = "'" .. word:gsub("'", "'\\''") .. "'" end
  local pipe <close> = assert(io.popen(table.concat(words, " ") .. " 2>&1"))
  return pipe:read "a"
end

describe("GnuTLS, which libcurl brings", function()
  local LOUD = "GNUTLS_DEBUG_LEVEL=2"
  local USE = ([[package.cpath = %q; print(require "needs_gnutls" ())]]):format(build .. "/spec/?.so")

  it("does not set itself up for a question", function()
    local dir <close> = folder.new()
    local s <close> = server.start { model.ok(model.stream { "yes" }) }
    assert.equal("yes\n", run(dir, s.url, LOUD, "ask", "hi"))
  end)

  it("does for a C module, behind a question and without one", function()
    if not has_gnutls() then return pending "GnuTLS is not installed" end
    local dir <close> = folder.new()
    local s <close> = server.start { model.ok(model.stream { "yes" }), model.ok(model.stream { "yes" }) }
    local text = run(dir, s.url, LOUD, "-e", [[print(lash.ask "hi")]] .. USE)
    assert.matches("gnutls%[.*yes\ntrue\n$", text)
    assert.matches("gnutls%[.*true\n$", run(dir, s.url, LOUD, "-e", USE))
    text = run(dir, s.url, LOUD, "-e", ([[print(lash.ask "hi")
      print(package.loadlib(%q, "luaopen_needs_gnutls")()())]]):format(module))
    assert.matches("gnutls%[.*yes\ntrue\n$", text)
  end)
end)

describe("a preloaded library", function()
  it("comes first for all that is opened", function()
    local dir <close> = folder.new()
    local s <close> = server.start { model.ok(model.stream { "yes" }) }
    local preload = assert(sys.realpath(build .. "/spec/faults/preload_resolver.so"))
    local text = run(dir, s.url, ("ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD='%s' LD_DEBUG=bindings \z
      LD_DEBUG_OUTPUT='%s/bindings'"):format(preload, dir.path), "ask", "hi")
    assert.equal("yes\n", text)
    local pipe <close> = assert(io.popen(("cat '%s'/bindings.* | grep -F 'symbol `getaddrinfo'"):format(dir.path)))
    local found = {}
    for line in pipe:lines() do
      local from, to = line:match "binding file %S-lib(%a+)[^/%s]* %[0%] to (%S+) %[0%]"
      if from then found[from] = to end
    end
    assert.equal(preload, found.curl)
    assert.equal(preload, found.crypto)
  end)
end)
