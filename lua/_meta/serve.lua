---@meta lash.core.serve

local M = {}

--- A server on loopback. Ids are those of event sources, for `sched.wait`.
---@class lash.serve.server
local Server = {}

--- A request, and the answer to it.
---@class lash.serve.exchange
local Exchange = {}

--- Listens.
---@param port integer  0: any free one
---@return lash.serve.server? server
---@return string? message
---@return string? code
function M.start(port) end

---@return integer
function Server:id() end

---@return integer
function Server:port() end

--- The next request that has come whole; nil: wait.
---@return lash.serve.exchange?
function Server:accept() end

--- Cuts all connections; who waits for the server goes on.
function Server:stop() end

--- Stops and frees the port; any number of times.
function Server:close() end

---@return integer
function Exchange:id() end

---@return string
function Exchange:method() end

---@return string path
---@return string query
function Exchange:path() end

--- A header of the request; letter case does not matter.
---@param name string
---@return string?
function Exchange:header(name) end

--- All headers as they were sent: pairs of name and value.
---@return string[][]
function Exchange:headers() end

---@return string
function Exchange:body() end

--- Begins the answer.
---@param status integer
---@param headers? table<string, string>
---@return true?
---@return string? message
---@return string? code
function Exchange:start(status, headers) end

--- Queues a piece of the body.
---@param s string
---@return integer? queued  bytes that are still to be sent
---@return string? message
---@return string? code
function Exchange:write(s) end

--- Ends the answer.
---@return true?
---@return string? message
---@return string? code
function Exchange:finish() end

--- Cuts the connection after what was written.
function Exchange:abort() end

--- Has the client left?
---@return boolean
function Exchange:gone() end

--- Any number of times; an answer that was not finished is cut.
function Exchange:close() end

return M
