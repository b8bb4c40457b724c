---@meta lash.core.http

local M = {}

--- One plain HTTP request; redirects are not followed.
---@class lash.http.request
local Request = {}

--- Times are in seconds; absent or 0: no limit.
---@class lash.http.Request
---@field url string  http or https
---@field method? string  default: GET, and POST where there is a body
---@field headers? string[]  "Name: value"
---@field body? string
---@field proxy? string  default: from the environment
---@field ca? string  certificate bundle; default: the system's
---@field addresses? "any"|"public"  "public": loopback, private and the like are refused as "denied", and no proxy is used
---@field max_bytes? integer  of the body; a longer one fails as "toobig"; default: 16 MB
---@field file? string  a body of a 2xx replaces it, once it is there as a whole
---@field connect? number  DNS, TCP and TLS together
---@field first_byte? number  from the start to the first byte of the body
---@field silence? number  between bytes
---@field deadline? number  all of it
---@field record? boolean  the answer is kept as it comes: tap()

--- Seconds; what did not take place (without TLS, on an open connection) is absent.
---@class lash.http.Timings
---@field dns? number
---@field connect? number  TCP
---@field tls? number
---@field total number

---@class lash.http.Response
---@field status integer
---@field headers { [1]: string, [2]: string }[]  as they came, repeated ones too
---@field retry_after? number  seconds that the server asks for
---@field body? string  nil: it is in the file
---@field url string
---@field address? string  IP address of the peer, which may be a proxy
---@field timings lash.http.Timings

---@class lash.http.Failure
---@field transport string  "dns", "connect", "tls", "stall", "reset", "truncated", "toobig", "deadline", "denied", "usage", …
---@field message string
---@field status? integer  when the answer had begun
---@field headers? { [1]: string, [2]: string }[]  likewise
---@field url? string
---@field address? string  where it got to
---@field timings lash.http.Timings

--- Sends a request. `Request:id` rings when it has ended.
---@param request lash.http.Request
---@return lash.http.request? request
---@return string? message
---@return string? code
function M.start(request) end

--- What libcurl calls itself and its parts.
---@return string? version
---@return string? message
---@return string? code
function M.library() end

--- Id of its event source, for `sched.wait`.
---@return integer
function Request:id() end

--- The end, once: nil while there is none.
---@return "done"|"fail"|nil kind
---@return lash.http.Response|lash.http.Failure|nil what
function Request:pop() end

--- What was recorded of the answer so far; nil: nothing is recorded.
---@return lash.core.Tap?
function Request:tap() end

--- Cuts the connection; any number of times.
function Request:close() end

return M
