--- The file of what was typed in earlier times: nobody else may read it, and what is
-- in it is not lost.
local chatting = require "spec.support.chatting"

local FILE = ".local/state/lash/chat_history"

local function line(sh, text) return ('{"folder":"%s/work","time":1,"text":"%s"}\n'):format(sh.path, text) end

local function mode(sh) return require("lash.core.sys").stat(sh.path .. "/" .. FILE).mode & 511 end

describe("the file of the history", function()
  it("that others may read is only for this person then, with all that is in it", function()
    local sh <close> = chatting.shell()
    sh:write(FILE, line(sh, "one") .. "not JSON\n" .. line(sh, "two"))
    sh.folder:chmod("644", FILE)
    local chat <close> = chatting.start(sh)
    chat:leave()
    assert.equal(384, mode(sh))
    assert.equal(line(sh, "one") .. "not JSON\n" .. line(sh, "two"), sh:read(FILE))
  end)

  it("that is very long is cut to its end, in whole lines", function()
    local sh <close> = chatting.shell()
    local long = line(sh, ("x"):rep(1000))
    sh:write(FILE, line(sh, "first") .. long:rep((5 << 20) // #long) .. line(sh, "last"))
    sh.folder:chmod("644", FILE)
    local chat <close> = chatting.start(sh)
    chat:type "\27[A"
    chat:wait "last"
    assert.matches("1: last", chat:say "", 1, true)
    chat:leave()
    local kept = sh:read(FILE)
    assert.equal(384, mode(sh))
    assert.is_true(#kept > (1 << 20) - 2 * #long and #kept <= 1 << 20, #kept)
    assert.equal(long, kept:sub(1, #long))
    assert.equal(line(sh, "last"), kept:sub(-#line(sh, "last")))
  end)

  it("has the lines of all chats of the time", function()
    local sh <close> = chatting.shell()
    local one <close> = chatting.start(sh)
    local two <close> = chatting.start(sh)
    for i = 1, 3 do
      one:say("one " .. i)
      two:say("two " .. i)
    end
    one:leave()
    two:leave()
    local _, count = sh:read(FILE):gsub('"text":"%a+ %d"', "")
    assert.equal(6, count)
  end)
end)
