--- From the settings of a provider, expanded, to what a request needs.
local errors = require "lash.errors"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

--- The international endpoint of DashScope.
M.DASHSCOPE_BASE = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"

---@class lash.Provider
---@field name string
---@field type "dashscope"|"openai"|"fake"
---@field api_base string  its scheme in lower case, without a slash at its end
---@field api_key? string
---@field headers table<string, string>
---@field proxy? string
---@field ca? string
---@field wait_timeout? number

--- What is wrong with a text that goes into a header or a URL, if anything:
--- characters outside `first` to "~". A line break would begin a header of its own.
local function flaw(value, first)
  if value:find "^[^\r\n]*\r$" then
    return "ends with a carriage return", "does it come from a file with Windows line ends?"
  end
  local at, _, char = value:find("([^" .. first .. "-~])")
  if not at then return nil end
  local byte = char:byte()
  local what = byte == 32 and "a space" or byte > 126 and "a character that is not ASCII"
    or ("the control character 0x%02X"):format(byte)
  return ("has %s at position %d"):format(what, at)
end

--- Scheme, host and the rest of a URL.
local function split(url)
  local scheme, authority, rest = url:match "^(%a[%w+.-]*)://([^/?#]*)(.*)$"
  local host, port = (authority or ""):match "^([^:%[%]]+)(.*)$"
  if not host then host, port = (authority or ""):match "^(%[[%x:.]+%])(.*)$" end
  return scheme and scheme:lower(), authority, host and host:lower(), port, rest
end

local EXAMPLE = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1 is one"

--- What is wrong with a base URL, if anything.
local function url_flaw(url)
  local wrong, hint = flaw(url, "!")
  if wrong then return wrong, hint end
  local scheme, authority, host, port, rest = split(url)
  if scheme ~= "https" and scheme ~= "http" then return "is not an http:// or https:// URL", EXAMPLE end
  if authority:find "@" then return "holds a user name or password", "keys belong into api_key" end
  local digits = port and port:match "^:(%d+)$"
  local is_host = host and (host:find "^%[" or host:find "^[%w_-][%w._-]*$" and not host:find("..", 1, true))
  if not is_host or (port ~= "" and (not digits or tonumber(digits) > 65535)) then
    return "is not a URL: its host or port is malformed"
  end
  if rest:find "[?#]" then return "has a query or a fragment; '/chat/completions' could not follow" end
end

local function is_aliyun(url)
  local _, _, host = split(url)
  return host ~= nil and ("." .. host):find("%.aliyuncs%.com$") ~= nil
end

--- The type that a provider has when it does not say.
---@param name string
---@param api_base? string
function M.type(name, api_base)
  return (name == "dashscope" or api_base and is_aliyun(api_base)) and "dashscope" or "openai"
end

--- Nothing shows what is secret in a provider's settings from here on.
---@param settings table  checked
function M.hide(settings)
  if settings.api_key then secrets.add(settings.api_key) end
  for _, value in pairs(settings.headers or {}) do secrets.add(value) end
end

--- The same for all providers of a file, also those that nobody asks, and for the
--- variables that they name.
---@param providers table<string, table>
---@param env fun(name: string): string?
function M.hide_all(providers, env)
  local function value_of(name)
    local ok, value = pcall(env, name)
    if not ok and not errors.is(value) then error(value, 0) end
    return ok and secrets.add(value or "") or "" -- a file that cannot be read has none to show
  end
  local function hide(text) secrets.add((text:gsub("%${?([%a_][%w_]*)}?", value_of))) end
  for _, settings in pairs(providers) do
    if settings.api_key then hide(settings.api_key) end
    for _, value in pairs(settings.headers or {}) do hide(value) end
  end
end

--- Checks the settings and makes the provider. `place(key)` says where a value
--- comes from, for messages (`place("headers", name)` for a header); `folder` is
--- where a relative `ca` begins.
---@param name string
---@param settings table  as in config.json, with `type`
---@param place fun(key: string, header?: string): string
---@param folder? string
---@return lash.Provider
function M.build(name, settings, place, folder)
  local function fail(where, what, hint) errors.raise("config", ("%s %s"):format(where, what), { hint = hint }) end
  local function check(key, what, hint)
    if what then fail(place(key), what, hint) end
  end
  M.hide(settings)
  local headers = {}
  for header, value in pairs(settings.headers or {}) do
    local what, hint = flaw(value, " ")
    if not header:find "^[%w!#$%%&'*+.^_`|~-]+$" then what = "is not the name of a header" end
    if what then fail(place("headers", header), what, hint) end
    headers[header] = value
  end

  local api_key = settings.api_key ~= "" and settings.api_key or nil
  if api_key then
    check("api_key", flaw(api_key, "!"))
  elseif settings.type == "dashscope" then
    fail(place "api_key", "is empty", "keys: https://www.alibabacloud.com/help/en/model-studio/get-api-key")
  end

  local api_base = settings.api_base or ""
  if api_base == "" then fail(place "api_base", "is missing") end
  check("api_base", url_flaw(api_base))

  if settings.proxy and settings.proxy ~= "" then
    local proxy = require "lash.proxy"
    proxy.hide(settings.proxy)
    check("proxy", flaw(settings.proxy, "!"))
    check("proxy", proxy.flaw(settings.proxy))
  end
  local ca = settings.ca
  if ca then
    if ca:find "%c" then fail(place "ca", "has a control character") end
    if folder and not ca:find "^/" then ca = folder .. "/" .. ca end
    local found, message = sys.stat(ca)
    if not found then fail(place "ca", "is of no use: " .. message) end
  end
  return {
    name = name,
    type = settings.type,
    api_key = api_key,
    api_base = api_base:gsub("^%a+", string.lower):match "^(.-)/*$",
    headers = headers,
    proxy = settings.proxy,
    ca = ca,
    wait_timeout = settings.wait_timeout,
  }
end

return M
