---@meta lash

local lash = {}

--- Makes an agent, or takes one of config.json by its name.
---@param options lash.AgentOptions|string
---@return lash.Agent
function lash.agent(options) end

--- Calls functions side by side; what each returned, under the same key. The first
--- error cancels the others and is raised.
---@async
---@generic K
---@param functions table<K, async fun(): any>
---@return table<K, any>
function lash.all(functions) end

--- What runs from now on may spend no more than this, until it is closed.
---@class lash.Budget
---@field spent { usd: number, tokens: integer, calls: integer }
local Budget = {}

--- It does not hold any more; any number of times.
function Budget:close() end

--- Opens a budget: `local cap <close> = lash.budget(0.05)`.
---@param limits number|lash.Limits  a number is US dollars
---@return lash.Budget
function lash.budget(limits) end

--- Reads this script's arguments; `--help` prints what they are.
---@param params string  type language: "city: string, days?: integer = 1"
---@return table
function lash.args(params) end

--- Asks an agent without a name.
---@async
---@param prompt lash.Prompt
---@param options? lash.CallOptions
---@return any
function lash.ask(prompt, options) end

--- The real folder of the script; nil without a file.
---@type string?
lash.dir = nil

--- `lash.env.X` is nil when $X is not set, `lash.env "X"` raises. The
--- environment, then .env.local.
---@type table<string, string?> | fun(name: string): string
lash.env = nil

--- Makes a tool of a command: a template, and what it is for.
---@param template string
---@param about string
---@param options? lash.CmdOptions
---@return lash.Tool
function lash.cmd(template, about, options) end

--- Runs a command; raises only when it cannot begin. Without a template: words,
--- and options beside them, `lash.exec { "sort", stdin = text }`.
---@async
---@param command string|table  a template, or words and options
---@param values? table  of the template
---@param options? lash.ExecOptions
---@return lash.ExecResult
function lash.exec(command, values, options) end

--- Raises an error of a kind of the exit table.
---@param kind lash.ErrorKind
---@param message string
---@param hint? string
function lash.fail(kind, message, hint) end

lash.fs = {}

---@class lash.fs.Stat
---@field type "file"|"directory"|"pipe"|"socket"|"device"
---@field size integer  bytes
---@field mtime number  seconds since the epoch
---@field mode integer  permission bits

--- A temporary folder; also a path, wherever `lash.fs` takes one, and before `..`.
---@class lash.fs.Folder
---@field path string
---@operator concat(string): string
local Folder = {}

--- Removes it with all that is in it; any number of times.
function Folder:close() end

--- The content of a file. What is not there raises `input`, here and below.
---@param path string
---@return string
function lash.fs.read(path) end

--- Replaces the content of a file, all at once, or makes it; the mode stays.
---@param path string
---@param data string
function lash.fs.write(path, data) end

--- Adds to the end of a file, or makes it.
---@param path string
---@param data string
function lash.fs.append(path, data) end

--- Is there something of this name?
---@param path string
---@return boolean
function lash.fs.exists(path) end

--- What is of this name; links are followed.
---@param path string
---@return lash.fs.Stat
function lash.fs.stat(path) end

--- The names in a folder, sorted.
---@param path? string  default: the current folder
---@return string[]
function lash.fs.list(path) end

--- The paths that fit a pattern, sorted: `*`, `?`, `[a-z]`, `{a,b}` within a name,
--- `**` for any number of folders.
---@async
---@param pattern string
---@return string[]
function lash.fs.glob(pattern) end

--- Makes a folder, and those above it that are missing.
---@param path string
function lash.fs.mkdir(path) end

--- Removes a file or an empty folder; with `recursive` a folder with all that is in
--- it. Links are removed, not followed.
---@param path string
---@param options? { recursive?: boolean }
function lash.fs.remove(path, options) end

--- Gives a file or folder another name; a file of that name is replaced.
---@param from string
---@param to string
function lash.fs.rename(from, to) end

--- Makes a folder for this user only, which is removed with all that is in it when it
--- is closed, at the latest when the process ends.
---@return lash.fs.Folder
function lash.fs.tmp() end

--- Called with a table: the same functions, bound to a site.
---@class lash.Http
---@overload fun(site: lash.HttpSite): lash.Http
lash.http = {}

---@async
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.get(url, options) end

---@async
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.head(url, options) end

---@async
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.post(url, options) end

---@async
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.put(url, options) end

---@async
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.patch(url, options) end

---@async
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.delete(url, options) end

--- Any method.
---@async
---@param method string
---@param url string
---@param options? lash.HttpOptions
---@return lash.HttpResponse
function lash.http.request(method, url, options) end

