local errors = require "lash.errors"
local group = require "lash.task"
local loop = require "lash.core.loop"
local sched = require "lash.sched"

--- A test whose body is the root task.
local function on_loop(f)
  return function() sched.run(f) end
end

--- A value that does something when its scope ends.
local function at_close(f) return setmetatable({}, { __close = f }) end

local function late(name) return errors.new("timeout", name or "late") end

describe("cancelling", function()
  it("raises at the waiting point, and <close> variables may wait", on_loop(function()
    local log = {}
    local child = sched.spawn(function()
      local _ <close> = at_close(function(_, err)
        log[#log + 1] = err.kind
        sched.sleep(0)
        sched.sleep(0.001)
        log[#log + 1] = "closed"
      end)
      sched.sleep(10)
      log[#log + 1] = "not reached"
    end)
    sched.sleep(0)
    child:cancel()
    assert.same({}, log) -- not on the stack of who cancels
    assert.equal("cancelled", select(2, pcall(child.join, child)).kind)
    assert.same({ "cancelled", "closed" }, log)
    child:cancel() -- done: nothing happens
  end))

  it("raises the error that it is given", on_loop(function()
    local err = {}
    local child = sched.spawn(sched.park)
    sched.sleep(0)
    child:cancel(err)
    assert.equal(err, select(2, pcall(child.join, child)))
  end))

  it("a second time leaves the clean-up alone", on_loop(function()
    local clean
    do
      local child <close> = sched.spawn(function()
        local _ <close> = at_close(function()
          sched.sleep(0.01)
          clean = true
        end)
        sched.sleep(10)
      end)
      sched.sleep(0)
      child:cancel()
      sched.sleep(0)
    end
    assert.is_true(clean)
  end))

  -- Each loop swallows its cancellation in another way.
  local stubborn = {
    ["pcall"] = function() pcall(sched.sleep, 0.5) end,
    ["xpcall"] = function() xpcall(sched.sleep, function() return {} end, 0.5) end,
    ["pcall around pcall"] = function() pcall(function() assert(pcall(sched.sleep, 0.5)) end) end,
    ["another error after it"] = function()
      pcall(sched.sleep, 0.5)
      pcall(error, {})
    end,
    ["a coroutine"] = function() coroutine.resume(coroutine.create(sched.sleep), 0.5) end,
    ["gsub"] = function() pcall(string.gsub, "x", "x", function() sched.sleep(0.5) end) end,
  }
  for name, swallow in pairs(stubborn) do
    it("ends a loop that swallows it: " .. name, on_loop(function()
      local began = loop.now()
      do
        local _child <close> = sched.spawn(function() for _ = 1, 1e9 do swallow() end end)
        sched.sleep(0)
      end
      assert.is_true(loop.now() - began < 10)
    end))
  end

  it("tidies up after a pcall and goes on when the error is raised again", on_loop(function()
    local closed
    local child = sched.spawn(function()
      local _ <close> = at_close(function()
        sched.sleep(0)
        closed = true
      end)
      local _, err = pcall(sched.sleep, 10)
      error(err)
    end)
    sched.sleep(0)
    child:cancel()
    assert.equal("cancelled", select(2, pcall(child.join, child)).kind)
    assert.is_true(closed)
  end))

  it("reaches the children of a task that has returned", on_loop(function()
    local begun, closed
    local child = sched.spawn(function()
      sched.spawn(function()
        local _ <close> = at_close(function() closed = true end)
        begun = true
        sched.sleep(10)
      end)
    end)
    while not begun do sched.sleep(0) end
    child:cancel()
    assert.equal("cancelled", select(2, pcall(child.join, child)).kind)
    assert.is_true(closed)
  end))

  it("is seen at a checkpoint, without a wait", on_loop(function()
    sched.checkpoint()
    local reached
    local child
    child = sched.spawn(function()
      child:cancel()
      reached = pcall(sched.checkpoint)
      sched.checkpoint() -- it was swallowed: again
      reached = "beyond"
    end)
    pcall(child.join, child)
    assert.is_false(reached)
  end))

  it("keeps an error of a __close instead of its own", on_loop(function()
    local child = sched.spawn(function()
      local _ <close> = at_close(function() error("in close", 0) end)
      sched.sleep(10)
    end)
    sched.sleep(0)
    child:cancel()
    assert.equal("in close", select(2, pcall(child.join, child)))
  end))
end)

describe("closing a task", function()
  it("cancels it, waits for its end and drops its error", on_loop(function()
    local log = {}
    do
      local _a <close> = sched.spawn(function()
        local _ <close> = at_close(function()
          sched.sleep(0.005)
          log[#log + 1] = "cleaned"
          error "dropped"
        end)
        sched.sleep(10)
      end)
      sched.sleep(0)
    end
    log[#log + 1] = "after"
    assert.same({ "cleaned", "after" }, log)
  end))

  it("drops the error also when the wait for it is cut short", on_loop(function()
    local ok, err = pcall(group.with_deadline, loop.now() + 0.1, late(), function()
      local _child <close> = sched.spawn(function()
        local _ <close> = at_close(function()
          sched.sleep(0.2)
          error "dropped"
        end)
        sched.sleep(10)
      end)
      sched.sleep(0)
    end)
    assert.same({ false, "timeout" }, { ok, err.kind })
    sched.sleep(0.3)
  end))

  it("leaves what is done as it was", on_loop(function()
    local child
    do
      local c <close> = sched.spawn(function() return "value" end)
      sched.sleep(0)
      child = c
    end
    assert.equal("value", child:join())
  end))
end)

describe("gather", function()
  it("gives all results in order, packed", on_loop(function()
    local results = group.gather {
      function()
        sched.sleep(0.01)
        return "slow", nil
      end,
      function() return "fast" end,
      function() end,
    }
    assert.same({ { "slow", nil, n = 2 }, { "fast", n = 1 }, { n = 0 } }, results)
    assert.same({}, group.gather {})
  end))

  it("raises the first error; the others are cancelled and cleaned up by then", on_loop(function()
    local err, cleaned = {}, false
    local ok, got = pcall(group.gather, {
      function()
        local _ <close> = at_close(function()
          sched.sleep(0.005)
          cleaned = true
        end)
        sched.sleep(10)
      end,
      function() error(err) end,
    })
    assert.is_false(ok)
    assert.equal(err, got)
    assert.is_true(cleaned)
    sched.sleep(0) -- nothing of it is left to fail here
  end))

  it("ends with its caller", on_loop(function()
    local closed = 0
    local function wait()
      local _ <close> = at_close(function() closed = closed + 1 end)
      sched.sleep(10)
    end
    local ok, err = pcall(group.with_deadline, loop.now() + 0.1, late(), group.gather, { wait, wait })
    assert.same({ false, "timeout", 2 }, { ok, err.kind, closed })
  end))
end)
