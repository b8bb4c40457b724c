--- Reads the answer to one request: what comes is handed out, and kept.
local sched = require "lash.sched"

--- One answer that is being read. Closing it takes the text that has come: when the
--- turn is ended in its middle, what stands in the queue; of a stream that gathers, most.
---@class lash.chat.Reading
---@field stream lash.chat.stream
---@field emit fun(kind: string, value: any)
---@field hold? { generated: integer }  is told how much has come
---@field whole boolean  the turn is handed out at its end
---@field keeps boolean  what has come is kept
---@field turn lash.Turn
---@field emitting? boolean  somebody is being told
---@field text? string[]
---@field thinking? string[]
local Reading = {}
Reading.__index = Reading

function Reading:note(kind, text)
  if self.hold then self.hold.generated = self.hold.generated + #text end
  if not self.keeps then return end
  self[kind] = self[kind] or {}
  table.insert(self[kind], text)
end

function Reading:tell(kind, text)
  if self.whole then return end
  self.turn.handed, self.emitting = true, true
  self.emit(kind, text)
  self.emitting = false
end

--- Who failed when told is told no more; nor does a failure now take the place of
-- what ends the turn.
function Reading:__close(err)
  local tells = not self.emitting or sched.stands(err)
  local kind, text = self.stream:pop()
  while kind == "text" or kind == "thinking" do
    self:note(kind, text)
    tells = tells and pcall(self.tell, self, kind, text)
    kind, text = self.stream:pop()
  end
end

--- No more will come.
---@param failure? table
---@return lash.Turn
---@return table? failure
function Reading:finish(failure)
  local turn = self.turn
  turn.text, turn.thinking = table.concat(self.text or {}), table.concat(self.thinking or {})
  turn.began = turn.handed or turn.text ~= "" or turn.thinking ~= "" or failure and failure.calls_began or false
  return turn, failure
end

--- Reads one answer. `emit` is given text as it comes, or as it was gathered; when
-- the turn is to be handed out whole, nothing before its end.
---@param hold? { generated: integer }
---@param request table  `gather`: the stream does; `passing`: what is handed out is not kept
---@return lash.Turn turn  what there is of it
---@return table? failure
return function(stream, whole, emit, hold, request)
  local turn = { calls = {}, handed = false }
  local reading = setmetatable({ stream = stream, emit = emit, hold = hold, whole = whole,
    keeps = whole or not request.passing, turn = turn }, Reading)
  local _rest <close> = reading
  while true do
    local kind, a, b, c, input, output, total, reasoning, cached, created = stream:pop()
    if kind == nil then
      sched.wait(stream:id())
    elseif kind == "text" or kind == "thinking" then
      reading:note(kind, a)
      reading:tell(kind, a)
    elseif kind == "call" then
      if hold then hold.generated = hold.generated + #c end
      table.insert(turn.calls, { id = a, name = b, arguments = c })
    elseif kind == "done" then
      turn.finish, turn.model, turn.request_id = a, b, c
      turn.usage = { input = input, output = output, total = total, reasoning = reasoning, cached = cached,
        cache_creation = created }
      reading:finish()
      -- An overloaded service may end a stream that never began.
      if a == "" and not turn.began and #turn.calls == 0 then
        return turn, { transport = "truncated", message = "the stream ended without an answer" }
      end
      if whole then
        if turn.thinking ~= "" then emit("thinking", turn.thinking) end
        if turn.text ~= "" then emit("text", turn.text) end
      end
      return turn
    else
      return reading:finish(a)
    end
  end
end
