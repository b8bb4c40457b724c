--- Where the configuration of a run is: config.json and the .env.local files.
local errors = require "lash.errors"
local sys = require "lash.core.sys"
local xdg = require "lash.xdg"

local M = {}

---@class lash.config.File
---@field path string
---@field text? string  its content, where that was read already

---@class lash.config.Places
---@field config? lash.config.File
---@field env lash.config.File[]  .env.local files that may exist, the strongest first
---@field notes string[]  lines for a person at a terminal

local function is_there(path)
  local stat, _, code = sys.stat(path)
  return stat ~= nil or code ~= "missing"
end

local function folder_of(path) return path and path:match "^(.*)/" end

local function in_folder(folder)
  local path = folder and folder .. "/config.json"
  return path and is_there(path) and { path = path } or nil
end

--- The file that somebody named; it must be there.
local function named(option)
  local variable = sys.getenv "LASH_CONFIG"
  local path = option or (variable ~= "" and variable or nil)
  if not path then return nil end
  local found, message = sys.stat(path)
  if not found then
    errors.raise("config", ("%s (from %s)"):format(message, option and "--config" or "$LASH_CONFIG"))
  end
  local folder, name = path:match "^(.*/)([^/]+)$"
  return { path = ("%s/%s"):format(sys.realpath(folder or "."):gsub("/$", ""), name or path) }
end

local function note(names, reason)
  local plural = #names > 1
  return ("%s in this folder %s ignored%s; `lash trust` lets %s count"):format(table.concat(names, " and "),
    plural and "are" or "is", reason and (": " .. reason) or "", plural and "them" or "it")
end

--- The current folder's files, where they may count; else nil and a note when
--- there is anything to ignore.
local function current_folder(folder, wants_config)
  local names = {}
  for _, name in ipairs { "config.json", ".env.local" } do
    local wanted = wants_config or name ~= "config.json"
    if wanted and is_there(folder .. "/" .. name) then names[#names + 1] = name end
  end
  if #names == 0 then return nil end -- as nearly always: then nothing of trust is loaded
  local texts, reason = require("lash.trust").open(folder)
  if texts then return texts end
  return nil, note(names, reason)
end

--- Finds them. `options`: path (--config), script_dir, cwd.
---@param options { path?: string, script_dir?: string, cwd?: string }
---@return lash.config.Places
function M.find(options)
  local script = options.script_dir and sys.realpath(options.script_dir)
  local current = sys.realpath(options.cwd or ".")
  local user = xdg.config()
  user = user and sys.realpath(user)

  local config = named(options.path) or in_folder(script)
  local texts, ignored
  local trusted_anyway = current == script or current == user or current == folder_of(config and config.path)
  if current and not trusted_anyway then
    texts, ignored = current_folder(current, not config)
  end
  if not config and texts and texts["config.json"] then
    config = { path = current .. "/config.json", text = texts["config.json"] }
  end
  config = config or in_folder(user)

  local env, seen = {}, {}
  local function add(folder)
    if not folder or seen[folder] then return end
    seen[folder] = true
    local file = { path = folder .. "/.env.local" }
    if texts and folder == current then
      file.text = texts[".env.local"] -- as it was when it was checked
      if not file.text then return end
    end
    env[#env + 1] = file
  end
  add(config and folder_of(config.path) or user)
  add(script)
  if texts then add(current) end
  return { config = config, env = env, notes = { ignored } }
end

return M
