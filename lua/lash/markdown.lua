--- Text of a model on its way to a terminal.
local M = {}

local Markdown = {}
Markdown.__index = Markdown

---@param options { width: integer, colour: boolean, write: fun(text: string) }
function M.new(options) return setmetatable({ write = options.write, open = false }, Markdown) end

function Markdown:feed(text)
  if text == "" then return end
  self.open = text:sub(-1) ~= "\n"
  self.write(text)
end

function Markdown:finish()
  if self.open then self.write "\n" end
  self.open = false
end

function Markdown:resize(width) self.width = width end

return M
