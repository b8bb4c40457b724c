--- lash job verify FILE: would the job start under cron? One line a finding.
--
-- It is started as cron would start it, and ends before its first request that costs
-- or changes something: see job/verify.lua, job/rehearsal.lua.
local command = require "lash.job.command"
local context = require "lash.context"
local crontab = require "lash.job.crontab"
local errors = require "lash.errors"
local installed = require "lash.job.installed"
local options = require "lash.cli.options"
local paths = require "lash.exec.path"
local schedule = require "lash.schedule"
local sys = require "lash.core.sys"
local verify = require "lash.job.verify"

local USAGE = "usage: lash job verify [--json] [-q] FILE"
local EPOCH = 1735689600 -- 2025: a clock before this was never set

--- Findings of the configuration that matter only to work that asks a model of it.
local OF_THE_MODEL = { agent = true, provider = true, base = true, key = true, model = true }

--- What can be said of a job without starting it.
local function look_at_job(report, job)
  local due = job.schedule:next(math.floor(sys.wall()))
  if due then
    report:tell("ok", "schedule", ("%s, next %s"):format(job.schedule.text, schedule.format(due, job.schedule.zone)))
  else
    report:tell("warn", "schedule", job.schedule.text .. " has no time to come")
  end
  if sys.wall() < EPOCH then
    report:fail("clock", errors.new("config", "the clock is wrong: it is " .. schedule.format(math.floor(sys.wall())),
      { hint = "a job runs by the clock" }))
  end
end

--- Is it installed, and as it is now?
---@return lash.job.Installed? entry
local function look_at_installed(report, real, job, cmd)
  local places = installed.look()
  if places.refusal then report:tell("warn", "installed", places.refusal.message) end
  local entries = places:of_script(real)
  if #entries == 0 then
    local other = job and places:of_name(job.name)[1]
    if other and not other.command then
      report:tell("warn", "installed", installed.flaws(places, other)[1])
      return nil -- nobody knows what it would start
    end
    report:tell("warn", "installed", other and "another script is, under this name: " .. other.command.script
      or "not yet", "lash job install " .. real)
  elseif #entries > 1 then
    report:tell("warn", "installed", "more than once", "lash job uninstall " .. real)
  end
  for _, entry in ipairs(entries) do
    local flaws = installed.flaws(places, entry, job and installed.describe(entry, job), cmd)
    for _, flaw in ipairs(flaws) do report:tell("warn", "installed", flaw) end
    if #flaws == 0 then report:tell("ok", "installed", ("%s: %s"):format(installed.where(entry), entry.times)) end
    if entry.kind == "crontab" and not crontab.is_served() then
      report:tell("warn", "cron", "no cron daemon runs here, as far as can be seen")
    end
  end
  return entries[1]
end

local function index(notes)
  local by_type = {}
  for _, note in ipairs(notes) do by_type[note.type] = by_type[note.type] or note end
  return by_type
end

--- A failure as a finding. What is missing under cron may be there for the person who
-- asks: that is the difference that matters.
local function error_of(note)
  local message, hint = note.message, note.hint
  local name = message:match "%$?([%a_][%w_]*) is not set"
  if name and (sys.getenv(name) or "") ~= "" then
    message = message .. " for cron; it is in your own environment only"
    hint = ("write %s=… into .env.local beside the script or config.json"):format(name)
  end
  return errors.new(note.kind, message, { hint = hint, exit = note.exit })
end

--- Where this person would ask, if the environment says so, which cron does not have.
---@return string? message  of lash check
local function base_of_environment()
  local base
  local function fail() end
  require("lash.cli.check.setup").look { fail = fail, lack = "fail", tell = function(_, _, name, message)
    if name == "base" and message:find("(the environment)", 1, true) then base = message end
  end }
  return base
end

--- What the run found of the configuration, as lash check does.
local function tell_findings(report, notes, by_type)
  local base = base_of_environment()
  local stopped = by_type.failed and by_type.failed.message
  for _, note in ipairs(notes) do
    if note.type == "finding" and note.state == "fail" then
      local err = error_of(note)
      if OF_THE_MODEL[note.name] and note.message ~= stopped then
        report:tell("warn", note.name, err.message .. "; that did not stop the work", err.hint)
      else
        report:fail(note.name, err)
      end
    elseif note.name == "base" and base and not note.message:find(", from ", 1, true) then
      report:tell("warn", "base", ("%s; in your own environment only it is %s"):format(note.message, base),
        "write it into .env.local beside the script or config.json, or into config.json")
    elseif note.type == "finding" then
      report:tell(note.state, note.name, note.message, note.hint)
    end
  end
