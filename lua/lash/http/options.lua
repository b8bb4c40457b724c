--- The options of lash.http: checked, and made into what is to be sent.
local duration = require "lash.duration"
local errors = require "lash.errors"
local headers = require "lash.http.headers"
local spelling = require "lash.spelling"
local urls = require "lash.http.url"

local M = {}

local TIMEOUT = 30 -- seconds
local RETRY, MOST_RETRIES = 2, 20
local IN_MEMORY, IN_FILE = 16 << 20, 1 << 30 -- bytes of a body

--- What may be said of a request, and of all requests to a site.
M.OPTIONS = {
  headers = true, query = true, json = true, form = true, body = true, timeout = true, retry = true, check = true,
  max_bytes = true, to = true,
}
M.SITE = {
  base = true, headers = true, query = true, timeout = true, retry = true, check = true, max_bytes = true,
}

local function refuse(what, message, hint) errors.raise("usage", ("%s: %s"):format(what, message), { hint = hint }) end

local function check_type(what, options, key, wanted)
  local value = options[key]
  if value ~= nil and type(value) ~= wanted then
    refuse(what, ("'%s' must be a %s, got %s"):format(key, wanted, type(value)))
  end
  return value
end

local function check_integer(what, options, key, least, most)
  local value = options[key]
  if value ~= nil and not (math.type(value) == "integer" and value >= least and value <= most) then
    refuse(what, ("'%s' must be an integer of %d or more%s, got %s"):format(key, least,
      most < math.maxinteger and (", %d at most"):format(most) or "", tostring(value)))
  end
  return value
end

--- Checks what a request and a site have in common.
---@param what string  for messages
---@param options table
---@param allowed table<string, true>
function M.check(what, options, allowed)
  if type(options) ~= "table" then refuse(what, "the options must be a table, got " .. type(options)) end
  spelling.check_keys(what, options, allowed)
  check_type(what, options, "headers", "table")
  check_type(what, options, "check", "boolean")
  check_integer(what, options, "retry", 0, MOST_RETRIES)
  check_integer(what, options, "max_bytes", 1, math.maxinteger)
  if options.timeout ~= nil then duration.seconds(options.timeout, what .. ": timeout") end
  if options.query ~= nil and type(options.query) ~= "table" and type(options.query) ~= "string" then
    refuse(what, "'query' must be a table of names and values, or a string, got " .. type(options.query))
  end
end

--- A URL that can be asked, or a `usage` error.
---@param what string
---@param text any
---@return lash.http.Url
function M.url(what, text)
  if type(text) ~= "string" then
    refuse(what, "expected a URL, got " .. type(text), 'lash.http.get("https://…", { … }), with a dot')
  end
  local url, message, hint = urls.read(text)
  return url or refuse(what, message, hint)
end

--- Adds a query, behind one that is there.
local function add_query(what, url, query)
  if type(query) == "table" then query = require "lash.http.form"(query, what .. ": query") end
  if not query or query == "" then return url end
  query = query:gsub("^%?", ""):gsub("#", "%%23")
  if url.query and url.query ~= "" then query = url.query .. "&" .. query end
  local whole, message = urls.read(("%s%s?%s"):format(urls.origin(url), url.path, query))
  return whole or refuse(what, message)
end

--- The body, and its type.
local function body_of(what, options)
  local given
  for _, key in ipairs { "json", "form", "body" } do
    if options[key] ~= nil then
      if given then refuse(what, ("'%s' and '%s' exclude each other"):format(given, key)) end
      given = key
    end
  end
  if given == "json" then
    local text, message = require("lash.core.json").encode(options.json)
    return text or refuse(what, "json: " .. message), "application/json"
  elseif given == "form" then
    check_type(what, options, "form", "table")
    return require "lash.http.form"(options.form, what .. ": form"), "application/x-www-form-urlencoded"
  end
  return check_type(what, options, "body", "string")
end

--- The file that `to` means: a link is followed, as by any program.
local function file_of(what, options)
  local to = check_type(what, options, "to", "string")
  if not to then return nil end
  if to == "" or to:find "%z" or to:find "/$" then refuse(what, "'to' is not the name of a file") end
  local sys = require "lash.core.sys"
  local stat = sys.stat(to)
  if stat and stat.type ~= "file" then
    local kind = stat.type == "directory" and "folder" or stat.type
    errors.raise("output", ("cannot write %s: it is a %s"):format(to, kind))
  end
  return stat and sys.realpath(to) or to
end

--- What is to be sent.
---@param what string  for messages
---@param method string
---@param url lash.http.Url
---@param options table  checked
---@param site table  options that hold where the call says nothing
---@return lash.http.Job
function M.job(what, method, url, options, site)
  local function setting(key)
    if options[key] ~= nil then return options[key] end
    return site[key]
  end
  local simple = method == "GET" or method == "HEAD"
  local body, kind = body_of(what, options)
  local list = headers.merge(what, { ["User-Agent"] = "lash/" .. require "lash.version", ["Content-Type"] = kind },
    site.headers or {}, options.headers or {})
  headers.keep_secret(list)
  local file = file_of(what, options)
  return {
    method = method,
    url = add_query(what, add_query(what, url, site.query), options.query),
    headers = list,
    body = body,
    timeout = duration.seconds(setting "timeout" or TIMEOUT, what),
    retry = options.retry or (simple and (site.retry or RETRY) or 0), -- what a site says is not said of a POST
    max_bytes = setting "max_bytes" or (file and IN_FILE or IN_MEMORY),
    file = file,
  }
end

return M
