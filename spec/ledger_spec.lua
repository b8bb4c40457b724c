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
    assert.matches("lash: budget: the budget of %$0.0499 a month does not cover the next request: %$0.0493 spent",
      ended.err)
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

  it("is shared by the tasks of a process, which wait for each other", test([[
    local answers = lash.map({ 1, 2, 3, 4, 5 }, function(i)
      return lash.ask("hi " .. i, { budget = { month = 0.06 } })
    end)
    print(#answers)
    local cap <close> = lash.budget { month = 0.06 }
    print(#lash.map({ 1, 2, 3 }, function(i) return lash.ask("hi " .. i) end))
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.same({ "5\n3\n", "" }, { done.out, done.err })
    assert.equal(8, #p.server.requests)
  end))

  it("is not overspent by the tasks of a process", test([[
    lash.models.define("qwen3-max", { price = { input = 1, output = 1000 } })
    local n = 0
    local ok, err = pcall(lash.map, { 1, 2, 3, 4, 5, 6, 7, 8 }, function()
      lash.ask("hi", { max_tokens = 10, budget = { month = 0.025 } })
      n = n + 1
    end)
    print(n, err.kind)
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.matches("^[23]\tbudget\n$", done.out)
    assert.is_true(#p.server.requests <= 3)
  end))

  it("is shared also inside of generators and gsub, where waits stand upon each other", test([[
    return lash.workflow { name = "w", budget = { month = 100 }, run = function()
      local said = {}
      lash.all {
        function() for x in coroutine.wrap(function() coroutine.yield(lash.ask "a") end) do said[1] = x end end,
        function() ("x"):gsub(".", function() said[2] = lash.ask "b" end) end,
        function() said[3] = lash.ask "c" end,
      }
      return #said
    end }
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.same({ "3\n", "" }, { done.out, done.err })
  end))

  it("waits also for requests that are under no budget of their own", test([[
    lash.all {
      function() lash.ask("a", { budget = { month = 0.06 } }) end,
      function() lash.ask "b" end,
      function() lash.sleep(0.01) lash.ask("c", { budget = { month = 0.06 } }) end,
    }
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.same({ 0, "" }, { done.code, done.err })
    assert.equal(3, #p.server.requests)
  end, function() return { text = "yes", delay = 0.1 } end))

  it("needs records", test([[
    print(lash.ask("hi", { budget = { month = 1 } }))
  ]], function(p)
    p:write("config.json", '{ "runs": { "record": false } }')
    local ended = p:lash { "script.lua" }
    assert.equal(78, ended.code)
    assert.matches("a budget of a month counts what runs have recorded", ended.err)
  end))
end)
