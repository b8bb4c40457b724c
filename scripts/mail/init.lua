--- Reads mail: a module of mail-digest.lua.
--
--     local mail = require "mail"
--     for _, raw in ipairs(mail.load "Maildir") do print(mail.parse(raw).subject) end
--
-- It takes what is there, also where that breaks the rules of mail; what it cannot read stays as it is.
local lash = require "lash"

local M = {}

local MOST = 50000    -- bytes of a part that are read
local HEADERS = 20000 -- bytes in which a message has its headers
local DEEPEST = 8     -- parts within parts

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local out, bits, n = {}, 0, 0
  for c in text:gmatch "[%w+/]" do
    bits, n = (bits << 6 | ALPHABET:find(c, 1, true) - 1) & 0xFFFF, n + 6
    if n >= 8 then
      n = n - 8
      out[#out + 1] = string.char(bits >> n & 255)
    end
  end
  return table.concat(out)
end

local function quoted_printable(text)
  return (text:gsub("=[ \t]*\n", ""):gsub("=(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

--- Bytes of a character set as UTF-8.
local function utf8_of(text, charset)
  charset = (charset or ""):lower()
  if charset == "utf-8" then return text end
  if charset == "us-ascii" or not charset:find "^%w[%w._:-]*$" then
    if utf8.len(text) then return text end
    charset = "cp1252"
  end
  local converted = lash.exec { "iconv", "-c", "-f", charset, "-t", "UTF-8", stdin = text }
  return converted.out ~= "" and converted.out or text
end

--- A text in one line, without what would move a terminal's cursor.
---@param text string
---@return string
function M.visible(text) return (text:gsub("%c+", " "):gsub("\xC2[\x80-\x9F]", " ")) end

--- A header with its encoded words (=?utf-8?B?…?=) as text in one line.
local function words_of(value)
  value = value:gsub("%?=%s+=%?", "?==?"):gsub("=%?([^?*]+)[^?]*%?([BbQq])%?([^?]*)%?=", function(charset, how, text)
    if how:upper() == "B" then return utf8_of(base64(text), charset) end
    return utf8_of(quoted_printable((text:gsub("_", " "))), charset)
  end)
  return M.visible(utf8_of(value))
end

--- Headers by their lower-case names, and the body.
local function split(raw)
  local stop = raw:sub(1, 1) == "\n" and 0 or raw:find("\n\n", 1, true) or #raw
  local headers = {}
  for name, value in raw:sub(1, stop):gsub("\n[ \t]+", " "):gmatch "([%w-]+):[ \t]*([^\n]*)" do
    headers[name:lower()] = headers[name:lower()] or value
  end
  return headers, raw:sub(stop + 2)
end

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = " ", euro = "€", ndash = "–" }
local BREAKS = {}
for name in ("p br hr div tr table td th li ul ol dt dd h1 h2 h3 h4 h5 h6"):gmatch "%S+" do BREAKS[name] = true end

--- What a person reads of HTML: neither what is in its head nor styles, scripts and comments.
local function text_of_html(html)
  local out, inside = {}, nil
  for text, tag in html:gmatch "([^<]*)(<?[^>]*>?)" do
    local name = (tag:match "^<(!%-%-)" or tag:match "^<(/?[%w]+)" or ""):lower()
    if inside then
      if name == "/" .. inside or inside == "!--" and (text .. tag):find("-->", 1, true) then inside = nil end
    else
      out[#out + 1] = text
      if name == "style" or name == "script" or name == "title" or name == "!--" and not tag:find "%-%->$" then
        inside = name
      elseif BREAKS[name:match "%w*$"] then
        out[#out + 1] = "\n"
      end
    end
  end
  return (table.concat(out):gsub("&(#?[xX]?)(%w+);", function(mark, name)
    local code = mark == "#" and tonumber(name) or mark ~= "" and tonumber(name, 16)
    return code and code < 0x110000 and utf8.char(math.tointeger(code) or 63) or mark == "" and ENTITIES[name] or nil
  end))
end

--- Goes through the parts: the first plain text, the first HTML, the names of what is attached.
local function look(headers, body, found, depth)
  local kind = headers["content-type"] or "text/plain"
  local boundary = kind:match '[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]%s*=%s*"([^"]+)"'
    or kind:match "[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]%s*=%s*([^%s;]+)"
  if kind:lower():find "^multipart/" and boundary and depth < DEEPEST then
    local at = select(2, ("\n" .. body):find("\n--" .. boundary, 1, true))
    while at and body:sub(at, at + 1) ~= "--" do
      local next_at, stop = body:find("\n--" .. boundary, at, true)
      local part_headers, part = split(body:sub((body:find("\n", at, true) or #body) + 1, (next_at or 0) - 1))
      look(part_headers, part, found, depth + 1)
      at = stop and stop + 1
    end
    return
  end
  local name = (headers["content-disposition"] or ""):match 'filename="?([^";]+)' or kind:match 'name="?([^";]+)'
  local how = kind:lower():match "^text/(%w+)"
  if name or not how then
    found.attached[#found.attached + 1] = words_of(name or kind:match "^[^;]*")
  elseif how == "html" and not found.html or how ~= "html" and not found.plain then
    local encoding = (headers["content-transfer-encoding"] or ""):lower()
    body = body:sub(1, MOST)
    if encoding:find "base64" then body = base64(body) end
    if encoding:find "quoted" then body = quoted_printable(body) end
    body = utf8_of(body, kind:lower():match 'charset%s*=%s*"?([^%s";]+)')
    if how == "html" then found.html = text_of_html(body) else found.plain = body end
  end
end

---@class Mail
---@field from string
---@field subject string
---@field date string
---@field text string
---@field attached string[]  names

--- What tells a message from others: its Message-ID, or who sent it when. Quick, for a mailbox may have thousands.
---@param raw string
---@return string
function M.id(raw)
  local headers = split((raw:sub(1, HEADERS):gsub("\r\n", "\n")))
  return headers["message-id"] or ("%s %s %s"):format(headers.from, headers.date, headers.subject)
end

--- What is in a message.
---@param raw string
---@return Mail
function M.parse(raw)
  local headers, body = split((raw:gsub("\r\n", "\n")))
  local found = { attached = {} }
  look(headers, body, found, 1)
  local text = found.plain and found.plain:find "%S" and found.plain or found.html or ""
  return {
    from = words_of(headers.from or "(nobody)"), subject = words_of(headers.subject or "(no subject)"),
    date = words_of(headers.date or ""), attached = found.attached,
    text = text:gsub("[ \t\r\u{a0}]+", " "):gsub(" ?\n[ \n]*\n ?", "\n"):gsub("^%s+", ""),
  }
end

--- The messages of a Maildir, of an mbox, of a folder of .eml files, of a single file: the oldest first, as their
--- names or the file have it.
---@param path string
---@return string[]
function M.load(path)
  local list = {}
  if lash.fs.stat(path).type == "directory" then
    local is_maildir = lash.fs.exists(path .. "/new") and lash.fs.exists(path .. "/cur")
    local literal = path:gsub("[%[{*?]", "[%0]")
    local files = lash.fs.glob(literal .. (is_maildir and "/{new,cur}/*" or "/*.eml"))
    table.sort(files, function(a, b) return a:match "[^/]*$" < b:match "[^/]*$" end)
    for _, file in ipairs(files) do
      list[#list + 1] = lash.try(lash.fs.read, file) -- a mail that was just moved comes the next time
    end
    return list
  end
  local text = lash.fs.read(path)
  if text:sub(1, 5) ~= "From " then return { text } end
  for message in ("\n\n" .. text):gsub("\r\n", "\n"):gsub("\n\nFrom [^\n]*\n", "\n\n\0"):gmatch "%z([^%z]+)" do
    list[#list + 1] = message
  end
  return list
end

return M
