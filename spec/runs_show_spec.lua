--- lash runs show: what happened in a run.
local runs = require "spec.support.runs"

local function steps_of(text) return text:match "\nsteps\n(.-)\n*$" or "" end

--- The output without blanks at the ends of lines, and with one between columns.
local function squeezed(text) return (text:gsub("([^ \n]) +", "%1 ")) end

local FIELDS = [[
put({ id = ("r"):rep(26), kind = "workflow", name = "triage", identity = "x", state = "failed", exit = 69, starts = 2,
  script = "/home/me/triage.lua", words = '["-m","qwen3-max","triage.lua","--title=a b"]', folder = "/home/me",
  error = "network", message = "no route", ended = 1e9 + 100, seconds = 12.34 }, {
  { key = "/fetch" },
  { key = "/classify[id=7]", ended = 1e9 + 2 },
  { key = "/classify[id=7]/ask", kind = "agent" },
  { key = "/classify[id=7]/ask/turn[1]", kind = "model", model = "m", state = "lost", usd = 0.05, tokens = 9000 },
  { key = "/classify[id=7]/ask/turn[1]", kind = "model", model = "m", attempt = 2, usd = 0.001, tokens = 30,
    usage = '{"input":20,"output":10}' },
  { key = "/classify[id=7]/ask/turn[1].1/weather", kind = "tool", state = "failed", error = "input",
    message = "no\ncity" },
  { key = "/old", state = "replaced", ended = 1e9 + 1 },
  { key = "/old/ask/turn[1]", kind = "model", model = "m", state = "replaced", usd = 0.002, tokens = 7, ended = 1e9 + 1,
    usage = '{"input":4,"output":3}' },
  { key = "/post", state = "replaced" },
  { key = "/post", attempt = 2, state = "begun" },
  { key = "/post/~1/ask/turn[1]", kind = "model", model = "other", tokens = 5 },
  { key = "/approve", kind = "question", result = "true" } })]]

describe("lash runs show", function()
  it("shows the record and a tree of steps", function()
    local sh <close> = runs.new(FIELDS)
    local res = sh:lash("runs", "show", "rrrr")
    assert.same({ 0, "" }, { res.exit, res.err })
    local text = squeezed(res.out)
    for _, line in ipairs { "name triage (workflow)", "state failed",
      "command lash -m qwen3-max triage.lua '--title=a b'",
      "folder /home/me", "at work 12.3 s in 2 processes", "exit 69", "error network: no route",
      "model calls 4, 42 tokens (24 in, 13 out)", "cost ≥$0.003000, without 1 call of unknown price",
      "possibly paid 1 call, up to $0.050000: sent, and the answer was lost", "to go on lash runs resume r+" } do
      assert.matches("\n" .. line:gsub("[%-%(%)%$%.]", "%%%0") .. "\n", "\n" .. text)
    end
    assert.equal(table.concat({
      "✓ fetch 1.00 s",
      "✓ classify[id=7] 2.00 s 30 tokens ≤$0.051000",
      "  ✓ ask 1.00 s 30 tokens ≤$0.051000",
      "    ✓ turn[1] 1.00 s 30 tokens ≤$0.051000 m, 2 attempts, 1 possibly paid",
      "    ✗ turn[1].1/weather 1.00 s input: no city",
      "! post 5 tokens ? 2 attempts, not finished",
      "  ✓ ~1/ask/turn[1] 1.00 s 5 tokens ? other",
      "✓ approve 1.00 s yes",
    }, "\n"), steps_of(text))
    local widths = {}
    for line in steps_of(res.out):gmatch "[^\n]+" do
      local before = line:match "^(.-)%d tokens"
      if before then widths[utf8.len(before)] = true end
    end
    assert.is_not_nil(next(widths))
    assert.is_nil(next(widths, next(widths))) -- one column
  end)

  it("shows what was replaced with -v, and counts its money in any case", function()
    local sh <close> = runs.new(FIELDS)
    local text = squeezed(sh:lash("runs", "show", "rrrr", "-v").out)
    for _, line in ipairs { "- old 1.00 s 7 tokens $0.002000 replaced",
      "  - ask/turn[1] 1.00 s 7 tokens $0.002000 m, replaced",
      "      ! attempt 1 possibly paid, up to $0.050000", "  - attempt 1 replaced" } do
      assert.truthy(steps_of(text):find(line, 1, true), line .. "\n" .. text)
    end
    assert.equal(text, squeezed(sh:lash("-v", "runs", "show", "rrrr").out))
  end)

  it("tells all in lines of JSON", function()
    local sh <close> = runs.new(FIELDS)
    local list = runs.json(sh:lash("runs", "show", "rrrr", "--json"))
    local run = list[1]
    assert.same({ "run", "triage", "workflow", "failed", 2, 12.34, 4, 42, 1, 69, "network" }, { run.type, run.name,
      run.kind,
      run.state, run.processes, run.seconds, run.calls, run.tokens, run.unpriced, run.exit, run.error })
    assert.same({ { calls = 1, usd = 0.05 }, { input = 24, output = 13 } }, { run.possibly_paid, run.usage })
    assert.equal(13, #list)
    assert.same({ "entry", "/classify[id=7]/ask/turn[1]", 1, "model", "lost", true },
      { list[5].type, list[5].key, list[5].attempt, list[5].kind, list[5].state, list[5].possibly_paid })
    assert.same({ 0.001, 30, "m", { input = 20, output = 10 } }, { list[6].usd, list[6].tokens, list[6].model,
      list[6].usage })
    assert.is_true(list[13].answer)
  end)

  it("tells a call that was cut by the end of the process: possibly paid", function()
    local sh <close> = runs.new()
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    local res = sh:script [[
      local lash = require "lash"
      lash.ask "one"
      lash.ask("two", { on = function(ev) if ev.type == "text" then os.execute "kill -KILL $PPID" end end })]]
    assert.equal(137, res.exit)
    local run = runs.json(sh:lash("runs", "--json"))[1]
    assert.same({ "crashed", "script.lua", 2, 1 }, { run.state, run.name, run.calls, run.possibly_paid.calls })
    assert.truthy(run.possibly_paid.usd > run.usd)
    assert.matches("! ask#2/turn%[1%] .* qwen3%-max, possibly paid, up to %$0%.0", sh:lash("runs", "show", "last").out)
  end)

  it("finds a run by the id in the events of an agent", function()
    local sh <close> = runs.new()
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    local events = runs.json(sh:lash("ask", "--json", "hi"))
    assert.equal("start", events[1].type)
    local run = runs.json(sh:lash("runs", "show", events[1].run, "--json"))
    assert.same({ "ask", "done", events[1].run }, { run[1].name, run[1].state, run[2].agent })
  end)

  it("shows what others wrote harmlessly", function()
    local sh <close> = runs.new [[put({ id = "evil", name = "a\27[2Jb\nstate: fine", message = "x\ny", error = "e\n",
      words = '["\\u001b[31m"]', started = 1e300, seconds = 1e300, ended = -1e300 }, { { key = "/a\nb\27c" } })]]
    for _, words in ipairs { "", " show last" } do
      local res = sh:sh("lash runs" .. words)
      local out = res.out
      assert.equal(0, res.exit, res.err)
      assert.is_nil(out:find("\27", 1, true))
      assert.is_nil(out:find "\nstate: fine")
    end
  end)
end)
