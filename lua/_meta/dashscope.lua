---@meta lash.core.dashscope

local M = {}

--- What is known of a model; what is not known is absent.
---@class lash.dashscope.Row
---@field pattern string  "" for a name that is not in the table
---@field thinking? "none"|"off"|"on"|"only"
---@field stream_tools? "yes"|"no"
---@field takes_budget boolean
---@field takes_effort boolean
---@field stream_only boolean
---@field whole_needs_off boolean
---@field json_object boolean
---@field json_schema boolean
---@field json_thinking boolean
---@field tool_choice_auto boolean
---@field preserve_thinking boolean
---@field preserve_default boolean
---@field vision boolean
---@field completion_tokens boolean
---@field explicit_cache boolean
---@field fictional boolean
---@field instead? string  the real model for a fictional one
---@field max_budget? integer  tokens
---@field context? integer  tokens
---@field max_output? integer  tokens
---@field price? { input: number, output: number, thinking?: number, cache_read?: number }  US dollars for a million tokens

---@class lash.dashscope.Request
---@field model string
---@field messages string  JSON
---@field row? lash.dashscope.Row  default: the table's
---@field dashscope? boolean  false: nothing that only DashScope knows
---@field tools? string  JSON
---@field tool_choice? string  JSON
---@field response_format? string  JSON
---@field stop? string  JSON
---@field extra? string  JSON object; its members win
---@field level? "unset"|"off"|"low"|"medium"|"high"
---@field budget? integer  tokens of thinking, in place of a level
---@field think? boolean  what extra says of enable_thinking
---@field no_stream? boolean  also without tools; what can only stream is streamed
---@field tool_streaming? "auto"|"native"|"fallback"
---@field max_tokens? integer
---@field seed? integer
---@field temperature? number
---@field top_p? number
---@field parallel_tool_calls? boolean

---@class lash.dashscope.Plan
---@field stream boolean  ask for a stream
---@field whole boolean  hand the turn out whole
---@field think? boolean  nil: not sent
---@field budget? integer
---@field effort? string
---@field max_tokens? integer
---@field drop_tool_choice boolean
---@field drop_thinking_for_json boolean
---@field drop_format boolean

---@class lash.dashscope.Failure
---@field kind string
---@field topic? string  what a hint should be about
---@field temporary boolean
---@field burst boolean
---@field status? integer
---@field code? string
---@field message? string
---@field request_id? string
---@field fix? string  what to change so that the same request may succeed
---@field limit? integer

--- The row of a name: the longest pattern that covers it.
---@param name string
---@return lash.dashscope.Row
function M.model(name) end

--- All rows in the order of the table.
---@return lash.dashscope.Row[]
function M.models() end

--- The body of a request, byte-equal for equal input, and what was decided.
---@param request lash.dashscope.Request
---@return string? body
---@return lash.dashscope.Plan|string plan  or the message
---@return string? code
function M.request(request) end

--- What a refusal means.
---@param status? integer
---@param content_type? string
---@param body? string
---@return lash.dashscope.Failure
function M.failure(status, content_type, body) end

return M
