--- `lash job run`: what the timer calls. Works for the latest due time that is not
-- done; when there is none it leaves silently. Correct under whatever calls it, as
-- often as it likes.
--
--     lock of the due time -> is it done? -> lock of the job -> when -> jitter
--         -> attempts (job/attempt.lua), each a process -> the state, the history, ping, fail.run
--
-- The lock of the due time tells two ticks of the same one from two that overlap. A
-- process that is killed leaves `begun` in the state: the next tick settles it.
local alarm = require "lash.job.alarm"
local errors = require "lash.errors"
local journals = require "lash.journal"
local loop = require "lash.core.loop"
local output = require "lash.output"
local sched = require "lash.sched"
local schedule = require "lash.schedule"
local states = require "lash.job.state"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

--- Errors after which the next tick goes on with the run of a workflow.
local GOES_ON = { waiting = true, unsettled = true, interrupted = true }

local PAUSE = 0.2 -- seconds between two looks whether the job is free
local LATE = 60 -- seconds; a tick that comes later than this, and the jitter, has missed its time
local KILLED = 137 -- exit status of SIGKILL, as shells have it

--- The delay of a job on this machine: the same each time.
---@param job lash.Job
---@return number seconds
function M.jitter(job)
  if job.jitter == 0 then return 0 end
  local machine = sys.read_file("/etc/machine-id", 4096) or sys.read_file("/proc/sys/kernel/hostname", 4096) or ""
  local number = tonumber(sys.sha256(("%s %s"):format(machine, job.name)):sub(1, 12), 16)
  return job.jitter * number / 2 ^ 48
end

---@class lash.job.Tick
---@field job lash.Job
---@field state lash.job.State
---@field locked boolean  it has the lock of the job
---@field recorded boolean  how it ends is, or will be, in the history
---@field options string[]
local Tick = {}
Tick.__index = Tick

function Tick:_remember() states.write(self.job.name, self.state) end

--- A due time is passed over: a line of history, and nothing else.
function Tick:_skip(due, reason)
  self.state.due = due
  if states.pass_over(self.job.name, due) and self.locked then self:_remember() end
  journals.skip(self.job.name, ("%s: %s"):format(schedule.format(due, self.job.schedule.zone), reason))
end

--- How a run ended becomes what is remembered.
function Tick:_settle(due, report)
  local state, err, begun = self.state, report.err, self.state.begun
  state.last = { started = begun.started, ended = sys.wall(), exit = report.exit, kind = err and err.kind or "ok" }
  state.begun = nil
  local goes_on = self.job:is_workflow() and (report.lost or err and GOES_ON[err.kind])
  state.open = goes_on and due or nil
  if err and err.kind == "waiting" then return self:_remember() end
  state.failures = err and state.failures + 1 or 0
  self:_remember()
end

--- Runs `fail.run` when it is time to, once for failures in a row.
---@async
function Tick:_alarm(err)
  local job, state = self.job, self.state
  if not job.fail or err and err.kind == "waiting" then return end
  local wanted = err and state.failures >= job.fail.after or not err and state.alarmed
  if not wanted or err and state.alarmed then return end
  alarm.run(job, err and "failing" or "recovered", err, state.failures)
  state.alarmed = err ~= nil
  self:_remember()
end

