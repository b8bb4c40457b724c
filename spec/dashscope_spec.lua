local cjson = require "cjson"
local dashscope = require "lash.core.dashscope"

describe("lash.core.dashscope.model", function()
  it("gives the row of a name", function()
    local row = dashscope.model "qwen-plus-2025-07-28"
    assert.equal("qwen-plus", row.pattern)
    assert.equal("off", row.thinking)
    assert.equal("yes", row.stream_tools)
    assert.is_true(row.takes_budget)
    assert.is_false(row.takes_effort)
    assert.equal(81920, row.max_budget)
    assert.equal("integer", math.type(row.context))
    assert.same({ input = 0.4, output = 1.2, thinking = 4.0 }, row.price)
  end)

  it("says nothing of what it does not know", function()
    local row = dashscope.model "my-own"
    assert.equal("", row.pattern)
    assert.equal("unknown", row.thinking)
    assert.equal("unknown", row.stream_tools)
    assert.is_nil(row.context)
    assert.is_nil(row.max_budget)
    assert.is_nil(row.price)
  end)

  it("gives a fresh copy each time", function()
    dashscope.model("qwq-32b").stream_only = false
    assert.is_true(dashscope.model("qwq-32b").stream_only)
  end)

  it("lists all rows", function()
    local fictional = 0
    for _, row in ipairs(dashscope.models()) do
      assert.equal(row.pattern, dashscope.model(row.pattern).pattern)
      if row.fictional then fictional = fictional + 1 end
    end
    assert.equal(4, fictional)
  end)
end)

describe("lash.core.dashscope.request", function()
  local function ask(fields)
    local t = { model = "qwen3-max", dashscope = true, messages = '[{"role":"user","content":"hi"}]' }
    for k, v in pairs(fields) do t[k] = v end
    local body, plan, code = dashscope.request(t)
    if not body then return nil, plan, code end
    return cjson.decode(body), plan, body
  end
  local tools = '[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]'

  it("writes the body and tells the plan", function()
    local body, plan = ask { level = "medium", max_tokens = 8192, tools = tools }
    assert.same({ stream = true, whole = false, think = true, budget = 16384, max_tokens = 8192,
      drop_tool_choice = false, drop_format = false, drop_thinking_for_json = false }, plan)
    assert.is_true(body.enable_thinking)
    assert.equal(16384, body.thinking_budget)
    assert.equal("f", body.tools[1]["function"].name)
    assert.is_true(body.stream_options.include_usage)
  end)

  it("is equal for equal input, byte for byte", function()
    local _, _, one = ask { tools = tools, extra = '{"b":1,"a":2}' }
    local _, _, two = ask { tools = tools, extra = '{"b":1,"a":2}' }
    assert.equal(one, two)
    assert.truthy(one:find('"b":1,"a":2}', 1, true))
  end)

  it("goes by the row it is given", function()
    local row = dashscope.model "qwen3-max"
    row.stream_tools, row.max_output, row.thinking = "no", 100, "none"
    local body, plan = ask { row = row, tools = tools, level = "high", max_tokens = 500 }
    assert.is_false(body.stream)
    assert.is_true(plan.whole)
    assert.equal(100, body.max_tokens)
    assert.is_nil(body.enable_thinking)
  end)

  it("takes a budget as a level of its own", function()
    local body, plan = ask { budget = 123 }
    assert.equal(123, body.thinking_budget)
    assert.equal(123, plan.budget)
    assert.is_nil(plan.effort)
  end)

  it("sends nothing of DashScope's to another server", function()
    local body, plan = ask { dashscope = false, level = "low", seed = -1 }
    assert.is_nil(body.enable_thinking)
    assert.is_nil(body.thinking_budget)
    assert.equal("low", body.reasoning_effort)
    assert.equal("low", plan.effort)
    assert.equal(-1, body.seed)
  end)

  it("refuses values out of range", function()
    for field, value in pairs { temperature = 2, top_p = 0, seed = -1, max_tokens = 0, budget = 0 } do
      local body, message, code = ask { [field] = value }
      assert.is_nil(body)
      assert.equal("usage", code)
      assert.truthy(message:find(field, 1, true), message)
    end
    assert.equal("usage", select(3, ask { temperature = 0 / 0 }))
    assert.equal("usage", select(3, ask { extra = "[]" }))
    assert.equal("usage", select(3, dashscope.request { model = "m" }))
  end)

  it("raises for wrong types", function()
    for field, value in pairs {
      max_tokens = 1.5, seed = {}, temperature = "hot", level = "huge", tools = {}, row = 1, extra = true,
    } do
      assert.error_matches(function() ask { [field] = value } end, field)
    end
    assert.error_matches(function() ask { row = { thinking = "often" } } end, "thinking")
    assert.error_matches(function() dashscope.request {} end, "model")
  end)
end)

describe("lash.core.dashscope.failure", function()
  it("reads a body", function()
    assert.same({
      kind = "context_length", topic = "length", temporary = false, burst = false, status = 400,
      code = "InvalidParameter", message = "Range of input length should be [1, 983616]",
      request_id = "r", fix = "shorten", limit = 983616,
    }, dashscope.failure(400, "application/json",
      '{"code":"InvalidParameter","message":"Range of input length should be [1, 983616]","request_id":"r"}'))
  end)

  it("tells by the status what has no body", function()
    assert.same({
      kind = "unavailable", topic = nil, temporary = true, burst = false, status = 502,
      message = "HTTP 502 without an explanation",
    }, dashscope.failure(502, nil, nil))
  end)

  it("gives kinds that errors.lua knows", function()
    local kinds = require("lash.errors").kinds
    for _, status in ipairs { 0, 200, 302, 400, 401, 402, 403, 404, 408, 413, 429, 500, 501 } do
      local f = dashscope.failure(status, nil, "")
      assert.is_not_nil(kinds[f.kind], f.kind)
      assert.equal(kinds[f.kind].temporary, f.temporary)
    end
  end)
end)
