--- lash chat at a terminal: turns, tools, Ctrl-C, what goes on.
local chatting = require "spec.support.chatting"

local WRITES = [[
  local function answer(text, messages, role)
    if role == "tool" then return "The tool said: " .. text end
    return { tool = "write_file", arguments = { path = "one.txt", content = text } }
  end]]

local function content(sh, name)
  local file <close> = io.open(sh.path .. "/" .. name)
  return file and file:read "a"
end

describe("lash chat", function()
  it("answers prompt by prompt, and tells how to go on", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    assert.matches("lash [%d.]+, session (chat%-[%w-]+); /help helps", chat.greeting)
    local id = chat.greeting:match "session (chat%-[%w-]+)"
    assert.matches("qwen3-max · 0 tokens · 100% of the context left · $0.0000", chat.greeting, 1, true)
    assert.matches("\n1: hello\r\n", chat:say "hello")
    local shown = chat:say "and *again*"
    assert.matches("\n3: and .-again", shown)
    assert.matches("qwen3%-max · %d+ tokens · 100%% of the context left · %$0%.%d+", shown)
    assert.not_matches("*again*", shown:match "3: .*", 1, true) -- it is Markdown
    local rest, exit = chat:leave()
    assert.matches("to go on: lash chat --session " .. id, rest, 1, true)
    assert.equal(0, exit)
    assert.matches("5: more", sh:lash("ask", "--session", id, "more").out)
  end)

  it("is what lash alone does at a terminal", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.run(sh, "lash -m qwen-plus")
    assert.matches("qwen-plus · 0 tokens", chat:ready(), 1, true)
    assert.equal(0, select(2, chat:leave()))
  end)

  it("begins no session that nothing was said in", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    assert.not_matches("to go on", (chat:leave()))
    assert.equal("", sh:lash("sessions").out)
  end)

  it("goes on with --session last, or with that of an id", function()
    local sh <close> = chatting.shell()
    do
      local chat <close> = chatting.start(sh, "--session=first")
      chat:say "my name is Ada"
      chat:leave()
    end
    local chat <close> = chatting.start(sh, "--session last")
    assert.matches("first, goes on with 2 messages; .*the last prompt: my name is Ada%c[^\n]*\n1: my name is Ada",
      chat.greeting)
    assert.matches("\n3: who am I", chat:say "who am I")
    chat:leave()
  end)

  it("goes on with the model of the last turn, unless the command line says which", function()
    local sh <close> = chatting.shell [[local function answer(_, _, _, request) return request.model end]]
    sh:write(".config/lash/config.json", '{"agents":{"brief":{"instructions":"Be brief."}}}')
    assert.equal("qwen-plus\n", sh:lash("ask", "-m", "qwen-plus", "--session", "a", "hi").out)
    do
      local chat <close> = chatting.start(sh, "--session last")
      assert.matches("qwen-plus · ", chat.greeting, 1, true)
      chat:say "/model qwen-flash"
      assert.matches("\nqwen%-flash\r\n", chat:say "hi")
      chat:leave()
    end
    assert.equal("qwen-flash\n", sh:lash("ask", "--session", "a", "hi").out)
    assert.equal("qwen-turbo\n", sh:lash("ask", "--session", "a", "-m", "qwen-turbo", "hi").out)
    assert.equal("qwen-turbo\n", sh:lash("ask", "--session", "a", "hi").out)
    assert.equal("qwen3-max\n", sh:lash("ask", "--session", "b", "hi").out)
    assert.equal("qwen3-max\n", sh:lash("ask", "--session", "a", "-a", "brief", "hi").out)
    local chat <close> = chatting.start(sh, "--session b")
    assert.matches("qwen%-plus · ", chat:say "/model qwen-plus" .. chat:say "hi")
    sh:lash("ask", "-m", "qwen-flash", "--session", "c", "hi")
    assert.matches("qwen%-flash · ", chat:say "/sessions c")
    chat:leave()
  end)

  it("keeps to the model of the command line, and has its own again in a new one", function()
    local sh <close> = chatting.shell()
    sh:lash("ask", "-m", "qwen-flash", "--session", "c", "hi")
    do
      local chat <close> = chatting.start(sh, "-m qwen-plus")
      assert.matches("qwen%-plus · ", chat:say "/sessions c")
      chat:leave()
    end
    local chat <close> = chatting.start(sh)
    assert.matches("qwen%-flash · ", chat:say "/sessions c")
    assert.matches("qwen3%-max · ", chat:say "/new")
    chat:leave()
  end)

  it("goes on without a provider that is not configured any more", function()
    local sh <close> = chatting.shell()
    sh:write(".config/lash/config.json", ('{"providers":{"old":{"type":"dashscope","api_key":"sk-x","api_base":"%s"}}}')
      :format(sh.variables.DASHSCOPE_API_BASE))
    assert.equal(0, sh:lash("ask", "-p", "old", "-m", "qwen-plus", "--session", "s", "hi").exit)
    sh:write(".config/lash/config.json", "{}")
    local ended = sh:lash("ask", "--session", "s", "again")
    assert.equal(0, ended.exit)
    assert.matches("the conversation was with qwen%-plus of 'old', which is not to be had now: .*provider 'old'",
      ended.err)
  end)

  it("says of a session that was named whether it is new", function()
    local sh <close> = chatting.shell()
    do
      local chat <close> = chatting.start(sh, "--session trunk")
      assert.matches("session trunk, a new one; /help", chat.greeting, 1, true)
      chat:say "one"
      chat:leave()
    end
    local chat <close> = chatting.start(sh, "--session trnk")
    assert.matches("session trnk, a new one (did you mean 'trunk'?)", chat.greeting, 1, true)
    chat:leave()
  end)

  it("shows money with as many digits as say something", function()
    local dollars = require("lash.cli.chat.status").dollars
    for shown, amount in pairs {
      ["$0.0000"] = 0, ["$12.35"] = 12.349, ["$0.1235"] = 0.12345, ["$0.0001"] = 0.0001, ["$0.000049"] = 0.000049,
      ["$0.000012"] = 0.0000119, ["$0.000000000001"] = 1e-12,
    } do assert.equal(shown, dollars(amount)) end
  end)

  it("counts the attempts of a request", function()
    local sh <close> = chatting.shell [[local n = 0
      local function answer(text)
        n = n + 1
        return n < 3 and { status = 503, retry_after = 0 } or "at last"
      end]]
    local chat <close> = chatting.start(sh)
    assert.matches("again in %d+%.%d s %(2 of 5%): .*again in %d+%.%d s %(3 of 5%): .*at last", chat:say "hello")
    chat:leave()
  end)

  it("dims thinking, or folds it into a line that can be unfolded", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    local pieces = chat:say("think"):gsub("\27%[0m\27%[2m", "") -- it may come in several
    assert.matches("\27[2mHm, let me see.\27[0m\r\n", pieces, 1, true)
    assert.matches("thinking is hidden", chat:say "/thinking hide")
    local shown = chat:say "think"
    assert.matches("thought for %d+ s", shown)
    assert.not_matches("let me see", shown)
    assert.matches("Hm, let me see.", chat:say "/thinking", 1, true)
    chat:leave()
  end)
end)

