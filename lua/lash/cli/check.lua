--- lash check [--live [--tools]]: is this machine ready? One line a finding.
--
-- check/setup.lua looks at the configuration and the machine, check/way.lua goes
-- to the service without the key, check/live.lua asks the model. A finding that
-- fails ends nothing: what can still be looked at is.
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"

local GRACE = 1 -- seconds after --timeout in which a step can say that it is late

---@param found table  of the options
---@return integer exit
return function(found)
  if found.words[1] then
    errors.raise("usage", ("lash check takes options only, not '%s'"):format(found.words[1]),
      { hint = "lash check [--live [--tools]]" })
  elseif found.tools and not found.live then
    errors.raise("usage", "--tools needs --live", { hint = "both ask the model, and cost a little" })
  end
  local seconds = found.timeout and require("lash.duration").seconds(found.timeout, "--timeout") or 0
  if seconds > 0 then interrupt.deadline(seconds + GRACE) end
  local report = require("lash.cli.check.report").new(seconds > 0 and seconds or nil)
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
  return report:done()
end
