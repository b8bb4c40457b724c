--- Jobs: scripts that run by the clock, started by the system's scheduler.
--
--     return lash.job { name = "digest", schedule = "Mon..Fri 07:30", run = function(job) … end }
--
-- A script returns one, and is it. `lash SCRIPT` does the work now; `lash job run
-- SCRIPT` is what the timer calls (job/tick.lua).
local callable = require "lash.callable"
local context = require "lash.context"
local duration = require "lash.duration"
local errors = require "lash.errors"
local spelling = require "lash.spelling"

local M = {}

---@type lash.Job?  the last one
M.made = nil

--- What lash.job takes.
M.KEYS = { name = true, schedule = true, tz = true, jitter = true, missed = true, overlap = true, timeout = true,
  retry = true, budget = true, when = true, ping = true, fail = true, run = true }

local FAIL_KEYS = { after = true, run = true }
local CHOICES = { missed = { "once", "none" }, overlap = { "skip", "wait", "fail" } }
local LONGEST_NAME = 64 -- bytes; it is the name of files and units
local MOST_RETRIES = 100

---@class lash.Job
---@field name string
---@field schedule lash.Schedule
---@field tz? string
---@field jitter number  seconds
---@field missed "once"|"none"
---@field overlap "skip"|"wait"|"fail"
---@field timeout? number  seconds
---@field retry integer
---@field budget? number|table
---@field when? async fun(last: lash.job.Last): any
---@field ping? string  URL
---@field fail? { after: integer, run: string|string[] }
---@field run (async fun(job: lash.job.Given))|lash.Workflow
---@field policy? lash.Policy  of lash.policy in the script
---@field path? string  real path of the script
local Job = {}
Job.__index = Job
Job.__name = "lash.Job"

function Job:__tostring() return "lash.job: " .. self.name end

local EXAMPLE = 'lash.job { name = "digest", schedule = "07:30", run = function(job) … end }'

local function refuse(what, message, hint) errors.raise("usage", what .. ": " .. message, { hint = hint }) end

--- A value as messages show it.
local function shown(value) return require("lash.types").shown(value) end

--- Does this name a job? It becomes part of names of files, units and locks.
---@param name any
---@return boolean
function M.is_name(name)
  return type(name) == "string" and #name <= LONGEST_NAME and name:find "^[%w_-]+$" ~= nil
end

local function check_choice(what, spec, key)
  local value = spec[key]
  if value == nil then return CHOICES[key][1] end
  for _, choice in ipairs(CHOICES[key]) do
    if value == choice then return value end
  end
  local near = type(value) == "string" and spelling.nearest(value, CHOICES[key])
  refuse(what, ("'%s' must be one of '%s', got %s"):format(key, table.concat(CHOICES[key], "', '"), shown(value)),
    near and ("did you mean '%s'?"):format(near) or nil)
end

local function check_integer(what, key, value, least, most)
  if math.type(value) ~= "integer" or value < least or value > most then
    refuse(what, ("'%s' must be an integer from %d to %d, got %s"):format(key, least, most, shown(value)))
  end
  return value
end

local function check_ping(what, url)
  if not url or url == "" then return nil end -- lash.env.HC_URL may not be set
  if type(url) ~= "string" or not url:find "^https?://[^%s%c]+$" then
    refuse(what, "'ping' must be a URL, got " .. shown(url), "ping = lash.env.HC_URL: https://hc-ping.com/…")
  end
  return url
end

local function check_fail(what, fail)
  if fail == nil then return nil end
  what = what .. ": fail"
  if type(fail) ~= "table" then refuse(what, "expected a table, got " .. shown(fail), "{ after = 2, run = \"…\" }") end
  spelling.check_keys(what, fail, FAIL_KEYS)
  local after = fail.after == nil and 1 or check_integer(what, "after", fail.after, 1, 1000000)
  require("lash.job.alarm").check(what, fail.run)
  return { after = after, run = fail.run }
end

local function check_schedule(what, spec)
  if spec.tz ~= nil and type(spec.tz) ~= "string" then refuse(what, "'tz' must be a zone, got " .. shown(spec.tz),
    'tz = "Europe/Berlin"') end
  if type(spec.schedule) ~= "string" then
    refuse(what, "'schedule' must be a text, got " .. shown(spec.schedule), 'schedule = "Mon..Fri 07:30"')
  end
  local schedule, message, hint = require("lash.schedule").parse(spec.schedule, spec.tz)
  return schedule or refuse(what, message, hint)
end

--- Makes a job: lash.job{name, schedule, run, …}. The work is not done.
---@param spec table
---@return lash.Job
function M.new(spec)
  if type(spec) ~= "table" then refuse("lash.job", "expected a table, got " .. shown(spec), EXAMPLE) end
  spelling.check_keys("lash.job", spec, M.KEYS)
  if not M.is_name(spec.name) then
    refuse("lash.job", ("'name' must be 1 to %d letters, digits, '_' and '-', got %s"):format(LONGEST_NAME,
      shown(spec.name)), EXAMPLE)
  end
  local what = ("lash.job '%s'"):format(spec.name)
  local meta = type(spec.run) == "table" and getmetatable(spec.run)
  if not callable(spec.run) and not (type(meta) == "table" and meta.__run) then
    refuse(what, "'run' must be a function or a workflow, got " .. shown(spec.run), EXAMPLE)
  end
  if spec.when ~= nil and not callable(spec.when) then
    refuse(what, "'when' must be a function, got " .. shown(spec.when), "when = function(last) return … end")
  end
  if spec.budget ~= nil then
    local wrong, hint = require("lash.config.schema").agent_fields.budget(spec.budget, what .. ": budget")
    if wrong then errors.raise("usage", wrong, { hint = hint }) end
  end
  local timeout = spec.timeout and duration.seconds(spec.timeout, what .. ": timeout")
  if timeout == 0 then refuse(what, "'timeout' is 0: no time at all", "leave it out where there is no limit") end
  M.made = setmetatable({
    name = spec.name, schedule = check_schedule(what, spec), tz = spec.tz, run = spec.run, when = spec.when,
    jitter = duration.seconds(spec.jitter or 0, what .. ": jitter"), missed = check_choice(what, spec, "missed"),
    overlap = check_choice(what, spec, "overlap"), timeout = timeout,
    retry = spec.retry == nil and 0 or check_integer(what, "retry", spec.retry, 0, MOST_RETRIES),
    budget = spec.budget, ping = check_ping(what, spec.ping), fail = check_fail(what, spec.fail),
  }, Job)
  return M.made
end

--- Is the work a workflow?
---@return boolean
function Job:is_workflow() return not callable(self.run) end

--- Does the work: now, or what `lash job run` has begun (context.job).
---@async
---@param argv string[]
function Job:__run(argv)
  if context.job then return require("lash.job.work").attempt(self) end
  return require("lash.job.work").now(self, argv)
end

--- Is this a job?
---@param v any
---@return boolean
function M.is(v) return getmetatable(v) == Job end

return M
