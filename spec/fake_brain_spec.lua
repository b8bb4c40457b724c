local brain = require "lash.fake.brain"
local json = require "lash.core.json"

local function tool(name, description, parameters)
  return { type = "function", ["function"] = { name = name, description = description, parameters = parameters } }
end

local function object(properties, required)
  return { type = "object", properties = properties, required = required }
end

local TEXT, INTEGER = { type = "string" }, { type = "integer" }
local WEATHER = tool("weather", "Current weather for a city.", object({ city = TEXT, days = INTEGER }, { "city" }))
local ADD = tool("add", "Add two integers.", object({ a = INTEGER, b = INTEGER }, { "b", "a" }))
local GREP = tool("grep", "Search files.", object({ pattern = TEXT, path = TEXT }, { "pattern" }))
local LIGHT = tool("set_light", "Switch a light.", object({
  state = { type = "string", enum = { "off", "on" } }, room = { type = "string", default = "hall" } },
  { "state", "room" }))

-- A prompt with tools, and the call that it should lead to.
local CALLS = {
  { "What is the weather in Hanoi?", { ADD, WEATHER }, "weather", { city = "Hanoi" } },
  { "weather in New York for 3 days, please", { WEATHER, ADD }, "weather", { city = "New York", days = 3 } },
  { "Wie ist das Wetter in München?", { WEATHER }, "weather", { city = "München" } },
  { "Please add 12345678901234567 and 5.", { WEATHER, ADD }, "add", { b = 12345678901234567, a = 5 } },
  { 'grep for "TODO: x" in src/main.c', { GREP }, "grep", { pattern = "TODO: x", path = "src/main.c" } },
  { "Switch the light on", { LIGHT }, "set_light", { state = "on", room = "hall" } },
  { "Is it raining?", { WEATHER }, "weather", { city = "simulated" } },
  { "Hello", { WEATHER, ADD } },
  { "Hello", { WEATHER } },
  { "Are you there?", { WEATHER, ADD } },
}

local function user(text) return { role = "user", content = text } end

local function called(arguments)
  return { role = "assistant", content = "", tool_calls = {
    { id = "c", type = "function", ["function"] = { name = "weather", arguments = arguments } } } }
end

describe("an answer without a script", function()
  for _, case in ipairs(CALLS) do
    local prompt, tools, name, arguments = table.unpack(case)
    it(("to '%s' calls %s"):format(prompt, name or "nothing"), function()
      local turn = brain.answer({ messages = { user(prompt) }, tools = tools }, false)
      if not name then
        assert.is_nil(turn.calls)
        assert.equal("[simulated] You said: " .. prompt, turn.text)
      else
        assert.equal(name, turn.calls[1].name)
        assert.same(arguments, json.decode(turn.calls[1].arguments))
        assert.is_nil(turn.text)
      end
    end)
  end

  it("uses the result of a call, and does not call again", function()
    local messages = { user "What is the weather in Hanoi?", called '{"city":"Hanoi"}',
      { role = "tool", tool_call_id = "c", content = '{"celsius":21}' } }
    local turn = brain.answer({ messages = messages, tools = { WEATHER } }, false)
    assert.equal('[simulated] weather answered: {"celsius":21}', turn.text)
    table.insert(messages, { role = "assistant", content = turn.text })
    table.insert(messages, user "Is that the weather in Hanoi?")
    assert.is_nil(brain.answer({ messages = messages, tools = { WEATHER } }, false).calls)
    messages[#messages] = user "And the weather in Paris?"
    turn = brain.answer({ messages = messages, tools = { WEATHER } }, false)
    assert.equal('{"city":"Paris"}', turn.calls[1].arguments)
  end)

  it("obeys tool_choice", function()
    local function calls(choice)
      local body = { messages = { user "weather" }, tools = { WEATHER, ADD }, tool_choice = choice }
      return brain.answer(body, false).calls
    end
    assert.is_nil(calls "none")
    assert.equal("add", calls({ type = "function", ["function"] = { name = "add" } })[1].name)
    assert.equal("weather", calls("required")[1].name)
  end)

  it("thinks when that is on", function()
    local turn = brain.answer({ messages = { user "Hello" } }, true)
    assert.matches("^%[simulated%]", turn.thinking)
  end)

  it("makes an instance of a schema", function()
    local schema = object({
      verdict = { type = "string", enum = { "ok", "bugs" } },
      bugs = { type = "array", items = object({ file = TEXT, line = { type = "integer", minimum = 1 } },
        { "file", "line" }) },
      done = { type = "boolean" }, note = TEXT,
    }, { "verdict", "bugs", "done" })
    local format = { type = "json_schema", json_schema = { name = "x", schema = schema } }
    local turn = brain.answer({ messages = { user "There are bugs in `a.lua`, line 7" }, response_format = format },
      false)
    assert.same({ verdict = "bugs", bugs = { { file = "a.lua", line = 7 } }, done = true }, json.decode(turn.text))
    turn = brain.answer({ messages = { user("Answer with JSON of this schema: " .. json.encode(schema)) },
      response_format = { type = "json_object" } }, false)
    assert.equal("ok", json.decode(turn.text).verdict)
    turn = brain.answer({ messages = { user "Some JSON" }, response_format = { type = "json_object" } }, false)
    assert.is_true(json.decode(turn.text).simulated)
  end)

  it("ends where max_tokens ends", function()
    local turn = brain.answer({ messages = { user "Grüße" }, max_tokens = 6 }, false)
    assert.same({ "[simulated] You said: Gr", "length" }, { turn.text, turn.finish })
  end)
end)
