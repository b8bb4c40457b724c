local errors = require "lash.errors"
local group = require "lash.task"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local stops = require "lash.sched.stop"

--- A test whose body is the root task.
local function on_loop(f)
  return function() sched.run(f) end
end

local function late(name) return errors.new("timeout", name) end

--- Milliseconds in which a task gets to what it does first, also where others have the
--- processor for a while: what is said of a deadline that rings there needs it to.
local SOON = 100

--- pcall(with_deadline) some milliseconds from now.
local function within(ms, name, f, ...)
  return pcall(group.with_deadline, loop.now() + ms / 1000, late(name), f, ...)
end

describe("a deadline", function()
  it("leaves alone what is in time", on_loop(function()
    assert.same({ true, "a", "b" }, { within(1000, "late", function(...)
      sched.sleep(0)
      return ...
    end, "a", "b") })
    assert.same({ false, "own" }, { within(1000, "late", error, "own", 0) })
  end))

  it("raises its error at the wait that it ends", on_loop(function()
    local began = loop.now()
    local ok, err = within(10, "late", sched.sleep, 10)
    assert.same({ false, "timeout", "late" }, { ok, err.kind, err.message })
    assert.is_true(loop.now() - began >= 0.01)
    sched.sleep(0) -- it is gone
  end))

  it("nests, and the nearest wins", on_loop(function()
    local inner
    local ok, err = within(10 * SOON, "outer", function()
      inner = select(2, within(SOON, "inner", sched.sleep, 10))
      sched.sleep(10)
    end)
    assert.same({ false, "outer", "inner" }, { ok, err.message, inner.message })
    ok, err = within(SOON, "outer", function()
      inner = nil
      inner = select(2, within(10 * SOON, "inner", sched.sleep, 10))
      sched.sleep(10)
    end)
    assert.same({ false, "outer", "outer" }, { ok, err.message, inner.message })
  end))

  it("is raised again at the next wait when it was swallowed", on_loop(function()
    local reached = 0
    local ok, err = within(SOON, "late", function()
      pcall(sched.sleep, 10)
      reached = 1
      pcall(error, {}) -- another error in between
      sched.sleep(0)
      reached = 2
    end)
    assert.same({ false, "late", 1 }, { ok, err.message, reached })
  end))

  it("is not raised in the waits of the clean-up that it began", on_loop(function()
    local clean
    within(SOON, "late", function()
      local _ <close> = setmetatable({}, { __close = function()
        sched.sleep(0)
        sched.sleep(0.001)
        clean = true
      end })
      sched.sleep(10)
    end)
    assert.is_true(clean)
  end))

  it("that passed and was swallowed leaves nothing behind", on_loop(function()
    assert.same({ true, "busy" }, { within(SOON, "late", function()
      pcall(function() while true do end end) -- however late the alarm rings
      return "busy"
    end) })
    assert.is_nil(debug.gethook())
    sched.sleep(0.002)
    sched.checkpoint()
  end))

  it("of the outer scope stands when it passed inside the inner", on_loop(function()
    local reached
    local ok, err = within(SOON, "outer", function()
      within(SOON + 10, "inner", function()
        pcall(sched.sleep, 10)
        local began = loop.now()
        while loop.now() - began < 0.01 do end
        pcall(sched.sleep, 10) -- both have passed: the outer one is raised, and swallowed
      end)
      sched.sleep(0)
      reached = true
    end)
    assert.same({ false, "outer" }, { ok, err.message })
    assert.is_nil(reached)
  end))

  it("does not hide a cancellation in the same step", on_loop(function()
    local went_on
    local child
    child = sched.spawn(function()
      within(5, "late", function() sched.sleep(10) end)
      sched.sleep(2)
      went_on = true
    end)
    sched.spawn(function() -- wakes in the poll that raises the deadline, and runs first or second
      for _ = 1, 20 do
        sched.sleep(0.0005)
      end
    end)
    sched.sleep(0)
    local began = loop.now()
    while loop.now() - began < 0.01 do end -- the deadline is due, and nobody has looked
    sched.spawn(function() child:cancel() end)
    local ok, err = pcall(child.join, child)
    assert.same({ false, "cancelled" }, { ok, err.kind })
    assert.is_nil(went_on)
  end))

  it("may be swallowed in a thousand scopes", on_loop(function()
    for _ = 1, 1000 do
      local ok = within(0, "late", function()
        pcall(sched.sleep, 10)
        sched.sleep(0) -- raised again
      end)
      assert.is_false(ok)
    end
  end))

  it("is not swallowed for ever", on_loop(function()
    local closed
    local ok, err = within(SOON, "late", function()
      local _ <close> = setmetatable({}, { __close = function()
        sched.sleep(0)
        closed = true
      end })
      while true do pcall(sched.sleep, 10) end
    end)
    assert.same({ false, "late", true }, { ok, err.message, closed })
  end))

  it("reaches a join, a gather and a wait in gsub", on_loop(function()
    local child <close> = sched.spawn(sched.sleep, 10)
    local waits = {
      function() child:join() end,
      function() group.gather { function() sched.sleep(10) end } end,
      function() return (("x"):gsub("x", function() sched.sleep(10) end)) end,
      coroutine.wrap(function() sched.sleep(10) end),
      sched.park,
    }
    for i, wait in ipairs(waits) do
      local ok, err = within(5, "late " .. i, wait)
      assert.same({ false, "late " .. i }, { ok, err.message })
    end
  end))
end)

