--- `--json`: what is told of runs, judged by docs/events.schema.json and a validator
--- of others; and how much that is.
local cjson = require "cjson"
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local sys = require "lash.core.sys"

local SCHEMA = assert(sys.realpath "docs/events.schema.json")
local VALIDATE = assert(sys.realpath "spec/support/validate.py")

-- The system's, which the package is for; another may come before it, and have none.
local PYTHON = os.execute "/usr/bin/python3 -c 'import jsonschema' 2>/dev/null" and "/usr/bin/python3" or "python3"

--- All lines of this file, for the last tests.
local corpus = {}

local function decode(out)
  local events = {}
  for line in out:gmatch "[^\n]*\n" do events[#events + 1] = cjson.decode(line) end
  return events
end

--- Keeps the lines of a run; its events.
local function take(res)
  corpus[#corpus + 1] = res.out
  assert.not_matches("Traceback", res.err)
  return decode(res.out), res
end

--- The types of events in their order, repetitions as one.
local function order(events)
  local types = {}
  for _, ev in ipairs(events) do
    if types[#types] ~= ev.type then types[#types + 1] = ev.type end
  end
  return table.concat(types, " ")
end

--- The answer: it may come in any pieces.
local function text_of(events)
  local pieces = {}
  for _, ev in ipairs(events) do
    if ev.type == "text" then pieces[#pieces + 1] = ev.text end
  end
  return table.concat(pieces)
end

local function find(events, type)
  for _, ev in ipairs(events) do
    if ev.type == type then return ev end
  end
end

--- A test with a shell whose service gives these replies.
local function fake(replies, f)
  return function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x" }
    sh.variables.DASHSCOPE_API_BASE = sh:fake("return " .. replies)
    f(sh)
  end
end

describe("lash --json", function()
  it("end with `done` also where the run is stopped before it begins", function()
    local sh <close> = shell.new()
    sh:write("early.lua", [[
      local interrupted = require("lash.errors").new("interrupted", "interrupted by SIGINT", { exit = 130 })
      require("lash.cli.ndjson").done(130, interrupted)]])
    local res = sh:lash("--lua", "early.lua")
    local last = decode(res.out)[1]
    assert.same({ "done", 130, "interrupted", "" }, { last.type, last.exit, last.kind, res.err })
  end)

  it("tells of a question", fake([[{ { thinking = "Hm.", text = { "Hel", "lo" },
    usage = { input = 9, output = 5, total = 14, reasoning = 3, cached = 4, cache_creation = 2 } } }]], function(sh)
    local events, res = take(sh:lash("ask", "--json", "hi", "--thinking", "low"))
    assert.same({ 0, "start thinking text usage done" }, { res.exit, order(events) })
    local done = events[#events - 1]
    assert.same({ "Hello", nil, 1 }, { done.result.text, done.result.value, done.result.turns })
    assert.same({ "done", 0, "ok" }, { events[#events].type, events[#events].exit, events[#events].kind })
  end))

  it("tells of a typed answer", fake([[{ { text = "false" } }]], function(sh)
    local events = take(sh:lash("ask", "--json", "-r", "boolean", "hi"))
    assert.is_false(find(events, "done").result.value)
  end))

  it("tells of tools, agents among them, and what a script prints", fake([[function(r)
    if r.prompt == "calls" then
      return { calls = { { tool = "add", arguments = { a = 1 } }, { tool = "none", arguments = "{" },
        { tool = "helper", arguments = { prompt = "help" } } } }
    end
    return { text = "ok" }
  end]], function(sh)
    local events = take(sh:lash("--json", "-e", [[
      local helper = lash.agent { name = "helper", about = "Helps." }
      local add = lash.tool { name = "add", about = "x", params = "a: integer", run = function(a) return { a } end }
      print(lash.agent { name = "boss", tools = { add, helper } } "calls")]]))
    assert.equal("start tool_call usage tool_result start text usage done tool_result text usage done output done",
      order(events))
    local call, start = find(events, "tool_call"), events[1]
    assert.same({ "add", { a = 1 }, "boss" }, { call.name, call.arguments, call.agent })
    for _, ev in ipairs(events) do
      if ev.agent == "helper" then assert.equal(start.run, ev.parent) end
    end
    assert.equal("ok\n", find(events, "output").text)
  end))

  it("tells of further attempts, and of other models", fake([[{ { status = 429, retry_after = 0 },
    { status = 503 }, { text = "ok" } }]], function(sh)
    local events = take(sh:lash("--json", "-e", [[
      print(lash.ask("hi", { retry = 1, fallback = "qwen-plus" }))]]))
    assert.equal("start retry text usage done output done", order(events))
    assert.equal("qwen-plus", events[3].model)
  end))

  it("tells of a conversation that is too long", fake([[function()
    return { text = ("word "):rep(100) }
  end]], function(sh)
    local events = take(sh:lash("--json", "-e", [[
      lash.models.define("qwen-plus-2025-01-02", { context = 3000 })
      local s = lash.agent { model = "qwen-plus-2025-01-02" }:session()
      for i = 1, 8 do s(i .. (" word"):rep(100)) end]]))
    assert.is_number(find(events, "compact").limit)
  end))

  it("tells of what was not allowed", fake([[{ { tool = "write_file", arguments = { path = "x", content = "y" } },
    { text = "ok" } }]], function(sh)
    local events, res = take(sh:sh(sh:command("ask", "--json", "-t", "write_file", "hi") .. " </dev/null"))
    assert.same({ 77, "denied" }, { res.exit, events[#events].kind })
    assert.equal("write_file", events[#events - 1].result.denied[1].tool)
  end))

  it("tells of a workflow that goes on", fake([[{ { tool = "t", arguments = {} },
    { text = "ok", times = 9 } }]], function(sh)
    sh:write("w.lua", [[
      local lash = require "lash"
      local t = lash.tool { name = "t", about = "x", run = function() return "x" end }
      return lash.workflow { name = "w", run = function()
        lash.agent { tools = { t } } "hi"
        if not lash.fs.exists "again" then lash.fs.write("again", "") lash.fail("io", "first") end
      end }]])
    take(sh:lash("--json", "w.lua"))
    local events = take(sh:lash("--json", "w.lua"))
    assert.is_true(find(events, "usage").replayed and find(events, "tool_result").replayed)
  end))

  it("tells what went wrong", fake([[{ { status = 401, code = "invalid_api_key" }, { status = 429, retry_after = 0.01,
    times = 9 } }]], function(sh)
    local events = take(sh:lash("ask", "--json", "hi"))
    assert.same({ 401, "invalid_api_key" }, { events[#events].error.status, events[#events].error.code })
    events = take(sh:lash("--json", "-e", "lash.ask('hi', { retry = 1 })"))
    assert.equal(2, events[#events].error.attempts)
    for words, kind in pairs { ["-e 'error {}'"] = "internal", ["-e 'lash.sh \"false\"'"] = "process",
      ["-e 'os.exit(3)'"] = "exit", ["-e 'lash.fail(\"io\", \"x\", \"y\")'"] = "io", ["--nope"] = "usage",
      ["ask"] = "usage", ["none.lua"] = "input", ["ask hi -m none"] = "not_found" } do
      events = take(sh:sh(sh:command "--json" .. " " .. words .. " </dev/null"))
      assert.equal(kind, events[#events].kind)
    end
  end))

  it("tells what lash check finds", fake([[function(r)
    if r.json.tools and r.json.stream then return { status = 400, message = "no tools in a stream" } end
    return r.json.tools and { tool = "ping" } or "ok"
  end]], function(sh)
    local found = {}
    for _, ev in ipairs(take(sh:lash("check", "--json", "--live", "--tools"))) do found[ev.name or ev.type] = ev end
    assert.same({ "finding", "warn" }, { found.tools.type, found.tools.state })
    assert.same({ models = { ["qwen3-max"] = { stream_tools = false } } }, found.tools.config)
  end))

  it("escapes what a terminal would obey", fake([[{ { text = "\27[2J\u{9B}2J\127\u{202E}\u{2066}é" } }]], function(sh)
    local events, res = take(sh:lash("ask", "--json", "hi"))
    assert.equal("\27[2J\u{9B}2J\127\u{202E}\u{2066}é", text_of(events))
    assert.not_matches("[\27\127]", res.out)
    assert.is_nil(res.out:find("\u{9B}", 1, true) or res.out:find("\u{202E}", 1, true))
  end))
end)

describe("the size of what is told", function()
  --- The bytes of an answer of n chunks, and the text.
  local function size_of(n)
    local deltas = {}
    for i = 1, n do deltas[i] = ("%08d "):format(i) end
    -- Each chunk is sent on its own, so that few of them are joined.
    local s <close> = server.start { { steps = { { send = model.http(200, model.stream(deltas)) } } } }
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1" }
    local events, res = take(sh:lash("ask", "--json", "hi"))
    local text = table.concat(deltas)
    assert.equal(text, text_of(events))
    assert.equal(text, events[#events - 1].result.text)
    assert.equal(2, select(2, res.out:gsub(deltas[n // 2], "")))
    return #res.out, #text
  end

  it("grows as the answer does: each piece stands there twice, whatever its length", function()
    local small, text = size_of(1000)
    local large = size_of(10000)
    assert.is_true(large < 10 * small + 2 * text, ("%d and %d bytes"):format(small, large))
  end)
end)

describe("docs/events.schema.json", function()
  it("holds for all that was told here", function()
    local sh <close> = shell.new()
    sh:write("lines", table.concat(corpus))
    local res = sh:sh(("%s %s %s <lines | head -c 2000"):format(PYTHON, VALIDATE, SCHEMA))
    assert.same({ "", "" }, { res.out, res.err })
    local wrong = sh:sh(([[printf '%%s\n' '{"type":"text","t":1,"run":"x"}' '{"type":"nope","t":1}' \
      '{"type":"done","t":0,"exit":0,"kind":"ok","more":1}' '{"type":"output","t":-1,"text":"x"}' |
      %s %s %s | grep -c '^{']]):format(PYTHON, VALIDATE, SCHEMA))
    assert.equal("4\n", wrong.out)
  end)

  it("names nothing that is never told, and docs/events.md tells of all of it", function()
    local file <close> = assert(io.open(SCHEMA))
    local schema = cjson.decode(file:read "a")
    local page <close> = assert(io.open "docs/events.md")
    local text, told = page:read "a", {}
    local function look(value)
      for key, v in pairs(type(value) == "table" and value or {}) do
        told[key] = true
        look(v)
      end
    end
    for _, ev in ipairs(decode(table.concat(corpus))) do
      told[ev.type] = true
      look(ev)
    end
    local function check(name)
      assert.is_true(told[name], name .. " is never told")
      assert.truthy(text:find("`" .. name .. "`", 1, true), "docs/events.md does not tell of " .. name)
    end
    local function walk(node)
      for name, property in pairs(node.properties or {}) do
        check(name)
        if type(property) == "table" then
          if name == "type" then
            for _, type in ipairs(property.enum or { property.const }) do check(type) end
          end
          walk(property)
          if property.items then walk(property.items) end
        end
      end
    end
    for _, node in pairs(schema["$defs"]) do walk(node) end
  end)
end)
