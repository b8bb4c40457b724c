--- One plain HTTP request, waited for. Nothing is tried again, no redirect is
-- followed, every status is an answer. (Below us a GET, HEAD or OPTIONS without a
-- body may be sent twice, where the server closed a connection just then.)
local context = require "lash.context"
local core = require "lash.core.http"
local sched = require "lash.sched"

local M = {}

--- Begins it, where a test or a recording has nothing against it.
local function start(request)
  local trial = context.trial
  if not trial then return core.start(request) end
  local changed, refused = trial.request(request)
  if not changed then return nil, refused.message, refused.transport end
  local pending, message, code = core.start(changed)
  return pending and trial.watch(pending, changed), message, code
end

--- Sends a request and waits for its whole answer.
---@async
---@param request lash.http.Request
---@return lash.http.Response? response
---@return lash.http.Failure? failure  see transport.lua
function M.send(request)
  local pending <close>, message, code = start(request)
  if not pending then return nil, { transport = code, message = message, timings = {} } end
  while true do
    local kind, what = pending:pop()
    if kind == "done" then return what end
    if kind == "fail" then return nil, what end
    sched.wait(pending:id())
  end
end

--- The value of a header, the first of several; nil when there is none.
---@param response lash.http.Response
---@param name string  in lower case
---@return string?
function M.header(response, name)
  for _, header in ipairs(response.headers) do
    if header[1]:lower() == name then return header[2] end
  end
  return nil -- and not nothing at all
end

return M
