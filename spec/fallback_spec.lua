--- Models to fall back to, and images.
local lash = require "lash"
local model = require "spec.support.model"
local retry = require "lash.retry"

local fake = model.fake

local function asked(s)
  local names = {}
  for i, request in ipairs(s.requests) do names[i] = request.json.model end
  return table.concat(names, " ")
end

describe("fallback", function()
  before_each(function() retry.random = function() return 0 end end)
  after_each(function() retry.random = math.random end)

  it("asks the next model when one cannot answer now, and stays with it", fake({
    { status = 503, times = 2 },
    { tool = "f", arguments = {} },
    { text = "done" },
  }, function(s, agent)
    local f = lash.tool { name = "f", about = "F.", run = function() return "x" end }
    local events = {}
    local run = agent { tools = { f }, retry = 1, fallback = { "qwen-plus", "qwen-flash" },
      on = function(ev) if ev.type == "retry" then events[#events + 1] = ev.model or ev.attempt end end }:run "go"
    assert.equal("done", run.text)
    assert.equal("qwen3-max qwen3-max qwen-plus qwen-plus", asked(s))
    assert.same({ 1, "qwen-plus" }, events)
  end))

  it("may be an empty list, which is none", fake({ { text = "done" } }, function(_, agent)
    assert.equal("done", agent { fallback = {} } "go")
  end))

  it("asks each for a typed answer as it takes one", fake({
    { status = 503 }, { tool = "final_answer", arguments = { value = 3 } },
  }, function(s, agent)
    assert.equal(3, agent { model = "qwen3.8-max", returns = "integer", retry = 0, fallback = "qwen-max" } "1 + 2?")
    assert.equal("qwen3.8-max qwen-max", asked(s))
    local first, second = s.requests[1].json, s.requests[2].json
    assert.same({ "json_schema", nil }, { first.response_format.type, first.tools })
    assert.same({ nil, "final_answer" }, { second.response_format, second.tools[1]["function"].name })
    assert.equal(1, #first.messages)
    assert.matches("final_answer", second.messages[1].content)
  end))

  it("leaves out models that do not see what the prompt shows", fake({ { status = 503 }, { text = "a cat" } },
    function(s, agent)
      local see = { "what is it?", { image = "https://example.com/a.png" } }
      assert.equal("a cat", agent { model = "qwen-vl-max", retry = 0, fallback = { "qwen-max", "qwen3-vl-plus" } }(see))
      assert.equal("qwen-vl-max qwen3-vl-plus", asked(s))
    end))

  it("goes on where a model is not there, or its quota is used up", fake({
    { status = 404, code = "model_not_found", message = "The model x does not exist" },
    { status = 403, code = "AllocationQuota.FreeTierOnly", message = "free quota used up" }, { text = "done" },
  }, function(s, agent)
    assert.equal("done", agent { model = "qwen-plus", fallback = { "qwen-flash", "qwen3-max" } } "go")
    assert.equal("qwen-plus qwen-flash qwen3-max", asked(s))
  end))

  it("ends with what may pass, where the others never answer", fake({
    { status = 503, message = "Busy" },
    { status = 404, code = "model_not_found", message = "The model x does not exist" },
  }, function(_, agent)
    local _, err = lash.try(agent { retry = 0, fallback = "qwen-plus" }, "go")
    assert.same({ "unavailable", 69, true }, { err.kind, err.exit, err.temporary })
    assert.matches("^qwen%-plus could not answer either: The model x", err.hint)
  end))

  it("is not for what the next model would be refused, too", fake({ { status = 400 } }, function(s, agent)
    local _, err = lash.try(agent { fallback = "qwen-plus" }, "go")
    assert.equal("invalid", err.kind)
    assert.equal("qwen3-max", asked(s))
  end))

  it("is not for an answer that has begun", fake({ { text = { "a", "b", "c" }, cut = 2 } }, function(s, agent)
    local _, err = lash.try(agent { fallback = "qwen-plus" }, "go")
    assert.equal("incomplete", err.kind)
    assert.equal("qwen3-max", asked(s))
  end))
end)

describe("an image", function()
  it("reaches a model that sees", fake({ { text = "a cat" } }, function(s, agent)
    agent { model = "qwen-vl-max" } { "what is it?", { image = "https://example.com/a.png" } }
    local image = { type = "image_url", image_url = { url = "https://example.com/a.png" } }
    assert.same({ { type = "text", text = "what is it?" }, image }, s.requests[1].json.messages[1].content)
  end))

  it("is refused, unsent, for a model that does not", fake({}, function(s, agent)
    local _, err = lash.try(agent {}, { { image = "https://example.com/a.png" } })
    assert.equal("usage: qwen3-max takes no images", tostring(err))
    assert.equal(0, #s.requests)
  end))
end)
