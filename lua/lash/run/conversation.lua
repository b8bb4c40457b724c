--- The conversation of a run: what was said before, and what is said.
local M = {}

--- What a session hands in: what was said before, to go on from; and takes: each
--- message, when it exists.
---@class lash.run.Transcript
---@field messages fun(self): table[]
---@field last_turn fun(self): lash.run.TurnTaken?
---@field unanswered fun(self, content: any): table?  the last prompt, when it is this and has no answer
---@field open_calls fun(self): lash.session.OpenCall[]  of its last turn, without a result
---@field begin_call fun(self, id: string)  it is being carried out from now on
---@field add fun(self, message: table, more: table, deadline?: number)

--- What a turn took.
---@class lash.run.TurnTaken
---@field usage lash.Usage
---@field sent? integer  bytes of what was sent
---@field window? lash.compact.Window  when that was not all
---@field copied? boolean  another session paid it
---@field model? string  that was asked for
---@field provider? string  its name
---@field serial? boolean  its calls are carried out one behind the other

--- Adds a message.
---@param state lash.run.State
---@param message table
---@param more? { prompt?: boolean, turn?: lash.run.TurnTaken, cost?: number, lasting?: boolean }
function M.say(state, message, more)
  table.insert(state.run.messages, message)
  state.keep(message, more)
end

--- Begins with a prompt, or goes on where a run of the session with the same prompt
--- was stopped.
---@async
---@param state lash.run.State
---@param content string|table[]
---@param transcript? lash.run.Transcript
function M.begin(state, content, transcript)
  if transcript then
    function state.keep(message, more) transcript:add(message, more or {}, state.deadline) end
    function state.begin(id) transcript:begin_call(id) end
    local before, messages = transcript:messages(), state.run.messages
    table.move(before, 1, #before, #messages + 1, messages)
    state.last = transcript:last_turn()
    state.window = state.last and state.last.window
    state.prompt = transcript:unanswered(content)
    local open = transcript:open_calls()
    if #open > 0 then require("lash.calls.settle").settle(state, open, state.prompt ~= nil) end
  end
  if not state.prompt then
    state.prompt = { role = "user", content = content }
    M.say(state, state.prompt, { prompt = true })
  end
end

return M
