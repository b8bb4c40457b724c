--- An error as a person reads it: a line, and perhaps another with a hint.
local context = require "lash.context"
local errors = require "lash.errors"
local output = require "lash.output"

---@param err any
---@param place? string  where a script was: "x.lua:3"
---@return string lines
---@return lash.Error
---@return string text  without the kind
return function(err, place)
  local known = errors.is(err) and err or errors.new("internal", errors.text(err))
  local text, hint = tostring(known.message), known.hint and tostring(known.hint)
  if context.verbose == 0 then -- an error is one line, its hint another
    text, hint = output.one_line(text), hint and output.one_line(hint)
  end
  if place and text:sub(1, #place + 1) ~= place .. ":" then text = ("%s: %s"):format(place, text) end
  local lines = ("%s: %s: %s\n"):format(context.speaker or "lash", known.kind, text)
  if hint and not context.speaker then lines = lines .. "hint: " .. hint .. "\n" end
  return output.exact(lines), known, text
end