describe("a tool of a chat", function()
  it("asks in place, and is one line with its time and size", function()
    local sh <close> = chatting.shell(WRITES)
    local chat <close> = chatting.start(sh, "-t write_file")
    chat:type "yes please\r"
    assert.matches("lash: write_file wants to write\r\n  | .-/work/one%.txt\r\n  |\r\n  | yes please\r\n",
      chat:wait "[N] no: ")
    chat:type "y\r"
    local shown = chat:ready()
    assert.matches("✓ write_file one.txt {\"content\":\"yes please\"}  %d%.%d s, %d+ B\27%[0m\r\n", shown)
    assert.matches("The tool said", shown)
    assert.equal("yes please", content(sh, "work/one.txt"))
    chat:type "no thanks\r"
    chat:wait "[N] no: "
    chat:type "\r"
    shown = chat:ready()
    assert.matches("✗ write_file .*, you said no", shown)
    assert.equal("yes please", content(sh, "work/one.txt"))
    local _, exit = chat:leave()
    assert.equal(0, exit) -- the person knows of that no
  end)

  it("is told of by what it is about, and by how a command ended", function()
    local call = require "lash.cli.call"
    for expected, ev in pairs {
      ["shell ls -l"] = { name = "shell", arguments = { command = "ls -l" } },
      ['write_file x {"content":"y"}'] = { name = "write_file", arguments = { path = "x", content = "y" } },
      ['grep a+ {"path":"src"}'] = { name = "grep", arguments = { pattern = "a+", path = "src" } },
      ["list_files {}"] = { name = "list_files", arguments = {} },
      ['f {"path":7}'] = { name = "f", arguments = { path = 7 } },
      ["f {bad"] = { name = "f", arguments = "{bad" },
      ["helper: f x"] = { name = "f", arguments = { url = "x" }, parent = "r", agent = "helper" },
    } do assert.equal(expected, call.text(ev)) end
    for expected, told in pairs {
      ["exit 2"] = "error: some output\n[exit status 2 after 0.1 s]\nls: cannot access",
      ["ended by SIGKILL"] = "error: [ended by SIGKILL after 0.1 s]",
      ["no such file"] = "error: no such file\nmore",
      [""] = "",
    } do assert.equal(expected, call.failure(told)) end
  end)

  it("that was stopped by Ctrl-C leaves a line that says so", function()
    local sh <close> = chatting.shell [[local function answer()
      return { tool = "shell", arguments = { command = "echo begun >begun; sleep 60" } }
    end]]
    sh:write("config.json", [[{ "agents": { "defaults": { "policy": { "exec": "allow" } } } }]])
    local chat <close> = chatting.start(sh, "-t shell --config ../config.json")
    chat:type "go\r"
    chat:wait "shell echo begun"
    chat:type "\3"
    assert.matches("✗ shell echo begun >begun; sleep 60  stopped\27%[0m\r\n.*stopped; the prompt", chat:ready())
    chat:leave()
  end)

  it("may be stopped where it asks: nothing is done, the chat goes on", function()
    local sh <close> = chatting.shell(WRITES)
    local chat <close> = chatting.start(sh, "-t write_file")
    chat:type "x\r"
    chat:wait "[N] no: "
    chat:type "\3"
    assert.matches("stopped; the prompt is in the conversation; /undo", chat:ready(), 1, true)
    assert.is_nil(content(sh, "work/one.txt"))
    chat:type "x\r" -- the same prompt: the call that was not carried out is answered for
    chat:wait "The tool said"
    assert.matches("not carried out: the program was stopped before a person", chat:ready(), 1, true)
    chat:leave()
  end)
end)

