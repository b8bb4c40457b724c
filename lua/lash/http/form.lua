--- Names and values as a query and as the fields of a form.
local errors = require "lash.errors"
local url = require "lash.http.url"

local SCALAR = { string = true, number = true, boolean = true }

--- The values of a name: a list, or the only one.
local function values_of(name, value, what)
  local list, n = type(value) == "table" and value or { value }, 0
  for key, one in pairs(list) do
    n = n + 1
    if math.type(key) ~= "integer" or not SCALAR[type(one)] then n = -1 break end
  end
  if n == #list then return list end
  errors.raise("usage", ("%s: '%s' must be a text, a number, a boolean or a list of them"):format(what, name))
end

--- `a=1&b=2&b=3`: names in their order; of a list, the name with each value.
---@param fields table<string, any>
---@param what string  for messages
---@return string
return function(fields, what)
  local names, parts = {}, {}
  for name in pairs(fields) do
    if type(name) ~= "string" then
      errors.raise("usage", ("%s: expected names and their values, got a %s as a name"):format(what, type(name)))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    for _, value in ipairs(values_of(name, fields[name], what)) do
      parts[#parts + 1] = url.escape(name) .. "=" .. url.escape(tostring(value))
    end
  end
  return table.concat(parts, "&")
end
