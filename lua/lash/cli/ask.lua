--- lash ask [OPTION…] PROMPT… [-]: one prompt, the answer to stdout as it comes.
local context = require "lash.context"
local errors = require "lash.errors"
local output = require "lash.output"

--- What stands behind an @ and adds nothing.
local function warn_of(names, what)
  if #names == 0 then return end
  local most = table.concat(names, ", @", 1, math.min(#names, 3))
  require("lash.log").warn(("@%s%s: %s"):format(most, #names > 3 and ", …" or "", what))
end

--- The words of the command line as the parts of a prompt: `@FILE` stands for a file, `-` for
-- all of standard input; all else is a text, as it is in a chat.
---@param words string[]
---@param has_images boolean  others than those of the words
---@return table[] parts
---@return string[] added  names of files
local function read_words(words, has_images)
  local parts, plain, from_stdin, missing, folders, added = {}, {}, false, {}, {}, {}
  local function add(part)
    local text = #plain > 0 and table.concat(plain, " ") or nil
    if text and not utf8.len(text) then require("lash.prompt").text_of("the prompt", text) end
    if text and text:find("@", 1, true) then
      local list, none, names = require("lash.cli.chat.words").prompt(text)
      table.move(names, 1, #names, #added + 1, added)
      table.move(list, 1, #list, #parts + 1, parts)
      for _, name in ipairs(none) do
        local is_folder = require("lash.cli.chat.words").kind_of(name) == "a folder"
        table.insert(is_folder and folders or missing, name)
      end
    else
      parts[#parts + 1] = text
    end
    parts[#parts + 1], plain = part, {}
  end
  for _, word in ipairs(words) do
    local path = word:find "^@[^@]" and require("lash.cli.chat.words").named(word:sub(2))
    if path then
      add(require("lash.prompt").part(path))
      added[#added + 1] = path
    elseif word ~= "-" then
      plain[#plain + 1] = word
    elseif from_stdin then
      errors.raise("usage", "standard input stands twice in the prompt")
    else
      from_stdin = true
      add(require("lash.prompt").stdin())
    end
  end
  add(nil)
  warn_of(missing, "no such file, sent as it stands")
  warn_of(folders, "a folder, sent as it stands")
  for _, part in ipairs(parts) do
    if part.file or type(part) == "string" and part:find "%S" then return parts, added end
    has_images = has_images or part.image
  end
  if from_stdin then errors.raise("input", "standard input is empty") end
  if has_images then
    errors.raise("usage", "an image needs a question", { hint = 'lash ask "What is in this picture?" @shot.png' })
  end
  errors.raise("usage", "ask needs a prompt", { hint = 'lash ask "What is a monad?"' })
end

--- Tells a person which files go along.
local function tell(added)
  if #added == 0 or context.quiet or not output.is_terminal(2) then return end
  for _, name in ipairs(added) do output.note(require("lash.cli.chat.words").added(name) .. "\n") end
end

--- The prompt: of words, and of images.
---@param words string[]
---@param images? string[]
---@return string|table[]
local function read_prompt(words, images)
  local parts, added = read_words(words, images ~= nil)
  for _, path in ipairs(images or {}) do table.insert(parts, { image = path }) end
  if #parts == 1 and type(parts[1]) == "string" then return parts[1] end
  local content = require("lash.prompt").content(parts)
  tell(added)
  return content
end

--- Text goes out as it comes; a line end stands between turns and at the end.
local function writer(write)
  local open, wrote, redact = false, false, require("lash.secrets").redactor()
  local function put(text)
    if text == "" then return end
    wrote, open = true, text:sub(-1) ~= "\n" -- a signal may come behind what is written
    write(text)
  end
  return {
    text = function(text) put(redact(text)) end,
    wrote = function() return wrote end,
    finish_line = function()
      put(redact())
      if open then write "\n" end
      open = false
    end,
  }
end

--- Where a person reads it, its Markdown is rendered. A text for each turn.
local function renderer()
  local rendered, text, wrote = require "lash.cli.rendered", nil, false
  return {
    text = function(piece)
      wrote = true
      text = text or rendered.new(output.write, output.colours(1))
      text:feed(piece)
    end,
    wrote = function() return wrote end,
    finish_line = function()
      local ended = text
      text = nil
      if ended then ended:finish() end
    end,
  }
end

--- A typed answer as text: a string as it is, all else as JSON.
local function shown(value)
  if type(value) == "string" then return value end
  return (require("lash.core.json").encode(value))
end

--- What answers the prompt: a fresh conversation, or a session with its model.
---@return async fun(settings: table, content: string|table[], listener: fun(event: table)): lash.Run
local function starter(id)
  if not id then return require("lash.run").start end
  local is_last, named = id == "last", require "lash.cli.chat.named"
  if id == "last" then
    id = require("lash.store.sessions").latest()
      or errors.raise("input", "there is no session yet", { hint = "--session ID begins one" })
  end
  local session = require("lash.session").new({ settings = {} }, id)
  named.adopt(session)
  if is_last then named.tell(session) end
  return function(...) return session:_start(...) end
end

--- Has lines about other things than the answer begin behind a line end of it. Where
-- they go elsewhere that is only the one that ends a turn: what is shown beside an answer
-- changes nothing of it.
---@param finish_line fun()
---@param together boolean  both go to the terminal
local function keep_lines_apart(finish_line, together)
  local show = context.on_event
  if not show then return end
  context.on_event = function(ev)
    local apart = ev.type == "tool_call" or together and ev.type ~= "text" and ev.type ~= "usage"
    if apart and not ev.parent then finish_line() end
    show(ev)
  end
end

local SHORT = 128 -- KB of what a short answer leaves behind

--- The collector, stopped while the program starts (see host.c), begins when there is
-- something to collect: after a short answer the process ends.
local function collector()
  local most
  return function(ev)
    if collectgarbage "isrunning" then return end
    most = most or collectgarbage "count" + SHORT
    if ev.type ~= "tool_call" and collectgarbage "count" < most then return end
    collectgarbage("incremental", 125) -- per cent: what comes now goes at once
    collectgarbage "restart"
  end
end

---@param found table  of the options; `words` are the prompt
---@return integer exit
return function(found)
  local content = read_prompt(found.words, found.images)
  local start = starter(found.session)
  local settings = require("lash.settings").resolve { settings = {} }
  -- Where nobody will ask for the whole text it is not kept, however long it is.
  settings.passing = not (found.session or settings.returns or context.json or context.verbose > 1
    or next(settings.tools or {}))
  local file = found.output and found.output ~= "-" and require "lash.cli.ask.file"(found.output) or nil
  local is_shown = not (file or settings.returns) and output.is_terminal(1) and os.getenv "TERM" ~= "dumb"
  local out = is_shown and renderer() or writer(file and file.write or output.write_foreign)
  local collect = collector()
  if not context.json then
    keep_lines_apart(out.finish_line, not file and output.is_terminal(1) and output.is_terminal(2))
  end
  local ok, err = pcall(start, settings, content, function(ev)
    collect(ev)
    if context.json and not file or ev.parent then return end
    if ev.type == "text" and not settings.returns then
      out.text(ev.text)
    elseif ev.type == "done" and settings.returns then
      out.text(shown(ev.result.value))
    end
    if ev.type == "tool_call" or ev.type == "done" then out.finish_line() end
  end)
  if not ok then
    pcall(out.finish_line) -- the part that came stays a line of its own
    if file then file.give_up() end
    error(err, 0)
  end
  if file then
    local goes_on, stopped = pcall(require("lash.sched").checkpoint)
    if not goes_on then -- the run fails: the file is to be what it was
      file.give_up()
      error(stopped, 0)
    end
    file.keep()
  end
  local nothing = err.text == "" and not (settings.passing and out.wrote())
  if nothing and not settings.returns then require("lash.log").warn "the model ended without an answer" end
  return 0
end
