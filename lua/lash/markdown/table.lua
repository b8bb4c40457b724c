--- A table, to the width of the terminal: columns are narrowed and cells wrapped.
--
-- The widths are taken from the rows of the beginning; later rows are written as
-- they come.
local Layout = require "lash.markdown.layout"
local core = require "lash.core.markdown"
local span = require "lash.markdown.span"
local width_of = require "lash.markdown.width"

---@class lash.markdown.Table
local Table = { kind = "table" }
Table.__index = Table

--- Rows that decide how wide the columns are, and their bytes.
local FIRST_ROWS = 50
local FIRST_BYTES = 16384
--- Columns of the terminal that a column has at least; with less the cells are
-- written below each other.
local NARROWEST = 4
local BAR = " │ "

local function lines_of(events, from, last, width, style, colour)
  local layout = Layout.new(width, colour)
  layout.cuts = true
  span.put(layout, events, style, from, last)
  layout:end_line()
  local lines = {}
  for text in layout:take():gmatch "([^\n]*)\n" do
    lines[#lines + 1] = { text = text, width = width_of((text:gsub("\27%[[%d;]*m", ""))) }
  end
  return lines
end

---@param layout lash.markdown.Layout
---@param head string  the line
---@param columns string[]  how each is aligned
function Table.new(layout, head, columns)
  local self = setmetatable({ layout = layout, columns = columns, rows = {}, bytes = 0 }, Table)
  self:_add(head)
  return self
end

--- Reads a row: where each cell is in the events.
function Table:_add(text)
  local events = core.row(text, #self.columns)
  if not events then -- too long, or no md4c
    events = { "cell", "", "text", text }
    for _ = 2, #self.columns do table.move({ "cell", "" }, 1, 2, #events + 1, events) end
  end
  local row = { events = events }
  for i = 1, #events, 2 do
    if events[i] == "cell" then
      if #row > 0 then row[#row].last = i - 2 end
      row[#row + 1] = { from = i + 2 }
    end
  end
  if #row > 0 then row[#row].last = #events - 1 end
  self.bytes = self.bytes + #text
  self.rows[#self.rows + 1] = row
end

function Table:_cell(row, i, width)
  local cell = row[i]
  local style = row == self.head and self.layout.colour and "1" or ""
  if not cell or cell.last < cell.from then return {} end
  return lines_of(row.events, cell.from, cell.last, width, style, self.layout.colour)
end

--- How wide the columns are: what they need, the widest narrowed until all fit.
function Table:_measure(room)
  local widths, total = {}, (#self.columns - 1) * width_of(BAR)
  for i = 1, #self.columns do
    widths[i] = 1
    for _, row in ipairs(self.rows) do
      for _, part in ipairs(self:_cell(row, i, math.maxinteger // 2)) do
        widths[i] = math.max(widths[i], math.min(part.width, room))
      end
    end
    total = total + widths[i]
  end
  for _ = room + 1, total do
    local widest = 1
    for i = 2, #widths do
      if widths[i] > widths[widest] then widest = i end
    end
    if widths[widest] <= NARROWEST then return nil end
    widths[widest] = widths[widest] - 1
  end
  return widths
end

local function pad(text, width, columns, align)
  local space = math.max(0, columns - width)
  local before = align == "right" and space or align == "center" and space // 2 or 0
  return (" "):rep(before) .. text .. (" "):rep(space - before)
end

function Table:_write_row(row)
  local cells, height = {}, 1
  for i, width in ipairs(self.widths) do
    cells[i] = self:_cell(row, i, width)
    height = math.max(height, #cells[i])
  end
  for n = 1, height do
    local parts = {}
    for i, width in ipairs(self.widths) do
      local part = cells[i][n] or { text = "", width = 0 }
      parts[i] = pad(part.text, part.width, width, self.columns[i])
    end
    self.layout:styled_line((table.concat(parts, BAR):gsub(" +$", "")))
  end
end

--- Where there is no room for columns: a line for each cell, after the name of its
-- column.
function Table:_write_record(row)
  if row == self.head then return end
  if self.records then self.layout:rule "─" end
  self.records = true
  for i = 1, #self.columns do
    local name, cell = self.head[i], row[i]
    local bold = self.layout.colour and "1" or ""
    if name and name.last >= name.from then
      span.put(self.layout, self.head.events, bold, name.from, name.last)
      self.layout:text(": ", bold)
    end
    if cell and cell.last >= cell.from then span.put(self.layout, row.events, "", cell.from, cell.last) end
    self.layout:end_line()
  end
end

--- Writes the rows that are there.
function Table:_write()
  local first = self.head == nil
  if first then
    self.head = self.rows[1]
    self.widths = self:_measure(self.layout.width - self.layout:indent())
  end
  for _, row in ipairs(self.rows) do
    if self.widths then self:_write_row(row) else self:_write_record(row) end
    if first and row == self.head and self.widths then
      local parts = {}
      for i, width in ipairs(self.widths) do parts[i] = ("─"):rep(width) end
      self.layout:styled_line(table.concat(parts, "─┼─"))
    end
  end
  self.rows = {}
end

function Table:line(text)
  self:_add(text)
  if self.head or #self.rows > FIRST_ROWS or self.bytes > FIRST_BYTES then self:_write() end
end

function Table:text() end
function Table:end_line() end

function Table:close()
  if not self.head or #self.rows > 0 then self:_write() end
end

return Table
