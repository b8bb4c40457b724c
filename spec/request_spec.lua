--- What a turn asks for beyond what its agent says: marks of the cache, thinking
--- of earlier turns, the word that JSON mode wants.
local cjson = require "cjson"
local lash = require "lash"
local model = require "spec.support.model"

local MARK = { type = "ephemeral" }

local function echo()
  return lash.tool { name = "echo", about = "Echo.", params = "s: string", run = function(s) return s end }
end

--- Two turns of an agent that calls a tool; the bodies of its requests.
local function converse(settings, prompt)
  local bodies = {}
  model.fake({ { thinking = "Which?", tool = "echo", arguments = { s = "x" } }, { text = "done" } }, function(s, agent)
    settings.tools = { echo() }
    agent(settings)(prompt or "go")
    for i, request in ipairs(s.requests) do bodies[i] = request.json end
  end)()
  assert.equal(2, #bodies)
  return table.unpack(bodies)
end

--- The marks in a body: "system", "user[2]", "tool:echo"; where they stand.
local function marks(body)
  local found = {}
  for i, m in ipairs(body.messages) do
    for j, part in ipairs(type(m.content) == "table" and m.content or {}) do
      if part.cache_control then
        assert.same(MARK, part.cache_control)
        assert.equal(#m.content, j)
        found[#found + 1] = m.role .. i
      end
    end
    assert.is_nil(m.cache_control)
  end
  for i, t in ipairs(body.tools or {}) do
    if t.cache_control then
      assert.same({ MARK, #body.tools }, { t.cache_control, i })
      found[#found + 1] = "tool:" .. t["function"].name
    end
  end
  return table.concat(found, " ")
end

describe("cache", function()
  it("is not asked for unless a script does", function()
    local first = converse { instructions = "Be brief." }
    assert.equal("", marks(first))
    assert.equal("string", type(first.messages[1].content))
  end)

  it("marks what is stable: the system text and the tools, then the conversation", function()
    local first, second = converse { instructions = "Be brief.", cache = true }
    assert.equal("system1 tool:echo", marks(first))
    assert.equal("system1 user2 tool:echo", marks(second))
    assert.equal("string", type(second.messages[4].content)) -- of a tool it must stay one
  end)

  it("marks the prompt where nothing stands before it", function()
    local first, second = converse { cache = true }
    assert.equal("user1 tool:echo", marks(first))
    assert.equal("user1 tool:echo", marks(second))
  end)

  it("marks the last part of a prompt with images, and leaves the record alone", model.fake({ { text = "a cat" } },
    function(s, agent)
      local run = agent({ model = "qwen3.5-plus", cache = true })
        :run { "What is it?", { image = "https://example.org/x.png" } }
      assert.equal("user1", marks(s.requests[1].json))
      assert.is_nil(run.messages[1].content[2].cache_control)
    end))

  it("is not asked of a model that takes no lists of parts", model.fake({ { text = "Hi" } }, function(s, agent)
    agent { cache = true, instructions = "Be brief.", model = "qwen-max" } "Hello"
    assert.equal("", marks(s.requests[1].json))
  end))

  it("is given up for a model that refuses lists of parts", model.test({
    model.refusal(400, "input content must be a string.", "invalid_parameter_error"),
    { ["repeat"] = true, steps = model.ok(model.stream { "Hi" }).steps },
  }, function(s)
    local agent = model.agent(s.url, { cache = true, instructions = "Be brief.", model = "a-new-model" })
    assert.equal("Hi", agent "Hello")
    assert.equal("Hi", agent "Hello")
    local bodies = {}
    for i, request in ipairs(s:requests()) do bodies[i] = marks(cjson.decode(request.body)) end
    assert.same({ "system1", "", "" }, bodies)
  end))

  it("is nothing that another server gets to see", model.fake({ { text = "Hi" } }, function(s)
    model.agent(s.url, { cache = true, instructions = "Be brief.", model = "qwen3-max",
      provider = { type = "openai", api_base = s.url, api_key = "sk-x", proxy = "" } }) "Hello"
    assert.equal("", marks(s.requests[1].json))
  end))
end)

describe("thinking of earlier turns", function()
  local function replayed(settings)
    local first, second = converse(settings)
    assert.is_nil(first.messages[1].reasoning_content)
    assert.equal("assistant", second.messages[2].role)
    assert.equal("", second.messages[2].content)
    return second.messages[2].reasoning_content
  end
  local YES, NO = { preserve_thinking = true }, { preserve_thinking = false }

  for _, case in ipairs {
    { "qwen3.8-max", nil, true }, { "qwen3.8-max", NO, false }, { "qwen3.8-flash", YES, true },
    { "qwen3.7-plus", nil, false }, { "qwen3.7-plus", YES, true }, { "kimi-k2.6", YES, true },
    { "qwen3-max", nil, false }, { "qwen3-max", YES, false }, { "qwen3.5-plus", nil, false },
  } do
    local name, extra, expected = table.unpack(case, 1, 3)
    local wish = extra and tostring(extra.preserve_thinking) or "unset"
    it(("goes back to %s with preserve_thinking %s: %s"):format(name, wish, expected), function()
      local text = replayed { model = name, extra = extra, thinking_level = "low" }
      assert.equal(expected and "Which?" or nil, text)
    end)
  end
end)

--- The body of the only request of an agent; `lash fake` refuses what the
--- service would.
local function sent(settings, prompt)
  local body
  model.fake({ { text = "{}" } }, function(s, agent)
    agent(settings)(prompt)
    assert.equal(1, #s.requests)
    body = s.requests[1].json
  end)()
  return body
end

describe("extra", function()
  it("may ask for no stream, and gets none where that is possible", function()
    local body = sent({ extra = { stream = false } }, "Hi")
    assert.same({ false, nil, nil }, { body.stream, body.stream_options, body.enable_thinking })
    assert.is_true(sent({ extra = { stream = false }, model = "qwq-plus" }, "Hi").stream)
    body = sent({ extra = { stream = false }, model = "qwen3-32b" }, "Hi")
    assert.same({ false, false }, { body.stream, body.enable_thinking })
    assert.is_true(sent({ extra = { stream = true }, tools = { echo() }, tool_streaming = "fallback" }, "Hi").stream)
  end)

  it("decides of thinking, and all that depends on it follows", function()
    local forced = { tools = { echo() }, tool_choice = "required" }
    local function with(name, think)
      return sent({ model = name, extra = { enable_thinking = think }, tools = forced.tools,
        tool_choice = forced.tool_choice }, "Hi")
    end
    assert.equal("auto", with("qwen3-max", true).tool_choice)
    assert.equal("required", with("qwen3.5-plus", false).tool_choice)
    local body = sent({ model = "qwen3.5-plus", thinking_level = "high", extra = { enable_thinking = false } }, "Hi")
    assert.same({ false, nil }, { body.enable_thinking, body.thinking_budget })
  end)

  it("says of parallel calls what the agent says, and nothing unasked", function()
    for _, wish in ipairs { true, false } do
      assert.equal(wish, sent({ tools = { echo() }, parallel_tool_calls = wish }, "Hi").parallel_tool_calls)
    end
    assert.is_nil(sent({ tools = { echo() } }, "Hi").parallel_tool_calls)
  end)

  it("brings no empty list of tools", function()
    assert.is_nil(sent({ extra = { tools = lash.json.array {} } }, "Hi").tools)
  end)
end)

describe("JSON mode", function()
  local FORMAT = { response_format = { type = "json_object" } }

  it("gets the word without which it is refused", function()
    local alone = sent({ extra = FORMAT }, "List three towns.")
    assert.same({ { role = "system", content = "Answer in JSON." }, { role = "user", content = "List three towns." } },
      alone.messages)
    local longer = sent({ extra = FORMAT, instructions = "Be brief." }, "List three towns.")
    assert.equal("Be brief.\n\nAnswer in JSON.", longer.messages[1].content)
    assert.equal(1, #sent({ extra = FORMAT }, "Three towns as a Json list.").messages)
  end)

  it("is only words to a model that always thinks", function()
    local body = sent({ extra = FORMAT, model = "qwq-plus" }, "List three towns.")
    assert.is_nil(body.response_format)
    assert.equal("Answer in JSON.", body.messages[1].content)
  end)

  it("is not asked for while thinking, also when it comes by extra", function()
    local body = sent({ extra = FORMAT, model = "qwen3.5-plus", thinking_level = "high" }, "Some json, please.")
    assert.is_false(body.enable_thinking)
    assert.is_nil(body.thinking_budget)
  end)
end)

describe("money.cost", function()
  local money = require "lash.money"
  local PRICE = { input = 10, output = 20 }
  local DASHSCOPE = { dashscope = true }
  local function usage(fields)
    local all = { input = 1000000, output = 0 }
    for key, value in pairs(fields) do all[key] = value end
    return all
  end

  for _, case in ipairs {
    { "input and output", usage { output = 500000 }, PRICE, nil, 20 },
    { "reasoning inside the output", usage { output = 500000, reasoning = 400000 }, PRICE, nil, 20 },
    { "output at its price while thinking", usage { output = 500000, reasoning = 1 },
      { input = 10, output = 20, thinking = 40 }, nil, 30 },
    { "input read from the explicit cache at its own price", usage { cached = 500000 },
      { input = 10, output = 20, cached = 1, cache_read = 2 }, { dashscope = true, cache = true }, 6 },
    { "cached input at its own price", usage { cached = 500000 }, { input = 10, output = 20, cached = 1 }, nil, 5.5 },
    { "cached input at a fifth with the service", usage { cached = 500000 }, PRICE, DASHSCOPE, 6 },
    { "cached input at a tenth where the cache was asked for", usage { cached = 500000 }, PRICE,
      { dashscope = true, cache = true }, 5.5 },
    { "what the cache wrote, with a quarter more", usage { cache_creation = 400000, cached = 200000 }, PRICE,
      { dashscope = true, cache = true }, 4 + 0.2 + 5 },
    { "cached input as any other where nothing is known", usage { cached = 500000, cache_creation = 1000 }, PRICE, nil,
      10 },
    { "no counts", {}, PRICE, nil, nil }, { "no price", usage {}, {}, DASHSCOPE, nil },
  } do
    local name, used, price, service, expected = table.unpack(case, 1, 5)
    it("counts " .. name, function()
      local cost = money.cost(used, price, service)
      if not expected then return assert.is_nil(cost) end
      assert.is_true(math.abs(cost - expected) < 1e-9, cost)
    end)
  end

  it("takes a fifth or a tenth for cached input, as the service's own table has it", function()
    local models = require "lash.models"
    -- US dollars for a million tokens: unasked, asked for
    for name, expected in pairs { ["qwen3.8-max"] = { 0.4, 0.25 }, ["qwen3.7-max"] = { 0.5, 0.25 },
      ["qwen3.6-plus"] = { 0.1, 0.05 } } do
      for i, cache in ipairs { false, true } do
        local cost = money.cost(usage { cached = 1000000 }, models.row(name).price, { dashscope = true, cache = cache })
        assert.is_true(math.abs(cost - expected[i]) < 1e-9, ("%s: %s"):format(name, cost))
      end
    end
  end)

  it("knows no price of another server, whatever its model is called", model.test({
    { ["repeat"] = true, steps = model.ok(model.stream { "Hi" }).steps },
  }, function(s)
    local own = { type = "openai", api_base = s.url .. "/v1", proxy = "" }
    local run = model.agent(s.url, { model = "qwen3-max", provider = own }):run "Hello"
    assert.same({ 7, nil }, { run.usage.input, run.cost })
    lash.models.define("qwen3-priced", { price = { input = 1, output = 2 } })
    assert.is_true(model.agent(s.url, { model = "qwen3-priced", provider = own }):run("Hello").cost > 0)
  end))

  it("is in the record, with what the cache wrote", model.fake({
    { text = "Hi", usage = { input = 1000, output = 10, cached = 100, cache_creation = 200 } },
  }, function(_, agent)
    local run = agent({ model = "qwen3-max", cache = true }):run "Hello"
    assert.same({ 100, 200 }, { run.usage.cached, run.usage.cache_creation })
    local expected = (700 * 1.2 + 100 * 0.12 + 200 * 1.5 + 10 * 6) / 1e6
    assert.is_true(math.abs(run.cost - expected) < 1e-12, run.cost)
    assert.equal("number", type(cjson.decode(lash.json.encode(run.usage)).cache_creation))
  end))
end)
