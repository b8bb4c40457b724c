--- Headers of requests: pairs of name and value, in an order that stays.
local errors = require "lash.errors"
local secrets = require "lash.secrets"

local M = {}

---@alias lash.http.Header { [1]: string, [2]: string }  name, value

local function refuse(what, message, hint) errors.raise("usage", ("%s: %s"):format(what, message), { hint = hint }) end

local function check_value(what, name, value)
  if type(value) ~= "string" and type(value) ~= "number" then
    refuse(what, ("the header '%s' must be a string, got %s"):format(name, type(value)))
  end
  value = tostring(value)
  if value:find "[%z\1-\8\10-\31\127]" then
    refuse(what, ("the header '%s' contains a control character"):format(name), "a line end is often left from a file")
  end
  return value
end

--- Headers of these tables, sorted; a later table wins over an earlier one,
--- `false` takes a header away. A list of values is the header repeated.
---@param what string  for messages
---@param ... table<string, string|number|string[]|false>?
---@return lash.http.Header[]
function M.merge(what, ...)
  local by_name = {}
  for _, given in ipairs(table.pack(...)) do
    local seen = {}
    for name, value in pairs(given) do
      if type(name) ~= "string" or not name:find "^[%w!#$%%&'*+.^_`|~-]+$" then
        refuse(what, ("'%s' is not the name of a header"):format(tostring(name)), 'headers = { ["X-Name"] = "value" }')
      end
      local key = name:lower()
      if seen[key] then refuse(what, ("the header '%s' is there twice"):format(name)) end
      seen[key] = true
      by_name[key] = { name = name, values = type(value) == "table" and value or value ~= false and { value } or {} }
    end
  end
  local keys, list = {}, {}
  for key in pairs(by_name) do keys[#keys + 1] = key end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local name = by_name[key].name
    for _, value in ipairs(by_name[key].values) do list[#list + 1] = { name, check_value(what, name, value) } end
  end
  return list
end

--- Registers what no output may show: values whose header says so by its name.
---@param list lash.http.Header[]
function M.keep_secret(list)
  for _, header in ipairs(list) do
    local name, value = header[1]:lower(), header[2]
    if name == "authorization" or name == "proxy-authorization" then
      secrets.add(value)
      secrets.add(value:match "^%S+%s+(.+)$" or value) -- without "Bearer"
    elseif secrets.is_name((name:gsub("-", "_"))) then
      secrets.add(value)
    end
  end
end

local TELLING = { "auth", "cookie", "credential", "key", "passw", "secret", "session", "token" }

--- Is this for one site only, by its name or by what is in it?
local function is_secret(header)
  local name = header[1]:lower()
  for _, word in ipairs(TELLING) do
    if name:find(word, 1, true) then return true end
  end
  return secrets.redact(header[2]) ~= header[2]
end

--- The headers that another site may see too.
---@param list lash.http.Header[]
---@return lash.http.Header[]
function M.without_secrets(list)
  local kept = {}
  for _, header in ipairs(list) do
    if not is_secret(header) then kept[#kept + 1] = header end
  end
  return kept
end

--- The headers that go with a request without a body.
---@param list lash.http.Header[]
---@return lash.http.Header[]
function M.without_body(list)
  local kept = {}
  for _, header in ipairs(list) do
    if not header[1]:lower():find "^content%-" then kept[#kept + 1] = header end
  end
  return kept
end

--- Lines as lash.core.http takes them.
---@param list lash.http.Header[]
---@return string[]
function M.lines(list)
  local lines = {}
  for i, header in ipairs(list) do
    local name, value = header[1], header[2]
    lines[i] = value:find "%S" and name .. ": " .. value or name .. ";" -- libcurl's form of an empty one
  end
  return lines
end

return M
