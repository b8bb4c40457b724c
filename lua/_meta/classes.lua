---@meta
--
-- What lash takes and gives.

--- Seconds, or a text such as "1h30m" or "250ms".
---@alias lash.Duration number|string

---@alias lash.ThinkingLevel "off"|"low"|"medium"|"high"|boolean|{ budget: integer }

--- The name of a built-in tool.
---@alias lash.BuiltIn "read_file"|"write_file"|"edit_file"|"list_files"|"grep"|"shell"|"fetch"

--- A documented function, what `lash.tool` gives, a built-in tool, or an agent with
--- a name and an `about`.
---@alias lash.ToolLike function|lash.Tool|lash.BuiltIn|lash.Agent

--- What built-in tools may do: all, nothing, or what a list has; else a person is
--- asked.
---@class lash.Policy
---@field read? "allow"|"ask"|"deny"|string[]  globs of real paths; default: the working folder
---@field write? "allow"|"ask"|"deny"|string[]  globs of real paths
---@field exec? "allow"|"ask"|"deny"|(string|string[])[]  the first words of commands
---@field net? "allow"|"ask"|"deny"|string[]  names of hosts

--- A text, or a list of texts, files and images (a path, or a URL).
---@alias lash.Prompt string|(string|{ file: string }|{ image: string })[]

---@alias lash.ErrorKind
---| "usage" | "schema" | "context_length" | "input" | "network" | "unavailable" | "http" | "internal"
---| "process" | "cancelled" | "output" | "io" | "store" | "rate_limit" | "locked" | "waiting" | "unsettled"
---| "protocol" | "incomplete" | "auth" | "denied" | "content_filter" | "config" | "not_found" | "invalid"
---| "billing" | "drift" | "budget" | "turns" | "loop" | "timeout" | "interrupted"

---@class lash.Error
---@field kind lash.ErrorKind
---@field message string
---@field hint? string  what a person could do
---@field exit integer
---@field temporary boolean
---@field status? integer  HTTP status
---@field code? string|integer  the service's own word; exit status of a command
---@field signal? string  that ended a command
---@field stderr? string  of a command
---@field stdout? string
---@field response? lash.HttpResponse  of lash.http
---@field request_id? string
---@field retry_after? number  seconds
---@field attempts? integer
---@field limit? integer  tokens that the model takes, of `context_length`
---@field run? lash.Run  what there is of the run
---@field errors? table<any, any>  of a race that nobody won: all of them

---@class lash.Provider
---@field type? "dashscope"|"openai"|"fake"
---@field api_key? string
---@field api_base? string
---@field headers? table<string, string>
---@field proxy? string
---@field ca? string  certificate bundle
---@field wait_timeout? number  seconds, 3 to 120, that the service may queue a request

--- What may be spent.
---@class lash.Limits
---@field usd? number  US dollars
---@field tokens? integer  input and output
---@field calls? integer  requests to a model
---@field time? lash.Duration
---@field month? number  US dollars in a calendar month, all processes together

--- Options of one call.
---@class lash.CallOptions
---@field provider? string|lash.Provider
---@field model? string
---@field instructions? string
---@field tools? lash.ToolLike[]
---@field returns? string  the type of the answer, in the type language
---@field thinking_level? lash.ThinkingLevel
---@field max_tokens? integer
---@field temperature? number
---@field top_p? number
---@field seed? integer
---@field stop? string|string[]
---@field tool_choice? string|table
---@field parallel? boolean  as a tool of another agent: may run beside others
---@field parallel_tool_calls? boolean
---@field tool_streaming? "auto"|"native"|"fallback"
---@field max_turns? integer
---@field max_tool_calls? integer
---@field timeout? lash.Duration
---@field budget? number|lash.Limits  US dollars, or several limits, of one call
---@field retry? integer  attempts after the first
---@field fallback? string|string[]  models to ask when this one cannot answer now
---@field cache? boolean  ask for the explicit prompt cache
---@field extra? table  raw fields of the request
---@field policy? lash.Policy
---@field sandbox? "auto"|"required"|"off"  of the tool shell
---@field on? fun(event: lash.Event)

---@class lash.AgentOptions: lash.CallOptions
---@field name? string
---@field about? string  what it is for

---@class lash.Usage
---@field input? integer  tokens
---@field output? integer
---@field total? integer
---@field reasoning? integer  part of output
---@field cached? integer  part of input
---@field cache_creation? integer  part of input

---@class lash.ToolCall
---@field id string
---@field name string
---@field arguments any
---@field content string
---@field ok boolean
---@field seconds number
---@field run? string  of an agent among the tools: the id of its run
---@field agent? string  and its name

---@class lash.Run
---@field id string
---@field agent? string
---@field value any  the text, or the value of `returns`
---@field text string
---@field thinking string
---@field finish_reason? string
---@field model? string  what the service calls itself
---@field request_id? string
---@field turns integer
---@field tool_calls lash.ToolCall[]
---@field messages table[]
---@field usage lash.Usage
---@field cost? number  US dollars; nil where a price is not known
---@field seconds number
---@field denied { tool: string, subject: string, reason: string }[]  questions that became a no

---@class lash.Event
---@field type "start"|"thinking"|"text"|"tool_call"|"tool_result"|"retry"|"usage"|"compact"|"done"
---@field t number  seconds since the run began
---@field run string  its id
---@field agent? string
---@field parent? string  of a run in another one's tool: the id of that one
---@field model? string  start
---@field text? string  thinking, text
---@field id? string  tool_call, tool_result
---@field name? string  tool_call, tool_result
---@field arguments? any  tool_call
---@field content? string  tool_result
---@field ok? boolean  tool_result
---@field seconds? number  tool_result
---@field attempt? integer  retry
---@field delay? number  retry
---@field error? lash.Error  retry
---@field usage? lash.Usage  usage: of this turn
---@field cost? number  usage
---@field replayed? boolean  usage, tool_result: taken from the record of a workflow
---@field left_out? integer  compact: messages that are not sent
---@field limit? integer  compact: tokens that the model takes
---@field result? lash.Run  done

