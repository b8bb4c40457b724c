--- The names of models: which there are, which are meant, which see.
local errors = require "lash.errors"
local models = require "lash.models"
local service = require "lash.core.dashscope"
local spelling = require "lash.spelling"

local M = {}

--- The models that take images: the first must, others are left out.
---@param names string[]
---@param provider lash.Provider
---@return string[]
function M.who_see(names, provider)
  local list = {}
  for _, name in ipairs(names) do
    if models.row(name, provider).vision then list[#list + 1] = name end
  end
  if list[1] == names[1] then return list end
  local others = {}
  for _, name in ipairs(provider.type ~= "openai" and M.all() or {}) do
    if #others < 3 and models.row(name, provider).vision then others[#others + 1] = name end
  end
  local hint = "`lash models NAME` tells: vision"
  if #others > 0 then hint = ("%s do; %s"):format(table.concat(others, ", "), hint) end
  errors.raise("usage", names[1] .. " takes no images", { hint = hint })
end

--- All names: the built-in table in its order, then those of config.json.
---@return string[]
function M.all()
  local names, seen = {}, {}
  for i, row in ipairs(service.models()) do
    names[i], seen[row.pattern] = row.pattern, true
  end
  local configured = {}
  for name in pairs(require("lash.config").load():models()) do
    if not seen[name] then configured[#configured + 1] = name end
  end
  table.sort(configured)
  return table.move(configured, 1, #configured, #names + 1, names)
end

--- All names of models that are real.
---@return string[]
function M.real()
  local names = {}
  for _, name in ipairs(M.all()) do
    if not models.row(name).fictional then names[#names + 1] = name end
  end
  return names
end

--- Up to three real names that somebody may have meant, the nearest first.
---@param word string
---@return string[]
function M.nearest(word)
  local instead = models.row(word).instead
  local real, found = {}, { instead }
  for _, name in ipairs(M.real()) do
    if name ~= word and name ~= instead then real[#real + 1] = name end
  end
  while #found < 3 do
    local near = spelling.nearest(word, real)
    if not near then break end
    found[#found + 1] = near
    for i, name in ipairs(real) do
      if name == near then table.remove(real, i) break end
    end
  end
  return found
end

--- What a person is told of a name that may be mistyped; nil: it is known, or like none.
---@param name string
---@param provider? lash.Provider  default: DashScope
---@return string?
function M.doubt(name, provider)
  if provider and provider.type == "openai" or models.row(name, provider).source ~= "unknown" then return nil end
  local near = M.nearest(name)
  if #near > 0 then return ("%s is not in the table; similar names: %s"):format(name, table.concat(near, ", ")) end
end

return M
