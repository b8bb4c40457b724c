local config = require "lash.config"
local folder = require "spec.support.folder"

describe("lash.models", function()
  local dir, models, restore
  before_each(function()
    dir = folder.new()
    restore = folder.environment { HOME = dir.path .. "/home" }
    package.loaded["lash.models"] = nil
    package.loaded["lash.cli.models"] = nil
    models = require "lash.models"
  end)
  after_each(function()
    restore()
    dir:close()
    package.loaded["lash.models"] = nil
    package.loaded["lash.cli.models"] = nil
  end)

  local function configure(text) config.load { path = dir:write("config.json", text), cwd = dir.path } end

  it("knows the built-in table", function()
    configure "{}"
    local row = models.row "qwen3-max-2026-01-23"
    assert.same({ "qwen3-max-2026-01-23", "qwen3-max", "built in", "off", "yes", 262144 },
      { row.name, row.pattern, row.source, row.thinking, row.stream_tools, row.context })
    assert.is_true(row.price.input > 0)
    assert.is_true(models.row("qwen3-plus").fictional)
    for name, real in pairs { ["qwen3-plus"] = "qwen-plus", ["qwen3-turbo"] = "qwen-flash",
      ["qwen3.5-max"] = "qwen3.7-max", ["qwen3.5-turbo"] = "qwen3.5-flash" } do
      assert.equal(real, require("lash.models.names").nearest(name)[1])
    end
  end)

  it("assumes nothing of a name that nobody knows", function()
    configure "{}"
    local row = models.row "my-model"
    assert.same({ "unknown", "unknown", "unknown" }, { row.source, row.thinking, row.stream_tools })
    assert.is_nil(row.price.input)
  end)

  it("takes what the configuration, the script and refusals say, in this order", function()
    configure [[{"models": {"qwen3-max": {"context": 1000, "max_output": 10},
      "my": {"context": 1}, "my-model": {"context": 32768, "price": {"input": 0.4, "output": 1.2}}}}]]
    assert.same({ 1000, 10 }, { models.row("qwen3-max").context, models.row("qwen3-max").max_output })
    assert.same({ 32768, 1.2 }, { models.row("my-model-v2").context, models.row("my-model-v2").price.output })
    assert.equal(1, models.row("my-other").context)
    local from_config = "config " .. dir.path .. "/config.json"
    assert.equal(from_config, models.row("my-model").source)

    models.define("qwen3-max", { context = 2000, thinking = "on", budget = 500, stream_tools = false })
    local row = models.row "qwen3-max"
    assert.same({ 2000, 10, "on", true, 500, "no" },
      { row.context, row.max_output, row.thinking, row.takes_budget, row.max_budget, row.stream_tools })
    models.learn("qwen3-max", nil, { stream_tools = "unknown" })
    models.learn("qwen3-max", nil, { stream_only = true })
    row = models.row "qwen3-max"
    assert.same({ "unknown", true, ("built in, %s, defined by the script, learned"):format(from_config) },
      { row.stream_tools, row.stream_only, row.source })
    assert.equal("no", models.row("qwen3-max-2025").stream_tools)
  end)

  it("matches the beginning of a name to the end of a part, the longest first", function()
    configure "{}"
    models.define("my", { context = 1 })
    models.define("my-model", { context = 2 })
    models.define("star*", { context = 3 })
    local cases = {
      ["my"] = 1, ["my-other"] = 1, ["my-model"] = 2, ["my-model:7b"] = 2, ["my-model@x"] = 2, ["my-models"] = 1,
      ["vendor/my-model"] = 2, ["star"] = 3, ["starling"] = 3,
    }
    for name, context in pairs(cases) do assert.equal(context, models.row(name).context, name) end
    for _, name in ipairs { "mine", "a-my", "my/other" } do assert.equal("unknown", models.row(name).source, name) end
  end)

  it("believes in a model that somebody defined", function()
    configure "{}"
    models.define("qwen3-plus", { budget = false, tools = false })
    local row = models.row "qwen3-plus"
    assert.same({ false, false, false }, { row.fictional, row.takes_budget, row.tools })
  end)

  it("keeps what was defined apart from the table it was given in", function()
    configure "{}"
    local definition = { context = 1 }
    models.define("mine", definition)
    definition.context = 2
    assert.equal(1, models.row("mine").context)
  end)

  it("refuses definitions with unknown keys or wrong types", function()
    local cases = {
      { "m", { contxt = 1 }, "unknown key 'contxt'" },
      { "m", { context = "1" }, "context: expected positive integer, got string" },
      { "m", { thinking = "maybe" }, 'thinking: expected "none", "off", "on", "only", got "maybe"' },
      { "m", { budget = 0 }, "budget: expected positive integer, got 0" },
      { "m", { price = { inptu = 1 } }, "price: unknown key 'inptu'" },
      { "m", nil, "expected object, got nil" },
      { "", {}, "expected the name of a model first" },
      { nil, {}, "expected the name of a model first" },
    }
    for _, case in pairs(cases) do
      local ok, err = pcall(models.define, case[1], case[2])
      assert.is_false(ok)
      assert.equal("usage", err.kind)
      assert.matches(case[3], err.message, 1, true)
    end
  end)

  describe("lash models", function()
    local function run(...)
      local lines, real = {}, print
      _G.print = function(line) lines[#lines + 1] = line end
      local ok, result = pcall(require "lash.cli.models", { ... })
      _G.print = real
      return ok, result, table.concat(lines, "\n") .. "\n"
    end

    it("lists them, and what is no model apart", function()
      configure '{"models":{"my-model":{"context":32768,"price":{"input":0.4,"output":1.2}}}}'
      local ok, exit, output = run()
      assert.same({ true, 0 }, { ok, exit })
      assert.matches("\nqwen3%-max +256K +64K +on request +yes +[%d.]+ / [%d.]+\n", output)
      assert.matches("\nmy%-model +32K +%? +%? +%? +0.4 / 1.2\n", output)
      assert.is_nil(output:find "\nqwen3%-plus ")
      assert.matches("unknown to the service: .*qwen3%-plus", output)
    end)

    it("shows one, one field a line, and where it comes from", function()
      configure '{"models":{"qwen3-max":{"max_output":100}}}'
      local _, exit, output = run "qwen3-max-latest"
      assert.equal(0, exit)
      assert.matches("\nfamily +qwen3%-max\n", output)
      assert.matches("\nmax_output +100\n", output)
      assert.matches("\nprice.input +[%d.]+\n", output)
      assert.matches("\nthinking +on request\n", output)
      assert.matches("\nstream_tools +yes\nstream_only +no\n", output)
      assert.is_nil(output:find "true" or output:find "false")
      assert.matches("\nsource +built in, config /", output)
    end)

    it("says what is assumed of an unknown one, and names its neighbours", function()
      configure "{}"
      local _, exit, output = run "qwen3-mx"
      assert.equal(0, exit)
      assert.matches("^qwen3%-mx is not in the table; similar names: [^\n]*qwen3%-max", output)
      assert.matches("\nsource +unknown\n", output)
      assert.matches("^nosuch is not in the table\nNothing is refused", select(3, run "nosuch"))
      assert.matches("unknown to the service", select(3, run "qwen3-plus"))
    end)

    it("takes one name at most, and one option", function()
      for message, argv in pairs { ["one name at most"] = { "a", "b" }, ["unknown option '--all'"] = { "--all" } } do
        local err = select(2, run(table.unpack(argv)))
        assert.equal("usage", err.kind)
        assert.matches(message, err.message, 1, true)
      end
    end)

    it("has the same as lines of JSON", function()
      local cjson, shell = require "cjson", require "spec.support.shell"
      local sh <close> = shell.new()
      local one = cjson.decode(sh:lash("models", "qwen3-max", "--json").out)
      assert.same({ "qwen3-max", 262144, true, false, "built in" },
        { one.name, one.context, one.stream_tools, one.stream_only, one.source })
      local found = {}
      for line in sh:lash("models", "--json").out:gmatch "[^\n]+" do
        local row = cjson.decode(line)
        found[row.name] = row
      end
      assert.same(one, found["qwen3-max"])
      assert.is_true(found["qwen3-plus"].fictional)
      assert.same({ name = "foo", source = "unknown" }, cjson.decode(sh:lash("models", "--json", "foo").out))
    end)
  end)
end)
