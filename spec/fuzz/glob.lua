--- Globs: a pattern in the first line, a path in the second. Alternatives match what
--- one of them matches, text without wildcards matches itself, and name by name a
--- pattern matches what Lua's own matcher says.
local glob = require "lash.glob"

local STARS = 4 -- more take Lua's matcher too long

--- A name with wildcards as a pattern of Lua.
local function lua_pattern(name)
  local parts, rest = { "^" }, name
  while rest ~= "" do
    local body, after = rest:match "^%[([!^]?%]?[^%]]*)%](.*)$"
    if body and body ~= "" then
      parts[#parts + 1], rest = "[" .. body:gsub("^!", "^"):gsub("%%", "%%%%") .. "]", after
    else
      local c = rest:sub(1, 1)
      parts[#parts + 1] = c == "*" and ".*" or c == "?" and "." or c:gsub("%W", "%%%0")
      rest = rest:sub(2)
    end
  end
  return table.concat(parts) .. "$"
end

--- Does Lua say that it matches? nil: it cannot tell.
local function by_lua(pattern, path)
  local _, stars = pattern:gsub("%*", "")
  if (pattern .. path):find "[^\32-\126]" or pattern:find "[{}]" then return nil end
  if pattern:find "%*%*" or stars > STARS then return nil end
  local names = {}
  for name in path:gmatch "[^/]+" do names[#names + 1] = name end
  local n = 0
  for name in pattern:gmatch "[^/]+" do
    n = n + 1
    if name:find "%[[!^]?%]?[^%]]*%-[^%]]*%-" then return nil end -- a-c-e: everybody reads it in another way
    local ok, found = pcall(string.find, names[n] or "", lua_pattern(name))
    if not ok then return nil end
    if not names[n] or not found then return false end
  end
  return n == #names
end

return function(input)
  local pattern, path = input:gsub("%z", ""):match "^([^\n]*)\n?(.*)$" -- no path has a zero byte
  local fits, message = glob.new(pattern)
  if not fits then
    assert(type(message) == "string")
    return
  end
  local found = fits(path)
  local any = false
  for _, one in ipairs(assert(glob.alternatives(pattern))) do any = any or assert(glob.new(one))(path) end
  assert(found == any, "not what its alternatives match")
  local theirs = by_lua(pattern, path)
  assert(theirs == nil or theirs == found, "Lua does not think so")
  if not glob.is_pattern(path) then assert(assert(glob.new(path))(path), "text does not match itself") end
  assert(assert(glob.new "**")(path) and (path:find "/" or #path == 0 or assert(glob.new "*")(path)))
end
