--- The calls of a turn: in which order, how many, how often; every one answered.
local cjson = require "cjson"
local json = require "lash.core.json"
local lash = require "lash"
local loop = require "lash.core.loop"
local model = require "spec.support.model"
local spill = require "lash.tool.spill"

local fake, failure = model.fake, model.failure

local function tool(name, run, options)
  local spec = { name = name, about = "Does " .. name .. ".", run = run }
  for k, v in pairs(options or {}) do spec[k] = v end
  return lash.tool(spec)
end

--- Are all calls of a conversation answered, in their order?
local function check_answers(messages)
  local i, n = 1, 0
  while messages[i] do
    for k, call in ipairs(messages[i].tool_calls or {}) do
      local answer = messages[i + k]
      assert.same({ "tool", call.id }, { answer.role, answer.tool_call_id })
      assert.equal("string", type(answer.content))
      n = n + 1
    end
    i = i + 1
  end
  return n
end

--- Contents of the answers in a list of messages.
local function told(messages)
  local list = {}
  for _, m in ipairs(messages) do
    if m.role == "tool" then list[#list + 1] = m.content end
  end
  return list
end

describe("the calls of a turn", function()
  it("are checked, all of them, before one runs", fake({
    { calls = { { tool = "f", arguments = { n = 1 } }, { tool = "f", arguments = { n = "two" } } } }, { text = "ok" },
  }, function(s, agent)
    local order = {}
    local f = tool("f", function() order[#order + 1] = "run" end, { params = "n: integer" })
    agent { tools = { f }, on = function(ev) order[#order + 1] = ev.type end } "x"
    assert.equal("start tool_call tool_call usage run tool_result tool_result text usage done",
      table.concat(order, " "))
    assert.same({ "(no result)", 'error: args.n: expected integer, got "two"' }, told(s.requests[2].json.messages))
  end))

  it("take the time that they are at work, not that of the person who allows it", fake({
    { tool = "f" }, { text = "ok" },
  }, function(_, agent)
    local approve, late, now = require "lash.approve", 0, loop.now
    local ask = approve.ask
    loop.now = function() return now() + late end
    approve.ask = function()
      late = late + 1000
      return true
    end
    local _back <close> = setmetatable({}, { __close = function() approve.ask, loop.now = ask, now end })
    local run = agent({ tools = { tool("f", function() late = late + 100 end, { confirm = true }) } }):run "x"
    assert.is_true(run.tool_calls[1].seconds >= 100 and run.tool_calls[1].seconds < 1000, run.tool_calls[1].seconds)
  end))

  it("run side by side also when one of them is malformed", fake({
    { calls = { { tool = "f" }, { tool = "f", arguments = { n = 1 } }, { tool = "f" } } }, { text = "ok" },
  }, function(_, agent)
    local here, most = 0, 0
    local f = tool("f", function()
      here = here + 1
      most = math.max(most, here)
      lash.sleep(0.02)
      here = here - 1
    end, { parallel = true })
    assert.equal(3, #agent({ tools = { f } }):run("x").tool_calls)
    assert.equal(2, most)
  end))

  it("may be fifty at once", fake(function(request)
    if request.json.messages[3] then return "ok" end
    local calls = {}
    for i = 1, 50 do calls[i] = { tool = "wait", arguments = { n = i } } end
    return { calls = calls }
  end, function(_, agent)
    local here, most = 0, 0
    local wait = tool("wait", function()
      here = here + 1
      most = math.max(most, here)
      while most < 50 do lash.sleep(0.001) end -- one after another would never come to an end
      here = here - 1
    end, { readonly = true, params = "n: integer" })
    local run = agent({ tools = { wait }, timeout = "60s" }):run "x"
    assert.same({ 50, 50 }, { #run.tool_calls, most })
  end))

  it("are told and recorded in their order, whichever ends first", fake({
    { calls = { { tool = "f", arguments = { n = 3 } }, { tool = "f", arguments = { n = 1 } } } }, { text = "ok" },
  }, function(s, agent)
    local f = tool("f", function(n)
      lash.sleep(n / 100)
      return n
    end, { params = "n: integer", readonly = true })
    local run = agent({ tools = { f } }):run "x"
    assert.same({ "3", "1" }, told(s.requests[2].json.messages))
    assert.same({ "3", "1" }, { run.tool_calls[1].content, run.tool_calls[2].content })
  end))

  it("end with their turns, and the error counts these", fake({ { tool = "f" }, { tool = "f" }, { tool = "f" } },
  function(_, agent)
    local f = tool("f", function() return "x" end)
    assert.equal("no answer after 1 turn", failure(agent { tools = { f }, max_turns = 1 }, "x").message)
    assert.equal("no answer after 2 turns", failure(agent { tools = { f }, max_turns = 2 }, "x").message)
  end))

  it("are answered when there are too many of them, and none is carried out", fake({
    { tool = "f" }, { calls = { { tool = "f" }, { tool = "f" } } },
  }, function(_, agent)
    local ran, events = 0, 0
    local f = tool("f", function() ran = ran + 1 end)
    local err = failure(agent { tools = { f }, max_tool_calls = 2,
      on = function(ev) if ev.type == "tool_result" then events = events + 1 end end }, "x")
    assert.same({ "turns", 79, 1, 1, 3 }, { err.kind, err.exit, ran, #err.run.tool_calls, events })
    assert.equal(3, check_answers(err.run.messages))
    assert.equal("error: not carried out: 2 tool calls is the limit", told(err.run.messages)[3])
  end))

  it("are answered when the run is stopped among them", fake(function()
    return { calls = { { tool = "quick" }, { tool = "slow" }, { tool = "quick" } } }
  end, function(_, agent)
    for _, parallel in ipairs { false, true } do
      local quick = tool("quick", function() return "done" end, { parallel = parallel })
      local slow = tool("slow", function() lash.sleep(20) end, { parallel = parallel })
      local err = failure(agent { tools = { quick, slow }, timeout = 1 }, "x")
      assert.equal("timeout", err.kind)
      assert.equal(3, check_answers(err.run.messages))
      local answers = told(err.run.messages)
      assert.equal("done", answers[1])
      assert.matches(parallel and "^error: stopped before its end" or "^error: timeout: no answer", answers[2])
      assert.equal(parallel and "done" or "error: not carried out: the run ended first", answers[3])
      assert.equal(parallel and 3 or 2, #err.run.tool_calls)
    end
  end))

  it("are answered when somebody who listens fails, or the turn was cut", fake({
    { calls = { { tool = "f" }, { tool = "f" } } }, { tool = "f", finish = "content_filter" },
  }, function(_, agent)
    local f = tool("f", function() end)
    local seen
    local a = agent { tools = { f } }
    local err = failure(function()
      return a:run("x", { on = function(ev)
        if ev.type == "start" then seen = ev end
        if ev.type == "usage" then lash.fail("input", "enough") end
      end })
    end)
    assert.equal("enough", err.message)
    assert.truthy(seen)
    assert.equal(2, check_answers(err.run.messages))
    err = failure(a, "y")
    assert.equal("content_filter", err.kind)
    assert.equal(1, check_answers(err.run.messages))
  end))

  it("are answered beside a final answer", fake({
    { calls = { { tool = "f" }, { tool = "final_answer", arguments = { value = "x" } }, { tool = "f" } } },
  }, function(_, agent)
    local f = tool("f", function() error "must not run" end)
    local run = agent({ tools = { f }, returns = "string", model = "qwen-max" }):run "x"
    assert.equal("x", run.value)
    assert.equal(3, check_answers(run.messages))
  end))

  it("that fit no tool end the run when three come in a row", fake(function(request)
    local n = #request.json.messages // 2
    return { tool = n % 3 == 2 and "f" or "ghost" }
  end, function(_, agent)
    local f = tool("f", function() return "ok" end, { loop_ok = true })
    local err = failure(agent { tools = { f }, max_turns = 8 }, "x")
    assert.equal("turns", err.kind)
    f = tool("f", function() return "ok" end, { params = "n: integer" })
    err = failure(agent { tools = { f }, max_turns = 8 }, "x")
    assert.same({ "protocol", 3 }, { err.kind, err.run.turns })
    assert.equal(3, check_answers(err.run.messages))
  end))
end)

describe("a loop of calls", function()
  it("is told the third time, and ends the run the fifth", fake(function()
    return { tool = "f", arguments = { n = 1 } }
  end, function(s, agent)
    local f = tool("f", function() return "same" end, { params = "n: integer" })
    local err = failure(agent { tools = { f } }, "x")
    assert.same({ "loop", 79, false, 5, 5 }, { err.kind, err.exit, err.temporary, #s.requests, err.run.turns })
    assert.equal("f was called 5 times with the same arguments, and gave the same result", err.message)
    local answers = told(err.run.messages)
    assert.equal(5, check_answers(err.run.messages))
    assert.same({ "same", "same" }, { answers[1], answers[2] })
    for i = 3, 5 do
      assert.matches(("^same\n\n%%[lash: %d times the same call"):format(i), answers[i])
      assert.equal(answers[i], err.run.tool_calls[i].content)
    end
  end))

  it("is one also between several calls, and of failures", fake(function(request)
    return { tool = #request.json.messages % 4 == 1 and "a" or "b" }
  end, function(_, agent)
    local a, b = tool("a", function() return nil, "no" end), tool("b", function() return ("b"):rep(100000) end)
    local err = failure(agent { tools = { a, b } }, "x")
    assert.equal("loop", err.kind)
    assert.is_true(err.run.turns <= 12, err.run.turns)
    spill.close()
  end))

  it("is none while something new comes, with other arguments, or when the tool says so", fake(function(request)
    local n = #request.json.messages // 2
    if n == 8 then return "ok" end
    if request.prompt == "x" or not request.json.messages[3] then request.kind = request.prompt end
    local kind = request.json.messages[1].content
    if kind == "other" then return { tool = "f", arguments = { n = n } } end
    if kind == "between" then return { tool = n % 2 == 0 and "f" or "g", arguments = { n = n % 2 * n } } end
    return { tool = kind, arguments = { n = 1 } }
  end, function(_, agent)
    local count = 0
    local tools = {
      tool("f", function() return "same" end, { params = "n: integer" }),
      tool("g", function(n) return n end, { params = "n: integer" }),
      tool("poll", function() return "pending" end, { params = "n: integer", loop_ok = true }),
      tool("clock", function()
        count = count + 1
        return count
      end, { params = "n: integer" }),
    }
    for _, kind in ipairs { "other", "between", "poll", "clock" } do
      assert.equal("ok", agent { tools = tools } (kind))
    end
  end))

  it("is none within one turn: the model has seen no result yet", fake({
    { calls = { { tool = "f" }, { tool = "f" }, { tool = "f" }, { tool = "f" }, { tool = "f" }, { tool = "f" } } },
    { text = "ok" },
  }, function(_, agent)
    assert.equal("ok", agent { tools = { tool("f", function() return "heads" end) } } "x")
  end))
end)

describe("a run with few turns left", function()
  --- The turns after which a model with `most` of them is told.
  local function told_after(agent, most)
    local f = tool("f", function(n) return n end, { params = "n: integer" })
    local found = {}
    for i, content in ipairs(told(failure(agent { tools = { f }, max_turns = most }, "x").run.messages)) do
      if content:find("[lash: turn", 1, true) then
        assert.matches(("^%d\n\n%%[lash: turn %d of %d is over: "):format(i, i, most), content)
        found[#found + 1] = i
      end
    end
    return found
  end

  it("is told at 70 % and 90 % of them", fake(function(request)
    return { tool = "f", arguments = { n = (#request.json.messages + 1) // 2 } }
  end, function(_, agent)
    assert.same({ 7, 9 }, told_after(agent, 10))
    assert.same({ 21, 27 }, told_after(agent, 30))
    assert.same({ 2 }, told_after(agent, 3))
    assert.same({}, told_after(agent, 1))
  end))

  it("is told in the last answer of the turn, and nowhere else", fake(function(request)
    if request.json.messages[4] then return "ok" end
    return { calls = { { tool = "f" }, { tool = "f" } } }
  end, function(s, agent)
    local run = agent({ tools = { tool("f", function() return "r" end) }, max_turns = 2 }):run "x"
    local answers = told(s.requests[2].json.messages)
    assert.equal("r", answers[1])
    assert.matches("^r\n\n%[lash: turn 1 of 2 is over: .*%]$", answers[2])
    assert.equal("r", run.tool_calls[2].content)
  end))
end)

describe("a tool's timeout", function()
  it("stops a tool that computes, and the run goes on", fake({
    { tool = "busy" }, { text = "ok" },
  }, function(s, agent)
    local busy = tool("busy", function() while true do end end, { timeout = "50ms" })
    local run = agent({ tools = { busy } }):run "x"
    assert.equal("ok", run.value)
    assert.same({ "error: timeout: busy took longer than 0.05 s" }, told(s.requests[2].json.messages))
    assert.is_true(run.tool_calls[1].seconds < 1)
  end))

  it("may be the agent's: it ends tools that compute, one or several", fake(function()
    return { calls = { { tool = "busy", arguments = { n = 1 } }, { tool = "busy", arguments = { n = 2 } } } }
  end, function(_, agent)
    for _, parallel in ipairs { false, true } do
      local began = loop.now()
      local busy = tool("busy", function() while true do end end, { params = "n: integer", parallel = parallel })
      local err = failure(agent { tools = { busy }, timeout = 1 }, "x")
      assert.same({ "timeout", "no answer within 1 s" }, { err.kind, err.message })
      assert.equal(2, check_answers(err.run.messages))
      assert.is_true(loop.now() - began < 5)
    end
  end))

  it("counts for each of several calls, and when a script calls it", fake({
    { calls = { { tool = "f", arguments = { wait = 0 } }, { tool = "f", arguments = { wait = 20 } } } },
    { text = "ok" },
  }, function(_, agent)
    local f = tool("f", function(wait) lash.sleep(wait) end,
      { params = "wait: number", timeout = 0.1, parallel = true })
    local run = agent({ tools = { f } }):run "x"
    assert.same({ true, false }, { run.tool_calls[1].ok, run.tool_calls[2].ok })
    local err = failure(f, { wait = 20 })
    assert.same({ "timeout", "f took longer than 0.1 s" }, { err.kind, err.message })
  end))

  it("is in the context, where it is the nearest deadline", fake(function(request)
    return request.json.messages[3] and "ok" or { calls = { { tool = "short" }, { tool = "none" } } }
  end, function(_, agent)
    local seen = {}
    local function note(ctx) seen[ctx.name] = ctx end
    local short, none = tool("short", note, { timeout = 5 }), tool("none", note)
    agent { tools = { short, none } } "x"
    assert.is_nil(seen.none.deadline)
    assert.is_true(math.abs(seen.short.deadline - os.time() - 5) < 2)
    assert.same({ "short", 1 }, { seen.short.name, seen.short.attempt })
    local run = agent({ tools = { short, none }, timeout = 100 }):run "x"
    assert.is_true(math.abs(seen.none.deadline - os.time() - 100) < 2)
    assert.is_true(math.abs(seen.short.deadline - os.time() - 5) < 2)
    assert.matches("^" .. run.id .. "/", seen.none.key)
    assert.not_equal(seen.none.key, seen.short.key)
  end))
end)

describe("what a tool returns", function()
  it("is for the model without secrets, in events and records too", fake({ { tool = "f" }, { text = "ok" } },
    function(s, agent)
      lash.secret "hunter2-hunter2"
      local contents = {}
      local f = tool("f", function() return { key = "hunter2-hunter2" } end)
      local run = agent({ tools = { f }, on = function(ev) contents[#contents + 1] = ev.content end }):run "x"
      local expected = '{"key":"[secret]"}'
      assert.same({ expected }, told(s.requests[2].json.messages))
      assert.same({ expected, expected }, { contents[1], run.tool_calls[1].content })
    end))

  it("may be 50 MB of rubbish", fake({ { tool = "f" }, { text = "ok" } }, function(s, agent)
    local f = tool("f", function() return ("\0\xFF"):rep(25 << 20) end)
    local run = agent({ tools = { f } }):run "x"
    assert.equal("ok", run.value)
    assert.is_true(#s.requests[2].body < 200000)
    assert.truthy(cjson.decode(s.requests[2].body))
    assert.truthy(json.encode(run.messages))
    spill.close()
  end))
end)

describe("a task that a tool's function begins", function()
  --- What the model is told when its tool is this function, and then another one is
  --- called, which waits.
  local function answers(run, options)
    local texts
    fake({ { calls = { { tool = "f" }, { tool = "next" } } }, { text = "ok" } }, function(_, agent)
      local next_one = tool("next", function()
        lash.sleep(0.01)
        return "fine"
      end)
      local record = agent({ tools = { tool("f", run, options), next_one } }):run "x"
      assert.equal("ok", record.value)
      texts = told(record.messages)
    end)()
    return texts
  end

  it("belongs to the call, which is over when it is", function()
    local log = {}
    assert.same({ "begun", "fine" }, answers(function()
      lash.spawn(function()
        lash.spawn(function()
          lash.sleep(0.01)
          log[1] = "done"
        end)
      end)
      return "begun"
    end))
    assert.same({ "done" }, log)
  end)

  it("fails the call, and no other", function()
    local function fail(seconds)
      return function()
        lash.sleep(seconds)
        error("of the task", 0)
      end
    end
    local functions = {
      returns = function() lash.spawn(fail(0)) end,
      waits = function()
        lash.spawn(fail(0))
        lash.sleep(60)
      end,
      swallows = function()
        lash.spawn(fail(0))
        pcall(lash.sleep, 60)
        return "fine"
      end,
      ["leaves another"] = function()
        lash.spawn(lash.sleep, 60)
        lash.spawn(fail(0))
      end,
      ["is itself in a tool"] = function()
        return tool("inner", function() lash.spawn(fail(0)) end) {}
      end,
    }
    for name, f in pairs(functions) do
      assert.same({ name, "error: of the task", "fine" }, { name, table.unpack(answers(f)) })
    end
  end)

  it("ends with the call's time, and with its failure", function()
    local closed = 0
    local function wait()
      local _ <close> = setmetatable({}, { __close = function()
        lash.sleep(0)
        closed = closed + 1
      end })
      lash.sleep(60)
    end
    assert.same({ "error: timeout: f took longer than 0.02 s", "fine" },
      answers(function() lash.spawn(wait) end, { timeout = 0.02 }))
    assert.same({ "error: own", "fine" }, answers(function()
      lash.spawn(wait)
      lash.sleep(0)
      error("own", 0)
    end))
    assert.equal(2, closed)
  end)

  it("may be joined, cancelled, and left by its own", function()
    assert.same({ "1", "fine" }, answers(function()
      local _task <close> = lash.spawn(lash.sleep, 60)
      lash.spawn(lash.sleep, 60):cancel()
      lash.try(function() lash.spawn(lash.fail, "network", "x"):join() end)
      return lash.spawn(function() return 1 end):join()
    end))
  end)
end)
