--- lash.core.json against lua-cjson: what the one takes the other takes, with the
--- same value; what is written is read as it was.
---
--- lua-cjson is the laxer one (it takes NaN, 01 and raw line ends in strings), so its
--- yes proves nothing. Its no does, but for half a surrogate pair, which we repair.
local cjson = require "cjson"
local json = require "lash.core.json"

local function is_same(a, b)
  if a == 0 and b == 0 then return 1 / a == 1 / b end -- zero has a sign
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b or type(a) == "number" and type(b) == "number" and math.abs(a - b) <= 1e-15 * math.abs(a)
  end
  for key, value in pairs(a) do
    if not is_same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

return function(input)
  local value, message, code = json.decode(input)
  if message then
    assert(code == "syntax" or code == "toobig", code)
    assert(message:find "^line %d+, column %d+: [^\n]+$", message)
    return
  end
  local text = assert(json.encode(value))
  assert(json.encode((json.decode(text))) == text, text)
  assert(json.encode((json.decode((json.encode(value, 2))))) == text, text)
  local ok, theirs = pcall(cjson.decode, input)
  if not ok and input:find "\\u[dD]" then return end
  assert(ok, theirs)
  assert(is_same(value, theirs), text)
end
