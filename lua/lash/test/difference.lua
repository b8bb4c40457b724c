--- Where two requests differ, for people: which message, the old text and the new one
--- around the first difference.
local difference = require "lash.difference"
local json = require "lash.core.json"

local M = {}

local MASK = "[secret]"

--- Is this text what was recorded? A masked secret may be anything now. What stands
--- between two masks is taken where it is found first: if the rest fits behind a later
--- place, it fits behind that.
local function same_text(old, new)
  local from, to = old:find(MASK, 1, true)
  if not from then return old == new end
  if new:sub(1, from - 1) ~= old:sub(1, from - 1) then return false end
  local at, rest = from, to + 1 -- in the new text, in the old one
  from, to = old:find(MASK, rest, true)
  while from do
    local _, found = new:find(old:sub(rest, from - 1), at, true)
    if not found then return false end
    at, rest = found + 1, to + 1
    from, to = old:find(MASK, rest, true)
  end
  local tail = #old - rest + 1
  return #new - tail + 1 >= at and new:sub(#new - tail + 1) == old:sub(rest)
end

--- The first place where two values differ: a list of keys, the old value, the new one;
--- nil where they are equal.
---@return (string|integer)[]? path
---@return any old
---@return any new
local function first(old, new, path)
  if type(old) == "table" and type(new) == "table" then
    for _, key in ipairs(difference.keys(old, new)) do
      path[#path + 1] = key
      local found, a, b = first(old[key], new[key], path)
      if found then return found, a, b end
      path[#path] = nil
    end
    return nil
  end
  local equal = old == new
  if type(old) == "string" and type(new) == "string" then equal = same_text(old, new) end
  if equal then return nil end
  return path, old, new
end

---@param old any
---@param new any
---@return boolean
function M.equal(old, new) return first(old, new, {}) == nil end

local function shown(value)
  if value == nil then return "nothing" end
  local text = type(value) == "string" and value or json.encode(value) or tostring(value)
  return text
end

local function around(s, at) return (difference.around(s, at):gsub("\n", "\\n")) end

--- A place in a request, in words: "message 2 (user)".
local function place_of(path, old, new)
  local parts, from = {}, 1
  local list = path[1]
  if (list == "messages" or list == "tools") and path[2] then
    local item = (old[list] or {})[path[2]] or (new[list] or {})[path[2]] or {}
    local name = list == "messages" and item.role or type(item["function"]) == "table" and item["function"].name
    parts[1] = ("%s %d%s"):format(list:sub(1, -2), path[2], name and (" (%s)"):format(name) or "")
    from = 3
  end
  local rest = table.concat(path, ".", from)
  if rest ~= "" and not (rest == "content" and from == 3) then parts[#parts + 1] = rest end
  return table.concat(parts, ", ")
end

---@class lash.test.Difference
---@field place string
---@field old string
---@field new string

--- Tells of the first difference of two requests; nil where they are equal.
---@param old table  what was recorded
---@param new table  what is asked now
---@return string[]? lines
function M.lines(old, new)
  local path, a, b = first(old, new, {})
  if not path then return nil end
  local place = place_of(path, old, new)
  local was, is = shown(a), shown(b)
  local from = 1
  if a ~= nil and b ~= nil then
    from = difference.parting(was, is)
    local characters = utf8.len(was, 1, from - 1, true) or from - 1
    if characters > 0 then
      place = ("%s, behind %d character%s"):format(place, characters, characters > 1 and "s" or "")
    end
  end
  return { place .. ":", "  recorded: " .. around(was, from), "  now:      " .. around(is, from) }
end

--- How much of them is equal, to find the one that was meant: whole messages first.
---@return integer
function M.likeness(old, new)
  local score = 0
  if type(old) ~= "table" or type(new) ~= "table" then return 0 end
  local was, is = old.messages or {}, new.messages or {}
  for i = 1, math.min(#was, #is) do
    if M.equal(was[i], is[i]) then score = score + 100 end
  end
  if #was == #is then score = score + 10 end
  for key, value in pairs(old) do
    if key ~= "messages" and M.equal(value, new[key]) then score = score + 1 end
  end
  return score
end

return M
