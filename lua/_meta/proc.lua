---@meta lash.core.proc

local M = {}

--- A command that runs, or has ended.
---@class lash.proc.process
local Process = {}

---@class lash.proc.Spec
---@field argv string[]  the first is looked up in $PATH of `env`
---@field env string[]  all of it, "NAME=value"
---@field max_output integer  bytes kept of its output, and as many of its errors
---@field shares_output? boolean  it writes where lash does; nothing is kept
---@field cwd? string  default: the current folder
---@field real_cwd? boolean  no link in it is followed
---@field absent? string[]  real paths of files that are set aside when they are made, should this process be killed
---@field input? string  its standard input; default: nothing
---@field sandbox? lash.proc.Sandbox  default: it may do what lash may

--- What a command may open, and its limits. Folders stand for all that is in them.
---@class lash.proc.Sandbox
---@field read? string[]  and execute; what is not there is passed over
---@field write? string[]  and read, execute; must be there
---@field hide? string[]  files and folders that are seen as empty
---@field hide_in? string[]  folders in which is searched for what is to be hidden by its name:
---@field hide_names? string[]  with wildcards
---@field hide_files? string[]  files of just these names that contain one of `hide_texts`
---@field hide_texts? string[]
---@field net? boolean  the internet
---@field cpu? integer  seconds of a process
---@field memory? integer  bytes that a process can fill
---@field file? integer  bytes of a file
---@field files? integer  that a process has open
---@field processes? integer  more than the machine runs now; not for root

--- Starts a command in a session of its own. `Process:id` rings when it has
--- ended, and with it all that it started.
---@param spec lash.proc.Spec
---@return lash.proc.process? process
---@return string? message
---@return string? code
function M.start(spec) end

--- What this kernel has to confine a command with: the version of Landlock, 0
--- without it, and whether it has seccomp.
---@return { landlock: integer, seccomp: boolean }
function M.support() end

--- Id of its event source, for `sched.wait`.
---@return integer
function Process:id() end

--- SIGTERM to its group; SIGKILL to all that is left 3 seconds later.
function Process:stop() end

--- SIGKILL to all of it.
function Process:kill() end

--- How it ended:
---
---     nil                                    it runs; wait
---     "exit", code, signal, seconds, strays  signal: "SIGTERM", ... or nil; then code is 128 + its number
---     "fail", stage, message, code           it never ran; stage: "process", "folder", "confine", "command"
---@return "exit"|"fail"|nil kind
---@return any ...
function Process:pop() end

--- What it has written: the beginning, the end, and how many bytes are missing
--- in between.
---@param which "out"|"err"
---@return string head
---@return string tail
---@return integer dropped
function Process:output(which) end

--- Kills it, and all that it started, when it still runs; any number of times.
function Process:close() end

return M
