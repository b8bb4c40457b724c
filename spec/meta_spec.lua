--- The stubs that editors read (lua/_meta) against what is really there, in
--- both directions.
local errors = require "lash.errors"

local FOLDER = "lua/_meta/"

--- What stubs declare: names by owner ("M", a class, "lash.json"), the documented
--- fields of classes, and their text.
local function read(...)
  local text = ""
  for _, name in ipairs { ... } do
    local file <close> = assert(io.open(FOLDER .. name .. ".lua"))
    text = text .. file:read "a"
  end
  local stub = { text = text, owners = {}, fields = {} }
  local class, locals = nil, {}
  local function own(owner, key)
    stub.owners[owner] = stub.owners[owner] or {}
    stub.owners[owner][key] = true
  end
  for line in text:gmatch "[^\n]+" do
    class = line:match "^%-%-%-@class ([%w_.]+)" or class
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if field then
      stub.fields[class] = stub.fields[class] or {}
      stub.fields[class][field] = true
    end
    local variable = line:match "^local ([%a_]+) = {}"
    if variable then locals[variable] = class or variable end
    local owner, key = line:match "^function ([%w_.]+)[.:]([%w_]+)%("
    if not owner then owner, key = line:match "^([%w_.]+)%.([%w_]+) = " end
    if owner then own(locals[owner] or owner, key) end
  end
  return stub
end

