--- What a person can say with a slash.
local context = require "lash.context"
local errors = require "lash.errors"
local model_names = require "lash.models.names"
local output = require "lash.output"
local spelling = require "lash.spelling"
local status = require "lash.cli.chat.status"

local M = {}

local LEVELS = { off = true, low = true, medium = true, high = true }
local LISTED = 20 -- sessions

---@class lash.cli.Command
---@field name string
---@field takes? string
---@field about string
---@field run async fun(chat: lash.cli.Chat, rest: string)

local list = {} ---@type lash.cli.Command[]
M.list = list

local function add(name, takes, about, run)
  list[#list + 1] = { name = name, takes = takes, about = about, run = run }
end

--- The built-in tools by name.
M.tools = { "edit_file", "fetch", "grep", "list_files", "read_file", "shell", "write_file" }

add("model", "[NAME]", "the model from here on", function(chat, rest)
  if rest ~= "" then
    if chat:has_images() then
      local ok, err = pcall(model_names.who_see, { rest }, chat:settings().provider_record)
      if not ok then
        err.message = err.message .. ", and this conversation has some"
        error(err, 0)
      end
    end
    context.agent.model = rest
    local doubt = model_names.doubt(rest, chat:settings().provider_record)
    if doubt then chat:say(doubt) end
  end
  chat:say(chat:settings().model)
end)

--- The names of tools in settings.
local function tool_names(settings)
  local names = {}
  for i, t in ipairs(settings.tools or {}) do names[i] = require("lash.tool").from(t).name end
  return names
end

add("tools", "[NAME…|none]", "the built-in tools that the model may call", function(chat, rest)
  if rest ~= "" then
    local names = {}
    for name in rest:gmatch "[^%s,]+" do
      if name ~= "none" then
        require("lash.tool").from(name)
        names[#names + 1] = name
      end
    end
    context.agent.tools = names
  end
  local on = tool_names(chat:settings())
  chat:say("on: " .. (#on > 0 and table.concat(on, ", ") or "none"))
  if rest == "" then chat:say("there are: " .. table.concat(M.tools, ", ")) end
end)

add("system", "[TEXT|none]", "the instructions for the model", function(chat, rest)
  if rest ~= "" then context.agent.instructions = rest ~= "none" and rest or "" end
  local text = chat:settings().instructions or ""
  chat:say(text ~= "" and text or "no instructions")
end)

add("thinking", "[show|hide|LEVEL]", "the last; how it is shown; off, low, medium, high", function(chat, rest)
  if rest == "show" or rest == "hide" then
    chat.folded = rest == "hide"
    chat:say(chat.folded and "thinking is hidden; /thinking shows the last" or "thinking is shown")
  elseif LEVELS[rest] then
    context.agent.thinking_level = rest
    chat:say("thinking: " .. rest)
  elseif rest ~= "" then
    errors.raise("usage", ("/thinking: '%s' is none of show, hide, off, low, medium, high"):format(rest))
  else
    local text = chat.run and chat.run.thinking or ""
    chat:say(text ~= "" and text or "there was no thinking")
  end
end)

add("undo", nil, "takes the last prompt and what came of it back", function(chat)
  local last = chat:last_prompt()
  if not chat.session:undo() then errors.raise("usage", "there is nothing to undo") end
  chat:undone()
  chat:say("undone: " .. output.shorten(output.one_line(last or ""), 60))
  chat:tell_status()
end)

add("fork", "[ID]", "goes on with a copy of the conversation", function(chat, rest)
  local id = rest ~= "" and rest or chat.new_id()
  local before, cost = chat.cost_before, chat.session.cost
  chat:go_on(chat.session:fork(id), before and cost and before + cost)
  chat:say(("this is session %s now; the other one stays as it is"):format(id))
  chat:tell_status()
end)

add("new", nil, "begins another conversation", function(chat)
  require("lash.cli.chat.named").leave()
  chat:go_on(chat.agent:session(require("lash.xdg").state() and chat.new_id() or nil), 0)
  chat:say(("this is session %s now, a new one"):format(chat.session.id or "(in memory)"))
  chat:tell_status()
end)

add("sessions", "[ID]", "lists kept conversations, or goes on with one", function(chat, rest)
  local store = require "lash.store.sessions"
  local rows = store.list()
  if rest ~= "" then
    local ids = {}
    for i, row in ipairs(rows) do ids[i] = row.id end
    if not store.find(rest) then
      local near = spelling.nearest(rest, ids)
      errors.raise("input", ("there is no session '%s'"):format(rest),
        { hint = near and ("did you mean '%s'?"):format(near) or "/sessions lists them" })
    end
    chat:go_on(chat.agent:session(rest), 0)
    local named = require "lash.cli.chat.named"
    named.adopt(chat.session)
    chat:say("this is session " .. rest .. " now")
    named.tell_place(chat)
    return chat:tell_status()
  end
  if #rows == 0 then chat:say "no conversation was kept yet" end
  local screen = require "lash.cli.chat.screen"
  for i = 1, math.min(#rows, LISTED) do
    local line = require("lash.cli.sessions").line(rows[i])
    chat:say(chat.reader.at_terminal and screen.cut(output.exact(line), screen.width()) or line)
  end
  if #rows > LISTED then chat:say(("and %d more: lash sessions"):format(#rows - LISTED)) end
end)

add("save", "FILE", "writes all into a new file: Markdown, or *.json", function(chat, rest)
  if rest == "" then errors.raise("usage", "/save needs the name of a file", { hint = "/save notes.md" }) end
  chat:say("written: " .. require "lash.cli.chat.save"(chat.session, rest))
end)

add("cost", nil, "tokens and money so far", function(chat)
  local usage, cost = chat.session.usage, chat.session.cost
  local parts = {}
  for _, name in ipairs { "input", "cached", "output", "reasoning" } do
    if usage[name] then parts[#parts + 1] = ("%s %s"):format(name, status.grouped(usage[name])) end
  end
  chat:say("tokens: " .. (#parts > 0 and table.concat(parts, ", ") or "none"))
  local before = chat.cost_before or 0
  chat:say("money: " .. (cost and status.dollars(cost) or "a price is not known")
    .. (before > 0 and (", and %s before /fork"):format(status.dollars(before)) or ""))
  local budget = status.budget()
  if budget then
    chat:say(("budget of this chat: %s, spent %s"):format(status.dollars(budget.limits.usd),
      status.dollars(budget.spent.usd)))
  end
end)

add("compact", nil, "a summary stands for the conversation so far", function(chat)
  chat:compact()
end)

add("lua", "[CODE]", "runs Lua code, or opens a Lua prompt", function(chat, rest)
  local repl = require "lash.cli.repl.prompt"
  if rest ~= "" then return repl.run(rest, chat.environment) end
  repl.open(chat.environment)
end)

add("edit", "[TEXT]", "writes the next prompt in $VISUAL or $EDITOR", function(chat, rest)
  local text = require("lash.cli.chat.outside").edit(rest)
  if not text then return chat:say "empty: nothing was sent" end
  chat:show_prompt(text)
  chat:prompt(text)
end)

add("help", nil, "this list", function(chat)
  for _, command in ipairs(list) do
    local usage = command.name .. (command.takes and " " .. command.takes or "")
    chat:say(("/%s%s %s"):format(usage, (" "):rep(27 - utf8.len(usage)), command.about))
  end
  for _, line in ipairs {
    "!COMMAND                     runs it; !!COMMAND adds its output to a prompt",
    "@FILE in a prompt            adds the file, or the image",
    "\\ at the end of a line       goes on in the next one; so does Alt-Enter",
    "Ctrl-C                       stops the answer, clears the line; twice: leaves",
    "Ctrl-D, Ctrl-R               leaves; searches what was typed",
  } do chat:say(line) end
end)

add("quit", nil, "leaves; so does Ctrl-D", function(chat) chat.over = true end)

local by_name = {}
for _, command in ipairs(list) do by_name[command.name] = command end
by_name.exit = by_name.quit

--- Names of all commands.
function M.names()
  local names = {}
  for i, command in ipairs(list) do names[i] = command.name end
  return names
end

--- Carries out "/name rest".
---@async
---@param chat lash.cli.Chat
---@param text string
function M.run(chat, text)
  local name, rest = require("lash.cli.chat.words").trim_end(text):match "^/(%S*)%s*(.*)$"
  local command = by_name[name]
  if not command then
    local near = spelling.nearest(name, M.names())
    errors.raise("usage", ("there is no command '/%s'"):format(output.shorten(name, 40)),
      { hint = near and ("did you mean '/%s'?"):format(near) or "there are: /" .. table.concat(M.names(), " /") })
  end
  if not command.takes and rest ~= "" then errors.raise("usage", ("/%s takes nothing"):format(name)) end
  command.run(chat, rest)
end

return M
