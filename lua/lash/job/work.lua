--- Does the work of a job: for a person, now; or as an attempt that `lash job run` has
-- begun, in a process of its own (job/attempt.lua).
local budget = require "lash.budget"
local context = require "lash.context"
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local journals = require "lash.journal"
local loop = require "lash.core.loop"
local schedule = require "lash.schedule"
local states = require "lash.job.state"
local sys = require "lash.core.sys"

local M = {}

--- Seconds that `overlap = "wait"` waits for another run, by hand.
local PATIENCE, PAUSE = 24 * 3600, 0.5

local LONGEST = 4000 -- bytes of a message
local PRIVATE_FILE = 384 -- 0600

--- Kinds after which somebody is to do something: what that is stands in the one line, too.
local PERSON = { waiting = true, unsettled = true }

--- What the function of a job is given.
---@class lash.job.Given
---@field name string
---@field due integer
---@field started number
---@field last lash.job.Last
---@field found any  what `when` has returned

--- Writes what is known of the attempt for whoever has begun it.
local function tell(told)
  local info = context.job
  told.due, told.attempt = info.due, info.attempt
  local path = require("lash.job.attempt").path(info.name)
  local ok, message = sys.write_atomic(path, require("lash.core.json").encode(told), PRIVATE_FILE)
  if not ok then require("lash.log").warn(message) end
end

--- The run is interrupted after so many seconds.
local function set_deadline(seconds)
  if not seconds then return end
  if context.deadline and context.deadline < loop.now() + seconds then return end -- --timeout comes first
  interrupt.deadline(math.max(seconds, 0.001))
  require("lash.host").deadline_set_by "the job's timeout sets it"
  context.deadline = loop.now() + seconds
end

---@async
---@param job lash.Job
---@param given lash.job.Given
---@param spent? { usd: number, tokens: integer, calls: integer }  by earlier attempts
local function perform(job, given, spent)
  local _budget <close> = job.budget and budget.open(job.budget, spent, job.name) or nil
  if job:is_workflow() then
    getmetatable(job.run).__run(job.run, {})
  else
    job.run(given)
  end
end

--- The sum of what was spent here and there.
local function sum(a, b)
  if not a or not b then return a or b end
  return { usd = a.usd + b.usd, tokens = a.tokens + b.tokens, calls = a.calls + b.calls }
end

--- The attempt that the process was started for.
---@async
---@param job lash.Job
function M.attempt(job)
  local info, own = context.job, nil
  if info.run then
    own = require "lash.journal.spent"(info.run) -- by `when`, and by earlier attempts
    journals.join(info.run, job.name, own.usd)
  end
  local spent = sum(own, info.spent)
  if spent then budget.charge(spent) end -- to that of --budget
  context.on_run = function(id) tell { run = id } end
  set_deadline(info.left)
  local key = info.attempt > 1 and require("lash.frame").key("attempt", tostring(info.attempt)) or nil
  local _frame <close> = key and require("lash.frame").open(key) or nil
  perform(job, { name = job.name, due = info.due, started = info.started, last = info.last, found = info.found }, spent)
end

local PARAMS = [[
  due?: string                     -- the work of this time, and not that of now: 2026-11-29T07:30+01:00
  accept_changes: boolean = false  -- a workflow does again what was given something else
]]

--- The due time of the command line, if there is one.
---@param argv string[]
---@return integer?
local function read_options(argv)
  local args = require("lash.args").parse(PARAMS, argv, arg[0])
  context.accept_changes = context.accept_changes or args.accept_changes
  if not args.due then return nil end
  return schedule.read(args.due)
    or errors.raise("usage", ("--due: '%s' is no time"):format(args.due), { hint = "2026-11-29T07:30+01:00" })
end

--- Waits for the lock of the job, where it says so.
local function take_lock(job)
  local lock = require("lash.lock").take("job/" .. job.name)
  if not lock and job.overlap == "wait" then lock = require("lash.lock").take("job/" .. job.name, PATIENCE, PAUSE) end
  return lock or errors.raise("locked", ("the job '%s' is running"):format(job.name),
    { hint = ("`lash runs %s` shows it"):format(job.name) })
end

--- Notes how a run by hand went; the schedule goes on as it would.
local function note(job, state, started, due, err)
  local host = require "lash.host"
  local exit = host.is_exit(err) and err.exit or err ~= nil and (errors.is(err) and err.exit or 70) or 0
  state.last = { started = started, ended = sys.wall(), exit = exit,
    kind = exit == 0 and "ok" or errors.is(err) and err.kind or host.is_exit(err) and "exit" or "internal" }
  if exit == 0 and due and state.open == due then state.open = nil end
  states.write(job.name, state)
end

--- Does the work now, for a person: whatever the schedule and `when` say.
---@async
---@param job lash.Job
---@param argv string[]
function M.now(job, argv)
  local due = read_options(argv)
  require("lash.doc").lines("@" .. arg[0]) -- its name may mean nothing in the job's folder
  local ok, message = sys.chdir(context.script_dir or ".")
  if not ok then errors.raise("input", message) end
  local _lock <close> = take_lock(job)
  local state = states.read(job.name)
  context.job = { name = job.name, due = due }
  local found = job.when and job.when(state.last)
  local started = sys.wall()
  if not job:is_workflow() then journals.begin_job(job.name) end
  local _note <close> = setmetatable({}, { __close = function(_, err) note(job, state, started, due, err) end })
  set_deadline(job.timeout)
  perform(job, { name = job.name, due = due or math.floor(started), started = started, last = state.last,
    found = found })
end

--- Tells whoever began the attempt how it ended.
---@param exit integer
---@param err? lash.Error
---@param text? string  of the error, in one line
function M.report(exit, err, text)
  local journal, told = journals.current(), { exit = exit, log = require("lash.output").tail() }
  if err then
    text = text or err.message
    if PERSON[err.kind] and err.hint then text = ("%s; %s"):format(text, err.hint) end
    -- Masked here: who waits for this process may not know its secrets.
    told.kind, told.message = err.kind, require("lash.output").shorten(text, LONGEST)
    told.temporary, told.retry_after = err.temporary, err.retry_after
    told.question = err.question and sys.sha256(err.question) -- it may be long
    told.deadline = err == interrupt.pending() and err.kind == "timeout"
  end
  if journal and journal.replays then told.run = journal.id end
  tell(told)
end

return M
