--- What a person is told to do about an error of the service.
local hints = require "lash.hints"
local model = require "spec.support.model"

local INTERNATIONAL = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"

local function provider(base, fields) return model.provider(base, fields) end

describe("a hint", function()
  it("about a key names the regions it may belong to", function()
    local hint = hints.of("key", provider(INTERNATIONAL), "qwen3-max")
    assert.matches("this request went to international %(Singapore%)", hint)
    for _, host in ipairs { "dashscope.aliyuncs.com", "dashscope-us.aliyuncs.com",
      "cn-hongkong.dashscope.aliyuncs.com" } do
      assert.truthy(hint:find("https://" .. host .. "/compatible-mode/v1", 1, true), host)
    end
    assert.is_nil(hint:find(INTERNATIONAL, 1, true))
  end)

  it("about the key of another server names no region", function()
    local hint = hints.of("key", provider("http://127.0.0.1:1/v1", { type = "openai" }), "llama3")
    assert.not_matches("aliyuncs", hint)
  end)

  it("about an address says how DashScope's ends in", function()
    assert.matches("/compatible%-mode/v1$", hints.of("base", provider "https://dashscope.aliyuncs.com", "qwen3-max"))
    local other = provider("http://127.0.0.1:1", { type = "openai" })
    assert.not_matches("compatible%-mode", hints.of("base", other, "llama3"))
  end)

  it("about a region that there is none of names those that there are", function()
    local hint = hints.of("dns", provider "https://dashscope-eu.aliyuncs.com/compatible-mode/v1", "m")
    assert.matches("^DashScope has no such region%. .*https://dashscope%-us%.aliyuncs%.com/", hint)
    for _, base in ipairs { INTERNATIONAL, "http://127.0.0.1:1/v1" } do
      assert.equal("`lash check` looks at the way to " .. base, hints.of("connect", provider(base), "m"))
    end
  end)

  it("about the length names the limit that the service named", function()
    assert.matches("^the input may be 983616 tokens; ", hints.of("length", provider(INTERNATIONAL), "m", 983616))
    assert.matches("^shorten", hints.of("length", provider(INTERNATIONAL), "m"))
  end)

  it("about a burst names the setting that queues, unless it is set", function()
    assert.matches("wait_timeout", hints.of("burst", provider(INTERNATIONAL), "m"))
    assert.is_nil(hints.of("burst", provider(INTERNATIONAL, { wait_timeout = 30 }), "m"))
  end)

  it("is not made up where nothing helps", function()
    assert.is_nil(hints.of("", provider(INTERNATIONAL), "m"))
    assert.is_nil(hints.of(nil, provider(INTERNATIONAL), "m"))
  end)
end)

describe("a prompt with an image", function()
  local IMAGE = { "What is it?", { image = "https://example.org/x.png" } }

  it("is refused before anything is sent to a model that sees nothing", model.fake({ { text = "no" } },
    function(s, agent)
      for _, name in ipairs { "qwen3-max", "qwen-plus", "qwq-plus", "qwen3-coder-plus" } do
        local err = model.failure(agent { model = name }, IMAGE)
        assert.same({ "usage", 64 }, { err.kind, err.exit })
      end
      assert.equal(0, #s.requests)
    end))

  it("is sent where the model sees, and to one that nobody knows", model.test({
    { ["repeat"] = true, steps = model.ok(model.stream { "A cat." }).steps },
  }, function(s)
    for _, name in ipairs { "qwen3-vl-plus", "qwen3.5-plus", "somebody-s-model" } do
      assert.equal("A cat.", model.agent(s.url, { model = name })(IMAGE))
    end
  end))
end)
