--- URLs: what is read is plain ASCII, reads back as itself, and libcurl, which sends
--- the request, sees the same host in it. The second line is a reference.
local curl = require "curl_url"
local urls = require "lash.http.url"

local FIELDS = { "scheme", "host", "port", "path", "query" }

--- Reads the text of a URL again, here and in libcurl.
local function check_url(url)
  local text = urls.text(url)
  assert(text:find "^[\33-\126]+$", text)
  assert(url.port >= 1 and url.port <= 65535 and url.path:find "^/" and url.host == url.host:lower(), text)
  assert(urls.same_site(url, url))
  local again = assert(urls.read(text))
  for _, field in ipairs(FIELDS) do assert(again[field] == url[field], ("%s: its %s"):format(text, field)) end
  local theirs = curl.read(text)
  if not theirs then return end -- it sends no request then
  assert(theirs.scheme == url.scheme, text)
  -- It writes IPv6 addresses anew; where we decide by one, another spelling is only another site.
  local host = theirs.host:lower():gsub("^%[.*%]$", url.host:match "^%[.*%]$" or "%0")
  assert(host == url.host, ("%s: '%s', of which libcurl makes '%s'"):format(text, url.host, theirs.host))
  assert(math.tointeger(theirs.port) == url.port, text)
end

return function(input)
  local text, reference = input:match "^([^\n]*)\n?(.*)$"
  local url, message, hint = urls.read(text)
  if not url then
    assert(#message > 0 and not message:find "\n", message)
    assert(hint == nil or type(hint) == "string")
    return
  end
  check_url(url)
  local joined = urls.join(url, reference)
  if joined then check_url(joined) end
  assert(urls.escape(reference):find "^[%w%%._~-]*$")
end
