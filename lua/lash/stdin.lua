--- lash.stdin() and lash.stdin.lines(): standard input, read only when asked for.
local errors = require "lash.errors"

local function check(value, message)
  if message then errors.raise("io", "cannot read standard input: " .. message) end
  return value
end

return setmetatable({
  --- Iterates over the lines, without their ends.
  ---@return fun(): string?
  lines = function()
    return function() return check(io.stdin:read "l") end
  end,
}, {
  --- All of it.
  __call = function() return check(io.stdin:read "a") or "" end,
})
