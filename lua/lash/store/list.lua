--- Lists of runs and what they cost, in the store: for `lash runs`; see runs.lua.
local store = require "lash.store"

local M = {}

local PAGE = 100 -- rows

---@class lash.store.Costs
---@field calls integer  of models
---@field tokens integer  of those that are over
---@field usd number  of these, where the price is known
---@field unpriced integer  calls whose price is not
---@field doubtful integer  calls whose answer was lost: possibly paid
---@field doubtful_usd number  what these took at most

local BY_NAME = "(name = ?1 OR script = ?2 OR substr(script, -length(?1) - 1) = '/' || ?1)"

--- Is there a run of this name, or of a script's file of this name or real path?
---@param name string
---@param script? string
---@return boolean
function M.is_known(name, script)
  return store.query("SELECT EXISTS (SELECT 1 FROM runs WHERE " .. BY_NAME .. ") AS found", name, script)[1].found == 1
end

--- The names of all runs.
---@return string[]
function M.names()
  local list = {}
  for i, row in ipairs(store.query "SELECT DISTINCT name FROM runs") do list[i] = row.name end
  return list
end

--- Hands out the runs that fit, the latest first, until f returns true. Those that did
--- not take place are left out, unless a name or a state asks for them: some jobs look every minute.
---@param filter { name?: string, script?: string, state?: string, since?: number, before?: number }
---@param f fun(row: lash.store.Run): boolean
function M.each(filter, f)
  local skip = 0
  repeat
    local rows = store.query("SELECT * FROM runs WHERE (?1 IS NULL OR " .. BY_NAME .. [[)
      AND (state = ?3 OR ?3 IS NULL AND (state <> 'skipped' OR ?1 IS NOT NULL))
      AND (?4 IS NULL OR started >= ?4) AND (?5 IS NULL OR started < ?5)
      ORDER BY started DESC, number DESC LIMIT ?6 OFFSET ?7]],
      filter.name, filter.script, filter.state, filter.since, filter.before, PAGE, skip)
    for _, row in ipairs(rows) do
      if f(row) then return end
    end
    skip = skip + PAGE
  until #rows < PAGE
end

--- When something was last noted in a run.
---@param run integer
---@return number?
function M.last_entry(run)
  return store.query("SELECT max(coalesce(ended, begun)) AS at FROM entries WHERE run = ?", run)[1].at
end

--- What the model's calls of a run cost; apart from these, calls without an answer:
--- possibly paid, but for those that a process waits for.
---@param run integer
---@param live boolean  a process is at work on it
---@return lash.store.Costs
function M.costs(run, live)
  return store.query([[
    SELECT count(*) AS calls, count(*) - count(usd) AS unpriced, total(usd) FILTER (WHERE ended IS NOT NULL) AS usd,
      CAST(total(tokens) FILTER (WHERE ended IS NOT NULL) AS INTEGER) AS tokens,
      count(*) FILTER (WHERE ended IS NULL AND NOT (state = 'begun' AND ?2)) AS doubtful,
      total(usd) FILTER (WHERE ended IS NULL AND NOT (state = 'begun' AND ?2)) AS doubtful_usd
    FROM entries WHERE run = ?1 AND kind = 'model']], run, live and 1 or 0)[1]
end

return M
