--- Runs of commands by turns, and what may be said of them.
--
-- A round is a run of every command, so a ratio within a round compares what ran
-- side by side. What is told of a goal is the median of the rounds' ratios, and
-- between which ratios the middle half of them lies.
local lash = require "lash"

local M = {}

---@class bench.Cost
---@field wall number  seconds
---@field cpu number  seconds
---@field kb number  resident memory at the peak

---@alias bench.Round table<string, bench.Cost>  by command

--- Runs commands by turns.
---@param measure string[]  the program, and what it is to be run by
---@param rounds integer
---@param commands { [1]: string, [string]: string[] }  names in order, and by name
---@return bench.Round[]
function M.take(measure, rounds, commands)
  local words = table.move(measure, 1, #measure, 1, {})
  words[#words + 1] = tostring(rounds)
  for i, name in ipairs(commands) do
    if i > 1 then words[#words + 1] = "---" end
    table.move(commands[name], 1, #commands[name], #words + 1, words)
  end
  words.timeout = "20m"
  local done = lash.exec(words)
  if done.code ~= 0 then lash.fail("process", ("%s: %s"):format(commands[1], done.err)) end
  local list, seen = {}, {}
  for index, wall, cpu, kb in done.out:gmatch "(%d+) (%S+) (%S+) (%d+)\n" do
    local name = commands[tonumber(index)]
    seen[name] = (seen[name] or 0) + 1
    list[seen[name]] = list[seen[name]] or {}
    list[seen[name]][name] = { wall = tonumber(wall), cpu = tonumber(cpu), kb = tonumber(kb) }
  end
  assert(#list == rounds, "a round is missing")
  return list
end

--- The value below which a part of a sorted list lies.
local function quantile(list, part)
  local at = 1 + part * (#list - 1)
  local low = math.floor(at)
  return list[low] + (at - low) * ((list[low + 1] or list[low]) - list[low])
end

--- The middle of some numbers, and where the middle half of them lies.
---@param list number[]
---@return number median
---@return number low
---@return number high
function M.middle(list)
  table.sort(list)
  return quantile(list, 0.5), quantile(list, 0.25), quantile(list, 0.75)
end

--- The least that every command took in any round: what other work on the machine
--- adds is gone from it.
---@param rounds bench.Round[]
---@return bench.Round
function M.least(rounds)
  local least = {}
  for _, round in ipairs(rounds) do
    for name, cost in pairs(round) do
      least[name] = least[name] or { wall = math.huge, cpu = math.huge, kb = math.huge }
      for unit, value in pairs(cost) do least[name][unit] = math.min(least[name][unit], value) end
    end
  end
  return least
end

return M
