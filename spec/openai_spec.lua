--- Servers with OpenAI's interface that are not DashScope, llama.cpp's before
--- all: what they are sent, and how their answers and errors come out.
local cjson = require "cjson"
local json = require "lash.core.json"
local llama = require "spec.support.llama"
local server = require "spec.support.server"
local shell = require "spec.support.shell"

--- What a request may say: OpenAI's reference of chat/completions.
local function set(words)
  local names = {}
  for name in words:gmatch "%S+" do names[name] = true end
  return names
end
local BODY = set [[messages model audio frequency_penalty function_call functions logit_bias logprobs
  max_completion_tokens max_tokens metadata modalities n parallel_tool_calls prediction presence_penalty
  prompt_cache_key reasoning_effort response_format safety_identifier seed service_tier stop store stream
  stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options]]
local MESSAGE = {
  system = set "role content name", user = set "role content name",
  assistant = set "role content name tool_calls refusal audio", tool = set "role content tool_call_id",
}
local HEADERS = set "host accept content-type content-length user-agent"

--- Members that are in `object` and not in `known`.
local function strangers(object, known)
  local list = {}
  for name in pairs(object) do
    if not known[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function check_request(request, more)
  assert.equal("/v1/chat/completions", request.path)
  local body = cjson.decode(request.body)
  assert.same({}, strangers(body, BODY))
  for _, message in ipairs(body.messages) do assert.same({}, strangers(message, MESSAGE[message.role])) end
  for _, tool in ipairs(body.tools or {}) do
    assert.same({}, strangers(tool, set "type function"))
    assert.same({}, strangers(tool["function"], set "name description parameters strict"))
  end
  assert.same(more or {}, strangers(request.headers, HEADERS))
  return body
end

--- A test with a server of these exchanges and a shell that asks it; the key of
--- DashScope is in the environment, and none of its business.
local function wire(exchanges, f, settings, provider)
  return function()
    local s <close> = server.start(exchanges)
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-canary-0123456789abcdef" }
    local record = { type = "openai", api_base = s.url .. "/v1" }
    for key, value in pairs(provider or {}) do record[key] = value end
    local defaults = { provider = "local", model = "gemma", retry = 0 }
    for key, value in pairs(settings or {}) do defaults[key] = value end
    sh:write(".config/lash/config.json", cjson.encode {
      providers = { ["local"] = record }, agents = { defaults = defaults } })
    f(sh, s)
  end
end

local SCRIPT = [[
local lash = require "lash"

--- The weather of a city.
---@param city string
local function weather(city)
  io.stderr:write("called ", city, "\n")
  return 21
end

local options = lash.json.decode(... or "{}")
options.tools = { weather }
print(lash.ask("Weather?", options))
]]

local ANSWER = llama.stream { { content = "Hello" }, { content = " there" } }

describe("a request to a server that is not DashScope", function()
  it("has no field, no header and no key of DashScope's", wire({
    { ["repeat"] = true, steps = ANSWER.steps },
  }, function(sh, s)
    local models = { "qwen3-max", "qwen3.5-plus", "qwen3-8b", "qwq-32b", "deepseek-r1", "gpt-oss" }
    sh:write("all.lua", [[
      local lash = require "lash"
      --- F.
      local function f() end
      for _, model in ipairs { ... } do
        for _, level in ipairs { "off", "low", "medium", "high", { budget = 100 }, true, false } do
          for _, streaming in ipairs { "auto", "native", "fallback" } do
            lash.ask("hi", { model = model, thinking_level = level, tool_streaming = streaming, tools = { f },
              tool_choice = "required", max_tokens = 100000, seed = 1, stop = { "x" }, temperature = 0.5, top_p = 0.5,
              cache = true })
          end
        end
        print(lash.ask("hi", { model = model, instructions = "Be brief.", parallel_tool_calls = true }))
      end]])
    local res = sh:lash("all.lua", table.unpack(models))
    assert.same({ ("Hello there\n"):rep(#models), "", 0 }, { res.out, res.err, res.exit })
    assert.equal(#models * 22, #s:requests())
    for _, request in ipairs(s:requests()) do check_request(request) end
  end, nil, { wait_timeout = 30 }))

  it("keeps to that when it was taught otherwise, and with a typed answer", wire({
    llama.refuse(500, "Cannot use tools with stream", "server_error"),
    llama.refuse(400, "The value of the enable_thinking parameter is restricted to True.", "invalid_request_error"),
    llama.whole({ tool_calls = json.array { { type = "function", id = "c1",
      ["function"] = { name = "final_answer", arguments = '{"value":7}' } } } }, "tool_calls"),
  }, function(sh, s)
    local res = sh:script [[
      local lash = require "lash"
      local options = { returns = "integer", thinking_level = "off" }
      print(lash.try(lash.ask, "hi", options)) -- no other request would have helped
      print(lash.ask("hi", options))]]
    assert.matches("restricted to True", res.out)
    assert.same({ "7", 0, 3 }, { res.out:match "(%d+)\n$", res.exit, #s:requests() })
    for i, request in ipairs(s:requests()) do assert.equal(i == 1, check_request(request).stream) end
  end))

  it("has the key that is its own", wire({ ANSWER, llama.refuse(401, "Invalid API Key", "authentication_error") },
    function(sh, s)
      assert.equal(0, sh:lash("ask", "hi").exit)
      check_request(s:requests()[1], { "authorization" })
      assert.equal("Bearer own-key-0123", s:requests()[1].headers.authorization)
      local res = sh:lash("ask", "hi")
      assert.equal(77, res.exit)
      assert.equal("lash: auth: Invalid API Key\nhint: is the api_key of provider 'local' right?\n", res.err)
    end, nil, { api_key = "own-key-0123" }))
end)

describe("an answer of llama.cpp", function()
  for name, beside in pairs { ["behind the choice"] = false, ["beside the choice"] = true } do
    it("has text, thinking and usage: " .. name, wire({
      llama.stream({ { reasoning_content = "Hm." }, { reasoning_content = " Yes." }, { content = "Hello" },
        { content = " there" } }, "stop", beside),
    }, function(sh)
      local res = sh:lash("ask", "--json", "hi")
      local text, thinking, usage = "", "", nil
      for line in res.out:gmatch "[^\n]+" do
        local ev = cjson.decode(line)
        if ev.type == "text" then text = text .. ev.text end
        if ev.type == "thinking" then thinking = thinking .. ev.text end
        usage = ev.usage or usage
      end
      assert.same({ "Hello there", "Hm. Yes.", 0 }, { text, thinking, res.exit })
      assert.same({ input = 237, output = 35, total = 272, cached = 236, reasoning = 12 }, usage)
    end))
  end

  --- A test: these deltas call for the weather of these cities, in this order.
  local function calls(deltas, cities, ids)
    return wire({ llama.stream(deltas, "tool_calls"), llama.stream { { content = "Mild." } } }, function(sh, s)
      local res = sh:script(SCRIPT)
      assert.same({ "Mild.\n", cities, 0, 2 }, { res.out, res.err, res.exit, #s:requests() })
      local messages = check_request(s:requests()[2]).messages
      local sent, answered = {}, {}
      for i, call in ipairs(messages[2].tool_calls) do sent[i] = call.id end
      for i = 3, #messages do answered[i - 2] = messages[i].tool_call_id end
      assert.same(sent, answered)
      if ids then assert.same(ids, sent) end
    end)
  end
  local LONG = ("call_thought_"):rep(400) -- some gateways keep what a model thought in its id

  it("may call in fragments", calls({
    llama.call(0, "p4oTnXqf2sVw8cTu0aBz6dYe1hJk3mRg", "weather"), llama.call(0, nil, nil, '{"ci'),
    llama.call(0, nil, nil, 'ty":"Hanoi"}'),
  }, "called Hanoi\n", { "p4oTnXqf2sVw8cTu0aBz6dYe1hJk3mRg" }))
  it("may call side by side", calls({
    llama.call(0, "a", "weather", '{"city":"Hanoi"}'), llama.call(1, "b", "weather"),
    llama.call(1, nil, nil, '{"city":"Vinh"}'),
  }, "called Hanoi\ncalled Vinh\n", { "a", "b" }))
  it("may call without ids", calls({
    llama.call(0, nil, "weather", '{"city":"Hanoi"}'), llama.call(1, nil, "weather", '{"city":"Vinh"}'),
  }, "called Hanoi\ncalled Vinh\n", { "call_1_1", "call_1_2" }))
  it("may give every call the index 0", calls({
    llama.call(0, "a", "weather", '{"city":"Hanoi"}'), llama.call(0, "b", "weather", '{"city":"Vinh"}'),
  }, "called Hanoi\ncalled Vinh\n", { "a", "b" }))
  it("may give every call the index 0 and no id", calls({
    llama.call(0, nil, "weather", '{"city":"Hanoi"}'), llama.call(0, nil, "weather", '{"city":"Vinh"}'),
  }, "called Hanoi\ncalled Vinh\n"))
  it("may have very long ids", calls({
    llama.call(0, LONG, "weather", '{"city":"Hanoi"}'),
  }, "called Hanoi\n", { LONG }))

  for streaming, exchange in pairs {
    native = llama.stream({ { content = "I look." }, llama.call(0, "a", "weather", '{"city":"Hanoi"}') }, "tool_calls"),
    fallback = llama.whole({ content = "I look.", reasoning_content = "Hm.",
      tool_calls = json.array { { type = "function", id = "a",
        ["function"] = { name = "weather", arguments = '{"city":"Hanoi"}' } } } }, "tool_calls"),
  } do
    it("may say something before a call that it has to make: " .. streaming, wire({
      exchange, streaming == "native" and ANSWER or llama.whole { content = "Hello there" },
    }, function(sh, s)
      local res = sh:script(SCRIPT, ('{"tool_choice":"required","tool_streaming":"%s"}'):format(streaming))
      assert.same({ "Hello there\n", "called Hanoi\n", 0 }, { res.out, res.err, res.exit })
      local first, second = check_request(s:requests()[1]), check_request(s:requests()[2])
      assert.same({ "required", streaming == "native" }, { first.tool_choice, first.stream })
      assert.same({ nil, "I look." }, { second.tool_choice, second.messages[2].content })
    end))
  end

  it("that was cut by its length is not an answer", wire({ llama.stream({ { content = "Hel" } }, "length") },
    function(sh)
      local res = sh:lash("ask", "hi")
      assert.same({ "Hel\n", 76 }, { res.out, res.exit })
      assert.matches("^lash: incomplete: ", res.err)
    end))
end)

describe("an error of llama.cpp", function()
  local CONTEXT = { 400, "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "exceed_context_size_error", { n_prompt_tokens = 9000, n_ctx = 4096 } }
  local LOADING = { 503, "Loading model", "unavailable_error" }

  --- A test: the error is told so, and the request is sent once.
  local function told(exchange, exit, err, out)
    return wire({ exchange }, function(sh, s)
      local res = sh:lash("ask", "hi")
      assert.same({ err, exit, out or "", 1 }, { res.err:match "^lash: ([^\n]*)", res.exit, res.out, #s:requests() })
    end)
  end

  for _, case in ipairs {
    { { 400, "'messages' is required", "invalid_request_error" }, 78, "invalid" },
    { CONTEXT, 65, "context_length" },
    { { 404, "File Not Found", "not_found_error" }, 78, "not_found" },
    { { 400, "model 'gemma' not found", "invalid_request_error" }, 78, "not_found" },
    { { 403, "Not yours", "permission_error" }, 77, "auth" },
    { { 500, "Context size has been exceeded.", "server_error" }, 65, "context_length" },
    { { 500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
      "server_error" }, 78, "invalid" },
    { { 500, "tools param requires --jinja flag", "server_error" }, 78, "invalid" },
    { { 500, "Compute error.", "server_error" }, 69, "unavailable" },
    { { 501, "This server does not support that", "not_supported_error" }, 78, "invalid" },
    { LOADING, 69, "unavailable" },
  } do
    local code, message = case[1][1], case[1][2]
    local expected = case[3] .. ": " .. message
    it(("with code %d as plain JSON: %s"):format(code, message), told(llama.refuse(table.unpack(case[1])),
      case[2], expected))
    it(("with code %d in a stream: %s"):format(code, message), told(llama.send { llama.failure(table.unpack(case[1])) },
      case[2], expected))
  end

  it("in the middle of an answer leaves what was said, and is not asked away", wire({
    llama.send { llama.chunks({ { content = "Hel" } })[1], llama.chunks({ { content = "Hel" } })[2],
      llama.failure(500, "Compute error.", "server_error") },
  }, function(sh, s)
    local res = sh:lash("ask", "hi")
    assert.same({ "Hel\n", 69, 1 }, { res.out, res.exit, #s:requests() })
    assert.matches("^lash: unavailable: Compute error%.", res.err)
  end, { retry = 4 }))

  it("passes when the model is loaded", wire({ llama.refuse(table.unpack(LOADING)), ANSWER }, function(sh, s)
    local res = sh:lash("ask", "hi")
    assert.same({ "Hello there\n", "", 0, 2 }, { res.out, res.err, res.exit, #s:requests() })
  end, { retry = 4 }))

  it("gives hints that hold for it", wire({
    llama.refuse(400, "model 'qwen3-maxx' not found", "invalid_request_error"),
    llama.refuse(404, "File Not Found", "not_found_error"), llama.refuse(table.unpack(CONTEXT)),
    llama.refuse(400, "the request exceeds the available context size", CONTEXT[3], CONTEXT[4]), -- older builds
  }, function(sh, s)
    local res = sh:lash("ask", "-m", "qwen3-maxx", "hi")
    assert.equal(("hint: %s/v1/models lists what this server has\n"):format(s.url), res.err:match "\n(.*)")
    res = sh:lash("ask", "hi")
    assert.equal(("hint: is api_base right? It is %s/v1\n"):format(s.url), res.err:match "\n(.*)")
    for _ = 1, 2 do assert.matches("hint: the input may be 4096 tokens; ", sh:lash("ask", "hi").err) end
  end))
end)
