local config = require "lash.config"
local folder = require "spec.support.folder"
local secrets = require "lash.secrets"

describe("a provider", function()
  local dir, variables, restore
  before_each(function()
    dir = folder.new()
    variables = { HOME = dir.path .. "/home" }
    restore = folder.environment(variables)
  end)
  after_each(function()
    restore()
    dir:close()
  end)

  local function from(text) return config.load { path = dir:write("config.json", text), cwd = dir.path } end

  --- The error of kind `config` that f raises; its message without the folder.
  local function failure(f)
    local ok, err = pcall(f)
    assert.is_false(ok)
    assert.equal("config", err.kind, tostring(err))
    return err.message:gsub(dir.path:gsub("%p", "%%%0") .. "/", ""), err.hint
  end

  local function provider(settings, name)
    return from(('{"providers":{"%s":%s}}'):format(name or "p", settings)):provider(name or "p")
  end

  it("has the type of its name or host", function()
    local cases = {
      { "dashscope", '{"api_key":"k","api_base":"http://127.0.0.1:1/v1"}', "dashscope" },
      { "china", '{"api_key":"k","api_base":"https://dashscope.aliyuncs.com/compatible-mode/v1"}', "dashscope" },
      { "work", '{"api_key":"k","api_base":"https://w.cn-beijing.maas.AliyunCS.com:443/v1"}', "dashscope" },
      { "evil", '{"api_base":"https://aliyuncs.com.evil.example/v1"}', "openai" },
      { "evil", '{"api_base":"https://notaliyuncs.com/v1"}', "openai" },
      { "local", '{"api_base":"http://[::1]:11434/v1"}', "openai" },
      { "dashscope", '{"type":"openai","api_base":"http://127.0.0.1:1/v1"}', "openai" },
      { "mine", '{"type":"dashscope","api_key":"k","api_base":"http://gateway/v1"}', "dashscope" },
      { "test", '{"type":"fake","api_base":"http://127.0.0.1:1/v1"}', "fake" },
    }
    for _, case in ipairs(cases) do assert.equal(case[3], provider(case[2], case[1]).type) end
  end)

  it("keeps all its settings, and its secrets to itself", function()
    variables.PROXY_PASSWORD, variables.PASS = "proxy-secret", "other-secret"
    local path = dir:write("ca.pem", "")
    local p = provider [[{"type": "openai", "api_key": "sk-$PASS", "api_base": "https://h/v1//",
      "headers": {"X-Org.Id": "org-123456"}, "proxy": "http://u:${PROXY_PASSWORD}@proxy:3128", "ca": "ca.pem",
      "wait_timeout": 30}]]
    assert.same({ name = "p", type = "openai", api_key = "sk-other-secret", api_base = "https://h/v1",
      headers = { ["X-Org.Id"] = "org-123456" }, proxy = "http://u:proxy-secret@proxy:3128", ca = path,
      wait_timeout = 30 }, p)
    assert.equal("[secret] [secret] [secret]", secrets.redact "sk-other-secret org-123456 proxy-secret")
  end)

  it("has secrets also where nobody asks it", function()
    dir:write(".env.local", "ALI=env-ali-123456\nOTHER=env-other-1\nPLAIN=env-plain-1\n")
    local conf = from [[{"providers": {"used": {"api_base": "http://h", "api_key": "$ALI"}, "other":
      {"api_base": "http://h", "api_key": "sk-literal-123", "headers": {"X-Team": "team $OTHER"}}}}]]
    assert.equal("env-plain-1", conf:env "PLAIN")
    assert.equal("[secret] [secret] [secret] env-plain-1",
      secrets.redact "env-ali-123456 sk-literal-123 env-other-1 env-plain-1")
  end)

  it("writes the scheme in small letters, whoever looks at it", function()
    assert.equal("https://a_b.Example/V1", provider('{"api_base":"HttpS://a_b.Example/V1"}').api_base)
  end)

  it("needs a key only where the service does", function()
    assert.is_nil(provider('{"api_base":"http://127.0.0.1/v1"}').api_key)
    assert.is_nil(provider('{"api_key":"","api_base":"http://127.0.0.1/v1"}').api_key)
    assert.equal("config.json: providers.china.api_key: $DASHSCOPE_API_KEY is not set",
      (failure(function() provider('{"api_base":"https://dashscope.aliyuncs.com/v1"}', "china") end)))
  end)

  it("is refused for what could break out of a header or URL", function()
    variables.BAD_KEY, variables.CR = "sk-1\nX-Evil: 1", "sk-123456\r"
    local base = '"api_base":"http://h/v1"'
    local cases = {
      { "{}", "api_base is missing" },
      { '{"api_base":"ftp://h/"}', "api_base is not an http:// or https:// URL" },
      { '{"api_base":"h:80/v1"}', "api_base is not an http:// or https:// URL" },
      { '{"api_base":"http://"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"http://h:x/"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"http://h:65536/"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"https://.h/v1"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"https://h..x/v1"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"http://h\\"x/v1"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"http://[::1/"}', "api_base is not a URL: its host or port is malformed" },
      { '{"api_base":"http://u:p@h/v1"}', "api_base holds a user name or password" },
      { '{"api_base":"http://h/v1?a=b"}',
        "api_base has a query or a fragment; '/chat/completions' could not follow" },
      { '{"api_base":"http://h/v1\\r"}', "api_base ends with a carriage return" },
      { '{"api_base":"http://h/ v1"}', "api_base has a space at position 10" },
      { '{"api_key":"$BAD_KEY",' .. base .. "}",
        "api_key (from $BAD_KEY) has the control character 0x0A at position 5" },
      { '{"api_key":"$CR",' .. base .. "}", "api_key (from $CR) ends with a carriage return" },
      { '{"api_key":"sk-\\u4f60",' .. base .. "}", "api_key has a character that is not ASCII at position 4" },
      { '{"headers":{"X-A":"b\\r\\nX-B: c"},' .. base .. "}",
        "headers.X-A has the control character 0x0D at position 2" },
      { '{"headers":{"X-A":"$CR"},' .. base .. "}", "headers.X-A (from $CR) ends with a carriage return" },
      { '{"headers":{"X A:":"b"},' .. base .. "}", "headers.X A: is not the name of a header" },
      { '{"proxy":"http://p\\n",' .. base .. "}", "proxy has the control character 0x0A at position 9" },
      { '{"ca":"none.pem",' .. base .. "}",
        "ca is of no use: cannot find none.pem: No such file or directory" },
      { '{"ca":"a\\u0000b",' .. base .. "}", "ca has a control character" },
    }
    for _, case in ipairs(cases) do
      local message = failure(function() provider(case[1]) end)
      assert.equal("config.json: providers.p." .. case[2], message)
    end
  end)

  it("may be given as a table, taken literally", function()
    variables.DASHSCOPE_API_KEY = "sk-from-env"
    local conf = from "{}"
    local p = conf:provider { api_base = "http://h/v1", api_key = "a$b", headers = { X = "$Y" } }
    assert.same({ "openai", "a$b", "$Y" }, { p.type, p.api_key, p.headers.X })
    assert.equal("sk-from-env", conf:provider({ api_base = "https://dashscope.aliyuncs.com/v1" }).api_key)
    assert.equal("provider: unknown key 'api_url'", (failure(function() conf:provider { api_url = "x" } end)))
    assert.equal("provider.api_key: expected string, got number",
      (failure(function() conf:provider { api_key = 12345678 } end)))
    assert.equal("provider.api_base is missing", (failure(function() conf:provider {} end)))
  end)

  it("that is not configured is named with its neighbours", function()
    local message, hint = failure(function() from("{}"):provider "dashscop" end)
    assert.equal("config.json: unknown provider 'dashscop'", message)
    assert.equal("did you mean 'dashscope'?", hint)
  end)
end)
