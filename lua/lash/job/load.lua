--- Reads the declaration of a job, without doing the work: its script runs up to what
-- it returns, and may not wait. What it prints is for the run that does the work.
local context = require "lash.context"
local errors = require "lash.errors"
local jobs = require "lash.job"
local output = require "lash.output"
local sched = require "lash.sched"
local script = require "lash.script"
local sys = require "lash.core.sys"

local HINT = "what waits (a model, a command, lash.http, lash.sleep) belongs into the job's `run` or `when`"

--- Calls the chunk of a script that may neither wait, nor print, nor end the run.
local function declare(chunk)
  local exit, on_print = os.exit, output.on_print
  local _restore <close> = setmetatable({}, { __close = function()
    local ok, err = pcall(output.flush)
    os.exit, output.on_print, output.muted = exit, on_print, false -- luacheck: ignore 122
    if not ok then error(err, 0) end
  end })
  output.on_print, output.muted = nil, true
  ---@diagnostic disable-next-line: duplicate-set-field
  os.exit = function() -- luacheck: ignore 122
    errors.raise("usage", context.script .. " ended before it returned a job", { hint = HINT })
  end
  local refusal = errors.new("usage", context.script .. " waits before it returns its job", { hint = HINT })
  return sched.without_waiting(refusal, chunk)
end

--- The job of a script, whose folder becomes the current one. Raises: `input` when the
--- file is not there, `usage` when it returns no job, and what its text is wrong with.
---@param path string
---@return lash.Job
return function(path)
  local real, message = sys.realpath(path)
  if not real then errors.raise("input", message) end
  local chunk = script.open(real)
  arg = { [0] = real } -- luacheck: ignore 121
  local ok
  ok, message = sys.chdir(context.script_dir)
  if not ok then errors.raise("input", message) end
  local declared, job = xpcall(declare, errors.located, chunk)
  if not declared and errors.is(job) and job.missing then -- the command of a job has none
    errors.raise("usage", ("%s returns no job: %s"):format(path, job.message),
      { hint = "a job is started without arguments" })
  end
  if not declared then error(job, 0) end
  if not jobs.is(job) then
    errors.raise("usage", ("%s returns no job"):format(path),
      { hint = jobs.made and "it makes one: put `return` before lash.job" or 'return lash.job { name = …, … }' })
  end
  job.path, job.policy = real, context.policy
  return job
end
