--- Which run of a workflow a command means: the same script with the same arguments
-- is the same run, until that has come to its end. One process at a time is at it.
local context = require "lash.context"
local errors = require "lash.errors"
local journals = require "lash.journal"
local json = require "lash.core.json"
local runs = require "lash.store.runs"
local sys = require "lash.core.sys"

local M = {}

local OVER = { done = true, undone = true }

--- A value as JSON can tell it from all others: bytes that are no text are numbers,
--- 1.0 is 1.
local function exact(v)
  if math.type(v) == "float" then return math.tointeger(v) or v end
  if type(v) == "string" and not utf8.len(v) then return { bytes = { v:byte(1, -1) } } end
  if type(v) ~= "table" then return v end
  local copy = {}
  for key, value in pairs(v) do copy[key] = exact(value) end
  return setmetatable(copy, getmetatable(v))
end

--- What makes two commands mean the same run; nil where no two do: a script from
--- standard input.
---@param workflow lash.Workflow
---@param args table
---@return string?
local function identity_of(workflow, args)
  local script = context.script and sys.realpath(context.script)
  if not script and not context.code then return nil end
  local values = args
  if workflow.key then
    values = {}
    for _, name in ipairs(workflow.key) do values[name] = args[name] end
  end
  local due = context.job and context.job.due
  return sys.sha256(json.encode(exact { script or context.code, workflow.name, values, due }))
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
  local name = context.job and context.job.name or workflow.name
  local fresh = journals.describe { kind = "workflow", name = name, identity = identity,
    script = context.script and sys.realpath(context.script) }
  if not identity then return nil, fresh end
  local asked = sys.wall()
  local lock, waited = require("lash.lock").take("workflow/" .. identity)
  if not lock then
    errors.raise("locked", ("another process is at work on this run of '%s'"):format(workflow.name),
      { hint = "`lash runs` shows it" })
  end
  local row = context.resume and named(workflow, identity) or runs.of_identity(identity, sys.wall() - workflow.expires)
  if waited and row and row.state == "done" and row.ended >= asked then -- the same command, twice
    lock:close()
    errors.raise("locked", ("another process has just done this run of '%s'"):format(workflow.name),
      { hint = "`lash runs` shows it; the same command begins a new one now" })
  end
  if not row or OVER[row.state] then return lock, fresh end
  row.now = fresh
  return lock, row
end

return M
