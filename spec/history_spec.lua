--- docs/dashscope.md, "History": what a conversation becomes on the wire.
local history = require "lash.history"
local json = require "lash.core.json"
local rules = require "lash.fake.rules"

local function user(text) return { role = "user", content = text } end

--- An assistant's message with calls of f, by id and arguments.
local function calls(...)
  local message = { role = "assistant", content = "", tool_calls = {} }
  for i, call in ipairs { ... } do
    message.tool_calls[i] = { id = call[1], type = "function",
      ["function"] = { name = "f", arguments = call[2] or "{}" } }
  end
  return message
end

local function answer(id, text) return { role = "tool", tool_call_id = id, name = "f", content = text or "1" } end

--- "s:text u:text a:text(id|arguments) t:id=text", as it would be sent.
local function shown(messages)
  local words = {}
  for i, m in ipairs(messages) do
    local word = m.role:sub(1, 1) .. ":"
    if m.tool_call_id then word = word .. m.tool_call_id .. "=" end
    word = word .. tostring(m.content)
    for _, call in ipairs(m.tool_calls or {}) do
      word = ("%s(%s|%s)"):format(word, call.id, call["function"].arguments)
    end
    if m.reasoning_content then word = word .. "!" end
    words[i] = word
  end
  return table.concat(words, " ")
end

local NOT_DONE = "error: this call was not carried out"

local CASES = {
  { "joins system texts and puts them first",
    { { role = "system", content = "A" }, user "hi", { role = "system", content = "B" } }, "s:A\n\nB u:hi" },
  { "keeps calls and their answers", { user "hi", calls({ "a", '{"x":1}' }, { "b" }), answer "a", answer "b" },
    'u:hi a:(a|{"x":1})(b|{}) t:a=1 t:b=1' },
  { "puts answers into the order of the calls", { user "hi", calls({ "a" }, { "b" }), answer("b", "2"), answer "a" },
    "u:hi a:(a|{})(b|{}) t:a=1 t:b=2" },
  { "answers a call that nobody answered", { user "hi", calls({ "a" }, { "b" }), answer "b" },
    "u:hi a:(a|{})(b|{}) t:a=" .. NOT_DONE .. " t:b=1" },
  { "answers it where the conversation went on", { user "hi", calls { "a" }, user "well?" },
    "u:hi a:(a|{}) t:a=" .. NOT_DONE .. " u:well?" },
  { "leaves out an answer without its call", { user "hi", answer "z", user "so?" }, "u:hi u:so?" },
  { "leaves out an answer twice", { user "hi", calls { "a" }, answer "a", answer("z", "2") }, "u:hi a:(a|{}) t:a=1" },
  { "replaces arguments that are no JSON", { user "hi", calls { "a", "{" }, answer "a" }, "u:hi a:(a|{}) t:a=1" },
  { "replaces arguments that are no object", { user "hi", calls({ "a", "[1]" }, { "b", "5" }, { "c", "null" }),
    answer "a", answer "b", answer "c" }, "u:hi a:(a|{})(b|{})(c|{}) t:a=1 t:b=1 t:c=1" },
  { "never sends null as content", { user "hi", { role = "assistant" }, user "so?" }, "u:hi a:  u:so?" },
  { "keeps thinking to itself", { user "hi", { role = "assistant", content = "x", reasoning_content = "hm" },
    user "so?" }, "u:hi a:x u:so?" },
}

describe("history.wire", function()
  for _, case in ipairs(CASES) do
    local name, messages, expected = table.unpack(case)
    it(name, function()
      local before = json.encode(messages)
      local wire = history.wire(messages)
      assert.equal(expected, shown(wire))
      assert.equal(before, json.encode(messages)) -- the record stays as it is
      local body = json.encode { model = "qwen3-max", messages = wire, stream = true }
      local no = rules.check { method = "POST", path = rules.CHAT, headers = { authorization = "Bearer x" },
        body = body, json = json.decode(body) }
      assert.is_nil(no and no.message)
    end)
  end

  it("gives a call a name that the service takes", function()
    local wire = history.wire { user "hi", { role = "assistant", content = "", tool_calls = {
      { id = "a", type = "function", ["function"] = { name = "", arguments = "{}" } },
      { id = "b", type = "function", ["function"] = { name = "fs.read", arguments = "{}" } },
    } } }
    local calls_sent = wire[2].tool_calls
    assert.same({ "_", "fs_read" }, { calls_sent[1]["function"].name, calls_sent[2]["function"].name })
  end)
end)
