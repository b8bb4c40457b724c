--- Words on lines: wraps text to the width, with what stands before each line, and
-- styles. Everything that reaches the terminal passes through here, and nothing of
-- it but our own SGR sequences is a control sequence.
local core = require "lash.core.markdown"
local visible = require("lash.visible").text
local width_of = require "lash.markdown.width"

---@class lash.markdown.Layout
local Layout = {}
Layout.__index = Layout

local RESET = "\27[0m"

--- Text with such bytes may have places for a line to end between characters.
local WIDE = "[\xE1-\xF4]"

---@param width integer
---@param colour boolean
---@return lash.markdown.Layout
function Layout.new(width, colour)
  return setmetatable({
    width = width, colour = colour,
    out = {},        -- what has been written and not been taken
    frames = {},     -- what stands before each line: { text =, rest =, width =, style = }
    blanks = {},     -- the empty lines before what is next, as the frames before each
    column = 0,      -- of the end of the line
    begun = false,   -- is there anything on the line, if only what stands before it?
    written = false, -- is there any line?
    style = "",      -- what the terminal is set to
    word = {}, word_width = 0, -- text, style, text, style... of the word that is growing
    space = nil,     -- the style of the space that the next word needs before it
    gap = " ",       -- that space
  }, Layout)
end

--- Takes what has been written.
---@return string
function Layout:take()
  if #self.out == 0 then return "" end
  local text = table.concat(self.out)
  self.out = {}
  return text
end

