--- Measures lash against the least that its work can cost, and against whatever
-- else is installed; prints the goals, and whether they are met.
--
-- usage:   build/release/lash spec/bench/bench.lua [--write-docs] [--only NAME] [--rounds N] [--from FILE]
-- output:
--   met  `lash ask`, a short answer: wall …× counting client (… to …), goal 1.25
local lash = require "lash"
local args = lash.args [[
  programs: string = 'build/release/spec/bench'  -- the folder of the benchmark's programs
  results: string = 'build/release/bench.json'   -- where the figures go
  write_docs: boolean = false                    -- into docs/performance.md and its picture, too
  from?: string                                  -- nothing is measured: the figures of this file
  only?: string                                  -- the cases whose names have this
  rounds?: integer                               -- instead of each case's own
]]
local bench = require "suite.bench"
local report = require "suite.report"
local runs = require "suite.runs"

local results = { goals = {}, peers = {}, missing = {} }

local function tell(row)
  table.insert(results.goals, row)
  row.met = row.median <= row.most
  print(report.line(row))
end

--- The goals of a case, out of its rounds.
local function take_goals(case, rounds)
  for _, goal in ipairs(case.goals) do
    if bench.applies(goal, rounds) then
      local list = {}
      for i, round in ipairs(rounds) do list[i] = goal.over(round) / goal.under(round) end
      local median, low, high = runs.middle(list)
      tell { case = case.name, what = goal.what, against = goal.against, unit = goal.unit, most = goal.most,
        median = median, low = low, high = high, rounds = #rounds }
    else
      table.insert(results.missing, ("%s: %s is not there"):format(goal.what, goal.against))
    end
  end
end

local function wanted(name) return not args.only or name:find(args.only, 1, true) ~= nil end

if args.from then
  report.write_docs(lash.dir .. "/../../docs", lash.json.decode(lash.fs.read(args.from)))
  os.exit(0)
end

do
  local b <close> = bench.new(args.programs)
  for _, case in ipairs(bench.cases.list) do
    if wanted(case.name) then
      local rounds, why = b:take(case, args.rounds)
      if rounds then take_goals(case, rounds) else table.insert(results.missing, case.name .. ": " .. why) end
    end
  end
  for _, size in ipairs(bench.cases.sizes) do
    if wanted(size.name) then
      local value = size.measure(b)
      tell { case = size.name, what = size.what, against = size.against, unit = "size", most = size.most,
        median = value, low = value, high = value, rounds = 1 }
    end
  end
  if wanted "peers" then
    local rounds = b:take(bench.cases.peers, args.rounds)
    for _, name in ipairs(bench.cases.peers.commands(b)) do
      if name ~= "lash" and rounds[1][name] then
        local peer = { name = name }
        for _, unit in ipairs { "wall", "cpu", "kb" } do
          local list = {}
          for i, round in ipairs(rounds) do list[i] = round[name][unit] / round.lash[unit] end
          peer[unit] = runs.middle(list)
        end
        table.insert(results.peers, peer)
      end
    end
    for _, peer in ipairs(results.peers) do print(report.peer(peer)) end
  end
end
if #results.goals == 0 and #results.peers == 0 and #results.missing == 0 then
  lash.fail("usage", ("no case is named '%s'"):format(args.only))
end
for _, line in ipairs(results.missing) do print("not measured: " .. line) end
lash.fs.write(args.results, lash.json.encode(results, 2) .. "\n")
if args.write_docs then report.write_docs(lash.dir .. "/../../docs", results) end
