---@meta lash.core.markdown
--
-- What lua/lash/markdown.lua needs of md4c and utf8proc.

local M = {}

--- Reads a text without line ends, as a part of a paragraph, into a flat list of
--- kind, text, kind, text... Kinds: text, code, html and entity, as they stand in the
--- source; break (a zero byte); enter and leave, with "em", "strong", "del", "code",
--- "link" or "image"; url, after a link or image.
---@param text string
---@return string[]? events
---@return boolean|string open  a delimiter has no partner yet; or the message
---@return string? code
function M.inline(text) end

--- The same of a row of a table; each of its cells begins with "cell".
---@param text string
---@param columns integer
---@return string[]? events
---@return boolean|string open
---@return string? code
function M.row(text, columns) end

--- How many columns a text takes on a terminal.
---@param text string
---@return integer columns
function M.width(text) end

--- As many whole characters as fit; one at least.
---@param text string
---@param columns integer
---@return integer bytes
---@return integer width
function M.fit(text, columns) end

--- The text, cut where a line may end without a space: piece, width, piece, width...
---@param text string
---@return (string|integer)[]
function M.pieces(text) end

--- What is no UTF-8 becomes U+FFFD.
---@param bytes string
---@return string
function M.repair(bytes) end

return M
