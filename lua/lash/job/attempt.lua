--- One attempt at the work of a job, in a process of its own: whatever becomes of that,
-- a deadline, a signal, a crash, this one is there to tell. All that it started ends
-- with it (src/sys/launch.c).
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
---@field started number
---@field attempt integer
---@field last lash.job.Last
---@field found any
---@field left? number  seconds until the deadline
---@field run? string  id of the history's line to which it writes
---@field spent? { usd: number, tokens: integer, calls: integer }
---@field report string  the file for its report
---@field log boolean  is the end of the output wanted?
---@field words string[]  the command with which a person begins, or goes on with, this run

--- How an attempt ended.
---@class lash.job.Report
---@field exit integer
---@field err? lash.Error  nil: it is done
---@field run? string  id of the workflow's run
---@field log? string
---@field lost boolean  its process has told nothing

local function environment()
  local list = {}
  for name, value in pairs(sys.environ()) do list[#list + 1] = name .. "=" .. value end
  return list
end

--- The error behind an exit status, as far as the process could tell.
local function error_of(result, report, job)
  local of_run = not report.kind or (report.message or ""):find "deadline of the run"
  if result.signal and not result.timed_out then
    return errors.new("internal", "its process was ended by " .. result.signal)
  elseif job.timeout and result.code == errors.kinds.timeout.exit and of_run then
    return errors.new("timeout", ("not done within %g s"):format(job.timeout or 0), { temporary = false })
  elseif report.exit ~= result.code then
    return errors.new("internal", ("its process ended with status %d"):format(result.code), { exit = result.code })
  elseif report.kind then
    return errors.new(report.kind, report.message or "", { exit = report.exit, temporary = report.temporary,
      retry_after = report.retry_after })
  end
  return errors.new("exit", ("the script ended with status %d"):format(report.exit), { exit = report.exit,
    temporary = false })
end

--- Makes an attempt, and waits for its end.
---@async
---@param job lash.Job
---@param info lash.job.Info
---@param options string[]  of the command line, for the script
---@return lash.job.Report
function M.make(job, info, options)
  info.report = states.path(job.name, "report")
  os.remove(info.report)
  local text, message = json.encode(info, nil, true)
  if not text then
    errors.raise("usage", ("lash.job '%s': what `when` returns cannot be handed on: %s"):format(job.name,
      message:gsub("^%$%.?", "")), { hint = "text, numbers, booleans and tables of them can" })
  end
  local argv = table.move(options, 1, #options, 2, { PROGRAM })
  table.move({ "job", "work", job.path }, 1, 3, #argv + 1, argv)
  local result = run.run(argv, { env = environment(), max_output = 2, shares_output = true, stdin = text,
    timeout = info.left and info.left + GRACE })
  local report = json.decode(sys.read_file(info.report, LARGEST) or "null")
  os.remove(info.report)
  if type(report) ~= "table" then report = {} end
  local done = result.code == 0 and report.exit == 0
  local err = not done and error_of(result, report, job) or nil
  return { exit = err and err.exit or 0, err = err, run = report.run, log = report.log,
    lost = report.exit == nil }
end

return M
