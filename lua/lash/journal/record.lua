--- The journal of a workflow's run, in the store. What has a result is not done
-- again.
local batch = require "lash.journal.batch"
local context = require "lash.context"
local entry = require "lash.journal.entry"
local errors = require "lash.errors"
local frame = require "lash.frame"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"
local runs = require "lash.store.runs"
local sched = require "lash.sched"
local store = require "lash.store"
local sys = require "lash.core.sys"
local task = require "lash.task"
local value = require "lash.journal.value"

local M = {}

---@class lash.journal.Record: lash.Journal
---@field number integer  of the row
---@field resumed boolean
---@field finished? boolean  the workflow has returned
---@field charge fun(amount: table)  is told what was spent on a result that is taken from here
---@field unsettled? "retry"|"stop"  what becomes of requests whose answer was lost
---@field frozen? fun(before?: lash.store.Entry)  it failed, and is being undone: called where something would begin
---  (again), with its last attempt; raises
---@field halted? boolean  it stopped to go on later, whatever the script made of that
---@field undone? boolean  it failed, and was undone
---@field private entries table<string, lash.store.Entry>  the latest of each key
---@field private attempts table<string, integer>
---@field private replaced table<string, integer>  the last attempt with inputs that do not count any more
local Record = {}
Record.__index = Record

--- Begins a run, or goes on with one that has a number.
---@param row lash.store.Run
---@return lash.journal.Record
function M.open(row)
  local self = setmetatable({ id = row.id, name = row.name, number = row.number, resumed = row.number ~= nil,
    replays = true, spent = 0, reserved = 0, entries = {}, attempts = {}, replaced = {} }, Record)
  if not self.resumed then
    self.number = store.transaction("durable", context.deadline, runs.create, row)
    return self
  end
  store.transaction("durable", context.deadline, runs.resume, row.number, row.now)
  for _, e in ipairs(runs.entries(row.number)) do
    self.attempts[e.key] = math.max(self.attempts[e.key] or 0, e.attempt)
    e.loaded = true
    if e.state == "replaced" then self.replaced[e.key] = e.attempt else self.entries[e.key] = e end
  end
  return self
end

---@param write fun()
---@param wait? boolean|"now"  until it is safe; "now": and let nobody else run meanwhile
local function put(write, wait)
  if batch.failed then error(batch.failed, 0) end
  local how = wait == "now" and batch.now or wait and batch.write or batch.note
  how(write)
end

--- Notes that something is about to be done.
---@async
---@param e lash.store.Entry  key, kind and what is known
---@param wait? boolean|"now"  until that is safe; "now": and nobody else runs meanwhile
---@return lash.store.Entry
function Record:begin(e, wait)
  local before = self.entries[e.key]
  if self.frozen then self.frozen(before) end
  entry.begin(self, e)
  self.entries[e.key] = e
  local safe = not wait
  local _cut <close> = setmetatable({}, { __close = function() -- who was stopped here has not begun it
    if safe or batch.failed then return end
    self.entries[e.key], self.attempts[e.key] = before, e.attempt - 1
    self.reserved = self.reserved - e.reserved
    batch.note(function() runs.drop(e.number) end)
  end })
  put(function() e.number = runs.begin(self.number, e) end, wait)
  safe = true
  return e
end

--- Notes what became of it.
---@async
---@param e lash.store.Entry
---@param outcome lash.journal.Outcome
---@param wait? boolean  until that is safe
function Record:settle(e, outcome, wait)
  local text, beside
  if outcome.result then
    local ok, err
    ok, text, beside = pcall(value.put, self.id, e, outcome.result)
    if not ok then -- it was paid, or done, all the same
      err = text
      self:settle(e, { state = "failed", err = err, usage = outcome.usage, usd = outcome.usd, tokens = outcome.tokens })
      error(err, 0)
    end
  end
  entry.settle(self, e, outcome)
  put(function()
    e.result, e.beside = text, beside
    runs.settle(e)
    e.result = nil -- it is not needed here any more
  end, wait)
end

--- The text of the result of an entry.
---@param e lash.store.Entry
---@return string?
function Record:result(e) return value.get(self.id, e, runs.content(e.number)) end

--- The text of what an entry was given, if that is kept.
---@param e lash.store.Entry
---@return string?
function Record:input(e) return runs.content(e.number).input end

--- The latest entry of a key, whatever it was given.
---@param key string
---@return lash.store.Entry?
function Record:entry(key) return self.entries[key] end

