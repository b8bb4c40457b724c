--- The journal of a run of the program: what it is about to pay for or to do, and
-- what became of it.
--
-- One run a process: of a script, with the first model's call (journal/spool.lua),
-- or of a workflow (journal/record.lua). What is about to be done is written before
-- it is done ('begun'), and the result behind it; so a process that is killed leaves
-- no more in doubt than what was under way.
local context = require "lash.context"
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local json = require "lash.core.json"
local mended = require("lash.journal.entry").mended
local sched = require "lash.sched"
local secrets = require "lash.secrets"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local LARGEST_SCRIPT = 64 << 20 -- bytes

---@class lash.Journal
---@field id string
---@field name string
---@field replays boolean  a workflow: what is there counts
---@field spent number  US dollars, in this process, that the store does not know of
---@field reserved number  US dollars that its requests which are under way may take
---@field begin async fun(self, e: lash.store.Entry, wait?: boolean): lash.store.Entry
---@field settle async fun(self, e: lash.store.Entry, outcome: lash.journal.Outcome, wait?: boolean)
---@field joined? boolean  it is another process that ends it
---@field finish fun(self, how: lash.journal.End): boolean?  true: it is this one's turn to take the spooled journals
---  into the store

--- How a run ended.
---@class lash.journal.End
---@field state string
---@field exit integer
---@field error? string  the kind
---@field message? string
---@field ended? number

local current ---@type lash.Journal?
local lock ---@type lash.store.lock?  of its run: a process is at work on it
local off = false -- runs of this process are not recorded

--- Nobody is at work on the run any more.
---@param sweep? boolean  it is this one's turn to take the spooled journals into the store
local function close(sweep)
  if lock then lock:close() end
  lock = nil
  if not sweep then return end
  pcall(require("lash.journal.absorb").all)
  pcall(require("lash.journal.keep").retain)
end

--- The journal of this process; nil: nothing was recorded so far.
---@return lash.Journal?
function M.current() return current end

--- What is known of a run before it begins.
---@param fields { kind: string, name: string, script?: string, identity?: string }
---@return lash.store.Run
function M.describe(fields)
  require("lash.config").load():know_secrets()
  local script = fields.script
  local content = script and sys.read_file(script, LARGEST_SCRIPT)
  local folder = sys.cwd()
  return { id = sys.random_id(), kind = fields.kind, name = mended(fields.name),
    script = script and mended(script),
    words = json.encode(secrets.redact_all(json.array { table.unpack(context.words) })),
    folder = folder and mended(folder), hash = content and sys.sha256(content), identity = fields.identity }
end

--- Makes the journal of this process. An interrupt comes before it or behind it: what is
--- there must be known here, to be ended.
---@param make fun(row: lash.store.Run): lash.Journal?, string?
---@param row lash.store.Run
---@return string? message  why there is none
local function open(make, row)
  local message
  current, message = interrupt.shielded(make, row)
  return message
end

--- The journal of this run, made with the first model's call; nil where runs are not
--- recorded. That it cannot be is said, and does not end the run.
---@return lash.Journal?
function M.of_run()
  if current or off then return current end
  off = true
  if require("lash.config").load():runs().record == false or not require("lash.xdg").state() then return nil end
  local script = context.script and sys.realpath(context.script)
  local row = M.describe { kind = context.job and "job" or context.command == "ask" and "ask" or "script",
    script = script, name = context.job and context.job.name or script and script:match "[^/]*$" or context.command
    or "-" }
  local ok, found = pcall(store.lock, "run/" .. row.id)
  local message = not ok and errors.is(found) and found.message or not ok and errors.text(found) or nil
  if ok then
    lock = found
    message = open(require("lash.journal.spool").new, row)
  end
  if message then require("lash.log").warn("this run is not recorded: " .. message) end
  return current
end

--- Begins the history's line of a job's run, which every run has, also one that asks no
--- model.
---@param name string  of the job
---@return lash.Journal
function M.begin_job(name)
  if current then return current end -- `when` has asked a model
  local row = M.describe { kind = "job", name = name, script = context.script and sys.realpath(context.script) }
  lock = store.lock("run/" .. row.id)
  local message = open(require("lash.journal.spool").new, row)
  return current or errors.raise("store", message)
end

--- This process works for a run that another one has begun, and will end.
---@param id string
---@param name string
---@param spent? number  US dollars, by those that worked for it before
function M.join(id, name, spent)
  off = true
  if require("lash.config").load():runs().record == false then return end
  current = require("lash.journal.spool").join(id, name, spent or 0)
end

--- A run did not take place: a line of history that says why.
---@param name string  of the job
---@param reason string
function M.skip(name, reason)
  local sweep = M.begin_job(name):finish { state = "skipped", exit = 0, message = mended(reason) }
  current = nil
  close(sweep)
end

--- Begins the run of a workflow, or goes on with one.
---@param row lash.store.Run  with `number`: it is there
---@return lash.journal.Record
function M.begin(row)
  M.finish(0) -- of what the script did before it came to its workflow
  lock = require("lash.lock").take("run/" .. row.id)
    or errors.raise("locked", "another process is at work on run " .. row.id)
  if row.number and not require("lash.store.runs").find(row.id) then
    errors.raise("locked", ("run %s was removed a moment ago"):format(row.id),
      { hint = "the same command begins a new one" })
  end
  open(require("lash.journal.record").open, row)
  sched.checkpoint()
  if context.on_run then context.on_run(row.id) end
  return current
end

--- The run has ended, with this exit status.
---@param exit integer
---@param err? lash.Error
function M.finish(exit, err)
  local journal, sweep = current, nil
  current, off = nil, false
  if journal then
    local ok
    ok, sweep = pcall(journal.finish, journal, { state = exit == 0 and "done" or "failed", exit = exit,
      error = err and err.kind, message = err and mended(secrets.redact(err.message)) })
    if not ok then
      require("lash.log").warn("the end of this run is not recorded: "
        .. (errors.is(sweep) and sweep.message or errors.text(sweep)))
      sweep = nil
    end
  end
  if journal and journal.replays then pcall(require("lash.journal.keep").retain) end -- which leaves this one alone
  close(sweep)
end

return M
