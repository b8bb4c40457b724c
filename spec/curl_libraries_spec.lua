--- libcurl and what it brings: what of it sleeps, and who comes first all the same.
local folder = require "spec.support.folder"
local model = require "spec.support.model"
local server = require "spec.support.server"
local sys = require "lash.core.sys"

local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"
local build = os.getenv "LASH_BUILD_DIR" or "build/dev"
local modules = ("package.cpath = %q"):format(build .. "/spec/?.so")
local preload = sys.realpath(build .. "/spec/faults/preload_resolver.so")

local function output(command)
  local pipe <close> = assert(io.popen(command .. " 2>&1"))
  return pipe:read "a"
end

local is_sanitized = output("ldd '" .. program .. "'"):find("libasan", 1, true) ~= nil

--- What the command says, on both streams; `before`: variables, and what leads to it.
local function run(dir, url, before, ...)
  local words = { ("env -i HOME='%s' DASHSCOPE_API_KEY=sk-x DASHSCOPE_API_BASE='%s' %s '%s'"):format(dir.path, url,
    before, program) }
  for _, word in ipairs { ... } do words[#words + 1] = "'" .. word:gsub("'", "'\\''") .. "'" end
  return output(table.concat(words, " "))
end

--- What the loader tells of a question.
local function loader_says(topic, before)
  local dir <close> = folder.new()
  local s <close> = server.start { model.ok(model.stream { "yes" }) }
  local variables = ("LD_DEBUG=%s LD_DEBUG_OUTPUT='%s/loader' LD_BIND_NOW=1 ASAN_OPTIONS=verify_asan_link_order=0")
    :format(topic, dir.path)
  assert.equal("yes\n", run(dir, s.url, variables .. " " .. before, "ask", "hi"))
  return output(("cat '%s'/loader.*"):format(dir.path))
end

describe("GnuTLS, which libcurl brings", function()
  local LOUD = "GNUTLS_DEBUG_LEVEL=2" -- it tells when it is set up
  local ASK = "print(lash.ask 'hi') "

  it("does not set itself up for a question", function()
    local files = loader_says("files", "")
    if not (files:find "calling init: %S*libcurl%.so" and files:find "calling init: %S*libgnutls") then
      return pending "this libcurl brings none that it does not use itself"
    end
    local dir <close> = folder.new()
    local s <close> = server.start { model.ok(model.stream { "yes" }) }
    assert.equal("yes\n", run(dir, s.url, LOUD, "ask", "hi"))
  end)

  -- In each the module makes a certificate, which only a GnuTLS that was set up can.
  for name, code in pairs {
    ["without a question"] = "print(require 'needs_gnutls' ())",
    ["behind a question"] = ASK .. "print(require 'needs_gnutls' ())",
    ["before a question"] = "local f = require 'needs_gnutls_later' " .. ASK .. "print(f())",
    ["through package.loadlib"] = ASK .. ([[print(package.loadlib(%q, "luaopen_needs_gnutls")()())]]):format(build
      .. "/spec/needs_gnutls.so"),
    ["through a searcher"] = ASK .. "print(package.searchers[3] 'needs_gnutls' ()())",
    ["without a libcurl that works"] = "io.write(tostring(lash.try(lash.ask, 'hi'))) print(require 'needs_gnutls' ())",
  } do
    it("is set up for a C module " .. name, function()
      if not sys.stat(build .. "/spec/needs_gnutls.so") then return pending "GnuTLS is not installed" end
      local dir <close> = folder.new()
      local s <close> = server.start { model.ok(model.stream { "yes" }) }
      local before = ""
      if name:find "works" then
        before = ("LD_LIBRARY_PATH='%s'"):format(dir.path)
        for _, soname in ipairs { "libcurl.so.4", "libcurl-gnutls.so.4" } do dir:write(soname, "no library") end
      end
      assert.matches("true\n$", run(dir, s.url, before, "-e", modules .. " " .. code))
    end)
  end
end)

describe("what is preloaded", function()
  for way, before in pairs {
    ["by a variable"] = ("LD_PRELOAD='%s'"):format(preload),
    ["by the loader"] = ("/lib64/ld-linux-x86-64.so.2 --preload '%s'"):format(preload),
  } do
    it(way .. " comes first for all that is opened", function()
      if way == "by the loader" and not sys.stat "/lib64/ld-linux-x86-64.so.2" then return pending "another loader" end
      if way == "by the loader" and is_sanitized then return pending "a sanitizer is first" end
      local found, text = {}, loader_says("bindings", before)
      for line in text:gmatch "[^\n]*symbol `getaddrinfo'" do
        local from, to = line:match "binding file %S-lib(%a+)[^/%s]* %[0%] to (%S+) %[0%]"
        if from then found[from] = to end
      end
      assert.equal(preload, found.curl)
      assert.equal(text:find("libcrypto", 1, true) and preload, found.crypto)
    end)
  end

  it("would, were it there; libcrypto looks in itself first", function()
    if is_sanitized then return pending "a sanitizer is first" end
    local scopes = loader_says("scopes", "")
    if not scopes:find("libcrypto", 1, true) then return pending "libcurl has another TLS" end
    assert.matches("object=%S*libcrypto%S* %[0%]\n[^\n]* scope 0: %S*libcrypto", scopes)
  end)
end)
