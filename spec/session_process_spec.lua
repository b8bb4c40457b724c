--- Sessions among processes: on the command line, two at once, and killed.
local json = require "lash.core.json"
local shell = require "spec.support.shell"

--- Starts a service, and a shell that asks it; `replies` is Lua source.
local function start(replies)
  local sh = shell.new { DASHSCOPE_API_KEY = "sk-x" }
  sh.variables.DASHSCOPE_API_BASE = sh:fake(replies)
  return sh
end

--- The messages of a session.
local function messages_of(sh, id)
  local list = {}
  for line in sh:lash("sessions", "show", id, "--json").out:gmatch "[^\n]+" do list[#list + 1] = json.decode(line) end
  return list
end

describe("lash ask --session", function()
  it("goes on from prompt to prompt", function()
    local sh <close> = start [[return function(request) return tostring(#request.json.messages) end]]
    assert.equal("1\n", sh:lash("ask", "--session", "a", "one").out)
    assert.equal("3\n", sh:lash("ask", "--session", "a", "two").out)
    assert.equal("1\n", sh:lash("ask", "--session", "b", "three").out)
    assert.equal("3\n", sh:lash("ask", "--session", "last", "four").out)
    assert.equal("6\n", sh:lash("ask", "--session=a", "-s", "Be brief.", "six").out)
  end)

  it("needs one that is there for `last`, and a name for others", function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x" }
    local res = sh:lash("ask", "--session", "last", "hi")
    assert.same({ 66, "lash: input: there is no session yet\nhint: --session ID begins one\n" }, { res.exit, res.err })
    assert.equal(64, sh:lash("ask", "--session", "a b", "hi").exit)
  end)

  it("does not interleave with another process", function()
    local sh <close> = start [[return function(request)
      return { text = "done", delay = request.prompt == "slow" and 60 or 0 }
    end]]
    local slow = sh:start "exec $lash ask --json --session x slow"
    assert.matches('"type":"start"', slow:line()) -- from here on it holds the session
    local res = sh:lash("ask", "--session", "x", "hi")
    assert.equal(75, res.exit)
    assert.matches("^lash: locked: session 'x' is answering another prompt; process %d+ was the last", res.err)
    assert.equal(75, sh:lash("sessions", "rm", "x").exit)
    assert.equal("done\n", sh:lash("ask", "--session", "y", "hi").out) -- another one is free
    slow:kill "KILL"
    slow:wait()
    assert.equal("done\n", sh:lash("ask", "--session", "x", "hi").out) -- at once
    local contents = {}
    for i, m in ipairs(messages_of(sh, "x")) do contents[i] = m.content end
    assert.same({ "slow", "hi", "done" }, contents)
  end)
end)

describe("lash sessions", function()
  it("lists, shows and removes them", function()
    local sh <close> = start()
    assert.same({ "", "", 0 }, { sh:lash("sessions").out, sh:lash("sessions").err, sh:lash("sessions").exit })
    sh:lash("ask", "--session", "first", "How are\nyou?")
    sh:lash("ask", "--session", "second", ("é"):rep(100))
    local res = sh:lash "sessions"
    local lines = {}
    for line in res.out:gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.matches("^second +%d%d%d%d%-%d%d%-%d%d %d%d:%d%d +1  " .. ("é"):rep(100) .. "$", lines[2])
    assert.matches("^first .* 1  How are you%?$", lines[3])
    assert.matches("^id +used +prompts  first prompt$", lines[1])
    local shown = sh:lash("sessions", "show", "first").out
    assert.matches("^# user, .*\nHow are\nyou%?\n\n# assistant, .*\n%[simulated%] You said", shown)
    assert.equal("user", messages_of(sh, "first")[1].role)
    local record = json.decode(sh:lash("sessions", "--json").out:match "^[^\n]+")
    assert.same({ "second", 1 }, { record.id, record.prompts })
    assert.same({ 0, "" }, { sh:lash("sessions", "rm", "first").exit, sh:lash("sessions", "rm", "last").out })
    assert.equal("", sh:lash("sessions").out)
    for _, words in ipairs { { "show", "first" }, { "rm", "first" }, { "show", "last" } } do
      assert.equal(66, sh:lash("sessions", table.unpack(words)).exit)
    end
    for _, words in ipairs { { "show" }, { "rm", "a", "b" }, { "list" }, { "-x" } } do
      assert.equal(64, sh:lash("sessions", table.unpack(words)).exit)
    end
  end)
end)

describe("kill -9", function()
  it("in the middle of a turn's calls repeats none that was done", function()
    local sh <close> = start [[return {
      { match = "go", calls = { { tool = "charge" }, { tool = "look" }, { tool = "die" }, { tool = "bill" } } },
      { text = "paid" },
    }]]
    sh:write("agent.lua", [[
      local lash = require "lash"
      local deadly = ... == "deadly"
      local function note(word)
        local file <close> = io.open("log", "a")
        file:write(word, "\n")
        return word
      end
      local tools = {
        lash.tool { name = "charge", about = "Charges.", run = function() return note "charge" end },
        lash.tool { name = "look", about = "Looks.", readonly = true, parallel = false,
          run = function() return note "look" end },
        lash.tool { name = "die", about = "Dies.", run = function()
          note "die"
          if deadly then os.execute "kill -9 $PPID" end
        end },
        lash.tool { name = "bill", about = "Bills.", run = function() return note "bill" end },
      }
      local session = lash.agent { tools = tools }:session "s"
      print(session "go")]])
    assert.equal(137, sh:lash("agent.lua", "deadly").exit)
    local res = sh:lash "agent.lua"
    assert.same({ "paid\n", "" }, { res.out, res.err })
    assert.equal("charge\nlook\ndie\n", sh:read "log") -- nothing twice
    local contents = {}
    for i, m in ipairs(messages_of(sh, "s")) do contents[i] = m.role == "tool" and m.content or m.role end
    assert.same({ "user", "assistant", "charge", "look" }, table.move(contents, 1, 4, 1, {}))
    assert.matches("^error: it is not known whether this call was carried out", contents[5])
    assert.same({ "error: not carried out: the program was stopped before", "assistant" }, { contents[6], contents[7] })
  end)

  it("at any time leaves a session that goes on", function()
    local sh <close> = start [[return function(request)
      local messages = request.json.messages
      local last = messages[#messages]
      if last.role == "user" then return { tool = "note", arguments = { word = last.content } } end
      return { text = "noted" }
    end]]
    -- Asks one prompt after the other, 1, 2, 3...; one without an answer again.
    sh:write("agent.lua", [[
      local lash = require "lash"
      local note = lash.tool { name = "note", about = "Notes.", params = "word: string", run = function(word)
        io.write "calling\n"
        io.stdout:flush()
        local file <close> = io.open("log", "a")
        file:write(word, "\n")
        return "wrote " .. word
      end }
      local session = lash.agent { tools = { note } }:session "s"
      local messages, n = session.messages, 0
      for _, m in ipairs(messages) do n = n + (m.role == "user" and 1 or 0) end
      local last = messages[#messages]
      local next_one = n + (last and last.role == "assistant" and not last.tool_calls and 1 or 0)
      for i = math.max(next_one, 1), ... do
        session(tostring(i))
        io.write "answered\n"
        io.stdout:flush()
      end]])
    local answered = 0
    for round = 1, 25 do
      local child = sh:start "exec $lash agent.lua 100000"
      for _ = 1, round % 6 do -- round 6, 12... are killed while they begin
        if child:line() == "answered" then answered = answered + 1 end
      end
      child:kill "KILL"
      answered = answered + select(2, child:wait().out:gsub("answered", ""))
    end
    local messages = messages_of(sh, "s")
    local prompts = 0
    for _, m in ipairs(messages) do prompts = prompts + (m.role == "user" and 1 or 0) end
    local res = sh:lash("agent.lua", tostring(prompts + 1))
    assert.same({ 0, "" }, { res.exit, res.err })

    local open, results, expected = nil, {}, 0
    for _, m in ipairs(messages_of(sh, "s")) do
      if m.role == "user" then
        expected = expected + 1
        assert.equal(tostring(expected), m.content) -- each prompt once, in order
      end
      if m.role == "tool" then
        assert.equal(open, m.tool_call_id)
        results[expected], open = m.content, nil
      else
        assert.is_nil(open)
        open = m.tool_calls and m.tool_calls[1].id
      end
    end
    assert.is_true(expected >= answered and answered > 10, answered)
    local written = {}
    for word in sh:read("log"):gmatch "%d+" do
      assert.is_nil(written[word]) -- nothing was done twice
      written[word] = true
    end
    for i, content in ipairs(results) do
      if content:find "^wrote" then assert.is_true(written[tostring(i)]) else assert.matches("not known", content) end
    end
    local check = 'print(require("lash.store").query("PRAGMA integrity_check")[1].integrity_check)'
    assert.equal("ok\n", sh:lash("-e", check).out)
  end)
end)