local function sorted(set)
  local names = {}
  for name in pairs(set or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Methods of a class of a C module, or nil when there is no such class.
local function methods(class)
  local meta = debug.getregistry()[class]
  return type(meta) == "table" and meta.__index or nil
end

local MODULES = { "chat", "dashscope", "edit", "files", "fs", "http", "interrupt", "json", "loop", "markdown", "place",
  "proc", "regex", "serve", "store", "sys", "tty", "warning", "zone" }

describe("the stub of lash.core.", function()
  it("* is there for every C module", function()
    local found = {}
    local file <close> = assert(io.open "src/bind/bind.c")
    for module in file:read("a"):gmatch '{"lash%.core%.(%w+)"' do found[module] = true end
    assert.same(MODULES, sorted(found))
  end)

  for _, name in ipairs(MODULES) do
    it(name .. " has what the module exports, and no more", function()
      local stub = read(name)
      assert.truthy(stub.text:find("---@meta lash.core." .. name .. "\n", 1, true))
      local module = require("lash.core." .. name)
      assert.same(sorted(module), sorted(stub.owners.M))
      stub.owners.M = nil
      for class, declared in pairs(stub.owners) do
        assert.same(sorted(methods(class)), sorted(declared), class)
      end
      for class in pairs(debug.getregistry()) do
        if type(class) == "string" and class:find("^lash%." .. name .. "%.") and next(methods(class) or {}) then
          assert.truthy(stub.owners[class], class .. " has no stub")
        end
      end
    end)
  end
end)

describe("the stub of lash", function()
  local lash = require "lash"
  local stub = read("lash", "classes")

  --- All names of the public table: what is loaded, and what would be.
  local function names()
    local found = {}
    for name in pairs(lash) do found[name] = true end
    local index = getmetatable(lash).__index
    for i = 1, math.huge do
      local name, value = debug.getupvalue(index, i)
      if name == nil then break end
      if type(value) == "table" and value.agent then -- the names of upvalues are not embedded
        for part in pairs(value) do found[part] = true end
      end
    end
    return found
  end

  it("has every name of the public table, and no more", function()
    local all = names()
    assert.truthy(all.agent and all.try)
    assert.same(sorted(all), sorted(stub.owners.lash))
  end)

  it("has what its tables hold", function()
    for name in pairs(names()) do
      local part = name ~= "env" and lash[name]
      if type(part) == "table" then assert.same(sorted(part), sorted(stub.owners["lash." .. name]), name) end
    end
  end)

  it("has an agent's methods and all settings", function()
    local found = {}
    for name, value in pairs(getmetatable(lash.agent {})) do
      if type(value) == "function" and not name:find "^__" then found[name] = true end
    end
    assert.same(sorted(found), sorted(stub.owners["lash.Agent"]))
    local documented = {}
    for _, class in ipairs { "lash.CallOptions", "lash.AgentOptions" } do
      for field in pairs(stub.fields[class]) do documented[field] = true end
    end
    assert.same(sorted(require("lash.settings.rules").keys()), sorted(documented))
  end)

  it("has a session's methods and fields", function()
    local session = lash.agent({}):session()
    local found = {}
    for name, value in pairs(getmetatable(session)) do
      if type(value) == "function" and not name:find "^_" then found[name] = true end
    end
    assert.same(sorted(found), sorted(stub.owners["lash.Session"]))
    for field in pairs(stub.fields["lash.Session"]) do
      if field ~= "id" then assert.not_nil(session[field], field) end
    end
  end)

  it("has what a workflow works with", function()
    local found, workflow = {}, read "workflow"
    local work = require("lash.workflow.work").new({ name = "w" }, { id = "x", entry = function() end })
    for name, value in pairs(getmetatable(work)) do
      if type(value) == "function" and not name:find "^_" and name ~= "returned" then found[name] = true end
    end
    assert.same(sorted(found), sorted(workflow.owners["lash.Work"]))
    local keys = {}
    for field in pairs(workflow.fields["lash.WorkflowSpec"]) do keys[field] = true end
    assert.same(sorted(require("lash.workflow").KEYS), sorted(keys))
  end)

  it("has what lash.job takes", function()
    local keys = {}
    for field in pairs(read("job").fields["lash.JobSpec"]) do keys[field] = true end
    assert.same(sorted(require("lash.job").KEYS), sorted(keys))
  end)

  it("has every field of a run", function()
    local run = require("lash.sched").run(function()
      local fake <close> = require("lash.fake").start()
      local provider = { type = "fake", api_base = fake.url, api_key = "sk-fake" }
      return lash.agent({ provider = provider, name = "x" }):run "hi"
    end)
    assert.same(sorted(run), sorted(stub.fields["lash.Run"]))
  end)

  it("has what a response of lash.http has", function()
    local response = require("lash.http.response").new({ status = 200, headers = {}, body = "" }, "http://h/")
    response.list = nil -- ours
    assert.same(sorted(response), sorted(stub.fields["lash.HttpResponse"]))
    local found = {}
    for name in pairs(getmetatable(response)) do
      if not name:find "^__" then found[name] = true end
    end
    assert.same(sorted(found), sorted(stub.owners["lash.HttpResponse"]))
  end)

  it("knows every kind of error", function()
    local list = stub.text:match "@alias lash.ErrorKind\n(.-)\n\n"
    local found = {}
    for kind in list:gmatch '"([%w_]+)"' do found[kind] = true end
    assert.same(sorted(errors.kinds), sorted(found))
  end)
end)

describe("the stub of lash.test", function()
  local test = require "lash.test"
  local stub = read "test"

  it("has what the kit has, and no more", function()
    assert.same(sorted(test), sorted(stub.owners.test))
  end)

  it("has the methods of fakes and tapes", function()
    require("lash.sched").run(function()
      local path = os.tmpname()
      local fake <close> = test.fake {}
      local tape <close> = test.tape(path)
      os.remove(path)
      for class, thing in pairs { ["lash.test.Fake"] = fake, ["lash.test.Tape"] = tape } do
        local found = {}
        for name, value in pairs(getmetatable(thing)) do
          if type(value) == "function" and not name:find "^_" then found[name] = true end
        end
        assert.same(sorted(found), sorted(stub.owners[class]))
        for field in pairs(stub.fields[class]) do assert.not_nil(thing[field], field) end
      end
    end)
  end)

  it("has all options of a run, and all keys of a reply", function()
    local function keys(f, ...)
      local _, err = pcall(f, ...)
      local found = {}
      for key in err.hint:match("valid keys: (.*)"):gmatch "[%w_]+" do found[key] = true end
      return found
    end
    assert.same(sorted(keys(test.run, "x", {}, { ["?"] = 1 })), sorted(stub.fields["lash.test.RunOptions"]))
    local reply = keys(require("lash.fake.script").new, { { ["?"] = 1 } })
    assert.same(sorted(reply), sorted(stub.fields["lash.test.Reply"]))
  end)
end)
