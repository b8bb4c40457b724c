--- Names of tools on the wire.
local M = {}

local LENGTH = 64
local HASH = 8 -- digits that tell long names apart

--- A name as the service takes it: letters, digits, `_` and `-`, at most 64 of
-- them, and not "search", which it keeps for itself.
---@param name string
---@param n? integer  of several that would be the same
---@return string
function M.legal(name, n)
  local suffix = n and ("_%d"):format(n) or ""
  local word = name:gsub("[^%w_-]", "_")
  if word == "search" or word == "" then word = word .. "_" end
  if #word + #suffix > LENGTH then
    local hash = require("lash.core.sys").sha256(name):sub(1, HASH)
    word = word:sub(1, LENGTH - #suffix - 1 - HASH) .. "_" .. hash
  end
  return word .. suffix
end

return M
