--- Random trees of tasks that sleep, join, cancel, fail, wait in odd places and
--- have deadlines. Whatever they do: all end, each cleans up, no time is lost.
local errors = require "lash.errors"
local group = require "lash.task"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local together = require "lash.together"

local FEWER = os.getenv "LASH_GC_STRESS" and 3 or 1 -- a collector that never rests takes its time
local LONG = 60 -- seconds; a wait that only a cancellation may end

--- A generator of its own, so that other users of math.random change nothing.
local function generator(seed)
  return function(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return (seed >> 33) % n + 1
  end
end

--- One random run: what was begun and not ended, and whether the root failed.
local function play(seed)
  local random = generator(seed)
  local all = {}
  local open = {} -- those who are inside their function
  local left = 120 -- how many may still be made
  local body, acts

  local function inside()
    return setmetatable({}, { __close = function(self) open[self] = nil end })
  end
  local function in_place(f)
    return function() ("x"):gsub("x", f) end
  end
  local function nap() sched.sleep(random(3) == 1 and 0.0005 or 0) end
  local function other() return all[random(#all)] end
  --- Who joins only tasks that are younger waits in no circle.
  local function younger(me) return me < #all and all[me + random(#all - me)] or { join = nap } end
  local function new(spawn, depth)
    if left == 0 then return nil end
    left = left - 1
    local task = spawn(body, depth, #all + 1)
    all[#all + 1] = task
    return task
  end

  --- A part of the work for a task of its own, which may begin others.
  local function part(depth)
    return function()
      local me <close> = inside()
      open[me] = true
      if left == 0 then return nap() end
      left = left - 1
      acts[random(#acts)](depth + 1, #all)
      return random(2)
    end
  end

  acts = {
    nap, nap, nap,
    in_place(nap),
    function() coroutine.wrap(nap)() end,
    function(depth) new(sched.spawn, depth) end,
    function(depth) new(sched.spawn, depth) end,
    function(depth) new(sched.spawn_daemon, depth) end,
    function(depth)
      local _task <close> = new(sched.spawn, depth)
      nap()
    end,
    function() other():cancel() end,
    function() other():notify() end,
    function() sched.wake(other()) end,
    function(_, me) pcall(function() younger(me):join() end) end,
    function(_, me) younger(me):join() end,
    function() error(errors.new("process", "random failure")) end,
    function() error "random failure" end,
    function() pcall(group.with_deadline, loop.now() + 0.001, errors.new("timeout", "late"), sched.sleep, LONG) end,
    function() pcall(group.with_deadline, loop.now() + 0.002, errors.new("timeout", "late"), in_place(nap)) end,
    function() pcall(group.gather, { nap, nap, in_place(nap) }) end,
    function(depth) pcall(together.all, { part(depth), part(depth), c = part(depth) }) end,
    function(depth) pcall(together.race, { part(depth), part(depth) }) end,
    function(depth) pcall(together.map, { 1, 2, 3, 4 }, { max = random(3), settle = random(2) == 1 }, part(depth)) end,
    function(depth)
      local f = part(depth)
      pcall(together.timeout, 0.001, function()
        f()
        sched.sleep(LONG)
      end)
    end,
    function(depth) pcall(together.timeout, LONG, part(depth)) end,
    function(depth) part(depth)() end,
    function() coroutine.yield "not lash's" end,
    function() pcall(nap) end,
    sched.checkpoint,
  }

  function body(depth, me)
    local here <close> = inside()
    open[here] = true
    local _tidy <close> = setmetatable({}, { __close = function()
      if random(2) == 1 then pcall(nap) end
      if random(10) == 1 then nap() end
    end })
    for _ = 1, random(8) do
      local act = acts[random(#acts)]
      if depth < 6 or act == nap then act(depth + 1, me) end
    end
  end

  -- No timer watches over this: it would hide a deadlock, which is an error.
  local _, err = pcall(sched.run, function()
    all[1] = sched.current()
    for _ = 1, 4 do new(sched.spawn, 1) end
    body(1, 1)
  end)
  local undone = 0
  for _, task in ipairs(all) do if not task.done then undone = undone + 1 end end
  return { open = next(open) ~= nil, undone = undone }, err, #all
end

describe("random tasks", function()
  --- Plays many times; what of a run must be `expected`.
  local function play_many(seeds, expected)
    local began, most, kinds = loop.now(), 0, {}
    for seed = 1, seeds do
      local state, err, n = play(seed)
      for key, value in pairs(expected) do assert.equal(value, state[key], ("seed %d: %s"):format(seed, key)) end
      most = math.max(most, n)
      local kind = errors.is(err) and err.kind .. ": " .. err.message:sub(1, 20) or type(err)
      kinds[kind] = (kinds[kind] or 0) + 1
    end
    assert.is_true(most > 10) -- the trees do grow, as far as the clock lets them
    assert.is_nil(kinds["internal: deadlock: the tasks "]) -- a wake-up that was lost
    assert.is_true((kinds["process: random failure"] or 0) > seeds / 40)
    if os.getenv "SPEC_VERBOSE" then for k, v in pairs(kinds) do print(v, k) end print(most, loop.now() - began) end
  end

  it("all end, and clean up", function()
    local alarm = interrupt.alarm
    interrupt.alarm = function() end -- deadlines end waits only: a clean-up is not cut in its middle
    finally(function() interrupt.alarm = alarm end)
    play_many(400 // FEWER, { open = false, undone = 0 })
  end)

  it("all end, also when deadlines strike where they compute", function() play_many(200 // FEWER, { undone = 0 }) end)
end)
