--- lash.all, map, race, timeout and spawn, as a script has them.
local errors = require "lash.errors"
local json = require "lash.core.json"
local lash = require "lash"
local loop = require "lash.core.loop"
local sched = require "lash.sched"

--- A test whose body is the root task.
local function on_loop(f)
  return function() sched.run(f) end
end

--- A value that does something when its scope ends.
local function at_close(f) return setmetatable({}, { __close = f }) end

local function caught(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

--- Waits for ever; the kind of error that ended it is added to the log.
local function wait_into(log)
  return function()
    local _ <close> = at_close(function(_, err)
      lash.sleep(0.001) -- clean-up may wait
      log[#log + 1] = err.kind
    end)
    lash.sleep(60)
  end
end

local function usage(message, ...)
  local err = caught(...)
  assert.same({ "usage", message }, { err.kind, err.message })
  return err
end

describe("lash.all", function()
  it("gives results under the keys of their functions", on_loop(function()
    assert.same({ 1, 2 }, lash.all { function() lash.sleep(0.01) return 1, "more" end, function() return 2 end })
    assert.same({ a = 1, b = false, [3] = "x" },
      lash.all { a = function() return 1 end, b = function() return false end, [3] = function() return "x" end,
        c = function() end })
    assert.same({}, lash.all {})
  end))

  it("has them all at work at once, begun in the order of their keys", on_loop(function()
    local order, left = {}, 4
    local function meet(name)
      return function()
        order[#order + 1] = name
        left = left - 1
        while left > 0 do lash.sleep(0) end
      end
    end
    lash.all { b = meet "b", a = meet "a", meet "1", meet "2" }
    assert.same({ "1", "2", "a", "b" }, order)
  end))

  it("raises the first error, when the others are cancelled and cleaned up", on_loop(function()
    local log, err = {}, errors.new("process", "no")
    assert.equal(err, caught(lash.all, {
      wait_into(log),
      function() lash.sleep(0.001) error(err) end,
      wait_into(log),
      function() lash.sleep(0.5) error "too late" end,
    }))
    assert.same({ "cancelled", "cancelled" }, log)
    lash.sleep(0) -- and nothing of it fails here
  end))

  it("drops what goes wrong in the clean-up of the others", on_loop(function()
    local err = caught(lash.all, {
      function()
        local _ <close> = at_close(function() error "in close" end)
        lash.sleep(60)
      end,
      function() error("first", 0) end,
    })
    assert.equal("first", err)
  end))

  it("waits for all that a function begins, which may fail it", on_loop(function()
    local done
    lash.all { function() lash.spawn(function() lash.sleep(0.01) done = true end) end }
    assert.is_true(done)
    local function begin() lash.spawn(function() lash.sleep(0.001) error("late", 0) end) end
    assert.equal("late", caught(lash.all, { begin }))
  end))

  it("takes an agent or a tool for a function", on_loop(function()
    local callable = setmetatable({}, { __call = function() return "called" end })
    assert.same({ "called" }, lash.all { callable })
  end))

  it("refuses what is no table of functions", on_loop(function()
    local err = usage("lash.all: 'a' is not a function but a number", lash.all, { a = 1 })
    assert.equal("lash.all { f, g }, not { f(), g() }", err.hint)
    usage("lash.all: expected a table of functions, got function", lash.all, print)
    usage("lash.all: expected a table of functions, got nil", lash.all)
  end))
end)

describe("lash.map", function()
  it("gives the results in the order of the list", on_loop(function()
    local results = lash.map({ 3, 1, 2 }, function(n)
      lash.sleep(n / 1000)
      return n * 10, "more"
    end)
    assert.same({ 30, 10, 20 }, results)
    assert.equal(3, results.n)
    assert.same({ 1 }, lash.map({ -1 }, nil, math.abs))
  end))

  it("calls f with the item and nothing else", on_loop(function()
    lash.map({ "x" }, function(...) assert.same({ "x", n = 1 }, table.pack(...)) end)
  end))

  it("is at 8 items at a time, or at `max`", on_loop(function()
    for _, case in ipairs { { {}, 8 }, { { max = 1 }, 1 }, { { max = 3 }, 3 }, { { max = 1000 }, 40 } } do
      local now, most, list = 0, 0, {}
      for i = 1, 40 do list[i] = i end
      lash.map(list, case[1], function()
        now = now + 1
        most = math.max(most, now)
        lash.sleep(0.001)
        now = now - 1
      end)
      assert.equal(case[2], most)
    end
  end))

  it("begins the next item when one is done, not before what that began", on_loop(function()
    local log = {}
    lash.map({ 1, 2 }, { max = 1 }, function(i)
      log[#log + 1] = i
      lash.spawn(function()
        lash.sleep(0.001)
        log[#log + 1] = -i
      end)
    end)
    assert.same({ 1, -1, 2, -2 }, log)
  end))

  it("keeps the places of nil, in the list and among the results", on_loop(function()
    local function odd(i) if i and i % 2 == 1 then return i end end
    local results = lash.map({ 1, 2, 3, 4 }, odd)
    assert.equal(4, results.n)
    assert.same({ [1] = 1, [3] = 3 }, results)
    results = lash.map(table.pack(nil, 5, nil), odd)
    assert.equal(3, results.n)
    assert.same({ [2] = 5 }, results)
    assert.equal(3, lash.map(results, odd).n) -- a result is a list
  end))

  it("gives a list that JSON takes for one", on_loop(function()
    assert.equal("[]", json.encode(lash.map({}, print)))
    assert.equal("[1]", json.encode(lash.map({ 1 }, math.abs)))
    assert.equal("[1]", json.encode(json.array(lash.map({ 1 }, math.abs))))
    assert.equal(0, lash.map({}, print).n)
  end))

  it("raises the first error: nothing more begins, the others are cancelled", on_loop(function()
    local log, begun = {}, 0
    local err = caught(lash.map, { 1, 2, 3, 4, 5, 6 }, { max = 3 }, function(i)
      begun = begun + 1
      if i == 2 then error("second", 0) end
      wait_into(log)()
    end)
    assert.same({ "second", 3, { "cancelled", "cancelled" } }, { err, begun, log })
  end))

  it("with `settle` gives the errors of items at their places", on_loop(function()
    local kinds = { "process", "network", "timeout", "schema", "usage", "rate_limit", "denied" }
    local results, failed = lash.map(kinds, { settle = true }, function(kind)
      if kind == "schema" then return "fine" end
      lash.fail(kind, "odd")
    end)
    assert.same({ [4] = "fine" }, results)
    assert.same({ 7, 7 }, { results.n, failed.n })
    for i, kind in ipairs(kinds) do assert.equal(kind ~= "schema" and kind or nil, failed[i] and failed[i].kind) end
    results, failed = lash.map({ 1, 2 }, { settle = true }, function(i) if i == 2 then error "plain" end end)
    assert.same({ 2, nil }, { results.n, results[1] })
    assert.matches("plain", failed[2])
    assert.is_nil(next(select(2, lash.map({ 1 }, { settle = true }, math.abs)))) -- no errors: none are in the table
    assert.is_nil(select(2, lash.map({ 1 }, function() end)))
  end))

  it("with `settle` raises what would meet every item, or is to end more than one", on_loop(function()
    for _, kind in ipairs { "budget", "cancelled", "interrupted", "auth", "config", "billing", "not_found", "store" } do
      local begun = 0
      local err = caught(lash.map, { 1, 2, 3 }, { settle = true, max = 1 }, function()
        begun = begun + 1
        lash.fail(kind, "all the same")
      end)
      assert.same({ kind, 1 }, { err.kind, begun })
    end
  end))

  it("with `settle` counts what an item began to it", on_loop(function()
    local results, failed = lash.map({ 1, 2 }, { settle = true }, function(i)
      if i == 1 then lash.spawn(function() lash.sleep(0) error("below", 0) end) end
      return i
    end)
    assert.same({ { [2] = 2 }, { "below" } }, { results, failed })
  end))

  it("is light: many items are never many tasks", on_loop(function()
    local n = os.getenv "LASH_GC_STRESS" and 500 or 10000
    local list, threads, most = {}, setmetatable({}, { __mode = "k" }), 0
    for i = 1, n do list[i] = i end
    local results = lash.map(list, function(i)
      threads[coroutine.running()] = true
      if i % 100 == 0 then
        lash.sleep(0)
        collectgarbage()
        local count = 0
        for _ in pairs(threads) do count = count + 1 end
        most = math.max(most, count)
      end
      return i
    end)
    assert.same({ n, n }, { #results, results[n] })
    assert.is_true(most <= 10, most)
  end))

  it("refuses what is no list, no function, no option", on_loop(function()
    usage("lash.map: expected a list, got nil", lash.map)
    usage("lash.map: expected a list, got string", lash.map, "x", print)
    usage("lash.map: expected a list, got a table with other keys", lash.map, { a = 1 }, print)
    usage("lash.map: expected a function, got nil", lash.map, { 1 })
    usage("lash.map: expected a function, got table", lash.map, { 1 }, { max = 2 })
    usage("lash.map: the options must be a table, got number", lash.map, { 1 }, 2, print)
    usage("lash.map: 'max' must be an integer from 1, got 0", lash.map, { 1 }, { max = 0 }, print)
    usage("lash.map: 'settle' must be true or false, got 1", lash.map, { 1 }, { settle = 1 }, print)
    assert.equal("did you mean 'max'?", usage("lash.map: unknown key 'mxa'", lash.map, { 1 }, { mxa = 1 }, print).hint)
  end))
end)

describe("lash.race", function()
  it("gives what the first returns, and cancels the others", on_loop(function()
    local log = {}
    assert.equal("fast", lash.race { wait_into(log), function() lash.sleep(0.01) return "fast" end, wait_into(log) })
    assert.same({ "cancelled", "cancelled" }, log)
  end))

  it("is won by nil, too", on_loop(function()
    assert.is_nil(lash.race { function() end, function() lash.sleep(60) return 1 end })
  end))

  it("passes over those that fail", on_loop(function()
    assert.equal("slow", lash.race {
      function() lash.fail("network", "no") end,
      function() error "odd" end,
      function() lash.sleep(0.01) return "slow" end,
    })
  end))

  it("raises when all fail: of the kind that may pass, with all of them", on_loop(function()
    local err = caught(lash.race, {
      function() lash.fail("auth", "bad key") end,
      function() lash.fail("network", "no connection", "plug it in") end,
      function() error("odd", 0) end,
    })
    assert.same({ "network", true, 69, "plug it in" }, { err.kind, err.temporary, err.exit, err.hint })
    assert.equal("all 3 failed: 1: auth: bad key; 2: network: no connection; 3: odd", err.message)
    assert.same({ "auth", "network", "odd" }, { err.errors[1].kind, err.errors[2].kind, err.errors[3] })
    err = caught(lash.race, { a = function() error("x", 0) end, b = function() error(("é"):rep(1000), 0) end })
    assert.equal("internal", err.kind)
    assert.is_true(#err.message < 400 and utf8.len(err.message) ~= nil)
    assert.equal("x", caught(lash.race, { function() error("x", 0) end })) -- one alone: its own
  end))

  it("refuses to have nobody in it", on_loop(function()
    usage("lash.race: there is nobody to race", lash.race, {})
    usage("lash.race: '1' is not a function but a string", lash.race, { "x" })
  end))
end)

describe("lash.timeout", function()
  it("gives all that f returns in time", on_loop(function()
    assert.same({ 1, nil, 3, n = 3 }, table.pack(lash.timeout("1m", function() return 1, nil, 3 end)))
    assert.equal("own", caught(lash.timeout, 60, function() error("own", 0) end))
  end))

  it("raises `timeout` when it is over, where f waits", on_loop(function()
    local began, inner = loop.now(), nil
    local err = caught(lash.timeout, "100ms", function()
      local _ <close> = at_close(function(_, e) inner = e end)
      lash.sleep(60)
    end)
    assert.same({ "timeout", 124, true, "not done within 100ms" }, { err.kind, err.exit, err.temporary, err.message })
    assert.equal(err, inner)
    local seconds = loop.now() - began
    assert.is_true(seconds >= 0.1 and seconds < 5)
    lash.sleep(0) -- it is gone
  end))

  it("stops f where it computes", on_loop(function()
    assert.equal("timeout", caught(lash.timeout, "10ms", function() while true do end end).kind)
  end))

  it("is over for all that f began, also when f has returned", on_loop(function()
    for _, last in ipairs { function() end, function() lash.sleep(60) end } do
      local log = {}
      local err = caught(lash.timeout, 0.2, function()
        lash.spawn(wait_into(log))
        lash.spawn(function() lash.spawn(wait_into(log)) end)
        last()
      end)
      assert.same({ "timeout", 2 }, { err.kind, #log })
    end
  end))

  it("is over for what f began also when f makes nothing of it", on_loop(function()
    local log = {}
    assert.equal("fine", lash.timeout(0.1, function()
      lash.spawn(wait_into(log))
      pcall(lash.sleep, 60)
      lash.spawn(wait_into(log)) -- also what begins behind its time
      return "fine"
    end))
    assert.equal(1, #log) -- the other one never began
  end))

  it("nests, and the nearest wins", on_loop(function()
    local inner
    local err = caught(lash.timeout, 0.8, function()
      inner = caught(lash.timeout, 0.1, function() lash.sleep(60) end)
      lash.sleep(60)
    end)
    assert.same({ "not done within 0.8 s", "not done within 0.1 s" }, { err.message, inner.message })
    local log = {}
    err = caught(lash.timeout, 0.1, function() lash.timeout(60, wait_into(log)) end)
    assert.same({ "not done within 0.1 s", 1 }, { err.message, #log })
  end))

  it("is the deadline of those below it, and of nobody else", on_loop(function()
    local deadline = require("lash.task").deadline
    local before = lash.spawn(function()
      lash.sleep(0.005)
      return deadline()
    end)
    local now = loop.now()
    lash.timeout(30, function()
      for _, at in ipairs { deadline(), lash.timeout(50, deadline), lash.all({ deadline })[1] } do
        assert.is_true(at >= now + 30 and at < now + 40)
      end
      assert.is_true(lash.timeout(10, deadline) < now + 20)
      assert.is_nil(before:join())
    end)
    assert.is_nil(deadline())
  end))

  it("ends in gsub, and in a generator", on_loop(function()
    local function places(f) return { function() return (("x"):gsub("x", f)) end, coroutine.wrap(f) } end
    for i = 1, 2 do
      local log = {}
      assert.equal("timeout", caught(lash.timeout, 0.1, places(wait_into(log))[i]).kind)
      assert.equal("timeout", caught(places(function() lash.timeout(0.1, wait_into(log)) end)[i]).kind)
      assert.same({ "timeout", "timeout" }, log)
    end
  end))

  it("refuses what is no duration, or no function", on_loop(function()
    usage("lash.timeout: '-1' is not a duration", lash.timeout, -1, print)
    usage("lash.timeout: expected a function, got nil", lash.timeout, 1)
  end))
end)

describe("lash.spawn", function()
  it("begins a task, which can be joined", on_loop(function()
    local task = lash.spawn(function(...)
      lash.sleep(0.001)
      return ...
    end, 1, nil)
    assert.is_false(task.done)
    assert.same({ 1, nil, n = 2 }, table.pack(task:join()))
    assert.is_true(task.done)
    usage("lash.spawn: expected a function, got nil", lash.spawn)
  end))

  it("closes what is left of it at the end of a block", on_loop(function()
    local log = {}
    do
      local _task <close> = lash.spawn(wait_into(log))
      lash.sleep(0)
    end
    assert.same({ "cancelled" }, log)
  end))
end)

describe("lash.try", function()
  it("lets the end of something larger pass", on_loop(function()
    local went_on
    local err = caught(lash.timeout, 0.01, function()
      lash.try(lash.sleep, 60)
      went_on = true
    end)
    assert.same({ "timeout", nil }, { err.kind, went_on })
    -- what is inside of it is its own
    local value
    value, err = lash.try(lash.timeout, 0.01, function() lash.sleep(60) end)
    assert.same({ nil, "timeout" }, { value, err.kind })
  end))

  it("lets the failure of a task that nobody joins pass", on_loop(function()
    local err = caught(lash.all, { function()
      lash.spawn(lash.fail, "network", "of the task")
      lash.try(lash.sleep, 60)
      error "not reached"
    end })
    assert.equal("of the task", err.message)
  end))
end)
