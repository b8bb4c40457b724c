--- One line of how things stand: model, tokens, context left, money.
local models = require "lash.models"
local scope = require "lash.scope"

local M = {}

local function grouped(n)
  local text = ("%d"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end
M.grouped = grouped

--- Dollars, with as many digits as say something.
---@param amount number
---@return string
function M.dollars(amount) return amount >= 1 and ("$%.2f"):format(amount) or ("$%.4f"):format(amount) end

--- The budget of the whole chat, when there is one in dollars.
---@return lash.Budget?
function M.budget()
  for _, budget in ipairs(scope.all "budget") do
    if budget.limits.usd then return budget end
  end
end

---@param session lash.Session
---@param settings table  as the next turn will have them
---@return string
function M.line(session, settings)
  local parts = { settings.model }
  local last = session._transcript:last_turn()
  local usage = last and last.usage or {}
  local sent = (usage.input or 0) + (usage.output or 0)
  local row = models.row(settings.model, settings.provider_record)
  parts[2] = grouped(sent) .. " tokens"
  if (row.context or 0) > 0 then
    parts[3] = ("%d%% of the context left"):format(math.max(0, math.floor(100 - 100 * sent / row.context)))
  end
  local cost, budget = session.cost, M.budget()
  if cost then parts[#parts + 1] = M.dollars(cost) end
  if budget then
    parts[#parts + 1] = ("%s of %s left"):format(M.dollars(math.max(0, budget.limits.usd - budget.spent.usd)),
      M.dollars(budget.limits.usd))
  end
  return table.concat(parts, " · ")
end

return M
