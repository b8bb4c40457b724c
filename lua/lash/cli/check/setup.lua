--- What lash check finds without the network: configuration, key, model, and
-- what lash needs of the machine.
local config = require "lash.config"
local context = require "lash.context"
local errors = require "lash.errors"
local regions = require "lash.regions"
local sys = require "lash.core.sys"
local try = require("lash").try

local M = {}

local READABLE_BY_OTHERS = 36 -- 0044
local PRIVATE_FOLDER, PRIVATE_FILE = 448, 384 -- 0700, 0600

---@class lash.cli.Setup
---@field conf? lash.Config
---@field settings? table  of the agent
---@field way? lash.Provider  without its key
---@field provider? lash.Provider  complete

--- The configuration, when all of it can be read.
---@param report lash.cli.Report
---@return lash.Config?
local function look_at_config(report)
  local warnings = {}
  local conf, err = try(config.load, { path = context.config, script_dir = context.script_dir,
    warn = function(line) table.insert(warnings, line) end })
  if not conf then return report:fail("config", err) end
  local models
  models, err = try(conf.models, conf)
  if err then
    report:fail("config", err)
  else
    local variable = sys.getenv "LASH_CONFIG"
    local named = context.config and ", from --config"
      or variable and variable ~= "" and ", from $LASH_CONFIG" or ""
    report:tell("ok", "config", conf.path and conf.path .. named or "none: what is built in")
  end
  for _, note in ipairs(conf.notes) do
    local what, hint = note:match "^(.-); (.*)$"
    report:tell("warn", "config", what or note, hint)
  end
  local files
  files, err = try(conf.env_files, conf)
  if err then report:fail("env", err) end
  for _, path in ipairs(files or {}) do report:tell("ok", "env", path) end
  for _, line in ipairs(warnings) do
    local what, hint = line:match "^(.-): (chmod.*)$"
    report:tell(report.lack, "env", what or line, hint)
  end
  return models and conf
end

