--- A request that is under way, and what is reserved for it in the budgets around it.
local sched = require "lash.sched"

local M = {}

--- What is counted; time is a deadline.
M.KEYS = { "usd", "tokens", "calls" }

--- How many budgets of months are open in this process, its requests meanwhile, also
--- those without a budget of their own, and who waits for their end.
M.months = 0
M.of_months = {} ---@type lash.budget.Hold[]
M.waiting = {} ---@type lash.Task[]

---@class lash.budget.Hold
---@field thinking? integer  tokens of thinking that the request must set
---@field generated integer  bytes that have come
---@field begun? boolean  it is on its way
---@field estimate lash.Estimate
---@field amount { usd: number, tokens: integer, calls: integer }  what is reserved
---@field task lash.Task  whose request it is
---@field private budgets lash.Budget[]
---@field private asked table  the request
---@field private state lash.run.State
---@field ledger? lash.store.lock  until what is reserved is on record
---@field private over? boolean
local Hold = {}
Hold.__index = Hold

---@param fields table
---@return lash.budget.Hold
function M.new(fields)
  local hold = setmetatable(fields, Hold)
  for _, budget in ipairs(hold.budgets) do
    if budget.holds ~= M.of_months then table.insert(budget.holds, hold) end
  end
  if M.months > 0 then table.insert(M.of_months, hold) end
  return hold
end

--- What is reserved is on record.
function Hold:recorded()
  if self.ledger then self.ledger:close() end
  self.ledger = nil
end

local function remove(list, value)
  for i, one in ipairs(list) do
    if one == value then return table.remove(list, i) end
  end
end

---@param amount { usd: number, tokens: integer, calls: integer }
function Hold:_end(amount)
  self:recorded()
  if self.over then return end
  self.over = true
  remove(M.of_months, self)
  for _, one in ipairs(M.waiting) do sched.wake(one) end
  for _, budget in ipairs(self.budgets) do
    remove(budget.holds, self)
    for _, key in ipairs(M.KEYS) do budget.spent[key] = budget.spent[key] + amount[key] end
    for _, one in ipairs(budget.waiting) do sched.wake(one) end
  end
end

--- The request with the limit to its thinking.
---@return table
function Hold:request()
  local copy = {}
  for key, value in pairs(self.asked) do copy[key] = value end
  copy.thinking_level = { budget = self.thinking }
  return copy
end

--- What became of the request.
---@param turn? lash.Turn  nil: it could not even be started
---@param failure? table
function Hold:finish(turn, failure)
  local usage = turn and not failure and turn.usage or nil
  if usage and usage.input then
    self.state.known_input = { model = self.asked.model, bytes = self.estimate.bytes, tokens = usage.input }
  end
  self:_end(self.estimate:outcome(turn, failure, self.generated))
end

--- It was left in its middle: what had come is guessed, when it was sent at all.
function Hold:__close()
  self:_end(self.begun and self.estimate:actual(nil, self.generated) or { usd = 0, tokens = 0, calls = 0 })
end

return M
