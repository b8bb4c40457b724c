--- What a person could do about an error of the service.
local M = {}

--- The regions and their addresses, but that of a host.
local function region_list(host)
  local list = {}
  for _, region in ipairs(require("lash.regions").list) do
    if region.host ~= host then
      list[#list + 1] = ("%s: https://%s/compatible-mode/v1"):format(region.name, region.host)
    end
  end
  return table.concat(list, ", ")
end

local function key_hint(provider)
  if provider.type ~= "dashscope" then return "is the api_key of provider '" .. provider.name .. "' right?" end
  local regions = require "lash.regions"
  local host = regions.host(provider.api_base)
  return ("a key works in one region only; this request went to %s. Others: %s")
    :format(regions.name(host) or host, region_list(host))
end

--- Nobody is there.
local function way_hint(provider)
  local regions = require "lash.regions"
  local host = regions.host(provider.api_base) or ""
  if host:find "%.aliyuncs%.com$" and not regions.name(host) then
    return "DashScope has no such region. There are " .. region_list()
  end
  return ("`lash check` looks at the way to %s"):format(provider.api_base)
end

local function model_hint(provider, model)
  if provider.type == "openai" then return provider.api_base .. "/models lists what this server has" end
  local near = require("lash.models.names").nearest(model)
  local hint = #near > 0 and "did you mean " .. table.concat(near, ", ") .. "? " or ""
  return hint .. "`lash models` lists what is known; regions and keys differ in what they have"
end

local function length_hint(_, _, limit)
  return (limit and limit > 0 and ("the input may be %d tokens; "):format(limit) or "")
    .. "shorten the prompt or the conversation, or take a model with a larger context"
end

local function burst_hint(provider)
  if provider.wait_timeout then return nil end
  return ('"wait_timeout": 60 of the provider lets the service queue such requests for a minute')
end

local function base_hint(provider)
  local hint = ("is api_base right? It is %s"):format(provider.api_base)
  if provider.type ~= "dashscope" then return hint end
  local regions = require "lash.regions"
  local path = regions.path(regions.host(provider.api_base) or "")
  if provider.api_base:sub(-#path) ~= path then hint = ("%s, and DashScope's ends in %s"):format(hint, path) end
  return hint
end

local BY_TOPIC = {
  dns = way_hint,
  connect = way_hint,
  key = key_hint,
  region = key_hint,
  model = model_hint,
  base = base_hint,
  plan = function() return "keys of a Coding Plan or Token Plan work only at that plan's own address" end,
  plan_agents = function() return "this plan serves certain programs only; a general key has its own address" end,
  arrears = function() return "the account has a bill to settle, or no free quota left" end,
  quota = function() return "the quota of this period is used up; it comes back with the next" end,
  length = length_hint,
  burst = burst_hint,
  free_quota = function() return "the model's free quota is used up: pay for it, or take another model" end,
  activate = function() return "the model or the service must be activated in the console first" end,
  workspace = function() return "the key's workspace may not use this; the console has its permissions" end,
  access = function() return "this key may not use the model or the service; the console has its permissions" end,
  repetition = function() return "the same call stands in the conversation too often; shorten it" end,
  inspection = function() return "the service's content inspection refused the text" end,
}

--- What only DashScope has.
local OF_DASHSCOPE = { plan = true, plan_agents = true, burst = true, free_quota = true, activate = true,
  workspace = true }

--- A hint for a failure of the service, or nil.
---@param topic? string
---@param provider lash.Provider
---@param model string
---@param limit? integer  that the failure names
---@return string?
function M.of(topic, provider, model, limit)
  if provider.type == "openai" and OF_DASHSCOPE[topic] then return nil end
  local make = BY_TOPIC[topic]
  return make and make(provider, model, limit)
end

return M
