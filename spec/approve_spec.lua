--- Questions at the terminal, from outside: what is shown, what an answer does.
local asking = require "spec.support.asking"
local terminal = require "spec.support.terminal"

local with, content = asking.with, asking.content
local CALLS, ASK, PROMPT = asking.CALLS, asking.ASK, asking.PROMPT

describe("without a terminal", function()
  it("the answer is no: the model is told, the run ends with 77 after its answer", function()
    local sh <close> = with(CALLS)
    local res = sh:sh("setsid -w " .. sh:command("ask", "-t", "write_file", "hi") .. " <&-")
    assert.same({ "done\n", 77 }, { res.out, res.exit })
    assert.equal(("lash: denied: write_file: %s/two.txt: there is no terminal to ask at (and 2 more)\n"
      .. "hint: the policy of an agent says what needs no question\n"):format(sh.path), res.err)
    assert.is_nil(content(sh, "one.txt"))
    sh:write("events.sh", "setsid -w " .. sh:command("ask", "--json", "-t", "write_file", "hi") .. " </dev/null")
    res = sh:sh "sh events.sh"
    assert.matches('"content":"error: denied: there is no terminal to ask at"', res.out, 1, true)
    assert.matches('"denied":[{"reason":"there is no terminal to ask at","subject":"', res.out, 1, true)
    assert.matches('"exit":77,"kind":"denied"[^\n]*\n$', res.out)
  end)

  it("what was denied is named in short, and nothing in it is hidden", function()
    local sh <close> = with [[return {
      { tool = "shell", arguments = { command = ("x"):rep(5000) } },
      { tool = "shell", arguments = { command = "echo a\u{202E}\u{200B}b; x" } },
      { text = "done" },
    }]]
    sh:sh "mkdir work"
    local res = sh:sh("cd work && setsid -w " .. sh:command("ask", "-v", "-t", "shell", "hi") .. " </dev/null")
    assert.matches("\n> shell echo a<U+202E><U+200B>b; x\n", res.err, 1, true)
    assert.matches("\nlash: denied: shell: echo a<U+202E><U+200B>b; x: there is no terminal", res.err, 1, true)
    assert.is_true(#res.err < 1000, res.err)
  end)

  it("a script has the record, and may end as it likes", function()
    local sh <close> = with(CALLS)
    sh:write("script.lua", [[
      local lash = require "lash"
      local run = lash.agent({ tools = { "write_file" } }):run "hi"
      print(run.value, #run.denied, run.denied[1].tool, run.denied[1].reason)
      if arg[1] then os.exit(0) end]])
    local res = sh:sh("setsid -w " .. sh:command "script.lua" .. " </dev/null")
    assert.same({ "done\t3\twrite_file\tthere is no terminal to ask at\n", 77 }, { res.out, res.exit })
    assert.equal(0, sh:sh("setsid -w " .. sh:command("script.lua", "quietly") .. " </dev/null").exit)
  end)

  it("a policy needs no questions", function()
    local sh <close> = with(CALLS)
    sh:write("script.lua", [[
      local lash = require "lash"
      local policy = lash.policy { write = { "one.txt" } }
      local run = lash.agent({ tools = { "write_file" }, policy = policy }):run "hi"
      local no = lash.agent({ tools = { "write_file" }, policy = { write = "deny" } }):run "hi"
      print(#run.denied, no.tool_calls[1].ok)]])
    local res = sh:sh("setsid -w " .. sh:command "script.lua" .. " </dev/null")
    assert.same({ "1\tfalse\n", "2" }, { res.out, content(sh, "one.txt") })
  end)
end)

describe("at a terminal", function()
  it("a question is answered once, for all, or not", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, ASK .. " <&-")
    local shown = t:wait(PROMPT)
    assert.matches("lash: write_file wants to write\r\n  | " .. sh.path .. "/one.txt\r\n  |\r\n  | 1\r\n"
      .. "[y] once  [a] always in this run: this path  [N] no: ", shown, 1, true)
    t:type "y\n"
    t:wait(PROMPT)
    t:type "Always\n"
    assert.matches("two.txt", t:wait(PROMPT))
    t:type "\n"
    local rest, exit = t:finish()
    assert.matches("done\r\nlash: denied: write_file: .*two.txt: the person said no\r\n", rest)
    assert.same({ 77, "2" }, { exit, content(sh, "one.txt") })
    assert.is_nil(content(sh, "two.txt"))
  end)

  it("'always' holds for the same question alone, all the run", function()
    local sh <close> = with [[return {
      { tool = "write_file", arguments = { path = "one.txt", content = "1" } },
      { tool = "write_file", arguments = { path = "../" .. "one.txt", content = "2" } },
      { tool = "write_file", arguments = { path = "x/../one.txt", content = "2" } },
      { tool = "write_file", arguments = { path = "./one.txt", content = "3" } },
      { text = "done" } }]]
    local t <close> = terminal.start(sh, ASK)
    t:wait(PROMPT)
    t:type "a\n"
    t:wait(PROMPT) -- ../one.txt is another
    t:type "n\n"
    local rest, exit = t:finish()
    assert.not_matches("wants to", rest)
    assert.same({ 77, "3" }, { exit, content(sh, "one.txt") })
  end)

  it("Ctrl-C interrupts the run, Ctrl-D is a no", function()
    local sh <close> = with(CALLS)
    do
      local t <close> = terminal.start(sh, "exec " .. sh:command("ask", "-q", "-t", "write_file", "hi"))
      t:wait(PROMPT)
      t:type "\3"
      local rest, exit = t:finish()
      assert.matches("lash: interrupted: interrupted by SIGINT", rest, 1, true)
      assert.equal(130, exit)
    end
    local t <close> = terminal.start(sh, ASK)
    for _ = 1, 3 do
      t:wait(PROMPT)
      t:type "\4"
    end
    local rest, exit = t:finish()
    assert.matches("done", rest)
    assert.equal(77, exit)
    assert.is_nil(content(sh, "one.txt"))
  end)

  it("a job in the background is not asked, and not stopped", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, "set -m; " .. ASK .. " & wait $!")
    local rest, exit = t:finish()
    assert.matches("the terminal belongs to another job", rest, 1, true)
    assert.equal(77, exit)
  end)

  it("control characters are shown, and nothing is approved unseen", function()
    local sh <close> = with [[return {
      { tool = "shell", arguments = { command = "echo a\r\27[2Kb \u{202E}c\n[y] once" } },
      { tool = "shell", arguments = { command = "echo " .. ("x"):rep(4000) } },
      { text = "done" } }]]
    sh:write("work/x", "")
    local t <close> = terminal.start(sh, "cd work && lash ask -q -t shell hi")
    local shown = t:wait(PROMPT)
    assert.matches("  | echo a^M^[[2Kb <U+202E>c\r\n  | [y] once\r\n[y] once", shown, 1, true)
    t:type "n\n"
    local rest, exit = t:finish()
    assert.matches("too long to be shown to a person", rest, 1, true)
    assert.equal(77, exit)
  end)

  it("what may have left the screen is named once more", function()
    local sh <close> = with [[return {
      { tool = "write_file", arguments = { path = "one.txt", content = ("\n"):rep(50) } },
      { tool = "write_file", arguments = { path = "two.txt", content = "short" } }, { text = "done" } }]]
    local t <close> = terminal.start(sh, ASK)
    assert.matches(("\r\n  | \r\nlash: write_file wants to write, in 53 lines that begin with\r\n  | %s\r\n[y] once")
      :format((sh.path .. "/one.txt"):sub(1, 76)), t:wait(PROMPT), 1, true)
    t:type "n\n"
    assert.not_matches("begin with", t:wait(PROMPT))
    t:type "n\n"
    assert.equal(77, select(2, t:finish()))
  end)

  it("a tool that wants to be confirmed is", function()
    local sh <close> = with [[return {
      { tool = "send", arguments = { to = "ann", n = "x" } },
      { tool = "send", arguments = { to = "ann" } },
      { tool = "send", arguments = { to = "bob" } },
      { text = "done" } }]]
    sh:write("script.lua", [[
      local lash = require "lash"
      local send = lash.tool { name = "send", about = "Send.", params = "to: string, n: integer = 1", confirm = true,
        timeout = 0.01, run = function(to, n) return "sent to " .. to .. n end }
      assert(send { to = "me" } == "sent to me1") -- the script's own call
      local run = lash.agent({ name = "clerk", tools = { send } }):run "hi"
      for _, call in ipairs(run.tool_calls) do print(call.ok, call.content) end]])
    local t <close> = terminal.start(sh, "lash -q script.lua")
    local shown = t:wait(PROMPT)
    assert.matches("lash: clerk: the model wants to call send\r\n"
      .. '  | {\r\n  |   "n": 1,\r\n  |   "to": "ann"\r\n  | }\r\n'
      .. "[y] once  [a] always in this run: this tool", shown, 1, true)
    t:type "a\n"
    local rest, exit = t:finish()
    assert.matches("false\terror: args.n: expected integer.*true\tsent to ann1\r\ntrue\tsent to bob1\r\n", rest)
    assert.equal(0, exit)
    local res = sh:sh("setsid -w " .. sh:command("-q", "script.lua") .. " <&-")
    assert.matches('^lash: denied: send: {"n":1,"to":"bob"}: there is no terminal to ask at %(and 1 more%)\n'
      .. "hint: send has `confirm = true`: a person at a terminal has to say yes\n$", res.err)
    local no <close> = terminal.start(sh, "lash -q script.lua")
    for _ = 1, 2 do
      no:wait(PROMPT)
      no:type "n\n"
    end
    rest, exit = no:finish()
    assert.equal(77, exit)
    assert.matches("lash: denied: send: [^\n]+: the person said no %(and 1 more%)", rest)
    assert.not_matches("hint", rest)
  end)

  it("other tasks run on, and questions wait for each other", function()
    local sh <close> = with [[return {
      { calls = { { tool = "read_file", arguments = { path = "/etc/passwd" } },
        { tool = "read_file", arguments = { path = "/etc/group" } }, { tool = "tick", arguments = {} } } },
      { text = "done" } }]]
    sh:write("script.lua", [[
      local lash = require "lash"
      local tick = lash.tool { name = "tick", about = "Tick.", parallel = true,
        run = function() for i = 1, 3 do lash.sleep "1ms" end print "ticked" end }
      local run = lash.agent({ tools = { tick, "read_file" } }):run "hi"
      print(run.tool_calls[1].ok, run.tool_calls[2].ok)]])
    local t <close> = terminal.start(sh, "lash -q script.lua")
    local shown = t:wait "ticked" -- nobody has answered yet
    assert.equal(1, select(2, shown:gsub("wants to read", "")))
    t:wait(shown:find("[N] no", 1, true) and ": " or PROMPT)
    t:type "y\n"
    t:wait(PROMPT)
    t:type "n\n"
    assert.matches("true\tfalse", (t:finish()))
  end)
end)