describe("Ctrl-C", function()
  it("stops the turn; the session is as good as before", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    chat:say "one"
    chat:type "slow\r"
    chat:wait "waiting for qwen3-max"
    chat:type "\3"
    assert.matches("stopped; the prompt is in the conversation; /undo takes it out", chat:ready(), 1, true)
    assert.matches("\n4: two", chat:say "two") -- one, its answer, slow, two
    assert.matches("undone: two", chat:say "/undo", 1, true)
    assert.matches("undone: slow", chat:say "/undo", 1, true)
    assert.matches("\n3: three", chat:say "three")
    local rest, exit = chat:leave()
    assert.equal(0, exit, rest)
  end)

  it("clears the line, and leaves with 130 when pressed twice", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    chat:type "something"
    chat:wait "something"
    chat:type "\3"
    assert.matches("%^C\r\n.*Ctrl%-C once more leaves", chat:ready())
    assert.matches("\n1: fresh", chat:say "fresh") -- not "somethingfresh"; and this begins anew
    chat:type "\3"
    chat:ready()
    chat:type "words"
    chat:wait "words"
    chat:type "\3" -- clears again
    chat:ready()
    chat:type "\3"
    local rest, exit = chat:finish()
    assert.equal(130, exit)
    assert.matches("to go on", rest)
  end)

  it("may come at any moment of a turn", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    for _ = 1, 10 do
      chat:type "slow\r"
      chat:wait "slow\r\n"
      chat:type "\3" -- before it begins, while it does, behind that
      chat:ready()
      assert.matches(": hello", chat:say "hello", 1, true)
    end
    chat:leave()
  end)

  it("ends the waiting for an answer at once with a second one", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    chat:type "slow\r"
    chat:wait "waiting for"
    chat:type "\3"
    chat:ready()
    chat:type "\3"
    assert.equal(130, select(2, chat:finish()))
  end)
end)

describe("the end of a chat", function()
  local AFTER = "; echo status $?; stty -a | tr ';' '\\n' | grep -wo -e '-*icanon' -e '-*echo' | tr '\\n' ' '"

  for _, case in ipairs { { "TERM", 143 }, { "HUP", 129 }, { "INT", nil } } do
    it("with SIG" .. case[1] .. " leaves the terminal as it was", function()
      local sh <close> = chatting.shell()
      local chat <close> = chatting.run(sh, "lash chat" .. AFTER)
      chat:ready()
      chat:say "hello"
      local pid = chat:say("!echo pid $PPID"):match "pid (%d+)"
      assert(os.execute(("kill -%s %s"):format(case[1], pid)))
      if case[2] then
        local rest = chat:finish()
        assert.matches("\27[?2004l", rest, 1, true)
        assert.matches(("status %d\r\nicanon echo"):format(case[2]), rest, 1, true)
      else -- as if it was typed
        assert.matches("once more", chat:ready())
        assert.matches("status 0\r\nicanon echo", (chat:leave()), 1, true)
      end
    end)
  end

  it("in the middle of a turn leaves it so, too", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.run(sh, "lash chat" .. AFTER)
    chat:ready()
    local pid = chat:say("!echo pid $PPID"):match "pid (%d+)"
    chat:type "slow\r"
    chat:wait "waiting for"
    assert(os.execute("kill -TERM " .. pid))
    assert.matches("lash: interrupted: .*status 143\r\nicanon echo", (chat:finish()))
  end)
end)
