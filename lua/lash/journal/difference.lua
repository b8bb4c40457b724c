--- What is different between two values, in words.
local text = require "lash.types.text"

local M = {}

local MOST = 5 -- places
local AROUND = 30 -- bytes of a text before and behind its first difference

--- A piece of a text from one byte to another, no character cut.
local function piece(s, from, to)
  while from > 1 and s:find("^[\x80-\xBF]", from) do from = from - 1 end
  while to < #s and s:find("^[\x80-\xBF]", to + 1) do to = to + 1 end
  return (from > 1 and "…" or "") .. s:sub(from, to) .. (to < #s and "…" or "")
end

--- Two texts around the first byte in which they differ.
local function texts(a, b)
  local at = 1
  while at <= #a and a:byte(at) == b:byte(at) do at = at + 1 end
  local from, to = math.max(1, at - AROUND), at + AROUND
  return text.literal(piece(a, from, math.min(#a, to))), text.literal(piece(b, from, math.min(#b, to)))
end

local function shown(v) return v == nil and "nothing" or text.value(v) end

local function keys(a, b)
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

local function collect(a, b, path, lines)
  if a == b or #lines > MOST then return end
  if type(a) == "table" and type(b) == "table" then
    for _, key in ipairs(keys(a, b)) do
      local part = type(key) == "number" and "[%d]" or path == "" and "%s" or ".%s"
      collect(a[key], b[key], path .. part:format(key), lines)
    end
    return
  end
  local old, new
  if type(a) == "string" and type(b) == "string" then old, new = texts(a, b) else old, new = shown(a), shown(b) end
  lines[#lines + 1] = ("%s was %s, is %s"):format(path == "" and "it" or path, old, new)
end

--- The places in which two values differ: "body was "old", is "new"".
---@param a any  of JSON
---@param b any
---@return string
function M.between(a, b)
  local lines = {}
  collect(a, b, "", lines)
  if #lines > MOST then lines[MOST + 1] = "and more" end
  return table.concat(lines, "; ")
end

return M
