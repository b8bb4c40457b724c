--- lash chat without a terminal, or with one that can do little; its options.
local chatting = require "spec.support.chatting"
local shell = require "spec.support.shell"

--- `lash chat` with these lines on standard input.
local function pipe(sh, lines, words) return sh:sh(("printf '%%b' '%s' | lash chat %s"):format(lines, words or "")) end

describe("lash chat from a pipe", function()
  it("answers line by line; stdout has the answers alone", function()
    local sh <close> = chatting.shell()
    local res = pipe(sh, [[hi\n\nlong \\\nline\n/quit\nnever\n]])
    assert.same({ "1: hi\n3: long \nline\n", "", 0 }, { res.out, res.err, res.exit })
    assert.equal("5: last\n", pipe(sh, "last", "--session last").out) -- without a line end, too
  end)

  it("has a help that fits the narrowest terminal", function()
    local sh <close> = chatting.shell()
    local res = pipe(sh, [[/help\n]])
    assert.equal(0, res.exit)
    for line in res.out:gmatch "[^\n]+" do assert.is_true(utf8.len(line) < 80, line) end
    assert.matches("/undo .*/compact ", res.out)
  end)

  it("ends with the status of the last prompt or command", function()
    local sh <close> = chatting.shell [[local function answer(text)
      return text == "fail" and { status = 400, message = "no" } or "fine"
    end]]
    local res = pipe(sh, [[fail\nhello\n]])
    assert.same({ "fine\n", 0 }, { res.out, res.exit })
    assert.matches("^lash: invalid: ", res.err)
    assert.equal(78, pipe(sh, [[hello\nfail\n/quit\n]]).exit)
    assert.equal(64, pipe(sh, [[/nothing\n]]).exit)
  end)

  it("shows what it was asked, and no more, with -v", function()
    local sh <close> = chatting.shell [[local function answer(text, messages, role)
      return role == "tool" and "done" or { tool = "list_files", arguments = {} }
    end]]
    local res = pipe(sh, [[look\n]], "-t list_files -v")
    assert.equal("done\n", res.out)
    assert.matches("> list_files {}\n< list_files (", res.err, 1, true)
  end)

  it("asks nobody: a tool that would have to is denied, and the status says so", function()
    local sh <close> = chatting.shell [[local function answer(text, messages, role)
      return role == "tool" and "done" or { tool = "write_file", arguments = { path = "x", content = "" } }
    end]]
    local res = sh:sh("echo hi | setsid -w " .. sh:command("chat", "-t", "write_file"))
    assert.same({ "done\n", 77 }, { res.out, res.exit })
  end)

  it("takes options, and refuses what it has not", function()
    local sh <close> = chatting.shell [[local function answer(text, messages, role, request)
      return ("%s %s"):format(messages[1].content, request.model)
    end]]
    assert.equal("Be brief. qwen-plus\n", pipe(sh, [[hi\n]], "-s 'Be brief.' -m qwen-plus").out)
    for words, hint in pairs {
      ["--json"] = "unknown option '--json'", ["-o x"] = "unknown option '-o'", ["hello"] = "chat takes no prompt",
      ["--sesion x"] = "did you mean '--session'?", ["--session 'a b'"] = "is not the id of a session",
      ["--image none.png"] = "none.png", ["-t grpe"] = "did you mean 'grep'?",
    } do
      local res = pipe(sh, "", words)
      assert.matches(hint, res.err, 1, true)
      assert.is_true(res.exit == 64 or res.exit == 66, words)
    end
    local new <close> = shell.new {}
    local res = new:lash("chat", "--session", "last")
    assert.same({ 66, "lash: input: there is no session yet\nhint: lash chat begins one\n" }, { res.exit, res.err })
    assert.same({ 64, 0 }, { new:lash().exit, new:lash("chat").exit }) -- no terminal; nothing was said
  end)

  it("adds an image to the first prompt, and nothing that a line names", function()
    local sh <close> = chatting.shell [[local function answer(text, messages)
      local content, urls = messages[#messages].content, {}
      for _, part in ipairs(type(content) == "table" and content or {}) do
        if part.image_url then urls[#urls + 1] = part.image_url.url:sub(1, 15) end
      end
      return #urls .. table.concat(urls)
    end]]
    sh:write("a.png", "\x89PNG\r\n\x1A\nx")
    sh:write("b.gif", "GIF89a")
    assert.equal("1data:image/png;\n0\n0\n" , (pipe(sh, [[one\ntwo\nsee @b.gif\n]],
      "-m qwen-vl-max --image a.png").out:gsub("(image/%a+);?", "%1;")))
  end)
end)

describe("lash chat at a terminal", function()
  it("that is dumb has prompts without any sequence", function()
    local sh <close> = chatting.shell(nil, { TERM = "dumb" })
    local chat <close> = chatting.run(sh, "exec " .. sh:command("chat"))
    chat:wait "\n> "
    chat:type "think\n"
    local shown = chat:wait "\n> "
    assert.matches("Hm, let me see.\r\nSo it is.\r\n", shown, 1, true)
    chat:type "slow\n"
    chat:wait "slow\r\n"
    chat:type "\3"
    shown = shown .. chat:wait "\n> "
    chat:type "and then\n"
    shown = shown .. chat:wait "\n> "
    chat:type "half"
    chat:wait "half"
    chat:type "\3"
    shown = shown .. chat:wait "\n> "
    chat:type "\4"
    local rest, exit = chat:finish()
    assert.equal(0, exit)
    assert.not_matches("\27", shown .. rest)
  end)

  it("has no colour with NO_COLOR or --no-color", function()
    for _, case in ipairs { { { NO_COLOR = "1" }, "chat" }, { {}, "chat", "--no-color" } } do
      local sh <close> = chatting.shell(nil, case[1])
      local chat <close> = chatting.run(sh, "exec " .. sh:command(table.unpack(case, 2)))
      local shown = chat:ready() .. chat:say "think" .. chat:say "**hello**"
      chat:type "\27[200~one\rtwo\27[201~" -- what is pasted is marked as ever
      local pasted = chat:say "!"
      assert.matches(": one two!", pasted, 1, true)
      local rest = chat:leave()
      assert.not_matches("\27%[[%d;]*m", shown .. pasted .. rest)
    end
  end)

  it("that becomes narrower has shorter lines from then on", function()
    local sh <close> = chatting.shell [[local function answer(text) return ("word "):rep(30) end]]
    local chat <close> = chatting.start(sh)
    local function widest(shown)
      local most = 0
      for line in shown:gmatch "[^\r\n]+" do
        if line:find "^word" then most = math.max(most, #line) end
      end
      return most
    end
    local wide = widest(chat:say "one")
    assert.is_true(wide > 60 and wide <= 80, wide)
    chat:say "!stty cols 40"
    local narrow = widest(chat:say "two")
    assert.is_true(narrow > 20 and narrow <= 40, narrow)
    chat:leave()
  end)
end)
