--- lash chat: what a person typed, and what was answered, is not lost.
local chatting = require "spec.support.chatting"

local function plain(shown) return (shown:gsub("\27%[[%d;?]*%a", ""):gsub("\r", "")) end

describe("what is added to a prompt", function()
  local FAILS = [[local n = 0
    local function answer(text, messages)
      if text:find "^fail" then return { text = { "half ", "of it" }, cut = 2 } end
      if text:find "^refuse" then return { status = 400, message = "no", code = "invalid_parameter_error" } end
      local seen = {}
      for i, m in ipairs(messages) do seen[i] = select(2, m.content:gsub("Output of", "")) end
      return "seen " .. table.concat(seen, "|")
    end]]

  it("is sent once, also when the turn fails; /undo gives it back", function()
    local sh <close> = chatting.shell(FAILS)
    local chat <close> = chatting.start(sh)
    chat:say "!!echo one"
    assert.matches("lash: incomplete: .*the prompt is in the conversation; /undo takes it out", plain(chat:say "fail"))
    assert.matches("seen 1|0\n", plain(chat:say "again"), 1, true)
    chat:say "!!echo two"
    chat:say "fail"
    assert.matches("what was added to it is for the next prompt", plain(chat:say "/undo"), 1, true)
    assert.matches("seen 1|0|0|1\n", plain(chat:say "again"), 1, true)
    chat:leave()
  end)

  it("is a part of the same prompt once more, which goes on where it stopped", function()
    local sh <close> = chatting.shell [[local n = 0
      local function answer(text, messages)
        n = n + 1
        if n < 3 then return { text = { "half ", "of it" }, cut = 2 } end
        return ("%d: %d"):format(#messages, select(2, text:gsub("Output of", "")))
      end]]
    local chat <close> = chatting.start(sh)
    chat:say "!!echo one"
    for _ = 1, 2 do assert.matches("the prompt is in the conversation", plain(chat:say "go"), 1, true) end
    assert.matches("\n1: 1\n", plain(chat:say "go"), 1, true)
    assert.matches("\n3: 0\n", plain(chat:say "go"), 1, true)
    chat:leave()
  end)

  it("is for the next one when the conversation never had the prompt", function()
    local sh <close> = chatting.shell(FAILS)
    local chat <close> = chatting.start(sh)
    chat:say "!!echo one"
    chat:say [[!printf 'a\0b' >none.bin]]
    local shown = plain(chat:say "@none.bin")
    assert.matches("lash: ", shown, 1, true)
    assert.not_matches("in the conversation", shown, 1, true)
    assert.matches("seen 1\n", plain(chat:say "again"):match "seen[^\n]*\n", 1, true)
    chat:leave()
  end)

  it("is so, too, when the prompt was refused, and is in no conversation then", function()
    local sh <close> = chatting.shell(FAILS)
    local chat <close> = chatting.start(sh, "--budget 0.000001")
    chat:say "!!echo one"
    local shown = plain(chat:say "hello")
    assert.matches("lash: budget: .* too small", shown)
    assert.not_matches("in the conversation", shown, 1, true)
    assert.matches("\n0\t1\n", plain(chat:say "/lua #session.messages, 1"), 1, true)
    assert.not_matches("to go on", (chat:leave()))
    local other <close> = chatting.start(sh)
    other:say "!!echo one"
    assert.not_matches("in the conversation", plain(other:say "refuse"), 1, true)
    other:say "/model no-such-model"
    assert.matches("lash: not_found: ", plain(other:say "hello"), 1, true)
    other:say "/model qwen3-max"
    assert.matches("seen 1\n", plain(other:say "again"):match "seen[^\n]*\n", 1, true)
    other:leave()
  end)

  it("stands in a fence that its own do not end", function()
    local sh <close> = chatting.shell [[local function answer(text) return "````````\n" .. text end]]
    local chat <close> = chatting.start(sh)
    chat:say [[!!printf '```\n````\n']]
    assert.matches("\n *`````\n *```\n *````\n *`````\n", plain(chat:say "x"))
    chat:leave()
  end)
end)

describe("/compact", function()
  it("leaves the conversation alone when there is no summary", function()
    local sh <close> = chatting.shell [[local function answer(text, messages)
      if text:find "^Sum up" then return " " end
      return #messages .. ": " .. text
    end]]
    local chat <close> = chatting.start(sh)
    chat:say "one"
    local shown = plain(chat:say "/compact")
    assert.matches("lash: incomplete: there is no summary; the conversation is as it was", shown, 1, true)
    assert.matches("\n3: two\n", plain(chat:say "two"), 1, true)
    chat:leave()
  end)

  it("gives the summing up no tools, and nothing that is for the next prompt", function()
    local sh <close> = chatting.shell [[local function answer(text, messages, _, request)
      local tools = request.tools and #request.tools or 0
      local added = messages[#messages].content:find "Output of" and "added" or "plain"
      return ("%d tools, %s"):format(tools, added)
    end]]
    local chat <close> = chatting.start(sh, "-t read_file")
    chat:say "one"
    chat:say "!!echo out"
    assert.matches("\n0 tools, plain\n", plain(chat:say "/compact"), 1, true)
    assert.matches("\n1 tools, added\n", plain(chat:say "two"), 1, true)
    chat:leave()
  end)
end)

describe("an answer", function()
  it("is there whatever a link in it says", function()
    local sh <close> = chatting.shell [[local function answer()
      return "before [a](http://x/&#xFFFFFFFFFFFFFFFF;) behind"
    end]]
    local chat <close> = chatting.start(sh)
    assert.matches("\nbefore .* behind\n", plain(chat:say "x"))
    chat:leave()
  end)

  it("stands there as it is when it cannot be laid out", function()
    local sh <close> = chatting.shell [[local function answer()
      return { text = { "one *two*\n\n", "three *f", "our*\r", "\n\27[2Jfive" } }
    end]]
    local chat <close> = chatting.start(sh)
    chat:say([[/lua local m = require "lash.markdown.span"; local put = m.put; m.put = function(l, e, ...) ]]
      .. [[for _, v in ipairs(e) do if v == "four" then error "broken" end end return put(l, e, ...) end]])
    local shown = plain(chat:say "x")
    assert.matches("one *two*\n\nthree *four*\n^[[2Jfive\n", shown, 1, true)
    assert.not_matches("broken", shown:match "^x.*", 1, true)
    chat:leave()
  end)

  it("and its thinking may have line ends that are cut in two", function()
    local output, written = require "lash.output", {}
    local write = output.write
    output.write = function(text) written[#written + 1] = text end
    local _back <close> = setmetatable({}, { __close = function() output.write = write end })
    local function shown(kind, ...)
      written = {}
      local events = { { type = "done", result = {} } }
      for i, text in ipairs { ... } do table.insert(events, i, { type = kind, text = text }) end
      local function stream()
        return function() return table.remove(events, 1) end
      end
      require "lash.cli.chat.turn"({ stream = stream }, "x", false)
      return table.concat(written)
    end
    assert.equal("a\n\nb\n", shown("text", "a\r", "\n\r", "\nb"))
    assert.equal("a\nb\n", shown("thinking", "a\r", "\nb\r", "\n"))
    assert.equal("a^Mb^M\n", shown("thinking", "a\r", "b\r")) -- these are none
  end)
end)

describe("a warning during a turn", function()
  it("stands in a line of its own, not behind what is being waited for", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    chat:say([[/lua local s = require "lash.cli.chat.screen"; local new = s.new; s.new = function() ]]
      .. [[local x, n = new(), 0; function x:_draw() getmetatable(x)._draw(x); n = n + 1; ]]
      .. [[if n == 2 then lash.log.warn "hello" end end return x end]])
    chat:type "slow\r"
    assert.matches("waiting for qwen3%-max  %d+ s\27%[0m\r\27%[Klash: warning: hello\r\n", chat:wait "hello\r\n")
    chat:type "\3"
    chat:ready()
    chat:leave()
  end)
end)

describe("a word behind an @", function()
  it("is looked for a few times at most, however many marks follow", function()
    local sys, words = require "lash.core.sys", require "lash.cli.chat.words"
    local real, count = sys.stat, 0
    sys.stat = function(path)
      count = count + 1
      return path == "a.lua" and { type = "file" } or nil
    end
    local _back <close> = setmetatable({}, { __close = function() sys.stat = real end })
    words.prompt("@a" .. ("!"):rep(20000))
    assert.is_true(count <= 10, count)
    assert.same({ file = "a.lua" }, words.prompt("see (@no @a.lua?!).")[2])
  end)
end)

describe("/edit", function()
  it("takes no other editor than the one that is named", function()
    local sh <close> = chatting.shell(nil, { VISUAL = "no-such-editor -x", EDITOR = "true" })
    local chat <close> = chatting.start(sh)
    assert.matches("lash: input: there is no editor 'no-such-editor -x'", plain(chat:say "/edit x"), 1, true)
    chat:leave()
  end)
end)

describe("/save", function()
  it("writes a file whole or not at all", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.run(sh, "trap '' XFSZ; exec " .. sh:command "chat")
    chat:ready()
    chat:say(("word "):rep(400))
    chat:say "!prlimit --pid $PPID --fsize=1000:" -- as if the disk was full
    assert.matches("lash: output: cannot write .*talk.md", plain(chat:say "/save talk.md"))
    assert.equal("", sh:sh("ls work").out)
    chat:say "!prlimit --pid $PPID --fsize=1000000:"
    assert.matches("written: talk.md", plain(chat:say "/save talk.md"), 1, true)
    assert.equal("600\n", sh:sh("stat -c %a work/talk.md").out)
    chat:leave()
  end)

  it("follows no link to a file that is not there", function()
    local sh <close> = chatting.shell()
    local chat <close> = chatting.start(sh)
    chat:say "one"
    chat:say "!ln -s gone.md link.md"
    assert.matches("lash: output: link.md is there already", plain(chat:say "/save link.md"), 1, true)
    assert.matches("lash: output: cannot write no/where.md", plain(chat:say "/save no/where.md"), 1, true)
    chat:leave()
  end)
end)
