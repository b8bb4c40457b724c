--- lash chat [OPTION…]: a conversation at the terminal, prompt by prompt; or line by
--- line from a pipe.
local context = require "lash.context"
local errors = require "lash.errors"
local named = require "lash.cli.chat.named"
local output = require "lash.output"
local in_foreground = require "lash.sched.foreground"
local status = require "lash.cli.chat.status"
local sys = require "lash.core.sys"
local words = require "lash.cli.chat.words"

local PROMPT = "> "
local INTERRUPTED = 130
local STAYS = "the prompt is in the conversation; /undo takes it out"

local SUMMARY = "Sum up our conversation so far, for yourself: what was asked, what was found out and decided, "
  .. "names, numbers and paths that matter, and what is still to be done. From now on you will see only this summary."

---@class lash.cli.Chat
---@field agent lash.Agent
---@field session lash.Session
---@field reader lash.cli.Reader
---@field environment table<string, any>  of the Lua prompt
---@field folded boolean  thinking is only told of
---@field over boolean
---@field run? lash.Run  the last one
---@field exit integer  of the last turn
---@field cost_before? number  what the conversation has cost that this is a copy of
---@field private more table[]  parts that the next prompt gets
---@field private kept? { text: string, more: table[], before: integer }  a prompt that has no answer
---@field private stays boolean  what was typed led to it
---@field private stopped boolean  by Ctrl-C, just now
local Chat = {}
Chat.__index = Chat

function Chat.new_id() return os.date "chat-%Y%m%d-%H%M-" .. sys.random_id():sub(-4) end

--- A line of ours, for a person.
---@param text string
function Chat:say(text)
  text = output.exact(text)
  if not self.reader.at_terminal then return output.write(text .. "\n") end
  output.write(require("lash.cli.chat.screen").wrap(text, output.colours(1)))
end

--- A line of ours that a pipe does not need.
function Chat:remark(text)
  if self.reader.at_terminal and not context.quiet then self:say(text) end
end

---@return table
function Chat:settings() return require("lash.settings").resolve(self.agent._made) end

function Chat:tell_status()
  if not self.reader.at_terminal or context.quiet then return end
  self:say(status.line(self.session, self:settings(), self.cost_before))
end

--- From now on it is this session.
---@param session lash.Session
---@param before? number  what the one has cost that it is a copy of; nil: not known
function Chat:go_on(session, before)
  self.session, self.cost_before, self.run, self.kept = session, before, nil, nil
  self.environment.session = session
end

--- The text of the last prompt of the conversation.
---@return string?
function Chat:last_prompt()
  local messages = self.session.messages
  for i = #messages, 1, -1 do
    local content = messages[i].content
    if messages[i].role == "user" then
      if content == SUMMARY then return "/compact" end
      return type(content) == "table" and (content[1].text or "(image)") or content
    end
  end
end

--- Are there images in what would be sent?
---@return boolean
function Chat:has_images()
  for _, message in ipairs(self.session.messages) do
    if type(message.content) == "table" then return true end
  end
  for _, part in ipairs(self.more) do
    if type(part) == "table" then return true end
  end
  return false
end

--- A prompt that was written elsewhere, as it would stand there.
function Chat:show_prompt(text)
  if self.reader.at_terminal then output.write(PROMPT .. output.exact(text) .. "\n") end
end

