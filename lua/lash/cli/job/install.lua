--- lash job install [--dry-run] [--cron|--systemd] FILE: has a job started by the system.
local command = require "lash.job.command"
local context = require "lash.context"
local crontab = require "lash.job.crontab"
local errors = require "lash.errors"
local installed = require "lash.job.installed"
local log = require "lash.log"
local options = require "lash.cli.options"
local output = require "lash.output"
local schedule = require "lash.schedule"
local sys = require "lash.core.sys"
local systemd = require "lash.job.systemd"

local USAGE = "usage: lash job install [--dry-run] [--cron|--systemd] FILE"
local PATIENCE = 20 -- seconds, for another one that installs

local function keep(key, value)
  return { set = function(found) found[key] = value or true end }
end

---@type table<string, lash.cli.Option>
local OPTIONS = { ["dry-run"] = keep "dry_run", cron = keep("kind", "crontab"), systemd = keep("kind", "systemd"),
  help = keep "help" }

--- The line for whatever starts commands by the clock, for who has none of ours.
local function suggestion(job, cmd)
  return ("apt install cron, or let whatever starts commands here run: %s"):format(crontab.lines(job, cmd)[1])
end

--- Where the job is to be.
---@param wanted? "crontab"|"systemd"
---@return "crontab"|"systemd"
local function choose(wanted, places, job, cmd)
  local refusal = places.manager.refusal
  if wanted == "systemd" and refusal then
    errors.raise("config", "no user timer would run: " .. refusal, { hint = places.manager.hint or "--cron" })
  elseif wanted == "systemd" or not wanted and not refusal and not systemd.flaw(cmd) then
    return "systemd"
  end
  places:need_crontab()
  if not places.crontab then
    errors.raise("config", "nothing here starts jobs: there is no crontab command, and no user timer would run: "
      .. (refusal or systemd.flaw(cmd)), { hint = suggestion(job, cmd) })
  end
  return "crontab"
end

--- What would be written, and nothing else.
local function show(kind, parts, places, job)
  if kind == "crontab" then return output.write(table.concat(parts, "\n") .. "\n") end
  for i, what in ipairs { "service", "timer" } do
    output.write(("# %s\n%s\n"):format(systemd.path(places.manager, job.name, what), parts[i]))
  end
end

local function write(kind, parts, places, job)
  if kind == "systemd" then
    systemd.put(places.manager, job.name, { service = parts[1], timer = parts[2] })
  else
    crontab.write(crontab.put(places.crontab, job.name, parts))
  end
  for _, entry in ipairs(places:of_name(job.name, kind == "systemd" and "crontab" or "systemd")) do
    places:remove(entry)
  end
end

--- Says what is done: one line for it, and what it may lack.
local function tell(kind, what, parts, exact, job, cmd)
  local due = job.schedule:next(math.floor(sys.wall()))
  output.write(("%s: %s %s, next %s\n"):format(job.name, what, installed.where { kind = kind },
    due and schedule.format(due, job.schedule.zone) or "never"))
  if kind == "crontab" and what ~= "unchanged" then
    output.write("  " .. table.concat(parts, "\n  ") .. "\n")
  end
  if not exact then
    output.write(("  %s starts it more often than it is due; what is too early ends at once\n"):format(
      kind == "crontab" and "cron" or "systemd"))
  end
  if not due then log.warn(("%s has no time to come: %s"):format(job.name, job.schedule.text)) end
  local doubt = command.doubt(cmd.program)
  if doubt then log.warn(doubt .. ": when it goes, the job does") end
  if kind == "crontab" and not crontab.is_served() then
    log.warn("no cron daemon runs here, so nothing will start the job until one does")
  end
end

--- Options before `job` would be lost: the line that is written has none.
local function refuse_options()
  local option = next(context.agent) or context.agent_name and "agent" or context.deadline and "timeout"
    or context.accept_changes and "accept-changes"
  for _, word in ipairs(context.words) do
    if word == "job" then break end
    option = option or word:match "^%-%-(budget)"
  end
  if not option then return end
  errors.raise("usage", ("lash job install does not keep --%s"):format((option:gsub("_", "-"))),
    { hint = "the script or config.json can say it" })
end

---@param argv string[]
---@return integer exit
return function(argv)
  local found = { words = {} }
  options.read(argv, 1, OPTIONS, found, true)
  if found.problem then error(found.problem, 0) end
  if found.help then return require "lash.cli.help" { "job" } end
  refuse_options()
  if #found.words ~= 1 then
    errors.raise("usage", "lash job install: " .. (#found.words == 0 and "which file?" or "one file at a time"),
      { hint = USAGE })
  end
  local real, message = sys.realpath(found.words[1])
  if not real then errors.raise("input", message) end
  local cmd = command.of(real) -- before the script's folder becomes the current one
  local job = require "lash.job.load"(real)
  local _lock <close> = not found.dry_run and (require("lash.lock").take("crontab", PATIENCE)
    or errors.raise("locked", "another `lash job install` is at work")) or nil
  local places = installed.look()
  installed.check_name(places, job)
  local kind = choose(found.kind, places, job, cmd)
  local parts, exact = installed.parts(kind, job, cmd)
  if found.dry_run then
    show(kind, parts, places, job)
    return 0
  end
  local before = places:of_name(job.name)
  if #before == 1 and before[1].kind == kind and installed.is_same(before[1], parts) then
    tell(kind, "unchanged", parts, exact, job, cmd)
    return 0
  end
  write(kind, parts, places, job)
  tell(kind, #before > 0 and "replaced" or "installed", parts, exact, job, cmd)
  return 0
end
