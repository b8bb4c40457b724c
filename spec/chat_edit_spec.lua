--- lash chat: what is typed, pasted, completed, searched and edited.
local chatting = require "spec.support.chatting"

local UP, TAB, SEARCH = "\27[A", "\t", "\18"
local PASTED = "\27[200~%s\27[201~"

--- The answer in a shown text, without colours.
local function plain(shown) return (shown:gsub("\27%[[%d;?]*%a", ""):gsub("\r", "")) end

describe("a prompt of a chat", function()
  it("has lines that end with a backslash", function()
    local sh <close> = chatting.shell [[local function answer(text) return (text:gsub("\n", "|")) end]]
    local chat <close> = chatting.start(sh)
    chat:type "one \\\r"
    chat:wait "..."
    chat:ready()
    chat:type "two\\\r"
    chat:ready()
    assert.matches("\none |two|three\n", plain(chat:say "three"), 1, true)
    chat:leave()
  end)

  it("takes what is pasted as it is, line ends too, and waits for Enter", function()
    local sh <close> = chatting.shell [[local function answer(text)
      return (text:gsub("[\n \\\27]", { ["\n"] = "(nl)", [" "] = "(sp)", ["\\"] = "(bs)", ["\27"] = "(esc)" }))
    end]]
    local chat <close> = chatting.start(sh)
    chat:type("say " .. PASTED:format "a\r  b\\\r/quit\r\27[31mc\r" .. "!")
    chat:wait "!"
    assert.matches("say(sp)a(nl)(sp)(sp)b(bs)(nl)/quit(nl)(esc)[31mc!", plain(chat:say ""), 1, true)
    chat:leave()
  end)

  it("has line ends of Alt-Enter", function()
    local sh <close> = chatting.shell [[local function answer(text) return (text:gsub("\n", "|")) end]]
    for editrc, rest in pairs { ["# emacs\n"] = "\1zero\27\n", ["bind -v\n"] = "" } do
      sh:write(".editrc", editrc)
      local chat <close> = chatting.start(sh)
      chat:type("one\27\r\27\rtwo" .. rest)
      chat:wait "two"
      local expected = rest == "" and "one||two" or "zero|one||two"
      assert.matches("\n" .. expected .. "\n", plain(chat:say ""), 1, true)
      chat:leave()
    end
  end)

  it("takes a long paste whole, and quickly", function()
    local sh <close> = chatting.shell [[local function answer(text) return ("%d bytes"):format(#text) end]]
    local chat <close> = chatting.start(sh)
    chat:type(PASTED:format(("0123456789 abcdefghij\r"):rep(1000)))
    assert.matches("21999 bytes", plain(chat:say ""), 1, true)
    chat:leave()
  end)

  it("takes a paste that is not UTF-8 to its end", function()
    local sh <close> = chatting.shell [[local function answer(text) return text end]]
    local chat <close> = chatting.start(sh)
    chat:type(PASTED:format "caf\xE9 au lait, caf\xE9")
    assert.matches("\ncaf\u{FFFD} au lait, caf\u{FFFD}!\n", plain(chat:say "!"), 1, true)
    chat:leave()
  end)

  it("does not take the rest of a paste that Ctrl-C ended", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.run(sh, "echo $$ >../pid; exec " .. sh:command "chat")
    chat:ready()
    chat:type "x\27[200~one\r"
    chat:wait "x"
    assert(os.execute("kill -INT " .. sh:read "pid")) -- Ctrl-C itself would drop what is on its way
    chat:wait "^C"
    chat:type "two\rthree\r\27[201~"
    chat:ready()
    assert.matches("\n1: hello\n", plain(chat:say "hello"), 1, true)
    chat:leave()
  end)

  it("ends with Ctrl-D where it is empty, and only there", function()
    local sh <close> = chatting.shell [[local function answer(text) return "<" .. text:gsub("\4", "(end)") .. ">" end]]
    local chat <close> = chatting.start(sh)
    chat:type "ab\1\4"
    assert.matches("<b>", plain(chat:say ""), 1, true)
    chat:type "\22\4" -- quoted
    assert.matches("<(end)>", plain(chat:say ""), 1, true)
    chat:leave()
  end)

  it("may be edited as in vi", function()
    local sh <close> = chatting.shell [[local function answer(text) return "<" .. text .. ">" end]]
    sh:write(".editrc", "bind -v\n")
    local chat <close> = chatting.start(sh)
    chat:type "one twx\27"
    chat:wait "\b" -- Escape goes back by one
    assert.matches("<one two>", plain(chat:say "ro"), 1, true)
    -- a key that begins with Escape is another one; vi is at the beginning of the line then
    assert.matches("<up: one two>", plain(chat:say(UP .. "up: ")), 1, true)
    chat:leave()
  end)

  it("leaves the terminal as it was when a signal ends it", function()
    local sh <close> = chatting.shell()
    local line = ("stty -g >../before; (echo $BASHPID >../pid; exec %s); echo status $?; stty -g >../after")
      :format(sh:command "chat")
    local function check(status, ends)
      local chat <close> = chatting.run(sh, line)
      chat:ready()
      ends(chat)
      local shown = chat:wait("status " .. status)
      chat:finish()
      assert.equal(sh:read "before", sh:read "after")
      return shown
    end
    local function quit(chat) chat:type "\28" end
    local function abort() assert(os.execute("kill -ABRT " .. sh:read "pid")) end
    assert.matches("\27[?2004l", check(131, quit), 1, true)
    assert.matches("\27[?2004l", check(134, abort), 1, true)
    check(131, function(chat)
      chat:type "slow\r"
      chat:wait "  1 s" -- the answer is waited for, and nothing that is typed shown
      quit(chat)
    end)
  end)

  it("is drawn anew where it stands when the terminal gets another width", function()
    local sh <close> = chatting.shell [[local function answer(text) return "`" .. text:gsub("\n", "|") .. "`" end]]
    local chat <close> = chatting.run(sh, "tty >../tty; exec " .. sh:command "chat")
    chat:ready()
    local function resize(columns)
      assert(os.execute(("stty -F %s cols %d"):format(sh:read("tty"):match "%S+", columns)))
    end
    local text = ("x"):rep(70)
    chat:type(text)
    chat:wait(text)
    resize(50) -- the terminal breaks the line, and the cursor is in the second row then
    chat:wait("\27[1A\r\27[K\0277\27[B\27[J\0278")
    chat:wait(text:sub(1, 48))
    resize(30)
    chat:wait "\27[2A\r\27[K"
    resize(120) -- all of it is in one row again
    local shown = chat:wait(text)
    assert.not_matches("\27%[%dA", shown)
    chat:type(PASTED:format "\ra\rb")
    chat:wait "b"
    resize(60)
    chat:wait "\27[3A\r\27[K"
    assert.matches(text .. "|a|bc", plain(chat:say "c"):gsub("\n", ""), 1, true)
    chat:leave()
  end)

  it("is edited in characters, whatever their width", function()
    local sh <close> = chatting.shell [[local function answer(text) return text end]]
    local chat <close> = chatting.start(sh)
    chat:type "你好é🎉\27[D\27[D\127\27[D"
    assert.matches("\nx你é🎉\n", plain(chat:say "x"), 1, true)
    chat:leave()
  end)

  it("completes commands, models, tools and files", function()
    local sh <close> = chatting.shell [[local function answer(text) return text end]]
    sh:write("work/notes here.txt", "secret plans")
    sh:write("work/src/main.lua", "print(1)")
    sh:write("work/src/main.c", "")
    local chat <close> = chatting.start(sh)
    chat:type("/cos" .. TAB .. "\r")
    assert.matches("tokens: none", chat:ready(), 1, true)
    chat:type("/tools read" .. TAB)
    chat:wait "_file "
    chat:type("gr" .. TAB)
    assert.matches("on: read_file, grep", chat:say "", 1, true)
    chat:type("/model qwen3-ma" .. TAB)
    chat:wait "x "
    assert.matches("qwen3-max", chat:say "", 1, true)
    chat:type("/s" .. TAB) -- several: they are listed
    assert.matches("/save +/sessions +/system", plain(chat:wait "/system"))
    chat:type("\21look at @sr" .. TAB .. "ma" .. TAB .. TAB)
    chat:wait "main.lua"
    chat:wait ">"
    assert.matches("@src/main.lua .-print%(1%)", plain(chat:say("lu" .. TAB)))
    chat:type("and @no" .. TAB)
    chat:wait 'tes here.txt"'
    assert.matches("File notes here.txt:\n.*secret plans", plain(chat:say ""))
    chat:leave()
  end)

  it("is sent as it stands where @ names no file, with a note when it looked like one", function()
    local sh <close> = chatting.shell [[local function answer(text) return text end]]
    local chat <close> = chatting.start(sh)
    local shown = plain(chat:say "mail @ada about @missing.txt")
    assert.matches("@missing.txt is no file: sent as it stands", shown, 1, true)
    assert.not_matches("@ada is", shown, 1, true)
    chat:leave()
  end)

  it("adds files that are typed, and says so, and none that was pasted", function()
    local sh <close> = chatting.shell [[local function answer(text) return "`" .. text:gsub("\n", "|") .. "`" end]]
    sh:write("work/notes.txt", "ten bytes\n")
    sh:write("work/my notes.txt", "ten bytes\n")
    local chat <close> = chatting.start(sh)
    local shown = plain(chat:say "see @notes.txt")
    assert.matches("\nadded: notes.txt (10 B)\n", shown, 1, true)
    assert.matches("File notes.txt:", shown, 1, true)
    local function is_text(keys, text)
      shown = plain(chat:say(keys))
      assert.matches("\n" .. text .. "\n", shown, 1, true)
      assert.not_matches("added:", shown)
    end
    local text = "mail: see @notes.txt, @\"my notes.txt\" and @@notes.txt"
    is_text(PASTED:format(text), text)
    is_text(UP, text) -- it is no other when it comes from the history
    is_text("say " .. PASTED:format "@notes.txt" .. "!", "say @notes.txt!")
    shown = plain(chat:say("diff @notes.txt with " .. PASTED:format "@@ -1 me@home.de"))
    assert.matches("diff @notes.txt with @@ -1 me@home.de||File notes.txt", shown:gsub("\n", ""), 1, true)
    assert.matches("\n@notes.txt\n", plain(chat:say("!echo " .. PASTED:format "@notes.txt")), 1, true)
    chat:leave()
  end)

  it("may be written in an editor", function()
    local sh <close> = chatting.shell [[local function answer(text) return (text:gsub("\n", "|")) end]]
    sh.folder:write("editor", [[
#!/bin/sh
stty -a | grep -q -- '-icanon' && exit 3
printf '\nmore\n\n' >>"$1"]], 448)
    local chat <close> = chatting.run(sh, "VISUAL='../editor' " .. sh:command():gsub("^'env' '%-i'",
      "exec env -i VISUAL='../editor'") .. " chat")
    chat:ready()
    assert.matches("\n> start\nmore\nstart|more\n", plain(chat:say "/edit start"), 1, true)
    chat:leave()
  end)
end)

describe("the history of a chat", function()
  it("is there for the next one of the project; Ctrl-R finds all", function()
    local sh <close> = chatting.shell [[local function answer(text) return "<" .. text .. ">" end]]
    sh:write("other/.keep", "")
    sh:write("work/.git/HEAD", "")
    sh:write("work/below/.keep", "")
    do
      local chat <close> = chatting.start(sh)
      chat:say "here it was"
      chat:say "my key is sk-fake-0123456789"
      chat:leave()
    end
    local chat <close> = chatting.run(sh, "cd ../other; " .. "exec " .. sh:command("chat"))
    chat:ready()
    chat:say "elsewhere now"
    chat:type(UP)
    chat:wait "elsewhere now"
    chat:type(UP) -- there is no other one of this folder
    assert.matches("<elsewhere now>", plain(chat:say ""), 1, true)
    chat:type(SEARCH .. "here it")
    chat:wait "here it was"
    assert.matches("<here it was, and is>", plain(chat:say "\5, and is"), 1, true)
    chat:type(SEARCH .. "here") -- the latest that has it; once more: an older one
    assert.matches("<elsewhere now>", plain(chat:say(SEARCH)), 1, true)
    chat:leave()
    do
      local below <close> = chatting.run(sh, "cd below; exec " .. sh:command("chat"))
      below:ready()
      below:type(UP)
      below:wait "[secret]"
      below:type(UP)
      assert.matches("<here it was>", plain(below:say ""), 1, true)
      below:leave()
    end
    local path = sh.path .. "/.local/state/lash/chat_history"
    local stat = require("lash.core.sys").stat(path)
    assert.equal(384, stat.mode & 511) -- 0600
    local kept = sh:read ".local/state/lash/chat_history"
    assert.matches("my key is [secret]", kept, 1, true)
    assert.not_matches("sk-fake", kept, 1, true)
  end)
end)

describe("a command of the shell", function()
  it("has the terminal, and is not sent", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    assert.matches("it is a tty\r\n.*exit 3", chat:say "!test -t 0 -a -t 1 && echo it is a tty; exit 3")
    assert.matches("\n1: hello", chat:say "hello")
    chat:leave()
  end)

  it("may be stopped by Ctrl-C, and the chat goes on", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    chat:type "!echo begun; exec sleep 60\r"
    chat:wait "begun\r\n"
    chat:type "\3"
    assert.matches("ended by signal 2", chat:ready(), 1, true)
    assert.matches("\n1: hello", chat:say "hello")
    chat:leave()
  end)

  it("with two marks has its output added to the next prompt", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    assert.matches("out\r\n.*added to the next prompt", chat:say "!!echo out; exit 3")
    assert.matches("1: what is it\n.*Output of .-echo out; exit 3.- %(exit 3%):.*out\n", plain(chat:say "what is it"))
    assert.not_matches("out", plain(chat:say "again"):match "3: .*", 1, true)
    chat:leave()
  end)
end)
