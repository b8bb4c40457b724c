--- A script's file: found, made the script of this process, and compiled.
local context = require "lash.context"
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

--- Modules of a script: its own folder, $LASH_PATH, the system's; never the
-- current folder.
---@param folder? string
function M.set_path(folder)
  local more = os.getenv "LASH_PATH"
  local path = (more and more ~= "" and more .. ";" or "") .. package.path
  if folder then path = ("%s/?.lua;%s/?/init.lua;%s"):format(folder, folder, path) end
  package.path = path
end

--- Makes this the script of the process; its chunk. Raises `input` when it cannot be
--- read, and `internal` when it is no Lua.
---@param path string
---@return function chunk
function M.open(path)
  local real, message = sys.realpath(path)
  local stat
  if real then stat, message = sys.stat(real) end
  if stat and stat.type == "directory" then message, stat = path .. " is a folder", nil end
  if not stat then errors.raise("input", message) end
  context.script_dir = real:match "^(.*)/[^/]*$"
  context.script = path
  M.set_path(context.script_dir)
  local file, why = io.open(real, "r")
  if not file then errors.raise("input", "cannot read " .. why) end
  file:close()
  local chunk, problem = loadfile(path, "t")
  return chunk or errors.raise("internal", problem)
end

return M
