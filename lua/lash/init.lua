--- The public table: `local lash = require "lash"`.
--
-- Parts are loaded when they are first touched, so that a script pays for what
-- it uses.
local errors = require "lash.errors"

--- What later versions will have: said as it is, instead of a wrong guess.
local LATER = {
  test = 'it is a module of its own, for specs: require "lash.test"',
}

--- Raises that a table of ours has no such name.
---@param what string  how a script calls the table
---@param name any
---@param ... table  those whose keys are the names that there are
local function refuse(what, name, ...)
  local names = {}
  for _, known in ipairs { ... } do
    for key in next, known do
      if type(key) == "string" then names[#names + 1] = key end
    end
  end
  table.sort(names)
  local near = require("lash.spelling").nearest(tostring(name), names)
  errors.raise("usage", ("%s has no '%s'"):format(what, tostring(name)),
    { hint = what == "lash" and LATER[name] or near and ("did you mean '%s'?"):format(near)
      or what ~= "lash" and "it has " .. table.concat(names, ", ") or nil })
end

--- A table of functions, which knows what it has.
local function strict(what, t)
  local meta = getmetatable(t) or {}
  meta.__index = function(self, name)
    if type(name) == "string" and name:sub(1, 2) ~= "__" then refuse(what, name, self) end
  end
  return setmetatable(t, meta)
end

--- name -> how to get it
local parts = {
  agent = function() return require("lash.agent").new end,
  all = function() return require("lash.together").all end,
  args = function() return require("lash.args").args end,
  ask = function() return require("lash.agent").ask end,
  budget = function() return require("lash.budget").new end,
  cmd = function() return require("lash.cmd").new end,
  dir = function() return require("lash.context").script_dir end,
  env = function() return require "lash.env" end,
  exec = function() return require("lash.exec").exec end,
  fs = function() return strict("lash.fs", require "lash.fs") end,
  http = function() return strict("lash.http", require "lash.http") end,
  job = function() return require("lash.job").new end,
  json = function() return strict("lash.json", require "lash.json") end,
  log = function() return strict("lash.log", require "lash.log") end,
  map = function() return require("lash.together").map end,
  models = function() return strict("lash.models", { define = require("lash.models").define }) end,
  policy = function() return require("lash.policy").new end,
  race = function() return require("lash.together").race end,
  secret = function() return require("lash.secrets").secret end,
  sh = function() return require("lash.exec").sh end,
  spawn = function() return require("lash.together").spawn end,
  state = function() return require("lash.state").open end,
  stdin = function() return strict("lash.stdin", require "lash.stdin") end,
  timeout = function() return require("lash.together").timeout end,
  tool = function() return require("lash.tool").new end,
  version = function() return require "lash.version" end,
  workflow = function() return require("lash.workflow").new end,
}

local lash = {}

--- Waits; other tasks run.
---@async
---@param d number|string  a duration
function lash.sleep(d)
  local seconds = require("lash.duration").seconds(d, "lash.sleep")
  require("lash.sched").sleep(seconds)
end

--- Raises an error of a kind of the exit table.
---@param kind string
---@param message string
---@param hint? string
function lash.fail(kind, message, hint)
  if type(message) ~= "string" or type(hint or "") ~= "string" then
    errors.raise("usage", "lash.fail: expected a kind, a message and perhaps a hint, all strings",
      { hint = 'lash.fail("input", "no news today")' })
  end
  if not errors.kinds[kind] then
    local names = {}
    for name in pairs(errors.kinds) do names[#names + 1] = name end
    table.sort(names)
    local near = require("lash.spelling").nearest(tostring(kind), names)
    errors.raise("usage", ("lash.fail: unknown kind '%s'"):format(tostring(kind)),
      { hint = near and ("did you mean '%s'?"):format(near) or table.concat(names, ", ") })
  end
  errors.raise(kind, message, { hint = hint })
end

--- Calls f(…): its value, or nil and the error table. What is to end more than f
--- passes; `pcall` catches everything.
---@async
---@param f function
---@return any value
---@return lash.Error? err
function lash.try(f, ...)
  if not require "lash.callable"(f) then
    errors.raise("usage", "lash.try: expected a function, got " .. type(f), { hint = "lash.try(f, …) calls f(…)" })
  end
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local err = results[2]
  if not errors.is(err) or errors.ends_run(err) or require("lash.sched").stands(err) then error(err, 0) end
  return nil, err
end

return setmetatable(lash, {
  __index = function(self, name)
    local get = parts[name]
    if get then
      local value = get()
      rawset(self, name, value)
      return value
    end
    refuse("lash", name, parts, self)
  end,
  __pairs = function(self) -- also of what is not loaded yet
    local all = {}
    for _, names in ipairs { parts, self } do
      for name in next, names do all[name] = true end
    end
    return function(_, name)
      name = next(all, name)
      return name, name and self[name]
    end
  end,
  __newindex = function(_, name) errors.raise("usage", ("lash.%s cannot be set"):format(tostring(name))) end,
})
