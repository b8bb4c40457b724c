--- Headers of requests: one "Name: value" a line, "Name;" takes one away; nothing
--- that is given makes two lines of one.
local errors = require "lash.errors"
local headers = require "lash.http.headers"

local function given(input)
  local set = {}
  for line in input:gmatch "[^\n]+" do
    local name, value = line:match "^([^:]*):(.*)$"
    if name then
      -- What a line cannot hold, a value can.
      set[name] = set[name] and { set[name], value } or value:gsub("%%n", "\n")
      if type(set[name]) == "table" and type(set[name][1]) == "table" then set[name] = value end
    elseif line:find ";$" then
      set[line:sub(1, -2)] = false
    end
  end
  return set
end

return function(input)
  local ok, list = pcall(headers.merge, "f", { Accept = "*/*", ["X-Key"] = "k" }, given(input))
  if not ok then
    assert(errors.is(list) and list.kind == "usage" and not list.message:find "\n", tostring(list))
    return
  end
  local lines = headers.lines(list)
  assert(#lines == #list)
  for i, line in ipairs(lines) do
    assert(line:find "^[%w!#$%%&'*+.^_`|~-]+[:;]" and not line:find "[\r\n%z]", line)
    assert(i == 1 or list[i - 1][1]:lower() <= list[i][1]:lower(), "not sorted")
  end
  for _, header in ipairs(headers.without_secrets(list)) do
    assert(not header[1]:lower():find "key" and header[1]:lower() ~= "authorization", header[1])
  end
  for _, header in ipairs(headers.without_body(list)) do assert(not header[1]:lower():find "^content%-") end
end
