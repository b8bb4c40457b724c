--- Which models exist, and what each can.
local M = {}

--- What may follow a model's name: a date, a size, a variant.
local VARIANTS = { latest = true, preview = true, instruct = true, thinking = true, us = true,
  max = true, plus = true, flash = true, vl = true, omni = true }

local function is_variant(rest)
  for word in rest:gmatch "[^-]+" do
    if not VARIANTS[word] and not word:find "^a?%d+%.?%d*b?$" then return false end
  end
  return rest == "" or rest:sub(1, 1) == "-"
end

---@return table[]
local function rows() return require("lash.core.dashscope").models() end

--- What is known of a model that the service would accept.
---@param name string
---@return table?
function M.find(name)
  local best
  for _, row in ipairs(rows()) do
    local pattern = row.pattern
    if name:sub(1, #pattern) == pattern and (not best or #pattern > #best.pattern) then best = row end
  end
  if best and not best.fictional and is_variant(name:sub(#best.pattern + 1)) then return best end
end

--- The names to list.
---@return string[]
function M.names()
  local names = {}
  for _, row in ipairs(rows()) do
    if not row.fictional then names[#names + 1] = row.pattern end
  end
  return names
end

return M
