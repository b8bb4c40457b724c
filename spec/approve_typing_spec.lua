--- Questions at the terminal while somebody types, or another process asks.
local asking = require "spec.support.asking"
local terminal = require "spec.support.terminal"

local with, content = asking.with, asking.content
local CALLS, ASK, PROMPT, WORDS = asking.CALLS, asking.ASK, asking.PROMPT, asking.WORDS

describe("a question at the terminal:", function()
  it("an answer is a key; after any other it is a word, and the terminal is as it was", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, "stty -g >before; " .. ASK .. " <&-; echo status $?; stty -g >after")
    t:wait(PROMPT)
    t:type "x"
    assert.matches("write yes, always (in this run: this path) or no, and Enter: ", t:wait(WORDS), 1, true)
    for _, none in ipairs { "y", "", " yes", "yes please" } do
      t:type(none .. "\n")
      t:wait(WORDS)
    end
    t:type "yes\n"
    t:wait(PROMPT)
    t:type "\27[A"
    t:wait(WORDS)
    t:type "Always \n"
    t:wait(PROMPT)
    t:type "\27"
    assert.matches("^no\r\ndone\r\n.*status 77", (t:finish()))
    assert.equal("2", content(sh, "one.txt"))
    assert.equal(sh:read "before", sh:read "after")
  end)

  it("a text that somebody is typing approves nothing", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, ASK)
    t:wait "[N] no"
    t:type "also look at x"
    t:wait(WORDS)
    t:type "no\n"
    t:wait "[N] no"
    t:type "yes\n"
    t:wait(WORDS)
    t:type "no\n"
    t:wait(PROMPT)
    t:type "n"
    assert.equal(77, select(2, t:finish()))
    assert.is_nil(content(sh, "one.txt"))
  end)

  it("keys in the first half second are dropped, and so is what goes on with them", function()
    local approve = require "lash.approve"
    local tty, sched, loop = require "lash.core.tty", require "lash.sched", require "lash.core.loop"
    local open, device, now, wait = tty.open, tty.device, loop.now, sched.wait
    local time, keys, lines, written
    tty.device = function() return nil end
    tty.open = function()
      return setmetatable({ write = function(_, text) written = written .. text return true end,
        id = function() return 0 end, resumed = function() return false end, lines = function() lines = true end,
        pop = function()
          if keys[1] and keys[1][1] <= time then return table.remove(keys, 1)[2] end
        end, }, { __close = function() end }), true
    end
    loop.now = function() return time end
    sched.wait = function(_, deadline)
      time = math.min(deadline, keys[1] and keys[1][1] or math.huge)
      return keys[1] ~= nil and keys[1][1] <= time
    end
    local _back <close> = setmetatable({}, { __close = function()
      tty.open, tty.device, loop.now, sched.wait = open, device, now, wait
    end })
    --- What these keys answer, by their seconds, and whether it took a line.
    local function ask(...)
      keys, time, lines, written = { ... }, 0, false, ""
      local yes, reason = sched.run(approve.ask, { title = "t", text = "x", always = "this" })
      return yes and "yes" or reason, lines
    end
    local function typed(text, first, pace, ending)
      local list = {}
      for c in text:gmatch "." do list[#list + 1] = { first + pace * #list, c } end
      list[#list + 1] = ending
      return ask(table.unpack(list))
    end
    local NONE, NO = "nobody answered within 600 s", "the person said no"
    assert.same({ "yes", false }, { ask { 0.6, "y" } })
    assert.same({ NONE, true }, { ask { 0.4, "y" } })
    assert.same({ NONE, true }, { ask({ 0.4, "y" }, { 1, "y\n" }) })
    assert.same({ "yes", false }, { ask({ 0.1, "\n" }, { 0.7, "y" }) }) -- the Enter of the key before
    assert.same({ NO, false }, { ask { 0.6, "\n" } })
    assert.same({ NONE, true }, { typed("also look at x", 0.02, 0.12) })
    assert.same({ NO, true }, { typed("also look at yes", 0.02, 0.12, { 9, "no\n" }) })
    assert.same({ NONE, true }, { ask({ 0, "please repl" }, { 0.3, "y\n" }) })
    assert.same({ "yes", true }, { ask({ 0.6, "x" }, { 2, "y\n" }, { 3, "yes\n" }) })
    assert.matches("write yes, always (in this run: this) or no, and Enter: ", written, 1, true)
  end)

  it("a question is asked once more when the program was stopped, and goes on", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, "set -m; " .. ASK .. "; echo stopped; fg; echo status $?")
    t:wait(PROMPT)
    t:type "\26"
    t:wait "stopped"
    for _ = 1, 3 do
      assert.matches("wants to write", t:wait(PROMPT))
      t:type "n"
    end
    assert.matches("status 77", (t:finish()))
  end)

  it("a question is put by one process at a time", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, -- the words of one must not come into the other's question
      ("stty -g >before; %s >first 2>&1 & %s >second 2>&1; wait; stty -g >after"):format(ASK, ASK))
    for _ = 1, 6 do
      assert.equal(1, select(2, t:wait(PROMPT):gsub("wants to write", "")))
      t:type "n"
    end
    t:finish()
    assert.equal(sh:read "before", sh:read "after")
  end)

  it("a question leaves no terminal behind that shows nothing", function()
    local sh <close> = with(CALLS)
    local t <close> = terminal.start(sh, "stty -g >before; stty -icanon -echo; " .. ASK .. "; stty -g >after")
    for _ = 1, 3 do
      t:wait(PROMPT)
      t:type "n"
    end
    t:finish()
    assert.equal(sh:read "before", sh:read "after")
  end)

  it("what was typed before counts for nothing", function()
    local sh <close> = with(CALLS)
    -- The line is in the terminal's buffer before lash begins.
    local t <close> = terminal.start(sh, "echo ready; read -r first; echo 'go on'; " .. ASK)
    t:wait "ready"
    t:type "first\ny\ny\ny\n"
    t:wait "go on"
    t:wait(WORDS) -- somebody is typing: a key alone is no answer
    t:type "y\n"
    t:wait(WORDS)
    t:type "no\n"
    t:wait(PROMPT)
    t:type "n"
    t:wait(PROMPT)
    t:type "no\n"
    assert.equal(77, select(2, t:finish()))
    assert.is_nil(content(sh, "one.txt"))
  end)
end)
