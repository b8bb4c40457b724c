--- The blocks of a text, line by line: which are open, and what a line does to them.
--
-- A line is first read (plan.lua), as soon as its beginning decides what it is, and then
-- applied; the rest of it goes to the block that it belongs to, as it comes. What md4c
-- knows of blocks needs the whole text.
local Table = require "lash.markdown.table"
local leaf = require "lash.markdown.leaf"
local plan_of = require "lash.markdown.plan"

---@class lash.markdown.Blocks
local Blocks = {}
Blocks.__index = Blocks

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

--- Reads a line, or the beginning of one; false: more of it decides what it is.
---@param text string
---@param complete boolean
---@param force? boolean  decide now: what needs more of the line is text
---@return boolean decided
function Blocks:line(text, complete, force)
  local plan = plan_of(self.containers, self.leaf, text, complete, force)
  if plan then self:_apply(plan) end
  return plan ~= nil
end

function Blocks:_apply(plan)
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
      return open:line(plan.text, plan.own_line)
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

--- May there be text, at the end of a line, that has not been written?
---@return boolean
function Blocks:holds() return self.leaf ~= nil and self.leaf.kind ~= "fence" and self.leaf.kind ~= "html" end

--- There are no more lines.
function Blocks:finish()
  self:_close_leaf()
  self:_close_to(0)
end

return Blocks
