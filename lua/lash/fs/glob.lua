--- lash.fs.glob: the paths that fit a pattern, folder by folder.
local errors = require "lash.errors"
local glob = require "lash.glob"
local json = require "lash.core.json"
local place = require "lash.core.place"
local sched = require "lash.sched"
local sys = require "lash.core.sys"

local MOST = 1000000 -- paths
local REST = 50 -- folders that are read until others may run

---@class lash.fs.Walk
---@field parts { name?: string, fits?: fun(name: string): boolean, hidden?: boolean, any?: boolean }[]
---@field only_folders boolean
---@field found table<string, true>
---@field paths string[]
---@field folders integer  that were read

local function add(walk, path)
  if walk.only_folders then path = path .. "/" end
  if walk.found[path] then return end
  if #walk.paths == MOST then errors.raise("io", ("more than %d paths fit the pattern"):format(MOST)) end
  walk.found[path] = true
  walk.paths[#walk.paths + 1] = path
end

--- What is in a folder; nothing when it is none, or may not be read.
local function entries_of(walk, folder)
  walk.folders = walk.folders + 1
  if walk.folders % REST == 0 then sched.sleep(0) end
  local real = place.real(folder == "" and "." or folder)
  return real and place.list(real) or {}
end

local function is_folder(path, kind)
  if kind ~= "link" then return kind == "folder" end
  local stat = sys.stat(path)
  return stat ~= nil and stat.type == "directory"
end

--- Adds what fits from part i on, below `folder`: "", or a path with its last slash.
---@param walk lash.fs.Walk
local function visit(walk, folder, i)
  local part, last = walk.parts[i], i == #walk.parts
  if part.name then
    local path = folder .. part.name
    if not last then return visit(walk, path .. "/", i + 1) end
    local stat = sys.stat(path)
    if stat and (not walk.only_folders or stat.type == "directory") then add(walk, path) end
    return
  end
  if part.any and not last then visit(walk, folder, i + 1) end
  for name, kind in pairs(entries_of(walk, folder)) do
    local path = folder .. name
    if part.any then
      local below = name:sub(1, 1) ~= "."
      if below and last and (not walk.only_folders or is_folder(path, kind)) then add(walk, path) end
      if below and kind == "folder" then visit(walk, path .. "/", i) end -- links could lead round
    elseif (part.hidden or name:sub(1, 1) ~= ".") and part.fits(name) then
      local enters = (not last or walk.only_folders) and is_folder(path, kind)
      if last and (enters or not walk.only_folders) then add(walk, path) end
      if not last and enters then visit(walk, path .. "/", i + 1) end
    end
  end
end

local function parts_of(pattern)
  local parts = {}
  for text in pattern:gmatch "[^/]+" do
    if text == "**" then
      if not (parts[#parts] or {}).any then parts[#parts + 1] = { any = true } end
    elseif glob.is_pattern(text) then
      parts[#parts + 1] = { fits = glob.new(text), hidden = text:sub(1, 1) == "." }
    else
      parts[#parts + 1] = { name = text }
    end
  end
  return parts
end

---@async
---@param pattern string
---@return string[]
return function(pattern)
  local alternatives = glob.alternatives(pattern)
  if not alternatives then errors.raise("usage", "lash.fs.glob: too many alternatives in " .. pattern) end
  local walk = { found = {}, paths = {}, folders = 0 }
  for _, one in ipairs(alternatives) do
    local root = one:match "^/*" ~= "" and "/" or ""
    walk.parts, walk.only_folders = parts_of(one), one:find "/$" ~= nil
    if #walk.parts > 0 then
      visit(walk, root, 1)
    elseif root ~= "" then
      walk.only_folders = false
      add(walk, "/")
    end
  end
  table.sort(walk.paths)
  return json.array(walk.paths)
end
