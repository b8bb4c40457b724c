--- lash.all, map, race, timeout, spawn: many things at once.
--
-- Whatever a function starts belongs to it: it is over when that is over, and is
-- cancelled with it.
local callable = require "lash.callable"
local errors = require "lash.errors"
local host = require "lash.host"
local interrupt = require "lash.core.interrupt"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local spelling = require "lash.spelling"
local task = require "lash.task"

local M = {}

--- Items of lash.map at a time.
M.MAX = 8
local SHOWN = 300 -- bytes of an error among those of lash.race

local function refuse(what, message, hint) errors.raise("usage", ("%s: %s"):format(what, message), { hint = hint }) end

local function check_function(what, f, hint)
  if not callable(f) then refuse(what, "expected a function, got " .. type(f), hint) end
end

--- Refuses what is no table of functions.
---@param what string
---@param functions any
function M.check_functions(what, functions)
  if type(functions) ~= "table" or callable(functions) then
    refuse(what, "expected a table of functions, got " .. type(functions), what .. " { f, g }")
  end
  for key, f in pairs(functions) do
    if not callable(f) then
      refuse(what, ("'%s' is not a function but a %s"):format(tostring(key), type(f)),
        ("%s { f, g }, not { f(), g() }"):format(what))
    end
  end
end

--- lash.all{f, g}, lash.all{a = f, b = g}: calls them side by side; their results
--- under the same keys. The first error cancels the others and is raised.
---@async
---@generic K
---@param functions table<K, async fun(): any>
---@return table<K, any>
function M.all(functions)
  M.check_functions("lash.all", functions)
  local results = task.gather(functions)
  for key, packed in pairs(results) do results[key] = packed[1] end
  return results
end

-- What would meet every item alike, or is to end more than one item.
local ENDS_ALL = {
  auth = true, billing = true, budget = true, cancelled = true, config = true, drift = true, interrupted = true,
  not_found = true, store = true, unsettled = true, waiting = true,
}

--- Does this error end the run, whoever else may be at work?
local function ends_run(err) return host.is_exit(err) or err == interrupt.pending() end

--- Does it end all items of a map, whatever is to become of single errors?
---@param err any
---@return boolean
function M.ends_all(err) return ends_run(err) or errors.is(err) and ENDS_ALL[err.kind] or false end

--- How many items a list has: `n` says it where some are nil.
---@param what string
---@param list any
---@return integer
function M.length(what, list)
  if type(list) ~= "table" then
    refuse(what, "expected a list, got " .. type(list), "lash.map(list, { max = 8 }, f)")
  end
  local n = list.n
  if math.type(n) == "integer" and n >= 0 then return n end
  if #list == 0 and next(list) ~= nil then
    refuse(what, "expected a list, got a table with other keys", "lash.all{a = f, b = g} has keys")
  end
  return #list
end

--- Refuses options of a map that are none; the keys are those of `allowed`.
---@param what string
---@param options any
---@param allowed table<string, true>
function M.check_options(what, options, allowed)
  if type(options) ~= "table" then
    refuse(what, "the options must be a table, got " .. type(options), "lash.map(list, { max = 8 }, f)")
  end
  spelling.check_keys(what, options, allowed)
  local max, settle = options.max, options.settle
  if max ~= nil and (math.type(max) ~= "integer" or max < 1) then
    refuse(what, ("'max' must be an integer from 1, got %s"):format(tostring(max)))
  end
  if settle ~= nil and type(settle) ~= "boolean" then
    refuse(what, ("'settle' must be true or false, got %s"):format(tostring(settle)))
  end
end

local OPTIONS = { max = true, settle = true }

--- A list with the length `n`, also where items are nil; a list for JSON as well.
---@param n integer
---@return any[]
function M.list(n) return setmetatable({}, json.array { __index = { n = n } }) end

