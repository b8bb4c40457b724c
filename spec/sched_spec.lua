local errors = require "lash.errors"
local group = require "lash.task"
local loop = require "lash.core.loop"
local sched = require "lash.sched"

--- Runs f as the root task; its error instead of its results when it fails.
local function run(f)
  local results = table.pack(pcall(sched.run, f))
  if results[1] then return table.unpack(results, 2, results.n) end
  return results[2]
end

--- A test whose body is the root task.
local function on_loop(f)
  return function() sched.run(f) end
end

--- A value that does something when its scope ends.
local function at_close(f) return setmetatable({}, { __close = f }) end

describe("lash.sched", function()
  it("runs a function and returns what it returned", function()
    assert.equal(2, select("#", sched.run(function(...) return ... end, 1, nil)))
    assert.same({ 2, "x" }, { sched.run(function() return 2, "x" end) })
  end)

  it("raises the error of its root as it is", function()
    local err = {}
    assert.equal(err, run(function() error(err) end))
    assert.matches("sched_spec.lua:%d+: boom$", run(function() error "boom" end))
    assert.equal("an error without a message", run(function() error() end))
    assert.equal("again", sched.run(function() return "again" end))
  end)

  it("is one: it does not run in itself", on_loop(function()
    assert.has_error(function() sched.run(print) end, "the scheduler runs already")
  end))

  it("waits only while it runs", function()
    for _, f in ipairs { function() sched.sleep(0) end, sched.park } do
      local ok, message = pcall(f)
      assert.is_false(ok)
      assert.matches("need a running scheduler", message)
    end
  end)

  it("sleeps for the time, other tasks meanwhile", on_loop(function()
    local order, tasks = {}, {}
    for i, ms in ipairs { 30, 10, 20, 0 } do
      tasks[i] = sched.spawn(function()
        local due = loop.now() + ms / 1000
        sched.sleep(ms / 1000)
        assert.is_true(loop.now() >= due)
        order[#order + 1] = due -- not ms: on a busy machine tasks begin late
      end)
    end
    for _, task in ipairs(tasks) do task:join() end
    local sorted = table.move(order, 1, #order, 1, {})
    table.sort(sorted)
    assert.same(sorted, order)
    assert.equal(4, #order)
  end))

  it("sleeps no shorter because a task that it was told of is done", on_loop(function()
    local began = loop.now()
    sched.spawn(function() sched.sleep(0.005) end):notify()
    sched.sleep(0.03)
    assert.is_true(loop.now() - began >= 0.03)
  end))

  it("starts a task at the next wait of its parent, in the order of spawning", on_loop(function()
    local order = {}
    for i = 1, 3 do sched.spawn(function() order[i] = #order + 1 end) end
    assert.same({}, order)
    sched.sleep(0)
    assert.same({ 1, 2, 3 }, order)
  end))

  it("knows the running task", on_loop(function()
    local root = sched.current()
    local child
    child = sched.spawn(function()
      assert.equal(child, sched.current())
      sched.sleep(0)
      assert.equal(child, sched.current())
    end)
    child:join()
    assert.equal(root, sched.current())
  end))

  it("wakes who is parked, with a value, and nobody else", on_loop(function()
    local got = {}
    local child = sched.spawn(function()
      sched.sleep(0)
      got[1] = sched.park()
      got[2] = sched.park()
    end)
    sched.wake(child, "too early") -- it has not begun: not parked
    sched.sleep(0)
    sched.sleep(0)
    sched.wake(child, "one")
    sched.wake(child, "lost") -- runnable already
    sched.sleep(0)
    sched.wake(child, "two")
    child:join()
    sched.wake(child, "done")
    assert.same({ "one", "two" }, got)
  end))

  it("ends a park when a task that it was told of is done", on_loop(function()
    local child = sched.spawn(function() sched.sleep(0) end)
    child:notify()
    assert.equal(child, sched.park())
    assert.is_true(child.done and child.ok)
  end))
end)

describe("a task's join", function()
  it("returns all results, now or later, to all who ask", on_loop(function()
    local child = sched.spawn(function(...)
      sched.sleep(0)
      return ..., nil
    end, "a", "b")
    local other = sched.spawn(function() return child:join() end)
    assert.equal(2, select("#", child:join())) -- "a", nil
    assert.equal("a", (other:join()))
    assert.equal("a", (child:join()))
  end))

  it("raises the error, and then it is nobody else's", on_loop(function()
    local err = {}
    local child = sched.spawn(function() error(err) end)
    local ok, got = pcall(child.join, child)
    assert.is_false(ok)
    assert.equal(err, got)
    assert.equal(err, select(2, pcall(child.join, child)))
    assert.equal(err, child.err)
    sched.sleep(0)
  end))

  it("by another task than the parent keeps the failure from the parent", on_loop(function()
    local child = sched.spawn(function()
      sched.sleep(0.001)
      error "joined"
    end)
    local joined
    sched.spawn(function() joined = not pcall(child.join, child) end):join()
    assert.is_true(joined)
  end))

  it("that was given up leaves nothing behind", on_loop(function()
    local gone
    local child = sched.spawn(function()
      sched.sleep(0.01)
      gone = true
    end)
    local ok = pcall(group.with_deadline, loop.now(), errors.new("timeout", "late"), child.join, child)
    assert.is_false(ok)
    sched.spawn(function()
      while not gone do sched.sleep(0) end
      sched.wake(child.parent, "mine")
    end)
    assert.equal("mine", sched.park()) -- not woken by the end of the child
  end))

  it("that was given up does not hide a later failure", function()
    local err = {}
    assert.equal(err, run(function()
      local child = sched.spawn(function()
        sched.sleep(0.01)
        error(err)
      end)
      pcall(group.with_deadline, loop.now(), errors.new("timeout", "late"), child.join, child)
      sched.sleep(10)
    end))
  end)
end)

describe("structure", function()
  it("lets nobody end before what he started", function()
    local done = {}
    sched.run(function()
      sched.spawn(function()
        sched.spawn(function()
          sched.sleep(0.01)
          done[#done + 1] = "grandchild"
        end)
        done[#done + 1] = "child"
      end)
      done[#done + 1] = "root"
    end)
    assert.same({ "root", "child", "grandchild" }, done)
  end)

  it("makes a child's failure the parent's, and cancels its siblings", function()
    local err, closed = {}, {}
    assert.equal(err, run(function()
      for i = 1, 2 do
        sched.spawn(function()
          local _ <close> = at_close(function(_, why) closed[i] = why.kind end)
          sched.sleep(10)
        end)
      end
      sched.spawn(function()
        sched.sleep(0)
        error(err)
      end)
      sched.sleep(10)
    end))
    assert.same({ "cancelled", "cancelled" }, closed)
  end)

  it("does so also when the parent has returned, or waits no more", function()
    local err = {}
    for _, last in ipairs { function() end, function() sched.sleep(0) end } do
      assert.equal(err, run(function()
        sched.spawn(function() sched.sleep(10) end)
        sched.spawn(function()
          sched.sleep(0)
          error(err)
        end)
        last()
      end))
    end
  end)

  it("raises the first of several failures", function()
    assert.equal("first", run(function()
      for _, name in ipairs { "first", "second" } do sched.spawn(function() error(name, 0) end) end
    end))
  end)

  it("never begins what was cancelled before its turn", on_loop(function()
    local begun = false
    local child = sched.spawn(function() begun = true end)
    child:cancel()
    local ok, err = pcall(child.join, child)
    assert.same({ false, "cancelled", false }, { ok, err.kind, begun })
  end))

  it("passes a failure up through all levels", function()
    local err, closed = {}, 0
    local function nest(n)
      local _ <close> = at_close(function() closed = closed + 1 end)
      if n == 0 then error(err) end
      sched.spawn(nest, n - 1)
      sched.sleep(10)
    end
    assert.equal(err, run(function() nest(20) end))
    assert.equal(21, closed)
  end)

  it("cancels daemons, and lets nobody fail for one that nobody joins", function()
    local closed
    local began = loop.now()
    assert.equal("fine", sched.run(function()
      sched.spawn_daemon(function() error "nobody hears this" end)
      sched.spawn_daemon(function()
        local _ <close> = at_close(function()
          sched.sleep(0)
          closed = true
        end)
        sched.sleep(10)
      end)
      sched.sleep(0)
      return "fine"
    end))
    assert.is_true(closed)
    assert.is_true(loop.now() - began < 5)
    assert.equal("heard", run(function() sched.spawn_daemon(error, "heard", 0):join() end))
  end)

  it("takes no timer that ends no wait for one, nor a task that can run for a deadlock", function()
    assert.equal("done", run(function()
      local timer <close> = sched.timer(loop.now() + 60, function() end)
      timer.idle = true
      sched.spawn(function() end):join()
      return "done"
    end))
    assert.equal("internal", run(function()
      local timer <close> = sched.timer(loop.now() + 60, function() end)
      timer.idle = true
      sched.park()
    end).kind)
  end)

  it("ends with an error where tasks wait for each other", function()
    local function deadlocked(err)
      assert.same({ "internal", "deadlock: the tasks wait for each other" }, { err.kind, err.message })
    end
    deadlocked(run(sched.park))
    deadlocked(run(function() sched.current():join() end))
    deadlocked(run(function()
      local a, b
      a = sched.spawn(function() b:join() end)
      b = sched.spawn(function() a:join() end)
    end))
    deadlocked(run(function() -- b holds the C stack above a
      local function inside(f) return (("x"):gsub("x", f)) end
      local a = sched.spawn(function() inside(function() sched.sleep(0.001) end) end)
      sched.spawn(function() inside(function() a:join() end) end)
    end))
  end)
end)

describe("the failure of a child that nobody joins", function()
  local function failing(err)
    return sched.spawn(function()
      sched.sleep(0)
      error(err)
    end)
  end

  it("is the parent's in the end when a pcall around a wait swallowed it", function()
    local err, went_on, closed = {}, false, false
    assert.equal(err, run(function()
      failing(err)
      sched.spawn(function()
        local _ <close> = at_close(function() closed = true end)
        sched.sleep(10)
      end)
      assert.equal(err, select(2, pcall(sched.sleep, 10)))
      sched.sleep(0.001)
      went_on = true
    end))
    assert.same({ true, true }, { went_on, closed })
  end)

  it("is not when it is joined later", on_loop(function()
    local err = {}
    local child = failing(err)
    pcall(sched.sleep, 10)
    assert.equal(err, select(2, pcall(child.join, child)))
  end))

  it("is raised no more when it is joined first", on_loop(function()
    local err = {}
    local child = sched.spawn(function()
      sched.park()
      error(err)
    end)
    sched.sleep(0)
    sched.wake(child)
    -- The child fails in the same step in which the time of the join is over.
    local late = errors.new("timeout", "late")
    assert.equal(late, select(2, pcall(group.with_deadline, loop.now(), late, child.join, child)))
    assert.is_true(child.done)
    assert.equal(err, select(2, pcall(child.join, child)))
    sched.sleep(0.001)
  end))

  it("is of each of them", function()
    local first, second = {}, {}
    assert.equal(second, run(function()
      local child = failing(first)
      failing(second)
      pcall(sched.sleep, 10)
      pcall(child.join, child)
    end))
  end)

  it("is the parent's when who joined was stopped meanwhile", function()
    local err = {}
    assert.equal(err, run(function()
      local child = failing(err)
      local joiner = sched.spawn(function() child:join() end)
      sched.sleep(0)
      joiner:notify()
      while not child.done do sched.sleep(0) end
      joiner:cancel() -- woken by the end of the child, it has not run since
      sched.sleep(10)
    end))
  end)

  it("is the parent's when that has returned: the first, and the others end", function()
    local closed
    assert.equal("first", run(function()
      sched.spawn(function()
        local _ <close> = at_close(function() closed = closed == nil end)
        sched.sleep(10)
        closed = false
      end)
      sched.spawn(function()
        local _ <close> = at_close(function() error("second", 0) end)
        sched.sleep(10)
      end)
      sched.spawn(function()
        sched.sleep(0.001)
        error("first", 0)
      end)
    end))
    assert.is_true(closed)
  end)

  it("passes a level that swallows it on to the next", function()
    local err = {}
    assert.equal(err, run(function()
      sched.spawn(function()
        failing(err)
        pcall(sched.sleep, 10)
      end)
      sched.sleep(10)
    end))
  end)
end)

describe("a child that was cancelled", function()
  it("is silent when nobody joins it", on_loop(function()
    local waiting = sched.spawn(sched.sleep, 10)
    sched.sleep(0)
    waiting:cancel()
    local unborn = sched.spawn(sched.sleep, 10)
    unborn:cancel(errors.new("timeout", "late"))
    sched.sleep(0.001)
    assert.same({ false, false }, { waiting.ok, unborn.ok })
  end))

  it("is silent when it had returned and waited for its own", on_loop(function()
    local child = sched.spawn(function() sched.spawn(sched.sleep, 10) end)
    sched.sleep(0)
    child:cancel()
    sched.sleep(0.001)
    assert.same({ true, "cancelled" }, { child.done, child.err.kind })
  end))

  it("is not when it ends of something else", function()
    assert.equal("in close", run(function()
      local child = sched.spawn(function()
        local _ <close> = at_close(function() error("in close", 0) end)
        sched.sleep(10)
      end)
      sched.sleep(0)
      child:cancel()
      sched.sleep(10)
    end))
  end)
end)
