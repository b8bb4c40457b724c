--- lash job describe KIND NAME COMMAND: what the script of an installed job says now, as a
-- line of JSON; what `lash job list` starts for each, with the variables that the job has.
-- COMMAND is as job/command.lua writes it for a shell.
local command = require "lash.job.command"
local errors = require "lash.errors"
local installed = require "lash.job.installed"
local json = require "lash.core.json"

---@class lash.cli.job.Answer
---@field described? lash.job.Described
---@field problem? string  why it cannot be read
---@field last? lash.job.Last

---@param argv string[]
---@return integer exit
return function(argv)
  local entry = { kind = argv[1], name = argv[2], command = command.read(argv[3] or "") }
  if not entry.command or #argv ~= 3 then
    errors.raise("usage", "lash job describe: only `lash job list` calls it", { hint = "lash job list" })
  end
  require("lash.schedule.zone").leave_tz()
  local answer = { last = installed.last(entry.name) }
  local ok, result = pcall(function()
    return installed.describe(entry, require "lash.job.load"(entry.command.script))
  end)
  if ok then
    answer.described = result
  else
    answer.problem = errors.is(result) and result.message or errors.text(result)
  end
  require("lash.output").write("\n" .. json.encode(answer) .. "\n") -- behind what the script may have written
  return 0
end
