--- Compensation: when a workflow fails for good, what it has done is undone, the last
-- of it first. Each undoing is a step, so a crash in their middle repeats none that
-- came to its end.
--
-- That it has begun is written down with the error: a run that goes on then does
-- nothing new, but fails where it failed.
local errors = require "lash.errors"
local frame = require "lash.frame"
local host = require "lash.host"
local value = require "lash.journal.value"

local M = {}

local KEY = "/compensate"

-- Behind these the run may go on: some time, with more money, with an answer.
local GOES_ON = {
  auth = true, billing = true, budget = true, cancelled = true, config = true, drift = true, interrupted = true,
  locked = true, not_found = true, store = true, timeout = true, unsettled = true, waiting = true,
}

---@class lash.workflow.Undo
---@field private journal lash.Journal
---@field private list async fun()[]
---@field private past? lash.store.Entry  undoing has begun
local Undo = {}
Undo.__index = Undo

---@param journal lash.Journal
---@return lash.workflow.Undo
function M.new(journal)
  local self = setmetatable({ journal = journal, list = {}, past = journal:entry(KEY) }, Undo)
  if self.past then
    local err = value.read(journal:input(self.past))
    journal.frozen = errors.new(err.kind, err.message, { hint = err.hint })
  end
  return self
end

function Undo:add(f) table.insert(self.list, f) end

--- The workflow has returned; not when it failed before.
function Undo:returned()
  if self.journal.frozen then error(self.journal.frozen, 0) end
end

local function is_final(err)
  if host.is_exit(err) then return err.exit ~= 0 end
  return not errors.is(err) or not err.temporary and not GOES_ON[err.kind]
end

--- The workflow has failed.
---@async
---@param err any
function Undo:failed(err)
  if #self.list == 0 or not self.past and not is_final(err) then return end
  local journal = self.journal
  if not self.past then
    local told = errors.is(err) and { kind = err.kind, message = err.message, hint = err.hint }
      or { kind = "internal", message = host.is_exit(err) and "the script ended it" or errors.text(err) }
    local input, hash = value.input(told, KEY)
    self.past = journal:begin({ key = KEY, kind = "step", input = input, input_hash = hash }, true)
  end
  journal.frozen = nil
  local _frame <close> = frame.open(KEY)
  for i = #self.list, 1, -1 do
    journal:perform({ key = ("%s[%d]"):format(KEY, i), kind = "step", name = "compensate" }, self.list[i])
  end
  journal:settle(self.past, { state = "done" }, true)
  journal.undone = true
end

return M
