--- What an agent's settings become on the wire.
local cjson = require "cjson"
local folder = require "spec.support.folder"
local lash = require "lash"
local model = require "spec.support.model"
local server = require "spec.support.server"

local failure = model.failure
local ALWAYS = { ["repeat"] = true, steps = model.ok(model.stream { "Hi" }).steps }

--- The body of the request that an agent with these settings sends.
local function sent(s, settings, prompt)
  model.agent(s.url, settings)(prompt or "x")
  local requests = s:requests()
  return cjson.decode(requests[#requests].body), requests[#requests]
end

describe("thinking", function()
  local NOTHING = {}
  local OFF = { enable_thinking = false }
  local function budget(n) return { enable_thinking = true, thinking_budget = n } end
  local function effort(word) return { enable_thinking = true, reasoning_effort = word } end

  --- model, then: unset, "off", false, "low", "medium", true, "high", {budget = 50000}
  local CLASSES = {
    -- Thinks when it is asked to: off is what it is anyway.
    { "qwen3-max", NOTHING, NOTHING, NOTHING, budget(4096), budget(16384), budget(16384), budget(32768),
      budget(50000) },
    { "qwen-plus-2025-07-28", NOTHING, NOTHING, NOTHING, budget(4096), budget(16384), budget(16384), budget(32768),
      budget(50000) },
    -- Thinks by default.
    { "qwen3.5-plus", NOTHING, OFF, OFF, budget(4096), budget(16384), budget(16384), budget(32768), budget(50000) },
    { "qwen3-235b-a22b", NOTHING, OFF, OFF, budget(4096), budget(16384), budget(16384), budget(32768), budget(38912) },
    -- Takes both, and an effort of "high" would be worth 262,144 tokens.
    { "qwen3.8-max", NOTHING, OFF, OFF, budget(4096), budget(16384), budget(16384), budget(32768), budget(50000) },
    -- Cannot be switched off.
    { "qwq-plus", NOTHING, NOTHING, NOTHING, budget(4096), budget(16384), budget(16384), budget(32768),
      budget(32768) },
    -- Allows less than "high".
    { "qwen3-omni-flash", NOTHING, NOTHING, NOTHING, budget(4096), budget(16384), budget(16384), budget(24576),
      budget(24576) },
    -- Takes only a word.
    { "deepseek-v4-pro", NOTHING, OFF, OFF, effort "low", effort "medium", effort "medium", effort "high",
      effort "high" },
    -- Does not think.
    { "qwen3-coder-plus", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING },
    { "qwen-max", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING },
    -- Nobody knows: the service shall say.
    { "somebody-s-model", NOTHING, OFF, OFF, budget(4096), budget(16384), budget(16384), budget(32768),
      budget(50000) },
  }
  local LEVELS = { "unset", "off", false, "low", "medium", true, "high", { budget = 50000 } }

  for _, class in ipairs(CLASSES) do
    it("is asked for as " .. class[1] .. " takes it", model.test({ ALWAYS }, function(s)
      for i, level in ipairs(LEVELS) do
        if level == "unset" then level = nil end
        local body = sent(s, { model = class[1], thinking_level = level })
        assert.same(class[i + 1], { enable_thinking = body.enable_thinking, thinking_budget = body.thinking_budget,
          reasoning_effort = body.reasoning_effort }, i)
      end
    end))
  end
end)

describe("a request of an agent", function()
  it("says what was set, in its place", model.test({ ALWAYS }, function(s)
    local body = sent(s, { model = "qwen-plus", max_tokens = 100, temperature = 0.5, top_p = 0.9, seed = 0,
      stop = { "END", "x" }, instructions = "Be brief.", extra = { top_k = 5, seed = 7, enable_search = true } })
    assert.same({
      model = "qwen-plus", max_tokens = 100, temperature = 0.5, top_p = 0.9, seed = 7, stop = { "END", "x" },
      top_k = 5, enable_search = true, stream = true, stream_options = { include_usage = true },
      messages = { { role = "system", content = "Be brief." }, { role = "user", content = "x" } },
    }, body)
  end))

  it("asks for no more than the model gives", model.test({ ALWAYS }, function(s)
    assert.equal(8192, sent(s, {}).max_tokens)
    assert.equal(8192, sent(s, { model = "qwen-max", max_tokens = 100000 }).max_tokens)
    assert.equal(100000, sent(s, { model = "somebody-s-model", max_tokens = 100000 }).max_tokens)
  end))

  it("to another server has no field of DashScope's", model.test({
    ALWAYS,
  }, function(s)
    local f = lash.tool { name = "f", about = "F.", run = print }
    for _, name in ipairs { "qwen3-max", "qwen3.5-plus", "qwen3-235b-a22b", "qwq-plus", "qwen2.5", "llama-3" } do
      for _, level in ipairs { false, "off", "high", { budget = 5 } } do
        local body, request = sent(s, { model = name, thinking_level = level, tools = { f },
          temperature = 2, top_p = 0, provider = { type = "openai", api_base = s.url, proxy = "", wait_timeout = 5 } })
        local known = { model = 1, messages = 1, stream = 1, stream_options = 1, max_tokens = 1, temperature = 1,
          top_p = 1, tools = 1, reasoning_effort = 1, parallel_tool_calls = 1 }
        for key in pairs(body) do assert.equal(1, known[key], key) end
        assert.equal(8192, body.max_tokens) -- whatever DashScope's own model of this name allows
        assert.is_nil(request.headers.authorization)
        for key in pairs(request.headers) do assert.not_matches("dashscope", key) end
        local thinks = name ~= "qwen2.5" and level == "high"
        assert.equal(thinks and "high" or nil, body.reasoning_effort, name)
      end
    end
  end))

  it("is refused here where the service would refuse it", model.test({ ALWAYS }, function(s)
    local f = lash.tool { name = "f", about = "F.", run = print }
    for _, case in ipairs {
      { { temperature = 2 }, "temperature is 2" }, { { temperature = -0.1 }, "temperature" },
      { { top_p = 0 }, "top_p" }, { { top_p = 1.1 }, "top_p" }, { { seed = 1 << 31 }, "seed" },
      { { thinking_level = { budget = 0 } }, "budget" },
      { { extra = { f = print } }, "extra: .*function" },
      { { tool_choice = "fetch", tools = { f } }, "tool_choice: \"fetch\" is no tool" },
    } do
      local err = failure(function() return model.agent(s.url, case[1]) "x" end)
      assert.same({ "usage", 64, false }, { err.kind, err.exit, err.temporary })
      assert.matches(case[2], err.message)
    end
    assert.equal(0, #s:requests())
  end))

  it("has one system message, and it is the first", model.test({
    model.ok(model.stream { '{"value":1}' }), model.ok(model.stream({ model.calls { "final_answer", '{"value":1}' } },
      "tool_calls")),
  }, function(s)
    for _, name in ipairs { "qwen3.7-plus", "qwen3-max" } do
      local body = sent(s, { model = name, instructions = "Be brief.", returns = "integer" })
      for i, message in ipairs(body.messages) do assert.equal(i == 1, message.role == "system") end
      assert.matches("^Be brief%.", body.messages[1].content)
    end
  end))

  it("is the same, byte for byte, in two processes", function()
    local dir <close> = folder.new()
    local script = dir:write("same.lua", [[
local lash = require "lash"
local tools = {}
for _, name in ipairs { "d", "a", "c", "b" } do
  tools[#tools + 1] = lash.tool { name = name, about = name,
    run = function() return { z = 1, a = { y = 2, b = 3 } } end,
    params = "one: integer, two?: {x: string, w: number[]}, three: 'p'|'q' = 'p'" }
end
lash.agent { tools = tools, extra = { zz = 1, aa = { q = 1, p = 2 }, mm = 3 }, thinking_level = "low",
  stop = { "b", "a" }, instructions = "x" } "Grüße"
]])
    local call = model.ok(model.stream({ model.calls { "a", '{"three":"q","one":1}' } }, "tool_calls"))
    local answer = model.ok(model.stream { "Hi" })
    local s <close> = server.start { call, answer, call, answer, call, answer }
    for _ = 1, 3 do
      local run <close> = io.popen(("env -i HOME=%s DASHSCOPE_API_KEY=sk-x DASHSCOPE_API_BASE=%s '%s' %s 2>&1")
        :format(dir.path, s.url, os.getenv "LASH_PROGRAM", script))
      assert.equal("", run:read "a")
    end
    local requests = s:requests()
    assert.equal(6, #requests)
    for i = 3, 6 do assert.equal(requests[i - 2].body, requests[i].body) end
    assert.matches("Grüße", requests[1].body)
  end)
end)

describe("a history", function()
  local history = require "lash.history"
  local json = require "lash.core.json"
  local function call(id, arguments)
    return { id = id, type = "function", ["function"] = { name = "f", arguments = arguments or "{}" } }
  end

  it("is made such that the service takes it", function()
    for _, case in ipairs {
      { "system texts are merged, and first",
        { { role = "user", content = "a" }, { role = "system", content = "x" }, { role = "system", content = "y" } },
        { { role = "system", content = "x\n\ny" }, { role = "user", content = "a" } } },
      { "every call is answered, in the order of the calls",
        { { role = "assistant", tool_calls = { call "1", call "2", call "3" } },
          { role = "tool", tool_call_id = "3", content = "c" }, { role = "tool", tool_call_id = "1", content = "a" } },
        { { role = "assistant", content = "", tool_calls = { call "1", call "2", call "3" } },
          { role = "tool", tool_call_id = "1", content = "a" },
          { role = "tool", tool_call_id = "2", content = "error: this call was not carried out" },
          { role = "tool", tool_call_id = "3", content = "c" } } },
      { "an answer without its call is dropped",
        { { role = "user", content = "a" }, { role = "tool", tool_call_id = "9", content = "c" } },
        { { role = "user", content = "a" } } },
      { "arguments are one JSON object",
        { { role = "assistant", content = "t",
          tool_calls = { call("1", "{"), call("2", "[1]"), call("3", '{"n":12345678901234567}'), call("4", "") } } },
        { { role = "assistant", content = "t",
          tool_calls = { call("1"), call("2"), call("3", '{"n":12345678901234567}'), call("4") } },
          { role = "tool", tool_call_id = "1", content = "error: this call was not carried out" },
          { role = "tool", tool_call_id = "2", content = "error: this call was not carried out" },
          { role = "tool", tool_call_id = "3", content = "error: this call was not carried out" },
          { role = "tool", tool_call_id = "4", content = "error: this call was not carried out" } } },
      { "what the model thought stays here",
        { { role = "assistant", content = "a", reasoning_content = "Hm" } },
        { { role = "assistant", content = "a" } } },
    } do
      assert.equal(json.encode(json.array(case[3])), json.encode(history.wire(case[2])), case[1])
    end
  end)
end)
