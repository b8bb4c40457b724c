---@meta lash.core.proc

local M = {}

--- A command that runs, or has ended.
---@class lash.proc.process
local Process = {}

---@class lash.proc.Spec
---@field argv string[]  the first is looked up in $PATH of `env`
---@field env string[]  all of it, "NAME=value"
---@field max_output integer  bytes kept of its output, and as many of its errors
---@field cwd? string  default: the current folder
---@field input? string  its standard input; default: nothing

--- Starts a command in a session of its own. `Process:id` rings when it has
--- ended, and with it all that it started.
---@param spec lash.proc.Spec
---@return lash.proc.process? process
---@return string? message
---@return string? code
function M.start(spec) end

--- Id of its event source, for `sched.wait`.
---@return integer
function Process:id() end

--- SIGTERM to its group; SIGKILL to all that is left 3 seconds later.
function Process:stop() end

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
