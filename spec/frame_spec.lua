--- Keys: where something stands, whatever the order in which it comes to its end.
local frame = require "lash.frame"
local sched = require "lash.sched"
local task = require "lash.task"

local function run(f) return function() sched.run(f) end end

describe("a frame", function()
  it("counts names, and indexes by themselves", run(function()
    local keys = {}
    for i, part in ipairs { { "a" }, { "b" }, { "a" }, { "a", "x" }, { "a", "x" }, { "a" } } do
      keys[i] = frame.key(part[1], part[2])
    end
    assert.same({ "/a", "/b", "/a#2", "/a[x]", "/a[x]#2", "/a#3" }, keys)
  end))

  it("stands inside of another, and counts anew", run(function()
    do
      local _outer <close> = frame.open(frame.key "a")
      assert.equal("/a/b", frame.key "b")
      do
        local _inner <close> = frame.open(frame.key "b")
        assert.equal("/a/b#2/a", frame.key "a")
      end
      assert.equal("/a/b#3", frame.key "b")
    end
    assert.equal("/a#2", frame.key "a")
  end))

  it("is a task's own, also where nobody opened one before", run(function()
    local keys = {}
    task.each(3, 3, function(i)
      sched.sleep((3 - i) / 1000)
      keys[i] = frame.key "x"
      task.each(2, 2, function(j) keys[i] = keys[i] .. " " .. frame.key "y" .. j end, function() end)
    end, function() end)
    assert.same({
      "/~1.1/x /~1.1/~1.1/y1 /~1.1/~1.2/y2", "/~1.2/x /~1.2/~1.1/y1 /~1.2/~1.2/y2",
      "/~1.3/x /~1.3/~1.1/y1 /~1.3/~1.2/y2" }, keys)
  end))

  it("numbers tasks in itself: what was skipped before does not matter", run(function()
    local function key_of_a_task()
      local key
      sched.spawn(function() key = frame.key "x" end):join()
      return key
    end
    key_of_a_task()
    local _frame <close> = frame.open "/s"
    assert.equal("/s/~1/x", key_of_a_task())
    assert.equal("/s/~2/x", key_of_a_task())
  end))

  it("does not depend on how many stood side by side before", run(function()
    for n = 1, 3 do
      local _frame <close> = frame.open("/" .. n)
      task.each(n, 2, function(i) return i end, function(i) return i == 1 end)
      local key
      sched.spawn(function() key = frame.key "x" end):join()
      assert.equal(("/%d/~2/x"):format(n), key)
    end
  end))

  it("escapes what separates", run(function()
    assert.equal("/a%2Fb%5Bc%5D%23d%7Ee%25[%5B/]", (frame.key("a/b[c]#d~e%", "[/"):gsub("%%2F%]$", "/]")))
  end))

  it("knows whether it is inside of a step", run(function()
    assert.is_false(frame.in_step())
    local _step <close> = frame.open("/s", true)
    local inside
    sched.spawn(function()
      local _frame <close> = frame.open "/s/t"
      inside = frame.in_step()
    end):join()
    assert.is_true(inside)
  end))
end)
