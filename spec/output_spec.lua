--- What leaves on stdout and stderr, and what happens when it cannot.
local cjson = require "cjson"
local output = require "lash.output"
local shell = require "spec.support.shell"

describe("lash.output", function()
  it("shows control characters instead of obeying them", function()
    local cases = {
      { "plain\ttext\n", "plain\ttext\n" }, { "\27[31mred", "^[[31mred" }, { "\0\7\8\r\127", "^@^G^H^M^?" },
      { "\xC2\x9B31m", "<U+009B>31m" }, { "\xC2\xA0é€😀", "\xC2\xA0é€😀" }, { "", "" },
      { "\x9B2Jé\xE2\x82", "<9B>2Jé<E2><82>" }, { "\xED\xA0\x80\xFF", "<ED><A0><80><FF>" }, -- no UTF-8
      { "a\r\nb\r\r\n\rc", "a\nb\n^Mc" }, { "\u{202E}a\u{2066}\u{2069}", "<U+202E>a<U+2066><U+2069>" },
      { "a\u{2028}b\u{2029}", "a<U+2028>b<U+2029>" }, -- what some take for ends of lines
      { "👨‍👩‍👧 می‌خواهم", "👨‍👩‍👧 می‌خواهم" }, -- joiners have their use
    }
    for _, case in ipairs(cases) do assert.equal(case[2], (output.visible(case[1]))) end
  end)

  it("looks at a long run of carriage returns once", function()
    local run = ("\r"):rep(1 << 20) -- once from each of them would take hours
    assert.equal(2 << 20, #output.visible(run))
    assert.equal("\n", output.visible(run .. "\n"))
  end)

  it("names, where somebody judges a text, also what is hidden or changes its order", function()
    for text, shown in pairs { ["a\u{202E}\u{200B}b"] = "a<U+202E><U+200B>b", ["\27\u{FEFF}"] = "^[<U+FEFF>",
      ["\u{E0041}é€😀"] = "<U+E0041>é€😀", ["\xE2\x80\u{2029}"] = "<E2><80><U+2029>", ["a\r\n"] = "a^M\n" } do
      assert.equal(shown, output.exact(text))
    end
  end)

  it("cuts between characters, and no secret in two", function()
    require("lash.secrets").add "shorten-4711"
    assert.same({ "aé", "aé…", "x[secret]…" }, { output.shorten("aé", 3), output.shorten("aéé", 4),
      output.shorten("xshorten-4711 and more", 9) })
  end)
end)

describe("the output of a run", function()
  local sh
  setup(function() sh = shell.new() end)
  teardown(function() sh:close() end)
  before_each(function() sh.variables = {} end)

  local function code(text) return "lash -e '" .. text .. "'" end

  it("is written as Lua writes it", function()
    local ended = sh:lash("-e", [[
      print(1, nil, true, setmetatable({}, { __tostring = function() return "t" end }))
      io.write("a", 1, 1.5, "\n")
      io.stdout:write("b"):write("c\n")
      print()]])
    assert.same({ 0, "1\tnil\ttrue\tt\na11.5\nbc\n\n", "" }, { ended.exit, ended.out, ended.err })
  end)

  it("has no secret in it, however it leaves", function()
    sh.variables.SOME_API_KEY = "sk-abcdef123456"
    for _, write in ipairs { "print(s)", "print('x', s)", "io.write(s, '\\n')", "io.stdout:write(s, '\\n')",
      "io.stderr:write(s, '\\n')", "error(s)", "warn '@on' warn(s)", "warn '@on' warn('x', s, 'y')",
      "warn '@on' setmetatable({}, { __gc = function() error(s) end }) collectgarbage()",
      "lash.fail('io', s, s)", "lash.log.warn(s)", "lash.log.warn('%s', s)" } do
      for _, secret in ipairs { "os.getenv 'SOME_API_KEY'", "lash.secret 'hunter22'" } do
        local ended = sh:lash("-e", ("local s = %s %s"):format(secret, write))
        local all = ended.out .. ended.err
        assert.matches("%[secret%]", all, write)
        assert.not_matches("hunter22", all)
        assert.not_matches("abcdef123456", all)
      end
    end
  end)

  --- A script that writes a text in pieces of this size, with a flush behind each.
  local function pieces(text, size, stream)
    return ([[
      for i = 1, #%q, %d do
        %s:write((%q):sub(i, i + %d - 1))
        %s:flush()
      end]]):format(text, size, stream or "io.stdout", text, size, stream or "io.stdout")
  end

  it("has no secret in it that is written in pieces, but three bytes of its beginning", function()
    sh.variables.SOME_API_KEY = "sk-abcdef123456"
    for size = 1, 16 do
      for _, stream in ipairs { "io.stdout", "io.stderr" } do
        local ended = sh:lash("-e", pieces("it is sk-abcdef123456, sk-abc", size, stream))
        assert.matches("^it is s?k?%-?%[secret%], sk%-abc$", ended.out .. ended.err)
      end
    end
    assert.equal("a[secret]", sh:lash("-e", [[io.write("a", "sk-abc", "def", 123456)]]).out)
    assert.equal("sk-abcde", sh:lash("-e", [[io.write "sk-abcde" os.exit(0)]]).out)
    local failed = sh:sh(code [[io.write "sk-abcde" error("boom", 0)]] .. " 2>&1")
    assert.equal("sk-abcdelash: internal: boom\n", failed.out)
  end)

  it("is there when the script reads, all of it", function()
    sh.variables.SOME_API_KEY = "sk-abcdef123456"
    for _, read in ipairs { "io.read()", "io.stdin:read()", "lash.stdin.lines()()", "io.lines()()",
      "io.stdin:lines()()" } do
      local ended = sh:sh("mkfifo f; " .. code(("io.write \"sk-abc\" io.flush() print(%s)"):format(read))
        .. " <f | { exec 3>f; head -c 6; echo answer >&3; exec 3>&-; cat; }; rm f")
      assert.equal("sk-abcanswer\n", ended.out, read)
    end
  end)

  it("is one line for an error and one for its hint", function()
    local fail = [[lash.fail("io", "a\nlash: denied: b", "c\n\u{202E}hint: d")]]
    assert.equal("lash: io: a lash: denied: b\nhint: c <U+202E>hint: d\n", sh:lash("-e", fail).err)
    assert.equal(("lash: io: a\nlash: denied: b\nhint: c\n<U+202E>hint: d\n"), sh:lash("-v", "-e", fail).err)
    assert.equal("lash: io: of a command\n", sh:lash("-e", [[lash.fail("io", "of a command\n \n")]]).err)
  end)

  it("of finalizers is all there, and masked", function()
    sh.variables.SOME_API_KEY = "sk-abcdef123456"
    local late = "X = setmetatable({}, { __gc = function() io.write(%s) end })"
    assert.equal("sk-abcde", sh:lash("-e", late:format '"sk-abcde"').out)
    assert.equal("[secret]", sh:lash("-e", late:format 'os.getenv "SOME_API_KEY"').out)
    local ended = sh:lash("--json", "-e", late:format '"late"')
    assert.same({ "late", true }, { ended.err, ended.out:find '"type":"done"}\n$' ~= nil })
  end)

  it("of warnings is what Lua says, and nothing while they are off", function()
    local ended = sh:lash("-e", [[warn "no" warn "@on" warn("a", "b\27") warn("@off", "x") warn "@off" warn "no"]])
    assert.same({ "", "Lua warning: ab^[\nLua warning: @offx\n" }, { ended.out, ended.err })
    ended = sh:lash("-e", [[warn "@on" X = setmetatable({}, { __gc = error }) X = nil collectgarbage()
      io.stderr:write "|"]])
    assert.matches("^|Lua warning: error in __gc [^\n]*\n$", ended.err)
    assert.equal(70, sh:lash("-e", "warn(nil)").exit)
  end)

  it("is not what goes into a file", function()
    sh:lash("-e", 'lash.secret "hunter22" local f <close> = io.open("file", "w") f:write "hunter22"')
    assert.equal("hunter22", sh:read "file")
  end)

  it("that cannot be written is no success", function()
    for _, write in ipairs { "print(1)", "io.write(1)", "io.stdout:write(1)", "print((\"x\"):rep(100000))",
      "print(1) io.flush()", "io.write(1) io.stdout:flush()", "for i = 1, 99 do print(i) io.flush() end",
      "io.write((\"x\"):rep(100000)) print(1)", "pcall(print, (\"x\"):rep(100000))",
      -- and which have the C library flush:
      "print(1) io.popen(\"true\"):close()", "print(1) io.stdout:seek \"cur\"", "print(1) io.stdout:setvbuf \"no\"",
      "io.stdout:setvbuf \"line\" print(1)" } do
      local ended = sh:sh(code(write) .. " >/dev/full")
      assert.same({ 74, "lash: io: cannot write to stdout: No space left on device\n" }, { ended.exit, ended.err })
    end
    local late = "X = setmetatable({}, { __gc = function() print((\"x\"):rep(%d)) end })"
    for _, n in ipairs { 1, 100000 } do assert.equal(74, sh:sh(code(late:format(n)) .. " >/dev/full").exit) end
    local ended = sh:sh(code "print(1) os.exit(3)" .. " >/dev/full")
    assert.same({ 3, "" }, { ended.exit, ended.err }) -- its own status goes before
    for _, words in ipairs { "--version", "help", "models" } do
      local none = sh:sh("lash " .. words .. " >/dev/full")
      assert.same({ 74, "lash: io: cannot write to stdout: No space left on device\n" }, { none.exit, none.err }, words)
    end
  end)

  it("ends quietly with its reader", function()
    for _, text in ipairs { "while true do print(1) end", "while true do io.write(1) end",
      "while true do io.write(1) io.flush() end", "while true do io.stdout:write(1):flush() end" } do
      local ended = sh:sh(code(text) .. " | head -c 1; echo \" ${PIPESTATUS[0]}\"")
      assert.same({ "1 74\n", "" }, { ended.out, ended.err })
    end
    local ended = sh:sh("{ " .. code "lash.sleep(0.05) print(1)" .. "; echo $? >&2; } | :")
    assert.equal("74\n", ended.err)
  end)

  it("goes nowhere when it was closed at the start, and that is no success", function()
    local ended = sh:sh(code [[local f <close> = io.open("file", "w") print "to stdout" f:write "to file"]] .. " >&-")
    assert.same({ 74, "lash: io: cannot write to stdout: Bad file descriptor\n" }, { ended.exit, ended.err })
    assert.equal("to file", sh:read "file")
    assert.equal(0, sh:sh(code "local a = 1" .. " >&-").exit)
    assert.equal(0, sh:sh(code "print(io.read())" .. " <&-").exit)
    ended = sh:sh(code [[local f = io.open("file", "w") lash.log.error "x" io.stderr:write "x" f:close()]] .. " 2>&-")
    assert.same({ 0, "" }, { ended.exit, sh:read "file" })
    assert.equal(70, sh:sh(code "error(1)" .. " <&- >&- 2>&-").exit)
  end)

  it("is flushed when the run fails", function()
    local ended = sh:sh(code [[io.write "before" error("boom", 0)]] .. " 2>&1")
    assert.same({ 70, "before" }, { ended.exit, ended.out:match "before" })
  end)

  --- The last lines of NDJSON, decoded.
  local function events(...)
    local ended = sh:lash("--json", ...)
    local list = {}
    for line in ended.out:gmatch "[^\n]*\n" do list[#list + 1] = cjson.decode(line) end
    return list, ended
  end

  it("is lines of JSON with --json, and nothing else", function()
    local list, ended = events("-e", [[
      print("a", 1)
      io.write("b", 2)
      io.stdout:write "c\n"
      io.write "bad \xFF"
      lash.log.error "to stderr"]])
    local texts = {}
    for i = 1, #list - 1 do
      assert.equal("output", list[i].type)
      assert.is_true(list[i].t >= 0)
      texts[i] = list[i].text
    end
    assert.same({ "a\t1\n", "b2", "c\n", "bad \xEF\xBF\xBD" }, texts)
    local last = list[#list]
    assert.same({ "done", 0, "ok" }, { last.type, last.exit, last.kind })
    assert.same({ 0, "lash: error: to stderr\n" }, { ended.exit, ended.err })
  end)

  it("has no secret in its lines of JSON, put together", function()
    sh.variables.SOME_API_KEY = "sk-abcdef123456"
    local list = events("-e", pieces("it is sk-abcdef123456, sk-abc", 4))
    local texts = {}
    for i = 1, #list - 1 do texts[i] = list[i].text end
    assert.same({ "it is sk[secret], sk-abc", "done" }, { table.concat(texts), list[#list].type })
  end)

  it("tells at the end of --json what went wrong", function()
    local cases = {
      { "lash.fail('locked', 'busy')", 75, "locked", "busy" }, { "error('boom', 0)", 70, "internal", "boom" },
      { "x =", 70, "internal", "(command line):1: unexpected symbol near <eof>" }, { "os.exit(4)", 4, "exit" },
      { "os.exit(0)", 0, "ok" },
    }
    for _, case in ipairs(cases) do
      local list, ended = events("-e", case[1])
      assert.equal(1, #list)
      local message = list[1].error and list[1].error.message
      assert.same({ "done", case[2], case[3], case[4] }, { list[1].type, list[1].exit, list[1].kind, message })
      assert.equal(case[2], ended.exit)
    end
    for _, words in ipairs { { "--nope", "x.lua" }, { "--max-tokens", "x", "x.lua" }, { "--timeout", "q", "x.lua" },
      { "--budget", "x", "ask", "hi" }, { "ask", "--nope", "hi" }, { "ask", "hi", "--max-tokens", "x" }, { "-m" } } do
      local list, ended = events(table.unpack(words))
      assert.same({ 1, "done", 64, "usage", 64 }, { #list, list[1].type, list[1].exit, list[1].kind, ended.exit })
    end
    for _, words in ipairs { { "--nope", "--json", "x.lua" }, { "--max-tokens", "x", "--json", "x.lua" },
      { "ask", "--max-tokens", "x", "hi", "--json" } } do
      assert.matches('^{"error":{.*"exit":64,"kind":"usage",.*}\n$', sh:lash(table.unpack(words)).out)
    end
    assert.equal("", sh:lash("--nope", "x.lua", "--json").out) -- that one is the script's
    local list = events("none.lua")
    assert.same({ 66, "input" }, { list[1].exit, list[1].kind })
  end)

  it("is the same without HOME, and in a folder that is gone", function()
    for _, place in ipairs { "unset HOME;", "export HOME=/nonexistent;", "export HOME=/proc;", "export HOME=;" } do
      local ended = sh:sh(place .. [[ env -u HOME ${HOME+HOME="$HOME"} "]] .. os.getenv "LASH_PROGRAM"
        .. [[" -e 'print(lash.agent {}.model, lash.env.NONE)']])
      assert.same({ 0, "qwen3-max\tnil\n", "" }, { ended.exit, ended.out, ended.err }, place)
    end
    local ended = sh:sh("mkdir gone && cd gone && rmdir ../gone && " .. code "print(lash.agent {}.model)")
    assert.same({ 0, "qwen3-max\n", "" }, { ended.exit, ended.out, ended.err })
  end)

  it("has colour only on a terminal that wants it", function()
    if not os.execute "script -qec true /dev/null </dev/null >/dev/null 2>&1" then
      return pending "script(1) cannot make a terminal here"
    end
    local function on_terminal(variables)
      sh.variables = variables
      sh:write("dim.lua", "require('lash.output').dim 'grey'")
      return sh:sh([[script -qec "]] .. sh:command("dim.lua"):gsub("'", "") .. [[" /dev/null </dev/null]]).out
    end
    assert.matches("^\27%[2mgrey\27%[0m", on_terminal { TERM = "xterm" })
    for _, variables in ipairs { { TERM = "xterm", NO_COLOR = "1" }, { TERM = "dumb" } } do
      assert.matches("^grey", on_terminal(variables))
    end
    sh.variables = { TERM = "xterm" }
    assert.equal("grey", sh:lash("dim.lua").err)
  end)
end)
