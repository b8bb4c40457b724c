--- One line of how things stand: model, tokens, context left, money.
local models = require "lash.models"
local scope = require "lash.scope"

local M = {}

local function grouped(n)
  local text = ("%d"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end
M.grouped = grouped

--- Dollars, with as many digits as say something: what was paid is never nothing.
---@param amount number
---@return string
function M.dollars(amount)
  if amount >= 1 then return ("$%.2f"):format(amount) end
  local digits = amount > 0 and amount < 1e-4 and math.floor(-math.log(amount, 10)) + 2 or 4
  return ("$%%.%df"):format(math.min(12, digits)):format(amount)
end

--- The budget of the whole chat, when there is one in dollars.
---@return lash.Budget?
function M.budget()
  for _, budget in ipairs(scope.all "budget") do
    if budget.limits.usd then return budget end
  end
end

---@param session lash.Session
---@param settings table  as the next turn will have them
---@param before? number  what the conversation cost, that this one is a copy of; nil: not known
---@return string
function M.line(session, settings, before)
  local parts = { settings.model }
  local cost, budget = session.cost, M.budget() -- first: it looks what is in the store
  local last = session._transcript:last_turn()
  local usage = last and last.usage or {}
  local sent = (usage.input or 0) + (usage.output or 0)
  local row = models.row(settings.model, settings.provider_record)
  parts[2] = grouped(sent) .. " tokens"
  if (row.context or 0) > 0 then
    parts[3] = ("%d%% of the context left"):format(math.max(0, math.floor(100.5 - 100 * sent / row.context)))
  end
  if cost and before then parts[#parts + 1] = M.dollars(before + cost) end
  if budget then
    parts[#parts + 1] = ("%s of %s left"):format(M.dollars(math.max(0, budget.limits.usd - budget.spent.usd)),
      M.dollars(budget.limits.usd))
  end
  return table.concat(parts, " · ")
end

return M
