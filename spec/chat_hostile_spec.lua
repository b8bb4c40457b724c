--- Nothing that a model, a tool or a file says moves the cursor, sets the title, writes
-- to the clipboard: it is shown, not obeyed.
local chatting = require "spec.support.chatting"

--- What a terminal would obey. MARK tells one from what lash writes itself.
local HOSTILE = {
  "\27]0;MARK\7", "\27]2;MARK\27\\", "\27]52;c;TUFSSw==\7", "\27]8;;http://MARK\27\\x\27]8;;\27\\",
  "\27]1337;File=:MARK\7",
  "\27]9;MARK\7", "\27]777;notify;MARK\7", "\27]4;1;rgb:MARK\7", "\27]50;MARK\7", "\27]104;MARK\7",
  "\27[2JMARK", "\27[HMARK", "\27[1;1HMARK", "\27[5AMARK", "\27[99DMARK", "\27[3JMARK", "\27[KMARK", "\27[1MMARK",
  "\27[?1049hMARK", "\27[?25lMARK", "\27[?2004lMARK", "\27[?1000hMARK", "\27[6nMARK", "\27[cMARK", "\27[21tMARK",
  "\27[8;5;5tMARK", "\27[41mMARK", "\27[8mMARK", "\27[10;20rMARK", "\27[4hMARK",
  "\27cMARK", "\0277MARK\0278", "\27PMARK\27\\", "\27_MARK\27\\", "\27^MARK\27\\", "\27XMARK\27\\", "\27#8MARK",
  "\27(0MARK",
  "\27%%@MARK", "\u{9B}2JMARK", "\u{9D}0;MARK\u{9C}", "\u{90}MARK\u{9C}", "MARK\rxMARK", "MARK\8\8MARK", "\7MARK",
  "\14MARK\15",
  "\5MARK", "\24MARK", "\0MARK", "\127MARK", "&#27;[2JMARK", "&#x9b;2JMARK", "[a](http://x\27]0;MARK\7)",
  "`\27[2JMARK`",
  "```\27]0;MARK\7\nx\27[2JMARK\n```", "|a\27[2JMARK|b|\n|-|-|\n|c|d|",
}

--- Does a shown text hold something that lash and libedit do not write? They write
-- colours, erase and draw their own line, and move the cursor in it.
local function foreign(shown)
  local rest = shown:gsub("\27%[[%d;]*m", ""):gsub("\r?\27%[K", ""):gsub("\27%[%?2004[hl]", "")
  rest = rest:gsub("\27%[%d*[GCDPJ@]", ""):gsub("\r+\n", "\n"):gsub("\27%[4[hl]", "")
  local found = rest:match "[\0-\7\11\12\14-\26\27-\31\127][^\n]*" or rest:match "\xC2[\x80-\x9F][^\n]*"
  return found
end

local function lua_list(texts)
  local items = {}
  for i, text in ipairs(texts) do items[i] = ("%q"):format(text):gsub("\\\n", "\\n") end
  return "{" .. table.concat(items, ",") .. "}"
end

local LIST = "local LIST = " .. lua_list(HOSTILE) .. "\n"

describe("a hostile text", function()
  it("of a model is shown and not obeyed", function()
    assert.is_true(#HOSTILE >= 40)
    local sh <close> = chatting.shell(LIST .. [[local function answer(text)
      local n = tonumber(text)
      return { text = { "before ", LIST[n]:sub(1, 1), LIST[n]:sub(2), " behind\n\n" } }
    end]])
    local chat <close> = chatting.start(sh)
    for i, hostile in ipairs(HOSTILE) do
      local shown = chat:say(tostring(i))
      assert.is_nil(foreign(shown), ("%d: %q: %q"):format(i, hostile, shown))
      assert.is_nil(shown:find(hostile, 1, true) and hostile:find "[\27\xC2]", hostile)
      if hostile:find "MARK" and not hostile:find "^%[a" then assert.matches("MARK", shown, 1, true) end
    end
    chat:leave()
  end)

  it("of thinking, of a tool's call and result, of an error, is shown and not obeyed", function()
    local sh <close> = chatting.shell(LIST .. [[local function answer(text, messages, role)
      local n = tonumber(text)
      if role == "tool" then return "done" end
      if text == "error" then return { status = 400, message = table.concat(LIST, " ") } end
      if n then return { thinking = LIST[n], text = "thought" } end
      return { calls = {
        { tool = "read_file", arguments = { path = table.concat(LIST, " "):gsub("%z", "") } },
        { tool = "read_file", arguments = { path = "hostile.txt" } },
        { tool = "x" .. LIST[1] .. LIST[11], arguments = {} },
      } }
    end]])
    sh:write("work/hostile.txt", table.concat(HOSTILE, "\n"))
    local chat <close> = chatting.start(sh, "-t read_file")
    for i = 1, #HOSTILE do
      local shown = chat:say(tostring(i))
      assert.is_nil(foreign(shown), ("%d: %q"):format(i, shown))
    end
    for _, prompt in ipairs { "error", "call", "/thinking", "/sessions", "/save x.md" } do
      local shown = chat:say(prompt)
      assert.is_nil(foreign(shown), shown)
    end
    chat:leave()
  end)

  it("asks no question that lies", function()
    local sh <close> = chatting.shell(LIST .. [[local function answer(text, messages, role)
      if role == "tool" then return "done" end
      return { tool = "write_file", arguments = { path = "x\27[2J\u{202E}y.txt", content = table.concat(LIST, " ") } }
    end]])
    local chat <close> = chatting.start(sh, "-t write_file")
    chat:type "go\r"
    local question = chat:wait "[N] no: "
    assert.is_nil(foreign(question), question)
    assert.matches("x^[[2J<U+202E>y.txt", question, 1, true)
    chat:type "n\r"
    assert.is_nil(foreign(chat:ready()))
    chat:leave()
  end)

  it("among names of files, in the history and in sessions is not obeyed either", function()
    local sh <close> = chatting.shell()
    assert(os.execute(([[cd '%s/work' && touch "$(printf 'evil\033]0;MARK\007')" evil.txt evil2.txt]]):format(sh.path)))
    sh:write(".local/state/lash/chat_history",
      ('{"folder":"%s/work","text":"old \\u001b]0;MARK\\u0007 \\u009b2J"}\n'):format(sh.path))
    local chat <close> = chatting.start(sh)
    chat:type "@evi\t\t"
    local shown = chat:wait "evil2.txt" .. chat:say ""
    assert.is_nil(foreign(shown), shown)
    chat:type "\27[A\27[A" -- the one of the file
    shown = chat:wait "MARK" .. chat:ready_after "\r"
    assert.is_nil(foreign(shown), shown)
    shown = chat:say "/sessions" .. chat:say "/undo"
      .. chat:say [[/lua "\27[2J" .. "\u{9B}2J", { ["\27c"] = 1 }, print "\27[2J"]]
    assert.is_nil(foreign(shown), shown)
    chat:leave()
  end)

  it("that was asked once is told harmlessly by the next chat", function()
    local sh <close> = chatting.shell()
    assert.equal(0, sh:lash("ask", "--session", "x", "first \27]0;MARK\7 \27[2J").exit)
    local chat <close> = chatting.start(sh, "--session x")
    assert.is_nil(foreign(chat.greeting), chat.greeting)
    assert.matches("the last prompt: first ^[]0;MARK^G ^[[2J", chat.greeting, 1, true)
    chat:leave()
  end)
end)
