--- A run that ends before its first request that costs or changes something: what
-- `lash job verify` starts.
--
-- $LASH_VERIFY is the folder for its notes, and is inherited: a lash that the script
-- starts ends there as well.
local host = require "lash.host"
local json = require "lash.core.json"
local sys = require "lash.core.sys"

local M = {}

local PRIVATE = 384 -- 0600
local LARGEST = 16 << 20 -- bytes of notes

--- Where the notes are; nil in any other run.
---@return string?
function M.folder() return sys.getenv "LASH_VERIFY" end

local function notes() return M.folder() .. "/notes" end

--- Writes something down.
---@param note table  with a type
function M.note(note) sys.append(notes(), json.encode(note) .. "\n", PRIVATE) end

--- What was written down.
---@param folder string
---@return table[]
function M.read(folder)
  local list = {}
  for line in (sys.read_file(folder .. "/notes", LARGEST) or ""):gmatch "[^\n]+" do
    local note = json.decode(line)
    if type(note) == "table" then list[#list + 1] = note end
  end
  return list
end

--- Here is the first request: the run ends, through every pcall.
---@param what string
function M.reach(what)
  M.note { type = "reached", what = what }
  host.exit(0)
end

--- A command of the script has ended: was it one that has come to its first request?
function M.look()
  for _, note in ipairs(M.read(M.folder())) do
    if note.type == "reached" then host.exit(0) end
  end
end

--- Where a command is found in the folders of a PATH.
---@param command string
---@param path string
---@return string?
function M.find(command, path)
  for folder in path:gmatch "[^:]+" do
    local stat = sys.stat(folder .. "/" .. command)
    if stat and stat.type == "file" and stat.mode & 73 ~= 0 then return folder .. "/" .. command end -- 0111
  end
end

--- Notes a command that the script has, where it is not found.
---@param command string
---@param env string[]  "NAME=value"
function M.command(command, env)
  if command:find("/", 1, true) then return end
  for _, variable in ipairs(env) do
    local path = variable:match "^PATH=(.*)"
    if path then
      if not M.find(command, path) then M.note { type = "missing", command = command, path = path } end
      return
    end
  end
end

return M
