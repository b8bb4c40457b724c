--- --json: the events of all runs as lines of JSON on stdout; a script's `print`
-- becomes an event. Each run ends with a `done` that has its `result`; the last
-- line of all is a `done` with `exit` and `kind`. docs/events.md describes them.
local context = require "lash.context"
local errors = require "lash.errors"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local output = require "lash.output"

local M = {}

local began = loop.now() -- an interrupt may end the run before it begins

local function plain_error(err)
  return { kind = err.kind, message = err.message, hint = err.hint, status = err.status, code = err.code,
    request_id = err.request_id, retry_after = err.retry_after, attempts = err.attempts, temporary = err.temporary }
end

--- What of an event is told: nothing of a run a second time but its text.
local function told(ev)
  local copy = {}
  for k, v in pairs(ev) do copy[k] = v end
  if errors.is(copy.error) then copy.error = plain_error(copy.error) end
  if copy.result then
    local run = copy.result
    copy.result = { text = run.text, finish_reason = run.finish_reason, model = run.model, turns = run.turns,
      usage = run.usage, cost = run.cost, seconds = run.seconds, denied = #run.denied > 0 and run.denied or nil }
    if run.value ~= run.text then copy.result.value = run.value end
  end
  return copy
end

local function microseconds(seconds) return seconds and math.floor(seconds * 1e6 + 0.5) / 1e6 end

local function line(ev)
  ev.t, ev.seconds = microseconds(ev.t), microseconds(ev.seconds)
  if ev.result then ev.result.seconds = microseconds(ev.result.seconds) end
  local text, message = json.encode(ev)
  if not text then -- what was nested as deeply as can be is one level deeper here
    ev.arguments = ev.arguments and message
    if ev.result then ev.result.value = message end
    text = assert(json.encode(ev))
  end
  output.write_json(text)
end

--- Texts that are being streamed, by run: a secret in them may be cut anywhere.
local open = {} ---@type table<string, { event: table, redact: fun(piece?: string): string }>

--- Ends the text of a run: what was kept of it goes out.
local function close(run)
  local text = open[run]
  open[run] = nil
  local rest = text and text.redact() or ""
  if rest ~= "" then
    text.event.text = rest
    line(text.event)
  end
end

local function on_event(ev)
  local text = open[ev.run]
  if text and text.event.type ~= ev.type then close(ev.run) end
  if ev.type ~= "text" and ev.type ~= "thinking" then return line(told(ev)) end
  text = open[ev.run] or { redact = require("lash.secrets").redactor() }
  open[ev.run] = text
  text.event = told(ev)
  text.event.text = text.redact(ev.text)
  if text.event.text ~= "" then line(text.event) end
end

--- Sends everything that happens from now on to stdout as lines of JSON.
function M.install()
  context.on_event = on_event
  output.on_print = function(text) line { type = "output", t = loop.now() - began, text = text } end
end

--- The texts that are being streamed have ended.
function M.finish()
  for run in pairs(open) do pcall(close, run) end
end

--- The last line.
---@param exit integer
---@param err? any
function M.done(exit, err)
  M.finish()
  local ev = { type = "done", t = loop.now() - began, exit = exit, kind = exit == 0 and "ok" or "exit" }
  if errors.is(err) then
    ev.kind, ev.error = err.kind, plain_error(err)
  elseif err ~= nil then
    ev.kind, ev.error = "internal", { kind = "internal", message = errors.text(err) }
  end
  pcall(line, ev)
  output.on_print = output.note -- of finalizers
end

return M
