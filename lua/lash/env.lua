--- lash.env.X (nil when absent) and lash.env "X" (raises): the environment,
--- then .env.local.
local errors = require "lash.errors"

local function get(name)
  if type(name) ~= "string" then
    errors.raise("usage", "lash.env: a variable's name is a string, got " .. type(name))
  end
  return require("lash.config").load():env(name)
end

---@type table<string, string?> | fun(name: string): string
return setmetatable({}, {
  __index = function(_, name) return get(name) end,
  __call = function(_, name)
    local value = get(name)
    if not value then
      errors.raise("config", ("$%s is not set"):format(name),
        { hint = ("export %s=..., or write it into .env.local"):format(name) })
    end
    return value
  end,
  __newindex = function() errors.raise("usage", "lash.env cannot be written to") end,
})
