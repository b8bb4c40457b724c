--- What a line of Markdown does to the blocks that are open; nothing is changed here.
--
-- A plan: matched, how many of the open containers the line is in; new, those that it
-- opens; leaf, the block that begins, with what it needs; or text, of a paragraph that
-- goes on or begins, and own_line for a note or the address of a link, which do not
-- flow; or content, row, blank, ends of the block that is open.
local line = require "lash.markdown.line"

--- Quotes and list items in one another; the marks of more are text.
local MOST_DEEP = 50

--- How many of the open containers a line goes on with, and what it is inside of
-- them; nil: more of it decides.
local function match(containers, text, complete)
  local column, matched = 0, 0
  for i, container in ipairs(containers) do
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
local function continue(open, text, column, complete)
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
local function start_of(text, columns, complete, open)
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
local function container_of(text, columns, complete, open)
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
---@param containers table[]  the open quotes and items
---@param leaf? table  the open block of text
---@param text string  the line, or the beginning of one
---@param complete boolean
---@param force? boolean  decide now: what needs more of the line is text
---@return table? plan
return function(containers, leaf, text, complete, force)
  local matched, column
  matched, text, column = match(containers, text, complete or force)
  if not matched then return nil end
  local plan = { matched = matched, new = {} }
  local all = matched == #containers
  local paragraph = leaf and leaf.kind == "paragraph" and leaf or nil
  if all and leaf and not paragraph then
    local content = continue(leaf, text, column, complete)
    if content == nil then
      if not force then return nil end
      content = text
    end
    if content == true then plan.ends = true end
    if content then plan.content = content end
    if content ~= false then return plan end
  end
  while true do
    local columns, bytes = line.indent(text, column)
    local rest = text:sub(bytes + 1)
    if rest == "" then
      if not complete and not force then return nil end
      plan.blank, plan.text = complete, ""
      return plan
    end
    plan.text = rest
    local lazy = paragraph and #plan.new == 0
    if columns > 3 then
      if not lazy then plan.leaf = { kind = "indented", text = (line.strip(text, column, 4)) } end
      return plan
    end
    local open = lazy and all and paragraph or nil
    local start = start_of(rest, columns, complete, open)
    if start == nil and not force then return nil end
    plan.leaf = start or nil
    if start then return plan end
    local container, after, size, spaces = container_of(rest, columns, complete, open)
    if container == nil and not force then return nil end
    if not container or matched + #plan.new >= MOST_DEEP then break end
    plan.new[#plan.new + 1] = container
    text, column = line.strip(after, column + columns + size, spaces)
  end
  if plan.text:byte() == 91 then -- [
    local after = plan.text:match "^%[[^%[%]]+%](.?)"
    if not force and not complete and (after == "" or plan.text:find "^%[[^%[%]]*$") then return nil end
    plan.own_line = after == ":"
  end
  if all and #plan.new == 0 and leaf and leaf.kind == "table" then
    if not complete and not force then return nil end
    plan.row = complete
  end
  return plan
end
