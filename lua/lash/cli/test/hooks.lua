--- Where busted begins and ends a test: each one finds the time, the random numbers and
--- the network as every other one does, and leaves nothing open.
local interrupt = require "lash.core.interrupt"
local open = require "lash.test.open"
local run = require "lash.test.run"
local trial = require "lash.trial"

-- Here, or every file of specs would have one of its own.
require "lash.store"
require "lash.test"

local M = {}

local function begin()
  trial.begin()
  run.begin()
end

--- Raises what speaks against a test, unless it was said already in its own words.
local function complain(problems, said)
  if problems and not said:find(problems:match "^[^\n]*", 1, true) then error(problems, 0) end
end

--- A test fails of what its tapes have to say, as it does of an assertion.
local function judge(busted, element, count)
  local problems = open.problems(count)
  if not problems then return end
  local at = element.trace
  busted.fail(at and ("%s:%d: %s"):format(at.short_src, at.currentline, problems) or problems, 0)
end

local function hook(busted)
  local count, judged, said, body = 0, false, "", nil
  busted.api.before_each(function()
    count, judged, said = open.count(), false, ""
    begin()
  end)
  busted.subscribe({ "test", "start" }, function(element)
    body = element.run
    element.run = function()
      body()
      judged = true
      judge(busted, element, count)
    end
    return nil, true
  end)
  busted.subscribe({ "test", "end" }, function(element)
    element.run = body or element.run -- a repetition begins with it
    body = nil
    if interrupt.pending() then busted.skipAll = true end -- a test has caught it
    return nil, true
  end)
  for _, kind in ipairs { "error", "failure" } do
    busted.subscribe({ kind, "it" }, function(_, _, message)
      said = said .. tostring(message)
      return nil, true
    end)
  end
  busted.api.after_each(function() complain(open.close(count, judged), said) end)
  busted.subscribe({ "file", "end" }, function()
    local problems = open.problems(0)
    open.close(0, true)
    complain(problems, "")
    return nil, true
  end)
end

--- Has busted call us: behind its own initialisation, before it loads a spec.
function M.install()
  local name = "busted.modules.filter_loader"
  local make = require(name)
  package.loaded[name] = function()
    local load_filters = make()
    return function(busted, options)
      hook(busted)
      return load_filters(busted, options)
    end
  end
end

return M
