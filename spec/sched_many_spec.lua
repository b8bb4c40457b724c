--- Thousands of tasks and timers: time in proportion to their number.
local sched = require "lash.sched"
local together = require "lash.together"

local FEW = os.getenv "LASH_GC_STRESS" and 100 or 1000

describe("many", function()
  --- Seconds that f(n) takes on the scheduler: the better of two attempts, for other
  -- processes get in the way.
  local function seconds(f, n)
    local best = math.huge
    for _ = 1, 2 do
      local began = os.clock()
      sched.run(f, n)
      best = math.min(best, os.clock() - began)
    end
    return best
  end

  local cases = {
    ["tasks"] = function(n) for _ = 1, n do sched.spawn(sched.sleep, 0) end end,
    ["tasks one inside the other"] = function(n)
      local function nest(k) if k > 0 then sched.spawn(nest, k - 1) end end
      nest(n)
    end,
    ["timers that are taken away"] = function(n)
      for i = 1, n do
        sched.spawn(function()
          local _task <close> = sched.spawn(sched.sleep, 1000 + i)
          sched.sleep(0)
        end)
      end
    end,
    ["waits"] = function(n) for _ = 1, n do sched.sleep(0) end end,
    ["items side by side"] = function(n)
      local list = {}
      for i = 1, n do list[i] = i end
      together.map(list, { max = 100 }, function() sched.sleep(0) end)
    end,
    ["functions side by side"] = function(n)
      local list = {}
      for i = 1, n do list[i] = function() sched.sleep(0) end end
      together.all(list)
    end,
    ["failures"] = function(n)
      local child = sched.spawn(function()
        for i = 1, n do sched.spawn(error, i) end
        pcall(sched.sleep, 1000) -- swallows the first
        sched.sleep(0)
      end)
      assert(not pcall(child.join, child))
    end,
    ["joins"] = function(n)
      local before
      for _ = 1, n do
        local last = before
        before = sched.spawn(function() if last then last:join() end end)
      end
    end,
  }
  for name, f in pairs(cases) do
    it(name .. " take time in proportion", function()
      local few, many = seconds(f, FEW), seconds(f, 8 * FEW)
      assert.is_true(many < 0.05 + 24 * few, ("%d: %.3f s, %d: %.3f s"):format(FEW, few, 8 * FEW, many))
    end)
  end

  it("tasks that wait are light", function()
    local function bytes()
      collectgarbage()
      collectgarbage()
      return collectgarbage "count" * 1024
    end
    sched.run(function()
      local tasks, before = {}, bytes()
      for i = 1, 1000 do tasks[i] = sched.spawn(sched.sleep, 1000) end
      sched.sleep(0)
      local each = (bytes() - before) / 1000
      for _, one in ipairs(tasks) do one:cancel() end
      assert.is_true(each < 4096, each)
    end)
  end)
end)
