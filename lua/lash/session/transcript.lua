--- What was said in a session: in memory, or kept under an id.
--
-- A message is kept when it exists: the prompt, the turn of the model before its
-- calls are carried out, each result when its call is done. So a process that is
-- killed loses nothing that was answered. Kept messages have no secrets in them.
local errors = require "lash.errors"
local json = require "lash.core.json"
local money = require "lash.money"

local M = {}

---@class lash.session.Entry
---@field message table
---@field place integer
---@field prompt boolean  what was asked
---@field undone boolean
---@field turn? lash.run.TurnTaken
---@field cost? number
---@field begun? table<string, true>  ids of its calls, of a turn that this process took

---@class lash.session.OpenCall
---@field call table  as the message has it
---@field may_have_begun boolean

---@class lash.session.Transcript: lash.run.Transcript
---@field id? string  nil: in memory only
---@field private agent? string  who begins it
---@field private number? integer  of the row, once there is one
---@field private revision? integer  of the store, that this is a copy of
---@field private parent? string  what it was forked from
---@field private entries lash.session.Entry[]
---@field private busy boolean
local Transcript = {}
Transcript.__index = Transcript

local function sessions() return require "lash.store.sessions" end

--- A value as the store may have it.
local function kept_text(value)
  local text, message = json.encode(require("lash.secrets").redact_all(value))
  return text or errors.raise("usage", "a message cannot be kept: " .. message)
end

---@param id? string
---@param agent? string
---@return lash.session.Transcript
function M.new(id, agent)
  return setmetatable({ id = id, agent = agent, entries = {}, busy = false }, Transcript)
end

--- Reads it anew when another process has changed it.
function Transcript:refresh()
  if not self.id then return end
  local row = sessions().find(self.id)
  if not row then -- not there yet, or removed
    if self.number then self.entries, self.number, self.revision = {}, nil, nil end
    return
  end
  if row.number == self.number and row.revision == self.revision then return end
  self.number, self.revision, self.entries = row.number, row.revision, {}
  local at = {} -- messages by place
  for i, kept in ipairs(sessions().messages(row.number)) do
    local turn = kept.turn and json.decode(kept.turn)
    local window = turn and turn.window
    if window then turn.window = { first = at[window.first], from = at[window.from] } end
    at[kept.place] = json.decode(kept.body)
    self.entries[i] = { message = at[kept.place], place = kept.place, prompt = kept.prompt == 1,
      undone = kept.undone == 1, turn = turn, cost = kept.cost }
  end
end

