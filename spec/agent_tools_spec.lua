--- The calls of a turn: what is run, what the model is told, what ends the run.
local cjson = require "cjson"
local lash = require "lash"
local loop = require "lash.core.loop"
local model = require "spec.support.model"

local fake, failure = model.fake, model.failure

--- The last message of a request.
local function last(request)
  local messages = request.json.messages
  return messages[#messages]
end

local function tool(name, run, options)
  local spec = { name = name, about = "Does " .. name .. ".", run = run }
  for k, v in pairs(options or {}) do spec[k] = v end
  return lash.tool(spec)
end

describe("tools", function()
  it("are declared with a complete schema, sorted by name", fake({ { text = "1" }, { text = "2" } }, function(s, agent)
    local a, b = tool("zeta", print), tool("alpha", print, { params = "x: integer" })
    agent { tools = { a, b } } "x"
    agent { tools = { b, a } } "x"
    assert.equal(s.requests[1].body, s.requests[2].body)
    assert.matches('"name":"alpha".*"name":"zeta"', s.requests[1].body)
    assert.matches('"properties":{}', s.requests[1].body)
    assert.not_matches('"required":{}', s.requests[1].body)
    assert.not_matches('"required":%[%]', s.requests[1].body)
  end))

  it("are not mentioned where there are none", fake({ { text = "1" }, { text = "2" } }, function(s, agent)
    agent { tools = {}, tool_choice = "auto", parallel_tool_calls = true } "x"
    agent() "x"
    for i = 1, 2 do
      local body = s.requests[i].json
      assert.same({}, { body.tools, body.tool_choice, body.parallel_tool_calls })
    end
  end))

  it("get arguments in order or as one table, defaults filled, null as nil", fake({
    { calls = { { tool = "place", arguments = '{"b":null,"a":"x"}' },
      { tool = "table", arguments = '{"q":{"k":[]}}' } } },
    { text = "ok" },
  }, function(_, agent)
    local seen = {}
    local a = tool("place", function(...) seen.place = table.pack(...) end,
      { params = "a: string, b?: string, c: integer = 3" })
    local b = tool("table", function(...) seen.table = table.pack(...) end,
      { schema = { type = "object", properties = { q = { type = "object" } } } })
    local run = agent({ tools = { a, b } }):run "x"
    assert.same({ "x", nil, 3, 4 }, { seen.place[1], seen.place[2], seen.place[3], seen.place.n })
    local ctx = seen.place[4]
    assert.same({ "place", 1 }, { ctx.name, ctx.attempt })
    assert.matches("^" .. run.id .. "/", ctx.key)
    assert.not_equal(ctx.key, seen.table[2].key)
    assert.same({ { k = {} }, 2 }, { seen.table[1].q, seen.table.n })
  end))

  it("keep integers of 17 digits and more", fake({
    { tool = "next", arguments = '{"n":12345678901234567,"list":[9223372036854775806]}' }, { text = "ok" },
  }, function(s, agent)
    local run = agent({ tools = { tool("next", function(n, list) return { n = n + 1, last = list[1] + 1 } end,
      { params = "n: integer, list: integer[]" }) } }):run "x"
    assert.equal('{"last":9223372036854775807,"n":12345678901234568}', last(s.requests[2]).content)
    assert.equal(12345678901234567, run.tool_calls[1].arguments.n)
    assert.matches("12345678901234567", s.requests[2].json.messages[2].tool_calls[1]["function"].arguments)
  end))

  it("return what can be told", fake(function(request)
    local n = request.prompt:match "^case (%d+)$"
    return n and { tool = "give", arguments = { i = tonumber(n) } } or "ok"
  end, function(s, agent)
    local CASES = {
      { "text", "text", true }, { 3, "3", true }, { 2.5, "2.5", true }, { true, "true", true },
      { { 1, 2 }, "[1,2]", true }, { { a = {} }, '{"a":{}}', true }, { nil, "(no result)", true },
      { print, "error: ", false }, { "bad \xFF byte", "bad \u{FFFD} byte", true },
    }
    local give = tool("give", function(i) return CASES[i][1] end, { params = "i: integer" })
    for i, case in ipairs(CASES) do
      local run = agent({ tools = { give } }):run("case " .. i)
      local content = last(s.requests[#s.requests]).content
      assert.equal(case[2], content:sub(1, #case[2]), i)
      assert.equal(case[3], run.tool_calls[1].ok, i)
    end
  end))

  it("that fail are told to the model, and the run goes on", fake({
    { calls = { { tool = "raise" }, { tool = "refuse" }, { tool = "fail" }, { tool = "odd" }, { tool = "lash" } } },
    { text = "ok" },
  }, function(s, agent)
    local run = agent({ tools = {
      tool("raise", function() error("no such city", 0) end),
      tool("refuse", function() return nil, "not today" end),
      tool("fail", function() lash.fail("input", "no file") end),
      tool("odd", function() error { code = 5 } end),
      tool("lash", function() lash.agent { typo = 1 } end),
    } }):run "x"
    assert.equal("ok", run.value)
    local told = {}
    for i, message in ipairs(s.requests[2].json.messages) do
      if message.role == "tool" then told[#told + 1] = message.content end
      if i > 2 then assert.is_false(run.tool_calls[i - 2].ok) end
    end
    assert.same({ "error: no such city", "error: not today", "error: input: no file", 'error: {"code":5}' },
      { table.unpack(told, 1, 4) })
    assert.matches("unknown key 'typo'", told[5])
  end))

  it("that do not fit are told to the model, and not run", fake({
    { calls = { { tool = "wether", arguments = "{}" }, { tool = "add", arguments = '{"a":1}}' } } },
    { text = "ok" },
  }, function(s, agent)
    local add = tool("add", function() error "must not run" end, { params = "a: integer" })
    local run = agent({ tools = { add } }):run "x"
    assert.equal("ok", run.value)
    local messages = s.requests[2].json.messages
    assert.matches("no tool 'wether'; the tools are: add", messages[3].content)
    assert.matches("not JSON", messages[4].content)
    assert.same({ {}, '{"a":1}}' }, { run.tool_calls[1].arguments, run.tool_calls[2].arguments })
    -- The service refuses a history whose arguments are not an object.
    assert.equal("{}", messages[2].tool_calls[2]["function"].arguments)
  end))

  it("are answered where there are none", fake({ { tool = "ghost" }, { text = "ok" } }, function(s, agent)
    assert.equal("ok", agent() "x")
    assert.equal("error: there is no tool 'ghost'; there are none at all", last(s.requests[2]).content)
  end))

  it("that do not fit again and again end the run", fake(function(request)
    local bad = { '{"a":"x"}', "[1]", '"text"', "{", "{}" }
    return { tool = "add", arguments = bad[#request.json.messages // 2 % #bad + 1] }
  end, function(s, agent)
    local add = tool("add", function() error "must not run" end, { params = "a: integer" })
    local err = failure(agent { tools = { add } }, "x")
    assert.same({ "protocol", 76, false, 3, 3 },
      { err.kind, err.exit, err.temporary, #s.requests, #err.run.tool_calls })
    for _, call in ipairs(err.run.tool_calls) do
      assert.is_false(call.ok)
      assert.matches("^error: ", call.content)
    end
  end))

  it("are not run from a turn that was cut", fake({
    { text = "Let me", tool = "f", arguments = '{"a":1', finish = "length" },
    { text = "Let me", tool = "f", finish = "length" },
    { text = "Let me", tool = "f", cut = 4 },
  }, function(_, agent)
    local f = tool("f", function() error "must not run" end)
    for i = 1, 3 do
      local err = failure(agent { tools = { f }, retry = 0 }, "x")
      assert.same({ "incomplete", 76, i == 3, "Let me", 0 },
        { err.kind, err.exit, err.temporary, err.run.text, #err.run.tool_calls })
    end
  end))

  it("run one after another, or side by side when all are parallel", fake(function(request)
    if last(request).role == "tool" then return "ok" end
    local name = request.prompt
    return { calls = { { tool = name, arguments = { i = 1 } }, { tool = name, arguments = { i = 2 } },
      { tool = name, arguments = { i = 3 } } } }
  end, function(s, agent)
    local log
    local function work(i)
      table.insert(log, "+" .. i)
      lash.sleep((4 - i) * 0.08) -- the last one is done first
      table.insert(log, "-" .. i)
      return "result " .. i
    end
    local tools = {
      tool("plain", work, { params = "i: integer" }),
      tool("beside", work, { params = "i: integer", parallel = true }),
      tool("reader", work, { params = "i: integer", readonly = true }),
    }
    for name, expected in pairs { plain = "+1-1+2-2+3-3", beside = "+1+2+3-3-2-1", reader = "+1+2+3-3-2-1" } do
      log = {}
      local run = agent({ tools = tools }):run(name)
      assert.equal(expected, table.concat(log))
      local messages = s.requests[#s.requests].json.messages
      for i = 1, 3 do
        assert.equal("result " .. i, messages[2 + i].content)
        assert.equal(messages[2].tool_calls[i].id, messages[2 + i].tool_call_id)
        assert.equal("result " .. i, run.tool_calls[i].content)
      end
    end
    assert.is_true(s.requests[1].json.parallel_tool_calls)
  end))

  it("of whose parallel calls one fails, all are answered", fake({
    { calls = { { tool = "f", arguments = { i = 1 } }, { tool = "f", arguments = { i = 2 } } } }, { text = "ok" },
  }, function(s, agent)
    local f = tool("f", function(i)
      if i == 1 then error("first", 0) end
      lash.sleep(0.02)
      return "second"
    end, { params = "i: integer", parallel = true })
    agent { tools = { f } } "x"
    local messages = s.requests[2].json.messages
    assert.same({ "error: first", "second" }, { messages[3].content, messages[4].content })
  end))

  it("have a timeout of their own", fake({ { tool = "slow" }, { text = "ok" } }, function(s, agent)
    local closed = false
    local slow = tool("slow", function()
      local _guard <close> = setmetatable({}, { __close = function() closed = true end })
      lash.sleep(20)
    end, { timeout = "30ms" })
    local run = agent({ tools = { slow } }):run "x"
    assert.same({ "ok", false, true }, { run.value, run.tool_calls[1].ok, closed })
    assert.matches("longer than 0%.03 s", last(s.requests[2]).content)
  end))

  it("cannot outlive the agent's timeout, not even with pcall", fake(function() return { tool = "stubborn" } end,
    function(s, agent)
      local began = loop.now()
      local stubborn = tool("stubborn", function()
        for _ = 1, 3 do pcall(lash.sleep, 20) end
        return "never mind"
      end)
      local err = failure(agent { tools = { stubborn }, timeout = 0.5 }, "x")
      assert.same({ "timeout", 124, true }, { err.kind, err.exit, err.temporary })
      assert.matches("0%.5 s", err.message)
      assert.is_true(loop.now() - began < 5)
      assert.equal(1, #s.requests)
      assert.equal("never mind", err.run.tool_calls[1].content)
    end))

  it("may end the run", fake({ { tool = "f" } }, function(_, agent)
    local errors = require "lash.errors"
    for _, kind in ipairs { "cancelled", "interrupted", "budget" } do
      local f = tool("f", function() errors.raise(kind, "enough") end)
      local err = failure(agent { tools = { f } }, "x")
      if kind == "cancelled" then assert.same({ kind, "enough" }, { err.kind, err.message }) end
    end
  end))

  it("may ask another agent", fake(function(request)
    if request.prompt == "outer" then return { tool = "inner" } end
    return request.prompt == "inner" and "42" or "It is " .. request.prompt
  end, function(_, agent)
    local inner = tool("inner", function() return agent() "inner" end)
    assert.equal("It is 42", agent { tools = { inner } } "outer")
  end))

  it("may be forced once: the next turn is free", fake({ { tool = "f" }, { text = "ok" } }, function(s, agent)
    agent { tools = { tool("f", function() return 1 end) }, tool_choice = "required" } "x"
    assert.same({ "required", nil }, { s.requests[1].json.tool_choice, s.requests[2].json.tool_choice })
  end))

  it("are found out even when the service gives them no ids", model.test({
    model.ok(model.stream({ model.calls({ "f", '{"i":1}', "" }), model.calls({ "f", '{"i":2}', "", 1 }) }, "stop")),
    model.ok(model.stream { "ok" }),
  }, function(s)
    local f = tool("f", function(i) return i end, { params = "i: integer" })
    local run = model.agent(s.url, { tools = { f } }):run "x"
    assert.same({ "1", "2" }, { run.tool_calls[1].content, run.tool_calls[2].content })
    local messages = cjson.decode(s:requests()[2].body).messages
    local ids = { messages[2].tool_calls[1].id, messages[2].tool_calls[2].id }
    assert.not_equal(ids[1], ids[2])
    assert.same(ids, { messages[3].tool_call_id, messages[4].tool_call_id })
  end))

  it("are not run from what the model only thinks", model.test({
    model.ok(model.stream { { reasoning_content = '<tool_call>{"name":"f","arguments":{}}</tool_call>' },
      { content = "Done." } }),
  }, function(s)
    local f = tool("f", function() error "must not run" end)
    assert.same({}, model.agent(s.url, { tools = { f } }):run("x").tool_calls)
  end))
end)
