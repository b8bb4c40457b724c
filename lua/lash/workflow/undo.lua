--- Compensation: when a workflow fails for good, what it has done is undone, the last
-- of it first. Each undoing is a step, so a crash in their middle repeats none that
-- came to its end.
--
-- That it has begun is written down, with the error and with the order: a run that
-- goes on then does nothing new. It goes through what it has done until all that is
-- to be undone is known again, and fails where it failed.
local errors = require "lash.errors"
local frame = require "lash.frame"
local host = require "lash.host"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local value = require "lash.journal.value"

local M = {}

local KEY = "/~undo" -- no step can have it: "~" is escaped in names
local PATIENCE, PAUSE = 5, 0.01 -- seconds, until all branches have registered again

-- Behind these the run may go on: some time, with more money, with an answer.
local GOES_ON = {
  auth = true, billing = true, budget = true, cancelled = true, config = true, drift = true, interrupted = true,
  locked = true, not_found = true, store = true, timeout = true, unsettled = true, waiting = true,
}

---@class lash.workflow.Undo
---@field private journal lash.journal.Record
---@field private keys string[]  in the order in which they were registered
---@field private functions table<string, async fun(ctx: lash.StepContext)>
---@field private past? lash.store.Entry  undoing has begun
---@field private order? string[]  keys, as it began
---@field private err? lash.Error  why
local Undo = {}
Undo.__index = Undo

---@param journal lash.journal.Record
---@return lash.workflow.Undo
function M.new(journal)
  local self = setmetatable({ journal = journal, keys = {}, functions = {}, past = journal:entry(KEY) }, Undo)
  if self.past then
    local told = value.read(journal:input(self.past))
    self.order, self.err = told.order, errors.new(told.kind, told.message, { hint = told.hint })
    journal.frozen = function(before) self:_fail(before) end
  end
  return self
end

--- What of the order is not registered.
function Undo:_missing()
  for _, key in ipairs(self.order) do
    if not self.functions[key] then return key end
  end
end

--- Something would begin. What had failed, and was caught, fails as it did; else this is
--- where the workflow failed: it does again, when the other branches have come as far
--- as they had.
---@async
---@param before? lash.store.Entry  its last attempt
function Undo:_fail(before)
  if before and before.state == "failed" and (before.error ~= self.err.kind or before.message ~= self.err.message) then
    error(before.error == "internal" and before.message or errors.new(before.error, before.message), 0)
  end
  local deadline = loop.now() + PATIENCE
  while self:_missing() and loop.now() < deadline do sched.sleep(PAUSE) end
  error(self.err, 0)
end

---@param f async fun(ctx: lash.StepContext)
function Undo:add(f)
  if frame.in_step() then
    errors.raise("usage", "w:compensate inside of a step or a tool would be forgotten once that has a result",
      { hint = "call it behind the step, the map or the branches, where it is met again in every process" })
  end
  local key = frame.key "compensate"
  table.insert(self.keys, key)
  self.functions[key] = f
end

--- The workflow has returned; not when it failed before.
function Undo:returned()
  if self.err then error(self.err, 0) end
end

local function is_final(err)
  if interrupt.pending() then return false end
  if host.is_exit(err) then return err.exit ~= 0 end
  return not errors.is(err) or not err.temporary and not GOES_ON[err.kind]
end

--- Writes down that undoing begins.
function Undo:_begin(err)
  self.order = {}
  for i, key in ipairs(self.keys) do self.order[#self.keys + 1 - i] = key end
  local told = errors.is(err) and { kind = err.kind, message = err.message, hint = err.hint }
    or { kind = "internal", message = host.is_exit(err) and "the script ended it" or errors.text(err) }
  told.order = self.order
  self.past = self.journal:begin({ key = KEY, kind = "step", input = value.text(told, KEY) }, true)
end

--- Undoes one thing. That it cannot be is told, and hides neither the error that the
--- workflow has failed of nor what else is to be undone.
---@async
---@param key string
---@return boolean done
function Undo:_undo(key)
  local ok, err = pcall(function()
    local f = self.functions[key] or error("it was not registered again: does the workflow go another way now?", 0)
    self.journal:perform({ key = key, kind = "step", name = "compensate" }, f)
  end)
  if not ok and (errors.ends_run(err) or sched.stands(err) or host.is_exit(err)) then error(err, 0) end
  if not ok then require("lash.log").error(("%s could not be undone: %s"):format(key, errors.text(err))) end
  return ok
end

--- The workflow has failed.
---@async
---@param err any
function Undo:failed(err)
  local journal = self.journal
  if self.past then
    if err ~= self.err and not is_final(err) then return end -- it was stopped before it came there
  elseif #self.keys == 0 or journal.halted or not is_final(err) then
    return
  else
    self:_begin(err)
  end
  journal.frozen = nil
  local all = true
  for _, key in ipairs(self.order) do all = self:_undo(key) and all end
  if not all then return end -- the same command tries again what could not be undone
  journal:settle(self.past, { state = "done" }, true)
  journal.undone = true
end

return M
