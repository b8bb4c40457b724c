--- Sessions: conversations that go on from prompt to prompt.
--
--     local session = agent:session "shop"
--     session "My name is Ada."
--     print(session "What is my name?")
--
-- Without an id it is in memory, and gone with the process.
local context = require "lash.context"
local errors = require "lash.errors"
local hold = require "lash.session.hold"
local prompt = require "lash.prompt"
local run = require "lash.run"
local settings = require "lash.settings"
local transcripts = require "lash.session.transcript"

local M = {}

local ID = "^[%w_][%w_.:@/+-]*$"
local ID_LENGTH = 128

---@class lash.Session
---@field id? string
---@field messages table[]
---@field usage lash.Usage
---@field cost? number
---@overload fun(text: string|table, options?: table): any
local Session = {}
Session.__name = "lash.Session"

local fields = {
  id = function(transcript) return transcript.id end,
  messages = function(transcript) return transcript.busy and transcript:messages() or transcript:complete() end,
  usage = function(transcript) return (transcript:totals()) end,
  cost = function(transcript) return select(2, transcript:totals()) end,
}

function Session.__index(self, key)
  local method = rawget(Session, key)
  if method ~= nil or not fields[key] then return method end
  local transcript = rawget(self, "_transcript")
  if not transcript.busy then transcript:refresh() end
  return fields[key](transcript)
end

function Session:__newindex(key) errors.raise("usage", ("a session's '%s' cannot be changed"):format(tostring(key))) end

function Session:__tostring() return "lash.session: " .. (self._transcript.id or "(in memory)") end

--- Answers a prompt with complete settings.
---@async
---@param resolved table
---@param content string|table[]
---@param listener? fun(event: table)
---@return lash.Run
function Session:_start(resolved, content, listener)
  local transcript = self._transcript
  local _hold <close> = hold(transcript)
  transcript:refresh()
  return run.start(resolved, content, listener, transcript)
end

--- The next prompt; the whole record.
---@async
---@param text string|table
---@param options? table
---@return lash.Run
function Session:run(text, options)
  return self:_start(settings.of_call(self._made, options), prompt.content(text))
end

--- The next prompt; its answer.
---@async
function Session:__call(text, options) return self:run(text, options).value end

--- The next prompt; an iterator over its events. Leaving the loop ends the turn.
---@async
---@param text string|table
---@param options? table
---@return fun(): table?
function Session:stream(text, options)
  local resolved, content = settings.of_call(self._made, options), prompt.content(text)
  return require "lash.stream"(function(listener) self:_start(resolved, content, listener) end)
end

--- Takes the last prompt, and all that came of it, out of the conversation.
---@async
---@return boolean  was there one?
function Session:undo()
  local transcript = self._transcript
  local _hold <close> = hold(transcript)
  transcript:refresh()
  return transcript:undo()
end

--- From the last prompt on, with its answer, the conversation is all that is sent; what
-- was before stays in the record, and is back when the prompt is undone.
---@async
---@return boolean  was there an answer?
function Session:_narrow()
  local transcript = self._transcript
  local _hold <close> = hold(transcript)
  transcript:refresh()
  return transcript:narrow()
end

---@param id any
local function check_id(id)
  if id == nil then return end
  if type(id) ~= "string" or #id > ID_LENGTH or not id:find(ID) then
    errors.raise("usage", ("%s is not the id of a session"):format(require("lash.types").shown(id)),
      { hint = ("letters, digits and _ . : @ / + -, at most %d, the first a letter, a digit or _"):format(ID_LENGTH) })
  end
  require("lash.config").load():know_secrets()
  if require("lash.secrets").redact(id) ~= id then
    errors.raise("usage", "the id of a session is kept, and shown: it must have no secret in it")
  end
  if id == "last" then
    errors.raise("usage", "the id 'last' stands for the session used last", { hint = "choose another id" })
  end
end

--- A copy of the conversation as it stands: in memory, or under a new id. What was
--- said so far has cost the copy nothing.
---@async
---@param id? string
---@return lash.Session
function Session:fork(id)
  check_id(id)
  local transcript = self._transcript
  if not transcript.busy then transcript:refresh() end
  return setmetatable({ _made = self._made, _transcript = transcript:copy(id) }, Session)
end

--- A session of an agent.
---@param made table  what the agent was made with
---@param id? string
---@return lash.Session
function M.new(made, id)
  check_id(id)
  local agent = made.settings.name or context.agent_name
  return setmetatable({ _made = made, _transcript = transcripts.new(id, agent) }, Session)
end

return M
