--- lash chat: its slash commands, and what of a turn fails.
local chatting = require "spec.support.chatting"

local function plain(shown) return (shown:gsub("\27%[[%d;?]*%a", ""):gsub("\r", "")) end

--- What a chat shows for each line, plain.
local function talk(chat, lines)
  local shown = {}
  for i, line in ipairs(lines) do shown[i] = plain(chat:say(line)) end
  return shown
end

describe("a command of a chat", function()
  it("that is none is told, with the nearest", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    local shown = talk(chat, { "/modle", "/undo now", "/xyzzyplugh", "/tools grap", "/save" })
    assert.matches("lash: usage: there is no command '/modle'\nhint: did you mean '/model'?", shown[1], 1, true)
    assert.matches("/undo takes nothing", shown[2], 1, true)
    assert.matches("there are: /model /tools", shown[3], 1, true)
    assert.matches("did you mean 'grep'?", shown[4], 1, true)
    assert.matches("/save needs the name of a file", shown[5], 1, true)
    assert.equal(0, select(2, chat:leave()))
  end)

  it("sets model, tools, instructions and thinking for what follows", function()
    local sh <close> = chatting.shell [[local function answer(text, messages, role, request)
      local names = {}
      for i, t in ipairs(request.tools or {}) do names[i] = t["function"].name end
      return ("`%s %s %s %s`"):format(request.model, messages[1].role, tostring(request.enable_thinking),
        table.concat(names, ","))
    end]]
    local chat <close> = chatting.start(sh, "-m qwen-plus")
    assert.matches("qwen-plus user nil", plain(chat:say "hello"), 1, true)
    local shown = talk(chat, { "/model qwen3-max", "/tools read_file grep", "/system Be brief.", "/thinking low",
      "hello", "/tools none", "/system none", "/thinking off", "hello" })
    assert.matches("on: read_file, grep", shown[2], 1, true)
    assert.matches("qwen3-max system true grep,read_file\n", shown[5], 1, true)
    assert.matches("qwen3-max user nil", shown[9], 1, true)
    shown = talk(chat, { "/model", "/tools", "/system" })
    assert.matches("\nqwen3-max\n", shown[1], 1, true)
    assert.matches("on: none\nthere are: edit_file, fetch", shown[2], 1, true)
    assert.matches("no instructions", shown[3], 1, true)
    chat:leave()
  end)

  it("doubts a model that is like one of the table, also of the command line", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh, "-m qwen3-mx")
    local doubt = "qwen3-mx is not in the table; similar names: qwen3-max"
    assert.matches(doubt, plain(chat.greeting), 1, true)
    assert.not_matches("not in the table", plain(chat:say "/model qwen3-max"), 1, true)
    assert.matches(doubt, plain(chat:say "/model qwen3-mx"), 1, true)
    chat:leave()
  end)

  it("takes no model that would not see the images of the conversation", function()
    local sh <close> = chatting.shell()
    sh:write("work/a.png", "\x89PNG\r\n\x1A\nx")
    local chat <close> = chatting.start(sh, "-m qwen-vl-max --image a.png")
    assert.matches("qwen3%-max takes no images, and this conversation has some\nhint: ",
      plain(chat:say "/model qwen3-max"))
    assert.matches("\n1: hello\n", plain(chat:say "hello"))
    assert.matches("takes no images", plain(chat:say "/model qwen3-max"))
    assert.matches("\n3: again\n.*qwen%-vl%-max ·", plain(chat:say "again"))
    chat:say "/undo"
    chat:say "/undo"
    assert.matches("qwen3-max\n", plain(chat:say "/model qwen3-max"), 1, true)
    chat:leave()
  end)

  it("undoes, forks, lists, goes on with another conversation, and saves", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh, "--session trunk")
    local shown = talk(chat, { "one", "two", "/fork branch", "/undo", "three", "/sessions", "/sessions trunk", "four",
      "/sessions brunch", "/fork trunk", "/save talk.md", "/save talk.md", "/save talk.json" })
    assert.matches("this is session branch now", shown[3], 1, true)
    assert.matches("undone: two", shown[4], 1, true)
    assert.matches("\n3: three", shown[5])
    assert.matches("branch +%d+%-%d+%-%d+ %d+:%d+ +2  one\ntrunk .- 2  one", shown[6])
    assert.matches("\n5: four", shown[8])
    assert.matches("did you mean 'branch'?", shown[9], 1, true)
    assert.matches("there is a session 'trunk' already", shown[10], 1, true)
    assert.matches("written: talk.md", shown[11], 1, true)
    assert.matches("talk.md is there already", shown[12], 1, true)
    assert.matches("^# trunk\n\n## user\n\none\n\n## assistant\n\n1: one\n\n## user\n\ntwo\n", sh:read "work/talk.md")
    assert.equal(6, #require("lash.core.json").decode(sh:read "work/talk.json"))
    chat:leave()
  end)

  it("without a name, or with an unknown one, says what there is, and sends nothing", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    for _, line in ipairs { "/", "/ ", "/ hello", "//", "/xyzzyplugh" } do
      assert.matches("lash: usage: there is no command '/.*hint: there are: /model /tools", plain(chat:say(line)), 1)
    end
    assert.matches("\n1: /etc/hosts what is it", plain(chat:say "/etc/hosts what is it"), 1, true)
    assert.matches("\n3: / is a slash", plain(chat:say " / is a slash"))
    chat:leave()
  end)

  it("shows what a copy goes on from: its context, and what that cost", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh, "--session trunk")
    local shown = talk(chat, { "one", "/fork", "/undo", "/cost", "/sessions trunk" })
    local tokens, cost = shown[1]:match "· ([%d,]+) tokens · 100%% .- · (%$[%d.]+)"
    assert.is_truthy(tokens, shown[1])
    assert.matches(tokens .. " tokens", plain(chat:say "/fork again"), 1, true)
    assert.matches("money: $0.0000, and " .. cost .. " before /fork", shown[4], 1, true)
    assert.matches(tokens .. " tokens · 100% of the context left · " .. cost, shown[5], 1, true)
    chat:leave()
    local fresh <close> = chatting.start(sh, "--session trunk")
    assert.matches("this is session chat%-[%w-]+ now, a new one\nqwen3%-max · 0 tokens", plain(fresh:say "/new"))
    assert.matches("\n1: one", plain(fresh:say "one"))
    fresh:type "exit\r"
    assert.equal(0, select(2, fresh:finish()))
    local again <close> = chatting.start(sh, "--session again")
    assert.matches("session again, goes on with 2 messages; /help", again.greeting, 1, true)
    again:leave()
  end)

  it("tells what was spent, undone prompts too", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    local shown = talk(chat, { "/cost", "one", "/undo", "/undo", "/cost" })
    assert.matches("tokens: none\nmoney: %$0%.0000", shown[1])
    assert.matches("there is nothing to undo", shown[4], 1, true)
    assert.matches("tokens: input %d+, .*output %d+\nmoney: %$0%.%d+", shown[5])
    chat:leave()
  end)

  it("has the conversation summed up, and sends no more than that", function()
    local sh <close> = chatting.shell [[local function answer(text, messages)
      if text:find "^Sum up" then return "SUMMARY" end
      local seen = {}
      for i, m in ipairs(messages) do seen[i] = m.content:sub(-12) end
      return ("`%s`"):format(table.concat(seen, "|"))
    end]]
    local chat <close> = chatting.start(sh, "--session long")
    local shown = talk(chat, { "/compact", "one", "two", "/compact", "three", "/fork", "four", "/sessions long",
      "/undo", "/undo", "five" })
    assert.matches("there is nothing to sum up", shown[1], 1, true)
    assert.matches("SUMMARY.*this summary is sent instead of the 4 messages before it", shown[4])
    assert.matches("\nhis summary.|SUMMARY|three\n", shown[5], 1, true)
    assert.matches("\nhis summary.|SUMMARY|three|", shown[7], 1, true)
    assert.matches("this is session long now\nthe last prompt: three\n.*|three\nqwen3%-max · [1-9]", shown[8])
    assert.matches("undone: /compact\nqwen3%-max · [1-9]", shown[10])
    assert.matches("\none|one|two|", shown[11], 1, true)
    chat:leave()
    assert.matches("one|`one`|two|", sh:lash("ask", "--session", "long", "six").out, 1, true)
  end)

  it("runs Lua, with the session and its agent", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    local shown = talk(chat, { "one", "/lua #session.messages, agent.model", "/lua agent 'from Lua'", "/lua error 'no'",
      "/lua", "x = 20", "x + 1", "\4", "two" })
    assert.matches('\n2\t"qwen3-max"\n', shown[2], 1, true)
    assert.matches('\n"1: from Lua"\n', shown[3], 1, true)
    assert.matches("lash: internal: (lua):1: no", shown[4], 1, true)
    assert.matches("\n21\n", shown[7], 1, true)
    assert.matches("\n3: two", shown[9])
    chat:leave()
  end)
