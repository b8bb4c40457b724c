--- The sandbox of the commands that a model runs: what they may open, their
--- limits and their environment.
local errors = require "lash.errors"
local place = require "lash.core.place"
local private = require "lash.private"
local proc = require "lash.core.proc"
local sys = require "lash.core.sys"

local M = {}

local SYSTEM = {
  "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store",
  "/var/lib/dpkg", "/run/systemd/resolve", "/proc", "/sys/devices/system", "/sys/fs/cgroup",
}

local LIMITS = { cpu = 600, memory = 8 << 30, file = 1 << 30, processes = 256 }

-- What of the environment a command is given: nothing that leads to a service of
-- this person, and no names that nobody has thought of.
local VARIABLES = {}
for name in ("PATH LANG LANGUAGE TZ USER LOGNAME SHELL CC CXX CFLAGS CXXFLAGS LDFLAGS MAKEFLAGS JAVA_HOME GOROOT "
  .. "VIRTUAL_ENV"):gmatch "%S+" do
  VARIABLES[name] = true
end

local READ_BY_OTHERS, LIST_BY_OTHERS = 4, 5

--- What this kernel lacks; nil: nothing.
---@return string?
function M.missing()
  local have = proc.support()
  local missing = {}
  if have.landlock == 0 then missing[#missing + 1] = "Landlock" end
  if not have.seccomp then missing[#missing + 1] = "seccomp" end
  if #missing > 0 then return "this kernel has no " .. table.concat(missing, " and no ") end
end

--- Raises `config` when a sandbox is required that this kernel cannot make.
function M.check()
  local missing = M.missing()
  if missing then
    errors.raise("config", 'sandbox = "required": ' .. missing, { hint = 'sandbox = "auto" takes what there is' })
  end
end

--- Why no command of a model may run in the current folder; nil: it may.
---@return string?
function M.refusal()
  local folder = sys.cwd()
  if not folder then return "there is no working folder" end
  local places = { { sys.home(), "the home folder" } }
  for _, path in ipairs(private.own()) do
    if path ~= "config.json" then places[#places + 1] = { path, "the configuration or the state of lash" } end
  end
  for _, path in ipairs(places) do
    local real = path[1] and sys.realpath(path[1])
    local inside = real and path[2] ~= "the home folder" and private.is_within(folder, real)
    if real and (private.is_within(real, folder) or inside) then
      return ("denied: no commands here: the working folder %s is, or contains, %s"):format(folder, path[2])
    end
  end
end

--- What of a folder everybody may read: the folder itself, or else those parts
-- of it. What cannot be looked at is for nobody.
local function public_parts(folder)
  local entries, complete = place.list(folder)
  local parts, all = {}, entries and complete
  for name, kind in pairs(entries or {}) do
    local child = folder .. "/" .. name
    local stat = kind ~= "link" and sys.stat(child) -- what a link leads to is judged where it is
    local wanted = kind == "folder" and LIST_BY_OTHERS or READ_BY_OTHERS
    if kind ~= "link" and not stat or stat and stat.mode & wanted ~= wanted then
      all = false
    elseif stat and kind == "folder" then
      local inner = public_parts(child)
      all = all and #inner == 1 and inner[1] == child
      table.move(inner, 1, #inner, #parts + 1, parts)
    elseif stat then
      parts[#parts + 1] = child
    end
  end
  if all then return { folder } end
  table.sort(parts)
  return parts
end

local readable ---@type string[]?

--- The folders of the system. Nothing but Landlock keeps root from other
-- people's keys in /etc, and it takes nothing back out of a folder.
local function system()
  if not readable then
    local settings = sys.euid() == 0 and public_parts "/etc" or { "/etc" }
    readable = table.move(settings, 1, #settings, #SYSTEM + 1, table.move(SYSTEM, 1, #SYSTEM, 1, {}))
  end
  return readable
end

--- A sandbox without network: the system's folders to read, and these.
---@param read string[]
---@param write string[]
---@param folder? string  the command's working folder, by its real path: secrets' files are hidden in it
---@return lash.proc.Sandbox
function M.sandbox(read, write, folder)
  local sandbox = { write = write, hide_names = private.names, hide = {}, hide_in = folder and { "." } or {} }
  for _, path in ipairs(write) do
    if path ~= "." then table.insert(sandbox.hide_in, path) end
  end
  sandbox.hide_files, sandbox.hide_texts = { private.configuration.name }, { private.configuration.text }
  sandbox.read = table.move(read, 1, #read, #system() + 1, table.move(system(), 1, #system(), 1, {}))
  for _, path in ipairs(private.places()) do
    if folder and private.is_within(path, folder) then table.insert(sandbox.hide, path) end
  end
  for key, value in pairs(LIMITS) do sandbox[key] = value end
  return sandbox
end

--- The environment of a confined command, for `exec.options`.
---@param temporary string
---@return table<string, string|false>
function M.environment(temporary)
  local env = {}
  for name in pairs(sys.environ()) do
    if not VARIABLES[name] and not name:find "^LC_" then env[name] = false end
  end
  env.HOME, env.TMPDIR, env.TERM = temporary, temporary, "dumb"
  return env
end

return M
