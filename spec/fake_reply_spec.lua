local cjson = require "cjson"
local reply = require "lash.fake.reply"

local function head(fields)
  local all = { id = "chatcmpl-1", created = 1, model = "m", thinks = false, n = 1, include_usage = false,
    prompt_tokens = 10 }
  for k, v in pairs(fields or {}) do all[k] = v end
  return all
end

--- The frames of a stream: what differs in each, as cjson reads it.
local function frames(turn, fields)
  local list = {}
  reply.stream(turn, head(fields), function(frame)
    local data = assert(frame:match "^data: ([^\n]+)\n\n$")
    list[#list + 1] = data == "[DONE]" and data or cjson.decode(data)
    return true
  end)
  return list
end

local null = cjson.null

local function deltas(turn, fields)
  local list = {}
  for i, frame in ipairs(frames(turn, fields)) do
    list[i] = type(frame) == "table" and frame.choices[1] and frame.choices[1].delta or frame
  end
  return list
end

local CALL = { id = "call_a", name = "weather", arguments = '{"city":1}' }

local function part(id, f) return { { index = 0, id = id, type = "function", ["function"] = f } } end

describe("the shapes of an answer", function()
  it("plain: the role once, the end before the usage", function()
    local list = frames({ text = { "Hel", "lo" }, usage = { input = 3, output = 2 } }, { include_usage = true })
    assert.same({ delta = { content = "", role = "assistant" }, index = 0, logprobs = null, finish_reason = null },
      list[1].choices[1])
    assert.same({ content = "Hel" }, list[2].choices[1].delta)
    assert.same({ content = "lo" }, list[3].choices[1].delta)
    assert.same({ delta = { content = "" }, index = 0, logprobs = null, finish_reason = "stop" }, list[4].choices[1])
    assert.same({}, list[5].choices)
    assert.same({ prompt_tokens = 3, completion_tokens = 2, total_tokens = 5,
      prompt_tokens_details = { cached_tokens = 0 } }, list[5].usage)
    assert.equal("[DONE]", list[6])
    assert.same({ "chat.completion.chunk", null, null, "m", "chatcmpl-1", 1 }, { list[1].object, list[1].usage,
      list[1].system_fingerprint, list[1].model, list[1].id, list[1].created })
  end)

  it("thinking: null on the silent side", function()
    assert.same({
      { content = null, reasoning_content = "", role = "assistant" },
      { content = null, reasoning_content = "We" },
      { content = "The", reasoning_content = null },
      { content = "", reasoning_content = null },
      "[DONE]",
    }, deltas({ thinking = "We", text = "The" }, { thinks = true }))
  end)

  it("tools: empty ids, a bare tail, an empty last delta", function()
    local list = frames({ calls = { CALL } })
    assert.same({
      { role = "assistant", content = null, tool_calls = part("call_a", { name = "weather", arguments = "" }) },
      { tool_calls = part("", { arguments = '{"city' }) },
      { tool_calls = part("", { arguments = '":1}' }) },
      { tool_calls = part("", { arguments = "" }) },
      {},
      "[DONE]",
    }, deltas { calls = { CALL } })
    assert.is_nil(list[4].choices[1].finish_reason)
    assert.is_nil(list[4].choices[1].logprobs)
    assert.equal("tool_calls", list[5].choices[1].finish_reason)
  end)

  it("no usage unless it was asked for, none at all when there is none", function()
    assert.equal("stop", frames({ text = "x" })[3].choices[1].finish_reason)
    assert.equal("[DONE]", frames({ text = "x" })[4])
    assert.equal("[DONE]", frames({ text = "x", usage = false }, { include_usage = true })[4])
  end)

  it("whole characters in every piece", function()
    local text = ("a€𝄞ü"):rep(50)
    local got = {}
    for _, delta in ipairs(deltas { text = text }) do
      if type(delta) == "table" then
        assert.truthy(utf8.len(delta.content))
        got[#got + 1] = delta.content
      end
    end
    assert.equal(text, table.concat(got))
  end)

  it("whole: an index in each call, text instead of null", function()
    local body = cjson.decode(reply.whole({ thinking = "hm", calls = { CALL } }, head { thinks = true }))
    assert.same({
      index = 0, finish_reason = "tool_calls", logprobs = null,
      message = { role = "assistant", content = "", reasoning_content = "hm", tool_calls = {
        { index = 0, id = "call_a", type = "function",
          ["function"] = { name = "weather", arguments = '{"city":1}' } } } },
    }, body.choices[1])
    assert.equal(1, body.usage.completion_tokens_details.reasoning_tokens)
    assert.equal(2, #cjson.decode(reply.whole({ text = "x" }, head { n = 2 })).choices)
  end)
end)
