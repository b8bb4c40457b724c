--- The text of a paragraph while it arrives: a word is written when nothing that
-- follows can change it any more.
--
-- A place between two words is certain when no delimiter before it is without its
-- partner; what stands between two such places is read by md4c on its own. Where
-- the places are depends on the text alone, never on the pieces it came in.
local core = require "lash.core.markdown"
local span = require "lash.markdown.span"

---@class lash.markdown.Inline
local Inline = {}
Inline.__index = Inline

--- Bytes that wait for the partner of a delimiter; after that it is a character
-- like others.
local MOST_HELD = 600
--- Bytes of a word; a longer one is written in parts.
local LONGEST_WORD = 2000

local SPECIAL = "[*_~`%[%]<&\\:]"
local WIDE = "[\xE3-\xE9][\x80-\xBF][\x80-\xBF]" -- a kana or an ideograph, mostly

---@param layout lash.markdown.Layout
---@param style string  around all of it
---@return lash.markdown.Inline
function Inline.new(layout, style)
  return setmetatable({
    layout = layout, style = style,
    text = "",      -- what has not been written
    at = 1,         -- up to where places in it have been looked at
    held = false,   -- is there a delimiter without its partner?
    spaces = 0,     -- at its end; two are as good as more
    after_space = false, -- does it end in white space?
    tail = {}, tail_size = 0, -- what came after it and has no such place
  }, Inline)
end

--- Where the second of two ideographs begins: their neighbours are no delimiters.
-- Characters that belong to the one before, or the punctuation of U+3000 and so on,
-- make no such place.
local function find_wide(text, from)
  while true do
    local at = text:find(WIDE .. WIDE, from)
    if not at then return math.huge end
    if text:sub(at, at + 1) ~= "\xE3\x80" and not text:find("^\xE3[\x80\x82][\x80-\xBF]", at + 3) then return at + 3 end
    from = at + 3
  end
end

--- Looks for places in a text, from the left to the right.
---@param text string
---@param final boolean  is that all?
local function places(text, final)
  local first, last, wide = 0, 0, 0
  --- The first place after `at` that is known: where the text before it ends, and
  -- where the space ends.
  return function(at)
    if first < at then
      first, last = text:find("[ \n]+", at)
      if not first then first, last = math.huge, math.huge end
    end
    if wide <= at then wide = find_wide(text, at) end
    local limit = at + LONGEST_WORD
    if limit < first and limit < wide and limit + 4 <= #text then
      local cut = utf8.offset(text, 0, limit)
      return cut, cut - 1
    end
    if wide < first then return wide, wide - 1 end
    if last == #text and not final or first == math.huge then return nil end
    return first, last
  end
end

--- One line of text, for md4c: an ordinary line end is a space, one that counts a
-- zero byte.
local function in_one_line(text)
  if not text:find("\n", 1, true) then return text end
  return (text:gsub("(\\*)( *)\n *", function(backslashes, spaces)
    local counts = #spaces > 1 or (spaces == "" and #backslashes % 2 == 1)
    return backslashes .. spaces .. (counts and "\0 " or " ")
  end))
end

function Inline:_write(text)
  if self.held or text:find(SPECIAL) then
    span.put_text(self.layout, in_one_line(text), self.style)
  else
    self.layout:text(text, self.style)
  end
end

--- The white space between two places, and a line end that it may hold.
function Inline:_write_space(space, hard, before, after)
  if space == "" then return self.layout:break_here() end
  local line_end = space:find("\n", 1, true)
  if line_end and (line_end > 2 or hard) then
    self.layout:new_line()
  elseif line_end and before:find(WIDE .. "$") and after:find("^" .. WIDE) then
    self.layout:break_here() -- Chinese and Japanese have no spaces
  else
    self.layout:break_here(self.style)
  end
  self.layout:plain()
end

--- What is certain, and the space after it.
function Inline:_write_to(text, word, first, last)
  local space = text:sub(first, last)
  -- a line end after a backslash counts
  local hard = space:find "^\n" and (#word - #(word:match "^.*[^\\]" or "")) % 2 == 1
  if hard then word = word:sub(1, -2) end
  if word ~= "" then self:_write(word) end
  if last < #text then self:_write_space(space, hard, word, text:sub(last + 1, last + 3)) end
end

--- Is the text up to a place certain?
function Inline:_is_certain(text, from)
  if not text:find("[*_~`%[%])]", from) then return not self.held end
  if not text:find("[*_~`%[]") then return true end
  local _, open = core.inline(in_one_line(text))
  return open ~= true
end

--- Is this a word that can be nothing else, with one space after it? Most are.
local function is_plain(text, first, last, word)
  return first == last and last < #text and text:byte(first) == 32 and not word:find(SPECIAL)
end

function Inline:_scan(final)
  local text = self.text .. table.concat(self.tail)
  self.tail, self.tail_size = {}, 0
  local start, at = 1, self.at
  local only_spaces = #text <= LONGEST_WORD and not text:find "[\xE3-\xE9]"
  local place = not only_spaces and places(text, final)
  while at <= #text do
    local first, last
    if place then
      first, last = place(at)
    else
      first, last = text:find("[ \n]+", at)
      if last == #text and not final then first = nil end
    end
    if not first then break end
    local word = text:sub(start, first - 1)
    if start == at and is_plain(text, first, last, word) then
      self.layout:text(word, self.style)
      self.layout:break_here(self.style)
      self.layout:plain()
      start = last + 1
    elseif self:_is_certain(word, at - start + 1) or #word > MOST_HELD then
      self:_write_to(text, word, first, last)
      self.held, start = false, last + 1
    else
      self.held = true
    end
    at = last + 1
  end
  if final and start <= #text then
    self:_write(text:sub(start))
    start, at = #text + 1, #text + 1
  end
  self.text, self.at = text:sub(start), at - start + 1
end

--- Two spaces in a row mean what more of them do, also where pieces meet.
function Inline:_squeeze(text)
  if text:find "\t" or text:find("  ", 1, true) then
    text = text:gsub("[ \t]+", function(run) return #run > 1 and "  " or " " end)
  end
  if self.spaces > 0 and text:byte() == 32 then
    local room = 2 - self.spaces
    text = text:gsub("^ +", function(run) return run:sub(1, room) end)
  end
  return text
end

--- Takes more of the text; line ends in it are those of the source.
---@param text string
function Inline:feed(text)
  text = self:_squeeze(text)
  if text == "" then return end
  local after_space = self.after_space
  local last = text:byte(-1)
  self.spaces = last ~= 32 and 0 or text == " " and self.spaces + 1 or text:byte(-2) == 32 and 2 or 1
  self.after_space = last == 32 or last == 10
  self.tail[#self.tail + 1], self.tail_size = text, self.tail_size + #text
  if after_space or text:find "[ \n\xE3-\xE9]" or self.tail_size >= LONGEST_WORD then self:_scan(false) end
end

--- The text is complete.
function Inline:finish()
  self:_scan(true)
  self.layout:break_here()
  self.layout:plain()
end

return Inline