describe("a deadline stops code that computes", function()
  local function busy() while true do end end

  local places = {
    ["in a loop"] = busy,
    ["in a callback"] = function() return (("x"):gsub("x", busy)) end,
    ["in a comparison"] = function() table.sort({ 3, 2, 1 }, busy) end,
    ["in a generator"] = function() for _ in coroutine.wrap(busy) do end end,
    ["in many coroutines"] = function() while true do coroutine.wrap(function() for _ = 1, 50 do end end)() end end,
    ["after a wait"] = function()
      sched.sleep(0)
      busy()
    end,
    ["in a task below"] = function() group.gather { function() busy() end, sched.park } end,
    ["while another task waits"] = function()
      sched.spawn(sched.sleep, 0)
      busy()
    end,
  }
  for name, f in pairs(places) do
    it(name, on_loop(function()
      local began = loop.now()
      assert.same({ false, late "late" }, { within(5, "late", f) })
      assert.is_true(loop.now() - began < 0.9) -- no grace was needed
      assert.is_nil(debug.gethook())
      sched.sleep(0)
    end))
  end

  local stubborn = {
    ["that catches it for ever"] = function() while true do pcall(busy) end end,
    ["that handles it for ever"] = function() while true do xpcall(busy, function() return "x" end) end end,
    ["that resumes for ever"] = function() while true do coroutine.resume(coroutine.create(busy)) end end,
    ["whose clean-up never ends"] = function()
      local _ <close> = setmetatable({}, { __close = busy })
      local _ <close> = setmetatable({}, { __close = busy })
      busy()
    end,
    ["that waits, and never ends its clean-up"] = function()
      local _ <close> = setmetatable({}, { __close = busy })
      sched.sleep(10)
    end,
  }
  for name, f in pairs(stubborn) do
    it(name, on_loop(function()
      local grace, began = stops.grace, loop.now()
      stops.grace = 0.1
      assert.same({ false, late "late" }, { within(SOON, "late", f) })
      stops.grace = grace
      local seconds = loop.now() - began
      assert.is_true(seconds > SOON / 1000 + 0.09 and seconds < 1, seconds)
      assert.same({ true, false, "x" }, { within(1000, "late", pcall, error, "x") }) -- pcall is as it was
    end))
  end

  it("but leaves it time to tidy up", on_loop(function()
    local tidy
    within(SOON, "late", function()
      local _ <close> = setmetatable({}, { __close = function()
        local began = loop.now()
        while loop.now() - began < 0.2 do end
        tidy = true
      end })
      busy()
    end)
    assert.is_true(tidy)
  end))

  it("but not what stands around it, nor what began before", on_loop(function()
    local reached = 0
    local before <close> = sched.spawn_daemon(function()
      sched.sleep(0.002)
      local began = loop.now()
      while loop.now() - began < 0.05 do end
      reached = reached + 1
    end)
    local ok = within(1000, "outer", function()
      assert.is_false((within(5, "inner", function()
        sched.sleep(0.003)
        busy()
      end)))
      reached = reached + 1
    end)
    before:join()
    assert.same({ true, 2 }, { ok, reached })
  end))

  local below = {
    ["that is closed"] = function()
      local _child <close> = sched.spawn(busy)
      sched.sleep(10)
    end,
    ["that nobody looks after"] = function()
      sched.spawn(busy)
      sched.sleep(10)
    end,
    ["that is joined"] = function() sched.spawn(busy):join() end,
    ["whose failure is caught"] = function()
      local child = sched.spawn(busy)
      pcall(child.join, child)
      sched.sleep(10)
    end,
    ["that ends after its parent's part"] = function()
      sched.spawn(function()
        local _ <close> = setmetatable({}, { __close = function() sched.sleep(0.05) end })
        busy()
      end)
      sched.sleep(10)
    end,
    ["of a child"] = function() sched.spawn(function() sched.spawn(busy):join() end):join() end,
  }
  for name, f in pairs(below) do
    it("in a task below, " .. name .. ", and is over when it was caught", function()
      sched.run(function()
        assert.same({ false, late "late" }, { within(20, "late", f) })
        sched.sleep(0.1)
      end) -- which would raise it once more
    end)
  end

  it("by the outer one when both have passed", on_loop(function()
    local inner
    local ok, err = within(SOON, "outer", function()
      inner = select(2, within(SOON, "inner", busy))
      sched.sleep(0)
    end)
    assert.same({ false, "outer", "outer" }, { ok, err.message, inner.message })
  end))

  it("wherever it is just then", on_loop(function()
    local woken = 0
    for i = 1, 300 do
      within(i / 200, "late", function()
        while true do
          group.gather { function() sched.sleep(0) end, function() sched.sleep(0.0001) end }
          coroutine.wrap(function() for _ = 1, 1000 do end end)()
        end
      end)
      group.gather { function() sched.sleep(0) woken = woken + 1 end, function() woken = woken + 1 end }
    end
    assert.equal(600, woken)
    assert.is_nil(debug.gethook())
  end))
end)

describe("a wait for a source", function()
  it("ends at its time when there is no news", on_loop(function()
    local began = loop.now()
    assert.is_false(sched.wait(1 << 40, loop.now() + 0.01))
    assert.is_true(loop.now() - began >= 0.01)
  end))

  it("ends no sooner because a task that it was told of is done", on_loop(function()
    sched.spawn(function() sched.sleep(0.001) end):notify()
    local began = loop.now()
    assert.is_false(sched.wait(1 << 40, loop.now() + 0.02))
    assert.is_true(loop.now() - began >= 0.02)
  end))
end)
