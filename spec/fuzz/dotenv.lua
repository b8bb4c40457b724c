--- .env files: what was read can be written in quotes and read again; without quotes
--- it is what a reader finds that goes over each line byte by byte.
local dotenv = require "lash.dotenv"
local errors = require "lash.errors"

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

--- The value behind NAME=: up to a comment, which begins behind white space.
local function bare_value(text)
  local stop, last = #text, 0
  for i = 1, #text do
    if text:byte(i) == 35 and i > 1 and (text:byte(i - 1) == 32 or text:byte(i - 1) == 9) then
      stop = i - 1
      break
    end
  end
  for i = 1, stop do
    if not text:sub(i, i):find "%s" then last = i end
  end
  return (text:sub(1, last):gsub("^%s+", ""))
end

--- The values of a file in which nothing is quoted.
local function plain(input)
  local values = {}
  for line in input:gsub("^\xEF\xBB\xBF", ""):gmatch "[^\n]+" do
    local name, text = line:match "^%s*([^#%s=][^=]-)[ \t]*=(.*)$"
    if not name then name, text = line:match "^%s*([^#%s=])[ \t]*=(.*)$" end
    if name then values[name:gsub("^export[ \t]+", "")] = bare_value(text) end
  end
  return values
end

return function(input)
  local values, err = dotenv.parse(input, "file")
  if not values then
    assert(errors.is(err) and err.kind == "config", tostring(err))
    local line = math.tointeger(tonumber(err.message:match "^file:(%d+): [^\n]+$"))
    local _, ends = input:gsub("\n", "")
    assert(line and line >= 1 and line <= ends + 1, err.message)
    return
  end
  if not input:find "[\"'\r\v\f]" then
    local theirs = plain(input)
    for name, value in pairs(values) do assert(theirs[name] == value, name) end
    for name in pairs(theirs) do assert(values[name], name) end
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
