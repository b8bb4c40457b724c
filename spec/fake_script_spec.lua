local errors = require "lash.errors"
local json = require "lash.core.json"
local scripts = require "lash.fake.script"

local function ask(script, prompt)
  local turn, no = script:answer { prompt = prompt, json = {} }
  return turn and turn.text or no.message, no
end

--- What a call that must fail raises.
local function raised(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  assert.is_true(errors.is(err), tostring(err))
  return err
end

describe("a reply", function()
  local CASES = {
    { { text = 5 }, "text must be a string or a table, not a number" },
    { { text = { "a", 5 } }, "a piece of text is a string" },
    { { json = { a = print } }, "json has no JSON: $.a: cannot encode a function" },
    { { tool = "t", arguments = 5 }, "arguments must be a string or a table, not a number" },
    { { match = 5 }, "match must be a string or a function, not a number" },
    { { times = "2" }, "times must be a number, not a string" },
  }
  for _, case in ipairs(CASES) do
    it("is refused: " .. case[2], function()
      assert.equal("a reply of lash fake: " .. case[2], raised(scripts.new, { case[1] }).message)
    end)
  end

  it("alone is no list", function()
    assert.equal("replies are a list; this is a single one", raised(scripts.new, { text = "x" }).message)
  end)
end)

describe("a script of replies", function()
  it("uses the first that matches, each once", function()
    local script = scripts.new {
      { match = "a", text = "1" }, { match = "a", text = "2", times = 2 }, { match = "b", text = "3" } }
    assert.equal("1", (ask(script, "xax")))
    assert.equal("3", (ask(script, "b")))
    assert.equal("2", (ask(script, "a")))
    assert.equal("2", (ask(script, "a")))
    local text, no = ask(script, "a last one")
    assert.equal(400, no.status)
    assert.matches("no reply is left that matches: a last one", text)
  end)

  it("takes match as plain text, or as a function of the request", function()
    local script = scripts.new { { match = "a.c", text = "plain" },
      { match = function(r) return r.json.model == nil end, text = "asked" } }
    assert.equal("asked", (ask(script, "abc")))
    assert.equal("plain", (ask(script, "a.c")))
  end)

  it("makes turns of its forms", function()
    local script = scripts.new {
      { json = { a = json.array {} } },
      { tool = "f" },
      { thinking = "hm", calls = {
        { tool = "f", arguments = { n = 1 } }, { tool = "g", arguments = "{", id = "c2" } } },
      { text = "x", finish = "length", usage = false, delay = "1m250ms", cut = 3 },
    }
    local function turn() return assert(script:answer { prompt = "", json = {} }) end
    assert.equal('{"a":[]}', turn().text)
    local calls = turn().calls
    assert.same({ "f", "{}" }, { calls[1].name, calls[1].arguments })
    assert.matches("^call_%x+$", calls[1].id)
    local both = turn()
    assert.same({ "hm", '{"n":1}', "g", "{", "c2" }, { both.thinking, both.calls[1].arguments, both.calls[2].name,
      both.calls[2].arguments, both.calls[2].id })
    assert.same({ text = "x", finish = "length", usage = false, delay = 60.25, cut = 3 }, turn())
  end)

  it("refuses with the service's words, or its own", function()
    local codes = scripts.new { { status = 400, code = "Arrearage" },
      { status = 400, code = "data_inspection_failed" } }
    for _, words in ipairs { "good standing", "inappropriate content" } do
      local _, refusal = codes:answer { prompt = "" }
      assert.matches(words, refusal.message)
    end
    local script = scripts.new { { status = 429, retry_after = 2 }, { status = 400, message = "no", code = "c" } }
    local _, no = script:answer { prompt = "" }
    assert.same({ 429, "limit_requests", 2 }, { no.status, no.code, no.retry_after })
    _, no = script:answer { prompt = "" }
    assert.same({ 400, "c", "no" }, { no.status, no.code, no.message })
  end)

  it("may be a function, whose failure is told", function()
    local script = scripts.new(function(r)
      if r.prompt == "none" then return nil end
      return r.prompt == "text" and "said" or { txt = 1 }
    end)
    assert.equal("said", (ask(script, "text")))
    assert.matches("no reply is left that matches: none", (ask(script, "none")))
    assert.matches("failed: .*'txt'", (ask(script, "x")))
    assert.equal("usage", raised(script.add, script, "x").kind)
  end)

  it("is checked when it is made", function()
    for _, wrong in ipairs {
      { txt = "x" }, { delay = "soon" }, { status = 200 }, { cut = "x" }, { match = 1 }, { calls = { {} } }, 7,
    } do
      assert.equal("usage", raised(scripts.new, { wrong }).kind)
    end
    assert.matches("'text'", raised(scripts.new, { { txt = "x" } }).hint)
    assert.equal("usage", raised(scripts.new, 7).kind)
  end)

  it("is read from a file", function()
    local name = os.tmpname()
    local function load(source)
      local file = assert(io.open(name, "w"))
      file:write(source)
      file:close()
      return scripts.load(name)
    end
    assert.same({ { text = "x" } }, load '#!/usr/bin/env lash\nreturn { { text = "x" } }')
    local err = raised(load, "return {\n{ text = }\n}")
    assert.equal("internal", err.kind)
    assert.matches(":2:", err.message)
    assert.equal("internal", raised(load, "error 'x'").kind)
    assert.equal("usage", raised(load, "return 1").kind)
    os.remove(name)
    assert.equal("input", raised(scripts.load, name).kind)
    assert.equal("input", raised(scripts.load, "/").kind)
  end)
end)
