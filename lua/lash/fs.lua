--- lash.fs: files and folders.
--
-- Contents and names are bytes, as Lua's strings are. What is not there raises
-- `input`, what the system refuses `io`.
local core = require "lash.core.fs"
local errors = require "lash.errors"
local json = require "lash.core.json"
local place = require "lash.core.place"
local spelling = require "lash.spelling"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 1 << 30 -- bytes of a file that is read
local FOLDER_MODE = 511 -- 0777, of which the umask leaves a part

local HINTS = {
  toobig = "io.lines reads a file piece by piece",
  permission = "`ls -ld` shows whose it is",
  full = "there is no room left",
}

local function fail(message, code, hint)
  local kind = code == "missing" and "input" or code == "usage" and "usage" or "io"
  errors.raise(kind, message, { hint = hint or HINTS[code] })
end

local function check(value, message, code)
  if value == nil then fail(message, code) end
  return value
end

local function refuse(what, message, hint)
  errors.raise("usage", ("lash.fs.%s: %s"):format(what, message), { hint = hint })
end

--- The text of a path; what `tmp` gives is one, too.
local function path_of(what, path)
  local meta = getmetatable(path)
  if type(path) == "table" and type(meta) == "table" and meta.__name == "lash.fs.folder" then path = path.path end
  if type(path) ~= "string" then refuse(what, "the path must be a string, got " .. type(path)) end
  if path == "" then refuse(what, "the path is empty") end
  if path:find("\0", 1, true) then refuse(what, "the path contains a zero byte") end
  return path
end

local function data_of(what, data)
  if type(data) == "number" then data = tostring(data) end
  if type(data) ~= "string" then
    refuse(what, "expected a string to write, got " .. type(data), "lash.json.encode makes one of a table")
  end
  return data
end

--- The content of a file.
---@param path string
---@return string
function M.read(path) return check(sys.read_file(path_of("read", path), LARGEST)) end

--- Replaces the content of a file, or makes it: readers see the old content or the
--- new one, never a part, also after a crash. A file that is there keeps its mode and
--- owner; one behind a link is replaced there.
---@param path string
---@param data string
function M.write(path, data)
  path, data = path_of("write", path), data_of("write", data)
  local real, message, code = place.real(path)
  if not real then fail(message, code) end
  local folder = real:match "^(.*)/[^/]*$"
  if path:find "/$" then fail(("cannot write %s: it is a folder"):format(path)) end
  if folder ~= "" then check(sys.stat(folder)) end
  check(place.write(real, data))
end

--- Adds to the end of a file, or makes it.
---@param path string
---@param data string
function M.append(path, data) check(core.append(path_of("append", path), data_of("append", data))) end

--- Is there something of this name? A link to nothing is nothing.
---@param path string
---@return boolean
function M.exists(path)
  local stat, message, code = sys.stat(path_of("exists", path))
  if not stat and code ~= "missing" then fail(message, code) end
  return stat ~= nil
end

--- What is of this name; links are followed.
---@param path string
---@return lash.fs.Stat
function M.stat(path)
  local stat = check(sys.stat(path_of("stat", path)))
  return { type = stat.type, size = stat.size, mtime = stat.mtime, mode = stat.mode }
end

--- The names in a folder, sorted, without "." and "..".
---@param path? string  default: the current folder
---@return string[]
function M.list(path)
  path = path_of("list", path == nil and "." or path)
  local names = {}
  local entries, complete, code = place.list(check(place.real(path)))
  if not entries then fail(complete, code) end
  if not complete then fail(("cannot list %s: too many names"):format(path)) end
  for name in pairs(entries) do names[#names + 1] = name end
  table.sort(names)
  return json.array(names)
end

--- The paths that fit a pattern, sorted: `*`, `?`, `[a-z]`, `{a,b}` within a name,
--- `**` for any number of folders. Names that begin with a dot have to be named so.
---@async
---@param pattern string
---@return string[]
function M.glob(pattern) return require "lash.fs.glob"(path_of("glob", pattern)) end

--- Makes a folder, and those above it that are missing; one that is there is fine.
---@param path string
function M.mkdir(path) check(sys.mkdir_p(path_of("mkdir", path), FOLDER_MODE)) end

--- Removes a file or an empty folder; with `recursive` a folder with all that is in
--- it. Links are removed, not followed.
---@param path string
---@param options? { recursive?: boolean }
function M.remove(path, options)
  path = path_of("remove", path)
  if options ~= nil and type(options) ~= "table" then
    refuse("remove", "the options must be a table, got " .. type(options))
  end
  spelling.check_keys("lash.fs.remove", options or {}, { recursive = true })
  local tree = options and options.recursive
  local ok, message, code = core.remove(path, tree and "tree" or "one")
  if ok then return end
  local hint
  if not tree and message:find "not empty$" then hint = "{ recursive = true } removes what is in it as well" end
  fail(message, code, hint)
end

--- Gives a file or folder another name; a file of that name is replaced.
---@param from string
---@param to string
function M.rename(from, to) check(core.rename(path_of("rename", from), path_of("rename", to))) end

--- Makes a folder for this user only. It is removed with all that is in it when it is
--- closed, at the latest when the process ends.
---@return lash.fs.Folder
function M.tmp()
  local folder, message, code = require "lash.fs.tmp"()
  return folder or fail(message, code)
end

return M
