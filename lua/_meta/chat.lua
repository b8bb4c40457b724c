---@meta lash.core.chat

local M = {}

--- One model call: what has arrived of its answer is popped, never pushed.
---@class lash.chat.stream
local Stream = {}

--- Times are in seconds; absent or 0: no limit.
---@class lash.chat.Request
---@field url string
---@field body string
---@field headers string[]  "Name: value"
---@field proxy? string  default: from the environment
---@field ca? string  certificate bundle; default: the system's
---@field connect? number  DNS, TCP and TLS together
---@field first_byte? number  from the start to the first byte of the body
---@field silence? number  between bytes
---@field progress? number  between events
---@field deadline? number  all of it
---@field record? boolean  the answer is kept as it comes: tap()
---@field gather? boolean  text is no news by itself, only much of it, and the end

--- Sends a request. `Stream:id` rings when there is something to pop.
---@param request lash.chat.Request
---@return lash.chat.stream? stream
---@return string? message
---@return string? code
function M.start(request) end

--- Id of its event source, for `sched.wait`.
---@return integer
function Stream:id() end

--- What has arrived since the last call:
---
---     nil                                   nothing; wait
---     "thinking" | "text", text
---     "call", id, name, arguments           a whole call, arguments as the model wrote them
---     "done", finish, model, request_id, input, output, total, reasoning, cached, cache_creation
---     "fail", failure                       { transport = code, message = } or lash.dashscope.Failure
---@return "thinking"|"text"|"call"|"done"|"fail"|nil kind
---@return any ...
function Stream:pop() end

--- How far it has come; nil: it is closed.
---@return "connecting"|"waiting"|"answering"|nil
function Stream:phase() end

--- What was recorded of the answer so far.
---@class lash.core.Tap
---@field status? integer
---@field headers? { [1]: string, [2]: string }[]
---@field pieces { [1]: number, [2]: string }[]  seconds since the start, bytes
---@field cut boolean  there was too much of it

--- nil: nothing is recorded.
---@return lash.core.Tap?
function Stream:tap() end

--- Cuts the connection; any number of times.
function Stream:close() end

return M
