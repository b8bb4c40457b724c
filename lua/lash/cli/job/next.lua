--- lash job next [-n N] FILE: coming times, one a line, in the job's zone.
local errors = require "lash.errors"
local options = require "lash.cli.options"
local output = require "lash.output"
local schedule = require "lash.schedule"
local sys = require "lash.core.sys"

local MOST = 100000

---@type table<string, lash.cli.Option>
local OPTIONS = {
  ["-n"] = { value = "N", set = function(found, value)
    local n = math.tointeger(tonumber(value))
    if not n or n < 1 or n > MOST then
      errors.raise("usage", ("-n: expected an integer from 1 to %d, got '%s'"):format(MOST, value))
    end
    found.n = n
  end },
  help = { set = function(found) found.help = true end },
}

---@param argv string[]
---@return integer exit
return function(argv)
  local found = { words = {}, n = 1 }
  options.read(argv, 1, OPTIONS, found, true)
  if found.problem then error(found.problem, 0) end
  if found.help then return require "lash.cli.help" { "job" } end
  if #found.words ~= 1 then
    errors.raise("usage", "lash job next: " .. (#found.words == 0 and "which file?" or "one file at a time"),
      { hint = "usage: lash job next [-n N] FILE" })
  end
  local job = require "lash.job.load"(found.words[1])
  local t = math.floor(sys.wall())
  for i = 1, found.n do
    t = job.schedule:next(t)
    if not t then
      if i > 1 then break end
      errors.raise("input", ("the job '%s' has no time to come: %s"):format(job.name, job.schedule.text))
    end
    output.write(schedule.format(t, job.schedule.zone) .. "\n")
  end
  return 0
end
