--- Markdown on a terminal, while it arrives: what is written is never written again.
--
-- What is not certain is held back: a word that may be emphasized, a line that may be
-- the head of a table. What is written depends on the text alone, not on the pieces it
-- came in, and costs time in proportion to its length.
local Blocks = require "lash.markdown.blocks"
local Layout = require "lash.markdown.layout"
local core = require "lash.core.markdown"

---@class lash.Markdown
local Markdown = {}
Markdown.__index = Markdown

local M = {}

--- Bytes of a line that wait for what decides what the line is.
local LONGEST_LINE = 8192
--- White space at the beginning of a line; more of it is left out.
local MOST_INDENT = 1000
--- A narrower terminal is not one.
local NARROWEST = 10

---@param options { width: integer, colour?: boolean, write: fun(text: string) }
---@return lash.Markdown
function M.new(options)
  local self = setmetatable({ write = options.write, colour = options.colour or false }, Markdown)
  self:resize(options.width)
  self:_reset()
  return self
end

function Markdown:_reset()
  self.layout = Layout.new(self.width, self.colour)
  self.blocks = Blocks.new(self.layout)
  self.rest = ""        -- bytes of a character whose others have not come
  self.after_cr = false -- a line feed is a part of the line end before
  self.head = {}        -- the parts of a line that is not decided
  self.head_size = 0
  self.again = 0        -- how long it must be to be looked at
  self.decided = false
end

--- The width for what comes from now on.
---@param width integer
function Markdown:resize(width)
  self.width = math.max(NARROWEST, width)
  if self.layout then self.layout.width = self.width end
end

--- Bytes as characters and lines: a character that is not complete waits, carriage
-- returns end lines.
function Markdown:_decode(text)
  if self.rest ~= "" then
    text = self.rest .. text
    self.rest = ""
  end
  if text:find "[\r\128-\255\0]" or self.after_cr then
    if self.after_cr and text ~= "" then
      text = text:gsub("^\n", "")
      self.after_cr = false
    end
    if text:find("\r", 1, true) then
      self.after_cr = text:sub(-1) == "\r"
      text = text:gsub("\r\n?", "\n")
    end
    local start = text:match "()[\xC2-\xF4][\x80-\xBF]?[\x80-\xBF]?$"
    if start then
      local first = text:byte(start)
      local wants = first < 0xE0 and 2 or first < 0xF0 and 3 or 4
      if #text - start + 1 < wants then
        self.rest = text:sub(start)
        text = text:sub(1, start - 1)
      end
    end
    text = core.repair(text):gsub("\0", "\u{FFFD}")
  end
  return text
end

--- Decides what the line is, if that can be told. A longer line, that is not decided
-- for want of its end, is looked at again when it has grown by a quarter.
---@param complete boolean
---@param force? boolean  it is as long as it may be
function Markdown:_decide(complete, force)
  if not complete and not force and self.head_size < self.again then return end
  local head = table.concat(self.head)
  if self.blocks:line(head, complete, force) then
    self.head, self.head_size, self.again, self.decided = {}, 0, 0, true
  else
    self.head = { head }
    self.again = #head > 64 and #head + #head // 4 or 0
  end
end

--- Part of a line. Where it is cut depends on the line alone.
function Markdown:_part(text)
  if self.decided then return self.blocks:more(text) end
  if not self.has_text then
    local space = #text:match "^[ \t]*"
    self.has_text = space < #text
    local over = math.max(0, self.head_size + space - MOST_INDENT)
    text = text:sub(1, space - over) .. text:sub(space + 1)
  end
  if text == "" then return end
  local room = LONGEST_LINE - self.head_size
  local cut = #text > room and utf8.offset(text, 0, room + 1) or #text + 1
  local first, rest = text:sub(1, cut - 1), text:sub(cut)
  self.head[#self.head + 1] = first
  self.head_size = self.head_size + #first
  self:_decide(false, rest ~= "")
  if rest ~= "" then self.blocks:more(rest) end
end

function Markdown:_end_line()
  if not self.decided then self:_decide(true) end
  self.blocks:end_line()
  self.decided, self.has_text = false, false
end

function Markdown:_give()
  local text = self.layout:take()
  if text ~= "" then self.write(text) end
end

--- Takes a piece of the text, and writes what is certain.
---@param text string
function Markdown:feed(text)
  text = self:_decode(text)
  local from = 1
  while from <= #text do
    local stop = text:find("\n", from, true)
    self:_part(text:sub(from, (stop or 0) - 1))
    if not stop then break end
    self:_end_line()
    from = stop + 1
  end
  self:_give()
end

--- Is there text that has been taken and not been written?
---@return boolean
function Markdown:holds() return self.rest ~= "" or self.head_size > 0 or self.decided or self.blocks:holds() end

--- The text is complete: writes the rest, which ends with a line end when anything
-- was written. Another text may follow.
function Markdown:finish()
  local rest = self.rest
  self.rest = ""
  if rest ~= "" then self:_part(core.repair(rest)) end
  if self.decided or self.head_size > 0 then self:_end_line() end
  self.blocks:finish()
  self:_give()
  self:_reset()
end

return M
