--- What stands on the screen during a turn: text that stays, and below it at most
-- one line that tells what is being waited for, drawn over and over. Nothing that
-- stays is touched again, so what was scrolled away is right, too.
local context = require "lash.context"
local core = require "lash.core.markdown"
local loop = require "lash.core.loop"
local output = require "lash.output"
local prose = require "lash.markdown.prose"
local sched = require "lash.sched"
local tty = require "lash.core.tty"

local M = {}

local FRAMES = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" }
local TICK = 0.1 -- seconds
local NARROW, WIDE = 80, 1000 -- columns: where nobody knows, and the most that is believed

---@class lash.cli.Screen
---@field colours boolean  what is dimmed and drawn again may be
---@field private waiting? string  for what
---@field private since number
---@field private drawn integer  columns of the line that is drawn; 0: none is
---@field private frame integer
---@field private held? string[]  what is to be written when somebody else has finished
local Screen = {}
Screen.__index = Screen

---@return lash.cli.Screen
function M.new()
  local colours = output.colours(0) and output.colours(1)
  return setmetatable({ colours = colours, drawn = 0, frame = 0, since = 0 }, Screen)
end

--- Columns of the terminal.
function M.width()
  local width = tty.columns()
  return width > 0 and math.min(width, WIDE) or NARROW
end

--- The beginning of a line that fits so many columns.
---@param text string  in one line
---@param columns integer
---@return string
function M.cut(text, columns)
  if core.fit(text, columns) == #text then return text end
  return text:sub(1, (core.fit(text, columns - 1))) .. "…"
end

--- Lines of ours, dimmed or not, that end between words.
---@param text string  visible
---@param dimmed boolean
---@return string
function M.wrap(text, dimmed) return prose.wrap(text, M.width(), dimmed and "2" or nil) end

--- A text that stands back.
function Screen:dim(text) return self.colours and text ~= "" and "\27[2m" .. text .. "\27[0m" or text end

--- Takes the line away; what it tells of is still being waited for.
function Screen:erase()
  if self.drawn == 0 then return end
  local sequence = self:_eraser()
  self.drawn = 0
  output.write(sequence)
end

--- What takes the line away, which is broken on a terminal that has become narrower.
function Screen:_eraser()
  local rows = math.max(0, self.drawn - 1) // M.width()
  return ("\r\27[K\27[A"):rep(rows) .. "\r\27[K"
end

--- Writes what stays: ours, or made visible.
---@param text string
function Screen:write(text)
  if text == "" then return end
  if self.held then return table.insert(self.held, text) end
  self:erase()
  output.write(text)
end

--- Writes a line of ours or of others, dimmed, unless it is to be quiet; nothing in it
-- is obeyed.
---@param text string
function Screen:line(text)
  if not context.quiet then self:write(M.wrap(output.exact(output.one_line(text)), self.colours)) end
end

--- Now this is being waited for; nil: nothing is.
---@param what? string
function Screen:wait_for(what)
  if what ~= self.waiting then self.since = loop.now() end
  self.waiting = what
  if not what then self:erase() end
end

function Screen:_draw()
  if not self.waiting or self.held then return end
  self.frame = self.frame % #FRAMES + 1
  local seconds = ("%d s"):format(math.floor(loop.now() - self.since))
  local what = output.exact(output.one_line(self.waiting))
  local text = ("%s %s"):format(FRAMES[self.frame], M.cut(what, M.width() - #seconds - 6))
  text = ("%s  %s"):format(text, seconds)
  local sequence = self:_eraser()
  self.drawn = 0 -- nothing is to be erased before it; in whatever way the writing ends, it is behind it
  local _drawn <close> = setmetatable({}, { __close = function() self.drawn = core.width(text) end })
  output.write(sequence .. self:dim(text))
end

--- Draws the line until what it returns is closed.
---@return table closing
function Screen:animate()
  if not self.colours then return setmetatable({}, { __close = function() end }) end
  local task = sched.spawn_daemon(function()
    while true do
      sched.sleep(TICK)
      self:_draw()
    end
  end)
  return setmetatable({}, { __close = function()
    task:cancel()
    self:wait_for(nil)
  end })
end

--- Makes room for somebody else who writes to the terminal, and lets people see what
-- they type, until what it returns is closed.
---@return table closing
function Screen:give_way()
  self:erase()
  self.held = {}
  tty.quiet(false)
  return setmetatable({}, { __close = function()
    tty.quiet(true)
    self.since = loop.now() -- nobody waited for anything but an answer
    self:take_back()
  end })
end

--- Writes what was held back meanwhile.
function Screen:take_back()
  local held = self.held
  self.held = nil
  if held then self:write(table.concat(held)) end
end

return M
