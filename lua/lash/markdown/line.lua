--- What a line of Markdown can begin: pure recognisers. Each is asked of a line, or of
-- the beginning of one; then nil means that more of it decides.
local M = {}

--- Columns of the white space at the beginning of a text, and its bytes.
---@param text string
---@param column integer  where the text begins
---@return integer columns
---@return integer bytes
function M.indent(text, column)
  local bytes = #text:match "^[ \t]*"
  local at = column
  for i = 1, bytes do at = text:byte(i) == 9 and at + 4 - at % 4 or at + 1 end
  return at - column, bytes
end

--- Takes columns of white space away; what is left of a tab becomes spaces.
---@param text string
---@param column integer
---@param n integer
---@return string text
---@return integer column
function M.strip(text, column, n)
  local at, bytes = column, 0
  while at - column < n do
    local char = text:byte(bytes + 1)
    if char ~= 32 and char ~= 9 then break end
    at, bytes = char == 9 and at + 4 - at % 4 or at + 1, bytes + 1
  end
  local over = math.max(0, at - column - n)
  return (" "):rep(over) .. text:sub(bytes + 1), at - over
end

--- Linear, where a pattern that ends with [ \t]*$ is not.
local function trim_end(text) return text:match "^.*[^ \t]" or "" end

--- A heading: its level, and what it says.
---@param text string
---@param complete boolean
---@return integer|false|nil level
---@return string? content
function M.heading(text, complete)
  local hashes, rest = text:match "^(#+)(.*)$"
  if #hashes > 6 or not (rest == "" or rest:find "^[ \t]") then return false end
  if not complete then return nil end
  rest = trim_end(" " .. rest):gsub("[ \t]#+$", "")
  return #hashes, trim_end(rest):match "^[ \t]*(.*)$"
end

--- A line of three or more -, * or _.
function M.rule(text, complete)
  local char = text:sub(1, 1)
  local rest, count = text:gsub("[ \t]", ""):gsub("%" .. char, "")
  if rest ~= "" then return false end
  if not complete then return nil end
  return count >= 3
end

--- The line under a heading: its level.
function M.underline(text, complete)
  if text:find "^=+[ \t]*$" then return complete and 1 or nil end
  if text:find "^%-+[ \t]*$" then return complete and 2 or nil end
  return false
end

--- The beginning of a fence: its character, length and info.
function M.fence(text, complete)
  local run, info = text:match "^(`+)([^`]*)$"
  if not run then run, info = text:match "^(~+)(.*)$" end
  if not run then return false end
  if #run < 3 then
    if info == "" and not complete then return nil end
    return false
  end
  if not complete then return nil end
  return run, info
end

--- The end of a fence that began with `run`.
function M.fence_end(text, run, complete)
  local char = run:sub(1, 1)
  local found, rest = text:match("^(%" .. char .. "*)(.*)$")
  if rest:find "[^ \t]" or (found == "" and rest ~= "") then return false end
  if not complete then return nil end
  return #found >= #run
end

--- The mark of a list item: the mark, its character, and the number of an ordered one.
function M.item(text, complete)
  local mark = text:match "^[-+*]"
  local number, char
  if mark then
    char = mark
  else
    number, char = text:match "^(%d+)([.)])"
    if not number then
      if not complete and text:find "^%d+$" and #text <= 9 then return nil end
      return false
    end
    if #number > 9 then return false end
    mark = number .. char
  end
  local rest = text:sub(#mark + 1)
  if rest == "" and not complete then return nil end
  if rest ~= "" and not rest:find "^[ \t]" then return false end
  if not rest:find "[^ \t]" and not complete then return nil end
  return mark, char, tonumber(number)
end

local BLOCK_TAGS = {}
for tag in ([[address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div
  dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li
  link main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th
  thead title tr track ul]]):gmatch "%S+" do BLOCK_TAGS[tag] = true end

local RAW_TAGS = { pre = true, script = true, style = true, textarea = true }

--- HTML that is a block of its own: the pattern that ends it, or "" for a blank line.
---@param text string
---@param complete boolean
---@param interrupts boolean  would it end a paragraph?
function M.html(text, complete, interrupts)
  if not complete then return nil end
  if text:find "^<!%-%-" then return "%-%->" end
  if text:find "^<%?" then return "%?>" end
  if text:find "^<!%[CDATA%[" then return "%]%]>" end
  if text:find "^<!%a" then return ">" end
  local slash, tag, after = text:match "^<(/?)(%a[%w-]*)(.?)"
  if not tag then return false end
  tag = tag:lower()
  if RAW_TAGS[tag] and slash == "" and after:find "^[ \t>]?$" then return "</" .. tag .. ">" end
  if BLOCK_TAGS[tag] and (after:find "^[ \t>]?$" or text:find("^/>", #slash + #tag + 2)) then return "" end
  if not interrupts and (text:find "^<%a[^<>]*>[ \t]*$" or text:find "^</%a[%w-]*[ \t]*>[ \t]*$") then
    return not text:find "^<%a[%w+.-]*:" and ""
  end
  return false
end

--- Of a table; more are text.
local MOST_COLUMNS = 64

--- The line between the head and the body of a table: how each column is aligned.
---@return ("left"|"right"|"center")[]|false|nil
function M.columns(text, complete)
  if text:find "[^-:| \t]" then return false end
  if not complete then return nil end
  if not text:find("|", 1, true) then return false end
  local list = {}
  for cell in text:gsub("^[ \t]*|", ""):gsub("|[ \t]*$", ""):gsub("$", "|"):gmatch "([^|]*)|" do
    local left, right = cell:match "^[ \t]*(:?)%-+(:?)[ \t]*$"
    if not left then return false end
    if #list == MOST_COLUMNS then return false end
    list[#list + 1] = right == "" and "left" or left == "" and "right" or "center"
  end
  return list
end

return M
