--- The text of a model on a terminal, while it arrives: its Markdown rendered, nothing
-- in it obeyed, and no secret shown, in whatever pieces it comes.
local errors = require "lash.errors"
local output = require "lash.output"
local screens = require "lash.cli.chat.screen"
local secrets = require "lash.secrets"

local M = {}

---@class lash.cli.Rendered
---@field private write fun(text: string)
---@field private redact fun(piece?: string): string
---@field private said string[]  all of it
---@field private markdown? lash.Markdown  nil: it is shown as it is
---@field private plain fun(piece: string, complete?: boolean): string  makes it visible
local Rendered = {}
Rendered.__index = Rendered

--- Makes a text that comes in pieces of whole characters harmless on a terminal; a \r
-- at the end of a piece may be a part of a line end.
---@return fun(piece: string, complete?: boolean): string
function M.revealer()
  local held = ""
  return function(piece, complete)
    local text = held .. piece
    local certain = complete and text or text:match "^.*[^\r]" or ""
    held = text:sub(#certain + 1)
    return output.visible(certain)
  end
end

---@param write fun(text: string)
---@param colour boolean
---@return lash.cli.Rendered
function M.new(write, colour)
  return setmetatable({ write = write, redact = secrets.redactor(), said = {},
    markdown = require("lash.markdown").new { width = screens.width(), colour = colour, write = write } }, Rendered)
end

--- A fault of what lays it out costs nobody the answer: then all of it stands there once
-- more as it is, and so does the rest.
function Rendered:_show(piece, complete)
  table.insert(self.said, piece)
  if self.markdown then
    local ok, err = pcall(function()
      self.markdown:resize(screens.width())
      self.markdown:feed(piece)
      if complete then self.markdown:finish() end
    end)
    if ok then return end
    if errors.is(err) then error(err, 0) end -- Ctrl-C, or the terminal is gone
    self.markdown, self.plain, piece = nil, M.revealer(), table.concat(self.said)
    if output.line_open then self.write "\n" end
  end
  self.write(self.plain(piece, complete))
  if complete and output.line_open then self.write "\n" end
end

--- Shows a piece of it.
---@param piece string
function Rendered:feed(piece) self:_show(self.redact(piece)) end

--- It is complete: shows the rest and a line end.
function Rendered:finish() self:_show(self.redact(), true) end

return M
