--- Findings, one line each, and what becomes of the run: lash check, lash job verify.
local context = require "lash.context"
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local output = require "lash.output"
local sys = require "lash.core.sys"

local M = {}

local STEP = 30 -- seconds that a step over the network may take

---@class lash.cli.Report
---@field lack "warn"|"fail"  the state of what somebody who is there can live with
---@field private began number
---@field private deadline? number  of --timeout, seconds of the monotonic clock
---@field private first? lash.Error  of the first finding that failed
---@field private failures table<string, true>
local Report = { lack = "warn" }
Report.__index = Report

--- The user's own folder as people write it.
local function short(text)
  local home = sys.home()
  if not home or #home < 2 then return text end
  return (text:gsub(home:gsub("%p", "%%%0") .. "/", "~/"))
end

--- Tells one finding. `config`: what to put into config.json.
---@param state "ok"|"warn"|"fail"
---@param name string
---@param message string
---@param hint? string
---@param config? table
function Report:tell(state, name, message, hint, config)
  if context.json then
    return context.on_event { type = "finding", t = loop.now() - self.began, state = state, name = name,
      message = message, hint = hint, config = config }
  end
  if context.quiet and state ~= "fail" then return end
  local text = ("%-4s  %-9s %s\n"):format(state, name, output.one_line(short(message)))
  if hint then text = text .. ("      hint: %s\n"):format(output.one_line(short(hint))) end
  output.write(output.visible(text))
end

--- Tells a failure; the first of all becomes the end of the run. One that was
--- told already is not told again under another name.
---@param name string
---@param err lash.Error
function Report:fail(name, err)
  if self.failures[err.message] then return end
  self.failures[err.message] = true
  local kind = err.kind
  if kind == "timeout" and not self.deadline then kind = "network" end -- nobody had set it
  self.first = self.first or errors.new(kind, ("%s: %s"):format(name, err.message),
    { hint = err.hint, status = err.status, code = err.code, request_id = err.request_id, quiet = true })
  self:tell("fail", name, err.message, err.hint)
end

--- Seconds for the next step.
---@return number
function Report:time()
  if not self.deadline then return STEP end
  return math.max(0.001, self.deadline - loop.now())
end

--- All is told: raises the first failure.
---@return integer exit
function Report:done()
  if self.first then error(self.first, 0) end
  return 0
end

--- Begins a report.
---@param seconds? number  until its deadline
---@return lash.cli.Report
function M.new(seconds)
  local began = loop.now()
  return setmetatable({ began = began, deadline = seconds and began + seconds, failures = {} }, Report)
end

return M
