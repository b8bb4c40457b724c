---@meta lash.job

--- A script returns it, and is it.
---@class lash.Job
---@field name string

---@class lash.JobSpec
---@field name string  letters, digits, '_' and '-', at most 64
---@field schedule string  five cron fields, "@daily", "every 15m", or a calendar time: "Mon..Fri 07:30"
---@field tz? string  the schedule's time zone: "Europe/Berlin"; default: the machine's
---@field jitter? lash.Duration  a delay of at most this, the same each time on a machine
---@field missed? "once"|"none"  times that passed while nothing ran: made up for once, or not at all; default: "once"
---@field overlap? "skip"|"wait"|"fail"  what a tick does while an earlier run is at work; default: "skip"
---@field timeout? lash.Duration  for all attempts, and all that they start
---@field retry? integer  further attempts after failures that may pass; default: 0
---@field budget? number|lash.Limits  of a run, all its attempts together; `month` of all runs of this name
---@field when? async fun(last: lash.JobLast): any  is there anything to do? What it returns is `job.found`
---@field ping? string|false  URL of a monitor: told of the begin ("/start"), the end, and failures ("/fail")
---@field fail? lash.JobFail
---@field run (async fun(job: lash.JobRun))|lash.Workflow

--- How the last run went; zeros before the first one.
---@class lash.JobLast
---@field started number  epoch seconds
---@field ended number
---@field exit integer
---@field kind? lash.ErrorKind|"ok"|"exit"

---@class lash.JobFail
---@field after? integer  failures in a row; default: 1
---@field run string|string[]  a template with {name}, {state} ("failing" or "recovered"), {kind}, {message}, {exit} and
---  {failures}; or words, with $LASH_JOB_NAME and so on in the environment

---@class lash.JobRun
---@field name string
---@field due integer  epoch seconds: the time for which the work is done
---@field started number
---@field last lash.JobLast
---@field found any  what `when` returned
