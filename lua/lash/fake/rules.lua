--- What the service refuses, in its order and its words; docs/dashscope.md says
-- how lash avoids it. Unknown members are accepted silently, as there.
local json = require "lash.core.json"
local messages = require "lash.fake.rules_messages"
local models = require "lash.fake.models"
local refusal = require "lash.fake.refusal"
local tools = require "lash.fake.rules_tools"
local value = require "lash.fake.value"

local M = {}

M.CHAT = "/compatible-mode/v1/chat/completions"
M.MODELS = "/compatible-mode/v1/models"
M.OPEN = "/v1/chat/completions" -- of other services, which have rules of their own

local get, invalid, algo = value.get, refusal.invalid, refusal.algo

local function path(request, others)
  if request.path == M.OPEN and others then return nil end
  if request.path ~= M.CHAT and request.path ~= M.MODELS then return { status = 404 } end
end

local function auth(request)
  local key = (request.headers.authorization or ""):match "^[Bb]earer%s+(%S+)"
  if not key then
    return { status = 401, type = "invalid_request_error",
      message = "You didn't provide an API key. You need to provide your API key in an Authorization header "
        .. "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)." }
  elseif key == "sk-bad" then
    return refusal.new(401, "Incorrect API key provided. For details, see: "
      .. "https://help.aliyun.com/zh/model-studio/error-code#apikey-error")
  end
end

local function method(request)
  local right = request.path == M.MODELS and "GET" or "POST"
  if request.method ~= right then
    return refusal.new(405, ("Request method '%s' is not supported."):format(request.method))
  end
end

local function body(request)
  if value.type(request.json) ~= "object" then
    return invalid "Required body invalid, please check the request body format."
  end
end

local function model(request)
  local name = get(request.json, "model")
  if name == nil or name == "" then return invalid "you must provide a model parameter." end
  request.facts = type(name) == "string" and models.find(name) or nil
  if not request.facts then
    return refusal.new(404, ("The model `%s` does not exist or you do not have access to it."):format(name))
  end
end

--- Numbers: their type, their test, and the text for one that fails it.
local RANGES = {
  { "temperature", "number", function(v) return v >= 0 and v < 2 end, "Temperature should be in [0.0, 2.0)" },
  { "top_p", "number", function(v) return v > 0 and v <= 1 end, "Range of top_p should be (0.0, 1.0]" },
  { "top_k", "integer", function(v) return v >= 0 end, "Parameter top_k be greater than or equal to 0" },
  { "presence_penalty", "number", function(v) return v >= -2 and v <= 2 end,
    "Presence_penalty should be in [-2.0, 2.0]" },
  { "repetition_penalty", "number", function(v) return v > 0 end, "Repetition_penalty should be greater than 0.0" },
  { "n", "integer", function(v) return v >= 1 and v <= 4 end, "Range of n should be [1, 4]" },
}

local function wrong_type(v, expected, name)
  return invalid(("%s is not of type '%s' - '%s'"):format(value.show(v), expected, name))
end

local function is_number(v, kind) return math.type(v) == "integer" or kind == "number" and type(v) == "number" end

local function ranges(request)
  for _, range in ipairs(RANGES) do
    local name, kind, test, text = table.unpack(range)
    local v = get(request.json, name)
    if v ~= nil then
      if not is_number(v, kind) then return wrong_type(v, kind, name) end
      if not test(v) then return algo(text) end
    end
  end
  local max = request.facts.max_output or 0
  for _, name in ipairs { "max_tokens", "max_completion_tokens" } do
    local v = get(request.json, name)
    if v ~= nil and not is_number(v, "integer") then return wrong_type(v, "integer", name) end
    if v and (v < 1 or max > 0 and v > max) then
      return algo(("Range of %s should be [1, %d]"):format(name, max > 0 and max or math.maxinteger))
    end
  end
  local seed = get(request.json, "seed")
  if seed == nil then return nil end
  if not is_number(seed, "integer") then return wrong_type(seed, "integer", "seed") end
  if seed < 0 then return invalid(("%d is lesser than the minimum of 0 - 'seed'"):format(seed)) end
  if seed > 2147483647 then
    return invalid(("%d is greater than the maximum of 2147483647 - 'seed'"):format(seed))
  end
end

local EFFORTS = { "none", "minimal", "low", "medium", "high", "xhigh", "max" }

--- Does the model think in this request?
---@param request table
---@return boolean
function M.thinks(request)
  local class = request.facts.thinking
  local wish = get(request.json, "enable_thinking")
  if class == "only" then return true end
  if class == "none" or wish == false or get(request.json, "reasoning_effort") == "none" then return false end
  return wish == true or class == "on"
