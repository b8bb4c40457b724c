---@meta lash.core.regex

local M = {}

--- A pattern: extended regular expressions without what needs to go back.
---@class lash.regex.regex
local Regex = {}

---@param pattern string
---@param work integer  how many steps all its searches together may take
---@return lash.regex.regex? regex
---@return string? message
---@return string? code
function M.new(pattern, work) end

--- The first line that fits, of those that begin at byte `at` or later.
---@param text string
---@param at integer
---@return integer|false|nil skipped  lines before it; nil: there is none; false: the work is used up
---@return integer? first
---@return integer? last
function Regex:next(text, at) end

--- Any number of times.
function Regex:close() end

return M
