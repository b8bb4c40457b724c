--- The journals of scripts, as they are left in files and taken into the store; and
--- which runs are kept.
local json = require "lash.core.json"
local runs = require "spec.support.runs"

local SPOOL = ".local/state/lash/spool"

local function start(replies)
  local sh = runs.new()
  sh.variables.DASHSCOPE_API_BASE = sh:fake(replies)
  return sh
end

--- Puts a journal of these records where scripts leave theirs.
local function leave(sh, name, records, rest)
  local lines = {}
  for i, record in ipairs(records) do lines[i] = json.encode(record) .. "\n" end
  sh:write(("%s/%s.ndjson"):format(SPOOL, name), table.concat(lines) .. (rest or ""))
end

local function run(name, fields)
  local row = { id = name, kind = "script", name = name, words = "[]", started = 1e9, pid = 1 }
  for k, v in pairs(fields or {}) do row[k] = v end
  return { run = row }
end

local function call(n, fields)
  local e = { key = ("/ask/turn[%d]"):format(n), attempt = 1, kind = "model", state = "done", begun = 1e9,
    ended = 1e9 + 1,
    usd = 0.5, tokens = 5 }
  for k, v in pairs(fields or {}) do e[k] = v end
  if e.state == "begun" then e.ended = nil end
  return { entry = e }
end

local function listed(sh)
  local found = {}
  for _, r in ipairs(runs.json(sh:lash("runs", "--json"))) do found[r.name] = r end
  return found
end

