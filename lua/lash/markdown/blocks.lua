--- The blocks of a text, line by line: which are open, and what a line does to them.
--
-- A line is first read, as soon as its beginning decides what it is, and then applied;
-- the rest of it goes to the block that it belongs to, as it comes. What md4c knows of
-- blocks needs the whole text.
local Table = require "lash.markdown.table"
local leaf = require "lash.markdown.leaf"
local line = require "lash.markdown.line"

---@class lash.markdown.Blocks
local Blocks = {}
Blocks.__index = Blocks

--- Quotes and list items in one another; the marks of more are text.
local MOST_DEEP = 50
local BULLETS = { "•", "◦", "▪" }

---@param layout lash.markdown.Layout
---@return lash.markdown.Blocks
function Blocks.new(layout)
  return setmetatable({
    layout = layout,
    containers = {},  -- the open quotes and items, the outermost first
    lists = {},       -- by depth, the list that an item there goes on with: its mark and number
    leaf = nil,       -- the open block of text
    blank = false,    -- was there a blank line before this one?
    previous = nil,   -- the kind of the last block of text
  }, Blocks)
end

-- Reading -----------------------------------------------------------------------

--- How many of the open containers a line goes on with, and what it is inside of
-- them; nil: more of it decides.
function Blocks:_match(text, complete)
  local column, matched = 0, 0
  for i, container in ipairs(self.containers) do
    local columns, bytes = line.indent(text, column)
    if bytes == #text and not complete then return nil end
    if container.kind == "quote" then
      if columns > 3 or text:sub(bytes + 1, bytes + 1) ~= ">" then break end
      local after = text:sub(bytes + 2)
      if after == "" and not complete then return nil end
      text, column = line.strip(after, column + columns + 1, 1)
    elseif bytes == #text then
      if container.empty then break end
      text = ""
    elseif columns >= container.offset then
      text, column = line.strip(text, column, container.offset)
    else
      break
    end
    matched = i
  end
  return matched, text, column
end

--- What a line is to the open block of code or table: its text; true: it ends it;
-- false: it is something else; nil: more of it decides.
function Blocks:_continue(text, column, complete)
  local open = self.leaf
  local columns, bytes = line.indent(text, column)
  local is_blank = bytes == #text
  if is_blank and not complete then return nil end
  if open.kind == "fence" then
    local ends = columns < 4 and line.fence_end(text:sub(bytes + 1), open.run, complete)
    if ends ~= false then return ends end
    return (line.strip(text, column, math.min(columns, open.indent)))
  elseif open.kind == "indented" then
    return (is_blank or columns > 3) and (line.strip(text, column, 4))
  elseif open.kind == "html" then
    if not complete then return nil end
    if is_blank and open.ends == "" then return false end
    return text
  end
  return false
end

--- The block of text that begins here, if any.
function Blocks:_start(text, columns, complete, open)
  local char = text:sub(1, 1)
  if open then
    if char:find "[-:|]" and open:may_be_table() then
      local list = line.columns(text, complete)
      if list ~= false then return list and { kind = "table", columns = list } end
    end
    if char:find "[-=]" then
      local level = line.underline(text, complete)
      if level ~= false then return level and { kind = "underline", level = level } end
    end
  end
  if char == "#" then
    local level, content = line.heading(text, complete)
    return level and { kind = "heading", level = level, text = content } or level
  elseif char == "`" or char == "~" then
    local run = line.fence(text, complete)
    return run and { kind = "fence", run = run, indent = columns } or run
  elseif char == "<" then
    local ends = line.html(text, complete, open ~= nil)
    return ends and { kind = "html", ends = ends, text = text } or ends
  elseif char:find "[-*_]" then
    local rule = line.rule(text, complete)
    return rule and { kind = "rule" } or rule
  end
  return false
end

