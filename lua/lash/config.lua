--- The configuration of a run: providers, agents, models, variables.
--
-- Finding the files is config/places.lua, what may stand in them is
-- config/schema.lua. The file is read when something of it is asked for first,
-- `$NAME` takes its value at use. Every failure raises `config`.
local context = require "lash.context"
local errors = require "lash.errors"
local output = require "lash.output"
local places = require "lash.config.places"
local provider = require "lash.config.provider"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

local LIMIT = 1 << 20 -- bytes of config.json or of one .env.local
local READABLE_BY_OTHERS = 36 -- 0044
local BUILT_IN = { provider = "dashscope", model = "qwen3-max", max_tokens = 8192 }

---@class lash.Config
---@field path? string  the config.json in use
---@field notes string[]  lines for a person at a terminal: what is ignored, and why
local Config = {}
Config.__index = Config
Config.__name = "lash.Config"

local current -- the configuration of the process

local function folder_of(path) return path and path:match "^(.*)/" end

local function names_of(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Finds the configuration and makes it that of the process; without options,
--- what was loaded last.
-- `path`: the file of --config; `script_dir`: the folder of the script's real
-- file; `cwd`: by default the current folder; `warn`: is given lines for stderr,
-- and the notes are left to its owner.
---@param options? { path?: string, script_dir?: string, cwd?: string, warn?: fun(line: string) }
---@return lash.Config
function M.load(options)
  if not options and current then return current end
  options = options or { path = context.config, script_dir = context.script_dir }
  local found = places.find(options)
  current = setmetatable({
    path = found.config and found.config.path,
    notes = found.notes,
    _file = found.config,
    _env_files = found.env,
    _script_dir = options.script_dir,
    _warn = options.warn or function(line) require("lash.log").warn(line) end,
    _providers = {},
  }, Config)
  if not options.warn and not context.quiet and output.is_terminal(2) then
    for _, note in ipairs(found.notes) do output.note(output.exact("lash: " .. note .. "\n")) end
  end
  return current
end

function Config:_fail(path, message, hint)
  local where = self.path and self.path .. ": " or ""
  errors.raise("config", where .. (path and path .. ": " or "") .. message, { hint = hint })
end

--- The checked content of config.json, nothing expanded.
function Config:_data()
  if self._content then return self._content end
  local content = {}
  if self._file then
    local json = require "lash.core.json"
    local text, message = self._file.text, nil
    if not text then text, message = sys.read_file(self.path, LIMIT) end
    if not text then errors.raise("config", message) end
    content, message = json.decode(text:gsub("^\xEF\xBB\xBF", ""), { comments = true })
    if message then
      self:_fail(nil, message, "JSON, with comments: keys in quotes, each once, no comma behind the last")
    end
    local wrong, hint = require("lash.config.schema").file(content, "")
    if wrong then self:_fail(nil, wrong, hint) end
  end
  self._content = content
  local ok, err = pcall(provider.hide_all, content.providers or {}, function(name) return self:env(name) end)
  if ok then return content end
  self._content = nil -- there was no memory: once more, then
  error(err, 0)
end

function Config:_read_env_file(file)
  local text, message, code = file.text, nil, nil
  if not text then text, message, code = sys.read_file(file.path, LIMIT) end
  if not text then
    if code ~= "missing" then errors.raise("config", message) end
    return {}
  end
  local stat = sys.stat(file.path)
  if stat and stat.mode & READABLE_BY_OTHERS ~= 0 then
    self._warn(("%s can be read by others: chmod 600 %s"):format(file.path, file.path))
  end
  local values, err = require("lash.dotenv").parse(text, file.path)
  if not values then error(err, 0) end
  for name, value in pairs(values) do
    if secrets.is_name(name) then secrets.add(value) end
  end
  return values
end

--- The variables of all .env.local files, and which file each is from.
function Config:_read_env()
  if self._env then return self._env, self._origins end
  local env, origins = {}, {}
  for i = #self._env_files, 1, -1 do -- the strongest last
    local file = self._env_files[i]
    for k, v in pairs(self:_read_env_file(file)) do env[k], origins[k] = v, file.path end
  end
  self._env, self._origins = env, origins
  return env, origins
end

--- The .env.local files that are there, the strongest first.
---@return string[] paths
function Config:env_files()
  self:_read_env()
  local paths = {}
  for _, file in ipairs(self._env_files) do
    if file.text or sys.stat(file.path) then paths[#paths + 1] = file.path end
  end
  return paths
end

--- A variable: from the environment, else from the .env.local files.
---@param name string
---@return string?
function Config:env(name)
  local ok, err = pcall(self._data, self) -- it says what of it is secret; what is wrong in it, who asks for it
  if not ok and not errors.is(err) then error(err, 0) end
  return sys.getenv(name) or self:_read_env()[name]
end

--- Reads what tells which values are secret: before something is kept, or shown, whose text
--- is given from outside. What is wrong with it is for who needs it.
function Config:know_secrets() pcall(self.env, self, "DASHSCOPE_API_KEY") end

--- Where a variable is from: "the environment", or the path of a .env.local.
---@param name string
---@return string?
function Config:origin(name)
  if sys.getenv(name) then return "the environment" end
  return select(2, self:_read_env())[name]
end

function Config:_variable(name, path)
  local value = self:env(name)
  if value then return value end
  local folder = folder_of(self.path) or self._script_dir or "~/.config/lash"
  self:_fail(self.path and path, ("$%s is not set"):format(name),
    ("export %s=..., or write %s=... into %s/.env.local"):format(name, name, folder))
end

--- A copy of a value of config.json with the variables in it replaced.
function Config:_expand(value, path)
  if type(value) == "table" then
    local copy = setmetatable({}, getmetatable(value))
    for k, v in pairs(value) do
      copy[k] = self:_expand(v, math.type(k) and ("%s[%d]"):format(path, k) or ("%s.%s"):format(path, k))
    end
    return copy
  end
  if type(value) ~= "string" or not value:find("$", 1, true) then return value end
  return (value:gsub("%$([{$%a_]?)([%w_]*)(}?)", function(first, rest, brace)
    if first == "{" then
      if brace == "" or not rest:find "^[%a_]" then self:_fail(path, "'${' without NAME}", "a dollar is '$$'") end
      return self:_variable(rest, path)
    elseif first == "$" or first == "" then
      return "$" .. rest .. brace -- '$$', or a dollar before anything else
    end
    return self:_variable(first .. rest, path) .. brace
  end))
end

function Config:_unknown(what, name, known)
  self:_fail(nil, ("unknown %s '%s'"):format(what, name), require "lash.config.known"(self, name, names_of(known)))
end

--- What a provider of type dashscope has where its settings say nothing.
function Config:_dashscope_defaults()
  local base = self:env "DASHSCOPE_API_BASE"
  return {
    api_key = "$DASHSCOPE_API_KEY",
    api_base = base and base ~= "" and "$DASHSCOPE_API_BASE" or provider.DASHSCOPE_BASE,
  }
end

--- Makes a provider; `literal`: a `$` in its settings is a `$`.
function Config:_build_provider(name, given, literal)
  if context.trial then given = context.trial.provider(given, given.type or provider.type(name, given.api_base)) end
  local prefix = literal and "provider" or "providers." .. name
  local file = not literal and self.path
  local settings = {}
  for _, key in ipairs(names_of(given)) do
    settings[key] = literal and given[key] or self:_expand(given[key], prefix .. "." .. key)
  end
  settings.type = settings.type or provider.type(name, settings.api_base)
  local defaults = settings.type == "dashscope" and self:_dashscope_defaults() or {}
  for key, value in pairs(defaults) do
    if settings[key] == nil then settings[key] = self:_expand(value, prefix .. "." .. key) end
  end
  local function place(key, header)
    local value = header and given.headers[header] or given[key] or defaults[key]
    local variable = type(value) == "string" and value:match "%${?([%a_][%w_]*)"
    return ("%s%s.%s%s%s"):format(file and file .. ": " or "", prefix, key, header and "." .. header or "",
      variable and (" (from $%s)"):format(variable) or "")
  end
  return provider.build(name, settings, place, folder_of(file))
end

--- A provider by its name; or one given as a table of settings, which is taken
--- literally: a script has `lash.env` for variables.
---@param name string|table
---@return lash.Provider
function Config:provider(name)
  if type(name) == "table" then
    local wrong, hint = require("lash.config.schema").provider(name, "provider")
    if wrong then errors.raise("config", wrong, { hint = hint }) end
    return self:_build_provider("inline", name, true)
  end
  if not self._providers[name] or context.trial then -- a test leads elsewhere from one call to the next
    self._providers[name] = self:_build_provider(name, self:_written_provider(name))
  end
  return self._providers[name]
end

--- The settings of a provider as they are written.
function Config:_written_provider(name)
  local known = { dashscope = {} }
  for k, v in pairs(self:_data().providers or {}) do known[k] = v end
  if not known[name] then self:_unknown("provider", name, known) end
  return known[name]
end

--- A provider without its key, for who only wants to know where it leads: that
--- a key is missing is no error. And what is written of key and base, `$NAME`
--- as it stands.
---@param name string|table
---@return lash.Provider provider
---@return { api_key?: string, api_base?: string } written  nothing of one that stands in an agent: it is expanded
---@return boolean has_key
function Config:keyless_provider(name)
  local literal = type(name) == "table"
  local given, copy = literal and name or self:_written_provider(name), {}
  for k, v in pairs(given) do copy[k] = v end
  copy.api_key = "-" -- one that is there, and is nobody's
  local found = literal and self:provider(copy) or self:_build_provider(name, copy)
  found.api_key = nil
  local defaults = found.type == "dashscope" and self:_dashscope_defaults() or {}
  local key = given.api_key or defaults.api_key
  if literal then return found, {}, key ~= nil end
  return found, { api_key = key, api_base = given.api_base or defaults.api_base }, key ~= nil
end

--- The settings of an agent: `agents.NAME` over `agents.defaults` over what is
--- built in. Without a name, the defaults.
---@param name? string
---@return table
function Config:agent(name)
  local agents = self:_data().agents or {}
  if name and not agents[name] then self:_unknown("agent", name, agents) end
  local settings = {}
  for k, v in pairs(BUILT_IN) do settings[k] = v end
  for _, level in ipairs { "defaults", name } do
    local given = agents[level] or {}
    for _, key in ipairs(names_of(given)) do
      -- What the agent itself says hides a default, also one that cannot be expanded.
      if level == name or not name or agents[name][key] == nil then
        settings[key] = self:_expand(given[key], ("agents.%s.%s"):format(level, key))
      end
    end
  end
  return settings
end

--- The names of what the file has of a kind.
---@param kind "agents"|"providers"
---@return string[]
function Config:names(kind) return names_of(self:_data()[kind] or {}) end

--- What the configuration says of the records of runs.
---@return { record?: boolean, keep?: { count?: integer, age?: number|string } }
function Config:runs() return self:_data().runs or {} end

--- What the configuration says of models: pattern -> definition.
---@return table<string, table>
function Config:models() return self:_expand(self:_data().models or {}, "models") end

return M
