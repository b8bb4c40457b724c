--- What is tried again, when, and what a refusal teaches.
local cjson = require "cjson"
local loop = require "lash.core.loop"
local model = require "spec.support.model"
local retry = require "lash.retry"

local ANSWER = model.ok(model.stream { "Hi" })
local SLOW_DOWN = model.refusal(429, "Requests rate limit exceeded", "limit_requests")
local BUSY = model.refusal(503, "Too many requests. Your requests are being throttled due to system capacity limits.")
local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
local CUT = { steps = { { send = HEAD:sub(1, 30) }, { close = true } } }

--- A fresh name of a family: what is learned of a model is remembered.
local count = 0
local function named(family)
  count = count + 1
  return ("%s-spec%d"):format(family, count)
end

local function bodies(s)
  local list = {}
  for i, request in ipairs(s:requests()) do list[i] = cjson.decode(request.body) end
  return list
end

describe("a temporary failure", function()
  it("is tried again, and each attempt told", model.test({
    SLOW_DOWN, BUSY, model.refusal(500, "Internal error", "InternalError"), CUT, ANSWER,
  }, function(s)
    local outcome = model.turn(s.url, { retries = 4 })
    assert.is_nil(outcome.err)
    assert.same({ "Hi", 5 }, { outcome.turn.text, outcome.turn.attempts })
    assert.same({ "retry", "text" }, outcome.order)
    local told = {}
    for i, r in ipairs(outcome.retries) do told[i] = { r.attempt, r.error.kind, r.delay } end
    assert.same({ { 1, "rate_limit", 0 }, { 2, "unavailable", 0 }, { 3, "unavailable", 0 }, { 4, "network", 0 } }, told)
    local requests = s:requests()
    for i = 2, 5 do assert.equal(requests[1].body, requests[i].body) end
  end))

  it("is raised when the attempts are used up", model.test({ SLOW_DOWN, SLOW_DOWN, BUSY, ANSWER }, function(s)
    local err = model.turn(s.url, { retries = 2 }).err
    assert.same({ "unavailable", 69, true, 3 }, { err.kind, err.exit, err.temporary, err.attempts })
    assert.equal(3, #s:requests())
  end))

  it("inside a stream is tried again as long as nothing was handed out", model.test({
    { steps = { { send = HEAD .. "data: " .. model.chunk({ content = "Allocated quota exceeded" }, "error_finish")
      .. "\n\n" }, { close = true } } },
    { steps = { { send = HEAD .. 'data: {"code":"Throttling","message":"slow down","request_id":"r"}\n\n' },
      { close = true } } },
    { steps = { { send = HEAD .. "data: " .. model.chunk(model.calls { "f", "{}" }) .. "\n\n" }, { close = true } } },
    { steps = { { send = model.http(200, "<html>") } } },
    ANSWER,
  }, function(s)
    assert.equal(5, model.turn(s.url, { retries = 4 }).turn.attempts)
  end))

  it("is final once something was handed out", model.test({
    { steps = { { send = HEAD .. "data: " .. model.chunk { reasoning_content = "Hm" } .. "\n\n" }, { close = true } } },
    ANSWER,
  }, function(s)
    local outcome = model.turn(s.url, { retries = 4 })
    assert.same({ "incomplete", true, "Hm" }, { outcome.err.kind, outcome.err.temporary, outcome.thinking })
    assert.equal(1, #s:requests())
  end))

  it("of a turn that is handed out whole is tried again, whatever had come", model.test({
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Hel" } .. "\n\n" }, { close = true } } },
    ANSWER,
  }, function(s)
    local outcome = model.turn(s.url, { model = "qwq-32b", tools = { {} }, tool_streaming = "fallback", retries = 1 })
    assert.same({ "Hi", 1 }, { outcome.text, #outcome.retries })
  end))
end)

describe("a final failure", function()
  local FINAL = {
    { 400, "Temperature should be in [0.0, 2.0)", "invalid_parameter_error", "invalid", 78 },
    { 401, "Incorrect API key provided.", "invalid_api_key", "auth", 77 },
    { 403, "Access denied.", "access_denied", "auth", 77 },
    { 404, "The model `x` does not exist or you do not have access to it.", "model_not_found", "not_found", 78 },
    { 413, "too large", nil, "context_length", 65 },
    { 400, "Range of input length should be [1, 983616]", "invalid_parameter_error", "context_length", 65 },
    { 400, "Output data may contain inappropriate content.", "data_inspection_failed", "content_filter", 77 },
    { 400, "Access denied, please make sure your account is in good standing.", "Arrearage", "billing", 78 },
    { 429, "month allocated quota exceeded", "insufficient_quota", "billing", 78 },
    { 429, "Free allocated quota exceeded.", "insufficient_quota", "billing", 78 },
  }
  local exchanges = {}
  for i, case in ipairs(FINAL) do
    exchanges[i] = model.refusal(case[1], case[2], case[3])
    exchanges[i].match = "/" .. i .. "/"
  end

  it("is never tried again", model.test(exchanges, function(s)
    for i, case in ipairs(FINAL) do
      local err = model.turn(s.url .. "/" .. i, { retries = 4 }).err
      assert.same({ case[4], case[5], false, case[1], 1 },
        { err.kind, err.exit, err.temporary, err.status, err.attempts }, case[2])
      assert.equal(case[2], err.message)
    end
    assert.equal(#FINAL, #s:requests())
  end))
end)

describe("the delay", function()
  after_each(function() retry.random = math.random end)

  it("doubles, with full jitter, up to a minute", function()
    for random, expected in pairs { [0] = { 0, 0, 0, 0 }, [0.5] = { 0.25, 0.5, 1, 30 }, [1] = { 0.5, 1, 2, 60 } } do
      retry.random = function() return random end
      for i, n in ipairs { 1, 2, 3, 20 } do assert.equal(expected[i], retry.delay(n, {})) end
    end
  end)

  it("is at least what the service asks for, but two minutes at most", function()
    retry.random = function() return 1 end
    for asked, expected in pairs { [0] = 0.5, [0.25] = 0.5, [7] = 7, [999999999999] = 120 } do
      assert.equal(expected, retry.delay(1, { retry_after = asked }))
    end
  end)

  it("is read from a number of seconds or a date", function()
    local future = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + 3600)
    for header, expected in pairs { ["7"] = 7, [" 3 "] = 3, [future] = 3600, ["1.5"] = 1, ["1e3"] = 1,
      ["999999999999"] = retry.FOREVER, ["99999999999999999999"] = 0, ["0"] = 0, junk = 0, ["-5"] = 0, nan = 0,
      ["Wed, 21 Oct 2015 07:28:00 GMT"] = 0 } do
      model.test({ model.refusal(429, "Slow down", "limit_requests", "Retry-After: " .. header .. "\r\n") },
        function(s)
          local after = model.turn(s.url).err.retry_after or 0
          assert.is_true(math.abs(after - expected) <= (expected == 3600 and 5 or 0), header .. ": " .. after)
        end)()
    end
  end)

  it("is waited for", model.test({
    model.refusal(429, "Requests rate limit exceeded", "limit_requests", "Retry-After: 1\r\n"), ANSWER,
  }, function(s)
    local began = loop.now()
    local outcome = model.turn(s.url, { retries = 1 })
    assert.same({ "Hi", 1 }, { outcome.text, outcome.retries[1].delay })
    assert.is_true(loop.now() - began >= 1)
  end))

  it("that the deadline does not leave ends the call at once", model.test({
    model.refusal(429, "Requests rate limit exceeded", "limit_requests", "Retry-After: 30\r\n"),
  }, function(s)
    local began = loop.now()
    local err = model.turn(s.url, { retries = 4, deadline = began + 10 }).err
    assert.is_true(loop.now() - began < 5)
    assert.same({ "rate_limit", 75, true, 30 }, { err.kind, err.exit, err.temporary, err.retry_after })
    assert.matches("try again in 30 s, at %d%d:%d%d:%d%d$", err.hint)
  end))
end)

describe("a lesson", function()
  local TOOL = cjson.decode '{"type":"function","function":{"name":"f","description":"F","parameters":{}}}'
  local FALLBACK = { tools = { TOOL }, tool_streaming = "fallback" }
  local WHOLE = { steps = { { send = model.http(200, model.whole { content = "Hi" }) } } }

  --- family of the model, the service's text, what is asked for, what the first
  -- and the second request say (a value, or cjson.null for nothing).
  local LESSONS = {
    { "qwen3-235b-a22b", "The value of the enable_thinking parameter is restricted to True.",
      { thinking_level = "off" }, { enable_thinking = false }, { enable_thinking = cjson.null } },
    { "qwen3.5-plus", "The model qwen3.5-plus does not support enable_thinking.",
      { thinking_level = "low" }, { enable_thinking = true, thinking_budget = 4096 },
      { enable_thinking = cjson.null, thinking_budget = cjson.null } },
    { "qwen3.7-flash", "The thinking_budget parameter must be a positive integer and not greater than 2000",
      { thinking_level = "high" }, { thinking_budget = 32768 }, { enable_thinking = true, thinking_budget = 2000 } },
    { "qwen3-omni-flash", "The thinking_budget parameter must be a positive integer and not greater than 0",
      { thinking_level = "low" }, { thinking_budget = 4096 },
      { enable_thinking = true, thinking_budget = cjson.null } },
    { "qwen-max", "This model only support stream mode, please enable the stream parameter to access the model.",
      FALLBACK, { stream = false }, { stream = true } },
    { "qwen3-max", "parameter.enable_thinking must be set to false for non-streaming calls",
      FALLBACK, { stream = false, enable_thinking = cjson.null }, { stream = false, enable_thinking = false } },
    { "qwen3-max", "tools are not supported with stream=True", { tools = { TOOL } },
      { stream = true }, { stream = false, stream_options = cjson.null } },
    { "qwen3-max", "<400> InternalError.Algo.InvalidParameter: The tool_choice parameter does not support being "
      .. "set to required or object in thinking mode", { tools = { TOOL }, tool_choice = "required" },
      { tool_choice = "required" }, { tool_choice = "auto" } },
    { "qwen3.8-max", "Json mode response is not supported when enable_thinking is true",
      { response_format = { type = "json_object" } }, { enable_thinking = cjson.null }, { enable_thinking = false } },
    { "qwen-plus-character", "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 2000]",
      { max_tokens = 8192 }, { max_tokens = 8192 }, { max_tokens = 2000 } },
    { "nobody-s-model", "Json mode response is not supported when enable_thinking is true",
      { response_format = { type = "json_object" } }, { enable_thinking = cjson.null }, { enable_thinking = false } },
    { "gpt-5", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
      .. "instead.", { max_tokens = 100 }, { max_tokens = 100, max_completion_tokens = cjson.null },
      { max_tokens = cjson.null, max_completion_tokens = 100 } },
    { "deepseek-v4-pro", "The reasoning_effort and thinking_budget parameters cannot be set at the same time.",
      { thinking_level = "high" }, { reasoning_effort = "high" }, { reasoning_effort = cjson.null } },
  }

  local function check(expected, body, what)
    for key, value in pairs(expected) do
      local found = body[key]
      if found == nil then found = cjson.null end
      assert.same({ key, value }, { key, found }, what)
    end
  end

  it("changes the request once, and all that follow", function()
    for _, lesson in ipairs(LESSONS) do
      local family, text, fields, first, second = table.unpack(lesson)
      local answer = second.stream == false and WHOLE or ANSWER
      model.test({ model.refusal(400, text, "invalid_parameter_error"), answer, answer }, function(s)
        local request = { model = named(family) }
        for k, v in pairs(fields) do request[k] = v end
        local outcome = model.turn(s.url, request)
        assert.is_nil(outcome.err, text .. ": " .. tostring(outcome.err))
        assert.same({ "Hi", 1, 0 }, { outcome.text, outcome.turn.attempts, #outcome.retries })
        assert.is_nil(model.turn(s.url, request).err)
        local sent = bodies(s)
        assert.equal(3, #sent, text)
        check(first, sent[1], text)
        check(second, sent[2], text)
        assert.same(sent[2], sent[3])
        assert.same(sent[1].messages, sent[2].messages)
      end)()
    end
  end)

  it("that changes nothing is not tried", model.test({ model.refusal(400, LESSONS[5][2]), ANSWER }, function(s)
    local err = model.turn(s.url, { model = named "qwen-max", retries = 4 }).err
    assert.same({ "invalid", LESSONS[5][2] }, { err.kind, err.message })
    assert.equal(1, #s:requests())
  end))

  it("that does not help is an error", model.test({
    model.refusal(400, LESSONS[1][2]), model.refusal(400, LESSONS[1][2]), ANSWER,
  }, function(s)
    local err = model.turn(s.url, { model = named "qwen3-32b", thinking_level = "off", retries = 4 }).err
    assert.same({ "invalid", 78, false, LESSONS[1][2] }, { err.kind, err.exit, err.temporary, err.message })
    assert.equal(2, #s:requests())
  end))

  it("may be followed by another one, and by a retry", model.test({
    model.refusal(400, LESSONS[2][2]), SLOW_DOWN, model.refusal(400, "tools are not supported with stream=True"),
    WHOLE,
  }, function(s)
    local outcome = model.turn(s.url, { model = named "qwen3.5-plus", thinking_level = "low", tools = { TOOL },
      retries = 1 })
    assert.same({ "Hi", 2 }, { outcome.text, outcome.turn.attempts })
    check({ stream = false, enable_thinking = cjson.null }, bodies(s)[4])
  end))

  it("teaches nothing where extra said what is refused", model.test({
    model.refusal(400, "Invalid value: 'ultra'. Supported values for reasoning_effort are: none, low"), ANSWER,
  }, function(s)
    local name = named "qwen3-max"
    local fields = { model = name, thinking_level = "low", extra = { reasoning_effort = "ultra" }, retries = 4 }
    local err = model.turn(s.url, fields).err
    assert.same({ "invalid", 1 }, { err.kind, #s:requests() })
    assert.is_nil(model.turn(s.url, { model = name, thinking_level = "low" }).err)
    check({ enable_thinking = true, thinking_budget = 4096 }, bodies(s)[2])
  end))

  it("is of one place alone", model.test({
    model.refusal(400, "Range of max_tokens should be [1, 100]"), ANSWER, ANSWER,
  }, function(s)
    local name = named "qwen-plus-character"
    local there = model.provider(s.url .. "/elsewhere", { type = "openai" })
    model.turn(s.url, { provider = there, model = name, max_tokens = 500 })
    model.turn(s.url, { model = name, max_tokens = 500 })
    check({ max_tokens = 100 }, bodies(s)[2])
    check({ max_tokens = 500 }, bodies(s)[3])
  end))

  it("is of one model alone", model.test({ model.refusal(400, LESSONS[1][2]), ANSWER, ANSWER }, function(s)
    model.turn(s.url, { model = named "qwen3-14b", thinking_level = "off" })
    model.turn(s.url, { model = named "qwen3-14b", thinking_level = "off" })
    check({ enable_thinking = false }, bodies(s)[3])
  end))
end)
