--- .env files: what was read can be written in quotes and read again.
local dotenv = require "lash.dotenv"
local errors = require "lash.errors"

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

return function(input)
  local values, err = dotenv.parse(input, "file")
  if not values then
    assert(errors.is(err) and err.kind == "config", tostring(err))
    local line = math.tointeger(tonumber(err.message:match "^file:(%d+): [^\n]+$"))
    local _, ends = input:gsub("\n", "")
    assert(line and line >= 1 and line <= ends + 1, err.message)
    return
  end
  local lines = {}
  for name, value in pairs(values) do
    assert(name:find "^[%a_][%w_]*$", name)
    lines[#lines + 1] = ('export %s="%s" # it\n'):format(name, (value:gsub('[\\"\n\r\t]', ESCAPES)))
  end
  local again = assert(dotenv.parse(table.concat(lines), "again"))
  for name, value in pairs(values) do assert(again[name] == value, name) end
  for name in pairs(again) do assert(values[name], name) end
end
