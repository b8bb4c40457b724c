--- Workflows: scripts whose runs survive a crash.
--
--     return lash.workflow { name = "triage", params = "url: string", run = function(w, args) … end }
--
-- A script returns one, and is it. A run that did not come to its end goes on with
-- the same command: what has a result is taken from the journal.
local budget = require "lash.budget"
local callable = require "lash.callable"
local context = require "lash.context"
local duration = require "lash.duration"
local errors = require "lash.errors"
local identities = require "lash.workflow.identity"
local journals = require "lash.journal"
local output = require "lash.output"
local runs = require "lash.store.runs"
local spelling = require "lash.spelling"
local types = require "lash.types"
local values = require "lash.journal.value"

local M = {}

---@type lash.Workflow?  the last one
M.made = nil

--- What lash.workflow takes.
M.KEYS = { name = true, about = true, params = true, key = true, budget = true, expires = true, unsettled = true,
  run = true }
local LONGEST_NAME = 64 -- bytes
local EXPIRES = "7d"

---@class lash.Workflow
---@field name string
---@field about? string
---@field params string
---@field key? string[]
---@field budget? number|table
---@field expires number  seconds
---@field unsettled "retry"|"stop"
---@field run async fun(w: lash.Work, args: table): any
local Workflow = {}
Workflow.__index = Workflow
Workflow.__name = "lash.Workflow"

function Workflow:__tostring() return "lash.workflow: " .. self.name end

local function refuse(what, message, hint) errors.raise("usage", what .. ": " .. message, { hint = hint }) end

local function check_name(name)
  if type(name) ~= "string" or not name:find "%S" or name:find "%c" or #name > LONGEST_NAME then
    refuse("lash.workflow", ("'name' must be a text of at most %d bytes, got %s"):format(LONGEST_NAME,
      types.shown(name)), 'lash.workflow { name = "triage", run = function(w, args) … end }')
  end
end

--- The names in `key` are those of parameters.
local function check_key(what, key, params)
  local fields = params ~= "" and types.fields(params, what .. ": params") or { fields = {} }
  if not types.is_list(key) and next(key) ~= nil then refuse(what, "'key' must be a list of parameters' names") end
  for _, name in ipairs(key) do
    local known, names = false, {}
    for i, field in ipairs(fields.fields) do known, names[i] = known or field.name == name, field.name end
    if not known then
      local near = type(name) == "string" and spelling.nearest(name, names)
      refuse(what, ("'key' names %s, which is no parameter"):format(types.shown(name)),
        near and ("did you mean '%s'?"):format(near) or nil)
    end
  end
end

--- Makes a workflow: lash.workflow{name, params, key, budget, expires, unsettled, run}.
---@param spec table
---@return lash.Workflow
function M.new(spec)
  if type(spec) ~= "table" then refuse("lash.workflow", "expected a table, got " .. types.shown(spec)) end
  spelling.check_keys("lash.workflow", spec, M.KEYS)
  check_name(spec.name)
  local what = ("lash.workflow '%s'"):format(spec.name)
  if not callable(spec.run) then refuse(what, "'run' must be a function, got " .. types.shown(spec.run)) end
  if spec.about ~= nil and type(spec.about) ~= "string" then
    refuse(what, "'about' must be a string, got " .. types.shown(spec.about))
  end
  local params, key = spec.params or "", spec.key
  if type(params) ~= "string" then refuse(what, "'params' must be a string, got " .. types.shown(params)) end
  local _, err = types.fields(params, what .. ": params")
  if err then error(err, 0) end
  if type(key) == "string" then key = { key } end
  if key ~= nil and type(key) ~= "table" then refuse(what, "'key' must be a list of parameters' names") end
  if key then check_key(what, key, params) end
  if spec.unsettled ~= nil and spec.unsettled ~= "retry" and spec.unsettled ~= "stop" then
    refuse(what, ('\'unsettled\' is "retry" or "stop", got %s'):format(types.shown(spec.unsettled)))
  end
  if spec.budget ~= nil then budget.check(spec.budget, what .. ": budget") end
  M.made = setmetatable({
    name = spec.name, about = spec.about, params = params, key = key, budget = spec.budget, run = spec.run,
    expires = duration.seconds(spec.expires or EXPIRES, what .. ": expires"), unsettled = spec.unsettled or "retry",
  }, Workflow)
  return M.made
end

--- Says that a run goes on, to whoever watches.
local function tell(journal, row)
  if context.quiet or context.json or not (context.verbose > 0 or output.is_terminal(2)) then return end
  output.note(("lash: run %s goes on: %d results are there\n"):format(journal.id, journal:count()))
  if row.hash and row.hash ~= row.now.hash then
    output.note "lash: the script is not what it was when this run began\n"
  end
end

--- Opens the budget: what earlier processes spent on this run is spent.
local function open_budget(limits, journal, seconds)
  if not limits then return nil end
  if type(limits) == "number" then limits = { usd = limits } end
  local copy = {}
  for key, limit in pairs(limits) do copy[key] = limit end
  if copy.time then copy.time = math.max(0.001, duration.seconds(copy.time, "budget") - seconds) end
  return budget.open(copy, runs.totals(journal.number), journal.name)
end

--- Runs it with the words of a command line; prints what it returns.
---@async
---@param argv string[]
function Workflow:__run(argv)
  local words = {}
  for _, word in ipairs(argv) do
    if word == "--accept-changes" then context.accept_changes = true else words[#words + 1] = word end
  end
  local args = require("lash.args").parse(self.params, words, arg[0], nil, self.about)
  local _identity <close>, row = identities.open(self, args)
  local journal = journals.begin(row)
  journal.unsettled, journal.charge = self.unsettled, budget.charge
  if journal.resumed then tell(journal, row) end
  local _frame <close> = require("lash.frame").open ""
  local _budget <close> = open_budget(self.budget, journal, row.seconds or 0)
  local w <close> = require("lash.workflow.work").new(self, journal, args)
  local result = self.run(w, args)
  w:returned()
  if result == nil then return end
  if type(result) == "table" then result = values.printed(result, "what the workflow returns") end
  print(result)
end

return M
