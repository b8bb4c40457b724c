local errors = require "lash.errors"
local json = require "lash.core.json"
local tool = require "lash.tool"

local function add_tool(fields)
  local spec = { name = "add", about = "Adds.", params = "a: integer, b: integer = 1",
    run = function(a, b) return a + b end }
  for k, v in pairs(fields or {}) do spec[k] = v end
  return tool.new(spec)
end

local function returning(...)
  local values = table.pack(...)
  return tool.new { name = "t", about = "T.", run = function() return table.unpack(values, 1, values.n) end }
end

--- Calls a tool as a model does, which has these arguments.
local function call(t, arguments)
  local values, message = t:check(arguments)
  if message then return false, message end
  return t:call(values, { name = t.name, key = "key", attempt = 1 })
end

--- Repeats a text.
---@param text string
---@param times? integer  how often
local function repeated(text, times) return text:rep(times or 2) end

describe("lash.tool", function()
  it("tells the model the line where a C function has failed", function()
    local t = tool.new { name = "t", about = "T.", run = function() table.sort { 1, {} } end }
    local _, text = call(t, {})
    assert.matches("^error: %S*tool_spec.lua:%d+: attempt to compare ", text)
  end)

  it("is callable with a table, checked", function()
    assert.equal(3, add_tool() { a = 1, b = 2 })
    assert.equal(2, add_tool() { a = 1.0 })
    local ok, err = pcall(add_tool(), { a = "x" })
    assert.is_false(ok)
    assert.equal('schema: add: args.a: expected integer, got "x"', tostring(err))
    ok, err = pcall(add_tool())
    assert.equal("schema: add: args.a: expected integer, got nothing", tostring(err))
    assert.is_false(ok)
  end)

  it("returns everything that run returns, and raises what it raises", function()
    assert.same({ nil, "why", 3 }, { returning(nil, "why", 3) {} })
    local ok, err = pcall(add_tool { run = function() error({ 1 }, 0) end }, { a = 1 })
    assert.same({ false, { 1 } }, { ok, err })
  end)

  it("gives arguments by place and then the context, absent ones as nil", function()
    local seen
    local t = tool.new { name = "t", about = "T.", params = "a?: string, b: string, c?: string",
      run = function(...) seen = table.pack(...) end }
    call(t, { b = "x", c = json.null })
    assert.same({ nil, "x", nil, { name = "t", attempt = 1, key = "key" }, n = 4 }, seen)
    t { b = "x" }
    local first = seen[4].key
    assert.equal(26, #first)
    assert.same({ nil, "x", nil, { name = "t", attempt = 1, key = first }, n = 4 }, seen)
    t { b = "x" }
    assert.not_equal(first, seen[4].key)
  end)

  it("gives one table to a tool with a schema", function()
    local t = tool.new { name = "t", about = "T.", run = function(args, ctx) return { args, ctx.name } end,
      schema = { type = "object", properties = { n = { type = "integer" } }, required = { "n" } } }
    assert.same({ true, '[{"n":9007199254740993},"t"]' }, { call(t, { n = 9007199254740993 }) })
    assert.same({ false, "args.n: expected integer, got nothing" }, { call(t, {}) })
  end)

  it("takes a documented function", function()
    local t = tool.from(repeated)
    assert.equal("abab", t { text = "ab" })
    assert.equal('{"function":{"description":"Repeats a text.","name":"repeated","parameters":{"properties":'
      .. '{"text":{"type":"string"},"times":{"description":"how often","type":"integer"}},"required":["text"],'
      .. '"type":"object"}},"type":"function"}', json.encode(t:declaration()))
    assert.equal(t, tool.from(repeated))
    assert.equal(t, tool.from(t))
  end)

  local REFUSED = {
    { { name = 1 }, "lash.tool: 'name' must be a string, got 1" },
    { { name = "" }, 'lash.tool: "" is no name for a tool' },
    { { name = "a\n" }, 'lash.tool: "a\\n" is no name for a tool' },
    { { name = "\xff" }, 'lash.tool: "\xff" is no name for a tool' },
    { { name = ("x"):rep(257) }, ('lash.tool: "%s…" is no name for a tool'):format(("x"):rep(40)) },
    { { about = "" }, "lash.tool 'add': 'about' is missing" },
    { { run = "x" }, "lash.tool 'add': 'run' must be a function, got \"x\"" },
    { { param = "x" }, "lash.tool 'add': unknown key 'param'" },
    { { params = {} }, "lash.tool 'add': 'params' must be a string, got an object" },
    { { params = "a: int" }, "lash.tool 'add': params: line 1, column 4: unknown type 'int'" },
    { { schema = {} }, "lash.tool 'add': 'params' and 'schema' exclude each other" },
    { { readonly = "yes" }, "lash.tool 'add': 'readonly' must be true or false, got \"yes\"" },
    { { timeout = "soon" }, "lash.tool 'add': 'timeout' must be a duration, got \"soon\"" },
    { { timeout = -1 }, "lash.tool 'add': 'timeout' must be a duration, got -1" },
    { { max_output = 1.5 }, "lash.tool 'add': 'max_output' must be at least 256 bytes, got 1.5" },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses at load: " .. case[2]:sub(1, 70), function()
      local ok, err = pcall(add_tool, case[1])
      assert.is_false(ok)
      assert.equal("usage", err.kind)
      assert.equal(case[2], err.message)
    end)
  end

  it("refuses a schema that is no object, or says more than lash can check", function()
    for schema, message in pairs {
      ['{"type":"string"}'] = "lash.tool 't': the schema must be of type object",
      ['{"type":"object","allOf":[]}'] = "lash.tool 't': schema: lash cannot check 'allOf'",
    } do
      local ok, err = pcall(tool.new, { name = "t", about = "T.", run = print, schema = json.decode(schema) })
      assert.is_false(ok)
      assert.equal(message, err.message)
    end
  end)

  it("refuses what is no tool", function()
    for _, v in ipairs { 1, "x", {}, print } do
      local ok, err = pcall(tool.from, v)
      assert.is_false(ok)
      assert.equal("usage", err.kind)
    end
  end)

  it("has its options as fields, parallel as readonly", function()
    local t = add_tool { readonly = true, timeout = "5s" }
    assert.same({ true, true, "5s", 65536 }, { t.readonly, t.parallel, t.timeout, t.max_output })
    assert.is_false(add_tool({ readonly = true, parallel = false }).parallel)
    assert.equal("lash.tool: add", tostring(t))
  end)
end)

describe("a tool's call for a model", function()
  local RESULTS = {
    { { "text" }, true, "text" },
    { { 9007199254740993 }, true, "9007199254740993" },
    { { 1.5 }, true, "1.5" },
    { { false }, true, "false" },
    { {}, true, "(no result)" },
    { { nil, "why" }, false, "error: why" },
    { { nil, errors.new("input", "no such file") }, false, "error: input: no such file" },
    { { { b = 1, a = { id = 9007199254740993 } } }, true, '{"a":{"id":9007199254740993},"b":1}' },
    { { {} }, true, "{}" },
    { { json.array {} }, true, "[]" },
    { { { a = { 1, print } } }, false, "error: the tool's result has no JSON: $.a[2]: cannot encode a function" },
    { { print }, false, "error: the tool returned a function" },
    { { "\xFF and \0" }, true, "\u{FFFD} and \u{FFFD}" }, -- as the service takes it
  }
  for i, case in ipairs(RESULTS) do
    it(("%d: %s"):format(i, case[3]), function()
      assert.same({ case[2], case[3] }, { call(returning(table.unpack(case[1], 1, 2)), {}) })
    end)
  end

  local RAISED = {
    { "text", "error: text" },
    { { code = 7 }, 'error: {"code":7}' },
    { setmetatable({}, { __tostring = function() return "own words" end }), "error: own words" },
    { setmetatable({}, { __tostring = function() error "again" end }), "error: failed with a table" },
    { nil, "error: failed without a message" },
    { print, "error: failed with a function" },
    { errors.new("http", "404", { hint = "for people" }), "error: http: 404" },
    { errors.new("timeout", "too slow"), "error: timeout: too slow" },
  }
  for _, case in ipairs(RAISED) do
    it("makes a text of what was raised: " .. case[2], function()
      local t = add_tool { run = function() error(case[1], 0) end }
      assert.same({ false, case[2] }, { call(t, { a = 1 }) })
    end)
  end

  it("says where a Lua error was, without a traceback", function()
    local empty = {}
    local ok, text = call(add_tool { run = function() return empty.none.y end }, { a = 1 })
    assert.is_false(ok)
    assert.matches("^error: .-tool_spec.lua:%d+: attempt to index a nil value %(field 'none'%)$", text)
  end)

  it("lets through what ends the run", function()
    for _, kind in ipairs { "cancelled", "interrupted", "budget" } do
      local err = errors.new(kind, "stop")
      local t = add_tool { run = function() error(err, 0) end }
      local ok, raised = pcall(call, t, { a = 1 })
      assert.is_false(ok)
      assert.equal(err, raised)
    end
  end)

  it("lets a tool wait", function()
    local t = add_tool { run = function(a) return a + coroutine.yield "waiting" end }
    local co = coroutine.wrap(function() return call(t, { a = 1 }) end)
    assert.equal("waiting", co())
    assert.same({ true, "42" }, { co(41) })
  end)

  it("reads the text of arguments", function()
    for text, expected in pairs {
      [""] = "{}", [" \n"] = "{}", ["{}"] = "{}", ['{"a":9007199254740993}'] = '{"a":9007199254740993}',
      ["[1]"] = "the arguments must be one JSON object, got a list",
      ["[]"] = "the arguments must be one JSON object, got a list",
      ["null"] = "the arguments must be one JSON object, got null",
      ["7"] = "the arguments must be one JSON object, got 7",
      ['"{}"'] = 'the arguments must be one JSON object, got "{}"',
    } do
      local value, message = tool.arguments(text)
      assert.equal(expected, message or json.encode(value))
    end
    assert.same({}, tool.arguments(nil))
    for _, text in ipairs { '{"a":1', "{}{}", "{a:1}" } do
      local value, message = tool.arguments(text)
      assert.is_nil(value)
      assert.matches("^the arguments are not JSON: line 1, column %d+: ", message)
    end
  end)
end)

describe("tool.declare", function()
  it("renames what the service refuses, and finds it again", function()
    local long = ("long_"):rep(20)
    local given = { "search", "search_", "fs.read", "fs_read", "fs/read", "天气", "a b", long .. "1", long .. "2" }
    local tools = {}
    for i, name in ipairs(given) do tools[i] = add_tool { name = name } end
    local list, by_name = tool.declare(tools)
    local found = {}
    for _, declaration in ipairs(list) do
      local name = declaration["function"].name
      assert.matches("^[%w_-]+$", name)
      assert.is_true(#name <= 64 and name ~= "search", name)
      found[#found + 1] = by_name[name].name
    end
    table.sort(given)
    assert.same(given, found)
    -- A name that is legal already stays, whatever another one becomes.
    assert.same({ "fs_read", "search_" }, { by_name.fs_read.name, by_name.search_.name })
    local again = tool.declare { table.unpack(tools, 1, #tools) }
    assert.equal(json.encode(list), json.encode(again))
  end)

  it("knows the choice of a tool by the name that the script has for it", function()
    local _, by_name = tool.declare { add_tool { name = "fs.read" } }
    local wanted = { type = "function", ["function"] = { name = "fs_read" } }
    assert.same(wanted, tool.choice("fs.read", by_name))
    assert.same(wanted, tool.choice({ type = "function", ["function"] = { name = "fs.read" } }, by_name))
    assert.same({ "required" }, { tool.choice("required", by_name) })
    assert.is_nil(tool.choice(nil, by_name))
    for _, wrong in ipairs { "fs.write", { type = "function" }, { ["function"] = { name = 1 } } } do
      local ok, err = pcall(tool.choice, wrong, by_name)
      assert.is_false(ok)
      assert.same({ "usage", "auto, none, required, or one of fs.read" }, { err.kind, err.hint })
    end
  end)

  it("sorts by name and gives the tools by name", function()
    local list, by_name = tool.declare { repeated, add_tool() }
    assert.same({ "add", "repeated" }, { list[1]["function"].name, list[2]["function"].name })
    assert.equal(tool.from(repeated), by_name.repeated)
    assert.equal("[]", json.encode((tool.declare {})))
  end)

  it("sends an empty object for a tool without parameters", function()
    assert.equal('[{"function":{"description":"T.","name":"t","parameters":{"properties":{},"type":"object"}},'
      .. '"type":"function"}]', json.encode((tool.declare { returning() })))
  end)

  it("refuses two tools of one name", function()
    local ok, err = pcall(tool.declare, { add_tool(), add_tool() })
    assert.is_false(ok)
    assert.equal("usage: two tools are named 'add'", tostring(err))
  end)
end)
