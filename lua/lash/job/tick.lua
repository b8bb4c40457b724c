--- `lash job run`: what the timer calls. Works for the latest due time that is not
-- done; when there is none it leaves silently. Correct under whatever calls it, as
-- often as it likes.
--
--     lock of the due time -> is it done? -> lock of the job -> when -> jitter -> the run (job/run.lua)
--
-- The lock of the due time tells two ticks of the same one from two that overlap.
local context = require "lash.context"
local errors = require "lash.errors"
local journals = require "lash.journal"
local loop = require "lash.core.loop"
local output = require "lash.output"
local runs = require "lash.job.run"
local sched = require "lash.sched"
local schedule = require "lash.schedule"
local states = require "lash.job.state"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local PAUSE = 0.2 -- seconds between two looks whether the job is free
local LATE = 60 -- seconds; a tick that comes later than this, and the jitter, has missed its time

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
---@field options string[]
---@field began number  epoch seconds
---@field state lash.job.State
---@field run? lash.job.Run  once it has the lock of the job
local Tick = {}
Tick.__index = Tick

--- A due time is passed over: a line of history, and nothing else.
function Tick:_skip(due, reason)
  self.state.due = due
  local long = states.pass_over(self.job.name, due)
  if long and self.run then states.write(self.job.name, self.state) end
  journals.skip(self.job.name, ("%s: %s"):format(schedule.format(due, self.job.schedule.zone), reason))
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
  if job.overlap == "fail" then
    states.pass_over(job.name, due)
    errors.raise("locked", "an earlier run is at work")
  end
  self:_skip(due, job.overlap == "wait" and "an earlier run was at work until the next due time"
    or "an earlier run is at work")
end

--- `when` as it is called: in the budget and the time of the job. It ends no run.
---@async
function Tick:_call_when()
  local job, exit = self.job, os.exit
  local _restore <close> = setmetatable({}, { __close = function() os.exit = exit end }) -- luacheck: ignore 122
  ---@diagnostic disable-next-line: duplicate-set-field
  os.exit = function(code) -- luacheck: ignore 122
    local status = code == false and 1 or math.tointeger(code) or 0
    error(errors.new("exit", ("`when` ended the script with status %d"):format(status),
      { exit = status ~= 0 and status or errors.kinds.internal.exit, temporary = false }), 0)
  end
  local _budget <close> = job.budget and require("lash.budget").open(job.budget, nil, job.name) or nil
  local last = self.state.last
  if not job.timeout then return job.when(last) end
  local late = errors.new("timeout", ("`when` took longer than %g s"):format(job.timeout), { temporary = false })
  return require("lash.task").with_deadline(loop.now() + job.timeout, late, job.when, last)
end

--- What `when` says, or how it failed.
---@async
---@return any found
---@return lash.Error? failure
function Tick:_ask_when()
  local ok, found = xpcall(self._call_when, errors.located, self)
  if ok then return found end
  if errors.is(found) and not sched.stands(found) then return nil, found end
  if errors.is(found) then error(found, 0) end
  return nil, errors.new("internal", "`when`: " .. errors.text(found))
end

--- Does what is due, with the lock of the job.
---@async
---@param due integer
---@param attempt integer
---@return lash.Error?
function Tick:_due(due, attempt)
  local job = self.job
  if job.missed == "none" and self.began > due + LATE + job.jitter then
    return self:_skip(due, "it was missed, and missed runs are not made up for")
  end
  local found, failure
  if job.when then
    found, failure = self:_ask_when()
    while failure and failure.temporary and attempt <= job.retry do
      sched.sleep(require("lash.retry").delay(attempt, failure))
      attempt = attempt + 1
      found, failure = self:_ask_when()
    end
    if not found and not failure then return self:_skip(due, "`when` says no") end
  end
  local delay = M.jitter(job)
  if not failure then sched.sleep(math.max(0, math.min(delay, due + delay - sys.wall()))) end
  return self.run:work(due, found, attempt, failure)
end

--- The one line of a failure that is not what the tick ends with.
---@return boolean told
function Tick:_tell(err)
  local text = output.exact(output.one_line(tostring(err.message)))
  return output.note(("%s: %s: %s\n"):format(self.job.name, err.kind, text))
end

--- Goes on with what an earlier tick has left, then does what is due.
---@async
---@param due? integer
---@return lash.Error?
function Tick:_perform(due)
  local run, state = self.run, self.state
  local failed, attempt, lost = run:settle_lost()
  if state.open then
    failed = run:work(state.open, nil, 1)
  elseif attempt and lost == due then
    return self:_due(due, attempt)
  end
  if not due or state.due and due <= state.due then return failed end
  if state.open then
    self:_skip(due, failed and failed.kind == "waiting" and "an earlier run waits for an answer"
      or "an earlier run is not over")
    return failed
  end
  if failed then self:_tell(failed) end
  local err = self:_due(due, 1)
  if err or not failed then return err end
  failed.quiet = true -- it was told
  return failed
end

--- A crontab starts what is due at 12:00:30 at 12:00: that is waited for.
---@async
local function await_seconds(job)
  local now = math.floor(sys.wall())
  local due = job.schedule.kind == "calendar" and job.schedule:next(now)
  if due and due % 60 ~= 0 and due // 60 == now // 60 then sched.sleep(due - sys.wall()) end
end

--- One tick. Raises the error of the work.
---@async
---@param job lash.Job
---@param options string[]  of the command line, for the script
function M.run(job, options)
  context.job = { name = job.name }
  await_seconds(job)
  local self = setmetatable({ job = job, options = options, began = sys.wall() }, Tick)
  local _history <close> = setmetatable({}, { __close = function(_, err) -- stopped before the work
    if err ~= nil and not (self.run and self.run.recorded) then pcall(journals.begin_job, job.name) end
  end })
  local due = job.schedule:last(math.floor(self.began))
  self.state = states.read(job.name)
  local is_done = not due or self.state.due and due <= self.state.due
  if is_done and not self.state.open and not self.state.begun then return end
  local due_lock <close> = store.lock(("job/%s/%s"):format(job.name, due or "-"))
  if not due_lock then return end -- another tick is at it
  self.state = states.read(job.name)
  is_done = not due or self.state.due and due <= self.state.due
  local lock <close> = self:_take(not is_done and due or nil)
  if not lock then return end
  self.state = states.read(job.name)
  self.run = runs.new(job, self.state, options)
  local failed = self:_perform(due)
  if not failed then return end
  if failed.kind == "waiting" and not failed.quiet then -- first it is told, and then that it was
    if self:_tell(failed) then self.run:told() end
    failed.quiet = true
  end
  error(failed, 0)
end

return M
