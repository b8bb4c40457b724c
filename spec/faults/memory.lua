#!/usr/bin/env lash
--- Lets allocations of the flows fail in turn, once and for good: whoever makes them,
-- Lua, libcurl, SQLite, yajl, the C library, lash.
--
-- A flow must then end as ever (Lua collects garbage and tries again), or say that
-- there was no memory; never crash, hang, lie or leave half of something. With a build
-- of the preset dev, the sanitizers for addresses and leaks must have nothing to say.
--
-- usage:   build/release/lash spec/faults/memory.lua [--sites 3 | --sample 100] [--flow ask]
-- output:
--   ask                  8399 allocations, fails once    :  8186 as ever,   213 told, 0 wrong
--   …
--   316110 failures of memory: 0 wrong
local lash = require "lash"
local args = lash.args [[
  sites: integer = 0       -- so many allocations of each call site: the first, the last, those between
  fresh: boolean = false   -- no call site that another flow came by
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

-- OpenSSL that cannot begin keeps what it had by then, whoever uses it; so does dlopen
-- that cannot have what a library needs.
local leaks = bench.tmp .. "/leaks"
lash.fs.write(leaks, "leak:libcrypto.so\nleak:_dl_map_object_deps\nleak:add_to_global_resize\n")

--- The words that preload the faults; as variables, the supervisor of the program had them, too.
local function faults(...)
  return { "env", "LD_PRELOAD=" .. preload, "ASAN_OPTIONS=verify_asan_link_order=0",
    "LSAN_OPTIONS=print_suppressions=0:suppressions=" .. leaks, "FAULT_PROGRAM=lash",
    "LASH_NO_POOL=1", ... }
end

--- How many allocations the flow makes, and at which sites.
---@return integer
---@return table<string, integer>
local function count(flow)
  local all, by_site = bench.tmp .. "/count", bench.tmp .. "/sites"
  local res, _at <close> = bench:run(flow, faults("FAULT_COUNT=" .. all,
    args.sites > 0 and "FAULT_SITES=" .. by_site or nil))
  local n, sites = tonumber(lash.fs.read(all)), {}
  if not n or res.code ~= flow.exit then lash.fail("internal", flow.name .. ": " .. res.err) end
  for line in (args.sites > 0 and lash.fs.read(by_site) or ""):gmatch "[^\n]+" do
    local site, times = line:match "^(%x+) (%d+)$"
    sites[site] = math.tointeger(tonumber(times))
  end
  return n, sites
end

--- So many of n, evenly spread.
local function spread(n, sample)
  local list = { 1 }
  for i = 2, math.min(n, sample) do list[i] = 1 + (i - 1) * (n - 1) // (math.min(n, sample) - 1) end
  return list
end

local seen = {}

--- The points at which a flow fails.
---@return { at: integer, site?: string }[]
local function points(n, sites)
  local list = {}
  if args.sites == 0 then sites = { [""] = n } end
  for site, times in pairs(sites) do
    local most = args.sites > 0 and args.sites or args.sample > 0 and args.sample or times
    for _, at in ipairs(args.fresh and seen[site] and {} or spread(times, most)) do
      list[#list + 1] = { at = at, site = site ~= "" and site or nil }
    end
    seen[site] = true
  end
  return list
end

local total, wrong = 0, 0

for _, flow in ipairs(flows.list) do
  if args.flow and args.flow ~= flow.name then goto continue end
  bench:learn(flow)
  local n, sites = count(flow)
  local list = points(n, sites)
  for _, way in ipairs { "", "+" } do
    local tally = flows.tally()
    lash.map(list, { max = args.jobs }, function(point)
      local where = "FAULT_MEMORY=" .. point.at .. way
      local res, home <close> = bench:run(flow, faults(where, point.site and "FAULT_SITE=" .. point.site or nil))
      local verdict, what = flows.judge(flow, res, home.path)
      tally:add(flow, verdict, what, where .. (point.site and " FAULT_SITE=" .. point.site or ""))
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
