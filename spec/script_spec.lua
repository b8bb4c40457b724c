--- What a script finds: its arguments, its modules, `lash`, and no bytecode.
local shell = require "spec.support.shell"

describe("a script", function()
  local sh

  before_each(function() sh = shell.new() end)
  after_each(function() sh:close() end)

  --- A run that prints this and is a success.
  local function prints(expected, ended)
    assert.same({ expected, "", 0 }, { ended.out, ended.err, ended.exit })
  end

  --- Makes a file of bytecode that prints "ran".
  local function dump_into(name)
    local code = 'local f = assert(io.open("%s", "wb")) f:write(string.dump(function() print "ran" end)) f:close()'
    assert.equal(0, sh:lash("-e", code:format(name)).exit)
  end

  it("has its arguments in ... and arg", function()
    prints("a\tb c\t-x\nscript.lua\ta\t-x\tnil\n", sh:script([[
      print(...)
      print(arg[0], arg[1], arg[3], arg[4])
    ]], "a", "b c", "-x"))
    prints("-e\tx\nx\n", sh:lash("-e", "print(arg[0], ...) print(arg[1])", "x"))
    prints("-\tx\n", sh:sh "echo 'print(arg[0], ...)' | lash - x")
  end)

  it("starts by its first line", function()
    sh:write("hello", "#!" .. os.getenv "LASH_PROGRAM" .. "\nprint('hello', ...)\n")
    prints("hello\tx y\n", sh:sh "chmod +x hello && ./hello 'x y'")
    prints("piped\n", sh:sh [[printf '#!/usr/bin/env lash\nprint "piped"\n' | lash -]])
  end)

  it("reads itself from standard input, and says so in errors", function()
    local ended = sh:sh [[printf '#!lash\nlocal t\nt.x = 1\n' | lash -]]
    assert.equal("lash: internal: stdin:3: attempt to index a nil value (local 't')\n", ended.err)
    assert.equal(70, ended.exit)
  end)

  it("has lash by require; -e has it without", function()
    prints("nil\n", sh:script "print(rawget(_G, 'lash') or lash)")
    prints("table\n", sh:script "print(type(require 'lash'))")
    prints("true\n", sh:lash("-e", "print(lash == require 'lash')"))
    prints("nil\n", sh:lash("-e", "print(undefined)"))
    prints("nil\tvalue\n", sh:lash("-e", "local m = getmetatable(_G) lash = 'value' print(m and m.x, lash)"))
  end)

  it("names the nearest part of lash to an unknown one", function()
    for name, near in pairs { slep = "sleep", agnet = "agent", stdn = "stdin", verison = "version" } do
      local ended = sh:script(("return require('lash').%s"):format(name))
      local told = "lash: usage: script.lua:1: lash has no '%s'\nhint: did you mean '%s'?\n"
      assert.same({ 64, told:format(name, near) }, { ended.exit, ended.err })
    end
    for name, told in pairs { ["fs.reed"] = "lash.fs has no 'reed'\nhint: did you mean 'read'?",
      ["http.gt"] = "lash.http has no 'gt'\nhint: did you mean 'get'?",
      ["log.warning"] = "lash.log has no 'warning'\nhint: it has debug, error, info, warn" } do
      local ended = sh:script(("return require('lash').%s"):format(name))
      assert.same({ 64, ("lash: usage: script.lua:1: %s\n"):format(told) }, { ended.exit, ended.err })
    end
    local strange = sh:script("return require('lash').zzzzzzzzz")
    assert.equal("lash: usage: script.lua:1: lash has no 'zzzzzzzzz'\n", strange.err)
    assert.matches("^lash: usage: script.lua:1: lash.x cannot be set\n", sh:script("require('lash').x = 1").err)
  end)

  it("has errors that name the line of what is wrong with it", function()
    for text, told in pairs {
      ["return lash.job { schedul = '@daily' }"] = "usage: script.lua: lash.job: unknown key 'schedul'",
      ["lash.agent { tools = { function() end } }"] =
        "usage: script.lua:2: a function without a name cannot be a tool",
      ["lash.args 'n: strin'"] = "usage: script.lua:2: lash.args: line 1, column 4: unknown type 'strin'",
      ["print(lash.json.decode '{')"] = "schema: script.lua:2: not JSON: line 1, column 2: unexpected end of the text",
      ["print(lash.sh('echo {x}', { x = '-n' }))"] =
        'schema: script.lua:2: a value would be an option of the command: "-n"',
      ["lash.args 'n: integer'"] = "usage: the argument N is missing (integer)", -- not the script's fault
    } do
      assert.equal("lash: " .. told, sh:script('local lash = require "lash"\n' .. text).err:match "^[^\n]*")
    end
  end)

  it("is told the line where a C function has failed", function()
    local loop = 'local lash = require "lash"\n\nfor _, f in ipairs(false) do print(f) end'
    local told = "lash: internal: %s: attempt to index a boolean value\n"
    assert.equal(told:format "script.lua:3", sh:script(loop).err)
    local code = "lash.all { function() ipairs(false)(false, 0) end }"
    assert.equal(told:format "(command line):1", sh:lash("-e", code).err)
    assert.equal("lash: internal: script.lua:2: attempt to compare table with number\n",
      sh:script("local t = { 3, 2, {} }\ntable.sort(t)").err)
    sh:write("part.lua", "return function(t)\n  for _ in ipairs(t) do end\nend")
    assert.equal(told:format(sh.path .. "/part.lua:2"), sh:script("require 'part'(false)").err)
    assert.equal("lash: internal: as it is\n", sh:script("error('as it is', 0)").err)
  end)

  describe("requires its modules", function()
    before_each(function()
      sh:write("app/main.lua", 'print(require "one", require "two", (require "sub.three"))')
      sh:write("app/one.lua", "return 1")
      sh:write("app/two/init.lua", "return 2")
      sh:write("app/sub/three.lua", "return 3")
    end)

    it("from its folder, wherever it is started", function()
      prints("1\t2\t3\n", sh:lash "app/main.lua")
      prints("1\t2\t3\n", sh:sh "cd app && lash main.lua")
      prints("1\t2\t3\n", sh:sh "cd / && lash $OLDPWD/app/main.lua")
    end)

    it("from the folder of its real file", function()
      sh:sh "mkdir bin && ln -s ../app/main.lua bin/tool && ln -s ../bin/tool bin/twice"
      prints("1\t2\t3\n", sh:lash "bin/tool")
      prints("1\t2\t3\n", sh:sh "cd / && lash $OLDPWD/bin/twice")
    end)

    it("from its folder before $LASH_PATH, and from that before the system's", function()
      sh:write("lib/one.lua", "return 'lib'")
      sh:write("lib/four.lua", "return 'four'")
      sh.variables.LASH_PATH = sh.path .. "/lib/?.lua"
      prints("1\tfour\n", sh:sh [[echo 'print(require "one", (require "four"))' >app/a.lua && lash app/a.lua]])
      prints("four\n", sh:lash("-e", 'print((require "four"))'))
      prints("four\n", sh:sh [[echo 'print((require "four"))' | lash -]])
      prints("table\n", sh:lash("-e", 'print(type(require "lash"))'))
    end)

    it("never from the current folder", function()
      sh:write("evil.lua", "print 'evil'")
      sh:write("evil/init.lua", "print 'evil'")
      sh:sh "printf x >evil.so"
      sh:write("app/asks.lua", 'print(pcall(require, "evil"))')
      for _, words in ipairs { { "app/asks.lua" }, { "-e", 'print(pcall(require, "evil"))' } } do
        local ended = sh:lash(table.unpack(words))
        assert.matches("^false\tmodule 'evil' not found:", ended.out)
        assert.not_matches("'%./", ended.out)
      end
      prints("nil\n", sh:lash("-e", 'print((package.path .. ";" .. package.cpath):match "%f[^;\\0]%.%.?/[^;]*")'))
    end)

    it("and cjson, which is inside", function()
      prints('{"a":1}\n', sh:lash("-e", 'print(require("cjson").encode { a = 1 })'))
    end)

    it("and says what is wrong in one of them", function()
      sh:write("app/bad.lua", "local = 1")
      local ended = sh:sh [[echo 'require "bad"' >app/a.lua && lash app/a.lua]]
      assert.equal(70, ended.exit)
      assert.matches("^lash: internal: [^\n]*error loading module 'bad' from file '", ended.err)
      assert.matches("/app/bad.lua': [^\n]*bad.lua:1: ", ended.err)
    end)
  end)

  describe("cannot load bytecode:", function()
    local ways = {
      ["load"] = "print(load(string.dump(function() print 'ran' end)))",
      ["load that asks for it"] = "print(load(string.dump(function() print 'ran' end), 'x', 'b'))",
      ["load from pieces"] = [[
        local pieces = { string.dump(function() print 'ran' end) }
        print(load(function() return table.remove(pieces) end, "x", "bt", {}))]],
      ["loadfile"] = "print(loadfile 'code.luac')",
      ["loadfile that asks for it"] = "print(loadfile('code.luac', 'b'))",
      ["dofile"] = "print(pcall(dofile, 'code.luac'))",
      ["require"] = "print(pcall(require, 'code'))",
      ["package.searchers"] = [[for _, search in ipairs(package.searchers) do
        local ok, loader, where = pcall(search, "code")
        if type(loader) == "function" then loader("code", where) end
        print(loader)
      end]],
    }
    for name, text in pairs(ways) do
      it(name, function()
        dump_into "code.luac"
        sh:sh "cp code.luac code.lua"
        local ended = sh:script(text)
        assert.not_matches("ran\n", ended.out)
        assert.matches("attempt to load a binary chunk", ended.out)
      end)
    end

    it("as the script itself", function()
      dump_into "code.lua"
      for _, ended in ipairs { sh:lash "code.lua", sh:sh "lash - <code.lua" } do
        assert.equal(70, ended.exit)
        assert.equal("", ended.out)
        assert.matches("^lash: internal: .*attempt to load a binary chunk", ended.err)
      end
    end)

    it("while text loads as ever", function()
      prints("1\t2\t3\tnil\n", sh:script [[
        local env = { x = 2 }
        print(load("return 1")(), load("return x", "name", "bt", env)(), load(function() return nil end) and 3,
          (load("return x", "name", "t", {})()))
      ]])
      sh:write("data.lua", "return ...")
      prints("7\n", sh:script "print(loadfile('data.lua')(7), dofile('data.lua'))")
      prints("true\n", sh:script "print(select(2, load('x =', '=name')):find('^name:1:') ~= nil)")
    end)
  end)

  it("knows its real folder", function()
    sh:write("app/main.lua", "print(require('lash').dir)")
    sh:sh "ln -s app/main.lua tool"
    prints(sh.path .. "/app\n", sh:lash "tool")
    prints("nil\n", sh:lash("-e", "print(lash.dir)"))
  end)

  it("reads its arguments with lash.args", function()
    local text = [[
      --- Greets.
      local lash = require "lash"
      local args = lash.args "name: string, times: integer = 1, loud?: boolean"
      print(args.name, args.times, args.loud)
    ]]
    prints("Ann\t2\ttrue\n", sh:script(text, "Ann", "--times=2", "--loud"))
    assert.matches("Greets%.", sh:script(text, "--help").out)
    local ended = sh:script(text, "Ann", "--tmes=2")
    assert.equal("lash: usage: unknown option '--tmes'\nhint: did you mean '--times'?\n", ended.err)
    assert.equal(64, ended.exit)
    assert.equal(64, sh:script(text).exit)
  end)

  it("reads the environment, then .env.local", function()
    sh:write(".env.local", "FROM_FILE=file\nBOTH=file\n")
    sh.variables.BOTH = "environment"
    prints("file\tenvironment\tnil\nfalse\tconfig: $NONE is not set\nnil\n", sh:script [[
      local lash = require "lash"
      print(lash.env.FROM_FILE, lash.env "BOTH", lash.env.NONE)
      print(pcall(lash.env, "NONE"))
      print(os.getenv "FROM_FILE") -- not for children
    ]])
  end)

  it("reads standard input when it asks, and only then", function()
    sh:write("all.lua", "io.write('<', require('lash').stdin(), '>')")
    sh:write("lines.lua", "for line in require('lash').stdin.lines() do io.write('<', line, '>') end")
    prints("<a\nb>", sh:sh "printf 'a\nb' | lash all.lua")
    prints("<>", sh:sh "lash all.lua </dev/null")
    prints("<a><><b>", sh:sh "printf 'a\n\nb' | lash lines.lua")
    prints("<a\0b>", sh:sh "printf 'a\\0b' | lash lines.lua")
    prints("x", sh:sh "printf x | { lash -e '' && cat; }") -- not a byte of it was read
    prints("done\n", sh:sh "lash -e 'print \"done\"' < <(sleep 1000)")
  end)

  it("sleeps, tries and fails", function()
    prints("true\nnil\tusage\tbad\ttry\n1\tnil\n", sh:script [[
      local lash = require "lash"
      local began = os.clock()
      lash.sleep "5ms"
      lash.sleep(0)
      print(pcall(lash.sleep, 0))
      local value, err = lash.try(lash.fail, "usage", "bad", "try")
      print(value, err.kind, err.message, err.hint)
      print(lash.try(function(...) return ... end, 1, nil))
    ]])
    for _, bad in ipairs { "-1", "'1x'", "nil", "{}", "0/0" } do
      local ended = sh:lash("-e", ("lash.sleep(%s)"):format(bad))
      assert.matches("^lash: usage: lash.sleep: '[^\n]*' is not a duration\n", ended.err)
      assert.equal(64, ended.exit)
    end
  end)

  it("passes through lash.try what no script should catch", function()
    for _, raise in ipairs { "error('plain', 0)", "lash.fail('budget', 'x')", "lash.fail('cancelled', 'x')",
      "lash.fail('interrupted', 'x')", "local x = nil + 1" } do
      local ended = sh:lash("-e", ("lash.try(function() %s end) print 'went on'"):format(raise))
      assert.equal("", ended.out)
      assert.is_true(ended.exit ~= 0)
    end
    assert.matches("did you mean 'usage'", sh:lash("-e", "lash.fail('usgae', 'x')").err)
  end)
end)
