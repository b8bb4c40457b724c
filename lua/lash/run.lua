--- One run of an agent: turns of the model, the calls of its tools, until there
-- is an answer.
local chat = require "lash.chat"
local context = require "lash.context"
local conversation = require "lash.run.conversation"
local errors = require "lash.errors"
local history = require "lash.history"
local loop = require "lash.core.loop"
local request = require "lash.request"
local sched = require "lash.sched"
local scope = require "lash.scope"
local states = require "lash.run.state"

local M = {}

--- Many answers have none.
local function calls() return require "lash.calls" end

--- Loaded while a model works on its answer.
local function taken() return require "lash.run.taken" end

---@class lash.Run
---@field id string
---@field agent? string
---@field value any
---@field text string  of the last turn
---@field thinking string
---@field finish_reason? string
---@field model? string  what the service calls itself
---@field turns integer
---@field tool_calls table[]  {id, name, arguments, content, ok, seconds}
---@field messages table[]
---@field usage table  {input, output, reasoning, cached, total}; nil where the service said nothing
---@field cost? number  US dollars; nil where a price is not known
---@field seconds number
---@field denied table[]

--- Errors that another model may not have, beside those that pass.
local OF_THIS_MODEL = { not_found = true, billing = true, context_length = true }

--- Asks the model; the next of `fallback` when this one cannot answer and nothing
-- of its answer was handed out. The run stays with the one that answers.
---@param state lash.run.State
---@return lash.Turn
local function ask(state)
  local run, said, handed = state.run, {}, false
  local function emit(kind, value)
    if kind == "lost" then
      state.priced, run.cost = false, nil -- it will be paid, and nobody has said how much
    elseif kind == "retry" then
      state.emit("retry", value)
    else
      handed = true
      if not state.settings.passing then
        said[kind] = said[kind] or {}
        table.insert(said[kind], value)
      end
      state.emit(kind, { text = value })
    end
  end
  local past = state.journal and state.journal:turn(emit)
  if past then return past end
  local first ---@type lash.Error?  of the models that were asked before
  local ok, turn, err, partial
  while true do
    ok, turn, err, partial = pcall(chat.turn, request.of(state, state.models[1]), emit, taken)
    if ok and turn then return turn end
    if not ok or handed then break end
    if err.kind ~= "context_length" or not require("lash.compact").refused(state, err.limit) then
      if not (err.temporary or OF_THIS_MODEL[err.kind]) or #state.models == 1 then break end
      first = first or err
      table.remove(state.models, 1)
      state.emit("retry", { attempt = err.attempts, delay = 0, error = err, model = state.models[1] })
    end
  end
  -- Also a turn that was interrupted leaves what it had said.
  run.text = partial and partial.text or table.concat(said.text or {})
  run.thinking = run.thinking .. (partial and partial.thinking or table.concat(said.thinking or {}))
  if not ok then error(turn, 0) end
  if first and first.temporary and not err.temporary then -- to come back later may still help
    first.hint = ("%s could not answer either: %s"):format(state.models[1], err.message)
    err = first
  end
  error(err, 0)
end

--- Takes a text as the structured answer; when it does not fit, the model is
-- told, as the result of call `id` or as the user.
---@param state lash.run.State
---@param text string
---@param id? string
---@return boolean fits
local function take_answer(state, text, id)
  local value, message = state.returns:read(text)
  local told = message and state.returns:repair(message) or state.returns.ACCEPTED
  if not message then state.run.value = value end
  if id then
    conversation.say(state, { role = "tool", tool_call_id = id, content = told, final = not message or nil })
  elseif message then
    conversation.say(state, { role = "user", content = told })
  end
  return not message
end

--- One turn and what it asks for; true when it was the last.
---@param state lash.run.State
---@return boolean
local function step(state)
  local turn, take = ask(state), taken()
  local cost = take.price_of(state, turn)
  local has_calls = #turn.calls > 0
  if has_calls then calls().name(turn, state.run.turns) end
  local final = state.returns and state.returns:find_call(turn)
  local cut = has_calls and require("lash.finish").is_cut(turn)
  local records = has_calls and not final and not cut and calls().read(state, turn) or {}
  take.keep(state, turn, cost, records)
  if has_calls then calls().announce(state, records) end
  take.account(state, turn, cost)
  take.check_finish(state, turn)
  if final then return take_answer(state, final.arguments, final.id) end
  if #records > 0 then
    calls().carry_out(state, records)
    return false
  end
  if state.returns then return take_answer(state, turn.text) end
  state.run.value = turn.text
  return true
end

---@param state lash.run.State
local function converse(state)
  for n = 1, state.settings.max_turns do
    state.run.turns = n
    if step(state) then return end
  end
  local most = state.settings.max_turns
  errors.raise("turns", ("no answer after %d turn%s"):format(most, most == 1 and "" or "s"),
    { hint = "max_turns sets the limit" })
end

--- Closing it leaves no call in the messages without an answer.
local answered = { __close = function(self) history.complete(self.run.messages) end }

--- Are there images in what is asked, or in what was said before?
local function has_images(content, transcript)
  if type(content) == "table" then return true end
  for _, message in ipairs(transcript and transcript:messages() or {}) do
    if type(message.content) == "table" then return true end
  end
  return false
end

--- Answers the prompt, unless a session has the whole answer already.
---@param state lash.run.State
local function answer(state, content, transcript)
  local journal = state.journal
  if journal and journal:answered() then return end
  conversation.begin(state, content, transcript)
  converse(state)
  if journal then journal:done() end
end

--- The same, within the budget and the time that it may take.
---@param state lash.run.State
local function work(state, content, transcript)
  local settings = state.settings
  local _answered <close> = setmetatable({ run = state.run }, answered)
  local _budget <close> = settings.budget and require("lash.budget").open(settings.budget) or nil
  state.budgeted = scope.find "budget" ~= nil
  if state.budgeted then require("lash.budget").check_prices(state.models, settings.provider_record) end
  local seconds = settings.timeout and require("lash.duration").seconds(settings.timeout, "timeout") or 0
  if seconds == 0 then return answer(state, content, transcript) end
  state.deadline = state.started + seconds
  local late = errors.new("timeout", ("no answer within %g s"):format(seconds))
  return require("lash.task").with_deadline(state.deadline, late, answer, state, content, transcript)
end

--- Runs an agent on one prompt. Raises an error table whose `run` is what there
-- is of the run.
---@async
---@param settings table  complete; see settings.lua
---@param content string|table[]  of the user's message; see prompt.lua
---@param listener? fun(event: table)
---@param transcript? lash.run.Transcript  of a session
---@return lash.Run
function M.start(settings, content, listener, transcript)
  sched.checkpoint() -- a finalizer at the end of the process is in no task
  if settings.sandbox == "required" then require("lash.confine").check() end
  local state = states.new(settings, listener)
  local run = state.run
  local _guard <close> = state.guard
  local _part <close> = state.outer and require("lash.nested").join(state) or nil
  if has_images(content, transcript) then
    state.models = require("lash.models.names").who_see(state.models, settings.provider_record)
  end
  if (settings.instructions or "") ~= "" then
    table.insert(run.messages, { role = "system", content = settings.instructions })
  end
  state.emit("start", { model = settings.model })
  local _journal <close> = require("lash.journal.agent").open(state, content, transcript)
  local ok, err = pcall(work, state, content, transcript)
  run.seconds = loop.now() - state.started
  if not ok then
    if errors.is(err) then err.run = run end
    if context.on_failure then context.on_failure(run.id) end
    error(err, 0)
  end
  state.emit("done", { result = run })
  return run
end

return M
