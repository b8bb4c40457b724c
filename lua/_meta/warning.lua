---@meta lash.core.warning

local M = {}

--- What `warn` was told since, and errors in finalizers, in lines; nothing before "@on".
---@return string? text
function M.take() end

return M
