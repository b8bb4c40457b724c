--- Values as the Lua prompt prints them.
local literal = require("lash.types.text").literal

local DEEP, MANY, WIDE = 6, 100, 72 -- levels, items of a table, columns

local function is_name(key) return type(key) == "string" and key:find "^[%a_][%w_]*$" ~= nil end

local function sorted_keys(value, n)
  local keys = {}
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= n) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and (type(a) == "string" or type(a) == "number") then return a < b end
    return type(a) == type(b) and tostring(a) < tostring(b) or type(a) < type(b)
  end)
  return keys
end

local show

--- The items of a table, each as text.
local function items_of(value, level, open)
  local items, n = {}, 0
  while rawget(value, n + 1) ~= nil and n < MANY do
    n = n + 1
    items[n] = show(rawget(value, n), level + 1, open)
  end
  for i, key in ipairs(sorted_keys(value, rawlen(value))) do
    if i + n > MANY then break end
    local name = is_name(key) and key or ("[%s]"):format(show(key, DEEP, open))
    items[#items + 1] = ("%s = %s"):format(name, show(rawget(value, key), level + 1, open))
  end
  local count = 0
  for _ in next, value do count = count + 1 end
  if count > #items then items[#items + 1] = ("… %d more"):format(count - #items) end
  return items
end

function show(value, level, open)
  if type(value) == "string" or math.type(value) then return literal(value) end
  local meta = getmetatable(value)
  local own = type(value) ~= "table" or type(meta) == "table" and (meta.__tostring or meta.__name)
  if own or open[value] or level >= DEEP then
    local ok, text = pcall(tostring, value)
    return ok and text or "(a value without a text)"
  end
  open[value] = true
  local items = items_of(value, level, open)
  open[value] = nil
  if #items == 0 then return "{}" end
  local line = "{ " .. table.concat(items, ", ") .. " }"
  if #line <= WIDE and not line:find "\n" then return line end
  local pad = ("  "):rep(level)
  return ("{\n%s  %s\n%s}"):format(pad, table.concat(items, ",\n  " .. pad), pad)
end

--- A value as a text, a table with what is in it.
---@param value any
---@return string
return function(value) return show(value, 0, {}) end
