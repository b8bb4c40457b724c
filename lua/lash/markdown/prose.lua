--- Plain text on a terminal, while it arrives. A line that is too long ends between two
-- words, and goes on where its own text began; else lines are as they were.
local Layout = require "lash.markdown.layout"
local core = require "lash.core.markdown"

local M = {}

local TAB = "    "
local MOST_SPACE = 1000 -- bytes; more of it is left out
local MOST_HELD = 200 -- bytes of a word

---@class lash.markdown.Prose
---@field private layout lash.markdown.Layout
---@field private style string
---@field private space string  before the next word
---@field private word string  that is growing
---@field private empty boolean  nothing but space is on the line
local Prose = {}
Prose.__index = Prose

---@param width integer
---@param style? string  of SGR; nil: no colours
---@return lash.markdown.Prose
function M.new(width, style)
  return setmetatable({ layout = Layout.new(width, style ~= nil), style = style or "", space = "", word = "",
    empty = true }, Prose)
end

--- More of a word. Where it may end a line, between two ideographs, depends on the text
-- alone: what stands behind the last such place waits for more.
function Prose:_word(text)
  local layout = self.layout
  if self.empty and self.space ~= "" then
    layout:push(self.space, self.space)
  elseif self.space ~= "" then
    layout:break_here(self.style, self.space)
  end
  self.space, self.empty = "", false
  self.word = self.word .. text
  if self.word:find "[\x80-\xFF]" then
    local pieces = core.pieces(self.word)
    for i = 1, #pieces - 2, 2 do
      layout:text(pieces[i], self.style)
      layout:break_here()
    end
    self.word = pieces[#pieces - 1]
  end
  if #self.word > MOST_HELD then self:_give_word() end
end

function Prose:_give_word()
  if self.word ~= "" then self.layout:text(self.word, self.style) end
  self.word = ""
end

function Prose:_end_line()
  self:_give_word()
  if self.empty then self.layout:blank() else self.layout:end_line() end
  self.layout.frames, self.space, self.empty = {}, "", true
end

function Prose:_take(text)
  for space, word, stop in text:gmatch "([ \t]*)([^ \t\n]*)(\n?)" do
    if space ~= "" then
      self:_give_word()
      self.layout:break_here()
      self.space = (self.space .. space:gsub("\t", TAB)):sub(1, MOST_SPACE)
    end
    if word ~= "" then self:_word(word) end
    if stop ~= "" then self:_end_line() end
  end
end

--- Takes a piece, made visible; what can be written now.
---@param text string
---@return string
function Prose:feed(text)
  self:_take(text)
  self.layout:plain()
  return self.layout:take()
end

--- What is left, with a line end.
---@return string
function Prose:finish()
  if not self.empty then self:_end_line() end
  return self.layout:take()
end

--- A text that is complete, with a line end.
---@param text string
---@param width integer
---@param style? string
---@return string
function M.wrap(text, width, style)
  local prose = M.new(width, style)
  prose:_take(text)
  return prose:finish()
end

return M
