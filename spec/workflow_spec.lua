--- Workflows, as a person runs them: again and again, until they are done.
local restarts = require "spec.support.restarts"
local test = restarts.test

local RUNS = "SELECT * FROM runs ORDER BY number"

--- Notes in a file that something was done.
local DID = [[
  local function did(what) lash.fs.append(lash.dir .. "/did", what .. "\n") end
]]

--- A workflow whose run has this body.
local function workflow(body, settings)
  return DID .. ('return lash.workflow { name = "w", params = "n: integer = 0", %s run = function(w, args)\n%s\nend }')
    :format(settings or "", body)
end

describe("a workflow", function()
  it("runs when a script returns it, and prints what it returns", test(workflow [[
    return { n = args.n, id = #w.id }
  ]], function(p)
    local done = p:lash { "script.lua", "--n=3" }
    assert.same({ 0, '{"id":26,"n":3}\n', "" }, { done.code, done.out, done.err })
    local run = p:rows(RUNS)[1]
    assert.same({ "workflow", "w", "done", 0, '["script.lua","--n=3"]' },
      { run.kind, run.name, run.state, run.exit, run.words })
  end))

  it("prints a text as it is, and nothing of nothing", test([[
    return lash.workflow { name = "w", params = "what: string", run = function(w, args)
      if args.what == "text" then return "done" end
    end }
  ]], function(p)
    assert.equal("done\n", p:lash({ "script.lua", "text" }).out)
    assert.equal("", p:lash({ "script.lua", "x" }).out)
    assert.matches("usage: lash script.lua WHAT", p:lash({ "script.lua", "--help" }).out)
    p:write("about.lua", "return require('lash').workflow { name = 'w', about = 'Sorts mail.', run = print }")
    assert.matches("usage: lash about.lua\n\nSorts mail.\n\noptions:", p:lash({ "about.lua", "--help" }).out, 1, true)
    local wrong = p:lash { "script.lua" }
    assert.equal(64, wrong.code)
    assert.matches("argument WHAT is missing", wrong.err)
  end))

  it("goes on where it stopped", test(workflow [[
    local a = w:step("a", function() did "a" return { x = 1 } end)
    local b = w:step("b", function() did "b" return lash.ask "B" end)
    if args.n == 0 and not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return a.x .. b .. w:step("c", function() did "c" return "!" end)
  ]], function(p)
    local failed = p:lash { "script.lua" }
    assert.same({ 70, "" }, { failed.code, failed.out })
    assert.matches("script.lua:%d+: broken", failed.err)
    assert.equal("a\nb\n", p:read "did")
    p:write("mended", "")
    local done = p:lash { "script.lua" }
    assert.same({ 0, "1[simulated] You said: B!\n", "" }, { done.code, done.out, done.err })
    assert.equal("a\nb\nc\n", p:read "did")
    assert.equal(1, #p.server.requests)
    local runs = p:rows(RUNS)
    assert.same({ 1, 2, "done" }, { #runs, runs[1].starts, runs[1].state })
  end))

  it("begins anew when it is done, with other arguments, and when it has expired", test(workflow([[
    return w.id .. " " .. w:step("a", function() did "a" return args.n end)
    .. (args.n == 7 and error "no" or "")
  ]], 'expires = "0s",'), function(p)
    local first, second = p:lash({ "script.lua" }).out, p:lash({ "script.lua" }).out
    assert.not_equal(first, second)
    p:lash { "script.lua", "--n=7" }
    p:lash { "script.lua", "--n=7" }
    assert.equal(4, #p:rows(RUNS))
    assert.equal("a\na\na\na\n", p:read "did")
  end))

  it("is a run of its own, beside what the script did before", test(
    'lash.ask "before"\n' .. workflow 'return lash.ask "in it"', function(p)
    assert.equal("[simulated] You said: in it\n", p:lash({ "script.lua" }).out)
    p:lash { "runs" }
    local states = {}
    for i, row in ipairs(p:rows "SELECT kind, state FROM runs ORDER BY kind") do states[i] = row.kind .. row.state end
    assert.same({ "scriptdone", "workflowdone" }, states)
  end))

  it("is another run for other bytes", test([[
    return lash.workflow { name = "w", params = "file: string", run = function(w, args)
      return w:step("a", function() return #args.file end) .. (args.file:byte(2) == 0xFF and error "no" or "")
    end }
  ]], function(p)
    p:lash { "script.lua", "a\xFF" }
    assert.equal(0, p:lash({ "script.lua", "a\xFE" }).code)
    assert.equal(2, #p:rows(RUNS))
  end))

  it("is the same run where `key` says so", test([[
    return lash.workflow { name = "w", params = "url: string, loud: boolean = false", key = { "url" },
      run = function(w, args)
        local id = w:step("id", function() return w.id end)
        if not args.loud then error "quiet" end
        return id == w.id
      end }
  ]], function(p)
    assert.equal(70, p:lash({ "script.lua", "x" }).code)
    assert.equal("true\n", p:lash({ "script.lua", "x", "--loud" }).out)
    assert.equal(1, #p:rows(RUNS))
  end))

  it("that the script does not return is told of", test([[
    local flow = lash.workflow { name = "w", run = function() print "ran" end }
    print "over"
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.same({ 0, "over\n" }, { done.code, done.out })
    assert.matches("lash: warning: lash.workflow: w was made, but is not what the script returns", done.err)
  end))

  it("refuses what makes no sense", test([[
    local function refused(spec, words)
      local _, err = lash.try(lash.workflow, spec)
      assert(err and err.kind == "usage" and err.message:find(words, 1, true), err and err.message or words)
    end
    local function run() end
    refused(nil, "expected a table")
    refused({ run = run }, "'name' must be a text")
    refused({ name = "w" }, "'run' must be a function")
    refused({ name = "w", run = run, parms = "" }, "unknown key 'parms'")
    refused({ name = "w", run = run, params = "a: strng" }, "strng")
    refused({ name = "w", run = run, params = "url: string", key = { "ulr" } }, "names \"ulr\"")
    refused({ name = "w", run = run, unsettled = "maybe" }, "'unsettled' is")
    refused({ name = "w", run = run, expires = "soon" }, "is not a duration")
    refused({ name = "w", run = run, budget = "much" }, "budget")
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.same({ 0, "" }, { done.code, done.err })
  end))
end)

describe("a step", function()
  it("gives at once what it will give later", test(workflow [[
    local t = w:step("t", function() return setmetatable({ 1.5, x = nil, [2] = math.maxinteger }, {}) end)
    local empty = w:step("n", function() end)
    local bytes = w:step("bytes", function() return "\xFF\0x" end)
    local big = w:step("big", function() return ("x"):rep(3 << 20) end)
    if args.n == 0 and not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    assert(math.type(t[2]) == "integer" and t[2] == math.maxinteger and t[1] == 1.5)
    assert(empty == nil and bytes == "\xFF\0x" and big == ("x"):rep(3 << 20))
    return "same"
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    local done = p:lash { "script.lua" }
    assert.same({ "same\n", "" }, { done.out, done.err })
    assert.equal(1, p:rows("SELECT count(*) AS n FROM entries WHERE beside = 1")[1].n)
  end))

  it("refuses a result that cannot be kept, at once", test(workflow [[
    local value, err = lash.try(function() return w:step("f", function() return { list = { { f = print } } } end) end)
    print(value, err.kind, err.message)
    w:step("f", function() return io.stdout end)
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.equal(64, done.code)
    assert.matches("nil%s+usage%s+step 'f': what cannot be kept: result.list%[1%].f: cannot encode a function",
      done.out)
    assert.matches("step 'f': what cannot be kept", done.err)
  end))

  it("has a context: a key that stays, an attempt that counts", test(workflow [[
    w:step("a", function(ctx) did(ctx.key .. " " .. ctx.attempt .. " " .. ctx.name)
      if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    end)
    return w.id
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    local id = p:lash({ "script.lua" }).out:match "%w+"
    assert.equal(("%s/a 1 a\n%s/a 2 a\n"):format(id, id), p:read "did")
  end))

  it("has a place in each branch, also in those that come first", test(workflow [[
    local got = lash.map({ "Ada", "Bob", "Cyd" }, function(name)
      lash.sleep(#name / 1000)
      return w:step("charge", function(ctx) did(ctx.key:match "/.*") return "receipt of " .. name end)
    end)
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return table.concat(got, ", ")
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal("receipt of Ada, receipt of Bob, receipt of Cyd\n", p:lash({ "script.lua" }).out)
    assert.equal("/~1.1/charge\n/~1.2/charge\n/~1.3/charge\n", p:read "did")
  end))

  it("has its place also behind branches of which some never began", test(workflow [[
    pcall(lash.map, { 1, 2, 3, 4, 5, 6 }, { max = 2 }, function(i)
      lash.sleep((not lash.fs.exists(lash.dir .. "/mended") and 1 or 3) / 1000 * (3 - i))
      if i == 2 then error "no" end
    end)
    local said = lash.map({ "a", "b" }, function(word) return lash.ask("say " .. word):match "%w+$" end)
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return table.concat(said)
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    local done = p:lash { "script.lua" }
    assert.same({ "ab\n", "" }, { done.out, done.err })
    assert.equal(2, #p.server.requests)
  end))

  it("is no result when its end was swallowed in it", test(workflow [[
    local r = lash.race {
      function() return w:step("slow", function() pcall(lash.sleep, 60) return "slow" end) end,
      function() return w:step("fast", function() lash.sleep(0.01) return "fast" end) end,
    }
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return r .. w:step("s", function() return pcall(lash.ask, "slow one") and "answered" or "no answer" end)
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal(124, p:lash({ "--timeout", "500ms", "script.lua" }).code)
    assert.equal(0, p:rows("SELECT count(*) AS n FROM entries WHERE key = '/s' AND state = 'done'")[1].n)
    assert.equal(0, p:rows("SELECT count(*) AS n FROM entries WHERE result = '\"slow\"'")[1].n)
  end, function() return { text = "late", delay = 30 } end))

  it("that cannot be stored harms no other", test(workflow [[
    lash.fs.write(lash.dir .. "/.local/state/lash/runs", "no folder")
    local _, err = lash.try(lash.all, {
      function() return w:step("big", function() return ("x"):rep(2 << 20) end) end,
      function() return w:step("paid", function() did "paid" return 1 end) end,
    })
    if not lash.fs.exists(lash.dir .. "/mended") then error(err, 0) end
    lash.fs.remove(lash.dir .. "/.local/state/lash/runs")
    return "fine"
  ]], function(p)
    local failed = p:lash { "script.lua" }
    assert.equal(74, failed.code)
    assert.matches("a result cannot be kept", failed.err)
    p:write("mended", "")
    assert.equal("fine\n", p:lash({ "script.lua" }).out)
    assert.equal("paid\n", p:read "did")
  end))

  it("is known by its place: names may come again, and stand inside of each other", test(workflow [[
    for i = 1, 3 do w:step("a", function() did("a" .. i) return i end) end
    for _, key in ipairs { "x", "y" } do w:step("k", { key = key }, function() did(key) return key end) end
    w:step("outer", function()
      w:step("a", function() did "inner" end)
      local function t(what) return function() w:step("t", function() did(what) end) end end
      lash.all { t "t1", t "t2" }
      if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    end)
    return "done"
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal("done\n", p:lash({ "script.lua" }).out)
    assert.equal("a1\na2\na3\nx\ny\ninner\nt1\nt2\n", p:read "did")
    local keys = {}
    for i, row in ipairs(p:rows "SELECT key FROM entries WHERE state = 'done' ORDER BY key") do keys[i] = row.key end
    assert.same({
      "/a", "/a#2", "/a#3", "/k[x]", "/k[y]", "/outer", "/outer/a", "/outer/~1.1/t", "/outer/~1.2/t",
    }, keys)
  end))

  it("is tried again when its failure may pass", test(workflow [[
    return w:step("a", { retry = 2 }, function(ctx)
      did(tostring(ctx.attempt))
      if ctx.attempt < 3 then lash.fail("unavailable", "not yet") end
      return "third"
    end)
  ]], function(p)
    assert.equal("third\n", p:lash({ "script.lua" }).out)
    assert.equal("1\n2\n3\n", p:read "did")
  end))

  it("knows its deadline", test(workflow [[
    return w:step("s", { timeout = "5s" }, function(ctx) return math.abs(ctx.deadline - os.time() - 5) < 2 end)
  ]], function(p) assert.equal("true\n", p:lash({ "script.lua" }).out) end))

  it("has a time of its own", test(workflow [[
    w:step("slow", { timeout = "50ms" }, function() lash.sleep(60) end)
  ]], function(p)
    local late = p:lash { "script.lua" }
    assert.equal(124, late.code)
    assert.matches("step 'slow' took longer than 0.05 s", late.err)
  end))

  it("keeps no secret", test(workflow [[
    local token = lash.secret("tok-0123456789")
    local kept = w:step("login", { input = token }, function() return { token = token, id = 7 } end)
    return kept.token .. kept.id
  ]], function(p)
    assert.equal("[secret]7\n", p:lash({ "script.lua" }).out)
    assert.same({}, p:rows "SELECT * FROM entries WHERE result LIKE '%tok-0%' OR input LIKE '%tok-0%'")
  end))
end)

describe("w:map", function()
  it("knows items by their key, whatever their order, and new ones", test(workflow [[
    local list = lash.json.decode(lash.fs.read(lash.dir .. "/list.json"))
    local seen = w:map("classify", list, { key = "id", max = 2 }, function(it)
      return { id = it.id, label = lash.ask("Say " .. it.body) }
    end)
    if #list < 3 then error "more" end
    local labels = {}
    for i, it in ipairs(seen) do labels[i] = it.id .. it.label:match "%w+$" end
    return table.concat(labels, " ")
  ]], function(p)
    p:write("list.json", '[{"id":1,"body":"one"},{"id":2,"body":"two"}]')
    assert.equal(70, p:lash({ "script.lua" }).code)
    p:write("list.json", '[{"id":3,"body":"three"},{"id":2,"body":"two"},{"id":1,"body":"one"}]')
    local done = p:lash { "script.lua" }
    assert.same({ "3three 2two 1one\n", "" }, { done.out, done.err })
    local asked = p:asked()
    table.sort(asked)
    assert.same({ "Say one", "Say three", "Say two" }, asked)
  end))

  it("masks secrets that are their own keys, and tells them apart", test(workflow [[
    local out = w:map("m", { lash.secret "tok-0123456789", lash.secret "hunter2hunter2" }, function(it, ctx)
      return #it .. ctx.key:match "%[(.*) %x%x%x%x%x%x%x%x%]"
    end)
    return table.concat(out, " ")
  ]], function(p)
    assert.equal("14%5Bsecret%5D 14%5Bsecret%5D\n", p:lash({ "script.lua" }).out)
    assert.equal(2, #p:rows "SELECT DISTINCT key FROM entries WHERE key LIKE '/m[%'")
    assert.same({}, p:rows "SELECT * FROM entries WHERE key LIKE '%tok-0%' OR key LIKE '%hunter2%'")
  end))

  it("knows texts by themselves", test(workflow [[
    local list = args.n == 0 and {} or { "b", "a", "a" }
    for name in (lash.fs.read(lash.dir .. "/names")):gmatch "%S+" do list[#list + 1] = name end
    local out = w:map("m", list, function(it, ctx) did(it) return it .. ctx.key:match "%[.*" end)
    if #list < 3 then error "more" end
    return table.concat(out, " ")
  ]], function(p)
    p:write("names", "b a")
    p:lash { "script.lua" }
    p:write("names", "c a b a")
    assert.equal("c[c] a[a] b[b] a[a%232]\n", p:lash({ "script.lua" }).out)
    assert.equal("b\na\nc\na\n", p:read "did")
  end))

  it("refuses keys that tell nothing", test(workflow [[
    local function refused(words, ...)
      local _, err = lash.try(w.map, w, "m", ...)
      assert(err and err.kind == "usage" and err.message:find(words, 1, true), err and err.message or words)
    end
    local function f() end
    refused("the items 1 and 2 have the same key, id=1", { { id = 1 }, { id = 1 } }, { key = "id" }, f)
    refused("item 1 has no key: nothing", { { name = "x" } }, { key = "id" }, f)
    refused("unknown key 'maxx'", {}, { maxx = 2 }, f)
    refused("'max' must be an integer", {}, { max = 0 }, f)
    refused("expected a list", "abc", f)
    refused("expected a function", {}, { max = 2 })
    return "refused"
  ]], function(p)
    local done = p:lash { "script.lua" }
    assert.same({ "refused\n", "" }, { done.out, done.err })
  end))

  it("keeps the errors of single items where that is wanted", test(workflow [[
    local sizes, errs = w:map("m", { 1, 2, 3 }, { settle = true }, function(i)
      if i == 2 then lash.fail("input", "no " .. i) end
      return i
    end)
    return ("%s %s %s %s"):format(sizes[1], sizes[2], errs[2].message, sizes[3])
  ]], function(p) assert.equal("1 nil no 2 3\n", p:lash({ "script.lua" }).out) end))
end)

describe("w:all", function()
  it("gives results under their keys, each a step", test(workflow [[
    local r = w:all { a = function() did "a" return lash.ask "A" end, b = function() did "b" return 2 end }
    local l = w:all { function() did "1" return "x" end }
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return r.a .. r.b .. l[1]
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    assert.equal("[simulated] You said: A2x\n", p:lash({ "script.lua" }).out)
    assert.equal("a\nb\n1\n", p:read "did")
  end))
end)

describe("w:sleep", function()
  it("sleeps what is left", test(workflow [[
    local began = w:step("now", function() return os.time() end)
    w:sleep(args.n == 0 and 1000 or 0)
    return "slept"
  ]], function(p)
    local late = p:lash { "--timeout", "200ms", "script.lua" }
    assert.equal(124, late.code)
    p:rows "UPDATE entries SET begun = begun - 1000"
    assert.equal("slept\n", p:lash({ "script.lua" }).out)
  end))
end)

describe("a changed input", function()
  local ASK = workflow [[
    local text = lash.fs.read(lash.dir .. "/text")
    local kind = w:step("kind", { input = text }, function() did "kind" return #text end)
    local answer = lash.ask("Summarise this, please: " .. text)
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return kind .. answer
  ]]

  it("stops the run, with the difference; accepted, that branch is done again", test(ASK, function(p)
    p:write("text", "The meeting is on Monday.")
    p:lash { "script.lua" }
    p:write("text", "The meeting is on Tuesday.")
    p:write("mended", "")
    local drift = p:lash { "script.lua" }
    assert.same({ 78, "" }, { drift.code, drift.out })
    assert.matches('lash: drift: /kind: what it was given has changed .*"The meeting is on Monday."'
      .. ', is "The meeting is on Tuesday."\nhint: %-%-accept%-changes', drift.err)
    assert.equal(1, #p.server.requests)
    local done = p:lash { "script.lua", "--accept-changes" }
    assert.same({ 0, "26[simulated] You said: Summarise this, please: The meeting is on Tuesday.\n", "" },
      { done.code, done.out, done.err })
    assert.equal("kind\nkind\n", p:read "did")
    assert.equal(2, #p.server.requests)
    assert.equal(3, p:rows("SELECT count(*) AS n FROM entries WHERE state = 'replaced'")[1].n)
  end))

  it("is seen in what a model is asked", test(workflow [[
    local answer = lash.ask(lash.fs.read(lash.dir .. "/text"), { instructions = "Be brief." })
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return answer
  ]], function(p)
    p:write("text", "one")
    p:lash { "script.lua" }
    p:write("text", "two")
    p:write("mended", "")
    local drift = p:lash { "script.lua" }
    assert.equal(78, drift.code)
    assert.matches('/ask: what it was given has changed since its result was stored: prompt was "one", is "two"',
      drift.err)
    drift = p:lash { "-m", "qwen-plus", "script.lua" }
    assert.matches('model was "qwen3%-max", is "qwen%-plus"', drift.err)
    assert.equal("[simulated] You said: two\n", p:lash({ "--accept-changes", "script.lua" }).out)
  end))

  it("is seen in an item", test(workflow [[
    local list = lash.json.decode(lash.fs.read(lash.dir .. "/list.json"))
    w:map("m", list, { key = "id" }, function(it) did(it.body) end)
    error "more"
  ]], function(p)
    p:write("list.json", '[{"id":1,"body":"one"},{"id":2,"body":"two"}]')
    p:lash { "script.lua" }
    p:write("list.json", '[{"id":1,"body":"one"},{"id":2,"body":"zwei"}]')
    local drift = p:lash { "script.lua" }
    assert.equal(78, drift.code)
    assert.matches('/m%[id=2%]: .*: body was "two", is "zwei"', drift.err)
    p:lash { "script.lua", "--accept-changes" }
    assert.equal("one\ntwo\nzwei\n", p:read "did")
  end))

  it("is none where only what counts as a secret has changed", test(workflow [[
    local word = w:step("word", function() return lash.secret "hunter2hunter2" and "hunter2hunter2" end)
    w:step("mail", { input = "the word is " .. "hunter2hunter2" }, function() did "mail" end)
    if not lash.fs.exists(lash.dir .. "/mended") then error "broken" end
    return #word
  ]], function(p)
    p:lash { "script.lua" }
    p:write("mended", "")
    local done = p:lash { "script.lua" }
    assert.same({ 0, "" }, { done.code, done.err })
  end))

  it("does not matter where nothing has come of it", test(workflow [[
    local text = lash.fs.read(lash.dir .. "/text")
    return w:step("a", { input = text }, function() if text == "bad" then error "bad" end return text end)
  ]], function(p)
    p:write("text", "bad")
    assert.equal(70, p:lash({ "script.lua" }).code)
    p:write("text", "good")
    assert.equal("good\n", p:lash({ "script.lua" }).out)
  end))
end)
