--- What was cut from the results of tools: the whole of each, in a file that the
-- model may read in parts, until the process ends.
--
-- The files (0600) stand in a folder of this process below $TMPDIR (0700), made
-- with the first of them. They have the name of what they hold: an equal result
-- is kept once, and told of in the same words.
local host = require "lash.host"
local sys = require "lash.core.sys"

local M = {}

local MOST = 512 << 20 -- bytes of all files together

local made ---@type string?  the folder
local kept = {} ---@type table<string, true>  paths
local size = 0

local function make_folder()
  local base = os.getenv "TMPDIR" or ""
  if not base:find "^/" then base = "/tmp" end
  local path = ("%s/lash-%s"):format(base:gsub("/+$", ""), sys.random_id())
  return sys.mkdir_p(path, 448) and path -- 0700
end

--- The folder, whose files a model may read; nil before there is one.
---@return string?
function M.folder() return made end

--- Keeps a text; nil when there is no room for it.
---@param text string  without secrets
---@return string? path
function M.keep(text)
  made = made or make_folder() or nil
  if not made then return nil end
  host.at_end(M.close)
  local path = ("%s/%s.txt"):format(made, sys.sha256(text):sub(1, 16))
  if kept[path] then return path end
  if size + #text > MOST or not sys.write_atomic(path, text, 384) then return nil end -- 0600
  kept[path], size = true, size + #text
  return path
end

--- Removes all; any number of times.
function M.close()
  for path in pairs(kept) do os.remove(path) end
  if made then os.remove(made) end
  made, kept, size = nil, {}, 0
end

return M
