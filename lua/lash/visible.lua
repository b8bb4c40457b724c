--- Texts of strangers, made harmless for a terminal: what would move its cursor, set
-- its title, or show a text in another order is named instead.
local M = {}

local function named(char) return ("<U+%04X>"):format(utf8.codepoint(char)) end

local function named_byte(byte) return ("<%02X>"):format(byte:byte()) end

--- The text with its control characters, its bytes that are no UTF-8, and what
-- turns its direction named; line ends and tabs stay.
local function plain(text)
  if not text:find "[%c\x80-\xFF]" then return text end
  text = text:gsub("[\0-\8\11-\31\127]", function(c)
    return c == "\127" and "^?" or "^" .. string.char(c:byte() + 64)
  end)
  if not text:find "[\x80-\xFF]" then return text end
  local from, parts = 1, {}
  while true do -- a terminal may take a lone byte for a control character, too
    local ok, bad = utf8.len(text, from)
    if ok then break end
    parts[#parts + 1] = text:sub(from, bad - 1) .. named_byte(text:sub(bad, bad))
    from = bad + 1
  end
  if from > 1 then text = table.concat(parts) .. text:sub(from) end
  return (text:gsub("\xC2[\x80-\x9F]", named)
    :gsub("\xE2\x80[\xA8-\xAE]", named):gsub("\xE2\x81[\xA6-\xA9]", named)) -- separators of lines, bidi
end

--- A text of a model or a tool as a terminal may have it. Pieces of one can be given
--- one by one, cut between characters. A run of \r is looked at once: %f.
---@param text string
---@return string
function M.text(text) return plain((text:gsub("%f[\r]\r+\n", "\n"))) end

--- The same, but colours stay: for what a script prints.
---@param text string
---@return string
function M.coloured(text)
  if not text:find("\27", 1, true) then return M.text(text) end
  local parts, from = {}, 1
  while true do
    local first, last = text:find("\27%[[%d;:]*m", from)
    parts[#parts + 1] = M.text(text:sub(from, (first or 0) - 1))
    if not first then return table.concat(parts) end
    parts[#parts + 1] = text:sub(first, last)
    from = last + 1
  end
end

--- Characters that do not show, beside those of `plain`.
local HIDDEN = {
  "\u{AD}", "\u{61C}", "\xE2\x80[\x8B-\x8F\xA8-\xA9]", "\xE2\x81[\xA0-\xAF]", "\u{FEFF}", "\u{3164}",
  "\xF3[\xA0-\xAF]..",
}

--- A text that somebody judges: these are named, too, and every line end that is not
--- a plain one. In prose they have their use.
---@param text string
---@return string
function M.exact(text)
  text = plain(text)
  if not text:find "[\x80-\xFF]" then return text end
  for _, pattern in ipairs(HIDDEN) do
    text = text:gsub(pattern, named)
  end
  return text
end

--- JSON as ASCII in all that a terminal might obey; it means the same.
---@param text string
---@return string
function M.json(text)
  if not text:find "[\x7F\xC2\xE2]" then return text end
  local function escape(char) return ("\\u%04x"):format(utf8.codepoint(char)) end
  return (text:gsub("\x7F", escape):gsub("\xC2[\x80-\x9F]", escape):gsub("\xE2\x80[\xAA-\xAE]", escape)
    :gsub("\xE2\x81[\xA6-\xA9]", escape))
end

return M
