--- The run of an agent as a part of the journal: what it was asked, the turns of the
-- model, the calls of its tools.
--
-- In a workflow what has a result is not asked or called again. A session that is
-- kept goes on by its own transcript: of its runs the journal has the whole answer,
-- its turns are noted for what they cost alone.
local errors = require "lash.errors"
local estimate = require "lash.estimate"
local frame = require "lash.frame"
local journals = require "lash.journal"
local json = require "lash.core.json"
local sys = require "lash.core.sys"

local M = {}

-- Of workflows alone.
local function value() return require "lash.journal.value" end

---@class lash.journal.Agent
---@field key string
---@field journal lash.Journal|lash.journal.Record
---@field state lash.run.State
---@field replays boolean  turns and calls that are there count
---@field private kept boolean  a session has the turns
---@field private entry? lash.store.Entry
---@field private frame lash.Frame
local Agent = {}
Agent.__index = Agent

local ASKED = { "model", "instructions", "thinking_level", "max_tokens", "temperature", "top_p", "seed", "stop",
  "tool_choice", "extra", "fallback" }

--- Bytes of images are told apart by their hash.
local function prompt_of(content)
  if type(content) == "string" then return content end
  local parts = json.array {}
  for i, part in ipairs(content) do
    local url = part.image_url and part.image_url.url or ""
    parts[i] = url:find "^data:" and { image = sys.sha256(url) } or part
  end
  return parts
end

--- What an agent is given, as far as its answers depend on it.
local function input_of(state, content)
  local settings = state.settings
  local input = { prompt = prompt_of(content) }
  for _, key in ipairs(ASKED) do input[key] = settings[key] end
  if state.declarations and #state.declarations > 0 then input.tools = state.declarations end
  if type(settings.returns) == "string" then input.returns = settings.returns end
  return input
end

--- Begins the part of a run, `state.journal`; nil where runs are not recorded.
---@async
---@param state lash.run.State
---@param content string|table[]
---@param transcript? lash.run.Transcript
---@return lash.journal.Agent?
function M.open(state, content, transcript)
  local journal = journals.of_run()
  if not journal then return nil end
  local name = state.settings.name or "ask"
  local kept = transcript ~= nil and transcript.id ~= nil
  local self = setmetatable({ key = frame.key(name), journal = journal, state = state, kept = kept,
    replays = journal.replays and not kept }, Agent)
  if journal.replays then
    local past, input, hash = journal:find(self.key, input_of(state, content), name)
    self.entry = past or journal:begin { key = self.key, kind = "agent", input = input, input_hash = hash,
      agent = state.run.id }
  end
  self.frame, state.journal = frame.open(self.key), self
  return self
end

function Agent:__close(err)
  local _frame <close> = self.frame
  local e = self.entry
  if err ~= nil and e and e.state ~= "done" then self.journal:settle(e, { state = "failed", err = err }) end
end

local WHOLE = { "value", "text", "thinking", "finish_reason", "model", "turns", "usage", "cost" }

--- Of a session: the whole answer that is there.
---@return boolean
function Agent:answered()
  if not (self.kept and self.entry and self.entry.state == "done") then return false end
  for key, part in pairs(value().read(self.journal:result(self.entry))) do self.state.run[key] = part end
  return true
end

--- The agent has its answer.
---@async
function Agent:done()
  if not self.entry or self.entry.state == "done" then return end
  local whole
  if self.kept then
    whole = {}
    for _, key in ipairs(WHOLE) do whole[key] = self.state.run[key] end
    whole = value().text(whole, self.key)
  end
  self.journal:settle(self.entry, { state = "done", result = whole }, self.kept)
end

function Agent:_turn_key() return ("%s/turn[%d]"):format(self.key, self.state.run.turns) end

