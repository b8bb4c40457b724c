--- How many columns a text takes on a terminal: by what a person sees as one
-- character, whether ideograph, accent, flag or family of emoji.
local core = require "lash.core.markdown"

--- The text has no control characters (`lash.visible` names them).
---@param text string
---@return integer columns
return function(text)
  if not text:find "[^ -~]" then return #text end
  return core.width(text)
end
