--- Tapes: what LASH_RECORD writes, and what plays it back.
local json = require "lash.core.json"
local project = require "spec.support.project"
local server = require "spec.support.server"

local AGENT = [[
  local lash = require "lash"
  --- Current weather for a city.
  ---@param city string
  local function weather(city) return { city = city, celsius = 21 } end
  local agent = lash.agent { instructions = "Answer in one sentence.", tools = { weather } }
  print(agent "What is the weather in Hanoi?")
  local same = lash.map({ "a", "b", "b", "b" }, function(x) return lash.ask("letter " .. x) end)
  print(table.concat(same, " "))]]

local REPLIES = [[return {
  { match = "Hanoi?", tool = "weather", arguments = { city = "Hanoi" } },
  { match = "celsius", thinking = "21 °C: mild.", text = { "Mild ", "in H", "à Nội." } },
  { match = "letter a", text = "A" }, { match = "letter b", text = "B1" }, { match = "letter b", text = "B2" },
  { match = "letter b", text = "B3" },
}]]

--- A project with a tape of a script: what the script printed is `said`.
local function recorded(script, replies, more)
  local sh = project.new { ["script.lua"] = script }
  local url = sh:fake(replies)
  sh.variables = { DASHSCOPE_API_BASE = url, DASHSCOPE_API_KEY = "sk-canary-0123456789", LASH_RECORD = "t.tape" }
  for name, value in pairs(more or {}) do sh.variables[name] = value end
  local res = sh:lash "script.lua"
  sh:stop_fake()
  sh.variables = {}
  return sh, res
end

--- Runs a spec of one test with this body, and what is printed.
local function play(sh, body)
  sh:write("spec/x_spec.lua", project.spec(body))
  return sh:lash "test"
end

