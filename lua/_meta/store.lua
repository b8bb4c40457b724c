---@meta lash.core.store
--
-- What fails for reasons of the world gives nil, message, code: "busy", "full",
-- "readonly", "permission", "corrupt", "notdb", "newer", "library", "closed" (open it
-- again), "io"; "usage" for a statement's own fault.

local M = {}

--- The database of the program.
---@class lash.store.store
local Store = {}

--- Closing one that was not committed takes everything back.
---@class lash.store.transaction
local Transaction = {}

--- Held until it is closed, or until the process ends, in whatever way.
---@class lash.store.lock
local Lock = {}

--- A string that is UTF-8 without a zero byte is a text, any other a blob.
---@alias lash.store.Value nil|integer|number|string

--- Opens the database; makes it, and its folder, when it is missing. A process
--- has one open at most.
---@param path string  absolute
---@param deadline? number  seconds of the monotonic clock; 10 s in any case
---@return lash.store.store? store
---@return string? message
---@return string? code
function M.open(path, deadline) end

--- Takes the lock of this name in a file of locks; "busy": somebody has it.
---@param path string
---@param name string
---@return lash.store.lock? lock
---@return string? message
---@return string? code
function M.lock(path, name) end

--- Does somebody hold the lock of this name? Nobody is kept from it by asking.
---@param path string
---@param name string
---@return boolean? locked
---@return string? message
---@return string? code
function M.is_locked(path, name) end

--- Begins a transaction: "read" sees one state, "write" survives the end of the
--- process, "durable" a power failure.
---@param access "read"|"write"|"durable"
---@param deadline? number  seconds of the monotonic clock; 10 s a call in any case
---@return lash.store.transaction? transaction
---@return string? message
---@return string? code
function Store:begin(access, deadline) end

--- Runs a statement; how many rows it changed.
---@param sql string  a constant: it stays prepared
---@param ... lash.store.Value
---@return integer? changes
---@return string? message
---@return string? code
function Store:exec(sql, ...) end

--- The rows of a statement, by the names of their columns.
---@param sql string  a constant
---@param ... lash.store.Value
---@return table<string, lash.store.Value>[]? rows
---@return string? message
---@return string? code
function Store:query(sql, ...) end

--- Any number of times; what was not committed is taken back.
function Store:close() end

---@return true?
---@return string? message
---@return string? code
function Transaction:commit() end

--- Any number of times.
function Transaction:close() end

--- Any number of times.
function Lock:close() end

return M
