--- Holds the goals that a busy machine can tell of: CPU time and memory, sizes; with
-- a margin, for the least of up to eight runs. Wall time is for bench.lua.
--
-- usage:   build/release/lash spec/bench/gate.lua [--programs DIR]
-- output:
--   … of … allowed (goal …): `lash ask`, a short answer, cpu against counting client
local lash = require "lash"
local args = lash.args "programs: string = 'build/release/spec/bench'  -- the folder of the benchmark's programs"
local bench = require "suite.bench"
local runs = require "suite.runs"

local AGAIN = 8 -- times that a case is measured anew before it has failed

local function gated(case)
  for _, goal in ipairs(case.goals) do
    if goal.gate then return true end
  end
  return false
end

--- The goals of a case that these rounds do not meet, in words.
---@param case bench.Case
---@param rounds bench.Round[]
---@param tell fun(line: string)  those that they meet
---@return string[]
local function check(case, rounds, tell)
  local least, failures = runs.least(rounds), {}
  for _, goal in ipairs(case.goals) do
    if goal.gate and bench.applies(goal, { least }) then
      local value, most = goal.over(least) / goal.under(least), goal.most * goal.gate
      local line = ("%.2f of %.2f allowed (goal %.2f): %s, %s against %s"):format(value, most, goal.most, goal.what,
        goal.unit, goal.against)
      if value > most then table.insert(failures, line) else tell(line) end
    end
  end
  return failures
end

local failures = {}
do
  local b <close> = bench.new(args.programs)
  for _, case in ipairs(bench.cases.list) do
    local rounds, why
    if gated(case) then
      rounds, why = b:take(case, 1)
      if not rounds then print(("not measured: %s: %s"):format(case.name, why)) end
    end
    for i = 1, rounds and AGAIN or 0 do
      local missed = check(case, rounds, print)
      if #missed == 0 then break end
      if i == AGAIN then table.move(missed, 1, #missed, #failures + 1, failures) end
      local more = b:take(case, 1)
      table.move(more, 1, #more, #rounds + 1, rounds) -- the least of all of them counts
    end
  end
  for _, size in ipairs(bench.cases.sizes) do
    local value = size.measure(b)
    local line = ("%.2f of %.2f allowed: %s"):format(value, size.most, size.what)
    if value > size.most then table.insert(failures, line) else print(line) end
  end
end
if #failures > 0 then lash.fail("internal", "too much: " .. table.concat(failures, "; ")) end