local function lines_of(sh)
  local lines = {}
  for line in sh:read("t.tape"):gmatch "[^\n]+" do lines[#lines + 1] = assert(json.decode(line)) end
  return lines
end

describe("A tape", function()
  it("plays what it has recorded, without network and key", function()
    local sh <close>, res = recorded(AGENT, REPLIES)
    assert.matches("^Mild in Hà Nội%.\nA B%d B%d B%d\n$", res.out)
    local played = play(sh, [[
      local tape <close> = test.tape "t.tape"
      local record = test.run "script.lua"
      assert.same({ 0, "" }, { record.code, record.err })
      local letters = {}
      for letter in record.out:gmatch "B%d" do letters[#letters + 1] = letter end
      table.sort(letters)
      assert.same({ "B1", "B2", "B3" }, letters)
      assert.matches("^Mild in Hà Nội%.\nA B", record.out)]])
    assert.equal(0, played.exit, played.out .. played.err)
  end)

  it("is lines of JSON that say who said what, and when", function()
    local sh <close> = recorded(AGENT, REPLIES)
    local lines = lines_of(sh)
    assert.equal("qwen3-max", lines[1].request.body.model)
    assert.same({ role = "system", content = "Answer in one sentence." }, lines[2].message)
    assert.equal("What is the weather in Hanoi?", lines[3].message.content)
    assert.equal("weather", lines[4].tool["function"].name)
    assert.equal(200, lines[5].response.status)
    assert.matches("^text/event%-stream", lines[5].response.headers["content-type"])
    assert.matches("^data: {", lines[6].data)
    assert.is_number(lines[6].at)
    local open, whole = 0, 0
    for _, line in ipairs(lines) do
      if line.request then
        assert.equal(0, open) -- concurrent ones are kept apart
        open = 1
      elseif line["end"] then
        open, whole = open - 1, whole + 1
      end
    end
    assert.equal(6, whole)
    assert.is_nil(sh:read("t.tape"):find("canary", 1, true))
  end)

  it("masks secrets in what is asked and answered, wherever it is cut; masked text may be any", function()
    local script = [[
      local lash = require "lash"
      print(#lash.ask("it is " .. lash.secret(os.getenv "WORD") .. "!"))]]
    local sh <close> = recorded(script, 'return { { text = { "you said hush-", "hush-0", "123" } } }',
      { WORD = "hush-hush-0123" })
    assert.is_nil(sh:read("t.tape"):find("hush-0", 1, true))
    assert.matches("you said %[secret%]", sh:read "t.tape")
    assert.matches("it is %[secret%]!", sh:read "t.tape")
    local played = play(sh, [[
      local tape <close> = test.tape "t.tape"
      assert.equal(0, test.run("script.lua", {}, { env = { WORD = "another" } }).code)]])
    assert.equal(0, played.exit, played.out .. played.err)
  end)

  it("plays refusals, cuts and further attempts", function()
    local script = 'print(require "lash".ask "hi")'
    local sh <close>, res = recorded(script,
      "return { { status = 503 }, { cut = 0 }, { status = 429, retry_after = 0 }, { text = 'at last' } }")
    assert.equal("at last\n", res.out)
    local played = play(sh, [[
      local tape <close> = test.tape "t.tape"
      assert.equal("at last\n", test.run("script.lua").out)]])
    assert.equal(0, played.exit, played.out .. played.err)
    local statuses = {}
    for _, line in ipairs(lines_of(sh)) do
      if line.response then statuses[#statuses + 1] = line.response.status end
      if line.broke then statuses[#statuses + 1] = line.broke end
    end
    assert.same({ 503, statuses[2], 429, 200 }, statuses)
    assert.is_string(statuses[2])
  end)

  it("plays at once, or at the speed that is asked for", function()
    local tape = [[
{"tape":1,"request":{"method":"POST","url":"http://h/chat/completions","body":{"max_tokens":8192,"messages":[],%s}}}
{"message":{"content":"hi","role":"user"}}
{"response":{"headers":{"content-type":"text/event-stream"},"status":200}}
{"at":0,"data":"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"index\":0}]}\n\n"}
{"at":40,"data":"data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\",\"index\":0}]}\n\n"}
{"end":40}
]]
    tape = tape:format '"model":"qwen3-max","stream":true,"stream_options":{"include_usage":true}'
    local sh <close> = project.new { ["t.tape"] = tape }
    local played = play(sh, [[
      local function seconds(options)
        local tape <close> = test.tape("t.tape", options)
        local now = require("lash.core.loop").now
        local began = now()
        assert.equal("ab", lash.ask "hi")
        return now() - began
      end
      assert.is_true(seconds() < 2)
      local slow = seconds { speed = 100 }
      assert.is_true(slow >= 0.4 and slow < 3, slow)]])
    assert.equal(0, played.exit, played.out .. played.err)
  end)

  it("of a prompt that tells the time is recorded at the time of tests", function()
    local sh <close> = recorded('print(require "lash".ask(os.date "%F %R"))', nil,
      { LASH_TEST_TIME = "1767268800", TZ = "Asia/Shanghai" })
    local played = play(sh, [[
      local tape <close> = test.tape "t.tape"
      assert.matches("You said: 2026%-01%-01 12:00", test.run("script.lua").out)
      lash.fs.remove "t.tape"]])
    assert.equal(0, played.exit, played.out .. played.err)
  end)

  it("has what lash.http asked, too", function()
    local s <close> = server.start { {
      match = "GET /list?page=2", steps = { { send = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        .. "X-Count: 2\r\nSet-Cookie: id=canary-9\r\nContent-Length: 7\r\n\r\n[1,\xFF,2]" } } },
      { match = "POST /new", steps = { { send = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" } } } }
    local script = ([[
      local lash = require "lash"
      local res = lash.http.get(%q, { query = { page = 2 } })
      print(#res.body, res.body:byte(4), res.headers["X-Count"], res.url)
      print(lash.http.post(%q, { json = { a = 1 }, check = false }).status)]]):format(s.url .. "/list", s.url .. "/new")
    local sh <close>, res = recorded(script)
    assert.same({ 0, "7\t255\t2\t" .. s.url .. "/list?page=2\n404\n" }, { res.exit, res.out })
    s:close()
    assert.is_nil(sh:read("t.tape"):find("canary", 1, true))
    sh:write("expected", res.out)
    local played = play(sh, [[
      local tape <close> = test.tape "t.tape"
      assert.equal(lash.fs.read "expected", test.run("script.lua").out)]])
    assert.equal(0, played.exit, played.out .. played.err)
  end)
end)

describe("A test fails of its tape", function()
  local sh
  setup(function() sh = recorded(AGENT, REPLIES) end)
  teardown(function() sh:close() end)

  --- What is said when the script has these words in place of others.
  local function changed(from, to)
    sh:write("changed.lua", (AGENT:gsub(from, to)))
    local res = play(sh, [[
      local tape <close> = test.tape "t.tape"
      test.run "changed.lua"]])
    assert.equal(1, res.exit, res.out)
    return res.out
  end

  it("where an instruction is another", function()
    assert.matches([[
t.tape: this was not recorded. What comes nearest %(line 1%) differs in message 1 %(system%), behind 10 characters:
  recorded: Answer in one sentence.
  now:      Answer in two sentences.]], changed("one sentence", "two sentences"))
  end)

  it("where a tool is another", function()
    local out = changed("Current weather", "The weather")
    assert.matches("differs in tool 1 %(weather%), function.description:\n  recorded: Current weather", out)
  end)

  it("where a setting is another", function()
    assert.matches("differs in temperature:\n  recorded: nothing\n  now:      0.5",
      changed("tools =", "temperature = 0.5, tools ="))
  end)

  it("where something is asked more often", function()
    assert.matches("t.tape: this was recorded 3 times, and is asked once more: user: letter b",
      changed('"b", "b", "b"', '"b", "b", "b", "b"'))
  end)

  it("where something is not asked", function()
    local out = changed('"b", "b", "b"', '"b", "b"')
    assert.matches("t.tape: the exchange of line %d+ was never asked for: user: letter b", out)
    assert.matches("1 failure / 0 errors", out)
  end)

  it("but says nothing of that where it fails otherwise", function()
    local res = play(sh, [[
      local tape <close> = test.tape "t.tape"
      assert.equal(1, 2)]])
    assert.matches("1 failure / 0 errors", res.out)
    assert.is_nil(res.out:find("never asked", 1, true))
  end)

  it("and says a difference once where the spec asks itself", function()
    local res = play(sh, [[
      local tape <close> = test.tape "t.tape"
      lash.ask "letter c"]])
    assert.equal(1, select(2, res.out:gsub("this was not recorded", "")))
    assert.matches("invalid: t.tape: this was not recorded", res.out)
  end)

  it("that was opened by a setup, at the end of the file", function()
    sh:write("spec/x_spec.lua", [[
      local lash, test = require "lash", require "lash.test"
      setup(function() test.tape "t.tape" end)
      it("asks", function() assert.equal("A", lash.ask "letter a") end)]])
    local res = sh:lash "test"
    assert.equal(1, res.exit)
    assert.matches("1 success / 0 failures / 1 error", res.out)
    assert.matches("the exchange of line 1 was never asked for", res.out)
  end)
end)

describe("What is no tape", function()
  local CASES = {
    { "hello\n", "line 1: .*" },
    { '{"message":{}}\n', "line 1: a tape begins with a request" },
    { '{"request":{"method":"GET","url":"http://h/"},"tape":2}\n', "line 1: the format 2 is not known" },
    { '{"request":{"method":"GET","url":"http://h/"},"tape":1}\n', "line 1: the last exchange has no end" },
    { '{"request":{"method":"GET","url":"http://h/"},"tape":1}\n{"message":{}}\n', "line 2: it is damaged" },
    { '{"request":{"method":"GET","url":"http://h/"},"tape":1}\n{"at":0,"base64":"!w=="}\n{"end":0}\n',
      "line 2: it is damaged" },
    { '{"what":1}\n', "line 1: it is no line of a tape" },
  }
  for _, case in ipairs(CASES) do
    it("is said with its line: " .. case[2], function()
      local _, err = pcall(require("lash.trial.tape").decode, case[1], "x.tape")
      assert.matches("^input: x.tape: " .. case[2], tostring(err))
      assert.matches("LASH_RECORD", err.hint)
    end)
  end
end)

describe("A recording", function()
  it("that cannot be written is said once, and the run goes on", function()
    local sh <close> = project.new { ["script.lua"] = 'local l = require "lash" print(l.ask "a", l.ask "b")' }
    sh.variables = { DASHSCOPE_API_BASE = sh:fake(), DASHSCOPE_API_KEY = "sk-fake-1", LASH_RECORD = "no/such/t.tape" }
    local res = sh:lash "script.lua"
    assert.equal(0, res.exit)
    assert.equal(1, select(2, res.err:gsub("an exchange was not recorded", "")))
  end)

  it("of what lash did not wait for ends where it left", function()
    local script = [[
      local lash = require "lash"
      for event in lash.agent({}):stream "hi" do
        if event.type == "text" then break end
      end]]
    local sh <close> = recorded(script, "return { { text = ('word '):rep(60000) } }") -- more than is read at once
    local lines = lines_of(sh)
    assert.is_true(lines[#lines].left)
    local played = play(sh, [[
      local tape <close> = test.tape "t.tape"
      assert.equal(0, test.run("script.lua").code)]])
    assert.equal(0, played.exit, played.out .. played.err)
  end)
end)
