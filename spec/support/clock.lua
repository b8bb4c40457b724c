--- What something costs, for benchmarks: medians, for one slow time, when the
--- machine has other work, is not what it costs.
local loop = require "lash.core.loop"

local M = {}

---@param list number[]
---@return number
local function median(list)
  table.sort(list)
  local middle = #list // 2 + 1
  return #list % 2 == 1 and list[middle] or (list[middle - 1] + list[middle]) / 2
end

--- What a call of each of some functions takes, in milliseconds. They take
--- turns, so that what slows the machine slows them all.
---@param times integer
---@param functions (fun())[]
---@param now? fun(): number  seconds; default: those of the wall
---@return { first: number, median: number }[]
function M.milliseconds(times, functions, now)
  now = now or loop.now
  local taken = {}
  for i = 1, #functions do taken[i] = {} end
  for _ = 1, times do
    for i, f in ipairs(functions) do
      local began = now()
      f()
      table.insert(taken[i], (now() - began) * 1000)
    end
  end
  for i, list in ipairs(taken) do taken[i] = { first = list[1], median = median(list) } end
  return taken
end

return M
