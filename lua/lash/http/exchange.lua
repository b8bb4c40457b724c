--- A request until its answer: redirects, further attempts, within a time.
local errors = require "lash.errors"
local fetch = require "lash.fetch"
local headers = require "lash.http.headers"
local loop = require "lash.core.loop"
local responses = require "lash.http.response"
local retry = require "lash.retry"
local sched = require "lash.sched"
local sys = require "lash.core.sys"
local task = require "lash.task"
local transport = require "lash.transport"
local urls = require "lash.http.url"

local M = {}

local CONNECT = 10 -- seconds
local MOST_REDIRECTS = 5
local REDIRECTS = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }

local CHANGES_NOTHING = { GET = true, HEAD = true, OPTIONS = true }

local OF_THE_FILE = { missing = true, io = true, full = true, permission = true, readonly = true }

---@class lash.http.Job  what is to be sent
---@field method string
---@field url lash.http.Url
---@field headers lash.http.Header[]
---@field body? string
---@field timeout number  seconds, all in all
---@field retry integer  attempts after the first
---@field max_bytes integer
---@field file? string  for the body
---@field visit? fun(url: lash.http.Url): "any"|"public"|nil, lash.Error?  may this be asked? Its time does not count
---@field mute? boolean  errors do not say what the server says

--- The error of a failure below HTTP.
local function failed(failure, job)
  local err = transport.error(failure, urls.text(job.url), failure.status ~= nil)
  local code = failure.transport
  if code == "usage" then
    err = errors.new("usage", failure.message) -- it was the script that asked for it
  elseif code == "deadline" then
    err.hint = ("timeout is %g s"):format(job.timeout)
  elseif code == "toobig" then
    err.hint = ("max_bytes is %d"):format(job.max_bytes)
  elseif OF_THE_FILE[code] then
    err = errors.new(failure.url and "io" or "output", failure.message)
  end
  if failure.status then
    err.status, err.response = failure.status, responses.new(failure, urls.text(job.url))
  end
  return err
end

--- Sends the request once, to where it stands now.
---@param job lash.http.Job
---@param clock { deadline: number }
---@return lash.http.Response?
---@return lash.Error?
local function send(job, clock)
  local addresses, err = "any", nil
  if job.visit then
    local began = loop.now()
    addresses, err = job.visit(job.url)
    clock.deadline = clock.deadline + loop.now() - began
  end
  if not addresses then return nil, err end
  local response, failure = fetch.send {
    url = urls.text(job.url),
    method = job.method,
    headers = headers.lines(job.headers),
    body = job.body,
    ca = os.getenv "SSL_CERT_FILE",
    addresses = addresses,
    max_bytes = job.max_bytes,
    file = job.file,
    connect = CONNECT,
    deadline = math.max(clock.deadline - loop.now(), 0.001),
  }
  if not response then return nil, failed(failure, job) end
  return response
end

local function changed(job, fields)
  local copy = {}
  for key, value in pairs(job) do copy[key] = value end
  for key, value in pairs(fields) do copy[key] = value end
  return copy
end

--- What a redirect makes of a request; or nil, why it is not followed, a hint.
---@param job lash.http.Job
---@param response lash.http.Response
---@return lash.http.Job?
---@return string? refusal
---@return string? hint
local function redirected(job, response)
  local location = fetch.header(response, "location")
  if not location then return nil, "it does not say where to" end
  local target, message = urls.join(job.url, location)
  if not target then return nil, "it leads nowhere: " .. message end
  local simple = job.method == "GET" or job.method == "HEAD"
  if not simple and response.status ~= 303 then
    return nil, ("it leads to %s, and no %s is sent twice"):format(urls.shown(target), job.method),
      "if that address is right, send it there"
  end
  if job.url.scheme == "https" and target.scheme == "http" then
    return nil, ("it leads from https to %s"):format(urls.shown(target)), "http is read, and changed, on its way"
  end
  local kept = urls.same_site(job.url, target) and job.headers or headers.without_secrets(job.headers)
  local next_job = changed(job, { url = target, headers = kept })
  if not simple then
    next_job.method, next_job.body, next_job.headers = "GET", nil, headers.without_body(kept)
  end
  return next_job
end

--- Sends the request, and goes on where redirects lead.
---@return lash.HttpResponse?
---@return lash.Error? err  also where the answer is no success
local function follow(job, clock)
  for n = 0, MOST_REDIRECTS do
    local answer, err = send(job, clock)
    if not answer then return nil, err end
    local response = responses.new(answer, urls.text(job.url))
    if response.ok then return response end
    local next_job, refusal, hint
    if REDIRECTS[response.status] then next_job, refusal, hint = redirected(job, answer) end
    if next_job and n == MOST_REDIRECTS then
      next_job, refusal = nil, ("more than %d redirects"):format(MOST_REDIRECTS)
    end
    if not next_job then
      return response, responses.error(job.method, response, {
        refusal = refusal,
        hint = hint,
        mute = job.mute,
        retry_after = answer.retry_after and math.min(answer.retry_after, retry.FOREVER),
      })
    end
    job = next_job
  end
end

--- Sends a request, and again where that may help: failures below HTTP, 429, 5xx.
---@async
---@param job lash.http.Job
---@return lash.HttpResponse? response  whatever its status
---@return lash.Error? err  also where the answer is no success
function M.send(job)
  if sys.getenv "LASH_VERIFY" and (job.visit or not CHANGES_NOTHING[job.method]) then
    require("lash.rehearsal").reach(("%s %s"):format(job.method, urls.shown(job.url)))
  end
  local clock = { deadline = loop.now() + job.timeout }
  local attempt = 1
  while true do
    local response, err = follow(job, clock)
    if not err then return response end
    err.attempts = attempt
    if attempt > 1 then err.hint = err.hint or ("tried %d times"):format(attempt) end
    if not err.temporary or err.kind == "timeout" or attempt > job.retry then return response, err end
    local delay = retry.delay(attempt, err)
    if not retry.fits(delay, err, math.min(clock.deadline, task.deadline() or math.huge)) then return response, err end
    require("lash.log").info(("%s; again in %.1f s"):format(err.message, delay))
    sched.sleep(delay)
    attempt = attempt + 1
  end
end

return M
