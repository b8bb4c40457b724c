--- The events of a run: their order, their fields, and who may leave.
local lash = require "lash"
local loop = require "lash.core.loop"
local model = require "spec.support.model"

local fake, failure = model.fake, model.failure

--- Names of events, adjacent equal ones once.
local function order(events)
  local names = {}
  for _, ev in ipairs(events) do
    if names[#names] ~= ev.type then names[#names + 1] = ev.type end
  end
  return table.concat(names, " ")
end

local function collect(agent, ...)
  local events = {}
  for ev in agent:stream(...) do events[#events + 1] = ev end
  return events
end

--- The events of one type.
local function of(events, type)
  local list = {}
  for _, ev in ipairs(events) do
    if ev.type == type then list[#list + 1] = ev end
  end
  return list
end

local function joined(events, type)
  local parts = {}
  for i, ev in ipairs(of(events, type)) do parts[i] = ev.text end
  return table.concat(parts)
end

local add = lash.tool { name = "add", about = "Add.", params = "a: integer, b: integer",
  run = function(a, b) return a + b end }

local function conversation()
  return {
    { thinking = "I should add these.", text = "Let me see. ", tool = "add", arguments = { a = 1, b = 2 },
      usage = { input = 10, output = 4, reasoning = 2 } },
    { thinking = "Now I know it.", text = "The sum of the two numbers is 3.", usage = { input = 20, output = 6 } },
  }
end

describe("agent:stream", function()
  it("tells of calls that run side by side, in turn", fake(function(request)
    if request.json.messages[3] then return "ok" end
    local calls = {}
    for i = 1, 20 do calls[i] = { tool = "f", arguments = { n = i } } end
    return { calls = calls }
  end, function(_, agent)
    local f = lash.tool { name = "f", about = "F.", params = "n: integer", parallel = true,
      run = function(n)
        if n % 3 > 0 then lash.sleep(n % 3 / 100) end
        return n
      end }
    local seen = {}
    for ev in agent { tools = { f } }:stream "x" do
      if ev.type == "tool_result" then seen[tonumber(ev.content)] = true end
      lash.sleep(0)
    end
    assert.equal(20, #seen)
    for ev in agent { tools = { f } }:stream "x" do
      if ev.type == "tool_result" then break end
    end
  end))

  for _, mode in ipairs { "native", "fallback", "auto" } do
    it("tells everything in order, " .. mode, fake(conversation(), function(s, agent)
      local a = agent { name = "adder", model = "qwen3-max", thinking_level = "low", tools = { add },
        tool_streaming = mode }
      local events = collect(a, "1 + 2?")
      assert.equal("start thinking text tool_call usage tool_result thinking text usage done", order(events))
      assert.same({ mode ~= "fallback", mode ~= "fallback" }, { s.requests[1].json.stream, s.requests[2].json.stream })
      local result, before = events[#events].result, 0
      for _, ev in ipairs(events) do
        assert.same({ result.id, "adder" }, { ev.run, ev.agent })
        assert.is_true(ev.t >= before)
        before = ev.t
      end
      assert.equal("qwen3-max", events[1].model)
      assert.equal("I should add these.Now I know it.", joined(events, "thinking"))
      assert.equal("Let me see. The sum of the two numbers is 3.", joined(events, "text"))
      local call, told = of(events, "tool_call")[1], of(events, "tool_result")[1]
      assert.same({ "add", { a = 1, b = 2 } }, { call.name, call.arguments })
      assert.same({ call.id, "add", "3", true, "number" },
        { told.id, told.name, told.content, told.ok, math.type(told.seconds) and "number" })
      local usage = of(events, "usage")
      assert.same({ 2, 10, 4, 2, 20 },
        { #usage, usage[1].usage.input, usage[1].usage.output, usage[1].usage.reasoning, usage[2].usage.input })
      assert.is_true(math.abs(usage[1].cost + usage[2].cost - result.cost) < 1e-12)
      assert.equal("The sum of the two numbers is 3.", result.value)
      if mode == "fallback" then assert.same({ 2, 2 }, { #of(events, "thinking"), #of(events, "text") }) end
    end))
  end

  it("tells of a model that only streams in whole turns when asked", fake({
    { thinking = "Let us think about it.", text = "Here you are, a longer text." },
  }, function(s, agent)
    local events = collect(agent { model = "qwq-plus", tools = { add }, tool_streaming = "fallback" }, "x")
    assert.equal("start thinking text usage done", order(events))
    assert.same({ true, 1, 1 }, { s.requests[1].json.stream, #of(events, "thinking"), #of(events, "text") })
  end))

  it("tells of attempts", fake({ { status = 429, retry_after = 0 }, { text = "ok" } }, function(_, agent)
    local events = collect(agent(), "x")
    assert.equal("start retry text usage done", order(events))
    local told = of(events, "retry")[1]
    assert.same({ 1, 0, "rate_limit" }, { told.attempt, told.delay, told.error.kind })
  end))

  it("gives what a listener is given", fake(function(request)
    return { text = "to " .. request.prompt }
  end, function(_, agent)
    local heard = {}
    local a = agent { on = function(ev) table.insert(heard, ev) end }
    local events = collect(a, "x")
    assert.equal(#events, #heard)
    for i, ev in ipairs(events) do assert.equal(heard[i], ev) end
    local other = {}
    a("y", { on = function(ev) table.insert(other, ev) end })
    assert.equal("start text usage done", order(other))
    assert.equal(#events, #heard)
  end))

  it("arrives as it is sent", model.test({
    { steps = { { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: "
      .. model.chunk { content = "first" } .. "\n\n" }, { sleep = 50000 } } },
  }, function(s)
    local closed
    do
      for ev in model.agent(s.url):stream "x" do
        if ev.type == "text" then
          assert.equal("first", ev.text)
          break
        end
      end
      closed = loop.now()
    end
    assert.equal(1, s:wait_gone()) -- leaving the loop closed the connection
    assert.is_true(loop.now() - closed < 5)
  end))

  it("runs no tool after the loop was left", fake({ { tool = "f" } }, function(s, agent)
    local ran = false
    local f = lash.tool { name = "f", about = "F.", run = function() ran = true end }
    for ev in agent({ tools = { f } }):stream "x" do
      if ev.type == "tool_call" then break end
    end
    lash.sleep(0.02)
    assert.same({ false, 1 }, { ran, #s.requests })
  end))

  it("cancels a tool when the loop is left, and closes what it holds", fake({
    { calls = { { tool = "quick" }, { tool = "slow" } } },
  }, function(_, agent)
    local closed, done = false, false
    local quick = lash.tool { name = "quick", about = "Q.", parallel = true, run = function() end }
    local slow = lash.tool { name = "slow", about = "S.", parallel = true, run = function()
      local _guard <close> = setmetatable({}, { __close = function() closed = true end })
      lash.sleep(20)
      done = true
    end }
    for ev in agent({ tools = { quick, slow } }):stream "x" do
      if ev.type == "tool_result" then break end
    end
    assert.same({ true, false }, { closed, done })
  end))

  it("does not run ahead of who reads it", fake({ { tool = "f" }, { text = "ok" } }, function(_, agent)
    local ran = false
    local f = lash.tool { name = "f", about = "F.", run = function() ran = true end }
    for ev in agent({ tools = { f } }):stream "x" do
      if ev.type == "tool_call" then
        lash.sleep(0.03)
        assert.is_false(ran)
      end
    end
    assert.is_true(ran)
  end))

  it("loses nothing before it is read", fake(function(request) return { text = request.prompt } end, function(_, agent)
    local streams = { agent():stream "a", agent():stream "b" }
    lash.sleep(0) -- both have something to tell
    local events = { {}, {} }
    repeat
      for i, stream in ipairs(streams) do table.insert(events[i], stream()) end
    until events[2][#events[2]].type == "done"
    for i, text in ipairs { "a", "b" } do
      assert.equal("start text usage done", order(events[i]))
      assert.equal(text, joined(events[i], "text"))
    end
  end))

  it("raises the run's error out of the loop", fake({
    { text = { "Half an ", "answer that is cut" }, cut = 3 }, { status = 401 },
  }, function(_, agent)
    local text = {}
    local err = failure(function()
      for ev in agent({ retry = 0 }):stream "x" do
        if ev.type == "text" then text[#text + 1] = ev.text end
      end
    end)
    assert.same({ "incomplete", "Half an answer that is cut" }, { err.kind, err.run.text })
    assert.equal(err.run.text, table.concat(text))
    err = failure(collect, agent(), "x")
    assert.equal("auth", err.kind)
    err = failure(collect, agent(), "x", { typo = 1 })
    assert.equal("usage", err.kind)
  end))

  it("lets an error of the loop's body pass", fake({ { text = "ok" } }, function(_, agent)
    local err = failure(function()
      for _ in agent():stream "x" do error("mine", 0) end
    end)
    assert.equal("mine", err)
  end))

  it("lets an error of a listener end the run", fake({ { text = "ok" } }, function(_, agent)
    local err = failure(agent { on = function() error("mine", 0) end }, "x")
    assert.equal("mine", err)
  end))

  it("works in a user's own generator", fake(function(request)
    return { text = { request.prompt, "1 ", request.prompt, "2 " } }
  end, function(_, agent)
    local function words(prompt)
      return coroutine.wrap(function()
        for ev in agent():stream(prompt) do
          if ev.type == "text" then coroutine.yield(ev.text) end
        end
      end)
    end
    local parts = {}
    for word in words "a" do
      parts[#parts + 1] = word
      for other in words "b" do parts[#parts + 1] = other:upper() end
    end
    local text = table.concat(parts)
    assert.equal("a1 a2 ", (text:gsub("B1 B2 ", "")))
  end))

  it("is over when its time is", model.test({
    { steps = { { send = "HTTP/1.1 200 OK\r\n\r\ndata: " .. model.chunk { content = "Hel" } .. "\n\n" },
      { sleep = 50000 } } },
  }, function(s)
    local err = failure(collect, model.agent(s.url, { timeout = "400ms" }), "x")
    assert.same({ "timeout", 124, "Hel" }, { err.kind, err.exit, err.run.text })
    assert.equal(1, s:wait_gone())
  end))

  it("may be one of several", fake(function(request)
    return { text = { request.prompt, request.prompt }, delay = 0.01 }
  end, function(_, agent)
    local a = agent()
    local results = require("lash.task").gather {
      function() return joined(collect(a, "x"), "text") end, function() return joined(collect(a, "y"), "text") end,
    }
    assert.same({ "xx", "yy" }, { results[1][1], results[2][1] })
  end))
end)
