--- What a run that keeps a spooled journal has spent; see journal/spool.lua.
local errors = require "lash.errors"
local json = require "lash.core.json"
local spool = require "lash.journal.spool"
local sys = require "lash.core.sys"

--- What the model's calls of a run took, or may have taken, so far.
---@param id string
---@return { usd: number, tokens: integer, calls: integer }
return function(id)
  local latest, sums = {}, { usd = 0, tokens = 0, calls = 0 }
  local text, message, code = sys.read_file(spool.path_of(id), spool.LARGEST)
  if not text and code ~= "missing" then errors.raise("store", message) end
  if not text then -- it was taken into the store
    local runs = require "lash.store.runs"
    local row = runs.find(id)
    return row and runs.totals(row.number) or sums
  end
  for line in text:gmatch "[^\n]+" do
    local record = json.decode(line)
    local e = type(record) == "table" and record.entry
    if e and e.kind == "model" then latest[("%s %d"):format(e.key, e.attempt)] = e end
  end
  for _, e in pairs(latest) do
    sums.usd, sums.tokens, sums.calls = sums.usd + (e.usd or 0), sums.tokens + (e.tokens or 0), sums.calls + 1
  end
  return sums
end