describe("the journal of a script", function()
  it("is private, is taken in by lash runs, and goes then", function()
    local sh <close> = start()
    assert.equal(0, sh:sh("umask 0; lash ask hi").exit)
    assert.equal("600\n700\n", sh:sh(("stat -c %%a %s/*.ndjson %s"):format(SPOOL, SPOOL)).out)
    assert.same({}, runs.glob(sh, ".local/state/lash/lash.db"))
    local r = listed(sh).ask
    assert.same({ "done", 1, 0 }, { r.state, r.calls, r.exit })
    assert.same({}, runs.glob(sh, SPOOL .. "/*"))
    assert.equal("done", listed(sh).ask.state)
  end)

  it("of a process at work is read more than once", function()
    local sh <close> = start [[return function(request)
      return { text = "done", delay = request.prompt == "slow" and 60 or 0 }
    end]]
    sh:write("two.lua", [[
      local lash = require "lash"
      lash.ask "quick"
      print "here"
      io.stdout:flush()
      io.read()
      lash.ask "again"
      print "there"
      io.stdout:flush()
      lash.ask "slow"]])
    assert(os.execute(("mkfifo '%s/go'"):format(sh.path)))
    local child = sh:start "exec 3<>go; exec $lash two.lua <&3"
    assert.equal("here", child:line())
    local r = listed(sh)["two.lua"]
    assert.same({ "running", 1, 0 }, { r.state, r.calls, r.possibly_paid.calls })
    sh:sh "echo > go"
    assert.equal("there", child:line())
    r = listed(sh)["two.lua"]
    assert.is_true(r.calls >= 2) -- the third is about to be sent
    assert.equal(1, #runs.glob(sh, SPOOL .. "/*"))
    child:kill "KILL"
    child:wait()
    r = listed(sh)["two.lua"]
    assert.same({ "crashed", true }, { r.state, r.calls >= 2 })
    assert.same({}, runs.glob(sh, SPOOL .. "/*"))
  end)

  it("may end in the middle of a line", function()
    local sh <close> = runs.new()
    leave(sh, "torn", { run "torn", call(1), call(2, { state = "begun" }) }, '{"entry":{"key":"/as')
    leave(sh, "zeros", { run "zeros", call(1) }, ("\0"):rep(4096))
    leave(sh, "birth", {}, '{"run":{"id":"birth","ki')
    leave(sh, "empty", {})
    local found = listed(sh)
    assert.same({ "crashed", 2, 1, 0.5 }, { found.torn.state, found.torn.calls, found.torn.possibly_paid.calls,
      found.torn.usd })
    assert.same({ "crashed", 1 }, { found.zeros.state, found.zeros.calls })
    assert.same({}, runs.glob(sh, SPOOL .. "/*"))
  end)

  it("that is none is set aside, and keeps no other from being read", function()
    local sh <close> = runs.new()
    leave(sh, "aa", {}, "hello\nworld\n")
    leave(sh, "bb", { run "other" })
    leave(sh, "cc", { call(1), run "cc" })
    leave(sh, "dd", { run("dd", { started = "never" }) })
    leave(sh, "ee", { run "ee", { entry = { key = "/x" } } })
    leave(sh, "ff", { run "ff", { entry = 7 } })
    leave(sh, "gg", { run("gg", { words = { 1 } }) })
    sh:write(SPOOL .. "/hh.ndjson/file", "a folder")
    leave(sh, "zz", { run "zz", call(1), { finish = { state = "done", exit = 0, ended = 1e9 + 2 } } })
    sh:write(SPOOL .. "/notes.txt", "of somebody else")
    local res = sh:lash("runs", "--json")
    assert.equal(0, res.exit)
    assert.same({ "zz" }, { json.decode(res.out).name })
    assert.equal(8, select(2, res.err:gsub("lash: warning: /[^\n]* is no journal of a run: [^\n]*", "")))
    assert.matches("/aa.ndjson is no journal of a run: there is nothing of a run in it; it is kept as aa.ndjson.bad",
      res.err)
    assert.equal(8, #runs.glob(sh, SPOOL .. "/*.bad"))
    assert.equal(1, #runs.glob(sh, SPOOL .. "/*.txt"))
    assert.same({ "", 1 }, { sh:lash("runs").err, #runs.json(sh:lash("runs", "--json")) }) -- it is said once
  end)

  it("that cannot be read now is read later", function()
    local sh <close> = runs.new()
    leave(sh, "one", { run "one", call(1), { finish = { state = "done", exit = 0, ended = 1e9 + 2 } } })
    local faults = {
      ["Too many open files"] = [[io.open = function(path) return nil, path .. ": Too many open files", 24 end]],
      ["Input/output error"] = [[
        local real = io.open
        local broken = { seek = function() end, read = function() return nil, "Input/output error", 5 end }
        io.open = function(...) return real(...) and setmetatable(broken, { __close = function() end }) end]],
      ["lost track"] = [[ -- when it has been read
        local sys, times = require "lash.core.sys", 0
        local real = sys.stat
        function sys.stat(path)
          times = times + (path:find "/one.ndjson$" and 1 or 0)
          if times == 2 then return nil, "lost track", "io" end
          return real(path)
        end]],
      ["out of memory"] = [[
        local json = require "lash.core.json"
        local real = json.decode
        function json.decode(line)
          if line:find "entry" then return nil, "out of memory", "nomem" end
          return real(line)
        end]],
      ["no place"] = [[require("lash.core.sys").realpath = function() return nil, "no place", "nomem" end]],
    }
    for message, fault in pairs(faults) do
      local res = sh:script(fault .. '; require("lash.journal.absorb").all()')
      assert.matches("^lash: %l+: [^\n]*" .. message .. "\n$", res.err)
      assert.same({ SPOOL .. "/one.ndjson" }, runs.glob(sh, SPOOL .. "/one*"), message)
    end
    local found = listed(sh)
    assert.same({ "done", 1 }, { found.one.state, found.one.calls })
  end)

  it("is taken in once, whoever is killed or looks at the same time", function()
    local sh <close> = runs.new()
    for i = 1, 50 do
      local name = ("r%02d"):format(i)
      leave(sh, name, { run(name), call(1), call(2), { finish = { state = "done", exit = 0, ended = 1e9 + 2 } } })
    end
    local res = sh:script [[
      local renamed, rename = 0, os.rename
      os.rename = function(from, to)
        renamed = renamed + 1
        if renamed == 10 then os.execute "kill -KILL $PPID" end
        return rename(from, to)
      end
      require("lash.journal.absorb").all()]]
    assert.equal(137, res.exit)
    assert.equal(41, #runs.glob(sh, SPOOL .. "/*"))
    res = sh:sh [[
      failed=0
      for i in $(seq 6); do lash runs --json > /dev/null & done
      for pid in $(jobs -p); do wait "$pid" || failed=$((failed + 1)); done
      echo "failed: $failed"]]
    assert.same({ "failed: 0\n", "" }, { res.out, res.err })
    local list = runs.json(sh:lash("runs", "--json"))
    assert.equal(50, #list)
    for _, r in ipairs(list) do assert.same({ "done", 2, 1.0, 2 }, { r.state, r.calls, r.usd, r.seconds }) end
    assert.same({}, runs.glob(sh, SPOOL .. "/*"))
  end)

  it("leaves its file, empty, for those to come", function()
    local sh <close> = start()
    for i = 1, 40 do leave(sh, "r" .. i, { run("r" .. i), call(1) }) end
    assert.equal(40, #runs.json(sh:lash("runs", "--json")))
    local spare = runs.glob(sh, SPOOL .. "/.spare-*")
    assert.equal(40, #spare)
    assert.equal("", sh:sh(("cat %s/.spare-*"):format(SPOOL)).out)
    assert.equal(0, sh:lash("ask", "hi").exit)
    assert.equal(39, #runs.glob(sh, SPOOL .. "/.spare-*"))
    for _ = 2, 20 do assert.equal(0, sh:lash("ask", "hi").exit) end
    assert.equal(20, #runs.glob(sh, SPOOL .. "/*.ndjson"))
    assert.equal(60, #runs.json(sh:lash("runs", "--json", "--limit", "99")))
    assert.is_true(#runs.glob(sh, SPOOL .. "/.spare-*") <= 64)
  end)

  it("finds empty ones from the third question on", function()
    local sh <close> = start()
    sh:sh("rm -r " .. SPOOL)
    for _, spares in ipairs { 0, 32, 31, 30 } do
      assert.equal(0, sh:lash("ask", "hi").exit)
      assert.equal(spares, #runs.glob(sh, SPOOL .. "/.spare-*"))
    end
    sh:sh(("chmod 640 %s/.spare-*"):format(SPOOL)) -- they are of no use, and no more are made
    assert.equal(0, sh:lash("ask", "hi").exit)
    assert.equal("640\n", sh:sh(("stat -c %%a %s/.spare-* | sort -u"):format(SPOOL)).out)
    assert.equal(30, #runs.glob(sh, SPOOL .. "/.spare-*"))
  end)

  it("takes no file that is not one of those", function()
    local sh <close> = start()
    local script = ([[cd %s && for i in $(seq 0 63); do
      case $((i %% 3)) in
        0) mkdir .spare-$i;;
        1) echo old > .spare-$i; chmod 600 .spare-$i;;
        2) umask 0; : > .spare-$i;;
      esac
    done]]):format(SPOOL)
    assert.equal(0, sh:lash("ask", "hi").exit)
    assert.equal(0, sh:sh(script).exit)
    for _ = 1, 3 do assert.same({ 0, "" }, { sh:lash("ask", "hi").exit, sh:lash("ask", "hi").err }) end
    assert.equal(64, #runs.glob(sh, SPOOL .. "/.spare-*"))
    assert.equal(7, #runs.json(sh:lash("runs", "--json")))
  end)

  it("of a long run is not held as a whole", function()
    local sh <close> = runs.new()
    local records = { run "long" }
    for n = 1, 6000 do records[n + 1] = call(n) end
    leave(sh, "long", records)
    local res = sh:script [[
      local json = require "lash.core.json"
      local decode, most = json.decode, 0
      function json.decode(...)
        most = math.max(most, collectgarbage "count")
        return decode(...)
      end
      local before = collectgarbage "count"
      collectgarbage "stop" -- as a question has it
      require("lash.journal.absorb").all()
      print(most > 0 and most - before)]]
    assert.equal(0, res.exit, res.err)
    assert.is_true(tonumber(res.out) < 700, res.out .. " KB of 900, and more")
    assert.equal(6000, listed(sh).long.calls)
  end)

  it("is one of thousands", function()
    local sh <close> = runs.new()
    sh:write("many.lua", [[
      local folder = ...
      for i = 1, 2000 do
        local file <close> = io.open(("%s/r%05d.ndjson"):format(folder, i), "w")
        file:write(('{"run":{"id":"r%05d","kind":"ask","name":"ask","words":"[]","started":%d}}\n'):format(i, i),
          '{"entry":{"key":"/ask/turn[1]","attempt":1,"kind":"model","state":"done","begun":1,"ended":2,"usd":1}}\n',
          '{"finish":{"state":"done","exit":0,"ended":3}}\n')
      end]])
    assert.equal(0, sh:sh(("mkdir -p %s && lash ./many.lua %s"):format(SPOOL, SPOOL)).exit)
    assert.equal(2000, #runs.json(sh:lash("runs", "--json", "--limit", "9999")))
    assert.same({}, runs.glob(sh, SPOOL .. "/*"))
  end)

  it("is taken in below a home that is a link", function()
    local sh <close> = start()
    sh:sh "mkdir real && ln -s real linked"
    sh.variables.XDG_STATE_HOME = sh.path .. "/linked"
    assert.equal(0, sh:lash("ask", "hi").exit)
    assert.equal("done", listed(sh).ask.state)
  end)

  it("is missed with a warning where it cannot be written, and the run goes on", function()
    local sh <close> = start()
    local function asked(line, ...)
      local res = sh:sh(line)
      assert.same({ 0, true }, { res.exit, res.out:find "^%[simulated%]" ~= nil }, res.err)
      res.err = res.err:gsub("libgcov[^\n]*\n", "") -- counters have no room either
      for _, pattern in ipairs { ... } do assert.matches(pattern, res.err) end
      assert.equal(select("#", ...) > 0 and 1 or 0, select(2, res.err:gsub("\n", "")), res.err)
    end
    asked("mkdir -p .local/state/lash; echo > .local/state/lash/spool; lash ask hi",
      "^lash: warning: this run is not recorded: cannot %a+ /.*/spool: ")
    asked "lash -q ask hi"
    sh:sh "rm -r .local; echo > .local"
    asked("lash ask hi", "^lash: warning: this run is not recorded: ")
    sh:sh "rm .local"
    sh.variables.XDG_STATE_HOME = "/proc" -- there nobody makes a folder
    asked("lash ask hi", "^lash: warning: this run is not recorded: ")
    sh.variables.XDG_STATE_HOME = nil
    -- A disk that is full from the first line on, or from a later one on.
    asked("ulimit -f 1; lash ask " .. ("x"):rep(1100), "^lash: warning: this run is not recorded: .*File too large")
    asked("ulimit -f 1; lash ask " .. ("x"):rep(700),
      "^lash: warning: this run is not recorded any further: .*File too large")
    assert.equal("crashed", listed(sh).ask.state) -- its end is not known
  end)

  it("is not kept where the configuration says so", function()
    local sh <close> = start()
    sh:write(".config/lash/config.json", '{ "runs": { "record": false } }')
    assert.equal(0, sh:lash("ask", "hi").exit)
    assert.equal("", sh:lash("runs").out)
    assert.same({}, runs.glob(sh, SPOOL))
  end)

  it("takes bytes that are no text", function()
    local sh <close> = runs.new()
    local res = sh:script [[return require("lash").workflow { name = "b\xFF", run = function(w)
      w:map("m\xFE", { "\xFF\xFE", "x" }, { settle = true },
        function(i) if i == "x" then error "bad \xFF\0" end return i end)
      w:step("x", { input = "\xFF\0" }, function() return "\xFF" end)
      error "the end \xFF"
    end }]]
    assert.same({ 70, 1 }, { res.exit, #runs.lines(res.err) }, res.err)
    local list = runs.json(sh:lash("runs", "show", "last", "--json"))
    assert.same({ "b\u{FFFD}", "/m%FE[%FF%FE]", "/m%FE[x]", "done" }, { list[1].name, list[2].key, list[3].key,
      list[4].state })
    assert.matches("bad \u{FFFD}\u{FFFD}", list[3].message)
    assert.matches("the end \u{FFFD}", list[1].message)
  end)
end)

describe("of runs are kept", function()
  --- Ends a run of a workflow, which is when others are removed.
  local function finish_one(sh)
    local res = sh:script [[return require("lash").workflow { name = "new", run = function() return 1 end }]]
    assert.equal(0, res.exit, res.err)
  end

  local MANY = [[for i = 1, 9 do
      put { id = "s" .. i, name = "s" .. i, started = os.time() - 100 + i, state = i % 2 == 0 and "done" or "failed" }
    end
    put({ id = "old", name = "old", started = os.time() - 90 * 86400 - 5 }, { { key = "/x",
      result = ("x"):rep(2 << 20) } })
    put { id = "young", name = "young", identity = "a", state = "waiting", kind = "workflow",
      started = os.time() - 89 * 86400 }
    put { id = "undone", name = "undone", identity = "b", state = "undone", kind = "workflow",
      started = os.time() - 88 * 86400 }
  ]]

  local function names(sh)
    local list = {}
    for name in pairs(listed(sh)) do list[#list + 1] = name end
    table.sort(list)
    return table.concat(list, " ")
  end

  it("those of 90 days, by default", function()
    local sh <close> = runs.new(MANY)
    assert.equal(1, #runs.glob(sh, ".local/state/lash/runs/*"))
    finish_one(sh)
    assert.equal("new s1 s2 s3 s4 s5 s6 s7 s8 s9 undone young", names(sh))
    assert.same({}, runs.glob(sh, ".local/state/lash/runs/*"))
  end)

  it("by the one that finds many journals of those that question a model, and takes them in", function()
    local sh <close> = runs.new(MANY)
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    sh:write(".config/lash/config.json", '{ "runs": { "keep": { "count": 1 } } }')
    local ASK = 'require("lash").ask "hi"'
    assert.equal(0, sh:script(ASK).exit)
    assert.equal(1, #runs.glob(sh, SPOOL .. "/*.ndjson"))
    sh:sh(("for i in $(seq 32); do echo > %s/bad$i.ndjson; done"):format(SPOOL))
    local asked = 0
    repeat -- one in eight looks
      asked = asked + 1
      assert.equal(0, sh:script(ASK).exit)
    until asked == 200 or #runs.glob(sh, SPOOL .. "/*.ndjson") == 0
    assert.same({}, runs.glob(sh, SPOOL .. "/*.ndjson"))
    assert.equal("script.lua young", names(sh))
  end)

  it("so many that are over, and all that may go on", function()
    local sh <close> = runs.new(MANY)
    sh:write(".config/lash/config.json", '{ "runs": { "keep": { "count": 4 } } }')
    finish_one(sh)
    assert.equal("new s7 s8 s9 young", names(sh))
  end)

  it("those of a time", function()
    local sh <close> = runs.new(MANY)
    sh:write(".config/lash/config.json", '{ "runs": { "keep": { "age": "1h" } } }')
    finish_one(sh)
    assert.equal("new s1 s2 s3 s4 s5 s6 s7 s8 s9", names(sh))
  end)

  it("and those that a process is at work on", function()
    local sh <close> = runs.new()
    sh:write("wait.lua", [[return require("lash").workflow { name = "wait", run = function(w)
      print "here"
      io.stdout:flush()
      w:sleep "60s"
    end }]])
    sh:write(".config/lash/config.json", '{ "runs": { "keep": { "age": 0 } } }')
    local child = sh:start "exec $lash wait.lua"
    assert.equal("here", child:line())
    finish_one(sh)
    assert.equal("new wait", names(sh))
    child:kill "KILL"
    child:wait()
    finish_one(sh)
    assert.equal("new", names(sh)) -- only the one that has ended just now
  end)
end)
