--- What a workflow works with: `w`. Steps, and what is done by and between them.
local callable = require "lash.callable"
local errors = require "lash.errors"
local frame = require "lash.frame"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local spelling = require "lash.spelling"
local sys = require "lash.core.sys"
local task = require "lash.task"
local together = require "lash.together"
local text_of = require "lash.types.text"
local types = require "lash.types"
local undo = require "lash.workflow.undo"

local M = {}

local LONGEST_NAME = 128 -- bytes

---@class lash.Work
---@field id string  of the run
---@field name string
---@field private journal lash.Journal
---@field private undo lash.workflow.Undo
local Work = {}
Work.__name = "lash.Work"

function Work.__index(_, key)
  local method = rawget(Work, key)
  if method ~= nil then return method end
  local names = {}
  for name, value in pairs(Work) do
    if type(value) == "function" and not name:find "^_" then names[#names + 1] = name end
  end
  table.sort(names)
  local near = spelling.nearest(tostring(key), names)
  errors.raise("usage", ("a workflow has no '%s'"):format(tostring(key)),
    { hint = near and ("did you mean w:%s?"):format(near) or nil })
end

function Work:__newindex(key) errors.raise("usage", ("w.%s cannot be set"):format(tostring(key))) end

local function refuse(what, message, hint) errors.raise("usage", ("%s: %s"):format(what, message), { hint = hint }) end

local function check_name(what, name, hint)
  if type(name) ~= "string" or not name:find "%S" or #name > LONGEST_NAME then
    refuse(what, ("a name is a text of at most %d bytes, got %s"):format(LONGEST_NAME, types.shown(name)), hint)
  end
end

local function check_function(what, f, hint)
  if not callable(f) then refuse(what, "expected a function, got " .. types.shown(f), hint) end
end

local STEP_KEYS = { key = true, input = true, retry = true, timeout = true }

local function check_options(what, options, keys)
  together.check_options(what, options, keys)
  local retry = options.retry
  if retry ~= nil and (math.type(retry) ~= "integer" or retry < 0) then
    refuse(what, "'retry' must be an integer from 0, got " .. types.shown(retry))
  end
  if options.timeout ~= nil then require("lash.duration").seconds(options.timeout, what .. ": timeout") end
end

--- Calls f within the time of a step.
local function timed(what, timeout, f)
  if not timeout then return f end
  local seconds = require("lash.duration").seconds(timeout, what)
  return function(ctx)
    ctx.deadline = math.min(ctx.deadline or math.huge, sys.wall() + seconds)
    local late = errors.new("timeout", ("%s took longer than %g s"):format(what, seconds))
    return task.with_deadline(loop.now() + seconds, late, f, ctx)
  end
end

--- Does a step, again when its failure may pass.
---@async
function Work:_perform(spec, options, f)
  local retry, attempt = require "lash.retry", 1
  f = timed(("step '%s'"):format(spec.name), options.timeout, f)
  while true do
    local again = attempt <= (options.retry or 0)
    if not again then return self.journal:perform(spec, f) end
    local results = table.pack(xpcall(self.journal.perform, errors.located, self.journal, spec, f))
    if results[1] then return table.unpack(results, 2, results.n) end
    local err = results[2]
    if not errors.is(err) or not err.temporary or errors.ends_run(err) or sched.stands(err) then error(err, 0) end
    local delay = retry.delay(attempt, err)
    if not retry.fits(delay, err, task.deadline() or math.huge) then error(err, 0) end
    sched.sleep(delay)
    attempt = attempt + 1
  end
end

--- Does something once in this run: `f(ctx)` is called when there is no result yet,
--- and its result stored before anything else begins. Later runs are given that.
---@async
---@param name string
---@param options? { key?: string|number, input?: any, retry?: integer, timeout?: number|string }
---@param f async fun(ctx: lash.StepContext): any
---@return any
function Work:step(name, options, f)
  if f == nil then options, f = nil, options end
  check_name("w:step", name, 'w:step("fetch", function(ctx) … end)')
  local what = ("w:step '%s'"):format(name)
  check_function(what, f, 'w:step("fetch", function(ctx) … end)')
  options = options or {}
  check_options(what, options, STEP_KEYS)
  if options.key ~= nil and type(options.key) ~= "string" and type(options.key) ~= "number" then
    refuse(what, "'key' must be a text or a number, got " .. types.shown(options.key))
  end
  local key = frame.key(name, options.key ~= nil and tostring(options.key) or nil)
  return self:_perform({ key = key, kind = "step", name = name, input = options.input }, options, f)
end

--- A branch that waits for a person does not end the others.
local function can_wait(err) return errors.is(err) and err.kind == "waiting" end

local MAP_KEYS = { key = true, max = true, settle = true, retry = true, timeout = true }
local LONGEST_KEY = 64 -- bytes of an item's own text

--- What tells an item from the others: a field of it, what a function says of it, its
--- own text, or else its place.
local function item_key(what, item, i, key)
  local given
  if callable(key) then
    given = key(item)
  elseif key ~= nil then
    given = type(item) == "table" and item[key] or nil
  elseif type(item) == "table" or item == nil then
    return tostring(i)
  else
    given = item
  end
  if type(given) ~= "string" and type(given) ~= "number" then
    refuse(what, ("item %d has no key: %s"):format(i, types.shown(given)),
      'key = "id" names a field that is a text or a number')
  end
  local text = tostring(given)
  if key == nil then -- nobody chose what is stored
    local masked = require("lash.secrets").redact(text)
    if masked ~= text then text = ("%s %s"):format(masked, sys.sha256(text):sub(1, 8)) end
  end
  if #text > LONGEST_KEY then text = sys.sha256(text):sub(1, 16) end
  return type(key) == "string" and ("%s=%s"):format(key, text) or text
end

--- The keys of a list's items; two of a field's must not be the same.
local function item_keys(what, list, n, key)
  local keys, seen = {}, {}
  for i = 1, n do
    local text = item_key(what, list[i], i, key)
    if seen[text] and key ~= nil then
      refuse(what, ("the items %d and %d have the same key, %s"):format(seen[text], i, text))
    end
    local again = 1
    while seen[text] do
      again = again + 1
      text = ("%s#%d"):format(item_key(what, list[i], i, key), again)
    end
    keys[i], seen[text] = text, i
  end
  return keys
end

--- An item as the input of its step; nil when it is none that can be kept.
local function input_of(item)
  local ok = pcall(require("lash.journal.value").text, item, "")
  return ok and item or nil
end

--- Calls f(item, ctx) for every item, `max` at a time, each as a step; the results in
--- the order of the list. Items are known by `key`: their order, and new ones among
--- them, do not matter.
---@async
---@param name string
---@param list any[]
---@param options? { key?: string|(fun(item: any): string|integer), max?: integer, settle?: boolean, retry?: integer,
---  timeout?: number|string }
---@param f async fun(item: any, ctx: lash.StepContext): any
---@return any[] results
---@return any[]? errors
function Work:map(name, list, options, f)
  if f == nil then options, f = nil, options end
  local usage = 'w:map("classify", list, { key = "id" }, function(item) … end)'
  check_name("w:map", name, usage)
  local what = ("w:map '%s'"):format(name)
  check_function(what, f, usage)
  options = options or {}
  check_options(what, options, MAP_KEYS)
  local n = together.length(what, list)
  local base = frame.key(name)
  local keys = item_keys(what, list, n, options.key)
  return together.items(n, options, function(i)
    local key = ("%s[%s]"):format(base, frame.escape(keys[i]))
    return self:_perform({ key = key, kind = "step", name = name, input = input_of(list[i]) }, options,
      function(ctx) return f(list[i], ctx) end)
  end, can_wait)
end

--- Calls the functions side by side, each as a step; their results under the same
--- keys.
---@async
---@generic K
---@param functions table<K, async fun(ctx: lash.StepContext): any>
---@return table<K, any>
function Work:all(functions)
  together.check_functions("w:all", functions)
  local names, base = task.keys(functions), frame.key "all"
  local list = together.items(#names, { max = #names }, function(i)
    local name = tostring(names[i])
    return self:_perform({ key = ("%s[%s]"):format(base, frame.escape(name)), kind = "step", name = name }, {},
      functions[names[i]])
  end, can_wait)
  local results = {}
  for i, name in ipairs(names) do results[name] = list[i] end
  return results
end

--- Waits; of a run that goes on, what is left of it.
---@async
---@param d number|string  a duration
function Work:sleep(d)
  local seconds = require("lash.duration").seconds(d, "w:sleep")
  local key = frame.key "sleep"
  local past = self.journal:find(key)
  if past and past.state == "done" then return end
  local e = past or self.journal:begin({ key = key, kind = "sleep" }, true)
  sched.sleep(math.min(seconds, math.max(0, e.begun + seconds - sys.wall()))) -- the clock may have been set back
  self.journal:settle(e, { state = "done" }, true)
end

local SHOWN = 3000 -- bytes of a detail at the terminal
local KEPT = 32 << 10

--- Asks a person. Without a terminal the question is stored and the run ends with
--- `waiting`; it goes on when somebody has answered: `lash runs approve ID yes`.
---@async
---@param question string
---@param detail? any  what it is about: a text, or a value that is shown as JSON
---@return boolean
function Work:approve(question, detail)
  if type(question) ~= "string" or not question:find "%S" then
    refuse("w:approve", "expected a question, got " .. types.shown(question), 'w:approve("Post it?", text)')
  end
  local text = detail
  if detail ~= nil and type(detail) ~= "string" then text = require("lash.json").encode(detail, 2) end
  local hash = text and #text > SHOWN and sys.sha256(text) or nil
  local key = frame.key "approve"
  return (require("lash.journal.question").ask(self.journal, key, {
    title = self.name, text = question, detail = text and text_of.shorten(text, SHOWN),
    kept = text and text_of.shorten(text, KEPT), hash = hash,
  }))
end

--- Has `f` called when the workflow fails for good: what is done already is to be
--- undone, the last of it first.
---@param f async fun(ctx: lash.StepContext)
function Work:compensate(f)
  check_function("w:compensate", f, "w:compensate(function() … end)")
  self.undo:add(f)
end

--- The workflow has returned.
function Work:returned()
  self.undo:returned()
  self.journal.finished = true
end

function Work:__close(err)
  if err ~= nil then self.undo:failed(err) end
end

---@param workflow lash.Workflow
---@param journal lash.Journal
---@return lash.Work
function M.new(workflow, journal)
  return setmetatable({ id = journal.id, name = workflow.name, journal = journal, undo = undo.new(journal) }, Work)
end

return M
