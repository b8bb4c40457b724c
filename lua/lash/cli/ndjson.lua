--- --json: the events of all runs as lines of JSON on stdout; a script's `print`
-- becomes an event. Each run ends with a `done` that has its `result`; the last
-- line of all is a `done` with `exit` and `kind`.
local context = require "lash.context"
local errors = require "lash.errors"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local output = require "lash.output"

local M = {}

local began

local function plain_error(err)
  return { kind = err.kind, message = err.message, hint = err.hint, status = err.status, code = err.code,
    request_id = err.request_id, temporary = err.temporary }
end

--- What of an event is told: no record of a run twice.
local function told(ev)
  local copy = {}
  for k, v in pairs(ev) do copy[k] = v end
  if errors.is(copy.error) then copy.error = plain_error(copy.error) end
  if copy.result then
    local run = copy.result
    copy.result = { text = run.text, value = run.value, finish_reason = run.finish_reason, model = run.model,
      turns = run.turns, usage = run.usage, cost = run.cost, seconds = run.seconds }
  end
  return copy
end

local function line(ev)
  if ev.t then ev.t = math.floor(ev.t * 1e6 + 0.5) / 1e6 end
  local text, message = json.encode(ev)
  output.write((text or json.encode { type = "error", message = message }) .. "\n")
end

--- Sends everything that happens from now on to stdout as lines of JSON.
function M.install()
  began = loop.now()
  context.on_event = function(ev)
    line(told(ev))
  end
  output.on_print = function(text) line { type = "output", t = loop.now() - began, text = text } end
end

--- The last line.
---@param exit integer
---@param err? any
function M.done(exit, err)
  local ev = { type = "done", t = loop.now() - began, exit = exit, kind = exit == 0 and "ok" or "exit" }
  if errors.is(err) then
    ev.kind, ev.error = err.kind, plain_error(err)
  elseif err ~= nil then
    ev.kind, ev.error = "internal", { kind = "internal", message = errors.text(err) }
  end
  pcall(line, ev)
end

return M
