--- lash runs: the list, and what a person does with single runs.
local runs = require "spec.support.runs"

local lines = runs.lines

--- Exit status and stderr of a command.
local function told(res) return { res.exit, res.err } end

--- A workflow that asks a person, then a model.
local TRIAGE = [[
local lash = require "lash"
return lash.workflow { name = "triage", params = "who: string = 'all'", run = function(w, args)
  local list = w:step("fetch", function() return { { id = 1 }, { id = 2 } } end)
  if not w:approve("Ask the model?", "about " .. args.who) then return "left alone" end
  local all = w:map("classify", list, { key = "id" }, function(it) return lash.ask("label " .. it.id) end)
  return #all
end }]]

--- A shell with a simulated service and that workflow, in a folder of its own.
local function start()
  local sh = runs.new()
  sh.variables.DASHSCOPE_API_BASE = sh:fake()
  sh:write("work/triage.lua", TRIAGE)
  return sh
end

--- Runs it there; the id of its run.
local function triage(sh, words)
  local res = sh:sh("cd work && lash triage.lua " .. (words or ""))
  assert.equal(75, res.exit, res.err)
  return runs.json(sh:lash("runs", "--json", "--limit", "1"))[1].id
end

describe("lash runs", function()
  it("has nothing to list at first", function()
    local sh <close> = runs.new()
    assert.same({ "", "", 0 }, { sh:lash("runs").out, sh:lash("runs").err, sh:lash("runs").exit })
    assert.same({ 66, "lash: input: there is no run yet\n" }, told(sh:lash("runs", "show", "last")))
  end)

  it("lists the latest first, in columns", function()
    local sh <close> = runs.new [[
      local day = os.time { year = 2026, month = 11, day = 29, hour = 7 }
      put({ id = "01aaaaaaaaaa00000000000000", name = "old.lua", started = day - 86400, seconds = 3725 })
      put({ id = "01bbbbbbbbbb10000000000000", name = "digest", kind = "workflow", started = day, state = "failed",
        exit = 69,
        error = "network", message = "no route\nto host " .. ("x"):rep(99) }, {
        { key = "/ask/turn[1]", kind = "model", usd = 1.5, tokens = 10 } })
      put({ id = "01bbbbbbbbbb11000000000000", name = "ask", kind = "ask", started = day + 1, seconds = 0.25 }, {
        { key = "/ask/turn[1]", kind = "model", tokens = 10 } })
      put({ id = "01bbbbbbbbbb11110000000000", name = "héllo", started = day + 2, state = "running", pid = 1 }, {
        { key = "/ask/turn[1]", kind = "model", usd = 0.25, tokens = 10, state = "begun", begun = day + 4 } })
      put({ id = "01cccccccccc00000000000000", name = "both", started = day + 3 }, {
        { key = "/a/turn[1]", kind = "model", usd = 0.00001, tokens = 10 },
        { key = "/a/turn[2]", kind = "model", tokens = 10 },
        { key = "/a/turn[3]", kind = "model", usd = 0.25, tokens = 10, state = "lost" } })]]
    local list = lines(sh:lash("runs").out)
    assert.matches("^id +when +name +state +time +cost +error$", list[1])
    local widths = {}
    for i, line in ipairs(list) do widths[i] = utf8.len(line:match "^(.-)  %d%d%d%d%-" or "") end
    assert.same({ 15, 15, 15, 15, 15 }, { table.unpack(widths, 2) })
    assert.matches("^01cccccccccc000  2026%-11%-29 07:00  both     done     1%.00 s  ≈$0%.2500$", list[2])
    assert.matches("^01bbbbbbbbbb111  .*  héllo    crashed  3%.00 s  ≤$0%.2500$", list[3])
    assert.matches("^01bbbbbbbbbb110  .*  ask      done     0%.25 s         %?$", list[4])
    assert.matches("^01bbbbbbbbbb100  .*  digest   failed   1%.00 s   $1%.5000  network: no route to host x+$",
      list[5])
    assert.matches("^01aaaaaaaaaa000  2026%-11%-28 07:00  old.lua  done      1h02m         %-$", list[6])
  end)

  it("is filtered by name, script, state and day", function()
    local sh <close> = runs.new [[
      local day = os.time { year = 2026, month = 3, day = 28, hour = 23, min = 59 }
      put { id = "a1", name = "digest", kind = "workflow", script = lash.env.HOME .. "/work/d.lua", started = day }
      put { id = "a2", name = "digest", kind = "workflow", started = day + 120, state = "waiting" }
      put { id = "a3", name = "x.lua", script = "/elsewhere/x.lua", started = os.time(), state = "running" }
      put { id = "a4", name = "x.lua", started = os.time() - 86400, state = "undone" }
      put { id = "a5", name = "it's 100%", started = 10, state = "failed" }]]
    sh:write("work/d.lua", "")
    local cases = {
      { "", "a3 a4 a2 a1 a5" }, { "digest", "a2 a1" }, { "d.lua", "a1" }, { "work/d.lua", "a1" }, { "./work/d.lua",
        "a1" },
      { "/elsewhere/x.lua", "a3" }, { "x.lua", "a3 a4" }, { "\"it's 100%\"", "a5" }, { "--state=crashed", "a3" },
      { "--state running", "" }, { "digest --state waiting", "a2" }, { "--state=undone", "a4" }, { "--limit 2",
        "a3 a4" },
      { "--day 2026-03-28", "a1" }, { "--day=2026-03-29", "a2" }, { "--day today", "a3" }, { "--day yesterday", "a4" },
      { "--day 1999-1-1", "" },
    }
    for _, case in ipairs(cases) do
      local found = {}
      for i, r in ipairs(runs.json(sh:sh("lash runs --json " .. case[1]))) do found[i] = r.id end
      assert.equal(case[2], table.concat(found, " "), case[1])
    end
  end)

  it("says what is wrong with the words, and what is near", function()
    local sh <close> = runs.new [[put { id = "01aaaaaaaaaa00000000000000", name = "digest" }
      put { id = "01aaaaaaaaab00000000000000", name = "digest" }]]
    local cases = {
      { "shwo last", 64, "unknown subcommand 'shwo'\nhint: did you mean 'show'?" },
      { "shwo", 66, "there is no run of 'shwo'\nhint: did you mean 'show'?" },
      { "digets", 66, "there is no run of 'digets'\nhint: did you mean 'digest'?" },
      { "--sate x", 64, "unknown option '--sate'\nhint: did you mean '--state'?" },
      { "--state runing", 64, "there is no state 'runing'\nhint: did you mean 'running'?" },
      { "--day 2026-02-30", 64, "'2026-02-30' is no day\nhint: 2026-11-29, today or yesterday" },
      { "--day tomorrow", 64, "'tomorrow' is no day" },
      { "--limit 0", 64, "--limit: expected an integer from 1, got '0'" },
      { "show", 64, "something is missing\nhint: usage: lash runs show ID [-v] [--json]" },
      { "show a b", 64, "'b' is one word too many" },
      { "show last --jsn", 64, "unknown option '--jsn'\nhint: did you mean '--json'?" },
      { "show 01aaaaaaaaa", 66, "'01aaaaaaaaa' begins several runs' ids" },
      { "show 02", 66, "there is no run '02'\nhint: lash runs lists them" },
      { "approve last", 64, "usage: lash runs approve ID yes|no [KEY]" },
      { "approve last maybe", 64, "'maybe' is neither yes nor no" },
      { "approve last yes", 64, "has no question that waits" },
      { "approve 02 yes", 66, "there is no run '02'" },
      { "resume last", 64, "is not of a workflow" },
      { "rm", 64, "usage: lash runs rm ID…" },
      { "rm last 02", 66, "there is no run '02'" },
    }
    for _, case in ipairs(cases) do
      local res = sh:sh("lash runs " .. case[1])
      assert.equal(case[2], res.exit, case[1] .. ": " .. res.err)
      assert.truthy(res.err:find(case[3], 1, true), case[1] .. ": " .. res.err)
      assert.equal("", res.out)
    end
    assert.equal(2, #runs.json(sh:lash("runs", "--json"))) -- `rm last 02` removed none
    assert.matches("^lash runs", sh:lash("runs", "--help").out)
    assert.equal(sh:lash("runs", "show", "--help").out, sh:lash("help", "runs").out)
  end)
end)

describe("lash runs approve and resume", function()
  it("go on with a run that waits, from any folder", function()
    local sh <close> = start()
    local run = triage(sh, "--who=me")
    local shown = sh:lash("runs", "show", run).out
    assert.truthy(shown:find("waiting for an answer: /approve\n  Ask the model?\n\n  about me\n\n  lash runs approve "
      .. run .. " yes\n", 1, true), shown)
    assert.same({ 75, "lash: waiting: Ask the model?\n" },
      { sh:lash("runs", "resume", run).exit, sh:lash("runs", "resume", run).err:match "^[^\n]*\n" })
    assert.same({ 0, ("lash: answered yes; the same command goes on, or lash runs resume %s\n"):format(run) },
      told(sh:lash("runs", "approve", run:sub(1, 14), "yes")))
    assert.equal(64, sh:lash("runs", "approve", run, "no").exit) -- it is answered
    assert.truthy(sh:lash("runs", "show", run).out:find("to go on      lash runs resume " .. run, 1, true))
    local res = sh:lash("runs", "resume", run)
    assert.same({ "2\n", "", 0 }, { res.out, res.err, res.exit })
    local record = runs.json(sh:lash("runs", "--json"))
    assert.same({ 1, run, "done", 2, 4, { "triage.lua", "--who=me" } },
      { #record, record[1].id, record[1].state, record[1].calls, record[1].processes, record[1].words })
    res = sh:lash("runs", "resume", run)
    assert.same({ 64, ("lash: usage: run %s has come to its end\n"
      .. "hint: the same command begins a new one: lash triage.lua --who=me\n"):format(run) }, told(res))
  end)

  it("take the no", function()
    local sh <close> = start()
    local run = triage(sh)
    sh:lash("runs", "approve", "last", "no")
    assert.equal("left alone\n", sh:lash("runs", "resume", run).out)
    local question = runs.json(sh:lash("runs", "show", run, "--json"))[3]
    assert.same({ "question", false, { text = "Ask the model?", detail = "about all" } },
      { question.kind, question.answer, question.question })
  end)

  it("need the key where several questions wait", function()
    local sh <close> = runs.new()
    local res = sh:script [[return require("lash").workflow { name = "two", run = function(w)
      local all = w:all { a = function() return w:approve "A?" end, b = function() return w:approve "B?" end }
      return ("%s %s"):format(all.a, all.b)
    end }]]
    assert.equal(75, res.exit)
    assert.matches("^lash: usage: 2 questions of run %w+ wait: say which by its KEY\nhint: [^\n]* "
      .. "'/all%[a%]/approve' %(A%?%) or '/all%[b%]/approve' %(B%?%)\n$", sh:lash("runs", "approve", "last", "yes").err)
    assert.matches("did you mean '/all%[b%]/approve'%?",
      sh:lash("runs", "approve", "last", "yes", "/all[b]/aprove").err)
    assert.matches("1 more of this run", sh:lash("runs", "approve", "last", "yes", "/all[b]/approve").err)
    assert.equal(0, sh:lash("runs", "approve", "last", "no").exit) -- the one that is left
    assert.equal("false true\n", sh:lash("runs", "resume", "last").out)
  end)

  it("answer what became of a request whose answer was lost", function()
    local sh <close> = runs.new()
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    sh:write("stop.lua", [[local lash = require "lash"
      return lash.workflow { name = "stop", unsettled = "stop", run = function(w)
        return (w:step("ask", function()
          return lash.ask("hi", { on = function(ev)
            if ev.type == "text" and lash.env.KILL then os.execute "kill -KILL $PPID" end
          end })
        end))
      end }]])
    sh.variables.KILL = "yes"
    assert.equal(137, sh:lash("stop.lua").exit)
    sh.variables.KILL = nil
    local res = sh:lash("runs", "resume", "last")
    assert.same({ 75, "lash: unsettled: " }, { res.exit, res.err:match "^lash: %a+: " })
    assert.same({ "stop" }, { runs.json(sh:lash("runs", "--json", "--state", "waiting"))[1].name })
    local shown = sh:lash("runs", "show", "last").out
    assert.matches("qwen3%-max was asked, and its answer was lost; it may have cost %$0%.%d+%. Ask again%?", shown)
    assert.matches("    ! turn%[1%] .* possibly paid, up to %$0%.%d+\n      %? unsettled%[1%] .* waiting for an answer",
      shown)
    assert.equal(0, sh:lash("runs", "approve", "last", "yes").exit)
    res = sh:lash("runs", "resume", "last")
    assert.same({ "[simulated] You said: hi\n", 0 }, { res.out, res.exit }, res.err)
    local run = runs.json(sh:lash("runs", "--json"))[1]
    assert.same({ "done", 2, 1 }, { run.state, run.calls, run.possibly_paid.calls })
  end)

  it("keep off a run that a process is at work on", function()
    local sh <close> = runs.new()
    sh:write("wait.lua", [[return require("lash").workflow { name = "wait", run = function(w)
      w:step("one", function() return 1 end)
      print "here"
      io.stdout:flush()
      w:sleep "60s"
    end }]])
    local child = sh:start "exec $lash wait.lua"
    assert.equal("here", child:line())
    assert.same({ 1, 0 }, { #runs.json(sh:lash("runs", "--json", "--state", "running")),
      #runs.json(sh:lash("runs", "--json", "--state", "crashed")) })
    assert.matches("state +running %(process %d+%)\n", sh:lash("runs", "show", "last").out)
    for _, words in ipairs { "approve last yes", "resume last", "rm last", "export last x" } do
      local res = sh:sh("lash runs " .. words)
      assert.equal(75, res.exit, words)
      assert.matches("^lash: locked: process %d+ is at work on run %w+\n", res.err)
    end
    child:kill "KILL"
    child:wait()
    assert.equal(1, #runs.json(sh:lash("runs", "--json", "--state", "crashed")))
    assert.same({ 0, "" }, told(sh:lash("runs", "rm", "last")))
    assert.equal(66, sh:lash("runs", "rm", "last").exit)
  end)

  it("accept changes when they are told to", function()
    local sh <close> = runs.new()
    sh:write("input", "1")
    local script = sh:write("drift.lua", [[local lash = require "lash"
      return lash.workflow { name = "drift", run = function(w)
        local input = lash.fs.read "input"
        w:step("use", { input = input }, function() return input end)
        if not w:approve "Go?" then return "no" end
        return w:step("use", { input = input }, function() return input end)
      end }]])
    assert.equal(75, sh:lash(script).exit)
    sh:write("input", "2")
    assert.equal(0, sh:lash("runs", "approve", "last", "yes").exit)
    assert.equal(78, sh:lash("runs", "resume", "last").exit)
    assert.equal("2\n", sh:lash("runs", "resume", "last", "--accept-changes").out)
    assert.equal(1, #runs.json(sh:lash("runs", "--json")))
  end)

  it("say why a run cannot go on", function()
    local sh <close> = start()
    sh.variables.APP_TOKEN = "hunter2-and-more"
    triage(sh, "--who=hunter2-and-more")
    local res = sh:lash("runs", "resume", "last")
    assert.equal(64, res.exit)
    assert.matches("had a secret in its command line, which is not kept\nhint: in /.*/work, give the same command",
      res.err)
    assert.equal(75, sh:sh("cd work && lash - --who=in < triage.lua").exit)
    assert.matches("is of a script from standard input", sh:lash("runs", "resume", "last").err)
    local run = triage(sh)
    assert.equal(0, sh:sh("echo 'print(1)' > work/triage.lua").exit)
    res = sh:lash("runs", "resume", run)
    assert.same({ 64, true }, { res.exit, res.err:find "did not go on: /.*/triage.lua is no workflow now" ~= nil })
    assert(os.remove(sh.path .. "/work/triage.lua"))
    res = sh:lash("runs", "resume", run)
    assert.equal(66, res.exit)
    assert.matches("^lash: input: the script of run %w+ is not there any more", res.err)
    assert(os.remove(sh.path .. "/work"))
    res = sh:lash("runs", "resume", run)
    assert.same({ 66, true }, { res.exit, res.err:find "cannot go to /.*/work: No such file or directory" ~= nil })
  end)
end)

describe("lash runs rm", function()
  it("forgets several, with their large results, and keeps what they cost", function()
    local sh <close> = runs.new [[
      for _, name in ipairs { "a", "b", "c" } do
        put({ id = name:rep(26), name = name, started = os.time() }, {
          { key = "/big", result = ('"%s"'):format(("x"):rep(2 << 20)) },
          { key = "/ask/turn[1]", kind = "model", usd = 1, tokens = 1 } })
      end]]
    assert.equal(3, #runs.glob(sh, ".local/state/lash/runs/*/*-1"))
    assert.equal(0, sh:lash("runs", "rm", "aaaa", ("b"):rep(26), "aaaa").exit)
    assert.same({ "c" }, { runs.json(sh:lash("runs", "--json"))[1].name })
    assert.equal(1, #runs.glob(sh, ".local/state/lash/runs/*"))
    assert.equal("3.0\n", sh:lash("-e", "print(require('lash.store.runs').spent_since(os.time() - 10))").out)
  end)
end)