end

local function check_effort(request)
  local effort = get(request.json, "reasoning_effort")
  if effort == nil then return nil end
  for _, known in ipairs(EFFORTS) do
    if effort == known then
      if request.facts.takes_effort and get(request.json, "thinking_budget") then
        return algo "The reasoning_effort and thinking_budget parameters cannot be set at the same time."
      end
      return nil
    end
  end
  return invalid(("%s is not one of ['%s'] - 'reasoning_effort'"):format(
    value.show(effort), table.concat(EFFORTS, "', '")))
end

local function thinking(request)
  local wish = get(request.json, "enable_thinking")
  local budget = get(request.json, "thinking_budget")
  local class, max = request.facts.thinking, request.facts.max_budget or 0
  if wish ~= nil and type(wish) ~= "boolean" then return wrong_type(wish, "boolean", "enable_thinking") end
  if class == "none" and wish then
    return algo(("The model %s does not support enable_thinking."):format(request.json.model))
  elseif class == "only" and wish == false then
    return algo "The value of the enable_thinking parameter is restricted to True."
  end
  if budget ~= nil and class ~= "none" then
    if math.type(budget) ~= "integer" or budget < 1 or max > 0 and budget > max then
      return algo(("The thinking_budget parameter must be a positive integer and not greater than %d"):format(max))
    end
  end
  return check_effort(request)
end

local function stream(request)
  local wish = get(request.json, "stream")
  if wish ~= nil and type(wish) ~= "boolean" then return wrong_type(wish, "boolean", "stream") end
  if wish then
    local refused = get(request.json, "tools") and request.facts.stream_tools == "no"
    return refused and algo "Cannot use tools with stream=True." or nil
  end
  if request.facts.stream_only then
    return algo "This model only support stream mode, please enable the stream parameter to access the model."
  elseif request.facts.whole_needs_off and get(request.json, "enable_thinking") ~= false then
    return invalid "parameter.enable_thinking must be set to false for non-streaming calls"
  end
end

local function format(request)
  local wish = get(request.json, "response_format")
  local kind = type(wish) == "table" and get(wish, "type") or wish
  if kind == nil or kind == "text" then return nil end
  if kind ~= "json_object" and kind ~= "json_schema" then
    return invalid(("%s is not one of ['text', 'json_object', 'json_schema'] - 'response_format.type'"):format(
      value.show(kind)))
  elseif M.thinks(request) and not request.facts.json_thinking then
    return algo "Json mode response is not supported when enable_thinking is true"
  elseif not request.facts[kind] then
    return algo(("The model %s does not support response_format %s."):format(request.json.model, kind))
  elseif kind == "json_object" and not json.encode(request.json.messages):lower():find("json", 1, true) then
    return algo("'messages' must contain the word 'json' in some form, to use 'response_format' of type "
      .. "'json_object'.")
  elseif kind == "json_schema" then
    local schema = get(wish, "json_schema")
    if value.type(schema) ~= "object" or value.type(get(schema, "schema")) ~= "object" then
      return invalid "'schema' is a required property - 'response_format.json_schema'"
    end
  end
end

local function tool_choice(request)
  return tools.choice(request.json, M.thinks(request))
end

--- Tokens are guessed: four bytes each.
local function length(request)
  local max = request.facts.context or 0
  if max > 0 and #request.body // 4 > max then
    return algo(("Range of input length should be [1, %d]"):format(max))
  end
end

local ALWAYS = { path, auth, method }
local CHAT = {
  body, model,
  function(request) return messages.roles(request.json, request.facts) end,
  ranges,
  function(request) return messages.pairs(request.json) end,
  function(request) return tools.check(request.json) end,
  function(request) return messages.marks(request.json) end,
  thinking, tool_choice, stream, format, length,
}

local OPEN = {
  body,
  function(request)
    request.facts = { thinking = "none" }
    if type(get(request.json, "messages")) ~= "table" then return invalid "'messages' is a required property" end
  end,
  ranges,
}
local OF_PATH = { [M.CHAT] = CHAT, [M.OPEN] = OPEN }

--- Why the service would refuse the request; nil when it would not. Fills
--- `request.facts` with what is known of the model.
---@param request table  method, path, headers (lower-case names), body, json
---@param others? boolean  it stands in for other services, too
---@return lash.fake.Refusal?
function M.check(request, others)
  for _, rules in ipairs { ALWAYS, OF_PATH[request.path] } do
    for _, rule in ipairs(rules) do
      local no = rule(request, others)
      if no then return no end
    end
  end
end

return M