--- How many results are there.
---@return integer
function Record:count()
  local n = 0
  for _, e in pairs(self.entries) do
    if e.state == "done" then n = n + 1 end
  end
  return n
end

local function is_below(key, other) return other:sub(1, #key + 1) == key .. "/" end

--- Is there something below a key that was done?
function Record:_has_results(key)
  for other, e in pairs(self.entries) do
    if e.state == "done" and is_below(key, other) then return true end
  end
  return false
end

--- What stood at a key, and below it, does not count any more.
---@param key string
function Record:_replace(key)
  batch.now(function() runs.replace(self.number, key) end)
  for other in pairs(self.entries) do
    if other == key or is_below(key, other) then
      self.entries[other], self.replaced[other] = nil, self.attempts[other]
    end
  end
end

---@param e lash.store.Entry
---@param now any  what it is given
function Record:_drift(e, now)
  self.halted = true
  local before = self:input(e)
  local words = (before or not e.input_hash) and require("lash.difference").between(value.read(before), now)
    or "it is too long, or no text, to be compared in words"
  if words == "" then words = "in what is masked as a secret" end
  errors.raise("drift", ("%s: what it was given has changed since its result was stored: %s"):format(e.key, words),
    { hint = ("--accept-changes does this branch again; `lash runs rm %s` forgets the run"):format(self.id) })
end

--- The latest entry of a key, if one counts. Raises `drift` when something was
--- done with another input, unless changes are accepted: then none counts.
---@param key string
---@param input? any  what it is given now
---@param what? string  for messages
---@return lash.store.Entry?
---@return string? input  as it is kept
---@return string? hash
function Record:find(key, input, what)
  local text, hash
  if input ~= nil then text, hash = value.input(self.id, input, what or key) end
  local e = self.entries[key]
  if e and e.input_hash ~= hash then
    local counts = e.state == "done" or self:_has_results(key)
    if counts and not context.accept_changes then
      self:_drift(e, input ~= nil and value.read(value.text(input, what or key)) or nil)
    end
    self:_replace(key)
    e = nil
  end
  return e, text, hash
end

--- Raises what is to end this task, should the code that just ran have swallowed it:
--- what it gave is no result then.
function M.check_going()
  sched.checkpoint()
  local err = interrupt.pending()
  if err then error(err, 0) end
end

--- The idempotency key of an entry: the same in each attempt, another one when its
--- branch is done again with other inputs.
---@param key string
---@return string
function Record:name_of(key)
  local replaced = self.replaced[key]
  return self.id .. key .. (replaced and "~" .. replaced or "")
end

---@class lash.StepContext
---@field name string
---@field key string  the same in each attempt, in no other step: for services that take an idempotency key
---@field attempt integer
---@field deadline? number  seconds of the wall clock

--- Does something once: gives the result that is there, or calls f and keeps what it
--- returns. What is returned is always what was kept.
---@async
---@param spec { key: string, kind: string, name: string, input?: any }
---@param f async fun(ctx: lash.StepContext): any
---@return any
function Record:perform(spec, f)
  local what = ("%s '%s'"):format(spec.kind, spec.name)
  local past, input, hash = self:find(spec.key, spec.input, what)
  if past and past.state == "done" then
    if past.loaded then self.charge(runs.totals(self.number, spec.key)) end
    return value.read(self:result(past))
  end
  local e = self:begin({ key = spec.key, kind = spec.kind, input = input, input_hash = hash }, true)
  local over = false
  local _failed <close> = setmetatable({}, { __close = function(_, err)
    if not over then self:settle(e, { state = "failed", err = err }) end
  end })
  local _frame <close> = frame.open(spec.key, true)
  local at = task.deadline()
  local result = f { name = spec.name, key = self:name_of(spec.key), attempt = e.attempt,
    deadline = at and sys.wall() + at - loop.now() }
  M.check_going()
  local text = value.text(result, what)
  over = true
  self:settle(e, { state = "done", result = text }, true)
  return value.read(text)
end

--- The process ends.
---@param how lash.journal.End
function Record:finish(how)
  batch.flush()
  local complete = batch.failed == nil
  batch.failed = nil
  if self.undone then
    how.state = "undone"
  elseif complete and self.finished and (how.exit == 0 or how.exit == errors.kinds.denied.exit) then
    how.state = "done"
  elseif how.error == "waiting" or how.error == "unsettled" and #runs.questions(self.number) > 0 then
    how.state = "waiting"
  else
    how.state = "failed"
  end
  store.transaction("durable", nil, runs.finish, self.number, how)
end

return M
