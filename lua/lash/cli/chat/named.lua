--- What a chat or `lash ask` begins with: which conversation --session is, with which model
-- and tools, and what a person is told of it.
local context = require "lash.context"
local errors = require "lash.errors"
local output = require "lash.output"
local spelling = require "lash.spelling"

local M = {}

local ANSWER = 2000 -- bytes that are shown of the last one

--- The id of --session; nil: a new one.
---@param given? string
---@return string?
function M.id(given)
  if given ~= "last" then return given end
  return require("lash.store.sessions").latest()
    or errors.raise("input", "there is no session yet", { hint = "lash chat begins one" })
end

--- Was it said on the command line which model is to be asked?
local is_fixed = (context.agent.model or context.agent.provider or context.agent_name) ~= nil

local adopted ---@type string?  the model of a conversation

--- The model of a conversation is that one's; what was said of it since then stays.
function M.leave()
  if adopted and context.agent.model == adopted then context.agent.model, context.agent.provider = nil, nil end
  adopted = nil
end

--- Has what is asked next go to the model of the conversation's last turn, unless the
--- command line says which.
---@param session lash.Session
function M.adopt(session)
  if is_fixed then return end
  M.leave()
  session._transcript:refresh()
  local turn = session._transcript:last_turn()
  if not turn or not turn.model or not turn.provider then return end -- of an older version; a provider without a name
  local conf = require("lash.config").load()
  local ok, err = pcall(conf.keyless_provider, conf, turn.provider)
  if not ok then
    require("lash.log").warn(("the conversation was with %s of '%s', which is not to be had now: %s"):format(turn.model,
      turn.provider, errors.is(err) and err.message or errors.text(err)))
    return
  end
  adopted = turn.model
  context.agent.model, context.agent.provider = turn.model, turn.provider
end

--- A tool that there is none of is known before anything is asked.
---@param agent lash.Agent
function M.check_tools(agent)
  for _, tool in ipairs(require("lash.settings").merge(agent._made).tools or {}) do require("lash.tool").from(tool) end
end

--- Tells a person which conversation `last` is.
---@param session lash.Session
function M.tell(session)
  if context.quiet or context.json or not output.is_terminal(2) then return end
  local message = session.messages[1] -- there is none where all was undone
  local text = message and output.one_line(require("lash.cli.sessions").text_of(message.content))
  output.note(output.exact(("going on with %s%s\n"):format(session.id,
    text and (': "%s"'):format(output.shorten(text, 60)) or "")))
end

--- Tells a person where a conversation stands: its last prompt, and the answer to it.
---@param chat lash.cli.Chat
function M.tell_place(chat)
  local last = chat:last_prompt()
  if not last or not chat.reader.at_terminal or context.quiet then return end
  chat:say("the last prompt: " .. output.shorten(output.one_line(last), 60))
  local messages = chat.session.messages
  local answer = messages[#messages]
  if answer.role ~= "assistant" or type(answer.content) ~= "string" or answer.content == "" then return end
  local text = require("lash.cli.rendered").new(output.write, output.colours(1))
  text:feed(output.shorten(answer.content, ANSWER))
  text:finish()
end

--- Tells a person of a model that may be mistyped.
---@param chat lash.cli.Chat
function M.tell_doubt(chat)
  if not chat.reader.at_terminal then return end
  local settings = chat:settings()
  local doubt = require("lash.models.names").doubt(settings.model, settings.provider_record)
  if doubt then chat:remark(doubt) end
end

--- What there is of a session that was named: whoever mistyped its name should see it.
---@param session lash.Session
---@return string
function M.told(session)
  local n = #session.messages
  if n > 0 then return (", goes on with %d message%s"):format(n, n == 1 and "" or "s") end
  local ids = {}
  for i, row in ipairs(require("lash.store.sessions").list()) do ids[i] = row.id end
  local near = spelling.nearest(session.id, ids)
  return ", a new one" .. (near and near ~= session.id and (" (did you mean '%s'?)"):format(near) or "")
end

return M
