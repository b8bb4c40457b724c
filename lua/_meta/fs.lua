---@meta lash.core.fs
--
-- What fails for reasons of the world gives nil, message, code; code "missing"
-- is a file that is not there.

local M = {}

--- Adds to the end of a regular file, and makes it when it is missing.
---@param path string
---@param data string
---@return true?
---@return string? message
---@return string? code
function M.append(path, data) end

--- Removes a file or folder; of a link, the link. "one": a file or an empty folder;
--- "tree": a folder with all that is in it, as far as that goes; "ours": that, also
--- where the modes of folders in it forbid it.
---@param path string
---@param how? "one"|"tree"|"ours"
---@return true?
---@return string? message
---@return string? code
function M.remove(path, how) end

--- Gives a file or folder another name; a file of that name is replaced.
---@param from string
---@param to string
---@return true?
---@return string? message
---@return string? code
function M.rename(from, to) end

return M
