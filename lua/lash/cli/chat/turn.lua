--- One turn of the conversation, as it is seen at a terminal.
local approve = require "lash.approve"
local call = require "lash.cli.call"
local context = require "lash.context"
local core = require "lash.core.markdown"
local loop = require "lash.core.loop"
local output = require "lash.output"
local rendered = require "lash.cli.rendered"
local screens = require "lash.cli.chat.screen"
local secrets = require "lash.secrets"
local tty = require "lash.core.tty"

---@class lash.cli.View
---@field screen lash.cli.Screen
---@field folded boolean  thinking is only told of
---@field attempts integer
---@field private text? lash.cli.Rendered  that is coming
---@field private thinking? fun(piece?: string): string  that is coming
---@field private plain fun(piece: string, complete?: boolean): string  makes it visible
---@field private thought number  when it began
---@field private prose lash.markdown.Prose  of the thinking
---@field private calls table<string, { shown: string }>
---@field private order string[]  ids of calls that are at work
local View = {}
View.__index = View

--- Ends the thinking that is coming.
function View:_end_thinking()
  if not self.thinking then return end
  local rest = self.thinking()
  self.thinking = nil
  if self.folded then
    local seconds = math.max(1, math.floor(loop.now() - self.thought + 0.5))
    self.screen:line(("thought for %d s (/thinking shows it)"):format(seconds))
  else
    self.screen:write(self.prose:feed(self.plain(rest, true)) .. self.prose:finish())
  end
end

function View:_think(text)
  if not self.thinking then
    self.thinking, self.thought, self.plain = secrets.redactor(), loop.now(), rendered.revealer()
    self.prose = require("lash.markdown.prose").new(screens.width(), self.screen.colours and "2" or nil)
    self.screen:wait_for(self.folded and "thinking" or nil) -- it would be drawn over an open line
  end
  local piece = self.plain(self.thinking(text))
  if not self.folded then self.screen:write(self.prose:feed(piece)) end
end

--- Ends the text that is coming.
function View:_end_text()
  local text = self.text
  self.text = nil
  if text then text:finish() end
end

function View:_say(text)
  if not self.text then
    self.screen:wait_for(nil)
    self.text = rendered.new(function(piece) self.screen:write(piece) end, self.screen.colours)
  end
  self.text:feed(text)
end

--- Ends what is coming; once more is harmless.
function View:finish()
  self:_end_thinking()
  self:_end_text()
end

--- The line of what is being waited for: the last call that is at work.
function View:_wait()
  local id = self.order[#self.order]
  local more = #self.order > 1 and ("[%d] "):format(#self.order) or ""
  self.screen:wait_for(id and more .. self.calls[id].shown or "waiting for " .. (self.model or "the model"))
end

--- What has become of a call, in one line, in which that has its place.
function View:_tell_call(mark, shown, how)
  local room = math.max(screens.width() - core.width(mark .. how) - 1, screens.width() // 3)
  self.screen:line(mark .. screens.cut(output.exact(output.one_line(shown)), room) .. how)
end

--- Ends what is open at the end of a turn, which may have been stopped.
function View:close()
  self:finish()
  for _, id in ipairs(self.order) do self:_tell_call("✗ ", self.calls[id].shown, "  stopped") end
end

local shown = {
  start = function(self, ev)
    if not ev.parent then self.model = ev.model end
    self:_wait()
  end,
  thinking = function(self, ev)
    if ev.parent or context.quiet then return end
    self:_end_text()
    self:_think(ev.text)
  end,
  text = function(self, ev)
    if ev.parent then return end
    self:_end_thinking()
    self:_say(ev.text)
  end,
  tool_call = function(self, ev)
    self:finish()
    self.calls[ev.id] = { shown = call.text(ev) }
    table.insert(self.order, ev.id)
    self:_wait()
  end,
  tool_result = function(self, ev)
    local known = self.calls[ev.id] or { shown = ev.name }
    for i, id in ipairs(self.order) do
      if id == ev.id then
        table.remove(self.order, i)
        break
      end
    end
    self:finish()
    local how = ("  %.1f s, %s"):format(ev.seconds, output.size(#ev.content))
    if not ev.ok then how = ("%s, %s"):format(how, output.exact(call.failure(ev.content))) end
    self:_tell_call(ev.ok and "✓ " or "✗ ", known.shown, how)
    self:_wait()
  end,
  retry = function(self, ev)
    self:finish()
    local which = ev.parent and "" or (" (%d of %d)"):format(ev.attempt + 1, self.attempts)
    local what = ev.model and "asking " .. ev.model or ("again in %.1f s%s"):format(ev.delay, which)
    self.screen:line(("%s: %s"):format(what, tostring(ev.error)))
    if ev.model then self:_wait() else self.screen:wait_for "waiting for the next attempt" end
  end,
  compact = function(self, ev)
    self.screen:line(("the context is full: %d earlier messages are left out"):format(ev.left_out))
  end,
  usage = function(self) self:finish() self:_wait() end,
}

--- Puts a prompt, and shows what comes of it.
---@async
---@param session lash.Session
---@param prompt any  as a session takes it
---@param folded boolean
---@param attempts integer  that a request has
---@return lash.Run
return function(session, prompt, folded, attempts)
  local screen = screens.new()
  local view = setmetatable({ screen = screen, folded = folded, attempts = attempts, calls = {}, order = {} }, View)
  local around, listener, before = approve.around, context.on_event, output.before
  local _end <close> = setmetatable({}, { __close = function()
    screen:take_back()
    tty.quiet(false)
    approve.around, context.on_event, output.before = around, listener, before
  end })
  approve.around, context.on_event = function()
    view:finish()
    return screen:give_way()
  end, nil
  output.before = function() screen:erase() end
  tty.quiet(true)
  local _line <close> = screen:animate()
  local _rest <close> = setmetatable({}, { __close = function() view:close() end })
  local run
  for ev in session:stream(prompt) do
    if shown[ev.type] then shown[ev.type](view, ev) end
    if ev.type == "done" and not ev.parent then run = ev.result end
  end
  return run
end