end)

describe("what fails in a turn", function()
  it("is told as an error, and the chat goes on", function()
    local sh <close> = chatting.shell [[
      local n = 0
      local function answer(text)
        n = n + 1
        if text == "fail" then return { status = 400, message = "no such thing", code = "invalid_parameter_error" } end
        return "fine"
      end]]
    local chat <close> = chatting.start(sh)
    local shown = talk(chat, { "fail", "/model no-such-model", "hello", "/model qwen3-max", "again" })
    assert.matches("lash: invalid: .*no such thing", shown[1])
    assert.matches("lash: not_found: .*\nhint: ", shown[3])
    assert.matches("\nfine\n", shown[5], 1, true)
    assert.equal(0, select(2, chat:leave()))
  end)

  it("is also a service that is not there", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.run(sh, sh:command():gsub("^'env' '%-i'", "exec env -i")
      .. " chat -p nowhere --config config.json")
    sh:write("work/config.json", [[{
      "providers": { "nowhere": { "type": "openai", "api_base": "http://127.0.0.1:9/v1" } },
      "agents": { "defaults": { "retry": 0 } } }]])
    chat:ready()
    assert.matches("lash: network: ", plain(chat:say "hello"), 1, true)
    assert.matches("lash: network: ", plain(chat:say "hello"), 1, true)
    chat:leave()
  end)

  it("is a budget, which counts all of the chat", function()
    local sh <close> = chatting.shell [[local function answer(text)
      return { text = "spent", usage = { input = 1000, output = 8000 } }
    end]]
    local chat <close> = chatting.start(sh, "--budget 0.06 --max-tokens 8192")
    local first = plain(chat:say "one")
    assert.matches("spent\n.*%$0%.%d+ of%s%$0%.0600 left", first)
    assert.matches("lash: budget: the budget of $0.06 does not cover", plain(chat:say "two"), 1, true)
    assert.matches("budget of this chat: %$0%.0600, spent %$0%.0%d+", plain(chat:say "/cost"))
    assert.equal(0, select(2, chat:leave()))
  end)
end)
