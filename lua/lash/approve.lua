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
local ROWS, COLUMNS = 20, 80 -- that are on every screen

local ANSWERS = { y = "once", yes = "once", once = "once", a = "always", always = "always",
  n = "no", no = "no", ["\27"] = "no" }
local SHOWN = { once = "yes", always = "always", no = "no" }
local ECHO = 1 -- second: a line end so close behind a key belongs to that

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

local answered = -math.huge -- when, by a key without a line end

--- The answer that was typed: a key, or a line; nil: that is none.
local function answer_of(typed)
  local answer, complete = ANSWERS[typed:lower():match "^%s*(.-)%s*$"], typed:find "\n"
  if answer and not complete then answered = loop.now() end
  if answer or not complete then return answer end
  if typed == "\n" and loop.now() - answered < ECHO then return nil end
  return "no"
end

--- Waits for an answer; nil, message when none comes.
local function read_answer(terminal)
  local deadline = loop.now() + PATIENCE
  while true do
    local typed, message = terminal:pop()
    local answer = typed and answer_of(typed)
    if answer then return answer end
    if typed == false then return nil, message end
    if typed then
      terminal:write "\a"
    elseif not sched.wait(terminal:id(), deadline) then
      return nil, ("nobody answered within %d s"):format(PATIENCE)
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
  local choices = ("[y] %s  [N] no%s:"):format(question.always and "once  [a] always in this run: "
    .. output.exact(question.always) or "yes", keys and "" or ", and Enter")
  local width = tty.columns()
  if width > 0 and width <= #choices then
    choices = require("lash.markdown.prose").wrap(choices, width - 1):sub(1, -2)
  end
  local text = ("lash: %s\n%s\n%s%s%s "):format(output.exact(question.title), shown,
    reminder(question, shown), question.note and question.note .. "\n" or "", choices)
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
  answer, message = read_answer(terminal)
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
  local _room <close> = M.around and M.around() or nil
  local terminal <close>, keys, code = tty.open()
  if not terminal then return false, code == "missing" and "there is no terminal to ask at" or keys, true end
  local answer, message = put(terminal, question, keys)
  if answer == "always" and question.key then remembered[question.key] = true end
  if not answer then return false, message, true end
  return answer ~= "no", answer == "no" and "the person said no" or nil
end

return M