--- Attempts, until one is done, or has failed for good.
---@async
function Tick:_attempt(info)
  local job, retry = self.job, require "lash.retry"
  local deadline = job.timeout and loop.now() + job.timeout
  while true do
    info.left = deadline and math.max(0.001, deadline - loop.now())
    local report = require("lash.job.attempt").make(job, info, self.options)
    local err = report.err
    if not err or not err.temporary or info.attempt > job.retry then return report end
    local delay = retry.delay(info.attempt, err)
    if deadline and loop.now() + delay >= deadline then return report end
    sched.sleep(delay)
    info.attempt = info.attempt + 1
    info.spent = info.run and require("lash.journal.spool").totals(info.run)
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
function Tick:_work(due, found, attempt, failure)
  local job, state = self.job, self.state
  local words = table.move(self.options, 1, #self.options, 1, {}) -- with which a person does it again
  table.move({ job.path, "--due=" .. schedule.format(due, job.schedule.zone) }, 1, 2, #words + 1, words)
  local info = { name = job.name, due = due, started = sys.wall(), attempt = attempt, last = state.last, found = found,
    log = job.ping ~= nil, words = words }
  if failure or not job:is_workflow() then info.run = journals.begin_job(job.name).id end
  state.due = math.max(due, state.due or due)
  state.begun = { due = due, started = info.started, attempt = attempt, run = info.run }
  self:_remember()
  local report
  local _end <close> = setmetatable({}, { __close = function(_, err)
    if err == nil or report then return end -- this process is being ended
    err = errors.is(err) and err or errors.new("internal", errors.text(err))
    self:_settle(due, { exit = err.exit, err = err })
    journals.finish(err.exit, err)
  end })
  self.recorded = true
  local start = alarm.ping(job.ping, "start")
  report = failure and { exit = failure.exit, err = failure } or self:_attempt(info)
  if not info.run and not report.run and report.err then journals.begin_job(job.name) end -- it has no history
  self:_settle(due, report)
  journals.finish(report.exit, report.err)
  self:_tell(report, start)
  self:_alarm(report.err)
  return report.err
end

--- Pings; `waiting` is no failure.
---@async
function Tick:_tell(report, start)
  local err = report.err
  if not self.job.ping then return end
  if start then start:join() end
  local failed = err and err.kind ~= "waiting"
  local body = (err and ("%s: %s: %s\n"):format(self.job.name, err.kind, err.message) or "") .. (report.log or "")
  local ping = alarm.ping(self.job.ping, failed and "fail" or nil, body)
  if ping then ping:join() end
end

--- A run whose process is gone, and has told nothing: it counts as an attempt that failed.
---@return integer? attempt  which comes next, when it is to be done again
---@return any due
function Tick:_settle_lost()
  local state, begun = self.state, self.state.begun
  if not begun then return nil end
  if self.job:is_workflow() then
    state.open = begun.due
  end
  state.last = { started = begun.started, ended = begun.started, exit = KILLED, kind = "interrupted" }
  state.failures, state.begun = state.failures + 1, nil
  self:_remember()
  return begun.attempt <= self.job.retry and begun.attempt + 1 or nil, begun.due
end

--- Takes the lock of the job, for a due time as `overlap` says; nil: it is passed over.
---@async
---@param due? integer  nil: there is only something to go on with
---@return lash.store.lock?
function Tick:_take(due)
  local job, name = self.job, "job/" .. self.job.name
  local lock = store.lock(name)
  if lock or not due then return lock end
  local next_due = job.schedule:next(due) or math.huge
  while job.overlap == "wait" and not lock and sys.wall() < next_due do
    sched.sleep(PAUSE)
    lock = store.lock(name)
  end
  if lock then return lock end
  local reason = job.overlap == "wait" and "an earlier run was at work until the next due time"
    or "an earlier run is at work"
  if job.overlap == "fail" then
    states.pass_over(job.name, due)
    errors.raise("locked", reason)
  end
  self:_skip(due, reason)
end

--- What `when` says, or how it failed.
---@async
---@return any found
---@return lash.Error? failure
function Tick:_ask_when()
  local ok, found = pcall(self.job.when, self.state.last)
  if ok then return found end
  if errors.is(found) and not sched.stands(found) then return nil, found end
  if errors.is(found) or require("lash.host").is_exit(found) then error(found, 0) end
  return nil, errors.new("internal", "`when`: " .. errors.text(found))
end

--- Does what is due, with the lock of the job.
---@async
---@param due integer
---@param attempt integer
---@return lash.Error?
function Tick:_due(due, attempt)
  local job, now = self.job, sys.wall()
  local delay = M.jitter(job)
  if job.missed == "none" and now > due + LATE + job.jitter then
    return self:_skip(due, "it was missed, and missed runs are not made up for")
  end
  local found, failure
  if job.when then
    found, failure = self:_ask_when()
    if not found and not failure then return self:_skip(due, "`when` says no") end
  end
  if not failure and sys.wall() < due + delay then sched.sleep(due + delay - sys.wall()) end
  return self:_work(due, found, attempt, failure)
end

--- The one line of a failure.
---@param job lash.Job
---@param err lash.Error
function M.tell(job, err)
  local text = output.exact(output.one_line(tostring(err.message)))
  output.note(("%s: %s: %s\n"):format(job.name, err.kind, text))
end

--- One tick. Raises the error of the work.
---@async
---@param job lash.Job
---@param options string[]  of the command line, for the script
function M.run(job, options)
  local self = setmetatable({ job = job, options = options, locked = false, recorded = false }, Tick)
  local _history <close> = setmetatable({}, { __close = function(_, err) -- stopped before the work
    if err ~= nil and not self.recorded then pcall(journals.begin_job, job.name) end -- it ends with the process
  end })
  local due = job.schedule:last(math.floor(sys.wall()))
  self.state = states.read(job.name)
  local is_done = not due or self.state.due and due <= self.state.due
  if is_done and not self.state.open and not self.state.begun then return end
  local due_lock <close> = store.lock(("job/%s/%s"):format(job.name, due or "-"))
  if not due_lock then return end -- another tick is at it
  self.state = states.read(job.name)
  is_done = not due or self.state.due and due <= self.state.due
  local lock <close> = self:_take(not is_done and due or nil)
  if not lock then return end
  self.state, self.locked = states.read(job.name), true
  local failed
  local attempt, lost = self:_settle_lost()
  if self.state.open then
    failed = self:_work(self.state.open, nil, 1)
  elseif attempt and lost == due then
    failed = self:_due(due, attempt)
  end
  if due and not (self.state.due and due <= self.state.due) then
    if failed and failed.kind == "waiting" then
      self:_skip(due, "an earlier run waits for an answer")
    else
      if failed then M.tell(job, failed) end
      failed = self:_due(due, 1) or failed
    end
  end
  if failed then error(failed, 0) end
end

return M
