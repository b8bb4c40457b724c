--- The words of the command line, and what a wrong one is answered with.
local shell = require "spec.support.shell"

describe("the command line", function()
  local sh

  setup(function()
    sh = shell.new()
    sh:write("ok.lua", 'print("ok", ...)')
    sh:write("syntax.lua", "local a = 1\nlocal b = = 2\n")
    sh:write("index.lua", "#!/usr/bin/env lash\nlocal t\nprint(t.x)\n")
    sh:write("env.lua", 'print(require("lash").env "NOT_SET_ANYWHERE")')
    sh:write("agent.lua", 'local a = require("lash").agent {}\n'
      .. "print(a.model, a.max_tokens, a.temperature, a.thinking_level)")
    sh:write("broken.json", '{\n  "agents": oops\n}\n')
    sh:write("unset.json", '{ "providers": { "p": { "type": "openai", "api_base": "$NOT_SET_ANYWHERE" } },'
      .. ' "agents": { "defaults": { "provider": "p" } } }')
    sh:write("typo.json", '{ "agents": { "defaults": { "modle": "x" } } }')
    sh:write("folder/x.txt", "x")
  end)
  teardown(function() sh:close() end)

  -- words, exit status, the whole of stderr as a pattern
  local failures = {
    { { "syntax.lua" }, 70, "^lash: internal: syntax.lua:2: unexpected symbol near '='\n$" },
    { { "index.lua" }, 70, "^lash: internal: index.lua:3: attempt to index a nil value %(local 't'%)\n$" },
    { { "-e", "x =" }, 70, "^lash: internal: %(command line%):1: unexpected symbol near <eof>\n$" },
    { { "-e", "error {}" }, 70, "^lash: internal: an error that is a table without a message\n$" },
    { { "-e", "error { message = 'boom' }" }, 70, "^lash: internal: boom\n$" },
    { { "-e", "error()" }, 70, "^lash: internal: an error without a message\n$" },
    { { "-e", 'error("\\27[31mred", 0)' }, 70, "^lash: internal: %^%[%[31mred\n$" },
    { { "-e", 'lash.fail("locked", "busy", "wait")' }, 75, "^lash: locked: busy\nhint: wait\n$" },
    { { "env.lua" }, 78, "^lash: config: %$NOT_SET_ANYWHERE is not set\nhint: [^\n]+\n$" },
    { { "ask", "hi" }, 78, "^lash: config: %$DASHSCOPE_API_KEY is not set\nhint: [^\n]*DASHSCOPE_API_KEY[^\n]*\n$" },
    { { "--config", "broken.json", "ask", "hi" }, 78,
      "^lash: config: /[^\n]*broken.json: line 2, column 13: [^\n]+\nhint: JSON, [^\n]+\n$" },
    { { "--config", "unset.json", "ask", "hi" }, 78,
      "^lash: config: /[^\n]*unset.json: providers.p.api_base: %$NOT_SET_ANYWHERE is not set\nhint: [^\n]+\n$" },
    { { "--config", "typo.json", "ask", "hi" }, 78, "^lash: config: .*modle.*\nhint: did you mean 'model'%?\n$" },
    { { "--config", "none.json", "ask", "hi" }, 78, "^lash: config: [^\n]*none.json" },
    { { "none.lua" }, 66, "^lash: input: cannot find none.lua: No such file or directory\n$" },
    { { "./none" }, 66, "^lash: input: cannot find ./none: No such file or directory\n$" },
    { { "ok.lua/" }, 66, "^lash: input: [^\n]*ok.lua/[^\n]*\n$" },
    { { "folder" }, 66, "^lash: input: folder is a folder\n$" },
    { { "ask", "@none.txt" }, 66, "^lash: input: [^\n]*none.txt[^\n]*\n$" },
    { { "modles" }, 64, "^lash: usage: unknown command 'modles'\nhint: did you mean 'models'%?\n$" },
    { { "version" }, 64, "\nhint: did you mean '%-%-version'%?\n$" },
    { { "-V" }, 64, "\nhint: did you mean '%-%-version'%?\n$" },
    { { "xyzzy" }, 64, "^lash: usage: unknown command 'xyzzy'\nhint: [^\n]+\n$" },
    { { "--modle", "x" }, 64, "^lash: usage: unknown option '%-%-modle'\nhint: did you mean '%-%-model'%?\n$" },
    { { "--modle=x" }, 64, "^lash: usage: unknown option '%-%-modle'\nhint: did you mean '%-%-model'%?\n$" },
    { { "--verison" }, 64, "^lash: usage: unknown option '%-%-verison'\nhint: did you mean '%-%-version'%?\n$" },
    { { "-z", "ok.lua" }, 64, "^lash: usage: unknown option '%-z'\n" },
    { { "-qz", "ok.lua" }, 64, "^lash: usage: unknown option '%-z'\n" },
    { { "--system", "x", "ok.lua" }, 64, "^lash: usage: unknown option '%-%-system'\n" },
    { { "ask", "--modle", "x", "hi" }, 64, "^lash: usage: unknown option '%-%-modle'\n" },
    { { "-m" }, 64, "^lash: usage: %-m needs a value: NAME\n$" },
    { { "ask", "hi", "--model" }, 64, "^lash: usage: %-%-model needs a value: NAME\n$" },
    { { "-e" }, 64, "^lash: usage: %-e needs a value: CODE\n$" },
    { { "--json=1", "ok.lua" }, 64, "^lash: usage: %-%-json takes no value\n$" },
    { { "--max-tokens", "x", "ok.lua" }, 64, "^lash: usage: %-%-max%-tokens: expected an integer, got 'x'\n$" },
    { { "--max-tokens", "1.5", "ok.lua" }, 64, "^lash: usage: %-%-max%-tokens: expected an integer, got '1.5'\n$" },
    { { "--temperature", "hot", "ok.lua" }, 64, "^lash: usage: %-%-temperature: expected a number, got 'hot'\n$" },
    { { "--thinking", "much", "ok.lua" }, 64, "^lash: usage: %-%-thinking: 'much' is not a level\nhint: off, low" },
    { { "--timeout", "soon", "ok.lua" }, 64, "^lash: usage: %-%-timeout: 'soon' is not a duration\nhint: " },
    { { "--timeout", "-1", "ok.lua" }, 64, "^lash: usage: %-%-timeout: '%-1' is not a duration\nhint: " },
    { { "--timeout", "1e300", "ok.lua" }, 64, "^lash: usage: %-%-timeout: '1e300' is too long\nhint: " },
    { { "ask", "-q", "-v", "hi" }, 64, "^lash: usage: %-q and %-v exclude each other\nhint: " },
    { { "-v", "check", "-q" }, 64, "^lash: usage: %-q and %-v exclude" },
    { { "-i", "-e", "print(1)" }, 64, "^lash: usage: %-e and %-i exclude each other\nhint: " },
    { { "chat", "-r", "string" }, 64, "^lash: usage: unknown option '%-r'\nhint: it is an option of `lash ask`\n$" },
    { { "job", "next", "--json", "j.lua" }, 64,
      "^lash: usage: unknown option '%-%-json'\nhint: there are %-n, %-%-help\n$" },
    { { "runs", "--xyzzy" }, 64, "\nhint: there are %-%-day, %-%-help, %-%-json, %-%-limit, %-%-state\n$" },
    { { "ask" }, 64, "^lash: usage: ask needs a prompt\n" },
    { { "ask", " " }, 64, "^lash: usage: ask needs a prompt\n" },
    { { "help", "errros" }, 64, "^lash: usage: there is no help on 'errros'\nhint: did you mean 'errors'%?\n$" },
    { { "models", "a", "b" }, 64, "^lash: usage: lash models takes one name at most\n" },
    { { "trust", "a", "b" }, 64, "^lash: usage: lash trust takes one folder at most\n" },
    { { "fake", "--prot", "1" }, 64,
      "^lash: usage: lash fake: unknown option %-%-prot\nhint: did you mean '%-%-port'%?\n$" },
    { {}, 64, "^lash: usage: nothing to do\n$" },
  }
  for _, case in ipairs(failures) do
    it(("answers `lash %s` with %d"):format(table.concat(case[1], " "), case[2]), function()
      local ended = sh:lash(table.unpack(case[1]))
      assert.matches(case[3], ended.err)
      assert.equal(case[2], ended.exit)
      assert.equal(#case[1] == 0, ended.out ~= "") -- the help
    end)
  end

  it("has one use of standard output", function()
    local ended = sh:lash("ask", "--json", "-o", "-", "hi")
    assert.equal(64, ended.exit)
    assert.matches("^lash: usage: %-%-json and `%-o %-` both want standard output\nhint: ", ended.err)
    assert.matches('"exit":64,"kind":"usage"', ended.out)
  end)

  it("has lines of JSON alone with --json, whatever is asked for", function()
    assert.equal(64, sh:lash("--json", "chat").exit)
    for _, words in ipairs { { "models" }, { "models", "--json" }, { "job", "list" }, { "init", "new" }, { "runs" } } do
      for line in sh:lash("--json", table.unpack(words)).out:gmatch "[^\n]+" do assert.matches("^{.*}$", line) end
    end
  end)

  local fine = {
    { { "ok.lua", "-m", "--", "--nope" }, "ok\t-m\t--\t--nope\n" },
    { { "-q", "--", "ok.lua", "x" }, "ok\tx\n" },
    { { "agent.lua" }, "qwen3-max\t8192\tnil\tnil\n" },
    { { "-m", "qwen-plus", "--max-tokens=10", "--temperature", "0", "--thinking", "off", "agent.lua" },
      "qwen-plus\t10\t0\toff\n" },
    { { "-mqwen-plus", "agent.lua" }, "qwen-plus\t8192\tnil\tnil\n" },
    { { "-qm", "qwen-plus", "agent.lua" }, "qwen-plus\t8192\tnil\tnil\n" },
    { { "--model=a=b", "agent.lua" }, "a=b\t8192\tnil\tnil\n" },
    { { "-m", "a", "-m", "b", "agent.lua" }, "b\t8192\tnil\tnil\n" },
    { { "-m", "qwen-plus", "-e", "print(lash.agent {}.model, ...)", "-m", "x" }, "qwen-plus\t-m\tx\n" },
    { { "--timeout", "1h", "ok.lua" }, "ok\n" },
    { { "--timeout", "0", "ok.lua" }, "ok\n" }, -- none, as timeout(1) has it
  }
  for _, case in ipairs(fine) do
    it(("takes `lash %s`"):format(table.concat(case[1], " ")), function()
      local ended = sh:lash(table.unpack(case[1]))
      assert.same({ 0, case[2], "" }, { ended.exit, ended.out, ended.err })
    end)
  end

  it("knows its version and its help", function()
    assert.matches("^lash %d+%.%d+%.%d+\nbuilt with Lua 5%.4[^\n]*libcurl[^\n]*\n$", sh:lash("--version").out)
    local help = sh:lash "--help"
    assert.same({ 0, "" }, { help.exit, help.err })
    assert.equal(help.out, sh:lash("help").out)
    assert.equal(help.out, sh:lash("-h").out)
    for _, topic in ipairs { "ask", "config", "errors", "options", "scripts" } do
      local ended = sh:lash("help", topic)
      assert.same({ 0, "" }, { ended.exit, ended.err })
      assert.is_true(#ended.out > 100)
    end
  end)

  it("takes a subcommand before a file of its name", function()
    sh:write("models", 'print "the file"')
    assert.not_matches("the file", sh:lash("models").out)
    assert.equal("the file\n", sh:lash("./models").out)
    sh:write("tool", 'print "a script without a suffix"')
    assert.equal("a script without a suffix\n", sh:lash("tool").out)
  end)

  it("tells where a Lua error came from with -v", function()
    local ended = sh:lash("-v", "index.lua")
    assert.equal(70, ended.exit)
    assert.matches("^lash: internal: index.lua:3: [^\n]+\nstack traceback:\n.*index.lua:3: in ", ended.err)
  end)
end)
