--- A temporary folder for one test, and an environment of its own.
local sys = require "lash.core.sys"

local Folder = {}
Folder.__index = Folder

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- Makes an empty folder; close() (or <close>) removes it with its content.
local function new()
  local path = assert(sys.realpath(os.getenv "TMPDIR" or "/tmp")) .. "/lash-spec-" .. sys.random_id()
  assert(sys.mkdir_p(path, 448)) -- 0700
  return setmetatable({ path = path }, Folder)
end

--- Writes a file below the folder, making folders as needed; returns its path.
function Folder:write(name, text, mode)
  local path = self.path .. "/" .. name
  assert(sys.mkdir_p(path:match "^(.*)/", 448))
  assert(sys.write_atomic(path, text, mode or 384)) -- 0600
  return path
end

--- Makes a symbolic link in the folder; returns its path.
function Folder:link(target, name)
  local path = self.path .. "/" .. name
  assert(os.execute("ln -s " .. quoted(target) .. " " .. quoted(path)))
  return path
end

--- Changes the mode of a file, as chmod does.
function Folder:chmod(mode, name) assert(os.execute("chmod " .. mode .. " " .. quoted(self.path .. "/" .. name))) end

function Folder:close() assert(os.execute("rm -rf " .. quoted(self.path))) end
Folder.__close = Folder.close

--- Makes `variables` the whole environment until the function that it returns
--- is called.
local function environment(variables)
  local real = { getenv = sys.getenv, environ = sys.environ, home = sys.home }
  sys.getenv = function(name) return variables[name] end
  sys.environ = function() return variables end
  sys.home = function() return variables.HOME end
  return function()
    for name, f in pairs(real) do sys[name] = f end
  end
end

return { new = new, environment = environment }