--- Calls f(1), … f(n), `max` at a time; their results. The first error cancels the
--- others and is raised; with `settle` those of single items are a second list.
---@async
---@param n integer
---@param options { max?: integer, settle?: boolean }
---@param f async fun(i: integer): any
---@param can_wait? fun(err: any): boolean  is this an error that is raised when the others are done?
---@return any[] results
---@return any[]? errors
function M.items(n, options, f, can_wait)
  local results, kept, failure, waits = M.list(n), options.settle and M.list(n) or nil, nil, nil
  task.each(n, options.max or M.MAX, f, function(i, ok, what)
    if ok then
      results[i] = what
    elseif can_wait and can_wait(what) then
      waits = waits or what
    elseif kept and not M.ends_all(what) then
      kept[i] = what
    else
      failure = failure or { what }
      return true
    end
  end)
  if failure then error(failure[1], 0) end
  if waits then error(waits, 0) end
  return results, kept
end

--- lash.map(list, [options,] f): calls f(item) for every item, `max` at a time; the
--- results in the order of the list. The first error cancels the others and is
--- raised; with `settle` the errors of single items are a second list.
---@async
---@param list any[]
---@param options? { max?: integer, settle?: boolean }
---@param f async fun(item: any): any
---@return any[] results
---@return any[]? errors
function M.map(list, options, f)
  if f == nil then options, f = nil, options end
  options = options or {}
  local n = M.length("lash.map", list)
  M.check_options("lash.map", options, OPTIONS)
  check_function("lash.map", f, "lash.map(list, { max = 8 }, f)")
  return M.items(n, options, function(i) return f(list[i]) end)
end

--- The error of a race that nobody won: of the kind that may pass, if there is one.
local function nobody_won(keys, errs)
  if #keys == 1 then return errs[keys[1]] end
  local main, texts
  texts = {}
  for i, key in ipairs(keys) do
    local err = errs[key]
    if errors.is(err) and (not main or err.temporary and not main.temporary) then main = err end
    local text = errors.text(err)
    if #text > SHOWN then text = text:sub(1, SHOWN):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…" end
    texts[i] = ("%s: %s"):format(tostring(key), text)
  end
  main = main or { kind = "internal" }
  return errors.new(main.kind, ("all %d failed: %s"):format(#keys, table.concat(texts, "; ")),
    { hint = main.hint, temporary = main.temporary, retry_after = main.retry_after, errors = errs })
end

--- lash.race{f, g}: calls them side by side; what the first returns that does not
--- fail. The others are cancelled. Raises when all fail.
---@async
---@param functions table<any, async fun(): any>
---@return any
function M.race(functions)
  M.check_functions("lash.race", functions)
  local keys, errs, winner, failure = task.keys(functions), {}, nil, nil
  if #keys == 0 then refuse("lash.race", "there is nobody to race", "lash.race { f, g }") end
  task.each(#keys, #keys, function(i) return functions[keys[i]]() end, function(i, ok, what)
    if ok then
      winner = winner or { what }
    else
      errs[keys[i]] = what
      if ends_run(what) then failure = failure or { what } end
    end
    return winner ~= nil or failure ~= nil
  end)
  if failure then error(failure[1], 0) end
  if not winner then error(nobody_won(keys, errs), 0) end
  return winner[1]
end

--- lash.timeout(d, f): what f() returns; a `timeout` error when it, or what it
--- started, is not done within the time.
---@async
---@param d number|string  a duration
---@param f async fun(): ...
---@return any ...
function M.timeout(d, f)
  local seconds = require("lash.duration").seconds(d, "lash.timeout")
  check_function("lash.timeout", f, "lash.timeout(5, f)")
  local shown = type(d) == "string" and d or ("%g s"):format(seconds)
  return task.within(loop.now() + seconds, errors.new("timeout", ("not done within %s"):format(shown)), f)
end

--- lash.spawn(f, …): begins f(…) as a task, which belongs to the task that runs.
---@param f async fun(...): ...
---@return lash.Task
function M.spawn(f, ...)
  check_function("lash.spawn", f)
  sched.running() -- else nothing would begin it
  return sched.spawn(f, ...)
end

return M
