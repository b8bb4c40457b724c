---@meta lash.core.place
--
-- Files by their real path. What fails for reasons of the world gives nil,
-- message, code; code "missing" is a file that is not there.

local M = {}

--- A file that a command must not make.
---@class lash.place.watch
local Watch = {}

--- The path that a name really means, without links: of something that is
--- there, or could be made.
---@param name string
---@return string? real
---@return string? message
---@return string? code
function M.real(name) end

--- A regular file, at this very path: a link in it is refused. "toobig" above
--- `limit` bytes.
---@param real string
---@param limit integer
---@return string? content
---@return string? message
---@return string? code
function M.read(real, limit) end

--- Replaces a file, which keeps its mode and owner, or makes it with its
--- folders; a link in the path is refused.
---@param real string
---@param data string
---@return true?
---@return string? message
---@return string? code
function M.write(real, data) end

--- Writes over a file that is there, in its place, for a folder that lets nothing new be
--- made. The old text is whole until there is room for all of the new one; after that
--- a crash may leave some of both.
---@param real string
---@param data string
---@return true?
---@return string? message
---@return string? code
function M.overwrite(real, data) end

--- The entries of a folder.
---@param real string
---@return table<string, "folder"|"file"|"link"|"other">? entries
---@return boolean|string complete  false: there are more; or the message
---@return string? code
function M.list(real) end

--- Makes a folder of a new name, for this user only.
---@return string? real
---@return string? message
---@return string? code
function M.temporary() end

--- Removes a folder with all that is in it, as far as that goes.
---@param real string
function M.remove(real) end

--- Watches a file, there or not, before a command.
---@param real string
---@return lash.place.watch? watch
---@return string? message
---@return string? code
function M.watch(real) end

--- After it: gives what was made the first free name of path.untrusted,
--- path.untrusted-2 and so on; in the folder that was opened before, wherever it is
--- by now, or in another one that is at its path. "missing": nothing was made.
---@param where "opened"|"path"
---@return string? from
---@return string? to  or the message
---@return string? code
function Watch:take(where) end

--- Closes its folder.
function Watch:close() end

return M
