--- lash test [ARG…]: busted, inside lash, with what a test needs of the process.
local context = require "lash.context"
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local sys = require "lash.core.sys"
local trial = require "lash.trial"

local NAME = "lash test"

local function check_installed()
  if package.searchpath("busted.runner", package.path) then return end
  errors.raise("config", "busted is not installed for Lua 5.4", { hint = "apt install lua-busted" })
end

--- The arguments as busted understands them; raises where it does not.
local function parse(argv)
  local cli = require "busted.modules.cli" { standalone = false }
  cli:set_name(NAME)
  local given, message = cli:parse(argv)
  if given then return given end
  message = message:gsub("^" .. NAME .. ": error: ", ""):gsub("; re%-run with.*$", "")
  errors.raise("usage", NAME .. ": " .. message, { hint = "lash test --help lists what there is" })
end

--- The files that would be run; a root that is not there is an error of its own.
local function files_of(given, roots)
  local _, _, all = require "busted.modules.test_file_loader"({ publish = function() end }, given.loaders)
  return all(roots, given.pattern, { excludes = given["exclude-pattern"], recursive = given.recursive })
end

--- Where specs are looked for: as busted does, in spec/; without that, here.
---@return string[] more  words for busted
local function roots_of(given, folder)
  local roots = type(given.ROOT) == "table" and given.ROOT or { given.ROOT }
  local function is_there(root) return sys.stat(root:find "^/" and root or folder .. "/" .. root) ~= nil end
  local more = {}
  if #roots == 1 and roots[1] == "spec" and not is_there "spec" then roots, more = { "." }, { "." } end
  for i, root in ipairs(roots) do
    if not is_there(root) then errors.raise("input", root .. " is not there") end
    roots[i] = root:find "^/" and root or folder .. "/" .. root
  end
  if #files_of(given, roots) == 0 then
    errors.raise("input", "there is no spec: no file whose name has '" .. table.concat(given.pattern, "', '") .. "'",
      { hint = "lash init writes a first one" })
  end
  return more
end

--- The process is that of a test: no network, a fixed time, no key, no state of
--- a person's.
---@return lash.fs.Folder
local function isolate()
  local folder = require("lash.fs").tmp()
  for name, value in pairs {
    XDG_CONFIG_HOME = folder .. "/config", XDG_STATE_HOME = folder .. "/state",
    DASHSCOPE_API_KEY = trial.KEY,
  } do
    sys.setenv(name, value)
  end
  for _, name in ipairs { "LASH_CONFIG", "LASH_RECORD", "DASHSCOPE_API_BASE" } do sys.setenv(name, nil) end
  local network = os.getenv "LASH_NETWORK"
  sys.setenv("LASH_NETWORK", network or "off") -- also for what the spec starts by itself
  trial.lead(nil, nil, network)
  trial.begin(nil, 0)
  return folder
end

--- Modules of a spec: those of its project, $LASH_PATH, the system's.
local function set_path(root)
  local more = os.getenv "LASH_PATH"
  more = more and more ~= "" and more .. ";" or ""
  package.path = ("%s/?.lua;%s/?/init.lua;%s%s"):format(root, root, more, package.path)
end

--- How busted ends when it has more to say than that all went well; an interrupt that a
--- test has caught was one of the run.
local function finish(code)
  local interrupted = interrupt.pending()
  if interrupted then error(interrupted, 0) end
  os.exit(code == 0 and 0 or 1)
end

---@param argv string[]
---@return integer exit
return function(argv)
  check_installed()
  for _, word in ipairs(argv) do
    if word == "--help" or word == "-h" then return require "lash.cli.help" { "test" } end
  end
  argv[0] = NAME
  local given = parse(argv)
  if given.version then
    print("busted " .. require("busted.core")().version)
    return 0
  end
  local root = sys.realpath(given.directory)
  if not root then errors.raise("input", given.directory .. " is not there") end
  local more = roots_of(given, root)
  local _folder <close> = isolate()
  context.script_dir = root
  set_path(root)
  arg = { [0] = NAME, "--ignore-lua", table.unpack(argv) }
  table.move(more, 1, #more, #arg + 1, arg)
  require("busted.compatibility").exit = finish
  local hooks = require "lash.cli.test.hooks"
  hooks.install()
  -- busted takes its name from the chunk that calls it.
  load("require 'busted.runner' { standalone = false }", "@" .. NAME, "t")()
  if hooks.begun == 0 and not given.list then
    errors.raise("input", "no test was run", { hint = "is there one of that name, or tag? lash test --list" })
  end
  return 0
end
