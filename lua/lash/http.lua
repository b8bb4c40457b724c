--- lash.http: requests of scripts.
--
--     local res = lash.http.get("https://example.org/list", { query = { page = 2 } })
--     local site = lash.http { base = "https://example.org/api", headers = { … } }
--     site.post("items", { json = item })
local errors = require "lash.errors"
local exchange = require "lash.http.exchange"
local options = require "lash.http.options"
local urls = require "lash.http.url"

local function refuse(what, message, hint) errors.raise("usage", ("%s: %s"):format(what, message), { hint = hint }) end

--- Sends a request; its answer. An answer that is no success is an error,
-- unless `check` is false.
local function perform(what, method, url, given, site)
  local job = options.job(what, method, url, given, site)
  local check = given.check
  if check == nil then check = site.check end
  local response, err = exchange.send(job)
  if response and (check == false or not err) then return response end
  error(err, 0)
end

--- The URL of a path below the base of a site. The headers of the site go
-- nowhere else.
local function below(what, base, path)
  if type(path) ~= "string" then refuse(what, "expected a path, got " .. type(path), "call it with a dot") end
  if path:find "^%a[%w+.-]*://" then
    local url = options.url(what, path)
    if urls.origin(url) == urls.origin(base) then return url end
    refuse(what, ("%s is not on %s"):format(urls.shown(url), urls.origin(base)), "lash.http.get asks any site")
  end
  local own, query = path:match "^/*([^?#]*)(.*)$"
  local folder = base.path:gsub("/$", "")
  local url = options.url(what, urls.origin(base) .. (own == "" and base.path or folder .. "/" .. own) .. query)
  if own ~= "" and url.path:sub(1, #folder + 1) ~= folder .. "/" then
    refuse(what, ("'%s' leads out of %s"):format(path, urls.shown(base)))
  end
  return url
end

--- The functions of lash.http, or of a site.
---@param what string  for messages
---@param site table  base and options; empty for lash.http itself
---@return table
local function functions(what, site)
  local M = {}

  local function send(name, method, target, given)
    local place = what .. "." .. name
    given = given == nil and {} or given
    options.check(place, given, options.OPTIONS)
    local url = site.base and below(place, site.base, target) or options.url(place, target)
    return perform(place, method, url, given, site)
  end

  for name in ("get head post put patch delete"):gmatch "%a+" do
    M[name] = function(target, given) return send(name, name:upper(), target, given) end
  end

  function M.request(method, target, given)
    if type(method) ~= "string" or not method:find "^%a[%w_-]*$" then
      refuse(what .. ".request", "expected a method and a URL", 'lash.http.request("PUT", "https://…", { … })')
    end
    return send("request", method:upper(), target, given)
  end

  return M
end

--- The same, bound to a site: `lash.http{base=, headers=, …}`.
local function bind(_, given)
  local what = "lash.http"
  options.check(what, given, options.SITE)
  local site = {}
  for key, value in pairs(given) do site[key] = value end
  if type(given.base) ~= "string" then refuse(what, "'base' must be a URL, got " .. type(given.base)) end
  site.base = options.url(what .. ": base", given.base)
  if site.base.query then refuse(what, "'base' has a query", "query = { … } goes with every request") end
  return functions(what, site)
end

return setmetatable(functions("lash.http", {}), { __call = bind })
