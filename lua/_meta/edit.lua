---@meta lash.core.edit

local M = {}

--- A line that a person types at the terminal of the standard streams.
---@class lash.edit.editor
local Editor = {}

--- Opens libedit. Code "library": it is not there.
---@return lash.edit.editor? editor
---@return string? message
---@return string? code
function M.open() end

--- A line for the history.
---@param text string
function Editor:add(text) end

--- Begins a line. Between two bytes 1 a prompt has what takes no room.
---@param prompt string
function Editor:begin(prompt) end

--- Waits until there is something to do, and is called again until the line ends.
---@return "line"|"end"|"stopped"|"complete"|"search"
---@return string before  the cursor
---@return string behind
function Editor:read() end

--- The text of the line; nil when none is begun.
---@return string? before  the cursor
---@return string? behind
function Editor:text() end

--- What was pasted into the line, each text between line ends.
---@return string
function Editor:pasted() end

--- Waits for a key; nil: none will come.
---@return integer?
function Editor:key() end

--- The next thing to be read is this key.
---@param key integer
function Editor:unread(key) end

--- So many characters before the cursor become the text.
---@param chars integer
---@param text string
function Editor:replace(chars, text) end

--- The prompt and the whole line become these.
---@param prompt string
---@param text string
function Editor:show(prompt, text) end

--- Prints whole lines below the line, which is then shown again.
---@param text string
function Editor:print(text) end

--- Ends the line, when one is begun; the mark is shown behind one that is not complete.
---@param mark? string
function Editor:finish(mark) end

--- Any number of times.
function Editor:close() end

return M