function Layout:_put(text, style)
  if self.colour and style ~= self.style then
    if self.style ~= "" then self.out[#self.out + 1] = RESET end
    if style ~= "" then self.out[#self.out + 1] = "\27[" .. style .. "m" end
    self.style = style
  end
  self.out[#self.out + 1] = text
end

--- From here on the terminal is as we found it.
function Layout:plain()
  if self.style ~= "" then
    self.out[#self.out + 1] = RESET
    self.style = ""
  end
end

-- What stands before lines -------------------------------------------------------

--- Columns before the text of a line.
function Layout:indent()
  local columns = 0
  for _, frame in ipairs(self.frames) do columns = columns + frame.width end
  return columns
end

--- Puts a frame around the lines that follow. Half of the width is left to the
-- text: deeper frames take no columns.
---@param text string   before the first line
---@param rest string   before the others: as wide
---@param style? string
function Layout:push(text, rest, style)
  local columns = width_of(text)
  local fits = self:indent() + columns <= self.width // 2
  self.frames[#self.frames + 1] = {
    text = text, rest = fits and rest or "", width = fits and columns or 0, style = style or "", fresh = text ~= rest,
  }
end

--- Takes the innermost frame away; one whose first line has not come gets it.
function Layout:pop()
  local frame = self.frames[#self.frames]
  if frame.fresh then
    self:_begin()
    local n = #self.out
    if self.out[n] == frame.text then self.out[n] = frame.text:gsub(" +$", "") end
    self:end_line()
  end
  self.frames[#self.frames] = nil
end

--- Replaces the mark of the innermost frame, before its first line.
function Layout:mark(text) self.frames[#self.frames].text = text end

function Layout:_begin()
  if self.begun then return end
  if #self.blanks > 0 then self:_write_blanks() end
  self.begun, self.written, self.column = true, true, 0
  for _, frame in ipairs(self.frames) do
    local text = frame.fresh and frame.text or frame.rest
    frame.fresh = false
    local columns = width_of(text)
    if text ~= "" and self.column + columns <= self.width // 2 then
      self:_put(text, frame.style)
      self.column = self.column + columns
    end
  end
  self.start = self.column
end

-- Lines -------------------------------------------------------------------------

--- Ends the line, if there is one.
function Layout:end_line()
  self:_flush()
  self.space = nil
  if not self.begun then return end
  self:plain()
  self.out[#self.out + 1] = "\n"
  self.begun, self.column = false, 0
end

--- An empty line, written when something follows it. A mark whose line has not come
-- stays for later.
function Layout:blank()
  self:end_line()
  local before = {}
  for _, frame in ipairs(self.frames) do
    if frame.fresh then break end
    before[#before + 1] = frame
  end
  while #before > 0 and not before[#before].rest:find "[^ ]" do before[#before] = nil end
  self.blanks[#self.blanks + 1] = before
end

function Layout:_write_blanks()
  for _, before in ipairs(self.blanks) do
    for i, frame in ipairs(before) do
      self:_put(i == #before and frame.rest:gsub(" +$", "") or frame.rest, frame.style)
    end
    self:plain()
    self.out[#self.out + 1] = "\n"
  end
  self.blanks = {}
end

--- Text as it stands, without wrapping; may hold line ends.
---@param text string
---@param style string
function Layout:exact(text, style)
  local from = 1
  repeat
    local stop = text:find("\n", from, true)
    local part = text:sub(from, (stop or 0) - 1)
    if part ~= "" then
      self:_begin()
      self:_put(visible(part), style)
    end
    if stop then
      if self.begun then self:end_line() else self:blank() end
      from = stop + 1
    end
  until not stop
  self:plain()
end

--- A line that is made already: of what other layouts gave.
---@param text string
function Layout:styled_line(text)
  self:_begin()
  self.out[#self.out + 1] = text
  self:end_line()
end

--- A line across the width.
---@param char string
function Layout:rule(char)
  self:_begin()
  self:_put(char:rep(math.max(3, self.width - self.column)), "2")
  self:end_line()
end

-- Words -------------------------------------------------------------------------

function Layout:_flush()
  local n = #self.word
  if n == 0 then return end
  self:_begin()
  if self.column > self.start then
    local gap = self.space and width_of(self.gap) or 0
    if self.column + gap + self.word_width > self.width then
      self:plain()
      self.out[#self.out + 1] = "\n"
      self.begun = false
      self:_begin()
    elseif self.space then
      self:_put(self.gap, self.space)
      self.column = self.column + gap
    end
  end
  self.space = nil
  for i = 1, n, 2 do self:_put(self.word[i], self.word[i + 1]) end
  self.column = self.column + self.word_width
  self.word, self.word_width = {}, 0
end

function Layout:_add(text, style, width)
  local n = #self.word
  self.word[n + 1], self.word[n + 2] = text, style
  self.word_width = self.word_width + width
end

--- In a column of a table no word may be wider than that.
function Layout:_add_cut(text, style)
  local room = self.width - self:indent()
  while text ~= "" do
    local bytes, width = core.fit(text, room)
    if bytes < #text then self:_flush() end
    self:_add(text:sub(1, bytes), style, width)
    text = text:sub(bytes + 1)
    if text ~= "" then self:_flush() end
  end
end

function Layout:_run(text, style)
  if not text:find(WIDE) then
    local width = width_of(text)
    if self.cuts and self.word_width + width > self.width then return self:_add_cut(text, style) end
    return self:_add(text, style, width)
  end
  local pieces = core.pieces(text)
  for i = 1, #pieces, 2 do
    if i > 1 then self:_flush() end
    if self.cuts and pieces[i + 1] > self.width then
      self:_add_cut(pieces[i], style)
    else
      self:_add(pieces[i], style, pieces[i + 1])
    end
  end
end

--- Text that is wrapped; white space in it is where lines may end.
---@param text string
---@param style string
function Layout:text(text, style)
  if not text:find "[^!-~]" and not self.cuts then return self:_add(text, style, #text) end
  text = visible(text)
  local from = 1
  while from <= #text do
    local first, last = text:find("[ \t\n]+", from)
    if first ~= from then self:_run(text:sub(from, (first or 0) - 1), style) end
    if not first then return end
    self:break_here(style)
    from = last + 1
  end
end

--- A line may end here; with a style, there is a space.
---@param style? string
---@param gap? string  which is one, unless it is this
function Layout:break_here(style, gap)
  self:_flush()
  if not style or not self.begun or self.column <= self.start then return end
  self.space, self.gap = self.space or style, gap or " "
end

--- The text goes on in a line of its own.
function Layout:new_line()
  self:_flush()
  self.space = nil
  if self.begun and self.column > self.start then self:end_line() end
end

return Layout
