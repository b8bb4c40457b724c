--- Words of the type language: names, literals, punctuation, comments.
--
-- Stateless and lazy: the parser asks for the word at a position. A word that
-- cannot be read is of kind "bad" and is an error only when the parser needs
-- it, so that free text may follow a type (`---@param n integer  Don't…`).
local M = {}

---@class lash.types.Token
---@field kind string  "name", "string", "number", "comment", "newline", "end", "bad", or the punctuation itself
---@field at integer  its first byte
---@field stop integer  its last byte
---@field value any  the name, the literal's value, the comment's text, what is bad

local ESCAPES = { n = "\n", t = "\t", r = "\r", ["\\"] = "\\", ['"'] = '"', ["'"] = "'", ["/"] = "/" }
local PUNCTUATION = { "..", "[]", "{", "}", "[", "]", "(", ")", "<", ">", ",", ":", "=", "?", "|" }

local function token(kind, at, stop, value) return { kind = kind, at = at, stop = stop, value = value } end

--- The character at a byte, for messages; "" at the end of the line.
local function shown(text, at)
  local char = text:match("^[^\n][\x80-\xBF]*", at) or ""
  return char:find "^[%c ]" and ("\\%d"):format(char:byte()) or char
end

--- The character that an escape stands for, and the escape's last byte.
local function escape(text, at)
  local char = ESCAPES[text:sub(at + 1, at + 1)]
  if char then return char, at + 1 end
  local digits, stop = text:match("^\\u{(%x+)}()", at)
  local code = digits and #digits <= 8 and tonumber(digits, 16)
  if code and code <= 0x10FFFF and not (code >= 0xD800 and code <= 0xDFFF) then
    return utf8.char(code), stop - 1
  end
end

local function quoted(text, at)
  local quote = text:sub(at, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find("[\\\n" .. quote .. "]", from)
    local char = stop and text:sub(stop, stop)
    if not char or char == "\n" then
      return token("bad", at, stop and stop - 1 or #text, "a string without its closing " .. quote)
    end
    parts[#parts + 1] = text:sub(from, stop - 1)
    if char == quote then return token("string", at, stop, table.concat(parts)) end
    local plain, last = escape(text, stop)
    if not plain then return token("bad", stop, stop, "an unknown escape \\" .. shown(text, stop + 1)) end
    parts[#parts + 1] = plain
    from = last + 1
  end
end

local function number(text, at)
  local stop = select(2, text:find("^-?%d+", at))
  local whole = stop
  stop = select(2, text:find("^%.%d+", stop + 1)) or stop
  stop = select(2, text:find("^[eE][+-]?%d+", stop + 1)) or stop
  local word = text:sub(at, stop)
  if text:find("^[%w_]", stop + 1) then
    return token("bad", at, stop, "a malformed number '" .. text:match("^[%w_.-]+", at) .. "'")
  end
  local value = tonumber(word)
  if stop == whole and math.type(value) == "float" then
    return token("bad", at, stop, word .. ", which does not fit in 64 bits")
  elseif value - value ~= 0 then -- 1e999
    return token("bad", at, stop, word .. ", which is too large")
  end
  return token("number", at, stop, value)
end

--- The word at or after a position; white space but newlines is skipped.
---@param text string
---@param from integer
---@return lash.types.Token
function M.next(text, from)
  local at = text:find("[^ \t\r]", from)
  if not at then return token("end", #text + 1, #text) end
  if text:find("^\n", at) then return token("newline", at, at) end
  if text:find("^%-%-", at) then
    local stop = (text:find("\n", at, true) or #text + 1) - 1
    return token("comment", at, stop, text:sub(at, stop):match("^%-+%s*(.-)%s*$"))
  end
  if text:find("^[\"']", at) then return quoted(text, at) end
  if text:find("^-?%d", at) then return number(text, at) end
  local name = text:match("^[%a_][%w_]*", at)
  if name then return token("name", at, at + #name - 1, name) end
  for _, mark in ipairs(PUNCTUATION) do
    if text:sub(at, at + #mark - 1) == mark then return token(mark, at, at + #mark - 1) end
  end
  return token("bad", at, at, "'" .. shown(text, at) .. "'")
end

return M
