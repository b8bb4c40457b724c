#!/usr/bin/env lash
--- Lets every allocation of the flows fail in turn, once and for good: whoever
-- makes it, Lua, libcurl, SQLite, yajl, the C library, lash.
--
-- A flow must then end as ever (Lua collects garbage and tries again), or say that
-- there was no memory; never crash, hang, lie or leave half of something.
--
-- usage:   build/release/lash spec/faults/memory.lua [--sample 100] [--flow ask]
-- output:
--   ask                 11231 allocations, fails once    :     99 as ever,      1 told, 0 wrong
--   …
--   2800 failures of memory: 0 wrong
local lash = require "lash"
local args = lash.args [[
  sample: integer = 0      -- so many points of each flow and way, evenly spread; 0: all
  flow: string?            -- only this one
  jobs: integer = 4        -- side by side
  list: boolean = false    -- what was told, with a point each
]]
local flows = require "flows"
local sys = require "lash.core.sys"

local program = assert(sys.realpath(("/proc/%d/exe"):format(sys.pid())))
local preload = program:match "^(.*)/" .. "/spec/faults/preload_memory.so"
io.stdout:setvbuf "line"
local bench <close> = flows.prepare(program)

--- The words that preload the faults.
local function faults(...)
  return { "env", "LD_PRELOAD=" .. preload, "FAULT_PROGRAM=lash", "LASH_NO_POOL=1", ... }
end

--- How many allocations the flow makes.
local function count(flow)
  local file = bench.tmp .. "/count"
  local res, _at <close> = bench:run(flow, faults("FAULT_COUNT=" .. file))
  local n = tonumber(lash.fs.read(file))
  if not n or res.code ~= flow.exit then lash.fail("internal", flow.name .. ": " .. res.err) end
  return n
end

--- The points at which it fails.
local function points(n)
  local list, step = {}, args.sample > 0 and n / args.sample or 1
  local at = 1
  while at <= n do
    list[#list + 1] = math.floor(at)
    at = at + math.max(step, 1)
  end
  return list
end

local total, wrong = 0, 0

for _, flow in ipairs(flows.list) do
  if args.flow and args.flow ~= flow.name then goto continue end
  bench:learn(flow)
  local n = count(flow)
  for _, way in ipairs { "", "+" } do
    local tally = flows.tally()
    lash.map(points(n), { max = args.jobs }, function(at)
      local res, home <close> = bench:run(flow, faults("FAULT_MEMORY=" .. at .. way))
      local verdict, what = flows.judge(flow, res, home.path)
      tally:add(flow, verdict, what, ("allocation %d%s"):format(at, way))
    end)
    total, wrong = total + tally:all(), wrong + tally.wrong
    print(("%-18s %6d allocations, fails %s: %s"):format(flow.name, n, way == "" and "once    " or "for good",
      tostring(tally)))
    if args.list then tally:print_messages() end
  end
  ::continue::
end
print(("%d failures of memory: %d wrong"):format(total, wrong))
os.exit(wrong == 0)
