--- Waiting works anywhere: where a coroutine cannot yield, and in a user's own
--- generators, which never receive the scheduler's yield.
local errors = require "lash.errors"
local folder = require "spec.support.folder"
local sched = require "lash.sched"

--- A test whose body is the root task.
local function on_loop(f)
  return function() sched.run(f) end
end

local function in_gsub(f)
  local result
  ("x"):gsub("x", function() result = f() end)
  return result
end

local function in_sort(f)
  local result
  table.sort({ 2, 1 }, function(a, b)
    result = result or f()
    return a < b
  end)
  return result
end

local function in_require(f)
  package.preload["spec.waits"] = f
  package.loaded["spec.waits"] = nil
  return (require "spec.waits")
end

local function in_wrap(f) return coroutine.wrap(f)() end

local function in_resume(f) return select(2, assert(coroutine.resume(coroutine.create(f)))) end

local function in_metamethod(f) return setmetatable({}, { __index = function() return f() end }).x end

local function in_tostring(f)
  local result
  tostring(setmetatable({}, { __tostring = function()
    result = f()
    return ""
  end }))
  return result
end

local function in_handler(f)
  local first = true
  return select(2, xpcall(error, function() -- is called again for its own error
    if not first then return nil end
    first = false
    return f()
  end))
end

local function in_closed_coroutine(f)
  local result
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, { __close = function() result = f() end })
    coroutine.yield()
  end)
  coroutine.resume(co)
  coroutine.close(co)
  return result
end

local places = {
  gsub = in_gsub, sort = in_sort, require = in_require, wrap = in_wrap, resume = in_resume,
  ["a metamethod"] = in_metamethod, tostring = in_tostring, ["an xpcall handler"] = in_handler,
  ["the <close> of a closed coroutine"] = in_closed_coroutine, pcall = function(f) return select(2, pcall(f)) end,
}

describe("waiting inside of", function()
  for name, place in pairs(places) do
    it(name .. " lets other tasks run, and goes on", on_loop(function()
      local ticks, stop = 0, false
      sched.spawn(function()
        while not stop do
          sched.sleep(0)
          ticks = ticks + 1
        end
      end)
      local me = sched.current()
      sched.spawn(function()
        while ticks < 3 do sched.sleep(0) end
        sched.wake(me, "woken")
      end)
      assert.equal("woken", place(function() return (sched.park()) end))
      stop = true
    end))

    it(name .. " is cancelled", on_loop(function()
      local err = errors.new("cancelled", "enough")
      local child = sched.spawn(function()
        place(function() sched.sleep(10) end)
        sched.sleep(10)
      end)
      sched.sleep(0)
      child:cancel(err)
      local ok, got = pcall(child.join, child)
      assert.is_false(ok)
      assert.matches("enough", tostring(got))
    end))
  end

  it("a generator gives nothing but its own items", on_loop(function()
    local function numbers()
      return coroutine.wrap(function()
        for i = 1, 3 do
          sched.sleep(0)
          coroutine.yield(i)
        end
      end)
    end
    local seen = {}
    local function consume() for n in numbers() do seen[#seen + 1] = n end end
    sched.spawn(consume)
    consume()
    sched.sleep(0)
    table.sort(seen)
    assert.same({ 1, 1, 2, 2, 3, 3 }, seen)
  end))

  it("a module of one's own, whoever requires it first", on_loop(function()
    local dir <close> = folder.new()
    dir:write("slow.lua", 'require("lash.sched").sleep(0.005) return { ready = true }')
    local path = package.path
    package.path = dir.path .. "/?.lua"
    finally(function() package.path = path end)
    assert.is_true(require("slow").ready)
    package.loaded.slow = nil
  end))
end)

describe("a yield that is not lash's", function()
  local loops = {
    ["at once"] = function() coroutine.yield(1) end,
    ["of nothing"] = function() coroutine.yield() end,
    ["after a wait"] = function()
      sched.sleep(0)
      coroutine.yield "x"
    end,
    ["for ever"] = function() while true do coroutine.yield() end end,
  }
  for name, f in pairs(loops) do
    it("is an error where it stands: " .. name, on_loop(function()
      local closed
      local child = sched.spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          sched.sleep(0)
          closed = true
        end })
        f()
        closed = "went on"
      end)
      local ok, err = pcall(child.join, child)
      assert.same({ false, "internal" }, { ok, err.kind })
      assert.matches("not with coroutine.yield", err.message)
      assert.is_true(closed)
    end))
  end

  it("can be caught, once for each", on_loop(function()
    local count = 0
    for _ = 1, 3 do
      local function yield()
        coroutine.yield()
        count = 10
      end
      if not pcall(yield) then count = count + 1 end
    end
    assert.equal(3, count)
    sched.sleep(0)
  end))
end)

describe("driving in place, one inside the other", function()
  --- `tasks` tasks wait in `inside` nested gsubs each: how many could, and the
  --- errors of the others.
  local function flood(tasks, inside)
    local fine, failed = 0, {}
    local function nest(n, f) if n == 0 then f() else in_gsub(function() nest(n - 1, f) end) end end
    sched.run(function()
      local list = {}
      for i = 1, tasks do
        list[i] = sched.spawn_daemon(function() nest(inside, function() sched.sleep(0.001) end) end)
      end
      for _, one in ipairs(list) do
        local ok, err = pcall(one.join, one)
        if ok then fine = fine + 1 else failed[#failed + 1] = err end
      end
      sched.sleep(0)
    end)
    return fine, failed
  end

  for inside = 1, 12 do
    it("has room for some, and a clear error for the others, in " .. inside .. " gsubs each", function()
      local fine, failed = flood(60, inside)
      assert.is_true(fine >= 8)
      for _, err in ipairs(failed) do
        assert.equal("internal", type(err) == "table" and err.kind or err)
        assert.matches("too many waits inside gsub", err.message)
      end
      assert.equal(60, fine + #failed)
    end)
  end

  it("is open again afterwards", function()
    for _ = 1, 5 do assert.same({ 8, {} }, { flood(8, 2) }) end
  end)

  it("needs no room where a task can yield", on_loop(function()
    local sum = 0
    in_gsub(function()
      for _ = 1, 500 do
        sched.spawn(function()
          sched.sleep(0.001)
          sum = sum + 1
        end)
      end
      sched.sleep(0.05)
    end)
    sched.sleep(0)
    while sum < 500 do sched.sleep(0.001) end
  end))
end)
