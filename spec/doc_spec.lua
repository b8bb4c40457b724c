local doc = require "lash.doc"
local json = require "lash.core.json"
local types = require "lash.types"

--- Runs a text as the chunk of a file and gives what it returns.
local count = 0
local function chunk(text)
  count = count + 1
  local name = "=chunk" .. count
  doc.sources[name] = text
  return assert(load(text, name))(), name:sub(2)
end

--- A documented function of this very file.
---
--- Second paragraph,
-- goes on.
---@async
---@param city string
---@param days? integer  Forecast length, 1 to 7
---   (a week at most)
---@param unit "c" | "f"  # the unit
---@param where {lat: number, lon: number}|nil - the place
---@return table
---@nodiscard
local function weather(city, days, unit, where, ctx) return { city, days, unit, where, ctx } end

describe("doc.read", function()
  it("reads a function of a file", function()
    local found = assert(doc.read(weather))
    assert.equal("weather", found.name)
    assert.equal("A documented function of this very file.\nSecond paragraph, goes on.", found.about)
    assert.is_true(found.ctx)
    assert.equal('{city: string, days?: integer, unit: "c"|"f", where?: {lat: number, lon: number}}',
      types.text(found.params))
    assert.equal('{"properties":{"city":{"type":"string"},'
      .. '"days":{"description":"Forecast length, 1 to 7 (a week at most)","type":"integer"},'
      .. '"unit":{"description":"the unit","enum":["c","f"],"type":"string"},'
      .. '"where":{"description":"the place","properties":{"lat":{"type":"number"},"lon":{"type":"number"}},'
      .. '"required":["lat","lon"],"type":"object"}},"required":["city","unit"],"type":"object"}',
      json.encode(types.schema(found.params)))
  end)

  local NAMES = {
    ["--- About.\nlocal function f() end return f"] = "f",
    ["local M = {}\n--- About.\nfunction M.go() end return M.go"] = "go",
    ["local M = {a = {}}\n--- About.\nfunction M.a.go() end return M.a.go"] = "go",
    ["local f\n--- About.\nf = function() end return f"] = "f",
    ["--- About.\nlocal f = function() end return f"] = "f",
    ["--- About.\nlocal f <const> = function() end return f"] = "f",
    ["local t = {\n  --- About.\n  go = function() end,\n}\nreturn t.go"] = "go",
    ["local t = {\n  --- About.\n  ['go-on'] = function() end,\n}\nreturn t['go-on']"] = "go-on",
    ["-- luacheck: ignore\n--- About.\nlocal function f() end return f"] = "f",
    ["--- About.\r\nlocal function f() end return f\r\n"] = "f",
    ["--- About.\n---------\nlocal function f() end return f"] = "f",
    ["--- About.\nlocal function f(\n) end return f"] = "f",
    -- two functions in one line: the parameters tell them apart
    ["--- About.\nlocal g = function(x) return x end local function f() end return f"] = "f",
    ["--- About.\nlocal function f() return function(x) return x end end return f"] = "f",
  }
  for text, name in pairs(NAMES) do
    it("finds the name in " .. ("%q"):format(text), function()
      local found = assert(doc.read((chunk(text))))
      assert.equal(name, found.name)
      assert.equal("About.", found.about)
    end)
  end

  it("counts the lines of a script as the loader does", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("#!/usr/bin/env lash\n--- About.\nlocal function f() end return f")
    file:close()
    local found, err = doc.read(assert(loadfile(path))())
    os.remove(path)
    assert.equal("About.", found and found.about or err)
  end)

  it("reads a chunk that is its own name", function()
    local f = assert(load "--- About.\nlocal function f() end\nreturn f")()
    assert.equal("f", assert(doc.read(f)).name)
  end)

  -- text, place and message, hint
  local ERRORS = {
    { "local function f() end return f", ":1: the function 'f' has no documentation",
      "write '--- What it does.' and '---@param name type' right above it" },
    { "-- plain\nlocal function f() end return f", ":2: the function 'f' has no documentation" },
    { "--- far\n\nlocal function f() end return f", ":3: the function 'f' has no documentation" },
    { "--[[ block ]]\nlocal function f() end return f", ":2: the function 'f' has no documentation" },
    { "--- A.\nlocal function f(a) return a end return f", ":2: the parameter 'a' of 'f' is not documented",
      "write '---@param a type  what it is' above the function" },
    { "--- A.\nlocal function f(ctx, a) return ctx, a end return f",
      ":2: the parameter 'ctx' of 'f' is not documented" },
    { "--- A.\n---@param citty string\n---@param city string\nlocal function f(city) return city end return f",
      ":2: 'f' has no parameter 'citty'", "did you mean 'city'?" },
    { "--- A.\n---@param a string\n---@param a string\nlocal function f(a) return a end return f",
      ":3: the parameter 'a' is documented twice" },
    { "--- A.\n---@param a strnig  text\nlocal function f(a) return a end return f",
      ":2:13: parameter 'a': unknown type 'strnig'", "did you mean 'string'?" },
    { "--- A.\n---@param a fun(x: integer)\nlocal function f(a) return a end return f",
      ":2:13: parameter 'a': a function cannot come from outside" },
    { "--- A.\n---@param a\nlocal function f(a) return a end return f",
      ":2:12: parameter 'a': expected a type, found the end" },
    { "--- A.\n---@param a string[\nlocal function f(a) return a end return f",
      ":2:19: parameter 'a': expected a space after its type" },
    { "--- A.\n---@param a string = 'x'\nlocal function f(a) return a end return f",
      ":2: parameter 'a': a documentation comment gives no defaults", "let the function do it: 'a = a or …'" },
    { "--- A.\n---@param\nlocal function f(a) return a end return f", ":2: expected a name after @param" },
    { "--- A.\nlocal function f(...) return ... end return f", ":2: a function with '...' cannot be a tool" },
    { "local M = {}\n--- A.\nfunction M:f(a) return self, a end return M.f",
      ":3: the method 'M:f' cannot be a tool: a model cannot send its self", "wrap it in a function" },
    { "--- A.\nreturn function() end", ":2: a function without a name cannot be a tool" },
  }
  for _, case in ipairs(ERRORS) do
    it("refuses " .. ("%q"):format(case[1]), function()
      local f, name = chunk(case[1])
      local found, err = doc.read(f)
      assert.is_nil(found)
      assert.equal("usage", err.kind)
      assert.equal(name .. case[2], err.message)
      if case[3] then assert.equal(case[3], err.hint) end
    end)
  end

  it("refuses what has no text", function()
    local _, err = doc.read(print)
    assert.equal("a C function has no documentation", err.message)
    _, err = doc.read(require("lash.json").decode) -- as print is one, where a script runs
    assert.equal("a function of lash, such as print, has no documentation", err.message)
    _, err = doc.read(assert(load("local function f() end return f", "@/nowhere/x.lua"))())
    assert.equal("/nowhere/x.lua:1: cannot read the text of the function, and so not its documentation", err.message)
    _, err = doc.read(assert(load("return 1", "=chunk")))
    assert.equal("chunk:0: a whole chunk is not a tool", err.message)
  end)
end)

describe("doc.header", function()
  it("is the comment that a script begins with", function()
    doc.sources["@header"] = "#!/usr/bin/env lash\n--- What.\n--\n-- usage: x\n--   indented\n--\nlocal x = 1\n-- no\n"
    assert.same({ "What.", "", "usage: x", "  indented" }, doc.header "@header")
    doc.sources["@plain"] = "-- no documentation\n"
    assert.same({}, doc.header "@plain")
    assert.same({}, doc.header "@/nowhere")
  end)
end)
