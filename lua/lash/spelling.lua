--- What somebody may have meant: the nearest of the names that there are.
local errors = require "lash.errors"

local M = {}

--- Edits that make one word of another (Levenshtein).
local function distance_of(word, name)
  local row = {}
  for j = 0, #name do row[j] = j end
  for i = 1, #word do
    local diagonal
    diagonal, row[0] = row[0], i
    for j = 1, #name do
      local substitute = diagonal + (word:byte(i) == name:byte(j) and 0 or 1)
      diagonal, row[j] = row[j], math.min(substitute, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#name]
end

--- The valid name nearest to a wrong one, for hints; nil when none is near.
-- "Near" is an edit distance (Levenshtein) of at most a third of its length,
-- 2 at least.
---@param word string
---@param names string[]
---@return string?
function M.nearest(word, names)
  local best, least
  for _, name in ipairs(names) do
    local most = math.max(2, #name // 3)
    if least then most = math.min(most, least - 1) end
    -- No fewer edits than one is longer than the other: a long word costs nothing.
    local distance = math.abs(#word - #name) <= most and distance_of(word, name)
    if distance and distance <= most then
      best, least = name, distance
    end
  end
  return best
end

--- Refuses keys that are not in `allowed` (a set), naming the nearest valid one.
---@param what string  "lash.agent", "policy", …
---@param t table
---@param allowed table<string, any>
function M.check_keys(what, t, allowed)
  for key in pairs(t) do
    if allowed[key] == nil then
      local names = {}
      for name in pairs(allowed) do names[#names + 1] = name end
      table.sort(names)
      local near = type(key) == "string" and M.nearest(key, names)
      errors.raise("usage", ("%s: unknown key '%s'"):format(what, tostring(key)),
        { hint = near and ("did you mean '%s'?"):format(near) or "valid keys: " .. table.concat(names, ", ") })
    end
  end
end

return M
