--- Runs and what happened in them, in the store: all the SQL about them.
--
-- Times are those of the wall clock, in seconds. What is written passes
-- `lash.secrets` before.
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

---@class lash.store.Run
---@field number integer  of the row
---@field id string
---@field kind "script"|"ask"|"workflow"|"job"
---@field name string
---@field script? string
---@field words string  JSON
---@field folder? string
---@field hash? string
---@field identity? string
---@field state "running"|"waiting"|"failed"|"done"|"undone"|"skipped"
---@field started number
---@field touched number
---@field ended? number
---@field seconds number
---@field starts integer
---@field pid? integer
---@field exit? integer
---@field error? string
---@field message? string

---@class lash.store.Entry
---@field number integer  of the row
---@field key string
---@field attempt integer
---@field kind "step"|"agent"|"model"|"tool"|"sleep"|"question"
---@field state "begun"|"done"|"failed"|"lost"|"waiting"|"replaced"
---@field begun number
---@field ended? number
---@field input? string  JSON
---@field input_hash? string
---@field result? string
---@field beside? integer  1: the result is a file
---@field error? string
---@field message? string
---@field agent? string
---@field model? string
---@field usage? string  JSON
---@field usd? number
---@field tokens? integer
---@field reserved? number  US dollars, of one that this process has under way
---@field loaded? boolean  it was there when this process went on with the run

--- Makes a run, inside of a transaction; its number.
---@param run lash.store.Run
---@return integer
function M.create(run)
  local now = sys.wall()
  return store.query([[
    INSERT INTO runs (id, kind, name, script, words, folder, hash, identity, state, started, touched, pid)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?) RETURNING number]], run.id, run.kind, run.name, run.script,
    run.words, run.folder, run.hash, run.identity, now, now, sys.pid())[1].number
end

--- Takes over a run that was recorded elsewhere, inside of a transaction; its number,
--- and when it ended, if it was there and had.
---@param run lash.store.Run
---@return integer number
---@return number? ended
function M.take(run)
  local known = store.query("SELECT number, ended FROM runs WHERE id = ?", run.id)[1]
  if known then return known.number, known.ended end
  return store.query([[
    INSERT INTO runs (id, kind, name, script, words, folder, hash, identity, state, started, touched, ended, seconds,
      starts, pid, exit, error, message)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number]],
    run.id, run.kind, run.name, run.script, run.words, run.folder, run.hash, run.identity, run.state or "running",
    run.started, run.touched or run.started, run.ended, run.seconds or 0, run.starts or 1, run.pid, run.exit, run.error,
    run.message)[1].number
end

