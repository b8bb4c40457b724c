local json = require "lash.core.json"
local rules = require "lash.fake.rules"

local HELLO = { { role = "user", content = "Hello" } }

--- A request that is in order, but for these members of its body.
local function request(body)
  local all = { model = "qwen3-max", messages = HELLO, stream = true }
  for k, v in pairs(body) do all[k] = v end
  local text = json.encode(all)
  return { method = "POST", path = rules.CHAT, headers = { authorization = "Bearer x" }, body = text,
    json = json.decode(text) }
end

local function tool(f)
  return { { type = "function", ["function"] = f } }
end

local function call(id, arguments)
  return { role = "assistant", content = "", tool_calls = {
    { id = id, type = "function", ["function"] = { name = "f", arguments = arguments or "{}" } } } }
end

local function answer(id) return { role = "tool", tool_call_id = id, content = "1" } end

--- A conversation that calls the same tool again and again.
local function loop(n)
  local list = { HELLO[1] }
  for i = 1, n do
    list[#list + 1] = call("c" .. i)
    list[#list + 1] = answer("c" .. i)
  end
  return list
end

local OK = false
local MAX, PLUS, WHOLE, ONLY, STREAM = "qwen3-max", "qwen3.5-plus", "qwen3-235b-a22b",
  "qwen3-235b-a22b-thinking-2507", "qwq-plus"

-- What is asked, and the text of the refusal.
local CASES = {
  { "no model", { model = json.null }, "you must provide a model parameter." },
  { "an invented model", { model = "qwen3.5-max" }, "The model `qwen3.5-max` does not exist" },
  { "an unknown model", { model = "gpt-9" }, "The model `gpt-9` does not exist" },
  { "a misspelt model", { model = "qwen3-maxi" }, "does not exist" },
  { "a snapshot", { model = "qwen3-max-2026-01-23" }, OK },

  { "no messages", { messages = json.null }, "'messages' is a required property" },
  { "empty messages", { messages = json.array {} }, "[] is too short - 'messages'" },
  { "a string of messages", { messages = "hi" }, "'hi' is not of type 'array' - 'messages'" },
  { "an unknown role", { messages = { { role = "developer", content = "x" }, HELLO[1] } },
    "developer is not one of ['system', 'assistant', 'user', 'tool', 'function'] - 'messages.[0].role'" },
  { "no content", { messages = { { role = "user" } } }, "The content field is a required field." },
  { "null content beside calls", { messages = { HELLO[1], {
    role = "assistant", content = json.null, tool_calls = call("a").tool_calls }, answer "a" } },
    "The content field is a required field." },
  { "a list of text", { messages = { { role = "user", content = { { type = "text", text = "x" } } } } }, OK },
  { "an image for a text model", { messages = { { role = "user", content = { { type = "image_url" } } } } },
    "Unexpected item type in content." },
  { "a list as a tool's reply", { messages = { HELLO[1], call "a",
    { role = "tool", tool_call_id = "a", content = { { type = "text", text = "x" } } } } },
    "input content must be a string." },
  { "a call and its reply", { messages = { HELLO[1], call "a", answer "a" } }, OK },
  { "a call without reply", { messages = { HELLO[1], call "a", HELLO[1] } }, "did not have response messages: message[2]" },
  { "a call at the end", { messages = { HELLO[1], call "a" } }, 'must be followed by tool messages' },
  { "a reply without call", { messages = { HELLO[1], answer "a" } }, 'must be a response to a preceeding message' },
  { "a reply twice", { messages = { HELLO[1], call "a", answer "a", answer "a" } }, "must be a response" },
  { "arguments that are not JSON", { messages = { HELLO[1], call("a", "{"), answer "a" } },
    'The "function.arguments" parameter of the code model must be in JSON format.' },
  { "calls that are no list", { messages = { HELLO[1], { role = "assistant", content = "", tool_calls = "x" } } },
    "is not of type 'array' - 'messages.[1].tool_calls'" },
  { "no user", { messages = { { role = "system", content = "x" } } },
    "The input messages do not contain elements with the role of user." },
  { "an assistant's message at the end", { messages = { HELLO[1], { role = "assistant", content = "x" } } },
    "messages must end with role user" },
  { "a prefix to go on from", { messages = { HELLO[1], { role = "assistant", content = "x", partial = true } } }, OK },
  { "a call nine times", { messages = loop(9) }, OK },
  { "a call ten times", { messages = loop(10) }, "Repetitive tool calls detected" },
  { "too much", { messages = { { role = "user", content = ("x"):rep(1200000) } } }, "Range of input length should be [1, " },

  { "no tools in a list", { tools = json.array {} }, "[] is too short - 'tools'" },
  { "tools that are no list", { tools = { a = 1 } }, "is not of type 'array' - 'tools'" },
  { "a tool that is no function", { tools = { { type = "x" } } }, "'x' is not one of ['function'] - 'tools.0.type'" },
  { "a name with a space", { tools = tool { name = "a b" } }, "'a b' does not match" },
  { "a long name", { tools = tool { name = ("a"):rep(65) } }, "does not match" },
  { "no name", { tools = tool { description = "x" } }, "null does not match" },
  { "the name search", { tools = tool { name = "search" } }, "Tool names are not allowed to be [search]" },
  { "no parameters", { tools = tool { name = "f" } }, OK },
  { "empty properties", { tools = tool { name = "f", parameters = { type = "object", properties = {} } } }, OK },
  { "a list of properties", { tools = tool { name = "f", parameters = {
    type = "object", properties = json.array {} } } }, "[] is not of type 'object' - 'tools.0.function.parameters.properties'" },
  { "an object of required", { tools = tool { name = "f", parameters = { type = "object", required = {} } } },
    "{} is not of type 'array' - 'tools.0.function.parameters.required'" },
  { "a number that is required", { tools = tool { name = "f", parameters = { type = "object", required = { 1 } } } },
    "1 is not of type 'string'" },
  { "a fault deep inside", { tools = tool { name = "f", parameters = { type = "object", properties = {
    a = { type = "array", items = { type = "object", required = "x" } } } } } }, "'x' is not of type 'array'" },
  { "parameters that are no object", { tools = tool { name = "f", parameters = { type = "string" } } },
    "'string' is not one of ['object']" },
  { "several answers with tools", { n = 2, tools = tool { name = "f" } }, "Range of n should be [1, 1]" },

  { "temperature 2", { temperature = 2.0 }, "Temperature should be in [0.0, 2.0)" },
  { "temperature 1.99", { temperature = 1.99 }, OK },
  { "temperature 0", { temperature = 0 }, OK },
  { "temperature as text", { temperature = "hot" }, "'hot' is not of type 'number' - 'temperature'" },
  { "top_p 0", { top_p = 0 }, "Range of top_p should be (0.0, 1.0]" },
  { "top_p 1", { top_p = 1 }, OK },
  { "top_k -1", { top_k = -1 }, "Parameter top_k be greater than or equal to 0" },
  { "presence_penalty 3", { presence_penalty = 3 }, "Presence_penalty should be in [-2.0, 2.0]" },
  { "seed -1", { seed = -1 }, "-1 is lesser than the minimum of 0 - 'seed'" },
  { "a seed of 32 bits", { seed = 2147483648 }, "2147483648 is greater than the maximum of 2147483647 - 'seed'" },
  { "n 5", { n = 5 }, "Range of n should be [1, 4]" },
  { "max_tokens 0", { max_tokens = 0 }, "Range of max_tokens should be [1, 65536]" },
  { "max_tokens beyond the model", { max_tokens = 70000 }, "Range of max_tokens should be [1, 65536]" },
  { "an unknown field", { max_token = 0 }, OK },

  { "thinking that the model cannot", { model = "qwen3-coder-plus", enable_thinking = true },
    "The model qwen3-coder-plus does not support enable_thinking." },
  { "no thinking where there is only that", { model = ONLY, enable_thinking = false },
    "The value of the enable_thinking parameter is restricted to True." },
  { "a budget over the model's", { enable_thinking = true, thinking_budget = 81921 },
    "The thinking_budget parameter must be a positive integer and not greater than 81920" },
  { "a budget of 0", { enable_thinking = true, thinking_budget = 0 }, "must be a positive integer" },
  { "the largest budget", { enable_thinking = true, thinking_budget = 81920 }, OK },
  { "effort and budget", { model = "qwen3.8-max", reasoning_effort = "low", thinking_budget = 5 },
    "cannot be set at the same time" },
  { "a new effort", { reasoning_effort = "ultra" }, "'ultra' is not one of ['none', 'minimal'" },
  { "an open hybrid, whole", { model = WHOLE, stream = false },
    "parameter.enable_thinking must be set to false for non-streaming calls" },
  { "an open hybrid, whole, not thinking", { model = WHOLE, stream = false, enable_thinking = false }, OK },
  { "a stream-only model, whole", { model = STREAM, stream = json.null },
    "This model only support stream mode, please enable the stream parameter to access the model." },
  { "a stream-only model", { model = STREAM }, OK },

  { "a forced tool", { tools = tool { name = "f" }, tool_choice = "required" }, OK },
  { "a forced tool while thinking", { model = PLUS, tools = tool { name = "f" }, tool_choice = "required" },
    "The tool_choice parameter does not support being set to required or object in thinking mode" },
  { "a named tool while thinking", { model = PLUS, tools = tool { name = "f" },
    tool_choice = { type = "function", ["function"] = { name = "f" } } }, "does not support being set to required" },
  { "a named tool that is not there", { tools = tool { name = "f" },
    tool_choice = { type = "function", ["function"] = { name = "g" } } }, "'g'" },
  { "another word", { tools = tool { name = "f" }, tool_choice = "any" },
    'tool_choice is one of the strings that should be ["none", "auto"]' },

  { "JSON while thinking", { model = PLUS, response_format = { type = "json_object" } },
    "Json mode response is not supported when enable_thinking is true" },
  { "JSON without the word", { response_format = { type = "json_object" } }, "must contain the word 'json'" },
  { "JSON with the word", { response_format = { type = "json_object" },
    messages = { { role = "user", content = "As JSON." } } }, OK },
  { "a schema the model cannot", { response_format = { type = "json_schema" } }, "json_schema" },
  { "no schema", { model = "qwen3.7-plus", enable_thinking = false, response_format = { type = "json_schema" } },
    "'schema' is a required property" },
  { "another format", { response_format = { type = "yaml" } }, "'yaml' is not one of" },
}

describe("the rules of the service", function()
  for _, case in ipairs(CASES) do
    local name, body, text = table.unpack(case)
    it((text and "refuse " or "accept ") .. name, function()
      local no = rules.check(request(body))
      if text then
        assert.truthy(no and no.message:find(text, 1, true), no and no.message)
        assert.equal(text:find("does not exist", 1, true) and 404 or 400, no.status)
      else
        assert.is_nil(no and no.message)
      end
    end)
  end

  it("look at the path, the key and the method before the body", function()
    local function status(change)
      local r = { method = "POST", path = rules.CHAT, headers = { authorization = "Bearer x" }, body = "{" }
      for k, v in pairs(change) do r[k] = v end
      local no = assert(rules.check(r))
      return no.status, no.message
    end
    assert.same({ 404 }, { status { path = "/v1/chat/completions", headers = {} } })
    assert.equal(401, (status { headers = {} }))
    assert.equal(401, (status { headers = { authorization = "Bearer sk-bad" } }))
    assert.same({ 405, "Request method 'GET' is not supported." }, { status { method = "GET" } })
    assert.equal(405, (status { path = rules.MODELS }))
    assert.same({ 400, "Required body invalid, please check the request body format." }, { status {} })
  end)

  it("name the model first, thinking before tool_choice", function()
    assert.equal(404, rules.check(request { model = "x", messages = json.array {} }).status)
    local no = rules.check(request { model = ONLY, enable_thinking = false, tool_choice = "required" })
    assert.truthy(no.message:find("restricted to True", 1, true))
  end)
end)
