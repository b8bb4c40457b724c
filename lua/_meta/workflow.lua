---@meta lash.workflow

--- A script returns it, and is it.
---@class lash.Workflow
local Workflow = {}

---@class lash.WorkflowSpec
---@field name string
---@field about? string
---@field params? string  type language: the arguments of the script
---@field key? string[]  the parameters that say which run it is; default: all
---@field budget? number|lash.Limits  of a run, all its processes together
---@field expires? lash.Duration  a run that began longer ago is not gone on with; default: 7 days
---@field unsettled? "retry"|"stop"  requests whose answer was lost; default: "retry"
---@field run async fun(w: lash.Work, args: table): any

---@class lash.StepContext
---@field name string
---@field key string  the same in each attempt, in no other step
---@field attempt integer
---@field deadline? number  epoch seconds

---@class lash.StepOptions
---@field key? string|integer  tells steps of one name apart
---@field input? any  what its result depends on: when that changes, the run stops with `drift`
---@field retry? integer  further attempts after failures that may pass
---@field timeout? lash.Duration

---@class lash.WorkMapOptions
---@field key? string|(fun(item: any): string|integer)  what tells items apart
---@field max? integer  at a time; default: 8
---@field settle? boolean  errors of single items are a second list
---@field retry? integer
---@field timeout? lash.Duration

--- What a workflow works with.
---@class lash.Work
---@field id string  of the run
---@field name string
local Work = {}

--- Calls f(ctx) when there is no result yet, and stores what it returns; else gives
--- that. Raises `usage` for what cannot be stored, `drift` when `input` has changed.
---@async
---@param name string
---@param options? lash.StepOptions
---@param f async fun(ctx: lash.StepContext): any
---@return any
function Work:step(name, options, f) end

--- Calls f(item, ctx) for every item, each as a step; the results in the order of the
--- list.
---@async
---@param name string
---@param list any[]
---@param options? lash.WorkMapOptions
---@param f async fun(item: any, ctx: lash.StepContext): any
---@return any[] results
---@return any[]? errors
function Work:map(name, list, options, f) end

--- Calls functions side by side, each as a step; their results under the same keys.
---@async
---@generic K
---@param functions table<K, async fun(ctx: lash.StepContext): any>
---@return table<K, any>
function Work:all(functions) end

--- Waits; of a run that goes on, what is left of it.
---@async
---@param d lash.Duration
function Work:sleep(d) end

--- Asks a person; without a terminal the run ends with `waiting` until somebody has
--- answered: `lash runs approve ID yes`.
---@async
---@param question string
---@param detail? any  a text, or what is shown as JSON
---@return boolean
function Work:approve(question, detail) end

--- Has f called when the workflow fails for good, the last one first.
---@param f async fun(ctx: lash.StepContext)
function Work:compensate(f) end

return Workflow
