--- Workflows whose process is killed: nothing that has a result is done or paid
--- again, whatever was under way is on record.
local exec = require "lash.exec"
local restarts = require "spec.support.restarts"
local sys = require "lash.core.sys"
local test = restarts.test

local PROGRAM = sys.realpath(os.getenv "LASH_PROGRAM" or "build/dev/lash")

--- Of a shell that runs the program.
local function environment(p)
  return { HOME = p.path, DASHSCOPE_API_BASE = p.server.url, DASHSCOPE_API_KEY = "sk-x", LASH = PROGRAM }
end

local FLOW = [[
  local function did(what) lash.fs.append(lash.dir .. "/did", what .. "\n") end

  local notes = lash.tool { name = "note", about = "Notes a word.", params = "word: string", run = function(word, ctx)
    did("note " .. word .. " " .. ctx.key:match "/.*" .. " " .. ctx.attempt)
    return "noted " .. word
  end }
  local agent = lash.agent { name = "clerk", tools = { notes } }

  return lash.workflow { name = "w", unsettled = UNSETTLED, run = function(w)
    local list = w:step("list", function() did "list" return { { id = "a" }, { id = "b" }, { id = "c" } } end)
    local seen = w:map("m", list, { key = "id", max = 2 }, function(it)
      local word = lash.ask("Say " .. it.id)
      lash.sleep(0.001)
      return word:match "%w+$"
    end)
    local both = w:all {
      x = function() return lash.ask "Say x" end,
      y = function() return agent "Please note 'hello'" end,
    }
    return table.concat(seen) .. both.x:match "%w+$" .. both.y
  end }
]]

local RESULT = 'abcx[simulated] note answered: noted hello\n'

--- Every prompt's answers that were stored, and how often it was asked.
local function counts(p)
  local asked = {}
  for _, prompt in ipairs(p:asked()) do asked[prompt] = (asked[prompt] or 0) + 1 end
  return asked
end

describe("a workflow that is killed", function()
  it("behind any record comes to the same end, and pays for no answer twice", test(
    "local UNSETTLED = 'retry'\n" .. FLOW, function(p)
    local crashes = 0
    while true do
      p.server.requests = {}
      os.execute(("rm -rf '%s/.local' '%s/did'"):format(p.path, p.path))
      local first = p:lash({ "script.lua" }, { LASH_CRASH_AFTER = tostring(crashes + 1) })
      if not first.signal then break end
      crashes = crashes + 1
      local lost = p:rows "SELECT count(*) AS n FROM entries WHERE kind = 'model' AND state = 'begun'"[1].n
      local done = p:lash { "script.lua" }
      assert.same({ 0, RESULT, "" }, { done.code, done.out, done.err }, "after " .. crashes)
      -- What was under way may have been asked before the kill, or not.
      local total = 0
      for _, n in pairs(counts(p)) do total = total + n end
      assert.is_true(total >= 6 and total <= 6 + lost, ("after %d: %d requests, %d lost"):format(crashes, total, lost))
      assert.equal(lost, p:rows "SELECT count(*) AS n FROM entries WHERE kind = 'model' AND state = 'lost'"[1].n)
      local answers = p:rows [[SELECT key, count(*) AS n FROM entries WHERE kind = 'model' AND state = 'done'
        GROUP BY key]]
      assert.equal(6, #answers)
      for _, row in ipairs(answers) do assert.equal(1, row.n, row.key) end
      assert.equal("ok", p:rows("PRAGMA integrity_check")[1].integrity_check)
    end
    assert.is_true(crashes > 20, crashes)
  end))
end)

describe("a workflow whose result has been read", function()
  --- Ends it with SIGTERM then, wherever it is; its status.
  local ENDS = [[
    mkfifo pipe
    "$LASH" script.lua "$1" >pipe & pid=$!
    read line <pipe; kill -TERM $pid 2>/dev/null
    wait $pid; echo $?; rm pipe
  ]]

  it("pays for nothing when it is begun again after a signal that counted", test([[
    return lash.workflow { name = "w", params = "n: integer", run = function(w, args)
      return lash.ask("Say " .. args.n)
    end }
  ]], function(p)
    for n = 1, 10 do
      local ended = exec.exec { "sh", "-c", ENDS, "sh", tostring(n), cwd = p.path, timeout = 60,
        env = environment(p) }
      local state = p:rows "SELECT state FROM runs ORDER BY number DESC LIMIT 1"[1].state
      if ended.out == "0\n" then
        assert.equal("done", state)
      elseif not ended.err:find("is not closed", 1, true) then -- in time, on a machine that is not too busy
        assert.same({ "143\n", "failed" }, { ended.out, state })
        assert.equal(0, p:lash({ "script.lua", tostring(n) }).code)
      end
      assert.equal(n, #p:asked())
    end
  end))
end)

describe("a workflow that a signal ends", function()
  local ENDS = [["$LASH" script.lua "$1" >/dev/null & sleep "$2"; kill -TERM $! 2>/dev/null; wait $!]]

  it("is recorded as one that failed, wherever it was", test([[
    return lash.workflow { name = "w", params = "n: integer", run = function(w, args)
      return lash.ask("Say " .. args.n)
    end }
  ]], function(p)
    local told = 0
    for n = 1, 40 do
      local ended = exec.exec { "sh", "-c", ENDS, "sh", tostring(n), ("%.4f"):format(n * 0.002), cwd = p.path,
        timeout = 60, env = environment(p) }
      if ended.err:find "interrupted by SIGTERM" then
        told = told + 1
        local run = p:rows "SELECT words, state FROM runs ORDER BY number DESC LIMIT 1"[1]
        if run and run.words:find(('"%d"'):format(n), 1, true) then assert.equal("failed", run.state) end
      end
    end
    assert.is_true(told > 0)
  end))
end)
