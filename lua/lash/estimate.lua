--- What a request to a model may cost at most, before it is sent.
local errors = require "lash.errors"
local models = require "lash.models"
local money = require "lash.money"

local M = {}

local BYTES = 3 -- of a token; it has more in most languages, and so in code
local IMAGE, LARGE_IMAGE = 2560, 16384 -- tokens; the larger with vl_high_resolution_images
local ANSWER = 32768 -- tokens, where neither the request nor the model has a limit
local THINKING = 262144 -- tokens, where the model has no limit
local EFFORTS = { none = 0, minimal = 4096, low = 4096, medium = 16384 } -- tokens; all others: the most

---@class lash.Estimate
---@field bytes integer  of the request
---@field input integer  tokens
---@field answer integer  tokens
---@field thinking integer  tokens
---@field may_lower boolean  nobody has set how much it may think
---@field price? { input: number, output: number }  US dollars for a token
---@field private tariff lash.Price
---@field private service table
local Estimate = {}
Estimate.__index = Estimate

--- Bytes of images in the messages, and the tokens that they may be instead.
local function images(request)
  local bytes, tokens = 0, 0
  local each = request.extra and request.extra.vl_high_resolution_images and LARGE_IMAGE or IMAGE
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(type(message.content) == "table" and message.content or {}) do
      if part.image_url then bytes, tokens = bytes + #part.image_url.url, tokens + each end
    end
  end
  return bytes, tokens
end

--- Tokens of the input: those of the last request, as the service counted them,
-- and what is new since.
local function input_of(state, request, bytes)
  local known = state.known_input
  if known and known.model == request.model and bytes >= known.bytes then
    return known.tokens + math.ceil((bytes - known.bytes) / BYTES)
  end
  local of_images, tokens = images(request)
  return math.ceil((bytes - of_images) / BYTES) + tokens
end

--- Tokens of thinking, and whether they may be lowered.
local function thinking_of(request, plan, row)
  local extra = request.extra or {}
  local default = plan.think == nil and (row.thinking == "on" or row.thinking == "only")
  if request.provider.type == "openai" or not (plan.think or default) then return 0, false end
  local effort = extra.reasoning_effort or plan.effort
  local fixed = math.tointeger(extra.thinking_budget) or plan.budget or EFFORTS[effort]
  if fixed then return fixed, false end
  return row.max_budget or THINKING, row.takes_budget == true and not effort
end

--- US dollars for a token, in and out; nil where the model has no price.
local function price_of(row, service, thinks)
  local price = row.price
  if not price.input or not price.output then return nil end
  local one = { input = 1e6, output = 0, cache_creation = service.cache and 1e6 or 0 }
  return { input = money.cost(one, price, service) / 1e6, output = (thinks and price.thinking or price.output) / 1e6 }
end

---@param state lash.run.State
---@param request table  as chat.turn takes it
---@param bytes integer  of its body
---@param plan lash.dashscope.Plan
---@return lash.Estimate
function M.of(state, request, bytes, plan)
  local row, extra = models.row(request.model, request.provider), request.extra or {}
  local service = { dashscope = request.provider.type ~= "openai",
    cache = state.settings.cache and row.explicit_cache }
  local thinking, may_lower = thinking_of(request, plan, row)
  local set = math.tointeger(extra.max_completion_tokens) or math.tointeger(extra.max_tokens)
  return setmetatable({
    bytes = bytes, input = input_of(state, request, bytes), thinking = thinking,
    answer = set or plan.max_tokens or row.max_output or ANSWER, may_lower = may_lower,
    price = price_of(row, service, thinking > 0), tariff = row.price, service = service,
  }, Estimate)
end

--- Tokens and US dollars with so much thinking.
---@param thinking integer
---@return { tokens: integer, usd: number, calls: integer }
function Estimate:amount(thinking)
  local output = self.answer + thinking
  local price = self.price or { input = 0, output = 0 }
  return { tokens = self.input + output, usd = self.input * price.input + output * price.output, calls = 1 }
end

--- Tokens and US dollars of what came: as counted, else as guessed.
---@param usage? lash.Usage
---@param generated integer  bytes
---@return { tokens: integer, usd: number, calls: integer }
function Estimate:actual(usage, generated)
  local all = {}
  for key, value in pairs(usage or {}) do all[key] = value end
  all.input = all.input or self.input
  all.output = all.output or math.ceil(generated / BYTES)
  return { tokens = all.input + all.output, usd = money.cost(all, self.tariff, self.service) or 0, calls = 1 }
end

--- Failures behind which nothing was generated.
local UNSENT = { dns = true, connect = true, tls = true, usage = true, library = true }

--- What a request took: an answer what the service counted; what was not sent, or was
--- refused, nothing but a call; what broke off is guessed.
---@param turn? lash.Turn  nil: it could not even be started
---@param failure? table
---@param generated integer  bytes
---@return { tokens: integer, usd: number, calls: integer }
function Estimate:outcome(turn, failure, generated)
  if not turn or failure and (UNSENT[failure.transport] or not failure.transport and not turn.began) then
    return { usd = 0, tokens = 0, calls = 1 }
  end
  return self:actual(not failure and turn.usage or nil, generated)
end

--- Raises `config` for a model whose price is not known.
---@param names string[]
---@param provider lash.Provider
function M.check_prices(names, provider)
  for _, name in ipairs(names) do
    local price = models.row(name, provider).price
    if not price.input or not price.output then
      errors.raise("config", ("a budget in dollars: the price of %s is not known"):format(name),
        { hint = "lash.models.define, or 'models' in config.json, says it" })
    end
  end
end

return M
