--- The folders of lash below the user's own: configuration and state.
local sys = require "lash.core.sys"

local M = {}

--- A relative value is ignored, as the XDG specification asks: it would mean
--- another folder in every working folder.
local function folder(variable, below_home)
  local base = sys.getenv(variable)
  if base and base:find "^/" then return base .. "/lash" end
  local home = sys.home()
  return home and home:find "^/" and ("%s/%s/lash"):format(home, below_home) or nil
end

--- `$XDG_CONFIG_HOME/lash`; nil when there is no home folder at all.
---@return string?
function M.config() return folder("XDG_CONFIG_HOME", ".config") end

--- `$XDG_STATE_HOME/lash`; nil when there is no home folder at all.
---@return string?
function M.state() return folder("XDG_STATE_HOME", ".local/state") end

return M
