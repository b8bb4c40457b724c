--- Temporary folders, which do not outlive the process.
local core = require "lash.core.fs"
local host = require "lash.host"
local place = require "lash.core.place"

---@class lash.fs.Folder
---@field path string
local Folder = {}
Folder.__index = Folder
Folder.__name = "lash.fs.folder"

local open = {} ---@type table<lash.fs.Folder, true>

--- Removes it with all that is in it; any number of times.
function Folder:close()
  if not open[self] then return end
  open[self] = nil
  local ok, message, code = core.remove(self.path, "ours")
  if not ok and code ~= "missing" then require("lash.log").warn(message) end
end

Folder.__close = Folder.close

function Folder:__tostring() return self.path end

--- `folder .. "/name"` is a path.
function Folder.__concat(a, b) return tostring(a) .. tostring(b) end

local function close_all()
  for folder in pairs(open) do folder:close() end
end

--- Makes one; or nil, message, code.
---@return lash.fs.Folder?
---@return string? message
---@return string? code
return function()
  local path, message, code = place.temporary()
  if not path then return nil, message, code end
  local folder = setmetatable({ path = path }, Folder)
  open[folder] = true
  host.at_end(close_all)
  return folder
end
