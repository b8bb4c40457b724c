--- Keeps a conversation within what its model takes.
--
-- Nothing is ever taken out of the record; only the window moves that is sent: the
-- system texts, the messages from some place on, and always the prompt that is
-- being answered. A note in the first of them says how many are left out. Calls
-- stay together with their results. The window moves when it is nearly full, and
-- then far enough that it can stay for a while: what does not change is cached by
-- the service.
local json = require "lash.core.json"
local models = require "lash.models"

local M = {}

local FULL = 0.9 -- of what the model takes
local GOAL = 0.6
local BYTES_PER_TOKEN = 3 -- until the service has counted; code and Chinese have about as many
local TELLING = 4096 -- bytes; the count of a shorter conversation says nothing about its text
local MESSAGE, IMAGE = 40, 6000 -- bytes that stand for what a message, an image costs

local NOTE = "[%d earlier messages of this conversation are left out here, to fit the context.]\n\n"

--- What was sent: from `from` on, and before it `first`, which is a user's.
---@class lash.compact.Window
---@field first table  a message
---@field from table  a message; `first` itself, or a later one

---@param message table
---@return integer bytes
local function size_of(message)
  local size, content = MESSAGE, message.content or ""
  if type(content) == "string" then
    size = size + #content
  else
    for _, part in ipairs(content) do size = size + (part.text and #part.text or IMAGE) end
  end
  for _, call in ipairs(message.tool_calls or {}) do
    size = size + MESSAGE + #call["function"].name + #call["function"].arguments
  end
  return size
end

---@param state lash.run.State
local function total(state, messages)
  local size = state.declarations and #json.encode(state.declarations) or 0
  for _, message in ipairs(messages) do size = size + size_of(message) end
  return size
end

--- What a token of this conversation is worth, by the last count of the service.
---@param state lash.run.State
---@return number bytes
local function token_size(state)
  local last = state.last
  local counted = last and last.sent and last.sent > TELLING and last.usage.input or 0
  local size = counted > 0 and last.sent / counted or BYTES_PER_TOKEN
  return state.token_limit and math.min(size, state.token_limit) or size
end

--- How many tokens may be sent; nil when nobody knows.
---@param state lash.run.State
---@return integer?
local function limit_of(state)
  local row = models.row(state.models[1], state.settings.provider_record)
  if row.max_input then return row.max_input end
  local context = row.context or 0
  if context == 0 then return nil end
  return context - math.min(state.settings.max_tokens or 0, context // 2) -- room for the answer
end

local function noted(message, count)
  local copy, note = {}, NOTE:format(count)
  for key, value in pairs(message) do copy[key] = value end
  if type(message.content) == "string" then
    copy.content = note .. message.content
  else
    copy.content = table.move(message.content, 1, #message.content, 2, { { type = "text", text = note } })
  end
  return copy
end

local function index_of(messages, message)
  for i, m in ipairs(messages) do
    if m == message then return i end
  end
end

--- The messages of the window, and how many are left out of it.
---@param state lash.run.State
---@return table[] messages
---@return integer left_out
local function selected(state)
  local all, window = state.run.messages, state.window
  local first = window and index_of(all, window.first)
  local from = window and index_of(all, window.from)
  if not first or not from then return all, 0 end
  local list = {}
  for i = 1, first - 1 do
    if all[i].role == "system" then list[#list + 1] = all[i] end
  end
  local rest = math.max(from, first + 1)
  local left_out = #all - (#list + 1 + #all - rest + 1)
  list[#list + 1] = noted(all[first], left_out)
  return table.move(all, rest, #all, #list + 1, list), left_out
end

--- Moves the window on, until it has not more than `goal` bytes or only what must
--- stay: the prompt, the last turn. False when it has only that already.
---@param state lash.run.State
---@param goal number
---@return boolean
local function shorten(state, goal)
  local all = state.run.messages
  local prompt = index_of(all, state.prompt) or 1
  local now = state.window and index_of(all, state.window.from) or 1
  while all[now].role == "system" do now = now + 1 end
  local size, best = total(state, all), nil
  for i, message in ipairs(all) do
    local user = message.role == "user"
    -- A place where the window may begin: at a prompt, or at a turn behind ours.
    if i > now and (user or i > prompt and message.role == "assistant") then
      best = i
      if size + (i > prompt and size_of(state.prompt) or 0) <= goal then break end
    end
    if message.role ~= "system" then size = size - size_of(message) end
  end
  if not best then return false end
  state.window = { first = all[math.min(best, prompt)], from = all[best] }
  return true
end

---@param state lash.run.State
---@param limit? integer
local function tell(state, limit)
  local _, left_out = selected(state)
  state.emit("compact", { left_out = left_out, limit = limit })
end

--- The messages to send; the window moves when it is nearly full.
---@param state lash.run.State
---@return table[]
function M.window(state)
  local list, limit = selected(state), limit_of(state)
  state.sent = total(state, list)
  local size = token_size(state)
  if limit and state.sent > FULL * limit * size and shorten(state, GOAL * limit * size) then
    tell(state, limit)
    list = selected(state)
    state.sent = total(state, list)
  end
  return list
end

--- The service has said that it was too long, and perhaps how much it takes. True
--- when there is less to send now.
---@param state lash.run.State
---@param limit? integer  tokens
---@return boolean
function M.refused(state, limit)
  local sent = total(state, (selected(state)))
  if limit then
    models.learn(state.models[1], state.settings.provider_record, { max_input = limit })
    state.token_limit = math.min(sent / limit, token_size(state)) -- it was more tokens than that
  end
  local goal = limit and GOAL * limit * token_size(state) or GOAL * sent
  if not shorten(state, goal) then return false end
  tell(state, limit)
  return true
end

return M
