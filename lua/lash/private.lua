--- Files that no built-in tool shows or changes, whatever the policy says: keys,
--- passwords, and what lash itself lives from.
local place = require "lash.core.place"
local sys = require "lash.core.sys"
local xdg = require "lash.xdg"

local M = {}

--- Names of files and folders; a star stands for any part. The first that fits
-- decides; "!" before it: not private.
M.names = {
  "!.env.example", "!.env.sample", "!.env.template", "!.env.dist", "!.env.defaults",
  ".env", ".env.*", "*.env.local",
  "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.gpg",
  "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "ssh_host_*_key",
  ".netrc", ".pgpass", ".my.cnf", ".git-credentials", ".npmrc", ".pypirc", ".htpasswd", ".vault-token",
  ".ssh", ".gnupg", ".aws", ".azure", ".password-store",
}

--- Below the home folder.
local AT_HOME = {
  ".docker", ".kube", ".mozilla", ".thunderbird", ".config/gcloud", ".config/gh", ".config/chromium",
  ".config/google-chrome", ".local/share/keyrings",
}

local OF_THE_SYSTEM = {
  "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/run/secrets",
  "/run/user", "/proc", "/sys", "/dev",
}

--- Is the path this folder, or something in it?
---@param path string
---@param folder string
---@return boolean
function M.is_within(path, folder)
  return path == folder or folder == "/" or path:sub(1, #folder + 1) == folder .. "/"
end

--- Files and folders of lash and of this person, by their real paths; those that
-- are there, or could be.
---@return string[]
function M.places()
  local list = table.move(OF_THE_SYSTEM, 1, #OF_THE_SYSTEM, 1, {})
  local function add(path)
    local real = path and place.real(path)
    if real then list[#list + 1] = real end
  end
  for _, path in ipairs(M.own()) do add(path) end
  local home = sys.home()
  for _, name in ipairs(home and AT_HOME or {}) do add(home .. "/" .. name) end
  return list
end

--- Where the configuration and the state of lash are, or would be.
---@return string[]
function M.own()
  local context = require "lash.context"
  local list = { "config.json" }
  list[#list + 1] = xdg.config()
  list[#list + 1] = xdg.state()
  list[#list + 1] = context.script_dir and context.script_dir .. "/config.json"
  list[#list + 1] = require("lash.config").load().path
  return list
end

--- The names as Lua's patterns.
local patterns = {}
for i, name in ipairs(M.names) do
  local negated, rest = name:match "^(!?)(.*)$"
  patterns[i] = { text = "^" .. rest:gsub("%p", "%%%0"):gsub("%%%*", ".*") .. "$", private = negated == "" }
end

local function is_private_name(name)
  for _, pattern in ipairs(patterns) do
    if name:find(pattern.text) then return pattern.private end
  end
  return false
end

--- Makes a function of a real path: is it private? For many paths at a time.
---@return fun(real: string): boolean
function M.judge()
  local places, known = M.places(), {} ---@type string[], table<string, boolean>
  return function(real)
    for _, folder in ipairs(places) do
      if M.is_within(real, folder) then return true end
    end
    for name in real:gmatch "[^/]+" do
      if known[name] == nil then known[name] = is_private_name(name) end
      if known[name] then return true end
    end
    return false
  end
end

--- What a model is told of such a file.
---@param real string
---@return string
function M.refusal(real) return ("denied: %s may hold secrets; no tool shows or changes it"):format(real) end

--- What makes a file a configuration of lash, wherever it is.
M.configuration = { name = "config.json", text = '"api_key"' }

--- Has it the name of one?
---@param real string
---@return boolean
function M.is_named(real) return real:match "[^/]*$" == M.configuration.name end

--- Is it one?
---@param real string
---@param content string
---@return boolean
function M.is_configuration(real, content)
  return M.is_named(real) and content:find(M.configuration.text, 1, true) ~= nil
end

return M