---@class lash.Agent: lash.AgentOptions
---@overload fun(prompt: lash.Prompt, options?: lash.CallOptions): any
local Agent = {}

--- Runs the agent in a fresh conversation; the whole record.
---@async
---@param prompt lash.Prompt
---@param options? lash.CallOptions
---@return lash.Run
function Agent:run(prompt, options) end

--- Runs the agent in a fresh conversation; an iterator over its events, for
--- `for`. Leaving the loop closes the connection.
---@async
---@param prompt lash.Prompt
---@param options? lash.CallOptions
---@return fun(): lash.Event?
function Agent:stream(prompt, options) end

--- A conversation that goes on from prompt to prompt: in memory, or, with an id
--- (letters, digits and _ . : @ / + -), kept for other runs and processes.
---@param id? string
---@return lash.Session
function Agent:session(id) end

---@class lash.Session
---@overload fun(prompt: lash.Prompt, options?: lash.CallOptions): any
---@field id? string
---@field messages table[]  without the agent's instructions
---@field usage lash.Usage  of all its turns
---@field cost? number  US dollars; nil where a price is not known
local Session = {}

--- The next prompt; the whole record. The same prompt again, after a run that was
--- stopped, goes on where that was.
---@async
---@param prompt lash.Prompt
---@param options? lash.CallOptions
---@return lash.Run
function Session:run(prompt, options) end

--- The next prompt; an iterator over its events.
---@async
---@param prompt lash.Prompt
---@param options? lash.CallOptions
---@return fun(): lash.Event?
function Session:stream(prompt, options) end

--- A copy as it stands: in memory, or under a new id.
---@async
---@param id? string
---@return lash.Session
function Session:fork(id) end

--- Takes the last prompt, and all that came of it, out of the conversation.
---@async
---@return boolean  was there one?
function Session:undo() end

--- What a tool's function gets behind its arguments.
---@class lash.ToolContext
---@field name string
---@field key string  another for every call of every run
---@field attempt integer
---@field deadline? number  seconds since the epoch: the nearest of all around the call

---@class lash.ToolSpec
---@field name string
---@field about string
---@field run fun(...): ...
---@field params? string  type language
---@field schema? table  raw JSON Schema: `run` takes one table
---@field timeout? lash.Duration
---@field confirm? boolean  a person is asked before a model's call
---@field readonly? boolean  it changes nothing
---@field parallel? boolean  default: as readonly
---@field max_output? integer  bytes
---@field loop_ok? boolean  it may give the same result again and again

---@class lash.Tool: lash.ToolSpec
---@overload fun(arguments?: table): ...

---@class lash.ExecOptions
---@field stdin? string  what the command reads; default: nothing
---@field cwd? string
---@field env? table<string, string|number|false>  variables to add; false takes one away
---@field timeout? lash.Duration  then it is ended
---@field max_output? integer  bytes kept of its output, and of its errors

---@class lash.CmdOptions
---@field name? string  default: the leading plain words
---@field cwd? string
---@field env? table<string, string|number|false>
---@field timeout? lash.Duration
---@field readonly? boolean
---@field parallel? boolean
---@field max_output? integer

---@class lash.ExecResult
---@field code integer  exit status; 128 + signal; 124 when `timeout` has passed
---@field signal? string  "SIGKILL"
---@field out string
---@field err string
---@field seconds number
---@field truncated? integer  bytes that are missing in out and err
---@field timed_out? boolean

--- Values of a query or a form; a list is its name with each value.
---@alias lash.Fields table<string, string|number|boolean|(string|number|boolean)[]>

--- What holds for all requests to a site. `false` takes a header away.
---@class lash.HttpSite
---@field base? string  URL of the site; paths go below it
---@field headers? table<string, string|number|string[]|false>
---@field query? lash.Fields|string
---@field timeout? lash.Duration  all of it, with redirects and retries; default: 30
---@field retry? integer  attempts after the first; default: 2 for GET and HEAD, else 0
---@field check? boolean  default: true; an answer that is not 2xx raises `http`
---@field max_bytes? integer  of the body; default: 16 MiB, in a file 1 GiB

--- Of `json`, `form` and `body` there is one at most.
---@class lash.HttpOptions: lash.HttpSite
---@field json? any  the body, as JSON
---@field form? lash.Fields  the body, as a form
---@field body? string
---@field to? string  a file for the body

---@class lash.HttpResponse
---@field status integer
---@field ok boolean  the status is 2xx
---@field headers table<string, string>  by name in any case; repeated ones joined with ", "
---@field body? string  nil: it went to a file
---@field url string  the last one, after redirects
local HttpResponse = {}

--- The body read as JSON; `schema` when it is none.
---@return any
function HttpResponse:json() end

--- The values of a header one by one, as Set-Cookie needs it.
---@param name string
---@return string[]
function HttpResponse:values(name) end

---@class lash.ModelDefinition
---@field context? integer  tokens
---@field max_output? integer  tokens
---@field thinking? "none"|"off"|"on"|"only"
---@field budget? integer|boolean
---@field tools? boolean
---@field stream_tools? boolean
---@field stream_only? boolean
---@field vision? boolean
---@field price? { input?: number, output?: number, thinking?: number, cached?: number, cache_read?: number, cache_write?: number }
