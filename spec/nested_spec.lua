--- Agents among the tools of an agent.
local errors = require "lash.errors"
local lash = require "lash"
local loop = require "lash.core.loop"
local model = require "spec.support.model"

local fake, failure = model.fake, model.failure

--- The system text of a request: who is asked.
local function who(request) return request.json.messages[1].content end

--- Contents of the results of tools in a request.
local function told(request)
  local list = {}
  for _, m in ipairs(request.json.messages) do
    if m.role == "tool" then list[#list + 1] = m.content end
  end
  return list
end

local USAGE = { input = 1000000, output = 0 }

--- A boss who asks his workers, each once, and says "done" with what they said.
local function office(answer)
  return function(request)
    if who(request) ~= "boss" then return answer(request) end
    local results = told(request)
    if #results > 0 then return { text = "done: " .. table.concat(results, ", "), usage = USAGE } end
    local calls = {}
    for i, t in ipairs(request.json.tools) do
      calls[i] = { tool = t["function"].name, arguments = { prompt = "go " .. i } }
    end
    return { calls = calls, usage = USAGE }
  end
end

describe("an agent among tools", function()
  it("is a tool with a prompt, and its answer is the result", fake(office(function(request)
    return { text = who(request) .. " went " .. request.prompt }
  end), function(s, agent)
    local worker = agent { name = "worker", about = "Works.", instructions = "worker" }
    assert.equal("done: worker went go 1", agent { instructions = "boss", tools = { worker } } "x")
    local declared = s.requests[1].json.tools[1]["function"]
    assert.same({ "worker", "Works.", { "prompt" } },
      { declared.name, declared.description, declared.parameters.required })
  end))

  it("needs a name and a word about it, when the other one is made", fake({}, function(_, agent)
    for _, half in ipairs { { name = "x" }, { about = "x" }, {} } do
      local err = failure(agent, { tools = { agent(half) } })
      assert.same({ "usage", "an agent among the tools of another needs a 'name' and an 'about'" },
        { err.kind, err.message })
    end
  end))

  it("gives a table where its answer has a type", fake(office(function()
    return { tool = "final_answer", arguments = { n = 7 } }
  end), function(_, agent)
    local worker = agent { name = "worker", about = "Works.", model = "qwen-max", returns = "n: integer" }
    assert.equal('done: {"n":7}', agent { instructions = "boss", tools = { worker } } "x")
  end))

  it("counts for the run around it: usage, cost, calls", fake(office(function(request)
    if not told(request)[1] then return { tool = "dig", usage = USAGE } end
    return { text = "dug", usage = USAGE }
  end), function(_, agent)
    local dig = lash.tool { name = "dig", about = "Dig.", run = function() return "hole" end }
    local worker = agent { name = "worker", about = "Works.", instructions = "w", tools = { dig } }
    local run = agent({ name = "boss", instructions = "boss", tools = { worker } }):run "x"
    assert.equal(4000000, run.usage.input)
    local price = require("lash.models").row("qwen3-max").price.input
    assert.is_true(math.abs(run.cost - 4 * price) < 1e-9, run.cost)
    assert.same({ "dig", "worker" }, { run.tool_calls[1].name, run.tool_calls[2].name })
    assert.equal("worker", run.tool_calls[1].agent)
    assert.not_equal(run.id, run.tool_calls[1].run)
    assert.is_nil(run.tool_calls[2].run)
    assert.equal(2, run.turns)
  end))

  it("makes the cost unknown when its own is", fake(office(function() return { text = "ok", usage = USAGE } end),
    function(_, agent)
      lash.models.define("qwen-flash", { price = {} })
      local worker = agent { name = "worker", about = "Works.", model = "qwen-flash" }
      local run = agent({ instructions = "boss", tools = { worker } }):run "x"
      assert.same({ 3000000, nil }, { run.usage.input, run.cost })
    end))

  it("fails as a tool does, and what it has used counts", fake(office(function(request)
    if not told(request)[1] then return { tool = "dig", usage = USAGE } end
    return { status = 400, message = "bad worker" }
  end), function(s, agent)
    local dig = lash.tool { name = "dig", about = "Dig.", run = function() return "hole" end }
    local worker = agent { name = "worker", about = "Works.", tools = { dig } }
    local run = agent({ instructions = "boss", tools = { worker } }):run "x"
    assert.matches("^done: error: invalid: .*bad worker", run.value)
    assert.same({ false, 3000000 }, { run.tool_calls[2].ok, run.usage.input })
    assert.equal(4, #s.requests)
  end))

  it("ends the run around it by what ends a run", fake(office(function() return { tool = "f" } end), function(_, agent)
    for _, kind in ipairs { "budget", "cancelled", "interrupted" } do
      local f = lash.tool { name = "f", about = "F.", run = function() errors.raise(kind, "stop") end }
      local worker = agent { name = "worker", about = "Works.", instructions = "worker", tools = { f } }
      local err = failure(agent { name = "boss", instructions = "boss", tools = { worker } }, "x")
      assert.same({ kind, "boss" }, { err.kind, err.run.agent })
    end
  end))

  it("ends with the deadline of the run around it", fake(office(function() return { text = "late", delay = 20 } end),
    function(_, agent)
      local began = loop.now()
      local worker = agent { name = "worker", about = "Works." }
      local err = failure(agent { instructions = "boss", tools = { worker }, timeout = 0.3 }, "x")
      assert.same({ "timeout", "no answer within 0.3 s" }, { err.kind, err.message })
      assert.is_true(loop.now() - began < 5)
    end))

  it("may fail by its own deadline alone", fake(office(function() return { text = "late", delay = 20 } end),
    function(_, agent)
      local worker = agent { name = "worker", about = "Works.", timeout = 0.1 }
      assert.equal("done: error: timeout: no answer within 0.1 s",
        agent { instructions = "boss", tools = { worker } } "x")
    end))

  it("tells the listeners of the run around it, too", fake(office(function() return { text = "worked" } end),
    function(_, agent)
      local heard, own = {}, {}
      local worker = agent { name = "worker", about = "Works.", on = function(ev) own[#own + 1] = ev.type end }
      local boss = agent { name = "boss", instructions = "boss", tools = { worker } }
      local ids = {}
      for ev in boss:stream "x" do
        heard[#heard + 1] = ev.agent .. " " .. ev.type
        ids[ev.agent] = ev.run
        if ev.agent == "worker" then assert.equal(ids.boss, ev.parent) else assert.is_nil(ev.parent) end
        if ev.type == "text" then heard[#heard] = nil end
      end
      assert.equal("boss start, boss tool_call, boss usage, worker start, worker usage, worker done, boss tool_result, "
        .. "boss usage, boss done", table.concat(heard, ", "))
      assert.equal("start", own[1])
      assert.equal("done", own[#own])
    end))

  it("nests five deep, and the sixth is a failure that says so", fake(function(request)
    local results = told(request)
    if #results > 0 then return results[1] end
    return { tool = "worker", arguments = { prompt = request.prompt .. "!" } }
  end, function(s, agent)
    local tools = {}
    local worker = agent { name = "worker", about = "Works.", tools = tools }
    tools[1] = worker
    assert.equal("error: usage: agents within agents: 5 deep is the limit", worker "x")
    assert.equal(10, #s.requests)
  end))

  it("counts as deep when a tool asks it by itself", fake(function() return { tool = "f" } end, function(s, agent)
    local a
    local f = lash.tool { name = "f", about = "F.", run = function() return a "again" end }
    a = agent { tools = { f }, max_turns = 1 }
    local run = failure(a, "x").run
    assert.equal(5, #s.requests)
    assert.equal(5, #run.tool_calls)
  end))
end)

describe("agents among tools", function()
  --- How many of three workers are asked at once.
  local function most(agent, options, tools)
    local here, peak = 0, 0
    local workers = {}
    for i = 1, 3 do
      local settings = { name = "w" .. i, about = "Works.", instructions = "w", tools = tools,
        on = function(ev)
          here = here + (ev.type == "start" and 1 or ev.type == "done" and -1 or 0)
          peak = math.max(peak, here)
        end }
      for k, v in pairs(options) do settings[k] = v end
      workers[i] = agent(settings)
    end
    agent { instructions = "boss", tools = workers } "x"
    return peak
  end

  it("work side by side unless their tools forbid it, or they are told", fake(office(function()
    return { text = "ok", delay = 0.02 }
  end), function(s, agent)
    local reads = lash.tool { name = "reads", about = "Reads.", readonly = true, run = function() end }
    local writes = lash.tool { name = "writes", about = "Writes.", run = function() end }
    assert.equal(3, most(agent, {}))
    assert.is_true(s.requests[1].json.parallel_tool_calls)
    assert.equal(3, most(agent, {}, { reads }))
    assert.equal(1, most(agent, {}, { reads, writes }))
    assert.equal(3, most(agent, { parallel = true }, { writes }))
    assert.equal(1, most(agent, { parallel = false }))
  end))
end)
