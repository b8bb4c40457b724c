--- Budgets: what is sent, what is refused, and what is left.
local lash = require "lash"
local loop = require "lash.core.loop"
local model = require "spec.support.model"
local sched = require "lash.sched"
local shell = require "spec.support.shell"
local task = require "lash.task"

local fake, failure = model.fake, model.failure

-- Made for easy sums: a token of the answer is a cent, one of the input nothing.
local CHEAP = { thinking = "none", price = { input = 0, output = 10000 } }
local THINKS = { thinking = "on", budget = 1000, price = { input = 0, output = 10000 } }

--- A test with models of known prices.
local function paid(replies, f)
  return fake(replies, function(s, agent)
    lash.models.define("qwen-max", CHEAP)
    lash.models.define("qwen3-max", THINKS)
    lash.models.define("qwen-flash", { price = {} })
    f(s, function(settings)
      local all = { model = "qwen-max", max_tokens = 100, retry = 0 }
      for k, v in pairs(settings or {}) do all[k] = v end
      return agent(all)
    end)
  end)
end

--- An answer that costs so many cents.
local function cents(n, text) return { text = text or "ok", usage = { input = 10, output = n } } end

local function close_to(expected, actual) assert.is_true(math.abs(expected - actual) < 1e-6, actual) end

describe("a budget", function()
  it("refuses a request that may cost more, before it is sent", paid({ cents(1), cents(1) }, function(s, agent)
    local err = failure(agent { budget = 0.99 }, "x")
    assert.same({ "budget", 79, false, 0 }, { err.kind, err.exit, err.temporary, #s.requests })
    assert.equal("the budget of $0.99 is too small for a request: nothing spent, and it may take $1", err.message)
    assert.equal("ok", agent { budget = 1 } "x")
    assert.equal("ok", agent { budget = 0.99, max_tokens = 99 } "x")
  end))

  it("ends a run when what is left is too little, and keeps its work", paid(function(request)
    return { text = "Let me see.", tool = "f", arguments = { n = #request.json.messages },
      usage = { input = 10, output = 30 } }
  end, function(s, agent)
    local f = lash.tool { name = "f", about = "F.", params = "n: integer", run = function(n) return n end }
    local err = failure(agent { budget = { usd = 2 }, tools = { f } }, "x")
    -- 1 of 2, 1 of 1.70, 1 of 1.40, 1 of 1.10; then 0.80 are left
    assert.same({ "budget", 4, 5 }, { err.kind, #s.requests, err.run.turns })
    assert.equal(4, #err.run.tool_calls)
    close_to(1.2, err.run.cost)
    assert.matches("%$1%.2 spent", err.message)
  end))

  it("has kinds: dollars, tokens, calls, time", paid(function(request)
    if request.prompt == "slow" then return { text = "late", delay = 20 } end
    return { tool = "f", arguments = { n = #request.json.messages }, usage = { input = 10, output = 90 } }
  end, function(_, agent)
    local f = lash.tool { name = "f", about = "F.", params = "n: integer", run = function(n) return n end }
    local CASES = {
      { { usd = 1.5 }, "%$1%.5 does not cover the next request" },
      { { tokens = 900 }, "900 tokens does not cover the next request" }, { { calls = 2 }, "2 calls is used up" },
    }
    for _, case in ipairs(CASES) do
      local err = failure(agent { budget = case[1], tools = { f } }, "x")
      assert.equal("budget", err.kind)
      assert.matches("^the budget of " .. case[2] .. ": ", err.message)
      assert.is_true(#err.run.tool_calls >= 1)
    end
    local err = failure(agent { budget = { calls = 2 }, tools = { f } }, "x")
    assert.equal(2, #err.run.tool_calls)
    local began = loop.now()
    err = failure(agent { budget = { time = "200ms" } }, "slow")
    assert.same({ "budget", "the budget of 0.2 s is used up" }, { err.kind, err.message })
    assert.is_true(loop.now() - began < 5)
  end))

  it("of time stops a tool that computes", paid({ { tool = "busy" } }, function(_, agent)
    local busy = lash.tool { name = "busy", about = "Busy.", run = function() while true do end end }
    assert.equal("budget", failure(agent { budget = { time = 0.2 }, tools = { busy } }, "x").kind)
  end))

  it("counts the input as it was, and what is new", paid(function(request)
    if #request.json.messages > 4 then return "ok" end
    return { tool = "f", arguments = { n = #request.json.messages }, usage = { input = 500, output = 1 } }
  end, function(s, agent)
    local f = lash.tool { name = "f", about = "F.", params = "n: integer", run = function() return ("x"):rep(3000) end }
    -- 600 for the first, as it is small; then 500 + 3000/3 and some more
    local err = failure(agent { budget = { tokens = 2000 }, tools = { f } }, "x")
    assert.same({ "budget", 1 }, { err.kind, #s.requests })
    local more = tonumber(err.message:match "may take (%d+) tokens$")
    assert.is_true(more > 1600 and more < 1800, err.message)
  end))

  it("guesses what came of an answer that broke off, or was left", paid({
    { text = { ("x"):rep(300), ("y"):rep(300), "z" }, cut = 3 }, { status = 500 },
    { text = { ("x"):rep(300), "y" }, usage = false },
  }, function(_, agent)
    local cap <close> = lash.budget(100)
    assert.equal("incomplete", failure(agent(), "x").kind)
    assert.is_true(cap.spent.usd > 0.9 and cap.spent.usd < 2.1, cap.spent.usd)
    assert.equal(1, cap.spent.calls)
    local before = cap.spent.usd
    assert.equal("unavailable", failure(agent(), "x").kind) -- a refusal is not billed
    assert.same({ before, 2 }, { cap.spent.usd, cap.spent.calls })
    agent() "x"
    assert.is_true(cap.spent.usd - before > 0.9, cap.spent.usd)
  end))

  it("guesses for an answer whose reader went away", paid({
    { text = { ("x"):rep(300), "y", "z" } },
  }, function(_, agent)
    local cap <close> = lash.budget(100)
    for ev in agent():stream "x" do
      if ev.type == "text" then break end
    end
    assert.is_true(cap.spent.usd > 0.99 and cap.spent.usd < 1.03, cap.spent.usd) -- y and z may have come
  end))

  it("in dollars needs a price, also of those to fall back to", paid({ cents(1) }, function(s, agent)
    for _, settings in ipairs {
      { model = "qwen-flash", budget = 1 }, { model = "qwen-flash", budget = { usd = 1, calls = 2 } },
      { fallback = "qwen-flash", budget = 1 }, { model = "nobody-knows-me", budget = 1 },
    } do
      local err = failure(agent(settings), "x")
      assert.same({ "config", 78, 0 }, { err.kind, err.exit, #s.requests })
      assert.matches("the price of [%w-]+ is not known", err.message)
    end
    assert.equal("ok", agent { model = "qwen-flash", budget = { tokens = 1000, calls = 1 } } "x")
  end))

  it("is refused when it cannot be meant", function()
    for given, message in pairs {
      [-1] = "number of 0 or more", ["0.05"] = "expected number or object", [{}] = "at least one of usd",
      [{ dollars = 1 }] = "unknown key 'dollars'", [{ calls = 1.5 }] = "integer", [{ time = "soon" }] = "duration",
    } do
      for _, f in ipairs { lash.budget, function(b) return lash.agent { budget = b } end } do
        local ok, err = pcall(f, given)
        assert.is_false(ok)
        assert.equal("usage", err.kind)
        assert.truthy(err.message:find(message, 1, true), err.message)
      end
    end
  end)
end)

describe("a budget and thinking", function()
  it("lowers what nobody has set to what is left", paid({ cents(10), cents(10), cents(10) }, function(s, agent)
    local function sent(settings)
      settings.model, settings.max_tokens = "qwen3-max", 50
      agent(settings) "x"
      local body = s.requests[#s.requests].json
      return { body.enable_thinking, body.thinking_budget }
    end
    assert.same({ true, 150 }, sent { budget = 2 })
    assert.same({}, sent { budget = 100 }) -- all that it may think fits
    assert.same({ false }, sent { budget = 2, thinking_level = "off" })
  end))

  it("leaves alone what somebody has set", paid({ cents(10) }, function(s, agent)
    for _, settings in ipairs { { thinking_level = { budget = 500 } }, { extra = { thinking_budget = 500 } } } do
      settings.model, settings.budget = "qwen3-max", 5.9
      assert.equal("budget", failure(agent(settings), "x").kind)
    end
    assert.equal(0, #s.requests)
    agent { model = "qwen3-max", budget = 6, thinking_level = { budget = 500 } } "x"
    assert.equal(500, s.requests[1].json.thinking_budget)
  end))

  it("refuses when not even a thought is left", paid({}, function(_, agent)
    assert.equal("budget", failure(agent { model = "qwen3-max", budget = 1 }, "x").kind)
  end))
end)

describe("lash.budget", function()
  it("holds for all that runs in its block, and no longer", paid(function() return cents(40) end, function(s, agent)
    do
      local cap <close> = lash.budget(1.5)
      agent() "x"
      close_to(0.4, cap.spent.usd)
      assert.same({ 50, 1 }, { cap.spent.tokens, cap.spent.calls })
      agent() "y"
      assert.equal("budget", failure(agent(), "z").kind)
      assert.equal("budget", failure(lash.try, agent(), "z").kind) -- ends the run
      assert.equal("lash.budget: $0.8, 100 tokens, 2 calls spent", tostring(cap))
    end
    agent() "x"
    assert.equal(3, #s.requests)
  end))

  it("nests, and the nearest limit counts", paid(function() return cents(50) end, function(_, agent)
    local outer <close> = lash.budget(1.6)
    do
      local inner <close> = lash.budget { calls = 1 }
      agent() "x"
      assert.matches("1 call spent", failure(agent(), "x").message)
      assert.equal(1, inner.spent.calls)
    end
    assert.equal("budget", failure(agent { budget = 0.5 }, "x").kind)
    agent { budget = 50 } "x"
    assert.matches("%$1%.6", failure(agent { budget = 50 }, "x").message)
    assert.equal(2, outer.spent.calls)
  end))

  it("may be closed before its block ends, in any order", paid(function() return cents(1) end, function(_, agent)
    local outer, inner = lash.budget { calls = 0 }, lash.budget { calls = 0, time = 100 }
    outer:close()
    assert.equal("budget", failure(agent(), "x").kind)
    inner:close()
    inner:close()
    assert.equal("ok", agent() "x")
    assert.is_nil(task.deadline())
  end))

  it("holds in tasks that begin inside", paid(function() return cents(30) end, function(_, agent)
    local cap <close> = lash.budget(1.2)
    task.gather { function() agent() "x" end }
    close_to(0.3, cap.spent.usd)
    local err = failure(task.gather, { function() agent { max_tokens = 91 } "x" end })
    assert.equal("budget", err.kind)
  end))

  it("of time ends what waits inside", paid({}, function()
    local began = loop.now()
    local err = failure(function()
      local _ <close> = lash.budget { time = "50ms" }
      lash.sleep(20)
    end)
    assert.same({ "budget", 79 }, { err.kind, err.exit })
    assert.is_true(loop.now() - began < 5)
    lash.sleep(0.06)
  end))
end)

describe("agents within a budget", function()
  it("fail as tools do when the budget is their own", paid(function(request)
    local last = request.json.messages[#request.json.messages]
    if request.prompt == "slow" then return { text = "late", delay = 20 } end
    if request.json.messages[1].content == "boss" then
      if last.role == "tool" then return { text = last.content } end
      return { tool = "worker", arguments = { prompt = "go" }, usage = { input = 10, output = 1 } }
    end
    return { tool = "f", usage = { input = 10, output = 90 } }
  end, function(_, agent)
    local f = lash.tool { name = "f", about = "F.", loop_ok = true, run = function() return "again" end }
    local function boss(worker, budget)
      return agent { instructions = "boss", tools = { worker }, budget = budget }
    end
    for limits, told in pairs { [{ usd = 2 }] = "^error: budget: the budget of %$2 does not cover the next request",
      [{ calls = 1 }] = "^error: budget: the budget of 1 call is used up" } do
      local worker = agent { name = "worker", about = "W.", tools = { f }, budget = limits }
      assert.matches(told, boss(worker, 100) "x")
    end
    local slow = lash.tool { name = "worker", about = "W.", params = "prompt: string", run = function()
      return agent() ("slow", { budget = { time = 0.1 } })
    end }
    assert.matches("^error: budget: the budget of 0%.1 s is used up", boss(slow, 100) "x")
    local worker = agent { name = "worker", about = "W.", tools = { f }, budget = 100 }
    assert.matches("budget of %$3 ", failure(boss(worker, 3), "x").message) -- the outer one's
  end))

  local function boss(request)
    local messages = request.json.messages
    if messages[1].content ~= "boss" then
      return { text = "worked", usage = { input = 10, output = 40 }, delay = 0.02 }
    end
    if messages[3] then return cents(1, messages[#messages].content) end
    local calls = {}
    for i = 1, 4 do calls[i] = { tool = "worker", arguments = { prompt = "go " .. i } } end
    return { calls = calls, usage = { input = 10, output = 20 } }
  end

  it("share that of the run around them, and end it", paid(boss, function(s, agent)
    local worker = agent { name = "worker", about = "Works.", instructions = "worker" }
    local err = failure(agent { instructions = "boss", tools = { worker }, budget = 2 }, "x")
    assert.equal("budget", err.kind)
    assert.equal("boss", err.run.messages[1].content)
    -- 0.20 for the boss; then one after another, while a whole dollar is left.
    close_to(1.4, err.run.cost)
    assert.equal(4, #s.requests)
  end))

  it("do not overspend together, but wait for each other", paid(boss, function(s, agent)
    local here, most = 0, 0
    local function count(ev)
      here = here + (ev.type == "start" and 1 or ev.type == "done" and -1 or 0)
      most = math.max(most, here)
    end
    local worker = agent { name = "worker", about = "Works.", instructions = "worker", on = count }
    local run = agent({ instructions = "boss", tools = { worker }, budget = 3.4 }):run "x"
    assert.equal("worked", run.value)
    assert.equal(6, #s.requests)
    assert.equal(4, most) -- they began side by side
    close_to(0.2 + 4 * 0.4 + 0.01, run.cost)
  end))

  it("never wait for what waits for them", paid({ { text = { "a", "b" } }, cents(1) }, function(_, agent)
    local cap <close> = lash.budget(1.5)
    local err
    for ev in agent():stream "x" do
      if ev.type == "text" and not err then
        err = failure(agent(), "within")
        assert.equal("budget", failure(task.gather, { function() agent() "within" end }).kind)
      end
    end
    assert.equal("budget", err.kind)
    assert.is_true(cap.spent.usd < 1)
    local inner
    agent({ on = function(ev)
      if ev.type == "text" and not inner then inner = failure(agent(), "within") end
    end }) "x"
    assert.equal("budget", inner.kind)
  end))

  it("can be left while they wait", paid(function() return { text = "ok", delay = 20 } end, function(_, agent)
    local cap <close> = lash.budget(1.5)
    local first <close> = sched.spawn_daemon(function() agent() "x" end)
    sched.sleep(0.05)
    local ok, err = pcall(task.with_deadline, loop.now() + 0.05, require("lash.errors").new("timeout", "late"),
      function() agent() "y" end)
    assert.same({ false, "late" }, { ok, err.message })
    first:cancel()
    pcall(first.join, first)
    assert.equal(1, cap.spent.calls)
    cap:close()
  end))
end)

describe("--budget", function()
  it("is that of the whole run", function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-fake" }
    sh.variables.DASHSCOPE_API_BASE =
      sh:fake "return function() return { text = 'ok', usage = { input = 10, output = 5000 } } end"
    -- qwen3-max: an answer may take 8192 tokens at $6 a million.
    local CODE = "for i = 1, 9 do print(lash.ask('x ' .. i)) end"
    local ended = sh:lash("--budget", "0.1", "-e", CODE)
    local price = require("lash.core.dashscope").model("qwen3-max").price.output / 1e6
    local n = 0
    while 0.1 - n * 5000 * price > 8192 * price do n = n + 1 end
    assert.same({ 79, ("ok\n"):rep(n) }, { ended.exit, ended.out })
    assert.matches("^lash: budget: the budget of %$0%.1 does not cover the next request: ", ended.err)
    ended = sh:lash("ask", "--budget=0.0001", "x")
    assert.same({ 79, "" }, { ended.exit, ended.out })
    for _, wrong in ipairs { "-1", "x", "nan" } do
      ended = sh:lash("ask", "--budget=" .. wrong, "x")
      assert.same({ 64, true }, { ended.exit, ended.err:find("--budget", 1, true) ~= nil }, ended.err)
    end
  end)
end)
