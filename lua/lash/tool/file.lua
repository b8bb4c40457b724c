--- Text files, for the built-in tools.
local place = require "lash.core.place"
local private = require "lash.private"
local sched = require "lash.sched"

local M = {}

M.LIMIT = 16 << 20 -- bytes of a file

local AT_ONCE = 200 -- entries until others have their turn

--- The content of a text file, by its real path.
---@param real string
---@return string|nil content
---@return string? message
function M.read(real)
  local content, message, code = place.read(real, M.LIMIT)
  if code == "toobig" then return nil, ("%s is larger than %d MB"):format(real, M.LIMIT >> 20) end
  if not content then return nil, message end
  if content:find("\0", 1, true) then return nil, ("%s is no text (%d bytes)"):format(real, #content) end
  if private.is_configuration(real, content) then return nil, private.refusal(real) end
  return content
end

--- Is an entry of a folder a configuration of lash, or cannot that be told?
local function is_configuration(entry)
  return entry.kind == "file" and private.is_named(entry.real) and not M.read(entry.real)
end

--- The entries of a folder in the order of their names.
local function sorted(folder)
  local entries, complete = place.list(folder)
  if not entries then return nil, complete end
  local names = {}
  for name in pairs(entries) do names[#names + 1] = name end
  table.sort(names)
  return names, entries, complete
end

---@class lash.tool.Entry
---@field path string  below the folder where the walk began
---@field real string
---@field kind "folder"|"file"|"link"|"other"

---@class lash.tool.Walk  called for the next entry; nil at the end
---@field cut? boolean  the end came because of the limit
local Walk = {}
Walk.__index = Walk

function Walk:_open(path, real)
  local names, entries = sorted(real)
  if not names then return entries end
  local level = { names = names, entries = entries, at = 0, path = path, real = real == "/" and "" or real }
  table.insert(self.levels, level)
end

--- The next entry, whatever it is.
function Walk:_next()
  local level = self.levels[#self.levels]
  while level and not level.names[level.at + 1] do
    table.remove(self.levels)
    level = self.levels[#self.levels]
  end
  if not level then return nil end
  level.at = level.at + 1
  local name = level.names[level.at]
  return { path = level.path .. name, real = level.real .. "/" .. name, kind = level.entries[name] }, name
end

function Walk:__call()
  while true do
    local entry, name = self:_next()
    if not entry then return nil end
    self.seen = self.seen + 1
    if self.seen > self.limit then
      self.cut = true
      return nil
    end
    if self.seen % AT_ONCE == 0 then sched.sleep(0) end
    if name ~= ".git" and not self.guard:is_private(entry.real) and not is_configuration(entry) then
      if self.deep and entry.kind == "folder" then self:_open(entry.path .. "/", entry.real) end
      return entry
    end
  end
end

--- All that is in a folder, and below it when `deep`; without what is private and
--- git's own folder. Links are not followed. Stops after `limit` entries.
---@async
---@param guard lash.Guard
---@param folder string  its real path
---@param deep boolean
---@param limit integer
---@return lash.tool.Walk?
---@return string? message
function M.walk(guard, folder, deep, limit)
  local walk = setmetatable({ guard = guard, deep = deep, limit = limit, seen = 0, levels = {} }, Walk)
  local message = walk:_open("", folder)
  if message then return nil, message end
  return walk
end

return M
