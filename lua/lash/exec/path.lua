--- Where commands are: the folders of a PATH.
local sys = require "lash.core.sys"

local M = {}

local EXECUTABLE = 73 -- 0111

--- The PATH of an environment; nil when it has none.
---@param env string[]  "NAME=value"
---@return string?
function M.of(env)
  for _, variable in ipairs(env) do
    local path = variable:match "^PATH=(.*)"
    if path then return path end
  end
end

--- The file that a command is; else what has its name and is no command.
---@param command string
---@param path string
---@return string? file
---@return string? other
function M.find(command, path)
  local other
  for folder in path:gmatch "[^:]+" do
    local file = folder .. "/" .. command
    local stat = sys.stat(file)
    if stat and stat.type == "file" and stat.mode & EXECUTABLE ~= 0 then return file end
    other = other or stat and file
  end
  return nil, other
end

return M
