--- An entry of a journal: what is done at one place of a run, in one attempt.
local errors = require "lash.errors"
local json = require "lash.core.json"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

local LONGEST_MESSAGE = 1000 -- bytes

--- Is this a text for the store, and not bytes?
---@param s string
---@return boolean
function M.is_text(s) return utf8.len(s) ~= nil and not s:find("\0", 1, true) end

--- A text for the store: bytes that are none are replaced.
---@param s string
---@return string
function M.mended(s)
  return M.is_text(s) and s or (json.decode(json.encode(s)):gsub("%z", "\u{FFFD}"))
end

--- Something is about to be done.
---@param journal { attempts: table<string, integer>, reserved: number }
---@param e lash.store.Entry  key, kind and what is known
function M.begin(journal, e)
  e.attempt = (journal.attempts[e.key] or 0) + 1
  journal.attempts[e.key] = e.attempt
  e.model = e.model and M.mended(secrets.redact(e.model))
  e.state, e.begun, e.reserved = e.state or "begun", sys.wall(), e.usd or 0
  journal.reserved = journal.reserved + e.reserved
end

---@class lash.journal.Outcome
---@field state "done"|"failed"|"lost"
---@field result? string
---@field err? any  what went wrong
---@field usage? lash.Usage
---@field usd? number
---@field tokens? integer

--- What became of it.
---@param journal { reserved: number }
---@param e lash.store.Entry
---@param outcome lash.journal.Outcome
function M.settle(journal, e, outcome)
  journal.reserved, e.reserved = journal.reserved - (e.reserved or 0), nil
  e.state = outcome.state
  if outcome.state ~= "lost" then e.ended = sys.wall() end -- whether it was paid stays open
  e.usage, e.usd, e.tokens = outcome.usage and json.encode(outcome.usage), outcome.usd, outcome.tokens
  local err = outcome.err
  if err == nil then return end
  e.error = errors.is(err) and err.kind or "internal"
  local text = M.mended(secrets.redact(errors.is(err) and err.message or errors.text(err)))
  e.message = text:sub(1, LONGEST_MESSAGE):gsub("[\xC2-\xF4][\x80-\xBF]*$", #text > LONGEST_MESSAGE and "" or "%0")
end

return M