--- Makes a job, for a script to return.
---@param spec lash.JobSpec
---@return lash.Job
function lash.job(spec) end

lash.json = {}

--- JSON null.
---@type lightuserdata
lash.json.null = nil

--- Writes a value as JSON, keys in a fixed order; `{}` is an object.
---@param v any
---@param indent? integer
---@return string
function lash.json.encode(v, indent) end

--- Reads one JSON document; text that is none raises `schema`.
---@param s string
---@return any
function lash.json.decode(s) end

--- Marks a table as a list, so that it is one even when it is empty.
---@generic T: table
---@param t T
---@return T
function lash.json.array(t) end

lash.log = {}

--- A line on stderr, always. One argument is a text; more are a format and its
--- values.
---@param text any
---@param ... any
function lash.log.error(text, ...) end

--- A line on stderr, unless -q.
---@param text any
---@param ... any
function lash.log.warn(text, ...) end

--- A line on stderr with -v.
---@param text any
---@param ... any
function lash.log.info(text, ...) end

--- A line on stderr with -vv.
---@param text any
---@param ... any
function lash.log.debug(text, ...) end

---@class lash.MapOptions
---@field max? integer  items at a time; default: 8
---@field settle? boolean  the errors of single items are a second list

--- Calls f(item) for every item of a list; the results in the order of the list,
--- `.n` of them. The first error cancels the others and is raised.
---@async
---@param list any[]  `list.n` items, else #list
---@param options? lash.MapOptions
---@param f async fun(item: any): any
---@return any[] results
---@return any[]? errors  with `settle`, at the places of their items
---@overload fun(list: any[], f: async fun(item: any): any): any[]
function lash.map(list, options, f) end

lash.models = {}

--- Says what a model can, or a family of them by the beginning of their names.
---@param pattern string
---@param definition lash.ModelDefinition
function lash.models.define(pattern, definition) end

--- Makes the policy of all agents that have none of their own.
---@param policy lash.Policy
---@return lash.Policy
function lash.policy(policy) end

--- Calls functions side by side; what the first returns that does not fail. The
--- others are cancelled. Raises when all fail.
---@async
---@param functions table<any, async fun(): any>
---@return any
function lash.race(functions) end

--- Makes a text show as `[secret]` in every output; returns it.
---@param value string
---@return string
function lash.secret(value) end

--- Waits.
---@async
---@param d lash.Duration
function lash.sleep(d) end

--- Runs a command and returns what it wrote, without its last line end. An exit
--- status that is not 0 raises `process`.
---@async
---@param command string|table  a template, or words and options
---@param values? table  of the template
---@param options? lash.ExecOptions
---@return string
function lash.sh(command, values, options) end

--- A function that runs beside the others. It belongs to the task that began it,
--- which does not end before it. Closing it cancels it.
---@class lash.Task
---@field done boolean
local Task = {}

--- Waits for its end; what it returned, or its error, raised.
---@async
---@return any ...
function Task:join() end

--- Ends it: an error is raised where it waits.
---@param err? any  default: of kind `cancelled`
function Task:cancel(err) end

--- Begins f(...) as a task. A failure that nobody joins is that of the task that
--- began it.
---@param f async fun(...): ...
---@param ... any
---@return lash.Task
function lash.spawn(f, ...) end

--- Opens a table that is kept between runs: `local s <close> = lash.state "name"`. It
--- is written when the block ends without an error; nobody else has it open meanwhile.
---@async
---@param name string  1 to 64 letters, digits, `_`, `.` and `-`
---@return table
function lash.state(name) end

--- All of standard input.
---@class lash.Stdin
---@overload fun(): string
lash.stdin = {}

--- Iterates over its lines.
---@return fun(): string?
function lash.stdin.lines() end

--- What f() returns; a `timeout` error when it, with all that it began, is not
--- done within the time.
---@async
---@param d lash.Duration
---@param f async fun(): ...
---@return any ...
function lash.timeout(d, f) end

--- Makes a tool.
---@param spec lash.ToolSpec
---@return lash.Tool
function lash.tool(spec) end

--- Calls f(...): its values, or nil and the error table. What is to end more than f
--- (cancelled, interrupted, budget, waiting, unsettled, drift, a deadline around it) and
--- plain Lua errors pass.
---@async
---@param f function
---@param ... any
---@return any value
---@return lash.Error? err
function lash.try(f, ...) end

---@type string
lash.version = nil

--- Makes a workflow, for a script to return.
---@param spec lash.WorkflowSpec
---@return lash.Workflow
function lash.workflow(spec) end

return lash
