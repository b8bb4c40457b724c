--- Questions to the person at the terminal: may a tool do this?
--
-- They go to /dev/tty, wherever the standard streams go; other tasks run on
-- while nobody answers. Without a terminal the answer is no.
local context = require "lash.context"
local loop = require "lash.core.loop"
local output = require "lash.output"
local sched = require "lash.sched"
local secrets = require "lash.secrets"
local tty = require "lash.core.tty"

local M = {}

local LONGEST = 4000 -- bytes that a person can be expected to read; nothing is approved unseen
local PATIENCE = 600 -- seconds
local UNTOLD = 10 -- seconds that another process may ask before a person is told what is waited for
local PAUSE = 0.1 -- seconds between two looks whether it still does
local QUIET = 0.5 -- seconds without a key: nobody is typing something else
local ROWS, COLUMNS = 20, 80 -- that are on every screen

local KEYS = { y = "once", yes = "once", once = "once", a = "always", always = "always",
  n = "no", no = "no", ["\27"] = "no", [""] = "no" }
local WORDS = { yes = "once", always = "always", no = "no" }
local SHOWN = { once = "yes", always = "always", no = "no" }
local RESUMED = "" -- nothing was typed, but the process was stopped, and goes on

---@class lash.Question
---@field title string  who wants what
---@field text string  all of what is to be done
---@field detail? string  more of it, which may be an excerpt
---@field kept? string  the detail as it is stored, where the question can wait
---@field hash? string  of all of a detail that is not shown in full
---@field subject? string  `text` in one line, for the record
---@field note? string
---@field always? string  what "always" would cover; nil: it is a question of its own
---@field key? string  two questions with the same key are one

--- Who else writes to the terminal, and makes room for a question: what it returns is
-- closed when that is answered.
M.around = nil ---@type nil|fun(): table

local remembered = {} ---@type table<string, true>  answered with "always"

--- A text as it is, for a person to judge: nothing in it is obeyed, its lines
--- cannot be taken for ours.
---@param text string
---@return string
function M.shown(text)
  return "  | " .. output.exact(secrets.redact(text)):gsub("\n", "\n  | ")
end

local holder ---@type lash.Task?  whose question is on the terminal
local waiting = {} ---@type lash.Task[]

local turn = {
  __close = function()
    holder = nil
    for _, task in ipairs(waiting) do sched.wake(task) end
  end,
}

