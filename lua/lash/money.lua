--- What a model call costs, from the tokens that the service counted.
local M = {}

-- What DashScope takes for input that its cache wrote or read, as parts of the
-- price of input, where the model's own price for it is not known.
local WRITTEN, READ, READ_UNASKED = 1.25, 0.1, 0.2

---@class lash.Price
---@field input? number  US dollars for a million tokens
---@field output? number
---@field thinking? number  of output, when the model thought
---@field cached? number  of input read from the cache
---@field cache_read? number  of input read from the explicit cache; default: `cached`
---@field cache_write? number  of input written to the cache

--- US dollars; nil where a price or a count is not known. Reasoning tokens are
-- part of the output, cached and cache-creation tokens part of the input: none
-- of them is added.
---@param usage? table
---@param price? lash.Price
---@param service? { dashscope?: boolean, cache?: boolean }  whose prices they are; was its explicit cache asked for?
---@return number?
function M.cost(usage, price, service)
  if not usage or not price then return nil end
  if not (price.input and price.output and usage.input and usage.output) then return nil end
  local read, written = usage.cached or 0, usage.cache_creation or 0
  local output = (usage.reasoning or 0) > 0 and price.thinking or price.output
  local known, explicit = service and service.dashscope, service and service.cache
  local read_price = explicit and price.cache_read or price.cached
    or price.input * (not known and 1 or explicit and READ or READ_UNASKED)
  local written_price = price.cache_write or price.input * (known and WRITTEN or 1)
  local fresh = math.max(0, usage.input - read - written)
  return (fresh * price.input + read * read_price + written * written_price + usage.output * output) / 1e6
end

local COUNTS = { "input", "output", "total", "reasoning", "cached", "cache_creation" }

--- Adds one call's counts to a sum; a count nobody gave stays nil.
---@param sum table
---@param usage? table
function M.add(sum, usage)
  for _, name in ipairs(COUNTS) do
    if usage and usage[name] then sum[name] = (sum[name] or 0) + usage[name] end
  end
end

return M
