---@meta lash.test

--- The kit for specs of one's own scripts, which `lash test` runs. There is no network
--- but a fake or a tape that is open; the time and what is random are fixed.
local test = {}

--- A reply of a fake: what is said, or a refusal. A text alone matches everything.
---@class lash.test.Reply
---@field match? string|fun(request: lash.test.Request): any  part of the last user or tool message; none: all
---@field times? integer  how often it may be used (1)
---@field text? string|string[]  a list: the pieces of a stream
---@field json? any  the text, as JSON
---@field thinking? string
---@field tool? string  name of a tool to call
---@field arguments? table|string  of that call; a string is sent as it is
---@field calls? { tool: string, arguments?: table|string, id?: string }[]
---@field finish? string  finish reason
---@field usage? table|false  { input, output, reasoning, cached, cache_creation, total }; false: none
---@field status? integer  refuse with this status, 400 to 599
---@field code? string  error code of a refusal
---@field message? string  error text of a refusal
---@field retry_after? number  seconds, as a header
---@field delay? lash.Duration  before the answer begins
---@field cut? boolean|integer  the connection breaks: true: in the middle; N: after N events of a stream, N bytes else

--- What a fake was asked. The fields of its JSON can be read as its own:
--- `request.messages`, `request.model`.
---@class lash.test.Request
---@field method string
---@field path string
---@field headers table<string, string>  lower-case names
---@field body string
---@field json table
---@field prompt? string  the last message
---@field [string] any

--- A simulated service, open until it is closed, or its test ends.
---@class lash.test.Fake
---@field url string  its API base
---@field requests lash.test.Request[]  so far
local Fake = {}

--- Adds a reply; from the first one on only replies answer.
---@param r lash.test.Reply|string
function Fake:reply(r) end

--- Any number of times.
function Fake:close() end

--- Starts one: without replies it answers by rule, as `lash fake` does.
---@param replies? (lash.test.Reply|string)[]|fun(request: lash.test.Request): lash.test.Reply|string|nil
---@return lash.test.Fake
function test.fake(replies) end

--- A recording that answers, open until it is closed, or its test ends.
---@class lash.test.Tape
---@field file string
local Tape = {}

--- Any number of times.
function Tape:close() end

--- Plays what `LASH_RECORD=FILE lash …` has recorded. A test fails of a request that
--- differs from what was recorded, and of an exchange that is not asked for.
---@param file string
---@param options? { speed?: number }  1: pieces come as they did; default: at once
---@return lash.test.Tape
function test.tape(file, options) end

---@class lash.test.RunOptions
---@field stdin? string
---@field cwd? string
---@field env? table<string, string|number|false>  more variables; false removes one
---@field timeout? lash.Duration  default: 60 s
---@field max_output? integer
---@field options? string[]  of lash, before the script: { "--json" }
---@field state? string|lash.fs.Folder  a folder that keeps the state from one run to the next
---@field time? number  epoch seconds where its clock begins

--- Runs a script with this very lash, in a state and configuration of its own.
---@async
---@param script string
---@param args? (string|number)[]
---@param options? lash.test.RunOptions
---@return lash.ExecResult
function test.run(script, args, options) end

--- Runs a script in a new state, kills it behind its n-th journal record, resumes it and
--- has the record of that checked: for n = 1, 2, … until it ends by itself.
---@async
---@param script string
---@param args? (string|number)[]
---@param options? lash.test.RunOptions
---@param check fun(record: lash.ExecResult, n: integer)
---@return integer crashes
---@overload async fun(script: string, args: (string|number)[]?, check: fun(record: lash.ExecResult, n: integer)): integer
function test.crash_matrix(script, args, options, check) end

return test
