--- Documents of strangers as text for reading.
--
-- Their encoding and their HTML are the affair of a process of its own
-- (src/sys/page.h): it reaches nothing, and is ended when it takes too long.
local run = require "lash.exec.run"
local sys = require "lash.core.sys"
local urls = require "lash.http.url"

local M = {}

--- Seconds that the reading of a document may take.
M.patience = 5

local MOST_TEXT = 16 << 20 -- bytes
local LOOKED_AT = 4096 -- bytes, for what a document says of its encoding

--- Names of encodings that the web has, as iconv calls them.
local ENCODINGS = {
  ["utf-8"] = "utf-8", utf8 = "utf-8", ["utf-16"] = "utf-16le", ["utf-16le"] = "utf-16le", ["utf-16be"] = "utf-16be",
  ["iso-8859-1"] = "cp1252", latin1 = "cp1252", ascii = "cp1252", ["us-ascii"] = "cp1252", ["windows-874"] = "cp874",
  ["iso-8859-9"] = "cp1254", ["iso-8859-11"] = "cp874", ["tis-620"] = "cp874", ["koi8-r"] = "koi8-r",
  ["koi8-u"] = "koi8-u", ibm866 = "cp866", macintosh = "macintosh", gb2312 = "gb18030", gbk = "gb18030",
  ["x-gbk"] = "gb18030", gb18030 = "gb18030", big5 = "big5-hkscs", ["big5-hkscs"] = "big5-hkscs",
  shift_jis = "cp932", ["shift-jis"] = "cp932", sjis = "cp932", ["x-sjis"] = "cp932", ["windows-31j"] = "cp932",
  ["euc-jp"] = "euc-jp", ["iso-2022-jp"] = "iso-2022-jp", ["euc-kr"] = "cp949", ["ks_c_5601-1987"] = "cp949",
}
for i = 0, 8 do ENCODINGS["windows-125" .. i], ENCODINGS["cp125" .. i] = "cp125" .. i, "cp125" .. i end
for _, i in ipairs { 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16 } do ENCODINGS["iso-8859-" .. i] = "iso-8859-" .. i end

local MARKS = { { "\xEF\xBB\xBF", "utf-8" }, { "\xFF\xFE", "utf-16le" }, { "\xFE\xFF", "utf-16be" } }

local function known(name) return name and ENCODINGS[name:lower()] end

--- What the document says of its encoding itself.
local function own_encoding(body, kind)
  local head = body:sub(1, LOOKED_AT):lower()
  local name
  if kind == "html" then name = head:match "<meta[^>]-charset%s*=%s*[\"']?%s*([%w_:.-]+)" end
  name = name or head:match "^%s*<%?xml[^>]-encoding%s*=%s*[\"']([%w_:.-]+)"
  local encoding = known(name)
  return encoding and encoding:find "^utf%-16" and "utf-8" or encoding -- or it could not say so
end

--- The encoding of a document, and the document without the mark of it.
local function decide(body, kind, charset)
  for _, mark in ipairs(MARKS) do
    if body:sub(1, #mark[1]) == mark[1] then return mark[2], body:sub(#mark[1] + 1) end
  end
  local encoding = known(charset) or own_encoding(body, kind)
  return encoding or utf8.len(body) and "utf-8" or "cp1252", body
end

-- Where libraries are; nothing else can be opened.
local LIBRARIES = {
  "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store", "/etc/ld.so.cache",
}

--- Has the document read by the other process.
---@async
local function read(body, kind, encoding)
  local program = sys.realpath "/proc/self/exe"
  if not program then return nil, "the program of this process is gone: it was replaced" end
  local record = run.run({ program, "--page", kind, encoding }, {
    env = {}, stdin = body, timeout = M.patience, max_output = MOST_TEXT,
    sandbox = { read = table.move(LIBRARIES, 1, #LIBRARIES, 2, { program }) },
  })
  if record.timed_out then return nil, ("it cannot be read within %g s"):format(M.patience) end
  if record.code == 0 then return record.out end
  local said = record.err:match "([^\n]+)\n*$"
  return nil, "it cannot be read: " .. (record.signal or said or "status " .. record.code)
end

--- Puts the targets of links behind their words, as whole URLs.
local function with_links(text, base)
  local href
  text = text:gsub("\3([^\2]*)\2", function(target)
    href = href or target
    return ""
  end):gsub("^%s+", "")
  base = href and urls.join(base, href) or base
  return (text:gsub("()\1([^\2]*)\2", function(at, target)
    local url = target:find "^[^#]" and urls.join(base, target)
    local whole = url and urls.text(url)
    if not whole or text:sub(at - #whole, at - 1) == whole then return "" end
    return (" (%s)"):format(whole)
  end))
end

--- What kind of document a content type means: "html", "text", or nil.
---@param content_type? string
---@param body string  asked where there is no type
---@return "html"|"text"|nil kind
---@return string? charset
function M.kind(content_type, body)
  local name, rest = (content_type or ""):lower():match "^%s*([%w!#$&^_.+-]+/[%w!#$&^_.+-]+)%s*(.*)$"
  local charset = rest and rest:match "charset%s*=%s*[\"']?%s*([%w_:.-]+)"
  if not name then
    if body:find("\0", 1, true) then return nil end
    return body:find "^%s*<![dD][oO][cC][tT]" and "html" or body:find "^%s*<[hH][tT][mM][lL]" and "html" or "text"
  end
  if name == "text/html" or name == "application/xhtml+xml" then return "html", charset end
  local detail = name:match "/(.*)$"
  local is_text = name:find "^text/" or detail:find "json$" or detail == "xml" or detail:find "%+xml$"
  return is_text and not name:find "^image/" and "text" or nil, charset
end

--- A document as text: of HTML what a person would read.
---@async
---@param body string
---@param kind "html"|"text"
---@param charset? string  that the server names
---@param url lash.http.Url
---@return string? text
---@return string? message
function M.text(body, kind, charset, url)
  local encoding, rest = decide(body, kind, charset)
  local text, message = rest, nil
  if kind == "html" or encoding ~= "utf-8" or not utf8.len(rest) then text, message = read(rest, kind, encoding) end
  if not text then return nil, message end
  if kind == "html" then return with_links(text, url) end
  if text:find("\0", 1, true) then return nil, "it is no text, whatever its type says" end
  return (text:gsub("\r\n?", "\n"):gsub("[\1-\8\11-\31\127]", ""))
end

return M