--- Waits until no other question is on the terminal; closing what it returns
-- lets the next one go on.
local function take_turn()
  local me = sched.current()
  local _leave <close> = setmetatable({}, { __close = function()
    for i, task in ipairs(waiting) do
      if task == me then return table.remove(waiting, i) end
    end
  end })
  waiting[#waiting + 1] = me
  while holder do sched.park() end
  holder = me
  return setmetatable({}, turn)
end

--- Waits until no other process asks at this terminal, and keeps them from it until what
-- it returns is closed. nil, message: another one asks for too long; nil: none can be kept.
local function take_terminal()
  local device = tty.device()
  if not device then return nil end -- who opens it is told why
  local name = "terminal/" .. device
  local ok, lock = pcall(require("lash.store").lock, name)
  if not ok or lock then return ok and lock or nil end
  local take = require("lash.lock").take
  lock = take(name, UNTOLD, PAUSE)
  if lock then return lock end
  require("lash.log").warn "waiting: another lash asks at this terminal"
  lock = take(name, PATIENCE, PAUSE)
  return lock, not lock and "another lash asks at this terminal" or nil
end

--- The answer that was typed, by a key or as a word in a line of its own; nil: that is none.
local function answer_of(typed, question, keys)
  local answer
  if keys then answer = KEYS[typed:lower():gsub("\n$", "")] else answer = WORDS[typed:lower():match "^(%a+)%s*\n$"] end
  if answer == "always" and not question.always then return nil end
  return answer
end

--- What is typed next, or RESUMED; nil: nothing until then; false, message: nothing will come.
local function typed_until(terminal, deadline)
  while true do
    local typed, message = terminal:pop()
    if typed ~= nil then return typed, message end
    if terminal:resumed() then return RESUMED end
    if not sched.wait(terminal:id(), deadline) then return nil end
  end
end

--- Drops what is typed until nobody types: it was begun before the question was read, and
-- answers none. Was there more than line ends? nil, message: nothing will come.
local function drop_typed(terminal, text, deadline)
  local some = false
  while loop.now() < deadline do
    local typed, message = typed_until(terminal, math.min(deadline, loop.now() + QUIET))
    if typed == false then return nil, message end
    if not typed then break end
    if typed == RESUMED then terminal:write(text) end
    some = some or typed:find "[^\n]" ~= nil
  end
  return some
end

--- A line of ours that is broken between words.
local function fitted(line)
  local width = tty.columns()
  if width == 0 or width > #line then return line end
  return (require("lash.markdown.prose").wrap(line, width - 1):sub(1, -2))
end

--- Waits for an answer to what was written; nil, message when none comes. The colon behind
-- the keys stands there when they count.
local function read_answer(terminal, question, text, keys)
  local deadline = loop.now() + PATIENCE
  local words = fitted(("what was typed is no answer; write yes, %sno, and Enter:"):format(
    question.always and ("always (in this run: %s) or "):format(output.exact(question.always)) or "or "))
  local open = true -- is the line that the cursor stands in
  while true do
    local some, message = drop_typed(terminal, text, deadline)
    if some == nil then return nil, message, keys end
    keys = keys and not some
    if not keys then terminal:lines() end
    terminal:write(keys and ": " or ("%s%s "):format(open and "\n" or "", words))
    local typed
    typed, message = typed_until(terminal, deadline)
    if not typed then
      return nil, message or ("nobody answered within %d s"):format(PATIENCE), keys
    elseif typed == RESUMED then
      open = true
      terminal:write(text)
    else
      local answer = answer_of(typed, question, keys)
      if answer then return answer, nil, keys end
      open, keys = keys or not typed:find "\n$", false
    end
  end
end

--- The beginning of a question once more, where what was shown is so long that it
-- may have left the screen: whoever answers must know what.
local function reminder(question, shown)
  local rows = 0
  for line in shown:gmatch "[^\n]*" do rows = rows + 1 + #line // COLUMNS end
  if rows <= ROWS then return "" end
  local first = M.shown(question.text:match "^[^\n]*"):sub(1, COLUMNS):gsub("[\xC2-\xF4][\x80-\xBF]*$", "")
  return ("lash: %s, in %d lines that begin with\n%s\n"):format(output.exact(question.title), rows, first)
end

local asked = { __close = function() context.asking = false end }

--- Puts the question on the terminal; the answer, or nil and why there is none.
local function put(terminal, question, keys)
  local shown = M.shown(question.text)
  if question.detail then shown = ("%s\n  |\n%s"):format(shown, M.shown(question.detail)) end
  local choices = ("[y] %s  [N] no:"):format(question.always and "once  [a] always in this run: "
    .. output.exact(question.always) or "yes")
  local text = ("lash: %s\n%s\n%s%s%s"):format(output.exact(question.title), shown,
    reminder(question, shown), question.note and question.note .. "\n" or "", fitted(choices):sub(1, -2))
  local _asking <close> = setmetatable({}, asked)
  context.asking = true
  output.clear()
  local ok, message = terminal:write(text)
  if not ok then return nil, message end
  -- Who is interrupted here leaves a line behind that is not ended.
  local answer
  local _line <close> = setmetatable({}, { __close = function()
    if keys or not answer then terminal:write((SHOWN[answer] or "") .. "\n") end
  end })
  answer, message, keys = read_answer(terminal, question, text, keys)
  return answer, message
end

--- Asks, or remembers what was answered.
---@async
---@param question lash.Question
---@return boolean yes
---@return string? reason  why not
---@return boolean? unanswered  nobody has said no
function M.ask(question)
  if remembered[question.key or ""] then return true end
  if #question.text > LONGEST then
    return false, ("it is too long to be shown to a person: more than %d bytes"):format(LONGEST)
  end
  local _turn <close> = take_turn()
  if remembered[question.key or ""] then return true end -- by the answer before
  local _lock <close>, busy = take_terminal()
  if busy then return false, busy, true end
  local _room <close> = M.around and M.around() or nil
  local terminal <close>, keys, code = tty.open()
  if not terminal then return false, code == "missing" and "there is no terminal to ask at" or keys, true end
  local answer, message = put(terminal, question, keys)
  if answer == "always" and question.key then remembered[question.key] = true end
  if not answer then return false, message, true end
  return answer ~= "no", answer == "no" and "the person said no" or nil
end

return M
