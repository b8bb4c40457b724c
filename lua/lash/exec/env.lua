--- The environment of a command: that of lash without secrets.
--
-- A command is told no key by itself: not what is registered as a secret, nor
-- what has the name of one; .env.local is never part of it. What a script gives
-- is given.
local errors = require "lash.errors"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

--- Refuses what cannot be a variable of the environment.
local function check(what, name, value)
  if type(name) ~= "string" or name == "" or name:find "[=\0]" then
    errors.raise("usage", ("%s: env: '%s' is not the name of a variable"):format(what, tostring(name)))
  end
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" and value ~= false then
    errors.raise("usage", ("%s: env.%s: expected a string, or false, got %s"):format(what, name, kind),
      { hint = "false takes a variable away" })
  end
  if kind == "string" and value:find("\0", 1, true) then
    errors.raise("usage", ("%s: env.%s contains a zero byte"):format(what, name))
  end
end

--- All of a command's environment, "NAME=value", in the order of the names.
---@param more? table<string, string|number|false>  to be added; false removes
---@param what string  for messages
---@return string[]
return function(more, what)
  if more ~= nil and type(more) ~= "table" then
    errors.raise("usage", ("%s: env: expected a table, got %s"):format(what, type(more)))
  end
  local env = {}
  for name, value in pairs(sys.environ()) do
    if not secrets.is_name(name) and secrets.redact(value) == value then env[name] = value end
  end
  for name, value in pairs(more or {}) do
    check(what, name, value)
    env[name] = value or nil
  end
  local list = {}
  for name, value in pairs(env) do list[#list + 1] = ("%s=%s"):format(name, value) end
  table.sort(list)
  return list
end
