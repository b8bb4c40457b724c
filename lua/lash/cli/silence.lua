--- What a person at a terminal is told when nothing has happened for a while: that
-- lash waits, how long, and what for.
--
-- One line, below the text that is being written, and gone when something happens;
-- a terminal that cannot do this gets whole lines, ever more rarely.
local context = require "lash.context"
local loop = require "lash.core.loop"
local output = require "lash.output"
local sched = require "lash.sched"

local M = {}

M.after = 10 -- seconds of silence
local TICK = 1 -- seconds between two looks
local NAME = 40 -- bytes of a tool's name

local since = 0 -- when something happened last
local tools = {} ---@type table<string, { run: string, name: string }>  at work, by run and call
local attempts = {} ---@type table<string, number>  when runs try again
local thinking = {} ---@type table<string, true>  runs whose last piece was thinking
local timer ---@type lash.Timer?
local told = 0 -- lines, of this silence
local on_screen ---@type string?  what takes the line away

local function is_plain()
  local term = os.getenv "TERM"
  return term == nil or term == "" or term == "dumb"
end

local PHASES = { connecting = "connecting", waiting = "the first byte of the answer", answering = "more of the answer" }

--- What streams wait for: of several, what most of them do.
local function of_streams()
  local chat = package.loaded["lash.chat"] -- else there is none
  local counts, most = {}, nil
  for stream in pairs(chat and chat.streams or {}) do
    local phase = stream:phase()
    if phase then
      counts[phase] = (counts[phase] or 0) + 1
      if not most or counts[phase] > counts[most] then most = phase end
    end
  end
  if most == "answering" and next(thinking) then return "the model is thinking" end
  return PHASES[most]
end

--- What is waited for; nil: nothing that is known of.
local function reason()
  local at = math.huge
  for _, time in pairs(attempts) do at = math.min(at, time) end
  local left = at - loop.now()
  if left < math.huge and left > 0 then return ("the next attempt, in %.0f s"):format(math.ceil(left)) end
  local of_service = of_streams()
  if of_service then return of_service end
  local names = {}
  for _, tool in pairs(tools) do names[#names + 1] = output.shorten(output.exact(tool.name), NAME) end
  table.sort(names)
  if #names == 0 then return nil end
  if #names > 3 then names = { table.concat(names, ", ", 1, 3), ("%d more"):format(#names - 3) } end
  return ("%s %s running"):format(table.concat(names, ", "), #names == 1 and "is" or "are")
end

-- Below what stands there: a line is made there, the cursor comes back to where it was.
local BELOW, BACK = "\27D\27[A\0277\27[B\r\27[K", "\0278"
local HERE, ERASE = "\r\27[K", "\r\27[K"
local NO_WRAP, WRAP = "\27[?7l", "\27[?7h" -- a line that fills the screen stays one

--- Takes the line away.
function M.erase()
  local text = on_screen
  if not text then return end
  on_screen = nil
  output.overlay(text)
end

local function show(text)
  if is_plain() then
    if output.line_open then output.note "\n" end
    return output.dim(text .. "\n")
  end
  M.erase()
  local colour, plain = "\27[2m", "\27[0m"
  if not output.colours(2) then colour, plain = "", "" end
  local below = output.line_open
  output.overlay(("%s%s%s%s%s%s%s"):format(below and BELOW or HERE, NO_WRAP, colour, text, plain, WRAP,
    below and BACK or ""))
  on_screen = below and "\0277\27[B" .. ERASE .. BACK or ERASE
end

local look

local function set_timer(at)
  timer = sched.timer(at, look)
  timer.idle = true
end

function look()
  timer = nil
  local what, now = reason(), loop.now()
  if not what then return M.erase() end
  local silent = now - since
  local due = is_plain() and M.after * 2 ^ told or M.after
  if silent >= due and not context.asking then
    told = told + 1
    show(("waiting for %.0f s: %s"):format(silent, what))
  end
  set_timer(silent < M.after and since + M.after or now + math.min(TICK, M.after))
end

local function forget(run)
  attempts[run], thinking[run] = nil, nil
end

--- Something happened.
---@param ev table
function M.on_event(ev)
  M.erase()
  since, told = loop.now(), 0
  forget(ev.run)
  if ev.type == "tool_call" then
    tools[ev.run .. ev.id] = { run = ev.run, name = tostring(ev.name) }
  elseif ev.type == "tool_result" then
    tools[ev.run .. ev.id] = nil
  elseif ev.type == "retry" then
    attempts[ev.run] = since + ev.delay
  elseif ev.type == "thinking" then
    thinking[ev.run] = true
  end
  if not timer and ev.type ~= "done" then set_timer(since + M.after) end
end

--- A run has failed: nothing of it is waited for.
---@param run string
function M.on_failure(run)
  M.erase()
  forget(run)
  for id, tool in pairs(tools) do
    if tool.run == run then tools[id] = nil end
  end
end

return M