--- The same of an entry; what is known later of it wins, what is final stays.
---@param run integer
---@param e lash.store.Entry
function M.take_entry(run, e)
  store.exec([[
    INSERT INTO entries (run, key, attempt, kind, state, begun, ended, input, input_hash, result, beside, error,
      message, agent, model, usage, usd, tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET state = excluded.state, ended = excluded.ended, error = excluded.error,
      message = excluded.message, usage = excluded.usage, usd = excluded.usd, tokens = excluded.tokens
    WHERE entries.ended IS NULL]],
    run, e.key, e.attempt, e.kind, e.state, e.begun, e.ended, e.input, e.input_hash, e.result, e.beside or 0, e.error,
    e.message, e.agent, e.model, e.usage, e.usd, e.tokens)
end

--- A run that goes on: what was under way when its process ended is lost. Inside of
--- a transaction.
---@param number integer
---@param now lash.store.Run  how it goes on: command line, folder, hash
function M.resume(number, now)
  store.exec([[
    UPDATE runs SET seconds = seconds + max(0, touched_last - touched) FROM (
      SELECT max(coalesce(ended, begun)) AS touched_last FROM entries WHERE run = ?1
    ) WHERE number = ?1 AND state = 'running' AND touched_last IS NOT NULL]], number)
  store.exec("UPDATE entries SET state = 'lost' WHERE run = ? AND state = 'begun'", number)
  store.exec([[
    UPDATE runs SET state = 'running', touched = ?, pid = ?, starts = starts + 1, ended = NULL, exit = NULL,
      error = NULL, message = NULL, words = ?, folder = ?, hash = ? WHERE number = ?]],
    sys.wall(), sys.pid(), now.words, now.folder, now.hash, number)
end

--- Notes how a process' work on a run ended, inside of a transaction.
---@param number integer
---@param how lash.journal.End
function M.finish(number, how)
  local now = how.ended or sys.wall()
  store.exec([[
    UPDATE runs SET state = ?, exit = ?, error = ?, message = ?, seconds = seconds + max(0, ? - touched), touched = ?,
      ended = ?, pid = NULL WHERE number = ?]],
    how.state, how.exit, how.error, how.message, now, now, now, number)
end

--- A run by its id, by the beginning of one that fits no other, or by the id of an
--- agent's run in it.
---@param id string
---@return lash.store.Run?
---@return boolean? several  it is the beginning of several ids
function M.find(id)
  local found = store.query("SELECT * FROM runs WHERE id = ?", id)[1]
  if found or #id < 4 then return found end
  local rows = store.query("SELECT * FROM runs WHERE id >= ?1 AND id < ?1 || '~' LIMIT 2", id)
  if #rows > 0 then return #rows == 1 and rows[1] or nil, #rows > 1 end
  return store.query("SELECT runs.* FROM runs JOIN entries ON run = runs.number WHERE agent = ? LIMIT 1", id)[1]
end

--- The run at which a process was last.
---@return lash.store.Run?
function M.latest() return store.query("SELECT * FROM runs ORDER BY touched DESC, number DESC LIMIT 1")[1] end

--- The latest run of a workflow with this identity that began since a time.
---@param identity string
---@param since number
---@return lash.store.Run?
function M.of_identity(identity, since)
  return store.query([[
    SELECT * FROM runs WHERE identity = ? AND started >= ? ORDER BY started DESC, number DESC LIMIT 1]],
    identity, since)[1]
end

--- Adds an entry, inside of a transaction; its number.
---@param run integer
---@param e lash.store.Entry
---@return integer
function M.begin(run, e)
  return store.query([[
    INSERT INTO entries (run, key, attempt, kind, state, begun, input, input_hash, agent, model, usd, tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number]],
    run, e.key, e.attempt, e.kind, e.state, e.begun, e.input, e.input_hash, e.agent, e.model, e.usd, e.tokens)[1].number
end

--- Notes what became of an entry, inside of a transaction.
---@param e lash.store.Entry
function M.settle(e)
  store.exec([[
    UPDATE entries SET state = ?, ended = ?, result = ?, beside = ?, error = ?, message = ?, usage = ?, usd = ?,
      tokens = ? WHERE number = ?]],
    e.state, e.ended, e.result, e.beside or 0, e.error, e.message, e.usage, e.usd, e.tokens, e.number)
end

-- '0' follows '/'. The range is for the index; between a key and what is below it others may stand.
local BELOW = "run = ?1 AND key >= ?2 AND key < ?2 || '0' AND (key = ?2 OR key >= ?2 || '/')"

--- What stands at a key and below it does not count any more, but was paid; inside
--- of a transaction.
function M.replace(run, key) store.exec("UPDATE entries SET state = 'replaced' WHERE " .. BELOW, run, key) end

--- Forgets an entry that was not begun after all, inside of a transaction.
---@param number integer
function M.drop(number) store.exec("DELETE FROM entries WHERE number = ?", number) end

--- The entries of a run in the order in which they began, without what may be long.
---@param run integer
---@return lash.store.Entry[]
function M.entries(run)
  return store.query([[
    SELECT number, key, attempt, kind, state, begun, ended, input_hash, beside, error, message, agent, model, usage,
      usd, tokens FROM entries WHERE run = ? ORDER BY number]], run)
end

--- The input and the result of an entry.
---@param number integer
---@return lash.store.Entry
function M.content(number)
  return store.query("SELECT input, result, beside FROM entries WHERE number = ?", number)[1]
end

--- What the model's calls of a run took, those of all attempts; of a key: what counts
--- of it and below.
---@param run integer
---@param key? string
---@return { calls: integer, usd: number, unpriced: integer, tokens: integer }
function M.totals(run, key)
  local sums = "SELECT count(*) AS calls, total(usd) AS usd, count(*) - count(usd) AS unpriced, "
    .. "CAST(total(tokens) AS INTEGER) AS tokens FROM entries WHERE kind = 'model' AND "
  if not key then return store.query(sums .. "run = ?", run)[1] end
  return store.query(sums .. BELOW .. " AND state <> 'replaced'", run, key)[1]
end

--- What the service counted in what stands at a key and below: JSON each.
---@param run integer
---@param key string
---@return string[]
function M.usages(run, key)
  local list = {}
  local sql = "SELECT usage FROM entries WHERE usage IS NOT NULL AND state = 'done' AND " .. BELOW
  for i, row in ipairs(store.query(sql, run, key)) do list[i] = row.usage end
  return list
end

--- The questions of a run that wait for an answer.
---@param run integer
---@return lash.store.Entry[]
function M.questions(run)
  return store.query("SELECT * FROM entries WHERE run = ? AND state = 'waiting' ORDER BY number", run)
end

--- Answers one, inside of a transaction; false when somebody else has.
---@param number integer
---@param yes boolean
---@return boolean
function M.answer(number, yes)
  return store.exec("UPDATE entries SET state = 'done', ended = ?, result = ? WHERE number = ? AND state = 'waiting'",
    sys.wall(), yes and "true" or "false", number) > 0
end

--- Removes a run. What it has spent stays in the sums of the months.
---@param row lash.store.Run
function M.remove(row)
  store.transaction("write", nil, function()
    store.exec([[
      INSERT INTO spent (month, name, usd)
      SELECT coalesce(strftime('%Y-%m', begun, 'unixepoch', 'localtime'), ''), ?, total(usd) FROM entries
      WHERE run = ? AND kind = 'model' GROUP BY 1
      ON CONFLICT DO UPDATE SET usd = usd + excluded.usd]], row.name, row.number)
    store.exec("DELETE FROM runs WHERE number = ?", row.number)
  end)
end

--- The oldest of the runs that were touched last before a time, or have come to their end and
--- have more than so many of those behind them. Those that did not take place are counted by themselves.
---@param before number
---@param count integer
---@param limit integer
---@return lash.store.Run[]
function M.outdated(before, count, limit)
  return store.query([[
    SELECT * FROM runs WHERE touched < ?1 OR number IN (
      SELECT number FROM runs WHERE state IN ('done', 'undone') OR identity IS NULL AND state <> 'skipped'
      ORDER BY started DESC LIMIT -1 OFFSET ?2
    ) OR number IN (
      SELECT number FROM runs WHERE state = 'skipped' ORDER BY started DESC LIMIT -1 OFFSET ?2
    ) ORDER BY started LIMIT ?3]], before, count, limit)
end

--- US dollars that were spent since the beginning of a month, or may have been: by all
--- runs, or those of a name; without what one run has under way, or, `whole`, without
--- that run.
---@param since number
---@param name? string
---@param id string  of that run
---@param whole boolean
---@return number
function M.spent_since(since, name, id, whole)
  return store.query([[
    SELECT (SELECT total(usd) FROM entries JOIN runs ON runs.number = entries.run WHERE entries.kind = 'model'
        AND begun >= ?1 AND (?2 IS NULL OR name = ?2) AND NOT (runs.id = ?3 AND (?4 OR entries.state = 'begun')))
      + (SELECT total(usd) FROM spent WHERE month = strftime('%Y-%m', ?1, 'unixepoch', 'localtime')
        AND (?2 IS NULL OR name = ?2)) AS usd]], since, name, id, whole and 1 or 0)[1].usd
end

return M
