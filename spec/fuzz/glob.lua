--- Globs: a pattern in the first line, a path in the second. Alternatives match what
--- one of them matches, and text without wildcards matches itself.
local glob = require "lash.glob"

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
  if not glob.is_pattern(path) then assert(assert(glob.new(path))(path), "text does not match itself") end
  assert(assert(glob.new "**")(path) and (path:find "/" or #path == 0 or assert(glob.new "*")(path)))
end
