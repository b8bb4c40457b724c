--- The text of a model on a terminal, while it arrives: its Markdown rendered, nothing
-- in it obeyed, and no secret shown, in whatever pieces it comes.
local errors = require "lash.errors"
local output = require "lash.output"
local screens = require "lash.cli.chat.screen"
local secrets = require "lash.secrets"

local M = {}

--- Bytes: more than Markdown ever holds back, of the head of a table and its first rows.
local MOST_HELD = 65536

---@class lash.cli.Rendered
---@field private write fun(text: string)
---@field private redact fun(piece?: string): string
---@field private said string[]  since all of it was written; no more than what Markdown may hold
---@field private size integer  of it, in bytes
---@field private before string  what was said before it, when that is much
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
  return setmetatable({ write = write, redact = secrets.redactor(), said = {}, size = 0, before = "",
    markdown = require("lash.markdown").new { width = screens.width(), colour = colour, write = write } }, Rendered)
end

--- Keeps what may not have been written yet: of a text of any length a part.
function Rendered:_keep(piece)
  if not self.markdown:holds() then self.said, self.size, self.before = {}, 0, "" end
  if self.size >= MOST_HELD then self.said, self.size, self.before = {}, 0, table.concat(self.said) end
  table.insert(self.said, piece)
  self.size = self.size + #piece
end

--- A fault of what lays it out costs nobody the answer: then the block that it was at
--- stands there once more as it is, and so does the rest.
function Rendered:_show(piece, complete)
  if self.markdown then
    self:_keep(piece)
    local ok, err = pcall(function()
      self.markdown:resize(screens.width())
      self.markdown:feed(piece)
      if complete then self.markdown:finish() end
    end)
    if ok then return end
    if errors.is(err) then error(err, 0) end -- Ctrl-C, or the terminal is gone
    self.markdown, self.plain, piece = nil, M.revealer(), self.before .. table.concat(self.said)
    self.said, self.before = {}, ""
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
