--- Limits of what may be spent, and the book that is kept of it.
--
-- A budget holds for the task that opens it and for all that it starts. Budgets
-- nest, and all of them apply. What a request may cost is reserved before it is
-- sent, and settled behind it: so tasks side by side do not overspend together.
-- One that finds too little left waits for the others.
local errors = require "lash.errors"
local estimate = require "lash.estimate"
local holds = require "lash.budget.hold"
local loop = require "lash.core.loop"
local scope = require "lash.scope"
local sched = require "lash.sched"
local task = require "lash.task"

local M = {}

local KEYS = holds.KEYS

--- Tokens: less is no thinking to speak of while waiting may give more.
local WORTH_THINKING = 4096

---@class lash.Budget
---@field spent { usd: number, tokens: integer, calls: integer }  what was counted, guessed where nothing was
---@field private limits { usd?: number, tokens?: integer, calls?: integer, time?: number }
---@field private holds lash.budget.Hold[]
---@field private waiting lash.Task[]
---@field private parts table[]  what closing it closes
---@field private resumed boolean  what was done before is in `spent` already
---@field private ledger? { name?: string }  of a month: what counts is what runs have recorded
local Budget = {}
Budget.__index = Budget
Budget.__name = "lash.Budget"

function Budget:__tostring()
  return ("lash.budget: $%.6g, %d tokens, %d calls spent"):format(self.spent.usd, self.spent.tokens, self.spent.calls)
end

--- Is `other` this task, or one that it belongs to?
local function is_within(one, other)
  while one and one ~= other do one = one.parent end
  return one ~= nil
end

--- Can the current task wait for the end of this request? Not when it is made on
-- its behalf: then one would wait for the other.
---@param hold lash.budget.Hold
local function may_await(hold)
  local me, one = sched.current(), hold.task
  if is_within(me, one) then return false end
  while one do
    if one.feeds and is_within(me, one.feeds) then return false end
    one = one.parent
  end
  return true
end

--- What is reserved.
---@param only? fun(hold: lash.budget.Hold): boolean
local function held(budget, only)
  local sum = { usd = 0, tokens = 0, calls = 0 }
  for _, hold in ipairs(budget.holds) do
    if not only or only(hold) then
      for _, key in ipairs(KEYS) do sum[key] = sum[key] + hold.amount[key] end
    end
  end
  return sum
end

--- The tokens of thinking with which a request fits; nil when it does not at all.
---@param e lash.Estimate
---@param reserved table
---@return integer?
function Budget:_fitting(e, reserved)
  local least = e:amount(e.may_lower and 1 or e.thinking)
  local thinking = e.thinking
  for _, key in ipairs(KEYS) do
    local limit = self.limits[key]
    if limit then
      local left = limit - self.spent[key] - reserved[key]
      if least[key] > left * (1 + 1e-9) then return nil end
      local of_one = key == "usd" and e.price.output or key == "tokens" and 1 or 0
      if e.may_lower and of_one > 0 then
        thinking = math.min(thinking, 1 + math.floor((left - least[key]) / of_one))
      end
    end
  end
  return math.max(thinking, e.may_lower and 1 or 0)
end

local function dollars(amount)
  return amount > 0 and amount < 1e-4 and ("$%.6f"):format(amount) or ("$%.4g"):format(amount)
end

local function spent_up(limit, key, spent, more, period)
  local show = key == "usd" and dollars or function(n) return ("%d %s"):format(n, n == 1 and key:sub(1, -2) or key) end
  local words = spent >= limit and "the budget of %s is used up: %s spent, and the next request may take %s"
    or spent > 0 and "the budget of %s does not cover the next request: %s spent, and it may take %s"
    or "the budget of %s is too small for a request: nothing spent%.0s, and it may take %s"
  return errors.new("budget", words:format(show(limit) .. period, show(spent), show(more)), { hint = key ~= "calls"
    and "budget sets the limit; a request takes less with a smaller max_tokens, or with less thinking" or nil })
end

--- Why a request does not fit.
function Budget:_refusal(e, reserved)
  local least = e:amount(e.may_lower and 1 or e.thinking)
  for _, key in ipairs(KEYS) do
    local limit = self.limits[key]
    if limit and least[key] > limit - self.spent[key] - reserved[key] then
      local spent = self.spent[key] + reserved[key]
      local err = spent_up(limit, key, spent, least[key], self.ledger and " a month" or "")
      err.budget = self
      return err
    end
  end
end

local leave = {
  __close = function(self)
    for i, one in ipairs(self.waiting) do
      if one == self.task then return table.remove(self.waiting, i) end
    end
  end,
}

--- Waits until something of what is reserved is settled.
---@async
function Budget:_await()
  local me = sched.current()
  table.insert(self.waiting, me)
  local _leave <close> = setmetatable({ waiting = self.waiting, task = me }, leave)
  sched.park()
end

--- What is reserved now, and what of it will be as long as this task waits. Of a month
--- it is what the journal has of this process, with or without a budget.
---@return table now
---@return table for_ever
function Budget:_reserved()
  if not self.ledger then
    return held(self), held(self, function(hold) return not may_await(hold) end)
  end
  local ledger = require "lash.ledger"
  self.spent.usd = ledger.spent(self.ledger.name)
  local now = ledger.reserved(self.ledger.name)
  local for_ever = math.max(0, now - held(self, may_await).usd)
  return { usd = now, tokens = 0, calls = 0 }, { usd = for_ever, tokens = 0, calls = 0 }
