--- What holds for the whole process: the command line's options, the script.
--
-- Filled once by the command line; everybody else reads.
local M = {
  ---@type table<string, any>  defaults of all agents, from the command line
  agent = {},
  ---@type string?  of --agent
  agent_name = nil,
  ---@type integer  -v: 1, -vv: 2
  verbose = 0,
  ---@type boolean
  quiet = false,
  ---@type boolean  --json
  json = false,
  ---@type string?  the script, as the command line names it
  script = nil,
  ---@type string?  the real folder of the script
  script_dir = nil,
  ---@type boolean  a server, which a signal ends in order
  serving = false,
  ---@type { denied: table, hint?: string }[]  questions of all runs that became a no: {tool, subject, reason}
  denied = {},
  ---@type string?  --config
  config = nil,
  ---@type fun(event: table)?  is told all events
  on_event = nil,
  ---@type fun(run: string)?  is told of runs that failed
  on_failure = nil,
  ---@type boolean  a person is being asked
  asking = false,
  ---@type lash.Policy?  of all agents that have none: lash.policy
  policy = nil,
  ---@type table?  lash.trial: what a test or a recording makes of this process
  trial = nil,
  ---@type number?  of the run, in seconds of the monotonic clock: --timeout
  deadline = nil,
  ---@type string[]  the command line, without the program's name
  words = {},
  ---@type string?  the subcommand
  command = nil,
  ---@type string?  of -e
  code = nil,
  ---@type boolean  --accept-changes
  accept_changes = false,
  ---@type lash.job.Info?  the job for which this process works
  job = nil,
  ---@type fun(id: string)?  is told of the run of a workflow that this process works for
  on_run = nil,
  ---@type string?  who speaks on stderr of errors: the job that is run; default: lash
  speaker = nil,
  ---@type string?  the run that is to go on: lash runs resume
  resume = nil,
  ---@type string?  the folder for the notes of a rehearsal; nil in any other run
  verify = nil,
}

--- Is this process an attempt at the work of a job, for another one that waits for it?
---@return boolean
function M.is_attempt() return M.job ~= nil and M.job.attempt ~= nil end

return M
