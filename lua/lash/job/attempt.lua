--- One attempt at the work of a job, in a process of its own: whatever becomes of that,
-- a deadline, a signal, a crash, this one is there to tell. All that it started ends
-- with it (src/sys/launch.c).
--
-- How it ended it writes into a file, which stays until that is settled.
local errors = require "lash.errors"
local json = require "lash.core.json"
local run = require "lash.exec.run"
local states = require "lash.job.state"
local sys = require "lash.core.sys"

local M = {}

local PROGRAM = "/proc/self/exe"
local LARGEST = 1 << 20 -- bytes of a report

--- Seconds beyond the deadline until the process is killed: the attempt ends by itself
--- when it can, after its own clean-up.
local GRACE = 7

--- What an attempt is told.
---@class lash.job.Info
---@field name string
---@field due integer
---@field time string  the due time, as `--due` has it
---@field started number
---@field attempt integer
---@field last lash.job.Last
---@field found any
---@field left? number  seconds until the deadline
---@field run? string  id of the history's line to which it writes
---@field spent? { usd: number, tokens: integer, calls: integer }  by a run for this due time that was lost
---@field log boolean  is the end of the output wanted?

--- How an attempt ended.
---@class lash.job.Report
---@field exit integer
---@field err? lash.Error  nil: it is done
---@field run? string  id of the workflow's run
---@field log? string
---@field lost boolean  its process has told nothing

--- Where its report is.
---@param name string  of the job
---@return string
function M.path(name) return states.path(name, "report") end

--- The report was settled.
---@param job lash.Job
function M.forget(job) os.remove(M.path(job.name)) end

local function environment()
  local list = {}
  for name, value in pairs(sys.environ()) do list[#list + 1] = name .. "=" .. value end
  return list
end

--- What the attempt has told of itself; without an `exit`: it has not ended.
local function read(job)
  local told = json.decode(sys.read_file(M.path(job.name), LARGEST) or "null")
  return type(told) == "table" and told or {}
end

--- The error that it tells of.
local function error_told(job, told)
  if told.exit == 0 then
    return nil
  elseif told.deadline and job.timeout then
    return errors.new("timeout", ("not done within %g s"):format(job.timeout), { temporary = false })
  elseif told.kind then
    return errors.new(told.kind, told.message or "", { exit = told.exit, temporary = told.temporary,
      retry_after = told.retry_after, question = told.question })
  end
  return errors.new("exit", ("the script ended with status %d"):format(told.exit), { exit = told.exit,
    temporary = false })
end

--- The error behind the end of its process.
local function error_of(job, result, told)
  if told.exit == result.code then
    return error_told(job, told)
  elseif result.timed_out or result.code == errors.kinds.timeout.exit and job.timeout then
    return error_told(job, { deadline = true, exit = errors.kinds.timeout.exit })
  elseif result.signal then
    return errors.new("internal", "its process was ended by " .. result.signal)
  elseif told.exit == 0 and result.code == errors.kinds.io.exit then
    return errors.new("io", "a file that the work left open could not be written")
  end
  return errors.new("internal", ("its process ended with status %d, and did not say why"):format(result.code),
    { exit = result.code ~= 0 and result.code or nil })
end

--- How an attempt ended that an earlier process has made; nil: it did not say.
---@param job lash.Job
---@param begun lash.job.Begun
---@return lash.job.Report?
function M.report(job, begun)
  local told = read(job)
  if not math.tointeger(told.exit) or told.due ~= begun.due or told.attempt ~= begun.attempt then return nil end
  local err = error_told(job, told)
  return { exit = err and err.exit or 0, err = err, run = told.run, log = told.log, lost = false }
end

--- Makes an attempt, and waits for its end.
---@async
---@param job lash.Job
---@param info lash.job.Info
---@param options string[]  of the command line, for the script
---@return lash.job.Report
function M.make(job, info, options)
  M.forget(job)
  local _, message = json.encode({ found = info.found }, nil, true)
  if message then
    errors.raise("usage", ("lash.job '%s': what `when` returns cannot be handed on: %s"):format(job.name,
      message:gsub("^%$%.?", "")), { hint = "text, numbers, booleans and tables of them can" })
  end
  local argv = table.move(options, 1, #options, 2, { PROGRAM })
  table.move({ "job", "work", job.path }, 1, 3, #argv + 1, argv)
  local result = run.run(argv, { env = environment(), max_output = 2, shares_output = true,
    stdin = json.encode(info, nil, true), timeout = info.left and info.left + GRACE })
  local told = read(job)
  local err = error_of(job, result, told)
  return { exit = err and err.exit or 0, err = err, run = told.run, log = told.log, lost = told.exit == nil }
end

return M
