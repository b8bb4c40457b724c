--- A run that ends before its first request that costs or changes something: what
-- `lash job verify` starts.
--
-- $LASH_VERIFY is the folder for its notes, and is inherited: a lash that the script
-- starts ends there as well.
local context = require "lash.context"
local errors = require "lash.errors"
local host = require "lash.host"
local json = require "lash.core.json"
local sys = require "lash.core.sys"

local M = {}

local PRIVATE = 384 -- 0600
local LARGEST = 16 << 20 -- bytes of notes

--- This run is one. Without the folder nobody would hear of it, and a run that ends
-- before its work would look like one that has done it.
---@param folder string
function M.begin(folder)
  local stat = sys.stat(folder)
  if not stat or stat.type ~= "directory" then
    errors.raise("config", "LASH_VERIFY: there is no folder " .. folder,
      { hint = "`lash job verify` sets it; without it the work is done" })
  end
  context.verify = folder
end

--- Writes something down.
---@param note table  with a type
function M.note(note)
  local ok, message = sys.append(context.verify .. "/notes", json.encode(note) .. "\n", PRIVATE)
  if not ok then errors.raise("output", message) end
end

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
  local ok = pcall(M.note, { type = "reached", what = what })
  host.exit(ok and 0 or errors.kinds.output.exit)
end

--- A command of the script has ended: was it one that has come to its first request?
function M.look()
  for _, note in ipairs(M.read(context.verify)) do
    if note.type == "reached" then host.exit(0) end
  end
end

--- Notes a command that the script has, where it is not found.
---@param command string
---@param env string[]  "NAME=value"
function M.command(command, env)
  if command:find("/", 1, true) then return end
  local paths = require "lash.exec.path"
  local path = paths.of(env)
  if path and not paths.find(command, path) then
    M.note { type = "missing", command = command, path = path }
  end
end

return M
