--- Budgets of a month: what all processes of a user spend, scripts that are no
--- workflow.
local restarts = require "spec.support.restarts"
local task = require "lash.task"
local test = restarts.test

describe("a budget of a month", function()
  it("counts what other runs have spent, also what was under way when they were killed", test([[
    print(lash.ask(arg[1], { budget = { month = 0.0499 } }))
  ]], function(p)
    assert.equal(0, p:lash({ "script.lua", "hi" }).code)
    assert.equal(0, p:lash({ "script.lua", "hi" }).code)
    p:write("killed.lua", [[
      local lash = require "lash"
      lash.ask("x", { on = function(e) if e.type == "text" then os.execute "kill -KILL $PPID" end end })
    ]])
    assert.equal("SIGKILL", p:lash({ "killed.lua" }).signal)
    local ended = p:lash { "script.lua", "hi" }
    assert.equal(79, ended.code)
    assert.matches("lash: budget: the budget of %$0.0499 a month is used up: %$0.0493 spent", ended.err)
  end))

  it("is not overspent by processes that ask at the same time", test([[
    print(lash.ask("hi", { budget = { month = 0.12 } }))
  ]], function(p)
    local codes = {}
    task.each(5, 5, function() return p:lash { "script.lua" } end, function(i, ok, r) codes[i] = ok and r.code or r end)
    table.sort(codes)
    assert.same({ 0, 0, 79, 79, 79 }, codes)
    assert.equal(2, #p.server.requests)
  end, function() return { text = "yes", delay = 1 } end))

  it("needs records", test([[
    print(lash.ask("hi", { budget = { month = 1 } }))
  ]], function(p)
    p:write("config.json", '{ "runs": { "record": false } }')
    local ended = p:lash { "script.lua" }
    assert.equal(78, ended.code)
    assert.matches("a budget of a month counts what runs have recorded", ended.err)
  end))
end)
