--- --session: which conversation that is, and what a person is told of it.
local errors = require "lash.errors"

local M = {}

--- The id of --session; nil: a new one.
---@param given? string
---@return string?
function M.id(given)
  if given ~= "last" then return given end
  return require("lash.store.sessions").latest()
    or errors.raise("input", "there is no session yet", { hint = "lash chat begins one" })
end

--- What there is of a session that was named: whoever mistyped its name should see it.
---@param session lash.Session
---@return string
function M.told(session)
  local n = #session.messages
  if n > 0 then return (", goes on with %d message%s"):format(n, n == 1 and "" or "s") end
  local ids = {}
  for i, row in ipairs(require("lash.store.sessions").list()) do ids[i] = row.id end
  local near = errors.nearest(session.id, ids)
  return ", a new one" .. (near and near ~= session.id and (" (did you mean '%s'?)"):format(near) or "")
end

return M
