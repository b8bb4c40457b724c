--- What there is of a run while it goes on.
local context = require "lash.context"
local errors = require "lash.errors"
local loop = require "lash.core.loop"
local models = require "lash.models"
local scope = require "lash.scope"
local sys = require "lash.core.sys"

local M = {}

---@class lash.run.State
---@field run lash.Run
---@field settings table
---@field emit fun(type: string, fields: table)
---@field tools table<string, lash.Tool>
---@field guard? lash.Guard  of tools that are built in, or ask first
---@field declarations table[]
---@field tool_choice? string|table  as the service takes it
---@field deadline? number
---@field models string[]  the one in use, then those to fall back to
---@field keep fun(message: table, more?: table)  tells a session, if there is one, of a message
---@field begin fun(id: string)  the same, of a call that begins
---@field prompt table  the message that is being answered
---@field window? lash.compact.Window  what is sent, when that is not all
---@field sent? integer  bytes of what was sent last
---@field last? lash.run.TurnTaken  what the last turn took
---@field malformed integer  calls in a row that fit no tool
---@field circles? lash.calls.Circles
---@field started number
---@field outer? lash.run.State  the run in whose tool this one began
---@field depth integer
---@field budgeted boolean
---@field known_input? { model: string, bytes: integer, tokens: integer }  of the last request
---@field journal? lash.journal.Agent  where runs are recorded
---@field tell fun(event: table)  for those who listen to this run
---@field listened boolean  there is somebody

--- Says with -v that thinking was asked for which the model does not do.
local function tell_thinking(settings)
  local level = settings.thinking_level
  if context.verbose == 0 or not level or level == "off" then return end
  if models.row(settings.model, settings.provider_record).thinking ~= "none" then return end
  require("lash.log").info("%s does not think: the level of thinking is not sent", settings.model)
end

local function nothing() end

---@param settings table
---@param listener? fun(event: table)
---@return lash.run.State
function M.new(settings, listener)
  local run = {
    id = sys.random_id(), agent = settings.name, text = "", thinking = "", turns = 0,
    tool_calls = {}, messages = {}, usage = {}, denied = {}, seconds = 0,
  }
  local fallback = settings.fallback or {}
  if type(fallback) == "string" then fallback = { fallback } end
  local state = {
    run = run, settings = settings, models = { settings.model, table.unpack(fallback) },
    malformed = 0, started = loop.now(), priced = true, outer = scope.find "run", depth = 1,
    listened = (settings.on or listener or context.on_event) ~= nil, keep = nothing, begin = nothing,
  }
  tell_thinking(settings)
  state.tools = {}
  if settings.tools and #settings.tools > 0 then
    if models.row(settings.model, settings.provider_record).tools == false then
      errors.raise("usage", settings.model .. " takes no tools",
        { hint = ("`lash models %s` says where that is said"):format(settings.model) })
    end
    state.declarations, state.tools = require("lash.tool").declare(settings.tools)
    for _, t in pairs(state.tools) do
      state.any_parallel = state.any_parallel or t.parallel
      if t.guarded or t.confirm then state.guard = state.guard or require("lash.guard").new(settings, run) end
    end
    state.tool_choice = require("lash.tool").choice(settings.tool_choice, state.tools)
  end
  if settings.returns then state.returns = require("lash.returns").new(settings.returns, state.tools) end
  function state.tell(event)
    if settings.on then settings.on(event) end
    if listener then listener(event) end
  end
  function state.emit(type, fields)
    fields.type, fields.t, fields.run, fields.agent = type, loop.now() - state.started, run.id, run.agent
    fields.parent = state.outer and state.outer.run.id
    if context.on_event then context.on_event(fields) end
    state.tell(fields)
  end
  return state
end

return M