end

--- The tokens of thinking with which a request fits into a budget now; nil: it is
-- worth waiting. Raises when it will not fit.
---@param e lash.Estimate
---@return integer?
function Budget:_ask(e)
  local now, for_ever = self:_reserved()
  local fitting = self:_fitting(e, now)
  local enough = fitting and (not e.may_lower or fitting >= math.min(WORTH_THINKING, e.thinking))
  if enough then return fitting end
  local later = self:_fitting(e, for_ever)
  if not later then error(self:_refusal(e, for_ever), 0) end
  return later == fitting and fitting or nil
end

--- The ledger's lock, until a hold has it.
local turn = { __close = function(self)
  if self.lock then self.lock:close() end
end }

--- Reserves what a request may cost in all budgets that hold, and waits while
-- others have reserved too much of them. Raises `budget`.
---@async
---@param state lash.run.State
---@param request table  as chat.turn takes it
---@param bytes integer  of its body
---@param plan lash.dashscope.Plan
---@return lash.budget.Hold
function M.admit(state, request, bytes, plan)
  local e = estimate.of(state, request, bytes, plan)
  local budgets = scope.all "budget"
  local of_month = false
  for _, budget in ipairs(budgets) do of_month = of_month or budget.ledger ~= nil end
  while true do
    local ledger <close> = setmetatable({ lock = of_month and require("lash.ledger").lock() or nil }, turn)
    local thinking, full = e.thinking, nil
    for _, budget in ipairs(budgets) do
      if budget.limits.usd and not e.price then estimate.check_prices({ request.model }, request.provider) end
      local fitting = budget:_ask(e)
      if not fitting then
        full = budget
        break
      end
      thinking = math.min(thinking, fitting)
    end
    if not full then
      local hold = holds.new {
        thinking = thinking < e.thinking and thinking or nil, generated = 0, amount = e:amount(thinking),
        task = sched.current(), budgets = budgets, asked = request, estimate = e, state = state,
        ledger = ledger.lock,
      }
      ledger.lock = nil
      return hold
    end
    if ledger.lock then ledger.lock:close() end -- who is waited for may need it
    full:_await()
  end
end

--- Closing a budget: it does not hold any more; any number of times.
function Budget:close()
  for i = #self.parts, 1, -1 do
    local _part <close> = table.remove(self.parts, i)
  end
end

Budget.__close = Budget.close

--- Opens a budget for the current task and all that it starts.
---@param limits number|table  US dollars, or { usd =, tokens =, calls =, time =, month = }; checked
---@param spent? { usd: number, tokens: integer, calls: integer }  of a run that goes on: in earlier processes
---@param name? string  whose runs count for `month`; nil: all
---@return lash.Budget
function M.open(limits, spent, name)
  if type(limits) == "number" then limits = { usd = limits } end
  local self = setmetatable({
    limits = limits, spent = spent or { usd = 0, tokens = 0, calls = 0 }, holds = {}, waiting = {}, parts = {},
    resumed = spent ~= nil,
  }, Budget)
  self.parts[1] = scope.push { budget = self }
  if limits.month then
    local of_month = M.open { usd = limits.month }
    of_month.ledger, of_month.holds, of_month.waiting = { name = name }, holds.of_months, holds.waiting
    holds.months = holds.months + 1
    table.insert(self.parts, setmetatable({}, { __close = function() holds.months = holds.months - 1 end }))
    table.insert(self.parts, of_month)
  end
  if limits.time then
    local seconds = require("lash.duration").seconds(limits.time, "time of a budget")
    local err = errors.new("budget", ("the budget of %g s is used up"):format(seconds), { budget = self })
    table.insert(self.parts, task.limit(loop.now() + seconds, err))
  end
  return self
end

--- Is this the error of a budget that does not hold any more: of one that was
-- opened inside of what has just failed?
---@param err any
---@return boolean
function M.was_inside(err)
  local budget = errors.is(err) and err.budget
  if not budget then return false end
  for _, one in ipairs(scope.all "budget") do
    if one == budget then return false end
  end
  return true
end

--- Refuses what is no limit.
---@param limits any
---@param what string  whose it is, for messages
function M.check(limits, what)
  local wrong, hint = require("lash.config.schema").agent_fields.budget(limits, what)
  if wrong then errors.raise("usage", wrong, { hint = hint }) end
end

--- lash.budget(limits): a budget as a <close> variable.
---@param limits number|table
---@param what? string  whose it is, for messages
---@return lash.Budget
function M.new(limits, what)
  M.check(limits, what or "lash.budget")
  return M.open(limits)
end

--- Something is taken from a journal, instead of being done again: it was spent in an
--- earlier process, which only those budgets know that count across processes.
---@param amount { usd: number, tokens: integer, calls: integer }
function M.charge(amount)
  for _, budget in ipairs(scope.all "budget") do
    if not budget.resumed and not budget.ledger then
      for _, key in ipairs(KEYS) do budget.spent[key] = budget.spent[key] + amount[key] end
    end
  end
end

--- Raises `config` when a budget in dollars holds, and a price is not known.
---@param names string[]  models
---@param provider lash.Provider
function M.check_prices(names, provider)
  for _, budget in ipairs(scope.all "budget") do
    if budget.limits.usd or budget.limits.month then return estimate.check_prices(names, provider) end
  end
end

return M
