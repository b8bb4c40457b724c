--- Where in a run something stands: a key by structure, "/classify[id=7]/ask", so
-- that a run which goes on finds what it has done, in whatever order that came to
-- its end.
--
-- A frame is open for a task and for all that this starts. What stands in it is
-- counted by its name; a task that another one began has a frame of its own, named
-- by its place among its siblings.
local scope = require "lash.scope"
local sched = require "lash.sched"

local M = {}

---@class lash.Frame
---@field path string
---@field private task lash.Task
---@field private counts? table<string, integer>
---@field private spawned? integer  children that its task had before
---@field private step? boolean  what is in it is not done again
---@field private part? lash.Scope
local Frame = {}
Frame.__index = Frame

--- A name as a part of a key: what separates parts is percent-encoded, and so are
--- bytes that are no text. Nothing is masked in it: what is a secret may be known to one
--- process and not to the next, which would then not find what has been done.
---@param name string
---@return string
function M.escape(name)
  local special = utf8.len(name) and "[%%/%[%]#~%c]" or "[%%/%[%]#~%c\x80-\xFF]"
  return (name:gsub(special, function(char) return ("%%%02X"):format(char:byte()) end))
end

local function new(path) return setmetatable({ path = path, task = sched.running() }, Frame) end

--- The frame of the current task: the innermost that it opened, else one below that
--- of the task that began it.
---@return lash.Frame
function M.current()
  local task = sched.running()
  local outer = scope.find "frame"
  if outer and outer.task == task then return outer end
  local steps, one = {}, task
  while one.parent and (not outer or one ~= outer.task) do
    table.insert(steps, 1, "/~" .. one.ordinal)
    one = one.parent
  end
  local frame = new((outer and outer.path or "") .. table.concat(steps))
  scope.push { frame = frame } -- as long as the task
  return frame
end

--- The key of what stands here next under this name.
---@param name string
---@param index? string  which of those with this name it is
---@return string
function M.key(name, index)
  local frame = M.current()
  local part = index and ("%s[%s]"):format(M.escape(name), M.escape(index)) or M.escape(name)
  frame.counts = frame.counts or {}
  local n = (frame.counts[part] or 0) + 1
  frame.counts[part] = n
  return ("%s/%s%s"):format(frame.path, part, n > 1 and "#" .. n or "")
end

--- Opens the frame of a key, until what is returned is closed.
---@param key string
---@param step? boolean  of a step: once it has a result, what is in it is not done again
---@return lash.Frame
function M.open(key, step)
  local frame = new(key)
  frame.step = step or nil
  frame.spawned, frame.task.spawned = frame.task.spawned, 0
  frame.part = scope.push { frame = frame }
  return frame
end

--- Is the current task inside of a step?
---@return boolean
function M.in_step()
  for _, frame in ipairs(scope.all "frame") do
    if frame.step then return true end
  end
  return false
end

function Frame:__close()
  self.task.spawned = self.spawned
  local _part <close> = self.part
end

return M
