--- Globs: `*` and `?` within a name, `[a-z]`, `{a,b}`, `**` over folders.
--
-- A pattern may come from a model: matching takes at most the product of both
-- lengths, not more for any number of stars.
local M = {}

local MAX_ALTERNATIVES = 64

-- What has a meaning in {a,b}, and stands for itself in [{,}]: no path has a zero byte.
local MASKS = { ["{"] = "\0a", [","] = "\0b", ["}"] = "\0c" }
local MASKED = { a = "{", b = ",", c = "}" }

--- Replaces every {a,b} by its alternatives; nil when there are too many.
---@param pattern string
---@return string[]?
function M.alternatives(pattern)
  local masked = pattern:gsub("%[[!^]?%]?[^%]]*%]", function(set) return (set:gsub("[{,}]", MASKS)) end)
  local list, i = { masked }, 1
  while list[i] do
    local before, inside, after = list[i]:match "^(.-){([^{}]*)}(.*)$"
    if inside then
      table.remove(list, i)
      for item in (inside .. ","):gmatch "([^,]*)," do table.insert(list, i, before .. item .. after) end
      if #list > MAX_ALTERNATIVES then return nil end
    else
      list[i] = list[i]:gsub("%z([abc])", MASKED)
      i = i + 1
    end
  end
  return list
end

--- Does pattern[1..] match text[1..]? `is_star` says which items stand for any
-- number, `fits` whether one item of the pattern is one of the text. Going back
-- to the last star is enough.
local function wild(pattern, text, is_star, fits)
  local p, t, star, from = 1, 1, nil, nil
  while text[t] do
    if pattern[p] and is_star(pattern[p]) then
      star, from = p, t
      p = p + 1
    elseif pattern[p] and fits(pattern[p], text[t]) then
      p, t = p + 1, t + 1
    elseif star then
      from = from + 1
      p, t = star + 1, from
    else
      return false
    end
  end
  while pattern[p] and is_star(pattern[p]) do p = p + 1 end
  return not pattern[p]
end

--- The characters of a name; of one that is no UTF-8, its bytes.
local function characters(name)
  local list = {}
  for c in name:gmatch(utf8.len(name) and utf8.charpattern or ".") do list[#list + 1] = c end
  return list
end

--- A set such as [a-z] as a function of a character.
local function set(body)
  local negated = body:find "^[!^]" ~= nil
  local items = characters(negated and body:sub(2) or body)
  return function(c)
    local i, found = 1, false
    while items[i] do
      if items[i + 1] == "-" and items[i + 2] then
        found = found or c >= items[i] and c <= items[i + 2]
        i = i + 3
      else
        found = found or c == items[i]
        i = i + 1
      end
    end
    return found ~= negated
  end
end

--- A name with wildcards as a list of characters, sets and "*".
local function parse_name(text)
  local list, rest = {}, text
  while rest ~= "" do
    local body, after = rest:match "^%[([!^]?%]?[^%]]*)%](.*)$"
    if body and body ~= "" then
      list[#list + 1], rest = set(body), after
    elseif rest:find "^%*" then
      list[#list + 1], rest = "*", rest:match "^%*+(.*)$"
    elseif rest:find "^%?" then
      list[#list + 1], rest = function() return true end, rest:sub(2)
    else
      local plain = rest:match "^.[^%[*?]*"
      for _, c in ipairs(characters(plain)) do list[#list + 1] = c end
      rest = rest:sub(#plain + 1)
    end
  end
  return list
end

local function is_star(item) return item == "*" end
local function fits_character(item, c) return item == c or type(item) == "function" and item(c) end

local function is_any_folder(item) return item == "**" end
local function fits_name(item, name) return wild(item, characters(name), is_star, fits_character) end

local function split(path)
  local names = {}
  for name in path:gmatch "[^/]+" do names[#names + 1] = name end
  return names
end

--- Makes a function of a path: does it match the whole pattern?
---@param pattern string
---@return (fun(path: string): boolean)?
---@return string? message
function M.new(pattern)
  local alternatives = M.alternatives(pattern)
  if not alternatives then return nil, "too many alternatives in " .. pattern end
  for i, one in ipairs(alternatives) do
    local names = split(one)
    for k, name in ipairs(names) do names[k] = name == "**" and name or parse_name(name) end
    alternatives[i] = names
  end
  return function(path)
    local names = split(path)
    for _, one in ipairs(alternatives) do
      if wild(one, names, is_any_folder, fits_name) then return true end
    end
    return false
  end
end

--- A pattern that fits this path alone.
---@param path string
---@return string
function M.literal(path) return (path:gsub("[%[{*?]", "[%0]")) end

--- Has the text any wildcards?
---@param text string
---@return boolean
function M.is_pattern(text) return text:find "[*?%[{]" ~= nil end

return M
