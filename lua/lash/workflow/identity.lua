--- Which run of a workflow a command means: the same script with the same arguments
-- is the same run, until that has come to its end. One process at a time is at it.
local context = require "lash.context"
local errors = require "lash.errors"
local journals = require "lash.journal"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local runs = require "lash.store.runs"
local sched = require "lash.sched"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

-- Only so that a process which was killed a moment ago can be quite gone.
local PATIENCE, PAUSE = 1, 0.02 -- seconds

local OVER = { done = true, undone = true }

--- What makes two commands mean the same run; nil where no two do: a script from
--- standard input.
---@param workflow lash.Workflow
---@param args table
---@return string?
local function identity_of(workflow, args)
  local script = context.script and sys.realpath(context.script)
  if not script and context.command ~= "-e" then return nil end
  local values = args
  if workflow.key then
    values = {}
    for _, name in ipairs(workflow.key) do values[name] = args[name] end
  end
  return sys.sha256(json.encode { script or context.words, workflow.name, values })
end

---@async
---@param name string
---@param workflow lash.Workflow
---@return lash.store.lock
local function take_lock(name, workflow)
  local deadline = loop.now() + PATIENCE
  local lock = store.lock(name)
  while not lock and loop.now() < deadline do
    sched.sleep(PAUSE)
    lock = store.lock(name)
  end
  return lock or errors.raise("locked", ("another process is at work on this run of '%s'"):format(workflow.name),
    { hint = "`lash runs` shows it" })
end

--- The run that `lash runs resume` names.
local function named(workflow, identity)
  local row = runs.find(context.resume)
  if row.identity ~= identity then
    errors.raise("usage", ("run %s is no run of '%s' with these arguments"):format(row.id, workflow.name))
  elseif OVER[row.state] then
    errors.raise("usage", ("run %s has come to its end"):format(row.id), { hint = "the same command begins a new one" })
  end
  return row
end

--- Finds the run, or makes the record of a new one; keeps other processes out until
--- the first value is closed.
---@async
---@param workflow lash.Workflow
---@param args table
---@return lash.store.lock? lock
---@return lash.store.Run row  with `number`: it goes on
function M.open(workflow, args)
  local identity = identity_of(workflow, args)
  local fresh = journals.describe { kind = "workflow", name = workflow.name, identity = identity,
    script = context.script and sys.realpath(context.script) }
  if not identity then return nil, fresh end
  local lock = take_lock("workflow/" .. identity, workflow)
  local row = context.resume and named(workflow, identity) or runs.of_identity(identity, sys.wall() - workflow.expires)
  if not row or OVER[row.state] then return lock, fresh end
  row.hash_now = fresh.hash
  return lock, row
end

return M