--- The entries that are part of the conversation.
---@return lash.session.Entry[]
function Transcript:current()
  local list = {}
  for _, entry in ipairs(self.entries) do
    if not entry.undone then list[#list + 1] = entry end
  end
  return list
end

--- Its messages, oldest first.
---@return table[]
function Transcript:messages()
  local list = {}
  for i, entry in ipairs(self:current()) do list[i] = entry.message end
  return list
end

--- What the last turn took.
---@return lash.run.TurnTaken?
function Transcript:last_turn()
  local list = self:current()
  for i = #list, 1, -1 do
    if list[i].turn then return list[i].turn end
  end
end

--- Where the last turn stands that was not finished; nil when there is none.
local function unfinished(list)
  local last = list[#list] and list[#list].message
  if not last or last.final or last.role == "assistant" and not last.tool_calls then return nil end
  local at = #list
  while at > 0 and not list[at].message.tool_calls and not list[at].prompt do at = at - 1 end
  return at
end

--- The last prompt, when it is this one and has no answer.
---@param content string|table[]
---@return table?
function Transcript:unanswered(content)
  local list = self:current()
  if not unfinished(list) then return nil end
  for i = #list, 1, -1 do
    local message = list[i].message
    if list[i].prompt then return kept_text(message.content) == kept_text(content) and message or nil end
  end
end

--- The calls of an unfinished turn that have no result. Where another process took
-- the turn, only the first of those that come one behind the other may have begun.
---@return lash.session.OpenCall[]
function Transcript:open_calls()
  local list = self:current()
  local at = unfinished(list)
  local answered, open = {}, {}
  if not at then return open end
  local entry = list[at]
  for i = at, #list do answered[list[i].message.tool_call_id or ""] = true end
  for _, call in ipairs(entry.message.tool_calls or {}) do
    if not answered[call.id] then
      local begun = not (entry.turn and entry.turn.serial and #open > 0)
      if entry.begun then begun = entry.begun[call.id] or false end
      open[#open + 1] = { call = call, may_have_begun = begun }
    end
  end
  return open
end

--- Notes that a call of the last turn begins. In this process only: what it would
--- cost to have it on disk is more than most calls.
---@param id string
function Transcript:begin_call(id)
  for i = #self.entries, 1, -1 do
    local entry = self.entries[i]
    if entry.message.tool_calls then
      if entry.begun then entry.begun[id] = true end
      return
    end
  end
end

--- Its messages, every call answered; what has no result says so.
---@return table[]
function Transcript:complete()
  local list = self:messages()
  for _, open in ipairs(self:open_calls()) do list[#list + 1] = require("lash.calls.settle").answer(open) end
  require("lash.history").complete(list)
  return list
end

--- What all its turns took, undone ones too: they were paid.
---@return lash.Usage usage
---@return number? cost  nil where a price is not known
function Transcript:totals()
  local usage, cost = {}, 0
  for _, entry in ipairs(self.entries) do
    if entry.turn and not entry.turn.copied then
      money.add(usage, entry.turn.usage)
      cost = cost and entry.cost and cost + entry.cost
    end
  end
  return usage, cost
end

--- Changes the store, in one transaction, and then this copy: should it end in
--- between, the copy is known to be old. Makes the session when it is not there.
---@param access "write"|"durable"
---@param deadline? number
---@param write fun(number: integer)
---@param change? fun()
function Transcript:_change(access, deadline, write, change)
  local number, revision
  if self.id then
    number, revision = require("lash.store").transaction(access, deadline, function()
      local row = self.number or sessions().create(self.id, self.agent, self.parent).number
      write(row)
      return row, sessions().touch(row)
    end)
  end
  if change then change() end
  self.number, self.revision = number, revision
end

--- What a turn took, as the store has it: the window as places.
---@param turn lash.run.TurnTaken
function Transcript:_turn_text(turn)
  local window
  if turn.window then
    local place = {}
    for _, entry in ipairs(self.entries) do place[entry.message] = entry.place end
    window = { first = place[turn.window.first], from = place[turn.window.from] }
  end
  return json.encode { usage = turn.usage, sent = turn.sent, window = window, serial = turn.serial,
    copied = turn.copied, model = turn.model, provider = turn.provider }
end

---@param entry lash.session.Entry
function Transcript:_keep(number, entry)
  sessions().append(number, {
    place = entry.place, prompt = entry.prompt and 1 or 0, body = kept_text(entry.message),
    turn = entry.turn and self:_turn_text(entry.turn), cost = entry.cost,
  })
end

--- Adds a message. `more.lasting`: it was paid for or done, so not even a power
--- failure may lose it.
---@param message table
---@param more { prompt?: boolean, turn?: lash.run.TurnTaken, cost?: number, lasting?: boolean }
---@param deadline? number
function Transcript:add(message, more, deadline)
  local last = self.entries[#self.entries]
  local entry = { message = message, place = last and last.place + 1 or 1, prompt = more.prompt or false,
    undone = false, turn = more.turn, cost = more.cost, begun = message.tool_calls and {} }
  self:_change(more.lasting and "durable" or "write", deadline,
    function(number) self:_keep(number, entry) end,
    function() table.insert(self.entries, entry) end)
end

--- Takes the last prompt, and all behind it, out of the conversation.
---@return boolean  was there one?
function Transcript:undo()
  local list = self:current()
  local at = #list
  while at > 0 and not list[at].prompt do at = at - 1 end
  if at == 0 then return false end
  self:_change("write", nil, function(number) sessions().undo(number, list[at].place) end, function()
    for i = at, #list do list[i].undone = true end
  end)
  return true
end

--- Has the window begin at the last prompt, from the next turn on.
---@return boolean  was it answered?
function Transcript:narrow()
  local list = self:current()
  local at, last = #list, nil
  while at > 0 and not list[at].prompt do
    last = last or list[at].turn and list[at]
    at = at - 1
  end
  if at == 0 or not last then return false end
  last.turn.window = { first = list[at].message, from = list[at].message }
  self:_change("write", nil, function(number) sessions().set_turn(number, last.place, self:_turn_text(last.turn)) end)
  return true
end

--- A copy of the conversation, which has cost nothing yet. Its id, if it has one,
--- must be new.
---@param id? string
---@return lash.session.Transcript
function Transcript:copy(id)
  local copy = M.new(id, self.agent)
  copy.parent = self.id
  for i, entry in ipairs(self:current()) do
    local turn = entry.turn
    turn = turn and { usage = turn.usage, sent = turn.sent, window = turn.window, serial = turn.serial,
      model = turn.model, provider = turn.provider, copied = true }
    copy.entries[i] = { message = entry.message, place = i, prompt = entry.prompt, undone = false,
      begun = entry.begun, turn = turn }
  end
  if not id then return copy end
  local _hold <close> = require "lash.session.hold"(copy)
  if sessions().find(id) then
    errors.raise("usage", ("there is a session '%s' already"):format(id), { hint = "lash sessions rm removes one" })
  end
  copy:_change("write", nil, function(number)
    for _, entry in ipairs(copy.entries) do copy:_keep(number, entry) end
  end)
  return copy
end

return M
