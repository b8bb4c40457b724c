--- A row of a table: at a terminal it is no wider than that, elsewhere it is whole.
local output = require "lash.output"

---@param text string
---@return string
return function(text)
  if not output.is_terminal(1) then return text end
  local screen = require "lash.cli.chat.screen"
  return screen.cut(output.exact(text), screen.width())
end
