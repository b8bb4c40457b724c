--- What the service demands of tools and of the choice among them.
local refusal = require "lash.fake.refusal"
local value = require "lash.fake.value"

local M = {}

local get, invalid, algo = value.get, refusal.invalid, refusal.algo

local function expect(v, kind, where)
  if v ~= nil and value.type(v) ~= kind then
    return invalid(("%s is not of type '%s' - '%s'"):format(value.show(v), kind, where))
  end
end

--- A JSON Schema: the parts that a client gets wrong when its language has one
--- kind of table for objects and lists.
local function schema(s, where)
  local no = expect(s, "object", where)
  if no or s == nil then return no end
  local properties, required = get(s, "properties"), get(s, "required")
  no = expect(properties, "object", where .. ".properties") or expect(required, "array", where .. ".required")
  if no then return no end
  for i, name in ipairs(required or {}) do
    no = expect(name, "string", ("%s.required.%d"):format(where, i - 1))
    if no then return no end
  end
  for name, property in pairs(properties or {}) do
    no = schema(property, where .. ".properties." .. name)
    if no then return no end
  end
  local items = get(s, "items")
  return items ~= nil and schema(items, where .. ".items") or nil
end

local function tool(t, where)
  local no = expect(t, "object", where)
  if no then return no end
  if get(t, "type") ~= "function" then
    return invalid(("%s is not one of ['function'] - '%s.type'"):format(value.show(t.type), where))
  end
  local f = get(t, "function")
  if f == nil then return invalid(("'function' is a required property - '%s'"):format(where)) end
  no = expect(f, "object", where .. ".function")
  if no then return no end
  local name = get(f, "name")
  if type(name) ~= "string" or #name > 64 or not name:find "^[%w_-]+$" then
    return invalid(("%s does not match '^[a-zA-Z0-9_-]{1,64}$' - '%s.function.name'"):format(value.show(name), where))
  elseif name == "search" then
    return algo "Tool names are not allowed to be [search]"
  end
  local parameters = get(f, "parameters")
  if parameters == nil then return nil end
  no = schema(parameters, where .. ".function.parameters")
  if no or get(parameters, "type") == "object" or next(parameters) == nil then return no end
  return invalid(("%s is not one of ['object'] - '%s.function.parameters.type'"):format(
    value.show(get(parameters, "type")), where))
end

---@param body table
---@return lash.fake.Refusal?
function M.check(body)
  local list = get(body, "tools")
  if list == nil then return nil end
  local no = expect(list, "array", "tools")
  if no then return no end
  if #list == 0 then return invalid "[] is too short - 'tools'" end
  for i, t in ipairs(list) do
    no = tool(t, "tools." .. i - 1)
    if no then return no end
  end
  if (get(body, "n") or 1) ~= 1 then return algo "Range of n should be [1, 1] when tools are used" end
end

local WORDS = { auto = true, none = true, required = true }

---@param body table
---@param thinks boolean
---@return lash.fake.Refusal?
function M.choice(body, thinks)
  local choice = get(body, "tool_choice")
  if choice == nil then return nil end
  if type(choice) ~= "table" and not WORDS[choice] then
    return algo 'tool_choice is one of the strings that should be ["none", "auto"]'
  elseif thinks and (type(choice) == "table" or choice == "required") then
    return algo "The tool_choice parameter does not support being set to required or object in thinking mode"
  elseif type(choice) ~= "table" then
    return nil
  end
  local f = get(choice, "function")
  local name = type(f) == "table" and get(f, "name")
  for _, t in ipairs(get(body, "tools") or {}) do
    if t["function"].name == name then return nil end
  end
  return algo(("The tool %s of tool_choice is not in tools."):format(value.show(name or choice)))
end

return M
