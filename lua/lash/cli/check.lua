--- lash check [--live [--tools]]: is this machine ready? One line a finding.
--
-- check/setup.lua looks at the configuration and the machine, check/way.lua goes
-- to the service without the key, check/live.lua asks the model. A finding that
-- fails ends nothing: what can still be looked at is.
local context = require "lash.context"
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"
local output = require "lash.output"
local sys = require "lash.core.sys"

local STEP = 30 -- seconds that a step over the network may take
local GRACE = 1 -- seconds after --timeout in which a step can say that it is late

---@class lash.cli.Report
---@field private began number
---@field private deadline? number  of --timeout, seconds of the monotonic clock
---@field private first? lash.Error  of the first finding that failed
---@field private failures table<string, true>
local Report = {}
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

---@param found table  of the options
---@return integer exit
return function(found)
  if found.words[1] then
    errors.raise("usage", ("lash check takes options only, not '%s'"):format(found.words[1]),
      { hint = "lash check [--live [--tools]]" })
  elseif found.tools and not found.live then
    errors.raise("usage", "--tools needs --live", { hint = "both ask the model, and cost a little" })
  end
  local report = setmetatable({ began = loop.now(), failures = {} }, Report)
  local seconds = found.timeout and require("lash.duration").seconds(found.timeout, "--timeout") or 0
  if seconds > 0 then
    report.deadline = report.began + seconds
    interrupt.deadline(seconds + GRACE)
  end
  local setup = require("lash.cli.check.setup").look(report)
  local open = setup.way and require("lash.cli.check.way").go(report, setup.way)
  if found.live then
    local live = require "lash.cli.check.live"
    if open and setup.provider and setup.settings then
      live.ask(report, setup, found.tools)
    else
      report:tell("warn", "live", "not tried: see above")
    end
  end
  if report.first then error(report.first, 0) end
  return 0
end
