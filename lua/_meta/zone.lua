---@meta lash.core.zone

local M = {}

--- How far local time is ahead of UTC: from `from` on, and from every change
--- up to `to` on.
---@param name? string  an IANA name; nil: the machine's zone
---@param from integer  seconds since the epoch
---@param to integer
---@return integer[]? changes  time, seconds ahead, time, seconds ahead, …
---@return string? message
---@return string? code  "usage", "missing": no such zone
function M.changes(name, from, to) end

--- Is there a zone of this name?
---@param name string
---@return true?
---@return string? message
---@return string? code  "usage": no zone can have this name; "missing"
function M.check(name) end

--- The folder of the zone files.
---@return string
function M.folder() end

return M
