--- The settings of an agent: who may say what, and who wins.
--
-- options of the call > lash.agent{…} > command line > agents.NAME >
-- agents.defaults > built in. 0 and false are values.
local callable = require "lash.callable"
local config = require "lash.config"
local context = require "lash.context"
local errors = require "lash.errors"

local M = {}

local BUILT_IN = { max_turns = 30, max_tool_calls = 100, retry = 4, tool_streaming = "auto" }

local known

--- The keys that a table of settings may have.
---@return table<string, true>
function M.keys()
  if not known then
    known = { name = true, on = true }
    for key in pairs(require("lash.config.schema").agent_fields) do known[key] = true end
  end
  return known
end

local function check_one(what, key, value)
  if key == "name" then
    if type(value) ~= "string" or value == "" then return ("%s: 'name' must be a string"):format(what) end
  elseif key == "on" then
    if not callable(value) then return ("%s: 'on' must be a function"):format(what) end
  elseif key == "tools" then
    if type(value) ~= "table" or getmetatable(value) and not require("lash.types").is_list(value) then
      return ("%s: 'tools' must be a list"):format(what)
    end
    local n, keys, seen = 0, 0, {}
    for i, v in ipairs(value) do
      local name = require("lash.tool").from(v).name
      if seen[name] then return ("%s: two tools are named '%s'"):format(what, name) end
      seen[name], n = true, i
    end
    for _ in pairs(value) do keys = keys + 1 end
    if keys > n then -- what stands behind a nil, or has a name, would be left out
      return ("%s: 'tools' must be a list without holes"):format(what), "is one of the tools nil, or given a name?"
    end
  elseif not (key == "thinking_level" and value == false) then
    local message, hint = require("lash.config.schema").agent_fields[key](value, key)
    if message then return what .. ": " .. message, hint end
  end
end

--- Checks settings that a script gives.
---@param what string
---@param given table
---@param forbidden? table<string, boolean>  keys that may not stand there
function M.check(what, given, forbidden)
  if type(given) ~= "table" then errors.raise("usage", ("%s: expected a table, got %s"):format(what, type(given))) end
  if next(given) == nil then return end
  local allowed = M.keys()
  if forbidden then
    allowed = {}
    for key in pairs(M.keys()) do allowed[key] = not forbidden[key] or nil end
  end
  errors.check_keys(what, given, allowed)
  for key, value in pairs(given) do
    local message, hint = check_one(what, key, value)
    if message then errors.raise("usage", message, { hint = hint }) end
  end
  if type(given.provider) == "table" then require("lash.config.provider").hide(given.provider) end
end

--- All settings as somebody gave them.
---@param given table  of lash.agent{…}; `from`: the name of an agent in config.json
---@param options? table  of the call
---@return table
function M.merge(given, options)
  local merged = {}
  for key, value in pairs(BUILT_IN) do merged[key] = value end
  for key, value in pairs(config.load():agent(given.from or (not given.name and context.agent_name or nil))) do
    merged[key] = value
  end
  for _, level in ipairs { context.agent, { policy = context.policy }, given.settings, options or {} } do
    for key, value in pairs(level) do merged[key] = value end
  end
  return merged
end

--- An option of a call may be any key of an agent but these.
M.fixed = { name = true, about = true }

--- The settings of one call.
---@param given table  of lash.agent{…}
---@param options? table  of the call
---@return table
function M.of_call(given, options)
  if options ~= nil then M.check("options of the call", options, M.fixed) end
  return M.resolve(given, options)
end

--- The same for a run, which needs a provider.
function M.resolve(given, options)
  local merged = M.merge(given, options)
  merged.provider_record = config.load():provider(merged.provider)
  return merged
end

return M
