--- The way to the service: name, connection, TLS, an answer, the time. One GET of
-- {api_base}/models without the key: any answer proves the way.
local chat = require "lash.chat"
local errors = require "lash.errors"
local fetch = require "lash.fetch"
local proxy = require "lash.proxy"
local regions = require "lash.regions"
local sys = require "lash.core.sys"
local transport = require "lash.transport"

local M = {}

local SKEW_WARN, SKEW_FAIL = 60, 300 -- seconds

local MONTHS = {}
for i, name in ipairs { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" } do
  MONTHS[name] = i
end

--- Days from 1970 to a date.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end -- so that a leap day ends a year
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day - 719469
end

--- "Sun, 06 Nov 1994 08:49:37 GMT" in seconds since the epoch; nil for another form.
---@param text? string
---@return integer?
function M.read_date(text)
  local day, name, year, hour, minute, second =
    (text or ""):match "^%a+, (%d%d) (%a+) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$"
  local month = MONTHS[name]
  if not month then return nil end
  return days(tonumber(year), month, tonumber(day)) * 86400 + hour * 3600 + minute * 60 + second
end

--- Seconds as people read them.
local function lasting(seconds)
  if seconds >= 172800 then return ("%.0f days"):format(seconds / 86400) end
  if seconds >= 7200 then return ("%.0f hours"):format(seconds / 3600) end
  if seconds >= 100 then return ("%.0f minutes"):format(seconds / 60) end
  return ("%.0f s"):format(seconds)
end

---@param report lash.cli.Report
---@param response lash.http.Response
local function look_at_clock(report, response)
  local date = M.read_date(fetch.header(response, "date"))
  if not date then return report:tell("ok", "clock", "the server does not tell the time") end
  -- An answer out of a cache is as old as it says; a date is cut to whole seconds.
  local age = tonumber(fetch.header(response, "age")) or 0
  local ahead = sys.wall() - (date + age + 0.5)
  local off = math.abs(ahead)
  if off < 2 then return report:tell("ok", "clock", "as the server's") end
  local text = ("%s %s the server's"):format(lasting(off), ahead > 0 and "ahead of" or "behind")
  local hint = "set this machine's clock: certificates and signatures have dates"
  if off > SKEW_FAIL then
    report:fail("clock", errors.new("config", text, { hint = hint }))
  else
    report:tell(off > SKEW_WARN and "warn" or "ok", "clock", text, off > SKEW_WARN and hint or nil)
  end
end

---@param report lash.cli.Report
---@param url? string
---@param from? string
---@return boolean right
local function tell_proxy(report, url, from)
  if not url then return true end
  proxy.hide(url)
  local wrong = proxy.flaw(url)
  if wrong then
    report:fail("proxy", errors.new("config", ("the proxy from %s %s"):format(from, wrong)))
  else
    report:tell("ok", "proxy", ("%s, from %s"):format(proxy.shown(url), from))
  end
  return not wrong
end

local function seconds(n) return n < 1 and ("%.1f ms"):format(n * 1000) or ("%.2f s"):format(n) end

--- What a person can do about a way that ends before the answer.
local function hint_for(step, failure, host, through)
  if failure.transport == "deadline" then
    return nil
  elseif step == "tls" and failure.transport == "tls" then
    local dated = failure.message:find "expired" or failure.message:find "not yet valid"
    if dated then return "this machine's clock says " .. os.date "!%Y-%m-%d %H:%M UTC" .. ": is that right?" end
    return "`ca` of the provider or $SSL_CERT_FILE names a file of certificates to trust"
  elseif through then
    return "is the proxy right, and does it let this through?"
  elseif step == "dns" then
    return "is the name right, and is there a network?"
  elseif step == "connect" then
    return regions.is_loopback(host) and "is the server running?"
      or "is the port right? A firewall, or a proxy that has to be configured?"
  elseif step == "tls" then
    return "does this port speak TLS? A plain one begins with http://"
  end
end

--- The step at which a request failed; nil when it did not.
---@param what lash.http.Response|lash.http.Failure
---@param secure boolean
---@param through? string
---@return "base"|"dns"|"connect"|"proxy"|"tls"|"answer"|nil
local function failed_step(what, secure, through)
  if not what.transport then return nil end
  if what.transport == "usage" then return "base" end
  if what.transport == "dns" then return "dns" end
  if not what.address then return "connect" end
  if not secure or what.timings.tls then return "answer" end
  return through and what.transport ~= "tls" and "proxy" or "tls"
end

--- How far it got: the steps that were taken, and the one that failed.
---@param report lash.cli.Report
---@param provider lash.Provider
---@param through? string
---@param what lash.http.Response|lash.http.Failure
---@return boolean arrived
local function tell_steps(report, provider, through, what)
  local host, times = regions.host(provider.api_base), what.timings
  local secure = provider.api_base:find "^[Hh][Tt][Tt][Pp][Ss]:" ~= nil
  local failed = failed_step(what, secure, through)
  local is_name = not host:find "^%[" and not host:find "^[%d.]+$"
  if is_name and times.dns then
    report:tell("ok", "dns", ("%s in %s"):format(through and "the proxy's name" or host, seconds(times.dns)))
  end
  if what.address then
    report:tell("ok", "connect", times.connect and ("%s in %s"):format(what.address, seconds(times.connect))
      or what.address)
  end
  if times.tls then report:tell("ok", "tls", "in " .. seconds(times.tls)) end
  if not failed then return true end
  local err = transport.error(what, provider.api_base)
  if err.kind ~= "timeout" and err.kind ~= "config" then err = errors.new("network", err.message) end
  err.hint = hint_for(failed, what, host, through)
  report:fail(failed, err)
  return false
end

---@param report lash.cli.Report
---@param provider lash.Provider
---@param response lash.http.Response
local function tell_answer(report, provider, response)
  local status = response.status
  local text = ("HTTP %d in %s"):format(status, seconds(response.timings.total))
  local simulated = fetch.header(response, "x-simulated")
  if simulated then text = ("%s from a simulated service (%s)"):format(text, simulated) end
  local base_hint = require("lash.hints").of("base", provider, "")
  if status == 407 then
    report:fail("answer", errors.new("network", text .. ": the proxy wants a name and a password"))
  elseif status >= 300 and status < 400 then
    report:tell("warn", "answer", ("%s: sent on to %s, and redirects are not followed"):format(text,
      fetch.header(response, "location") or "nowhere"), base_hint)
  elseif status == 404 or status == 405 or status == 410 then
    report:tell("warn", "answer", text .. ": a server, but perhaps not this interface", base_hint)
  elseif status >= 500 then
    report:tell("warn", "answer", text .. ": the server is there, and not well")
  else
    report:tell("ok", "answer", text .. ", asked without the key")
  end
end

--- Goes there and tells how it went.
---@async
---@param report lash.cli.Report
---@param provider lash.Provider  without its key
---@return boolean open  an answer came
function M.go(report, provider)
  local through, from = proxy.of(provider)
  if not tell_proxy(report, through, from) then return false end
  local limit = report:time()
  local response, failure = fetch.send {
    url = provider.api_base .. "/models",
    headers = { "User-Agent: lash/" .. require "lash.version", "Accept: application/json" },
    proxy = provider.proxy,
    ca = provider.ca or os.getenv "SSL_CERT_FILE",
    connect = math.min(chat.clocks.connect, limit),
    deadline = limit,
  }
  if not tell_steps(report, provider, through, response or failure) then return false end
  tell_answer(report, provider, response)
  look_at_clock(report, response)
  return true
end

return M