--- How many messages there are; 0 where that cannot be told.
local function count(session)
  local ok, n = pcall(function() return #session.messages end)
  return ok and n or 0
end

--- Was a prompt refused, by lash or by the service? It would be once more, and so might
--- be what comes behind it.
local function is_refusal(err) return errors.is(err) and not (err.temporary or err.signal) end

--- After a turn that failed: the conversation has its prompt, and what was added to it;
--- or it has not, and the next one gets that.
function Chat:_keep(text, more, before, err)
  local again = self.kept and self.kept.more == more -- it was not asked anew
  local now = count(self.session)
  local alone = not again and now == before + 1 -- nothing was answered
  if alone and is_refusal(err) and pcall(self.session.undo, self.session) then now = before end
  self.stays = again or now > before
  if not self.stays then
    self.more = more
  elseif not again then
    self.kept = { text = text, more = more, before = before }
  end
end

--- A prompt was taken out of the conversation: what was added to one that had no answer
--- is for the next one.
function Chat:undone()
  local kept = self.kept
  if not kept or count(self.session) > kept.before then return end
  self.more, self.kept = table.move(self.more, 1, #self.more, #kept.more + 1, kept.more), nil
  if #kept.more > 0 then self:remark "what was added to it is for the next prompt" end
end

--- One turn.
---@async
---@param text string
---@return lash.Run
function Chat:prompt(text)
  local more, before, kept = self.more, count(self.session), self.kept
  if kept and kept.text == text and #more == 0 then more = kept.more end -- the same once more: it goes on
  local parts, missing, added = table.move(more, 1, #more, 2, { text }), {}, {}
  if self.reader.at_terminal then parts, missing, added = words.prompt(text, more) end -- a pipe has others' texts
  for _, name in ipairs(added) do self:remark(words.added(name)) end
  for _, word in ipairs(missing) do self:say(("@%s is %s: sent as it stands"):format(word, words.kind_of(word))) end
  context.denied = {}
  self.more = {}
  local turn = require(self.reader.at_terminal and "lash.cli.chat.turn" or "lash.cli.chat.piped")
  local ok, run = pcall(turn, self.session, parts, self.folded, self:settings().retry + 1)
  if self.reader.at_terminal then context.denied = {} end -- the person knows, and goes on
  if not ok then
    self:_keep(text, more, before, run)
    if errors.is(run) then self.run = run.run end
    error(run, 0)
  end
  self.run, self.kept = run, nil
  if run.text == "" then require("lash.log").warn "the model ended without an answer" end
  self:tell_status()
  return run
end

--- Has the conversation summed up, and goes on from there.
---@async
function Chat:compact()
  local n = #self.session.messages
  if n < 2 then errors.raise("usage", "there is nothing to sum up") end
  local more, tools = self.more, context.agent.tools
  local run
  do -- what was added is for the next prompt, and nothing is to be done meanwhile
    local _back <close> = setmetatable({}, { __close = function() self.more, context.agent.tools = more, tools end })
    self.more, context.agent.tools = {}, {}
    run = self:prompt(SUMMARY)
  end
  if not run.text:find "%S" or not self.session:_narrow() then
    self.session:undo()
    errors.raise("incomplete", "there is no summary; the conversation is as it was",
      { hint = "/compact asks once more" })
  end
  self:say(("from now on this summary is sent instead of the %d messages before it; /undo takes that back"):format(n))
end

--- !COMMAND and !!COMMAND.
---@async
function Chat:command(text)
  local outside = require "lash.cli.chat.outside"
  local again, command = words.trim_end(text):match "^!(!?)%s*(.*)$"
  if command == "" then errors.raise("usage", "! needs a command", { hint = "!ls runs ls" }) end
  local ending
  if again == "" then
    ending = outside.run(command)
  else
    local shown
    shown, ending = outside.capture(command)
    output.write_foreign(shown .. (shown:find "[^\n]$" and "\n" or ""))
    table.insert(self.more, ("Output of `%s`%s:\n%s"):format(command,
      ending and (" (%s)"):format(ending) or "", require("lash.prompt").fenced(shown)))
    self:remark "added to the next prompt"
  end
  if ending then self:remark(ending) end
end

--- Does what was typed.
---@async
function Chat:act(text)
  if not text:find "%S" then return end
  if self.reader.at_terminal and (text == "exit" or text == "quit") then text = "/quit" end -- no prompt means that
  if not (text:find "^/quit%s*$" or text:find "^/exit%s*$") then self.exit = 0 end
  self.stays = false
  if text:find "^!" then return self:command(text) end
  if text:find "^/" and not text:find "^/[^%s/]+/" then -- /etc/hosts is no command
    return require("lash.cli.chat.commands").run(self, text)
  end
  self:prompt(text)
end

--- Was it Ctrl-C?
local function is_stop(err) return errors.is(err) and err.signal == "SIGINT" end

--- Tells of what went wrong; the chat goes on.
function Chat:fail(err)
  if is_stop(err) and self.reader.at_terminal then
    self.stopped = true
    return self:say(self.stays and "stopped; " .. STAYS or "stopped")
  elseif is_stop(err) then
    error(err, 0)
  end
  if errors.is(err) and err.kind == "locked" then err.hint = "/fork goes on with a copy" end
  local lines, known = require "lash.cli.complaint"(err)
  io.stdout:flush()
  output.note(self.reader.at_terminal and require("lash.cli.chat.screen").wrap(lines, false) or lines)
  self.exit = known.exit
  if self.stays then self:remark(STAYS) end
end

--- Ctrl-C where a prompt stands: true when it is to leave.
function Chat:_leaves()
  if self.stopped and self.reader.left == "" then return true end
  self.stopped = true
  self:remark "Ctrl-C once more leaves; so does Ctrl-D"
  return false
end

---@async
---@return integer exit
function Chat:converse()
  while not self.over do
    local ok, text = in_foreground(self.reader.read, self.reader, PROMPT)
    if ok and not text then break end
    if ok then
      self.stopped = false
      local err
      ok, err = in_foreground(self.act, self, text)
      if not ok then self:fail(err) end
    elseif not is_stop(text) or not self.reader.at_terminal then
      error(text, 0)
    elseif self:_leaves() then
      return INTERRUPTED
    end
  end
  return self.reader.at_terminal and 0 or self.exit
end

---@param found table  of the options
---@return integer exit
return function(found)
  if #found.words > 0 then
    errors.raise("usage", "chat takes no prompt, but options: " .. output.shorten(found.words[1], 40),
      { hint = "lash ask answers one prompt" })
  end
  if context.json then errors.raise("usage", "chat has no --json", { hint = "lash ask --session ID --json has" }) end
  collectgarbage "restart" -- stopped while the program starts; see host.c
  local self = setmetatable({ folded = false, over = false, stopped = false, exit = 0, more = {}, environment = {} },
    Chat)
  for i, image in ipairs(found.images or {}) do self.more[i] = { image = image } end
  if #self.more > 0 then require("lash.prompt").content(self.more) end -- a file that is none is known at once
  self.agent = require("lash.agent").new(context.agent_name or {})
  local id = named.id(found.session)
  self:go_on(self.agent:session(id or require("lash.xdg").state() and self.new_id() or nil), 0)
  if id then named.adopt(self.session) end
  named.check_tools(self.agent)
  self.environment.agent = self.agent
  local reader <close> = require("lash.cli.line").new { history = "chat_history", as_pasted = words.as_pasted,
    complete = function(before) return require("lash.cli.chat.candidates").of(before) end }
  self.reader = reader
  self:remark(("lash %s, session %s%s; /help helps"):format(require "lash.version", self.session.id or "(in memory)",
    id and named.told(self.session) or ""))
  named.tell_place(self)
  named.tell_doubt(self)
  self:tell_status()
  local exit = self:converse()
  id = self.session.id
  if id and self.session.messages[1] then self:remark("to go on: lash chat --session " .. id) end
  return exit
end
