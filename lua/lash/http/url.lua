--- URLs of http and https: checked, made fit to be sent, joined; queries.
--
-- What cannot stand in a URL is percent-encoded, what could be read in two ways
-- is refused: whoever decides by the host must mean the host that is asked.
local M = {}

local PORTS = { http = 80, https = 443 }
local LONGEST = 16384 -- bytes; servers take less

---@class lash.http.Url
---@field scheme "http"|"https"
---@field host string  lower case; an IPv4 address is four numbers, an IPv6 address has its brackets
---@field port integer
---@field path string  with a slash in front, percent-encoded
---@field query? string  likewise

local function percent(char) return ("%%%02X"):format(char:byte()) end

--- Percent-encodes what may not stand in a path or a query, and nothing twice.
local function encode(text)
  text = text:gsub("[^%w%-._~:/?%[%]@!$&'()*+,;=%%]", percent)
  return (text:gsub("%%(%x?%x?)", function(digits) return (#digits == 2 and "%" or "%25") .. digits end))
end

--- Percent-encodes one name or value of a query or a form.
---@param text string
---@return string
function M.escape(text) return (text:gsub("[^%w%-._~]", percent)) end

--- Takes "." and ".." out of a path, percent-encoded or not: servers differ in that.
local function without_dots(path)
  local parts, last = {}, ""
  for part in path:gmatch "/([^/]*)" do
    last = part:gsub("%%2[eE]", ".")
    if last == ".." then
      parts[#parts] = nil
    elseif last ~= "." then
      parts[#parts + 1] = part
    end
  end
  if last == "." or last == ".." then parts[#parts + 1] = "" end
  return "/" .. table.concat(parts, "/")
end

local function is_host(host)
  if host:find "^%[" then return host:find "^%[[%x:.]+%]$" end
  return #host <= 253 and host:find "^[%w._-]+$" and not host:find "%.%."
end

--- A number in C's notation, below 2^32: "10", "0xa", "012"; nil for any other text.
local function number(text)
  local digits = text:match "^0[xX]0*(%x+)$"
  if digits then return #digits <= 8 and tonumber(digits, 16) or nil end
  digits = text:match "^0+([0-7]*)$"
  if digits then return #digits <= 11 and tonumber("0" .. digits, 8) or nil end
  return #text <= 10 and text:find "^[1-9]%d*$" and tonumber(text) or nil
end

--- The host as who decides by it must see it: libcurl and browsers take "127.1" and
-- "0x7f000001" for 127.0.0.1. Nil where the host is a number, but no address.
local function undisguised(host)
  local name = host:gsub("%.$", "")
  local last = name:match "[^.]*$"
  if not last:find "^%d+$" and not last:find "^0[xX]%x*$" then return host end
  local bytes = {}
  for part in (name .. "."):gmatch "([^.]*)%." do
    local n = number(part)
    if not n then return nil end
    bytes[#bytes + 1] = n
  end
  -- The last part stands for all the bytes that are left.
  local rest = table.remove(bytes)
  local left = 4 - #bytes
  if left < 1 or rest >= 1 << 8 * left then return nil end
  for _, byte in ipairs(bytes) do
    if byte > 255 then return nil end
  end
  for i = left - 1, 0, -1 do bytes[#bytes + 1] = rest >> 8 * i & 255 end
  return table.concat(bytes, ".")
end

--- The host and the port of an authority; nil, message, hint.
local function read_authority(authority, scheme)
  if authority:find("@", 1, true) then
    return nil, "a name or a password in a URL is not sent", "headers = { Authorization = … } sends it"
  end
  local host, port = authority:match "^(%[[^%]]*%]):?(%d*)$"
  if not host then host, port = authority:match "^([^:]*):?(%d*)$" end
  if host and host:find "[\x80-\xFF]" then
    return nil, "the name of a host is written in ASCII", "others have a form that begins with xn--"
  end
  host = host and is_host(host) and undisguised(host)
  if not host then return nil, ("'%s' is not a host"):format(authority) end
  local at = port == "" and PORTS[scheme] or tonumber(port)
  if at < 1 or at > 65535 then return nil, ("there is no port %s"):format(port) end
  return host:lower(), at
end

local function split(target)
  local path, query = target:match "^([^?#]*)%??([^#]*)"
  return path, target:find "^[^#]*%?" and query or nil
end

--- Reads an absolute URL; what is behind a `#` is left out, no server is told of it.
---@param text string
---@return lash.http.Url? url
---@return string? message
---@return string? hint
function M.read(text)
  if #text > LONGEST then return nil, ("the URL has more than %d bytes"):format(LONGEST) end
  if text:find "%c" then return nil, "the URL contains a control character" end
  local scheme, rest = text:match "^(%a[%w+.-]*)://(.*)$"
  scheme = scheme and scheme:lower()
  if not PORTS[scheme] then
    local bare = not scheme and text:find "^[%w-]+%.[%w.-]+" and #text < 80
    return nil, ("%s is not an http:// or https:// URL"):format(scheme and scheme .. "://…" or "that"),
      bare and ("did you mean 'https://%s'?"):format(text) or nil
  end
  local authority, target = rest:match "^([^/?#]*)(.*)$"
  local host, port, hint = read_authority(authority, scheme)
  if not host then return nil, port, hint end
  local path, query = split(target)
  path = without_dots(encode(path ~= "" and path or "/"))
  return { scheme = scheme, host = host, port = port, path = path, query = query and encode(query) }
end

--- The URL that a reference means in a document at `base`, as browsers have it.
---@param base lash.http.Url
---@param reference string
---@return lash.http.Url? url
---@return string? message
function M.join(base, reference)
  if reference:find "^%a[%w+.-]*:" then return M.read(reference) end
  if reference:find "^//" then return M.read(base.scheme .. ":" .. reference) end
  local path, query = split(reference)
  if path == "" then
    path, query = base.path, query or base.query
  elseif not path:find "^/" then
    path = base.path:match "^.*/" .. path
  end
  return M.read(M.origin(base) .. path .. (query and "?" .. query or ""))
end

--- Scheme, host and, unless it is the usual one, port.
---@param url lash.http.Url
---@return string
function M.origin(url)
  local port = url.port ~= PORTS[url.scheme] and ":" .. url.port or ""
  return ("%s://%s%s"):format(url.scheme, url.host, port)
end

--- The URL as it is sent.
---@param url lash.http.Url
---@return string
function M.text(url) return M.origin(url) .. url.path .. (url.query and "?" .. url.query or "") end

--- The URL for messages: without its query, which may hold a key.
---@param url lash.http.Url
---@return string
function M.shown(url) return M.origin(url) .. url.path end

--- May what is meant for `a` be told to `b`?
---@param a lash.http.Url
---@param b lash.http.Url
---@return boolean
function M.same_site(a, b)
  if a.host ~= b.host then return false end
  if a.scheme == b.scheme then return a.port == b.port end
  return b.scheme == "https" and a.port == PORTS.http and b.port == PORTS.https
end

return M
