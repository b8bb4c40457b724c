--- What a model call costs, from the tokens that the service counted.
local M = {}

--- US dollars; nil where a price or a count is not known. Reasoning tokens are
-- part of the output, cached tokens part of the input: neither is added.
---@param usage? table
---@param price? { input?: number, output?: number, thinking?: number, cached?: number }  for a million tokens
---@return number?
function M.cost(usage, price)
  if not usage or not price then return nil end
  if not (price.input and price.output and usage.input and usage.output) then return nil end
  local cached = usage.cached or 0
  local thinks = (usage.reasoning or 0) > 0
  local output = thinks and price.thinking or price.output
  return ((usage.input - cached) * price.input + cached * (price.cached or price.input) + usage.output * output) / 1e6
end

local COUNTS = { "input", "output", "total", "reasoning", "cached" }

--- Adds one call's counts to a sum; a count nobody gave stays nil.
---@param sum table
---@param usage? table
function M.add(sum, usage)
  for _, name in ipairs(COUNTS) do
    if usage and usage[name] then sum[name] = (sum[name] or 0) + usage[name] end
  end
end

return M
