--- Sessions in the store: all the SQL about them.
--
-- Times are those of the wall clock, in seconds. What is written passes
-- `lash.secrets` before: see session/transcript.lua.
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

---@class lash.store.Session
---@field number integer  of the row
---@field id string
---@field agent? string  the name of the agent that began it
---@field parent? string  the session that it was forked from
---@field created number
---@field used number
---@field revision integer  grows with each change
---@field holder? integer  the process that last wrote to it

---@class lash.store.Message
---@field place integer
---@field time number
---@field prompt integer  1: what was asked
---@field undone integer
---@field body string  JSON
---@field turn? string  JSON, of a turn of the model
---@field cost? number

--- The session of this id, if there is one.
---@param id string
---@return lash.store.Session?
function M.find(id) return store.query("SELECT * FROM sessions WHERE id = ?", id)[1] end

--- The id of the one used last.
---@return string?
function M.latest()
  local row = store.query("SELECT id FROM sessions ORDER BY used DESC, number DESC LIMIT 1")[1]
  return row and row.id
end

--- All of them, the one used last first, with how many `prompts` they have and
--- the `first` of these.
---@return table[]
function M.list()
  return store.query [[
    SELECT sessions.*,
      (SELECT count(*) FROM messages WHERE session = sessions.number AND prompt = 1 AND undone = 0) AS prompts,
      (SELECT body FROM messages WHERE session = sessions.number AND prompt = 1 AND undone = 0
        ORDER BY place LIMIT 1) AS first
    FROM sessions ORDER BY used DESC, number DESC]]
end

--- Makes one, inside of a transaction; its row. One of this id must not be there.
---@param id string
---@param agent? string
---@param parent? string
---@return lash.store.Session
function M.create(id, agent, parent)
  local now = sys.wall()
  store.exec("INSERT INTO sessions (id, agent, parent, created, used) VALUES (?, ?, ?, ?, ?)",
    id, agent, parent, now, now)
  return M.find(id) --[[@as lash.store.Session]]
end

--- Its messages in their order, undone ones too.
---@param number integer
---@return lash.store.Message[]
function M.messages(number)
  return store.query([[
    SELECT place, time, prompt, undone, body, turn, cost FROM messages WHERE session = ? ORDER BY place]], number)
end

--- Adds a message, inside of a transaction.
---@param number integer  of the session
---@param message lash.store.Message  time and undone are filled in
function M.append(number, message)
  store.exec("INSERT INTO messages (session, place, time, prompt, body, turn, cost) VALUES (?, ?, ?, ?, ?, ?, ?)",
    number, message.place, sys.wall(), message.prompt, message.body, message.turn, message.cost)
end

--- Notes anew what a turn took, inside of a transaction.
---@param number integer
---@param place integer
---@param turn string  JSON
function M.set_turn(number, place, turn)
  store.exec("UPDATE messages SET turn = ? WHERE session = ? AND place = ?", turn, number, place)
end

--- Takes everything from a place on out of the conversation, inside of a
--- transaction.
function M.undo(number, place)
  store.exec("UPDATE messages SET undone = 1 WHERE session = ? AND place >= ?", number, place)
end

--- Notes a change, inside of its transaction; the new revision.
---@param number integer
---@return integer
function M.touch(number)
  local row = store.query("UPDATE sessions SET used = ?, revision = revision + 1, holder = ? WHERE number = ? "
    .. "RETURNING revision", sys.wall(), sys.pid(), number)[1]
  return row and row.revision
end

--- Removes a session with its messages.
---@return boolean was_there
function M.remove(id)
  return store.transaction("write", nil, store.exec, "DELETE FROM sessions WHERE id = ?", id) > 0
end

return M
