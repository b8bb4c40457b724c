--- Texts through lash.markdown, in one piece or in many.
local markdown = require "lash.markdown"

local M = {}

--- What is written for a text that comes in pieces.
---@param pieces string|string[]
---@param options? { width?: integer, colour?: boolean }
---@return string text
---@return string[] writes  nothing for a piece: ""
function M.render(pieces, options)
  local width, colour = options and options.width or 40, options and options.colour
  if type(pieces) == "string" then pieces = { pieces } end
  local writes, written = {}, ""
  local m = markdown.new { width = width, colour = colour, write = function(text) written = written .. text end }
  for i = 1, #pieces + 1 do
    if pieces[i] then m:feed(pieces[i]) else m:finish() end
    writes[i], written = written, ""
  end
  return table.concat(writes), writes
end

--- A text in pieces of so many bytes.
---@param text string
---@param size integer
---@return string[]
function M.cut(text, size)
  local pieces = {}
  for i = 1, #text, size do pieces[#pieces + 1] = text:sub(i, i + size - 1) end
  return pieces
end

--- Without our own control sequences.
---@param text string
---@return string
function M.plain(text) return (text:gsub("\27%[[%d;]*m", "")) end

return M
