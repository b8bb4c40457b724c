--- Which folders' config.json and .env.local may count.
--
-- A cloned repository must not be able to send someone's key elsewhere, so the
-- files of the current folder are read only after a person said so, and only
-- as they were then: the list keeps their hashes.
local errors = require "lash.errors"
local json = require "lash.core.json"
local sys = require "lash.core.sys"
local xdg = require "lash.xdg"

local M = {}

local LIMIT = 1 << 20 -- bytes of any file read here
local PRIVATE_FILE, PRIVATE_FOLDER = 384, 448 -- 0600, 0700
local WRITABLE_BY_OTHERS = 18 -- 0022

--- The files that trust is about.
M.files = { "config.json", ".env.local" }

local function list_path()
  local folder = xdg.state()
  return folder and folder .. "/trust.json"
end

--- The list: real folder -> file name -> hash. A list that somebody else could
--- have written proves nothing.
local function read_list(path)
  local stat, _, code = sys.stat(path)
  if not stat and code == "missing" then return {} end
  if stat and (stat.uid ~= sys.euid() and stat.uid ~= 0 or stat.mode & WRITABLE_BY_OTHERS ~= 0) then
    return nil, path .. ": others can write it"
  end
  local text, message = sys.read_file(path, LIMIT)
  if not text then return nil, message end
  local list
  list, message = json.decode(text)
  if type(list) == "table" and type(list.folders) == "table" then return list.folders end
  return nil, ("%s: %s"):format(path, message or "not a list of folders")
end

--- Content of those files that are there; nil, message when one cannot be read.
local function read_files(folder)
  local texts = {}
  for _, name in ipairs(M.files) do
    local text, message, code = sys.read_file(folder .. "/" .. name, LIMIT)
    if not text and code ~= "missing" then return nil, message end
    texts[name] = text
  end
  return texts
end

--- The content of a trusted folder's files, as it was when its hash was taken,
--- so that nobody can change a file between the check and its use.
---@param folder string
---@return table<string, string>? texts  file name -> content
---@return string? reason  why it does not count, for people; nil: nobody ever said that it may
function M.open(folder)
  local real, path = sys.realpath(folder), list_path()
  if not real or not path then return nil end
  local list, message = read_list(path)
  if not list then return nil, message end
  local hashes = list[real]
  if type(hashes) ~= "table" then return nil end
  local texts
  texts, message = read_files(real)
  if not texts then return nil, message end
  for _, name in ipairs(M.files) do
    local hash = texts[name] and sys.sha256(texts[name])
    if hash ~= hashes[name] then return nil, name .. " changed since it was trusted" end
  end
  return texts
end

--- Does this folder's configuration count?
---@param folder string
---@return boolean
---@return string? reason
function M.trusted(folder)
  local texts, reason = M.open(folder)
  return texts ~= nil, reason
end

--- Remembers a folder with its files as they are now.
---@param folder string
---@return string? real  the folder's real path
---@return table<string, string>|lash.Error  file name -> hash, or the error
function M.add(folder)
  local real, message = sys.realpath(folder)
  if not real then return nil, errors.new("input", message) end
  local texts
  texts, message = read_files(real)
  if not texts then return nil, errors.new("input", message) end
  if not next(texts) then
    return nil, errors.new("input", ("%s has neither %s"):format(real, table.concat(M.files, " nor ")))
  end
  local path = list_path()
  if not path then
    return nil, errors.new("config", "no folder to remember it in", { hint = "set HOME or XDG_STATE_HOME" })
  end
  local list
  list, message = read_list(path)
  if not list then
    return nil, errors.new("config", message, { hint = "remove that file; the folders in it can be trusted again" })
  end
  local hashes = {}
  for name, text in pairs(texts) do hashes[name] = sys.sha256(text) end
  list[real] = hashes
  local ok
  ok, message = sys.mkdir_p(path:match "^(.*)/", PRIVATE_FOLDER)
  if ok then ok, message = sys.write_atomic(path, json.encode({ folders = list }, 2) .. "\n", PRIVATE_FILE) end
  if not ok then return nil, errors.new("output", message) end
  return real, hashes
end

return M