--- Where a setting comes from: its variables, else the file that it stands in.
local function origin(conf, written)
  local names = {}
  for name in written:gsub("%$%$", ""):gmatch "%${?([%a_][%w_]*)" do
    names[#names + 1] = ("$%s (%s)"):format(name, conf:origin(name))
  end
  return #names > 0 and table.concat(names, ", ") or nil
end

---@param report lash.cli.Report
---@param conf lash.Config
---@param way lash.Provider
---@param written table
---@param has_key boolean
local function look_at_base(report, conf, way, written, has_key)
  local host = regions.host(way.api_base)
  local text = way.api_base
  local region = way.type == "dashscope" and regions.name(host)
  if region then text = ("%s: %s"):format(text, region) end
  local from = written.api_base and origin(conf, written.api_base)
  if from then text = ("%s, from %s"):format(text, from) end
  local path = region and way.api_base:match "^%a+://[^/]*(.*)$"
  if path and path ~= regions.path(host) then
    report:tell("warn", "base", text, "DashScope's ends in " .. regions.path(host))
  elseif has_key and way.api_base:find "^[Hh][Tt][Tt][Pp]:" and not regions.is_loopback(host) then
    report:tell("warn", "base", text, "over http:// everybody on the way can read the key and the prompts")
  else
    report:tell("ok", "base", text)
  end
end

---@param report lash.cli.Report
---@param conf lash.Config
---@param name string|table
---@param written? string
---@return lash.Provider?
local function look_at_key(report, conf, name, written)
  local provider, err = try(conf.provider, conf, name)
  if not provider then return report:fail("key", err) end
  local from = written and origin(conf, written)
  if not provider.api_key then
    report:tell("ok", "key", "none, and the provider wants none")
  elseif type(name) == "table" then
    report:tell("ok", "key", "stands in the agent's own provider")
  elseif from then
    report:tell("ok", "key", "from " .. from)
  else
    local stat = conf.path and sys.stat(conf.path)
    local exposed = stat and stat.mode & READABLE_BY_OTHERS ~= 0
    report:tell("ok", "key", "stands in " .. (conf.path or "the settings"))
    if exposed then
      report:tell(report.lack, "config", ("others can read the key in %s"):format(conf.path),
        ('"$NAME" in its place takes it from the environment or .env.local; or chmod 600 %s'):format(conf.path))
    end
  end
  return provider
end

local THINKS = { none = "never thinks", off = "thinks on request", on = "thinks by default", only = "always thinks" }
local STREAMS = { yes = "streams with tools", no = "takes tools only whole" }

---@param report lash.cli.Report
---@param provider lash.Provider
---@param name string
local function look_at_model(report, provider, name)
  local row = require("lash.models").row(name, provider)
  if row.fictional or row.source == "unknown" and provider.type ~= "openai" then
    local what = row.fictional and "is named in older documentation, but unknown to the service"
      or "is not in the table of models: nothing is refused and nothing sent unasked"
    return report:tell("warn", "model", ("%s %s"):format(name, what),
      require("lash.hints").of("model", provider, name))
  end
  local facts = {}
  if (row.context or 0) > 0 then facts[1] = ("%d tokens of context"):format(row.context) end
  table.insert(facts, THINKS[row.thinking])
  table.insert(facts, STREAMS[row.stream_tools])
  local known = ("%s (%s)"):format(table.concat(facts, ", "), row.source)
  report:tell("ok", "model", ("%s: %s"):format(name,
    row.source == "unknown" and "nothing is known of it, nothing is assumed" or known))
end

--- Everything that the configuration says of a request.
---@param report lash.cli.Report
---@param conf lash.Config
---@return lash.cli.Setup
local function look_at_settings(report, conf)
  local setup = { conf = conf }
  local settings, err = try(require("lash.settings").merge, { settings = {} })
  if not settings then
    report:fail("agent", err)
    return setup
  end
  setup.settings = settings
  local name = settings.provider
  local way, written, has_key = try(conf.keyless_provider, conf, name)
  if not way then
    report:fail("provider", written)
    return setup
  end
  setup.way = way
  report:tell("ok", "provider", ("%s, of type %s"):format(way.name, way.type))
  look_at_base(report, conf, way, written, has_key)
  setup.provider = look_at_key(report, conf, name, written.api_key)
  look_at_model(report, way, settings.model)
  return setup
end

--- The folders of a path that are not there, the deepest first.
local function missing(path)
  local list = {}
  while path ~= "" and not sys.stat(path) do
    list[#list + 1] = path
    path = path:match "^(.*)/"
  end
  return list
end

--- The state folder: made and written as the first thing to be kept would, and
-- left as it was.
---@param report lash.cli.Report
local function look_at_state(report)
  local folder = require("lash.xdg").state()
  local hint = "nothing can be kept: set XDG_STATE_HOME to a folder of yours"
  if not folder then return report:tell(report.lack, "state", "there is no home folder", hint) end
  local absent = missing(folder)
  local probe = ("%s/check-%s"):format(folder, sys.random_id())
  local ok, message = sys.mkdir_p(folder, PRIVATE_FOLDER)
  if ok then
    ok, message = sys.write_atomic(probe, "", PRIVATE_FILE)
    os.remove(probe)
    for _, made in ipairs(absent) do os.remove(made) end -- where nobody has put anything meanwhile
  end
  if ok then report:tell("ok", "state", folder) else report:tell(report.lack, "state", message, hint) end
end

---@param report lash.cli.Report
---@return boolean found
local function look_at_libcurl(report)
  local version, message = require("lash.core.http").library()
  if not version then
    report:fail("libcurl", errors.new("config", message))
    return false
  end
  report:tell("ok", "libcurl", version:match "^%S+ %S+" or version)
  return true
end

local SIGNALS = 6 -- the version of Landlock that keeps signals inside, Linux 6.12

--- What a command of a model can be confined with.
---@param report lash.cli.Report
local function look_at_sandbox(report)
  local have = require("lash.core.proc").support()
  local what = ("Landlock %s, seccomp%s"):format(have.landlock > 0 and have.landlock or "is missing",
    have.seccomp and "" or " is missing")
  if have.landlock == 0 or not have.seccomp then
    report:tell("warn", "sandbox", what,
      'commands of the tool shell are not confined as they should be; sandbox = "required" refuses them')
  elseif have.landlock < SIGNALS then
    report:tell("ok", "sandbox", what .. ": commands can still signal other processes of yours")
  else
    report:tell("ok", "sandbox", what)
  end
end

---@param report lash.cli.Report
---@return lash.cli.Setup
function M.look(report)
  local conf = look_at_config(report)
  local setup = conf and look_at_settings(report, conf) or {}
  look_at_state(report)
  look_at_sandbox(report)
  if not look_at_libcurl(report) then setup.way = nil end
  return setup
end

return M
