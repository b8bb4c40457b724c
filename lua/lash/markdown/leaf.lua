--- The blocks that hold text: paragraphs, headings, code. Each takes its lines, or
-- parts of them, while they arrive.
local Inline = require "lash.markdown.inline"

local M = {}

local HEADINGS = { "1;4", "1", "1;3", "1;3", "1;3", "1;3" }
local CODE = "36"

--- Bytes of the first line of a paragraph that wait for what the next line makes of
-- them: a heading, or the head of a table, which has a | so early.
local SHORT = 32
--- Bytes of the head of a table.
local LONGEST_HEAD = 8192

local Paragraph = { kind = "paragraph" }
Paragraph.__index = Paragraph

---@param layout lash.markdown.Layout
---@param first boolean  is it the first in a list item?
function M.paragraph(layout, first)
  return setmetatable({ layout = layout, first = first, held = "" }, Paragraph)
end

function Paragraph:_release()
  local text = self.held
  self.held = nil
  if self.first then
    local mark, rest = text:match "^%[([ xX])%][ \t]+(.+)$"
    if mark then
      self.layout:mark(mark == " " and "☐ " or "☑ ")
      text = rest
    end
  end
  self.inline = Inline.new(self.layout, "")
  self.inline:feed(text)
end

--- Part of a line.
function Paragraph:text(text)
  if self.inline then return self.inline:feed(text) end
  self.held = self.held .. text
  if #self.held <= SHORT then return end
  if self:may_be_table() and #self.held <= LONGEST_HEAD then return end
  self:_release()
end

--- Another line begins; own: not to be joined with the one before.
function Paragraph:line(text, own)
  if self.held then self:_release() end
  self.inline:feed((own and "  \n" or "\n") .. text)
end

function Paragraph:end_line() end

--- Is this a line that could be the head of a table?
function Paragraph:may_be_table() return self.held ~= nil and self.held:sub(1, SHORT):find("|", 1, true) ~= nil end

function Paragraph:close()
  if self.held then self:_release() end
  self.inline:finish()
  self.layout:end_line()
end

--- A line under it makes it a heading: in its style, where nothing has been written.
---@param level 1|2
function Paragraph:underline(level)
  if self.held then
    M.heading(self.layout, level, self.held)
  else
    self:close()
    self.layout:rule(level == 1 and "═" or "─")
  end
end

--- A heading, all of it.
---@param layout lash.markdown.Layout
---@param level integer
---@param text string
function M.heading(layout, level, text)
  local style = layout.colour and HEADINGS[level] or ""
  if not layout.colour then layout:text(("#"):rep(level) .. " ", "") end
  local inline = Inline.new(layout, style)
  inline:feed(text)
  inline:finish()
  layout:end_line()
end

local Code = {}
Code.__index = Code

--- Lines that are kept as they are; a line is written when it is complete, so that
-- it is one piece.
---@param layout lash.markdown.Layout
---@param kind "fence"|"indented"|"html"
---@param start? table  of a fence: its run and indent; of HTML: what ends it
function M.code(layout, kind, start)
  local code = setmetatable({ layout = layout, kind = kind, parts = {}, blanks = 0 }, Code)
  for key, value in pairs(start or {}) do code[key] = value end
  if kind ~= "html" then layout:push("  ", "  ") end
  return code
end

function Code:line(text)
  self.parts = { text }
end

function Code:text(text) self.parts[#self.parts + 1] = text end

function Code:end_line()
  local text = table.concat(self.parts)
  self.parts = {}
  if self.kind == "indented" and not text:find "[^ \t]" then
    self.blanks = self.blanks + 1 -- at the end they are no part of it
    return
  end
  self.layout:exact(("\n"):rep(self.blanks) .. text .. "\n", self.kind == "html" and "2" or CODE)
  self.blanks = 0
  if self.kind == "html" and self.ends ~= "" and text:lower():find(self.ends) then self.ended = true end
end

function Code:close()
  if #self.parts > 0 then self:end_line() end
  if self.kind ~= "html" then self.layout:pop() end
end

return M
