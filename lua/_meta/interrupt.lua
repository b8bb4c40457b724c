---@meta lash.core.interrupt

local M = {}

--- Takes SIGINT, SIGTERM, SIGHUP and the deadline over.
---@param errors { SIGINT: any, SIGTERM: any, SIGHUP: any, deadline: any }  what is raised
---@return table exit  metatable of errors that pass every pcall
function M.install(errors) end

--- `coroutine.resume` for the scheduler, which keeps no interrupt to itself.
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function M.resume_task(co, ...) end

--- f(...), not to be cut in its middle.
---@param f function
---@param ... any
---@return any ...
function M.shielded(f, ...) end

--- The error of the interrupt that stands.
---@return any?
function M.pending() end

--- Was the error raised in running code since the last call?
---@return boolean
function M.raised() end

--- The set of error tables that were caught, and not raised again, since the
--- last call.
---@return table<table, boolean>?
function M.caught() end

--- From now on the error passes every pcall of a task, or no more.
---@param err table
---@param on boolean
function M.insist(err, on) end

--- Rings in so many seconds, and on ten times a second; 0 takes it away.
---@param seconds number
function M.alarm(seconds) end

--- Who is asked, when it rings, what to raise in the running code of a chunk; a
--- second result: ask again soon.
---@param f fun(source: string): any, boolean?
---@param is_ours fun(source: string): boolean  is it a module of lash?
function M.on_alarm(f, is_ours) end

--- May the loop be driven in place here? Lua has C stack for 200 calls.
---@return boolean
function M.room() end

--- Is the time for cleaning up over?
---@return boolean
function M.relentless() end

--- That the process had to be cut is not said from now on: whoever waits for it
--- says so.
function M.untold() end

--- How the run ended is recorded: an interrupt that comes now makes nothing else of it.
function M.settle() end

--- The run is interrupted after so many seconds; 0 takes the deadline away.
---@param seconds number
function M.deadline(seconds) end

--- Ctrl-C does not stop the code of this coroutine: it starts the tasks that Ctrl-C is
--- meant for.
function M.spare() end

--- A Ctrl-C has ended what it was meant for; the next one is another. Was there
--- one?
---@return boolean
function M.forget() end

return M
