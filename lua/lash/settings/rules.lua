--- What may stand in settings that a script gives.
local callable = require "lash.callable"
local errors = require "lash.errors"

local M = {}

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
  require("lash.spelling").check_keys(what, given, allowed)
  for key, value in pairs(given) do
    local message, hint = check_one(what, key, value)
    if message then errors.raise("usage", message, { hint = hint }) end
  end
  if type(given.provider) == "table" then require("lash.config.provider").hide(given.provider) end
end

return M
