--- `lash job run FILE` as `lash job verify` starts it: notes what it finds, and says nothing.
local errors = require "lash.errors"
local rehearsal = require "lash.rehearsal"

--- Findings of lash check that become notes.
local Notes = { lack = "fail" }
Notes.__index = Notes

function Notes:tell(state, name, message, hint)
  if state == "fail" then return self:fail(name, errors.new("config", message, { hint = hint })) end
  rehearsal.note { type = "finding", state = state, name = name, message = message, hint = hint }
end

function Notes:fail(name, err) -- luacheck: no self
  rehearsal.note { type = "finding", state = "fail", name = name, message = err.message, hint = err.hint,
    kind = err.kind }
end

---@async
---@param path string
---@return integer exit
return function(path)
  require("lash.job.rehearsal").run(path, function() require("lash.cli.check.setup").look(setmetatable({}, Notes)) end)
  return 0
end
