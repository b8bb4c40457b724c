--- What a test or a recording makes of this process: whether there is a network,
--- where model calls go, what time it is.
--
-- Loaded before all else where the environment asks for it (src/main.c), and by
-- `lash test`. The doors to the network (chat.lua, fetch.lua) and the configuration
-- look for `context.trial`; nothing of it is there in a plain run.
--
--   LASH_NETWORK       "off", or what may still be asked: HOST:PORT,HOST:PORT
--   LASH_RECORD        the file for all exchanges: trial/record.lua
--   LASH_TEST_TIME     where the wall clock begins; math.random is fixed, too
--   LASH_TEST_NUMBER   fixes ids: those of the n-th script of a test
--   LASH_TEST_SERVICE  where model calls go, whatever the configuration says; "none"
--   LASH_TEST_SITE     where all other requests go: to a tape
local context = require "lash.context"
local sys = require "lash.core.sys"

local M = {}

--- The key that a test has. It opens nothing but a fake.
M.KEY = "sk-test"

-- Paths of the base: DashScope's own, and that of other services.
local BASES = { dashscope = "/compatible-mode/v1", openai = "/v1" }
local NOWHERE = "http://service.invalid"

---@class lash.trial.Way
---@field network? table<string, true>  "host:port" that may be asked; nil: all
---@field service? string  origin that model calls go to; false: none
---@field site? string  origin that other requests go to
---@field testing boolean  model calls are those of a test

---@type lash.trial.Way
local way = { testing = false }

local record ---@type table?  trial/record.lua, where exchanges are recorded

--- "host:port" of a URL; what follows it.
local function place_of(url)
  local scheme, authority, rest = url:match "^(%a+)://([^/?#]*)(.*)$"
  if not scheme then return nil end
  authority = authority:match "[^@]*$":lower()
  if not authority:find ":%d+$" then authority = authority .. (scheme:lower() == "https" and ":443" or ":80") end
  return authority, rest
end

--- Says where calls and requests may go from now on.
---@param service? string  origin; nil: nowhere
---@param site? string  origin
---@param more? string  HOST:PORT,…  beside it
function M.lead(service, site, more)
  local network = {}
  for place in (more or ""):gmatch "[^,%s]+" do network[place:lower()] = place:find ":%d+$" and true or nil end
  if service then network[place_of(service)] = true end
  way = { testing = true, service = service or false, site = site, network = network }
  record = nil
end

--- The variables with which a process that is started goes the same way.
---@return table<string, string|false>
function M.variables()
  local places = {}
  for place in pairs(way.network or {}) do places[#places + 1] = place end
  table.sort(places)
  return {
    LASH_NETWORK = #places > 0 and table.concat(places, ",") or "off",
    LASH_TEST_SERVICE = way.service or "none",
    LASH_TEST_SITE = way.site or false,
    LASH_RECORD = false,
  }
end

--- The settings of a provider as a test needs them: its type, and of the rest only what
--- leads to the fake. The variables that are named in them need not be set.
---@param given table
---@param kind "dashscope"|"openai"|"fake"  its type
---@return table
function M.provider(given, kind)
  if not way.testing then return given end
  local base = way.service and way.service .. (BASES[kind] or BASES.dashscope)
  if not base then -- to say in the end where it would have led
    local own = given.api_base
    base = own and not own:find("$", 1, true) and own or kind == "dashscope" and require("lash.config.provider")
      .DASHSCOPE_BASE or NOWHERE
  end
  return { type = kind, api_base = base, api_key = M.KEY, proxy = "", wait_timeout = given.wait_timeout }
end

local REFUSAL = "in a test only a fake or a tape of lash.test answers"

local function copy_of(request)
  local copy = {}
  for key, value in pairs(request) do copy[key] = value end
  return copy
end

--- A request for lash.core.http or lash.core.chat, as it may be sent; or why not.
---@param request table
---@return table? request
---@return { transport: string, message: string, timings: table }? failure
function M.request(request)
  local changed = copy_of(request)
  if record then changed.record = true end
  if not way.network then return changed end
  changed.proxy = "" -- the places are asked themselves
  local place = place_of(request.url)
  if way.site and place ~= place_of(way.service or "") then
    changed.url, changed.addresses, changed.ca = way.site, "any", nil
    changed.headers = table.move(request.headers or {}, 1, #(request.headers or {}), 1, {})
    table.insert(changed.headers, "X-Lash-Url: " .. request.url)
    return changed
  elseif way.network[place or ""] then
    return changed
  end
  return nil, { transport = "off", timings = {}, message = way.testing and REFUSAL or "LASH_NETWORK does not allow it" }
end

--- A transfer that was begun with such a request, watched where exchanges are
--- recorded.
function M.watch(transfer, request) return record and record.watch(transfer, request) or transfer end

local function none() return 0 end

--- Fixes the time and what is random, from the start.
---@param time? number  epoch seconds
---@param number? integer  fixes ids; without one they are left alone
function M.begin(time, number)
  require("lash.trial.clock").begin(time, number)
  if way.testing then require("lash.retry").random = none end -- nobody else comes back meanwhile
end

--- What the environment says.
local function read()
  local network, file = sys.getenv "LASH_NETWORK", sys.getenv "LASH_RECORD"
  local service, time = sys.getenv "LASH_TEST_SERVICE", tonumber(sys.getenv "LASH_TEST_TIME" or "")
  if service then
    M.lead(service ~= "none" and service or nil, sys.getenv "LASH_TEST_SITE", network)
  elseif network and network ~= "" then
    M.lead(nil, nil, network)
    way.testing = false
  end
  if time then M.begin(time, math.tointeger(tonumber(sys.getenv "LASH_TEST_NUMBER" or ""))) end
  sys.setenv("LASH_TEST_NUMBER", nil) -- a process that this one starts must have other ids
  if file and file ~= "" and not service then record = require("lash.trial.record").open(file) end
end

context.trial = M
read()

return M
