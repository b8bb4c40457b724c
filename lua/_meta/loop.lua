---@meta lash.core.loop

local M = {}

--- Waits and fills ready[1..count] with the ids of sources that have news.
---@param timeout? number  seconds; nil: until something happens
---@param ready integer[]
---@return integer? count
---@return string? message
---@return string? code
function M.poll(timeout, ready) end

--- Seconds of the monotonic clock.
---@return number
function M.now() end

return M
