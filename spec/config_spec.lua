local config = require "lash.config"
local folder = require "spec.support.folder"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local INTERNATIONAL = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"

describe("lash.config", function()
  local dir, variables, restore, warnings
  before_each(function()
    dir, warnings = folder.new(), {}
    variables = { HOME = dir.path .. "/home" }
    restore = folder.environment(variables)
    assert(sys.mkdir_p(dir.path .. "/work", 448))
  end)
  after_each(function()
    restore()
    dir:close()
  end)

  local function load(options)
    options = options or {}
    options.cwd = options.cwd or dir.path .. "/work"
    options.warn = function(line) warnings[#warnings + 1] = line end
    return config.load(options)
  end

  --- Loads a config.json with this text.
  local function from(text) return load { path = dir:write("config.json", text) } end

  --- The error of kind `config` that f raises; its message without the folder.
  local function failure(f)
    local ok, err = pcall(f)
    assert.is_false(ok)
    assert.equal("config", err.kind, tostring(err))
    return err.message:gsub(dir.path:gsub("%p", "%%%0") .. "/", ""), err.hint
  end

  describe("without any file", function()
    it("is DashScope with what the environment says", function()
      variables.DASHSCOPE_API_KEY = "sk-from-env"
      local conf = load()
      assert.is_nil(conf.path)
      assert.same({ provider = "dashscope", model = "qwen3-max", max_tokens = 8192 }, conf:agent())
      assert.same({ name = "dashscope", type = "dashscope", api_key = "sk-from-env", api_base = INTERNATIONAL,
        headers = {} }, conf:provider "dashscope")
      assert.same({}, conf:models())

      variables.DASHSCOPE_API_BASE = "http://127.0.0.1:8080/compatible-mode/v1/"
      local provider = load():provider "dashscope"
      assert.same({ "dashscope", "http://127.0.0.1:8080/compatible-mode/v1" }, { provider.type, provider.api_base })
    end)

    it("says which key is missing and how to set it", function()
      local message, hint = failure(function() load():provider "dashscope" end)
      assert.equal("$DASHSCOPE_API_KEY is not set", message)
      assert.matches("export DASHSCOPE_API_KEY=", hint)
      variables.DASHSCOPE_API_KEY = ""
      assert.equal("providers.dashscope.api_key (from $DASHSCOPE_API_KEY) is empty",
        (failure(function() load():provider "dashscope" end)))
    end)

    it("works without a home and without a current folder", function()
      variables.HOME, variables.DASHSCOPE_API_KEY = nil, "sk-123456"
      local conf = load { cwd = dir.path .. "/gone" }
      assert.equal("sk-123456", conf:provider("dashscope").api_key)
      assert.is_nil(conf:env "NOTHING")
    end)
  end)

  it("is found in the order of the contract", function()
    local function model(options) return load(options):agent().model end
    local function write(name)
      return dir:write(name, ('{"agents":{"defaults":{"model":"%s"}}}'):format(name))
    end
    write "home/.config/lash/config.json"
    assert.equal("home/.config/lash/config.json", model())
    write "xdg/lash/config.json"
    variables.XDG_CONFIG_HOME = "relative/counts/not"
    assert.equal("home/.config/lash/config.json", model())
    variables.XDG_CONFIG_HOME = dir.path .. "/xdg"
    assert.equal("xdg/lash/config.json", model())
    write "work/config.json"
    assert.equal("xdg/lash/config.json", model())
    assert(require("lash.trust").add(dir.path .. "/work"))
    assert.equal("work/config.json", model())
    write "script/config.json"
    assert.equal("script/config.json", model { script_dir = dir.path .. "/script" })
    variables.LASH_CONFIG = write "variable.json"
    assert.equal("variable.json", model { script_dir = dir.path .. "/script" })
    assert.equal("option.json", model { path = write "option.json", script_dir = dir.path .. "/script" })
  end)

  it("names the option or variable whose file is not there", function()
    assert.equal("cannot find none.json: No such file or directory (from --config)",
      (failure(function() load { path = dir.path .. "/none.json" } end)))
    variables.LASH_CONFIG = dir.path .. "/none.json"
    assert.equal("cannot find none.json: No such file or directory (from $LASH_CONFIG)", (failure(load)))
    variables.LASH_CONFIG = "/tmp" -- in the topmost folder
    assert.equal("/tmp", load().path)
    variables.LASH_CONFIG = ""
    assert.is_nil(load().path)
  end)

  it("names an ignored one where an agent is not found", function()
    dir:write("work/config.json", '{"agents":{"rev":{}}}')
    for _, text in ipairs { "", '{"agents":{"other":{}}}' } do
      if text ~= "" then dir:write("home/.config/lash/config.json", text) end
      local hint = select(2, failure(function() load():agent "rev" end))
      assert.equal("config.json in this folder is ignored; `lash trust` lets it count", hint)
    end
  end)

  it("says that a current folder is ignored, and how to trust it", function()
    dir:write("work/config.json", '{"providers":{"dashscope":{"api_base":"https://evil.example"}}}')
    dir:write("work/.env.local", "DASHSCOPE_API_KEY=sk-stolen")
    local conf = load()
    assert.is_nil(conf.path)
    assert.is_nil(conf:env "DASHSCOPE_API_KEY")
    assert.same({ "config.json and .env.local in this folder are ignored; `lash trust` lets them count" }, conf.notes)

    assert(require("lash.trust").add(dir.path .. "/work"))
    conf = load()
    assert.same({}, conf.notes)
    assert.equal("https://evil.example", conf:provider("dashscope").api_base)
    assert.equal("sk-stolen", conf:env "DASHSCOPE_API_KEY")

    dir:write("work/config.json", "{}")
    assert.same({ "config.json and .env.local in this folder are ignored: config.json changed since it was trusted; "
      .. "`lash trust` lets them count" }, load().notes)
  end)

  it("needs no trust for the folder of the script or of --config", function()
    dir:write("work/.env.local", "A=1")
    assert.equal("1", load({ script_dir = dir.path .. "/work" }):env "A")
    assert.equal("1", load({ path = dir:write("work/other.json", "{}") }):env "A")
    local conf = load { path = dir:write("other.json", "{}") }
    assert.is_nil(conf:env "A")
    assert.same({ ".env.local in this folder is ignored; `lash trust` lets it count" }, conf.notes)
  end)

  it("uses the content that was checked, whatever happens to the file then", function()
    dir:write("work/config.json", '{"agents":{"defaults":{"model":"good"}}}')
    assert(require("lash.trust").add(dir.path .. "/work"))
    local conf = load()
    dir:write("work/config.json", '{"agents":{"defaults":{"model":"evil"}}}')
    dir:write("work/.env.local", "A=evil")
    assert.equal("good", conf:agent().model)
    assert.is_nil(conf:env "A")
  end)

  it("finds the files beside a script that is started through a link", function()
    dir:write("real/config.json", '{"agents":{"defaults":{"model":"beside"}}}')
    dir:write("real/tool.lua", "")
    local link = dir:link(dir.path .. "/real/tool.lua", "work/tool")
    assert.equal("beside", load({ script_dir = sys.realpath(link):match "^(.*)/" }):agent().model)
    assert.equal("beside", load({ script_dir = dir:link("real", "linked") }):agent().model)
  end)

  describe("variables", function()
    it("come from the environment, then from the files in their order", function()
      dir:write("conf/.env.local", "A=conf\nB=conf\nC=conf")
      dir:write("script/.env.local", "A=script\nB=script\nC=script\nD=script")
      dir:write("work/.env.local", "A=work\nB=work\nC=work\nD=work\nE=work")
      assert(require("lash.trust").add(dir.path .. "/work"))
      variables.A = "environment"
      local conf = load { path = dir:write("conf/config.json", "{}"), script_dir = dir.path .. "/script" }
      assert.same({ "environment", "conf", "script", "work" },
        { conf:env "A", conf:env "B", conf:env "D", conf:env "E" })
      assert.is_nil(conf:env "F")
    end)

    it("of the user's own folder count without a config.json", function()
      dir:write("home/.config/lash/.env.local", "A=own")
      assert.equal("own", load():env "A")
    end)

    it("warn about a file that others can read, once", function()
      local path = dir:write("script/.env.local", "A=1", 420)
      local conf = load { script_dir = dir.path .. "/script" }
      assert.same({}, warnings)
      assert.same({ "1" }, { conf:env "A", conf:env "B" })
      assert.same({ ("%s can be read by others: chmod 600 %s"):format(path, path) }, warnings)
    end)

    it("that are secrets by name show in no output", function()
      dir:write("script/.env.local", "GH_TOKEN=ghp-abcdef\nPLAIN=visible")
      local conf = load { script_dir = dir.path .. "/script" }
      assert.equal("ghp-abcdef", conf:env "GH_TOKEN")
      assert.equal("[secret] visible", secrets.redact "ghp-abcdef visible")
    end)

    it("fail with the line of a mistake", function()
      dir:write("script/.env.local", "A=1\nB")
      assert.equal("script/.env.local:2: expected NAME=value",
        (failure(function() load({ script_dir = dir.path .. "/script" }):env "B" end)))
    end)

    it("are expanded at use in any string", function()
      variables.NAME, variables.EMPTY, variables.N2 = "value", "", "$NAME"
      local cases = {
        ["$NAME"] = "value", ["${NAME}s"] = "values", ["a $NAME, $NAME."] = "a value, value.", ["$$NAME"] = "$NAME",
        ["$$$NAME"] = "$value", ["$"] = "$", ["cost $5"] = "cost $5", ["$5$NAME"] = "$5value", ["$EMPTY"] = "",
        ["$N2"] = "$NAME", ["{$NAME}"] = "{value}", ["$$$$"] = "$$", ["$5}"] = "$5}", ["100%1"] = "100%1",
      }
      for text, expected in pairs(cases) do
        local conf = from(('{"agents":{"defaults":{"instructions":"%s","stop":["%s"]}}}'):format(text, text))
        assert.equal(expected, conf:agent().instructions)
        assert.equal(expected, conf:agent().stop[1])
      end
    end)

    it("that are unset name variable, file and place; only what is used must be set", function()
      local conf = from [[{"providers": {"local": {"api_base": "http://x/$MISSING"}},
        "agents": {"defaults": {"stop": ["ok", "$MISSING"]}, "a": {"stop": []}, "b": {"model": "${MISSING"}}}]]
      assert.equal(8192, conf:agent("a").max_tokens)
      local message, hint = failure(function() conf:agent() end)
      assert.equal("config.json: agents.defaults.stop[2]: $MISSING is not set", message)
      assert.equal(("export MISSING=..., or write MISSING=... into %s/.env.local"):format(dir.path), hint)
      assert.equal("config.json: providers.local.api_base: $MISSING is not set",
        (failure(function() conf:provider "local" end)))
      variables.MISSING = "set"
      assert.equal("http://x/set", conf:provider("local").api_base)
      assert.equal("config.json: agents.b.model: '${' without NAME}", (failure(function() conf:agent "b" end)))
    end)
  end)

  it("gives an agent its own settings over the defaults; 0 and false are values", function()
    local conf = from [[{ // comments are allowed
      "agents": {
        "defaults": { "model": "qwen-plus", "temperature": 0.7, "parallel_tool_calls": true, "retry": 2 },
        /* also these */
        "reviewer": { "temperature": 0, "parallel_tool_calls": false, "max_tokens": 100, "retry": 0 }
      }}]]
    assert.same({ provider = "dashscope", model = "qwen-plus", temperature = 0, parallel_tool_calls = false,
      max_tokens = 100, retry = 0 }, conf:agent "reviewer")
    local message, hint = failure(function() conf:agent "reviever" end)
    assert.equal("config.json: unknown agent 'reviever'", message)
    assert.equal("did you mean 'reviewer'?", hint)
    assert.equal("there is no config.json", select(2, failure(function() load():agent "x" end)))
  end)

  it("names the place of what is wrong in the file", function()
    local cases = {
      { '{\n  "agents": {,}\n}', "^config.json: line 2, column %d+: ." },
      { "", "^config.json: line 1, column 1: " },
      { "[]", "^config.json: expected object, got list$" },
      { "3", "^config.json: expected object, got number$" },
      { ("["):rep(100000), "^config.json: line 1, column %d+: " },
      { '{"agents":{"reviewer":{"temperature":"hot"}}}',
        "^config.json: agents.reviewer.temperature: expected number from 0 to 2, got string$" },
      { '{"agents":{"a":{"temperature":2.5}}}', "agents.a.temperature: expected number from 0 to 2, got 2.5$" },
      { '{"agents":{"a":{"top_p":-0.1}}}', "agents.a.top_p: expected number from 0 to 1, got %-0.1$" },
      { '{"agents":{"a":{"thinking_level":{"budget":0}}}}', "level.budget: expected positive integer, got 0$" },
      { '{"agents":{"a":{"tools":["grep","gerp"]}}}',
        'agents.a.tools%[2%]: expected the name of a built%-in tool, got "gerp"$' },
      { '{"agents":{"a":{"temperature":null}}}', "agents.a.temperature: expected number from 0 to 2, got null" },
      { '{"agents":{"a":{"max_tokens":-5}}}', "agents.a.max_tokens: expected positive integer, got %-5" },
      { '{"agents":{"a":{"max_tokens":1.5}}}', "expected positive integer, got 1.5" },
      { '{"agents":{"a":{"tools":[]}}}', nil },
      { '{"agents":{"a":{"tools":{}}}}', "agents.a.tools: expected list, got object" },
      { '{"agents":{"a":{"tools":["grep",2]}}}', "agents.a.tools%[2%]: expected string, got number" },
      { '{"agents":{"a":{"thinking_level":"huge"}}}',
        'agents.a.thinking_level: expected "off", "low", "medium", "high", got "huge"' },
      { '{"agents":{"a":{"thinking_level":false}}}', "thinking_level: expected .*, got false" },
      { '{"agents":{"a":{"thinking_level":{"budget":100}}}}', nil },
      { '{"agents":{"a":{"fallback":5}}}', "agents.a.fallback: expected list or string, got number" },
      { '{"agents":[]}', "agents: expected object, got list" },
      { '{"providers":{"x":{"wait_timeout":1}}}', "providers.x.wait_timeout: expected number from 3 to 120, got 1" },
      { '{"models":{"m":{"price":{"input":-1}}}}', "models.m.price.input: expected number of 0 or more, got %-1" },
    }
    for _, case in ipairs(cases) do
      local conf = from(case[1])
      if case[2] then
        assert.matches(case[2], (failure(function() conf:agent() end)))
      else
        assert.has_no_error(function() conf:agent() end)
      end
    end
  end)

  it("tells where a variable is from", function()
    dir:write("config.json", "{}")
    local path = dir:write(".env.local", "A=1\nB=2\n")
    variables.B = "3"
    local conf = load { path = dir.path .. "/config.json" }
    assert.same({ path, "the environment" }, { conf:origin "A", conf:origin "B" })
    assert.is_nil(conf:origin "C")
    assert.same({ path }, conf:env_files())
    assert.same({}, load():env_files())
  end)

  it("tells where a provider leads that has no key yet", function()
    local conf = from '{"providers":{"p":{"type":"dashscope","api_key":"$KEY","api_base":"http://h/$PATH_OF_IT"}}}'
    variables.PATH_OF_IT = "v1"
    local provider, written = conf:keyless_provider "p"
    assert.same({ "dashscope", "http://h/v1", nil }, { provider.type, provider.api_base, provider.api_key })
    assert.same({ api_key = "$KEY", api_base = "http://h/$PATH_OF_IT" }, written)
    assert.equal("config.json: providers.p.api_key: $KEY is not set", (failure(function() conf:provider "p" end)))
    variables.KEY = "sk-123456"
    assert.equal("sk-123456", conf:provider("p").api_key)

    provider, written = conf:keyless_provider "dashscope"
    assert.equal(INTERNATIONAL, provider.api_base)
    assert.same({ api_key = "$DASHSCOPE_API_KEY", api_base = INTERNATIONAL }, written)
    local has_key
    provider, written, has_key = conf:keyless_provider { api_base = "http://h/v1", api_key = "a$b" }
    assert.same({ "openai", nil, {}, true }, { provider.type, provider.api_key, written, has_key })
    assert.equal("config.json: unknown provider 'q'", (failure(function() conf:keyless_provider "q" end)))
  end)

  it("refuses unknown keys with the nearest name", function()
    local message, hint = failure(function() from('{"agents":{"a":{"temprature":1}}}'):agent() end)
    assert.equal("config.json: agents.a: unknown key 'temprature'", message)
    assert.equal("did you mean 'temperature'?", hint)
    message, hint = failure(function() from('{"zebra":1}'):agent() end)
    assert.equal("config.json: unknown key 'zebra'", message)
    assert.equal("valid keys: agents, models, providers, runs", hint)
  end)

  it("refuses files that cannot be a configuration", function()
    local function use(path) return (failure(function() load({ path = path }):agent() end)) end
    assert(sys.mkdir_p(dir.path .. "/folder", 448))
    assert.equal("cannot read folder: it is a folder", use(dir.path .. "/folder"))
    assert.equal("cannot read /dev/zero: not a regular file", use "/dev/zero")
    assert.equal("cannot read large: larger than 1048576 bytes", use(dir:write("large", (" "):rep((1 << 20) + 1))))
    if sys.euid() ~= 0 then
      assert.equal("cannot read closed: Permission denied", use(dir:write("closed", "{}", 0)))
    end
    assert.equal("qwen3-max", from("\xEF\xBB\xBF{}"):agent().model)
  end)

  it("reads nothing before it is asked", function()
    local conf = from "not JSON at all"
    assert.is_nil(conf:env "X")
    assert.equal(conf, config.load())
    assert.has_error(function() conf:agent() end)
  end)
end)
