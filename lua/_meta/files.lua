---@meta lash.core.files

local M = {}

--- Why something that was written to a file which a script did not close got lost, the first
--- time, by the collector or at the end of a scope.
---@return string? message  nil: nothing did
function M.lost() end

return M
