--- An agent: its settings, its record, its errors.
local cjson = require "cjson"
local folder = require "spec.support.folder"
local lash = require "lash"
local model = require "spec.support.model"
local server = require "spec.support.server"

local fake, failure = model.fake, model.failure

describe("an agent", function()
  it("is ten lines", function()
    local dir <close> = folder.new()
    local script = dir:write("weather.lua", [[
#!/usr/bin/env lash
local lash = require "lash"

--- Current weather for a city.
---@param city string
---@param days? integer  Forecast length, 1 to 7
local function weather(city, days)
  return { city = city, celsius = 21, days = days or 1 }
end

local agent = lash.agent { instructions = "Answer in one sentence.", tools = { weather } }
print(agent "What is the weather in Hanoi?")
]])
    local s <close> = server.start {
      model.ok(model.stream({ model.calls { "weather", '{"city":"Hanoi"}' } }, "tool_calls")),
      model.ok(model.stream { "It is 21 ", "degrees in Hanoi." }),
    }
    local command = "env -i HOME=%s DASHSCOPE_API_KEY=sk-x DASHSCOPE_API_BASE=%s '%s' %s 2>&1"
    local run <close> = io.popen(command:format(dir.path, s.url, os.getenv "LASH_PROGRAM", script))
    assert.equal("It is 21 degrees in Hanoi.\n", run:read "a")
    local first, second = cjson.decode(s:requests()[1].body), cjson.decode(s:requests()[2].body)
    assert.same({ "qwen3-max", 8192, true, true },
      { first.model, first.max_tokens, first.stream, first.stream_options.include_usage })
    assert.same({ { role = "system", content = "Answer in one sentence." },
      { role = "user", content = "What is the weather in Hanoi?" } }, first.messages)
    assert.same({ { type = "function", ["function"] = {
      name = "weather", description = "Current weather for a city.",
      parameters = { type = "object", required = { "city" }, properties = {
        city = { type = "string" },
        days = { type = "integer", description = "Forecast length, 1 to 7" } } } } } }, first.tools)
    local call = second.messages[3]
    assert.same({ "assistant", "", "call_1" }, { call.role, call.content, call.tool_calls[1].id })
    local result = second.messages[4]
    assert.same({ "tool", "call_1" }, { result.role, result.tool_call_id })
    assert.same({ city = "Hanoi", celsius = 21, days = 1 }, cjson.decode(result.content))
  end)

  it("keeps a record of its run", fake({
    { thinking = "Hm. ", tool = "add", arguments = { a = 1, b = 2 },
      usage = { input = 10, output = 4, reasoning = 1 } },
    { thinking = "Ah.", text = "3", usage = { input = 20, output = 6, reasoning = 2, cached = 5 } },
  }, function(_, agent)
    local add = lash.tool { name = "add", about = "Add.", params = "a: integer, b: integer",
      run = function(a, b) return a + b end }
    local run = agent({ name = "adder", model = "qwen3-max", tools = { add } }):run "1 + 2?"
    assert.matches("^%w+$", run.id)
    assert.same({ "adder", "3", "3", "Hm. Ah.", "stop", "qwen3-max-simulated", 2 },
      { run.agent, run.value, run.text, run.thinking, run.finish_reason, run.model, run.turns })
    assert.same({ input = 30, output = 10, total = 40, reasoning = 3, cached = 5 }, run.usage)
    assert.is_true(math.abs(run.cost - (25 * 1.2 + 5 * 0.2 * 1.2 + 10 * 6) / 1e6) < 1e-12)
    assert.is_true(run.seconds > 0)
    assert.same({}, run.denied)
    local call = run.tool_calls[1]
    assert.same({ 1, "add", { a = 1, b = 2 }, "3", true },
      { #run.tool_calls, call.name, call.arguments, call.content, call.ok })
    assert.is_true(call.seconds >= 0)
    local roles = {}
    for i, message in ipairs(run.messages) do roles[i] = message.role end
    assert.same({ "user", "assistant", "tool", "assistant" }, roles)
  end))

  it("does not know a cost without a price, nor usage that nobody told", fake({
    { tool = "f", usage = { input = 10, output = 4 } }, { text = "a", usage = false },
    { text = "b", usage = { input = 10, output = 4 } },
  }, function(_, agent)
    local f = lash.tool { name = "f", about = "F.", run = function() end }
    local run = agent({ tools = { f } }):run "x"
    assert.is_nil(run.cost)
    assert.same({ 10, 4 }, { run.usage.input, run.usage.output })
    run = agent({ model = "qwen3-coder-next" }):run "x"
    assert.same({ nil, 10 }, { run.cost, run.usage.input })
  end))

  it("reckons with what a script defines of a model", fake({
    { text = "a", usage = { input = 1000, output = 100, cached = 400 } }, { text = "b" }, { text = "c" },
  }, function(s, agent)
    lash.models.define("qwen-plus-2025-07-28", { price = { input = 1, output = 10, cached = 0.5 }, thinking = "on",
      budget = 500, max_output = 1000 })
    local run = agent({ model = "qwen-plus-2025-07-28", thinking_level = "high" }):run "x"
    assert.is_true(math.abs(run.cost - (600 * 1 + 400 * 0.5 + 100 * 10) / 1e6) < 1e-12)
    local body = s.requests[1].json
    assert.same({ 1, true, 500, 1000 }, { #s.requests, body.enable_thinking, body.thinking_budget, body.max_tokens })
  end))

  it("takes other settings for a call", fake({
    { text = "1" }, { text = "2" }, { text = "3" },
  }, function(s, agent)
    local a = agent { temperature = 0.7, seed = 5, max_tokens = 100, instructions = "Be brief.", model = "qwen-plus",
      thinking_level = "low" }
    a "x"
    a("x", { temperature = 0, seed = 0, thinking_level = false, instructions = "", max_tokens = 9 })
    a "x"
    local first, second, third = s.requests[1].json, s.requests[2].json, s.requests[3].body
    assert.same({ 0.7, 5, 100, true, 2 },
      { first.temperature, first.seed, first.max_tokens, first.enable_thinking, #first.messages })
    assert.same({ 0, 0, 9, nil, 1 },
      { second.temperature, second.seed, second.max_tokens, second.enable_thinking, #second.messages })
    assert.equal(s.requests[1].body, third)
  end))

  it("can be read, not changed", function()
    model.run(function()
      local a = lash.agent { name = "reader", temperature = 0, tools = {} }
      assert.same({ "reader", 0, {}, "qwen3-max", 8192, 30, 4, nil },
        { a.name, a.temperature, a.tools, a.model, a.max_tokens, a.max_turns, a.retry, a.nothing })
      local err = failure(function() a.temperature = 1 end)
      assert.same({ "usage", 64 }, { err.kind, err.exit })
      assert.matches("'temperature'", err.message)
      assert.equal("lash.agent: reader", tostring(a))
    end)
  end)

  it("names what it does not know", function()
    model.run(function()
      local a = model.agent "http://127.0.0.1:1"
      for _, case in ipairs {
        { function() lash.agent { temprature = 1 } end, "'temprature'", "'temperature'" },
        { function() a("x", { max_token = 1 }) end, "'max_token'", "'max_tokens'" },
        { function() a("x", { name = "other" }) end, "'name'" },
        { function() lash.ask("x", { about = "y" }) end, "'about'" },
        { function() lash.agent { tool_streaming = "never" } end, "tool_streaming", nil },
        { function() lash.agent { max_turns = 0 } end, "max_turns" },
        { function() lash.agent { thinking_level = "max" } end, "thinking_level" },
        { function() lash.agent { tools = { 1 } } end, "tool" },
        { function() lash.agent { provider = { api_bas = "x" } } "x" end, "api_bas", "api_base" },
        { function() lash.agent(5) end, "expected a table" },
        { function() a() end, "prompt" },
        { function() a {} end, "empty" },
        { function() a { image = "x.png", text = "y" } end, "." },
      } do
        local err = failure(case[1])
        assert.is_true(err.exit == 64 or err.exit == 78, tostring(err))
        assert.matches(case[2], err.message)
        if case[3] then assert.matches(case[3], err.hint) end
      end
    end)
  end)

  it("takes a prompt in parts", fake({ { text = "1" }, { text = "2" } }, function(s, agent)
    local dir <close> = folder.new()
    local file = dir:write("notes.txt", "Buy milk.\n")
    agent() { "Sum up.", { file = file } }
    agent() { file = file }
    local both, one = s.requests[1].json.messages[1].content, s.requests[2].json.messages[1].content
    assert.matches("^Sum up%.\n\nFile .*notes%.txt:\n```\nBuy milk%.\n", both)
    assert.matches("^File .*Buy milk%.", one)
    local err = failure(agent(), { { file = dir.path .. "/none" } })
    assert.same({ "input", 66, 2 }, { err.kind, err.exit, #s.requests })
  end))

  it("ends after max_turns and max_tool_calls", fake(function() return { tool = "f" } end, function(s, agent)
    local ran = 0
    local f = lash.tool { name = "f", about = "F.", run = function() ran = ran + 1 end }
    local err = failure(agent { tools = { f }, max_turns = 3 }, "x")
    assert.same({ "turns", 79, false, 3 }, { err.kind, err.exit, err.temporary, err.run.turns })
    assert.same({ 3, 3 }, { #s.requests, ran })
    err = failure(agent { tools = { f }, max_tool_calls = 2 }, "x")
    assert.same({ "turns", 79, 2, 5 }, { err.kind, err.exit, #err.run.tool_calls, ran })
    err = failure(agent { tools = { f }, max_tool_calls = 0 }, "x")
    assert.same({ "turns", 5 }, { err.kind, ran })
  end))

  it("keeps what there is of a run that fails", fake({
    { tool = "f", usage = { input = 10, output = 4 } }, { text = { "Half an ", "answer that is cut" }, cut = 3 },
    { text = "cut by length", finish = "length" }, { text = "no", finish = "content_filter" },
    { status = 401 }, { text = "Half an", finish = "insufficient_system_resource" },
  }, function(_, agent)
    local f = lash.tool { name = "f", about = "F.", run = function() return "done" end }
    local err = failure(agent { tools = { f }, retry = 0 }, "x")
    assert.same({ "incomplete", 76, true, "Half an answer that is cut" },
      { err.kind, err.exit, err.temporary, err.run.text })
    assert.same({ 10, 2, "done" }, { err.run.usage.input, err.run.turns, err.run.tool_calls[1].content })
    assert.is_nil(err.run.cost) -- what was lost will be paid, too, and nobody has said how much
    err = failure(agent(), "x")
    assert.same({ "incomplete", 76, false, "cut by length", "length" },
      { err.kind, err.exit, err.temporary, err.run.text, err.run.finish_reason })
    assert.matches("8192", err.hint)
    err = failure(agent(), "x")
    assert.same({ "content_filter", 77, "no" }, { err.kind, err.exit, err.run.text })
    err = failure(agent(), "x")
    assert.same({ "auth", 77, "", 401 }, { err.kind, err.exit, err.run.text, err.status })
    err = failure(agent(), "x")
    assert.same({ "incomplete", 76, true, "Half an" }, { err.kind, err.exit, err.temporary, err.run.text })
  end))

  it("takes no other word for the end of an answer either", fake(function(request)
    return { text = "Half an", finish = request.prompt }
  end, function(_, agent)
    local kinds = { max_tokens = "incomplete", MAX_TOKENS = "incomplete", model_length = "incomplete",
      timeout = "incomplete", cancelled = "incomplete", SAFETY = "content_filter", tool_calls = "protocol",
      function_call = "protocol" }
    for reason, kind in pairs(kinds) do
      local err = failure(agent { retry = 0 }, reason)
      assert.same({ kind, "Half an", reason }, { err.kind, err.run.text, err.run.finish_reason })
    end
    assert.equal("Half an", agent() "end_turn")
  end))

  it("may be two at once", fake(function(request) return { text = "to " .. request.prompt, delay = 0.02 } end,
    function(_, agent)
      local a, b = agent(), agent()
      local results = require("lash.task").gather {
        function() return a "one" end, function() return b "two" end, function() return a "three" end,
      }
      assert.same({ { "to one", n = 1 }, { "to two", n = 1 }, { "to three", n = 1 } }, results)
    end))

  it("works in places that cannot wait", fake(function(request) return "<" .. request.prompt .. ">" end,
    function(_, agent)
      local a = agent()
      assert.equal("<a> <b>", (("a b"):gsub("%a", function(word) return a(word) end)))
      local words = coroutine.wrap(function()
        for _, word in ipairs { "x", "y" } do coroutine.yield(a(word)) end
      end)
      assert.same({ "<x>", "<y>" }, { words(), words() })
      local list = { "b", "a" }
      table.sort(list, function(l, r) return a(l) < a(r) end)
      assert.same({ "a", "b" }, list)
    end))
end)
