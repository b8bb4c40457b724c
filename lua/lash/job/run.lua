--- One run of a job, for a due time: its attempts, each a process (job/attempt.lua); then
-- the state, the history, the ping and `fail.run`. For the process with the job's lock.
--
-- Before the work `begun` stands in the state, and behind it how that went. Where the
-- process is killed in between, the next tick settles it: by the report of the attempt,
-- if there is one.
local alarm = require "lash.job.alarm"
local attempts = require "lash.job.attempt"
local errors = require "lash.errors"
local journals = require "lash.journal"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local schedule = require "lash.schedule"
local states = require "lash.job.state"
local sys = require "lash.core.sys"

local M = {}

--- Errors after which the next tick goes on with the run of a workflow.
local GOES_ON = { waiting = true, unsettled = true, interrupted = true }

---@class lash.job.Run
---@field recorded boolean  how the tick ends is, or will be, in the history
---@field private tried boolean  an attempt was begun
---@field private question? string  with which it waits
---@field private job lash.Job
---@field private state lash.job.State
---@field private options string[]
---@field private spent? { usd: number, tokens: integer, calls: integer }  by a run for this due time that was lost
local Run = {}
Run.__index = Run

---@param job lash.Job
---@param state lash.job.State  which it changes
---@param options string[]  of the command line, for the script
---@return lash.job.Run
function M.new(job, state, options)
  return setmetatable({ job = job, state = state, options = options, recorded = false, tried = false }, Run)
end

function Run:_remember() states.write(self.job.name, self.state) end

--- How the run that has begun has ended becomes what is remembered.
---@param report lash.job.Report
function Run:_settle(report)
  local state, err, begun = self.state, report.err, self.state.begun
  if not begun then return end
  state.last = { started = begun.started, ended = sys.wall(), exit = report.exit,
    kind = err and err.kind or "ok" }
  state.begun = nil
  self.question = err and err.kind == "waiting"
    and ("%d %s"):format(begun.due, sys.sha256(err.question or err.message)) or nil
  if self.question and self.question == state.question then err.quiet = true end -- an earlier tick has told it
  local goes_on = self.job:is_workflow() and err and (report.lost or GOES_ON[err.kind])
  if goes_on then
    state.open = begun.due
  elseif state.open == begun.due then
    state.open = nil
  end
  if not err or err.kind ~= "waiting" then state.failures = err and state.failures + 1 or 0 end
  self:_remember()
  attempts.forget(self.job)
end

--- The question with which it waits has been told: the ticks to come need not.
function Run:told()
  self.state.question = self.question
  self:_remember()
end

--- Pings; `waiting` is no failure.
---@async
---@param report lash.job.Report
---@param start? lash.Task
function Run:_ping(report, start)
  local job, err = self.job, report.err
  if not job.ping then return end
  if start then start:join() end
  local failed = err and err.kind ~= "waiting"
  local body = (err and ("%s: %s: %s\n"):format(job.name, err.kind, err.message) or "") .. (report.log or "")
  local ping = alarm.ping(job.ping, failed and "fail" or nil, body)
  if ping then ping:join() end
end

--- Runs `fail.run` when it is time to, once for failures in a row.
---@async
---@param err? lash.Error
function Run:_alarm(err)
  local job, state = self.job, self.state
  if not job.fail or err and err.kind == "waiting" then return end
  local wanted = err and state.failures >= job.fail.after or not err and state.alarmed
  if not wanted or err and state.alarmed then return end
  local ok = alarm.run(job, err and "failing" or "recovered", err, state.failures)
  state.alarmed = err ~= nil and ok -- one that could not run is tried again
  self:_remember()
end

--- An attempt; what is wrong with making it is its failure.
---@async
---@param info lash.job.Info
---@return lash.job.Report
function Run:_try(info)
  self.tried = true
  local ok, report = pcall(attempts.make, self.job, info, self.options)
  if ok then return report end
  if not errors.is(report) or sched.stands(report) or errors.ends_run(report) then error(report, 0) end
  return { exit = report.exit, err = report, lost = report.kind == "process" } -- else it never began
end

--- Attempts, until one is done, or has failed for good.
---@async
---@param info lash.job.Info
---@return lash.job.Report
function Run:_attempt(info)
  local job, retry = self.job, require "lash.retry"
  local deadline = job.timeout and loop.now() + job.timeout
  while true do
    info.left = deadline and math.max(0.001, deadline - loop.now())
    local report = self:_try(info)
    local err = report.err
    if not err or not (err.temporary or report.lost) or info.attempt > job.retry then return report end
    local delay = retry.delay(info.attempt, err)
    if deadline and loop.now() + delay >= deadline then return report end
    sched.sleep(delay)
    info.attempt = info.attempt + 1
    self.state.begun.attempt = info.attempt
    self:_remember()
  end
end

--- Does the work for a due time; its error, if it failed.
---@async
---@param due integer
---@param found any
---@param attempt integer
---@param failure? lash.Error  of what comes before the work
---@return lash.Error?
function Run:work(due, found, attempt, failure)
  local job, state = self.job, self.state
  local info = { name = job.name, due = due, time = schedule.format(due, job.schedule.zone),
    started = sys.wall(), attempt = attempt, last = state.last, found = found, log = job.ping ~= nil,
    spent = self.spent }
  self.recorded, self.tried = true, false
  if failure or not job:is_workflow() then
    info.run = journals.begin_job(job.name).id
  elseif journals.current() then -- of `when`
    info.spent = require "lash.journal.spent"(journals.current().id)
  end
  local before, report, is_over = state.due, nil, false
  local _end <close> = setmetatable({}, { __close = function(_, err)
    if err == nil or is_over then return end -- this process is being ended
    err = errors.is(err) and err or errors.new("internal", errors.text(err))
    if not report and not self.tried then -- the next tick does it
      state.begun, state.due = nil, before
      states.take_back(state, due)
      self:_remember()
    else
      self:_settle(report or { exit = err.exit, err = err })
    end
    journals.begin_job(job.name)
    journals.finish(err.exit, err)
  end })
  state.due = math.max(due, state.due or due)
  state.begun = { due = due, started = info.started, attempt = attempt, run = info.run }
  self:_remember()
  local start = not failure and alarm.ping(job.ping, "start") or nil
  report = failure and { exit = failure.exit, err = failure } or self:_attempt(info)
  self:_settle(report)
  if not info.run and not report.run and report.err then journals.begin_job(job.name) end -- it has no history
  journals.finish(report.exit, report.err)
  is_over = true
  self:_ping(report, start)
  self:_alarm(report.err)
  return report.err
end

--- Settles a run whose process is gone. Without a report of its work it counts as an
--- attempt that failed.
---@async
---@return lash.Error? failed  for good
---@return integer? attempt  which comes next, when it is to be made again
---@return integer? due
function Run:settle_lost()
  local job, begun = self.job, self.state.begun
  if not begun then return nil end
  local report = attempts.report(job, begun)
  if not report then
    report = { exit = errors.kinds.internal.exit, lost = true, err = errors.new("internal",
      ("the run for %s was cut off: its process was killed, or the machine went down"):format(
        schedule.format(begun.due, job.schedule.zone))) }
  end
  local again = report.lost and not job:is_workflow() and begun.attempt <= job.retry
  if again and begun.run then self.spent = require "lash.journal.spent"(begun.run) end
  self:_settle(report)
  if again then return nil, begun.attempt + 1, begun.due end
  self:_ping(report)
  self:_alarm(report.err)
  return report.err
end

return M