end

--- Commands that are not found with cron's PATH.
local function tell_missing(report, notes)
  local told = {}
  for _, note in ipairs(notes) do
    if note.type == "missing" and not told[note.command] then
      told[note.command] = true
      local here = paths.find(note.command, sys.getenv "PATH" or "")
      report:fail("command", errors.new("config", ("'%s' is not in cron's PATH (%s)%s"):format(note.command, note.path,
        here and ", only in yours: " .. here or ""), { hint = here and ("write %s into the script, or PATH=… above the "
        .. "line in the crontab"):format(here) or "is it installed?" }))
    end
  end
end

--- How far the work came. What `when` says no to would not have been begun, so no failure
-- of that is one of the job.
local function tell_work(report, result, by_type)
  local failed, said_no = by_type.failed, by_type.when and not by_type.when.yes
  local function fail(name, err)
    if not said_no then return report:fail(name, err) end
    report:tell("warn", name, "failed, which it would not under cron now, for `when` says no: " .. err.message,
      err.hint or "`job.found` is what `when` returned, here its no")
  end
  if said_no then
    report:tell("ok", "when", "says no now; the work was tried all the same")
  elseif by_type.when then
    report:tell("ok", "when", "says yes")
  end
  if result.late and not by_type.reached then
    fail("work", errors.new("timeout", ("no request and no end within %g s"):format(result.limit),
      { hint = "the job's `timeout` says how long it may take" }))
  elseif by_type.reached then
    report:tell("ok", "work", "came to its first request, which was not sent: " .. by_type.reached.what)
  elseif by_type.ended then
    report:tell("ok", "work", "came to its end without a request")
  elseif failed and failed.kind == "waiting" then
    report:tell("warn", "work", "would wait for an answer: " .. failed.message, failed.hint)
  elseif failed then
    fail(failed.part, error_of(failed))
  elseif by_type.exit then
    fail("work", errors.new("process", ("the script ended with status %d"):format(by_type.exit.exit)))
  else
    report:fail("start", errors.new("config", ("cron's shell ended with status %d%s"):format(result.code,
      result.err ~= "" and ": " .. result.err or ""), { hint = "the command is in `lash job install --dry-run`" }))
  end
end

---@param argv string[]
---@return integer exit
return function(argv)
  local found = { words = {} }
  local function set(key) return { set = function(f) f[key] = true end } end
  options.read(argv, 1, { help = set "help", json = set "json", quiet = set "quiet" }, found, true)
  if found.problem then error(found.problem, 0) end
  if found.help then return require "lash.cli.help" { "job" } end
  if #found.words ~= 1 then
    errors.raise("usage", "lash job verify: " .. (#found.words == 0 and "which file?" or "one file at a time"),
      { hint = USAGE })
  end
  context.quiet = context.quiet or found.quiet or false
  if found.json and not context.json then
    context.json = true
    require("lash.cli.ndjson").install()
  end
  local real, message = sys.realpath(found.words[1])
  if not real then errors.raise("input", message) end
  local cmd = command.of(real) -- before the script's folder becomes the current one
  require("lash.schedule.zone").leave_tz()
  local report = require("lash.cli.check.report").new(math.huge)
  local ok, job = xpcall(require "lash.job.load", errors.located, real)
  if not ok and not errors.is(job) then error(job, 0) end
  local problem = not ok and job or nil ---@type lash.Error?
  if problem then job = nil else look_at_job(report, job) end
  local entry = look_at_installed(report, real, job, cmd)
  local result = verify.rehearse(entry, cmd, job and job.timeout)
  local by_type = index(result.notes)
  if result.homeless then report:tell("warn", "home", "there is no home folder for cron: " .. result.homeless) end
  if problem and not (by_type.failed and by_type.failed.part == "job") then report:fail("job", problem) end
  if job and job.ping and by_type.job and not by_type.job.ping then
    report:tell("warn", "ping", "it has an URL here and none under cron: a variable of your environment?",
      "write it into .env.local beside the script")
  end
  tell_findings(report, result.notes, by_type)
  tell_missing(report, result.notes)
  tell_work(report, result, by_type)
  return report:done()
end
