--- Proxies: which one a request would use, and what of it may be shown.
local regions = require "lash.regions"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

local SCHEMES = { http = true, https = true, socks4 = true, socks4a = true, socks5 = true, socks5h = true }

--- The parts of a proxy's URL; a password may hold anything, so the last "@" counts.
local function split(url)
  local scheme, rest = url:match "^(%a[%w+.-]*)://(.*)$"
  rest = rest or url
  local user, place = rest:match "^(.*)@([^@]*)$"
  return scheme and scheme:lower() or "http", user, (place or rest):match "^([^/?#]*)"
end

--- The URL without its user name and password.
---@param url string
---@return string
function M.shown(url)
  local scheme, _, place = split(url)
  return scheme .. "://" .. place
end

--- What is wrong with the URL of a proxy; nothing that is secret is quoted.
---@param url string
---@return string?
function M.flaw(url)
  local scheme, user, place = split(url)
  if not SCHEMES[scheme] then return ("has a scheme that no proxy has: %s"):format(scheme) end
  if user and user:find "[/@]" then
    return "has a user name or password with a character that must be written as %XX"
  end
  local port = place:match "^[^:%[%]]+:?(%d*)$" or place:match "^%[[%x:.]+%]:?(%d*)$"
  if not port or (tonumber(port) or 0) > 65535 then return "is not a URL: its host or port is malformed" end
end

--- Nothing shows the user's name and password from here on.
---@param url string
function M.hide(url)
  local _, user = split(url)
  if not user then return end
  secrets.add(user)
  local password = user:match ":(.*)$"
  if password and password ~= "" then secrets.add(password) end
end

local NAMES = { https = { "https_proxy", "HTTPS_PROXY" }, http = { "http_proxy" } }
local ANY = { "all_proxy", "ALL_PROXY" }

local function each_variable(secure)
  local list = { table.unpack(NAMES[secure and "https" or "http"]) }
  return table.move(ANY, 1, #ANY, #list + 1, list)
end

--- The same for the proxies of the environment, before something quotes them.
function M.hide_environment()
  for _, secure in ipairs { true, false } do
    for _, name in ipairs(each_variable(secure)) do
      local value = sys.getenv(name)
      if value then M.hide(value) end
    end
  end
end

--- Does $no_proxy spare this host? It lists hosts and the ends of names.
local function is_spared(host)
  local list = sys.getenv "no_proxy" or sys.getenv "NO_PROXY" or ""
  for word in list:lower():gmatch "[^%s,]+" do
    word = word:gsub("^%.", "")
    if word == "*" or host == word or host:sub(-#word - 1) == "." .. word then return true end
  end
  return false
end

--- The proxy that a request to this provider would use, as libcurl chooses it, and
-- where that is said.
---@param provider lash.Provider
---@return string? proxy
---@return string? origin
function M.of(provider)
  if provider.proxy then return provider.proxy ~= "" and provider.proxy or nil, "the configuration" end
  if is_spared(regions.host(provider.api_base) or "") then return nil end
  for _, name in ipairs(each_variable(provider.api_base:lower():find "^https:" ~= nil)) do
    local value = sys.getenv(name)
    if value and value ~= "" then return value, "$" .. name end
  end
end

return M
