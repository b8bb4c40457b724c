--- What is different between two values of JSON, in words.
local text = require "lash.types.text"

local M = {}

local MOST = 5 -- places
local BEFORE, BEHIND = 30, 50 -- bytes that are shown around a difference

--- The keys of two tables: places first, then names.
---@param a table
---@param b table
---@return (string|integer)[]
function M.keys(a, b)
  local list, seen = {}, {}
  for _, t in ipairs { a, b } do
    for key in pairs(t) do
      if not seen[key] then list[#list + 1], seen[key] = key, true end
    end
  end
  table.sort(list, function(x, y)
    if type(x) == type(y) then return x < y end
    return type(x) == "number"
  end)
  return list
end

--- The first byte in which two texts differ; no character is parted.
---@param a string
---@param b string
---@return integer
function M.parting(a, b)
  local at = 1
  while at <= #a and a:byte(at) == b:byte(at) do at = at + 1 end
  while at > 1 and ((a:byte(at) or 0) & 0xC0 == 0x80 or (b:byte(at) or 0) & 0xC0 == 0x80) do at = at - 1 end
  return at
end

--- A text around a byte, without pieces of characters.
---@param s string
---@param at integer
---@return string
function M.around(s, at)
  local from, to = math.max(1, at - BEFORE), math.min(#s, at + BEHIND)
  while from > 1 and (s:byte(from) or 0) & 0xC0 == 0x80 do from = from - 1 end
  while to < #s and (s:byte(to + 1) or 0) & 0xC0 == 0x80 do to = to + 1 end
  return (from > 1 and "…" or "") .. s:sub(from, to) .. (to < #s and "…" or "")
end

local function shown(v) return v == nil and "nothing" or text.value(v) end

local function collect(a, b, path, lines)
  if a == b or #lines > MOST then return end
  if type(a) == "table" and type(b) == "table" and text.is_list(a) == text.is_list(b) then
    for _, key in ipairs(M.keys(a, b)) do
      local part = type(key) == "number" and "[%d]" or path == "" and "%s" or ".%s"
      collect(a[key], b[key], path .. part:format(key), lines)
    end
    return
  end
  local old, new = shown(a), shown(b)
  if type(a) == "string" and type(b) == "string" then
    local at = M.parting(a, b)
    old, new = text.literal(M.around(a, at)), text.literal(M.around(b, at))
  end
  lines[#lines + 1] = ("%s was %s, is %s"):format(path == "" and "it" or path, old, new)
end

--- The places in which two values differ: `body was "old", is "new"`.
---@param a any
---@param b any
---@return string
function M.between(a, b)
  local lines = {}
  collect(a, b, "", lines)
  if #lines > MOST then lines[MOST + 1] = "and more" end
  return table.concat(lines, "; ")
end

return M
