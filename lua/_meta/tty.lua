---@meta lash.core.tty

local M = {}

--- The terminal of this process, open for a question.
---@class lash.tty.terminal
local Terminal = {}

--- Opens it; keys come one by one from then on, also what was typed before. Code
--- "missing": there is none; "io": it belongs to another job.
---@return lash.tty.terminal? terminal
---@return boolean|string keys  come one by one, and unseen; or the message
---@return string? code
function M.open() end

--- The device of the terminal, the same in all processes at it.
---@return integer? device
---@return string? message
---@return string? code
function M.device() end

--- Columns of the terminal of the standard streams; 0: nobody knows.
---@return integer
function M.columns() end

--- What is typed is not shown, and waits; false: it is shown again.
---@param on boolean
function M.quiet(on) end

--- Id of its event source, for `sched.wait`: it rings when something was
--- typed, at the end, and when the process was stopped and goes on.
---@return integer
function Terminal:id() end

--- Writes all of it, within some seconds.
---@param text string
---@return true?
---@return string? message
---@return string? code
function Terminal:write(text) end

--- From now on lines come, and are seen while they are typed.
function Terminal:lines() end

--- Was the process stopped, and goes on, since the last call?
---@return boolean
function Terminal:resumed() end

--- What was typed, a line with its end; nil: nothing yet, wait; false: nothing will come.
---@return string|false|nil typed
---@return string? message
function Terminal:pop() end

--- Any number of times.
function Terminal:close() end

return M