--- The quote or item that begins here, if any.
function Blocks:_contain(text, columns, complete, open)
  local char = text:sub(1, 1)
  if char == ">" then
    if #text == 1 and not complete then return nil end
    return { kind = "quote", fresh = true }, text:sub(2), 1, 1
  end
  if not char:find "[-+*%d]" then return false end
  local mark, kind, number = line.item(text, complete)
  if not mark then return mark end
  local rest = text:sub(#mark + 1)
  local empty = not rest:find "[^ \t]"
  if open and (empty or (number and number ~= 1)) then return false end
  local spaces = line.indent(rest, columns + #mark)
  if empty or spaces > 4 then spaces = 1 end
  return { kind = "item", mark = kind, number = number, empty = empty, fresh = true,
    offset = columns + #mark + spaces }, rest, #mark, spaces
end

--- What a line does; nil: more of it decides.
---@param text string  the line, or the beginning of one
---@param complete boolean
---@param force? boolean  decide now: what needs more of the line is text
---@return table? plan
function Blocks:read(text, complete, force)
  local matched, column
  matched, text, column = self:_match(text, complete)
  if not matched then return nil end
  local plan = { matched = matched, new = {} }
  local all = matched == #self.containers
  local paragraph = self.leaf and self.leaf.kind == "paragraph" and self.leaf or nil
  if all and self.leaf and not paragraph then
    local content = self:_continue(text, column, complete)
    if content == nil and not force then return nil end
    if content == true then plan.ends = true end
    if content then plan.content = content end
    if content ~= false then return plan end
  end
  while true do
    local columns, bytes = line.indent(text, column)
    local rest = text:sub(bytes + 1)
    if rest == "" then
      if not complete then return nil end
      plan.blank = true
      return plan
    end
    plan.text = rest
    local lazy = paragraph and #plan.new == 0
    if columns > 3 then
      if not lazy then plan.leaf = { kind = "indented", text = (line.strip(text, column, 4)) } end
      return plan
    end
    local open = lazy and all and paragraph or nil
    local start = self:_start(rest, columns, complete, open)
    if start == nil and not force then return nil end
    plan.leaf = start or nil
    if start then return plan end
    local container, after, size, spaces = self:_contain(rest, columns, complete, open)
    if container == nil and not force then return nil end
    if not container or matched + #plan.new >= MOST_DEEP then break end
    plan.new[#plan.new + 1] = container
    text, column = line.strip(after, column + columns + size, spaces)
  end
  if all and #plan.new == 0 and self.leaf and self.leaf.kind == "table" then
    if not complete and not force then return nil end
    plan.row = complete
  end
  return plan
end

-- Applying ----------------------------------------------------------------------

function Blocks:_close_leaf()
  if not self.leaf then return end
  self.previous = self.leaf.kind
  self.leaf:close()
  self.leaf = nil
end

function Blocks:_close_to(depth)
  for i = #self.containers, depth + 1, -1 do
    self.layout:pop()
    self.containers[i] = nil
    if self.lists[i + 1] then self.lists[i + 1] = nil end
  end
end

--- An empty line before a block, where the source has one, and outside of lists.
function Blocks:_space(flows)
  local parent = self.containers[#self.containers]
  if self.layout.written and not (parent and parent.fresh) then
    local in_list = false
    for _, container in ipairs(self.containers) do in_list = in_list or container.kind == "item" end
    if self.blank or not (in_list or flows) then self.layout:blank() end
  end
  self.blank = false
  if parent then parent.fresh, parent.empty = false, false end
end

function Blocks:_open(container)
  local depth = #self.containers + 1
  local list = self.lists[depth]
  if container.kind == "quote" then
    self:_space(false)
    self.lists[depth] = nil
    self.layout:push("│ ", "│ ", "2")
  else
    if list and list.mark ~= container.mark then list = nil end
    self:_space(list or self.previous == "paragraph")
    local number = container.number and (list and list.number + 1 or container.number)
    self.lists[depth] = { mark = container.mark, number = number }
    local bullets = 1
    for _, other in ipairs(self.containers) do
      if other.kind == "item" and not other.number then bullets = bullets + 1 end
    end
    local text = number and ("%d%s "):format(number, container.mark) or BULLETS[math.min(bullets, #BULLETS)] .. " "
    self.layout:push(text, (" "):rep(number and #text or 2))
  end
  self.containers[depth] = container
end

--- A block of text begins.
function Blocks:_begin(start)
  local parent = self.containers[#self.containers]
  local first = parent ~= nil and parent.kind == "item" and parent.fresh
  self:_space(false)
  self.lists[#self.containers + 1] = nil
  local layout = self.layout
  if start.kind == "heading" then
    leaf.heading(layout, start.level, start.text)
  elseif start.kind == "rule" then
    layout:rule "─"
  elseif start.kind == "table" then
    self.leaf = Table.new(layout, start.head, start.columns)
  elseif start.kind == "paragraph" then
    self.leaf = leaf.paragraph(layout, first)
    self.leaf:text(start.text)
  else
    self.leaf = leaf.code(layout, start.kind, { run = start.run, indent = start.indent, ends = start.ends })
    if start.text then self.leaf:line(start.text) end
  end
  self.previous = start.kind
end

--- Does what `read` found.
---@param plan table
function Blocks:apply(plan)
  local open, start = self.leaf, plan.leaf
  self.into = nil -- where the rest of the line goes
  if plan.ends then return self:_close_leaf() end
  if plan.content or plan.row then
    self.into = open
    return open:line(plan.content or plan.text)
  end
  if open and open.kind == "paragraph" and #plan.new == 0 and not plan.blank then
    if not start then
      self.into = open
      return open:line(plan.text)
    end
    if start.kind == "underline" then
      open:underline(start.level)
      self.leaf, self.previous = nil, "heading"
      return
    end
    if start.kind == "table" then
      start.head = open.held
      self.leaf = Table.new(self.layout, start.head, start.columns)
      return
    end
  end
  self:_close_leaf()
  self:_close_to(plan.matched)
  for _, container in ipairs(plan.new) do self:_open(container) end
  if plan.blank then
    if #plan.new == 0 then self.blank = true end
    return
  end
  self:_begin(start or { kind = "paragraph", text = plan.text })
  self.into = self.leaf
end

--- More of the line that has been applied.
---@param text string
function Blocks:more(text)
  if self.into then self.into:text(text) end
end

--- The line that has been applied is complete.
function Blocks:end_line()
  local into = self.into
  if not into then return end
  if into.kind ~= "fence" or into.lines then into:end_line() end
  into.lines = true
  if into.ended then self:_close_leaf() end
end

--- There are no more lines.
function Blocks:finish()
  self:_close_leaf()
  self:_close_to(0)
end

return Blocks