--- The turn that is there, if there is one; the run stays with the model that took
--- it.
---@param emit fun(kind: string, value: any)  is told of its text
---@return lash.Turn?
function Agent:turn(emit)
  local e = self.replays and self.journal:find(self:_turn_key())
  if e and e.state == "lost" then require("lash.journal.question").unsettled(self.journal, e) end
  if not e or e.state ~= "done" then return nil end
  if e.loaded then
    local totals = require("lash.store.runs").totals(self.journal.number, e.key)
    require("lash.budget").charge(totals)
  end
  local models = self.state.models
  while #models > 1 and models[1] ~= e.model do table.remove(models, 1) end
  local turn = value().read(self.journal:result(e))
  if turn.thinking ~= "" then emit("thinking", turn.thinking) end
  if turn.text ~= "" then emit("text", turn.text) end
  turn.replayed = true
  return turn
end

--- A request to a model, from before it is sent.
---@class lash.journal.Sent
---@field generated integer  bytes that have come
---@field begun? boolean  it is on its way
---@field private agent lash.journal.Agent
---@field private entry lash.store.Entry
---@field private estimate lash.Estimate
---@field private hold? lash.budget.Hold
---@field private over? boolean
local Sent = {}
Sent.__index = Sent

--- Notes what is about to be sent, and waits until that is safe.
---@async
---@param request table  as chat.turn takes it
---@param bytes integer  of its body
---@param plan lash.dashscope.Plan
---@param hold? lash.budget.Hold
---@return lash.journal.Sent
function Agent:send(request, bytes, plan, hold)
  local e = hold and hold.estimate or estimate.of(self.state, request, bytes, plan)
  local most = e:amount(hold and hold.thinking or e.thinking)
  local entry = self.journal:begin({ key = self:_turn_key(), kind = "model", agent = self.state.run.id,
    model = request.model, usd = e.price and most.usd, tokens = most.tokens }, hold and hold.ledger and "now" or true)
  return setmetatable({ agent = self, entry = entry, estimate = e, hold = hold, generated = 0 }, Sent)
end

function Sent:_settle(fields, turn, failure, wait)
  if self.over then return end
  self.over = true
  local amount = self.estimate:outcome(turn, failure, self.hold and self.hold.generated or self.generated)
  fields.usd = (self.estimate.price or amount.tokens == 0) and amount.usd or nil
  fields.tokens = amount.tokens
  self.agent.journal:settle(self.entry, fields, wait)
end

--- What became of it.
---@async
---@param turn? lash.Turn  nil: it could not even be started
---@param failure? table
function Sent:finish(turn, failure)
  if not turn or failure then
    failure = failure or {}
    local why = failure.message or failure.transport or failure.code or "not sent"
    local err = errors.new(failure.kind or "network", why)
    return self:_settle({ state = "failed", err = err }, turn, failure, false)
  end
  local result
  if self.agent.replays then
    local calls = json.array {}
    for i, call in ipairs(turn.calls) do calls[i] = call end
    result = value().text({ text = turn.text, thinking = turn.thinking, calls = calls, finish = turn.finish,
      model = turn.model, request_id = turn.request_id, usage = turn.usage }, self.entry.key)
  end
  self:_settle({ state = "done", result = result, usage = turn.usage }, turn, nil, self.agent.journal.replays)
end

--- It was left in its middle. When nothing had come it may have been paid, and nobody
--- knows how much.
function Sent:__close(err)
  if self.over then return end
  local generated = self.hold and self.hold.generated or self.generated
  if not self.begun or generated > 0 then
    local turn = self.begun and {} or nil
    return self:_settle({ state = "failed", err = err or "cut" }, turn, { transport = "cut" }, false)
  end
  self.over = true
  local e = self.entry
  self.agent.journal:settle(e, { state = "lost", err = err or "cut", usd = e.usd, tokens = e.tokens })
end

--- A call of a tool: its result when it is there, else what `carry_out` gives.
---@async
---@param index integer  in its turn
---@param id string  of the call
---@param tool lash.Tool
---@param carry_out async fun(key: string, attempt: integer): boolean, string
---@return boolean ok
---@return string content
---@return boolean? replayed
function Agent:call(index, id, tool, carry_out)
  local key = ("%s.%d/%s"):format(self:_turn_key(), index, frame.escape(tool.name))
  return require("lash.journal.call")(self, key, id, tool, carry_out)
end

return M
