--- The settings of an agent: who may say what, and who wins.
--
-- options of the call > lash.agent{…} > command line > agents.NAME >
-- agents.defaults > built in. 0 and false are values.
local config = require "lash.config"
local context = require "lash.context"

local M = {}

local BUILT_IN = { max_turns = 30, max_tool_calls = 100, retry = 4, tool_streaming = "auto" }

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
  if options ~= nil then require("lash.settings.rules").check("options of the call", options, M.fixed) end
  return M.resolve(given, options)
end

--- The same for a run, which needs a provider.
function M.resolve(given, options)
  local merged = M.merge(given, options)
  merged.provider_record = config.load():provider(merged.provider)
  return merged
end

return M
