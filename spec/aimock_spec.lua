--- lash against a server that others wrote: text, thinking, calls in fragments,
--- refusals, cuts and chaos, as they come out of the front door.
local aimock = require "spec.support.aimock"
local cjson = require "cjson"
local model = require "spec.support.model"
local shell = require "spec.support.shell"
local task = require "lash.task"

local GREETING = 'Xin chào, 世界! "Quoted"\nand a second line 👋'

local SCRIPT = [[
local lash = require "lash"

--- The weather of a city.
---@param city string
---@param days? integer
local function weather(city, days)
  io.stderr:write(("called %s %s\n"):format(city, days))
  return { city = city, celsius = 21 }
end

local prompt, streaming = ...
print(lash.ask(prompt, { tools = { weather }, tool_streaming = streaming }))
]]

describe("against aimock,", function()
  local missing = aimock.missing()
  if missing then
    it("lash is tested where it is installed", function()
      if os.getenv "CI" == "true" then error(missing, 0) end
      io.stderr:write("skipped: ", missing, "\n") -- which tells CTest
      pending(missing)
    end)
    return
  end

  local sim
  local tests = 0
  setup(function() sim = aimock.start() end)
  teardown(function() sim:close() end)

  --- A test with a shell whose service is the simulator. `f` is given the shell
  --- and what tells the requests so far.
  ---@param options table  `type`, `api_key` and `headers` of the provider; settings of the agent
  local function with(options, f)
    tests = tests + 1
    local id = "t" .. tests
    return function()
      local sh <close> = shell.new {}
      local headers = { ["X-Test-Id"] = id }
      for name, value in pairs(options.headers or {}) do headers[name] = value end
      sh:write(".config/lash/config.json", cjson.encode {
        providers = { sim = { type = options.type or "openai", api_key = options.api_key or aimock.key,
          api_base = sim.url .. "/v1", headers = headers } },
        agents = { defaults = { provider = "sim", model = "gpt-5", retry = options.retry or 0,
          timeout = options.timeout } },
      })
      f(sh, function() return sim:requests(id) end)
    end
  end

  for _, kind in ipairs { "openai", "dashscope" } do
    it("text and thinking arrive whole: " .. kind, with({ type = kind }, function(sh, requests)
      local res = sh:lash("ask", "--thinking", "off", "greet")
      assert.same({ GREETING .. "\n", "", 0 }, { res.out, res.err, res.exit })
      res = sh:lash("ask", "--json", "greet")
      local said, last = { text = "", thinking = "" }, nil
      for line in res.out:gmatch "[^\n]+" do
        local ev = cjson.decode(line)
        if said[ev.type] then said[ev.type] = said[ev.type] .. ev.text end
        if ev.type == "usage" then last = ev.usage end
      end
      assert.same({ text = GREETING, thinking = "Someone greets: greet back." }, said)
      assert.same({ 11, 7, 18 }, { last.input, last.output, last.total })
      assert.equal(2, #requests())
      local got = requests()[1]
      assert.same({ true, "greet", kind == "dashscope" },
        { got.body.stream, got.body.messages[1].content, got.body.enable_thinking ~= nil })
    end))
  end

  for streaming, stream in pairs { native = true, fallback = false } do
    it("calls side by side are put together and answered: " .. streaming, with({}, function(sh, requests)
      local res = sh:script(SCRIPT, "compare", streaming)
      assert.same({ "Both are mild.\n", 'called Hà Nội 2\ncalled Huế "old" town nil\n', 0 },
        { res.out, res.err, res.exit })
      local got = requests()
      assert.same({ 2, stream, stream }, { #got, got[1].body.stream, got[2].body.stream })
      local messages = got[2].body.messages
      assert.same({ "user", "assistant", "tool", "tool" },
        { messages[1].role, messages[2].role, messages[3].role, messages[4].role })
      assert.same({ "call_a", "call_b", "call_a", "call_b" }, { messages[2].tool_calls[1].id,
        messages[2].tool_calls[2].id, messages[3].tool_call_id, messages[4].tool_call_id })
      assert.same({ city = 'Huế "old" town' }, cjson.decode(messages[2].tool_calls[2]["function"].arguments))
      assert.equal("I look at both.", messages[2].content)
    end))
  end

  it("calls with text between them are carried out in their order", with({}, function(sh, requests)
    local res = sh:script(SCRIPT, "interleave")
    assert.same({ "done\n", "called Vinh nil\ncalled Huế nil\n", 0 }, { res.out, res.err, res.exit })
    assert.equal("(asking) ", requests()[2].body.messages[2].content)
  end))

  it("a call with broken arguments goes back to the model", with({}, function(sh, requests)
    local res = sh:script(SCRIPT, "broken call")
    assert.same({ "I could not.\n", "", 0 }, { res.out, res.err, res.exit })
    local told = requests()[2].body.messages
    assert.matches("^error: ", told[3].content)
    assert.equal("{}", told[2].tool_calls[1]["function"].arguments) -- what was broken would be refused
  end))

  -- what, exit status, what stderr says, stdout, requests
  for _, case in ipairs {
    { "long call", 76, "incomplete: the answer reached max_tokens", "" },
    { "long story", 76, "incomplete: the answer reached max_tokens", "Once upon a\n" },
    { "withheld", 77, "content_filter: ", "I\n" },
    { "cut text", 76, "incomplete: ", "It i" },
    { "cut call", 76, "incomplete: ", "" },
    { "hang up", 69, "network: ", "" },
    { "too long", 65, "context_length: This model's maximum context length is 8192 tokens", "" },
    { "nobody knows this", 69, "unavailable: ", "" },
  } do
    it(("'%s' is told as what it is, and asked once"):format(case[1]), with({}, function(sh, requests)
      local res = sh:script(SCRIPT, case[1])
      assert.same({ "", case[2], 1 }, { res.out, res.exit, #requests() })
      assert.matches("^lash: " .. case[3], res.err)
      assert.equal(case[4], sh:lash("ask", case[1]).out:sub(1, #case[4]))
    end))
  end

  it("a wrong key is refused, and not shown", with({ api_key = "sk-other-0123456789" }, function(sh)
    local res = sh:lash("ask", "greet")
    assert.same({ "", 77 }, { res.out, res.exit })
    assert.matches("^lash: auth: ", res.err)
    assert.is_nil(res.err:find("sk-other", 1, true))
  end))

  it("too much at once is waited for", with({ retry = 4 }, function(sh, requests)
    local res = sh:lash("ask", "busy")
    assert.same({ "at last\n", "", 0 }, { res.out, res.err, res.exit })
    local statuses = {}
    for i, request in ipairs(requests()) do statuses[i] = request.response.status end
    assert.same({ 429, 200 }, statuses)
    assert.same(requests()[1].body, requests()[2].body)
  end))

  it("a wait that is longer than the deadline is not begun", with({ retry = 4, timeout = 20 }, function(sh, requests)
    local res = sh:lash("ask", "later")
    assert.same({ "", 75, 1 }, { res.out, res.exit, #requests() })
    assert.matches("^lash: rate_limit: .*the deadline comes first: try again in 50 s", res.err)
  end))

  for _, case in ipairs {
    { "drop", "1", 69, "unavailable: Chaos: request dropped", 1 },
    { "malformed", "1", 76, "protocol: ", 1 },
    { "disconnect", "1", 69, "network: ", 1 },
    { "ratelimit", "1", 75, "rate_limit: Chaos: rate limit exceeded", 1 },
    { "latency", "30000", 124, "timeout: ", 0 }, -- it notes what it answers
  } do
    it("chaos: " .. case[1], with({ headers = { ["x-aimock-chaos-" .. case[1]] = case[2] } }, function(sh, requests)
      local res = sh:lash("ask", "--timeout", case[1] == "latency" and "0.3" or "10", "greet")
      assert.same({ "", case[3], case[5] }, { res.out, res.exit, #requests() })
      assert.matches("^lash: " .. case[4], res.err)
    end))
  end

  it("in chaos every answer is whole, or an error; attempts have a bound", function()
    model.run(function()
      local chaos = { ["x-aimock-chaos-drop"] = "0.2", ["x-aimock-chaos-malformed"] = "0.2",
        ["x-aimock-chaos-disconnect"] = "0.3" }
      local asks, outcomes = {}, {}
      for i = 1, 24 do
        asks[i] = function()
          local headers = { ["X-Test-Id"] = "storm" .. i }
          for name, rate in pairs(chaos) do headers[name] = rate end
          local agent = require("lash").agent { model = "gpt-5", retry = 2, provider = { type = "openai",
            api_base = sim.url .. "/v1", api_key = aimock.key, proxy = "", headers = headers } }
          outcomes[i] = { pcall(agent.run, agent, "greet") }
        end
      end
      task.gather(asks)
      for i, outcome in ipairs(outcomes) do
        local got, result = sim:requests("storm" .. i), outcome[2]
        assert.equal(outcome[1], got[#got].response.chaosAction == nil, i)
        if outcome[1] then
          assert.same({ GREETING, "Someone greets: greet back." }, { result.text, result.thinking })
        else
          assert.same({ 3, true }, { result.attempts, result.temporary }, tostring(result))
          assert.equal(3, #got)
        end
      end
    end)
  end)
end)
