--- Where busted begins and ends a test: each one finds the time, the random numbers and
--- the network as every other one does, and leaves nothing open.
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local open = require "lash.test.open"
local trial = require "lash.trial"

-- Here, or every file of specs would have one of its own.
require "lash.store"
require "lash.test"

local M = { begun = 0 } -- tests, pending ones too

--- A test fails of what its tapes have to say, as it does of an assertion.
local function judge(busted, element, count)
  local problems = open.problems(count, false)
  if not problems then return end
  local at = element.trace
  busted.fail(at and ("%s:%d: %s"):format(at.short_src, at.currentline, problems) or problems, 0)
end

--- Closes what was opened after `count`; raises what speaks against it, unless that was
--- said.
local function close(count, judged, failed)
  local problems = not judged and open.problems(count, failed)
  open.close(count)
  if problems then error(problems, 0) end
end

--- A test that has failed otherwise tells of its tapes, too: they are the reason, as a rule.
local function tell_why(busted, kind, why)
  local telling = false
  busted.subscribe({ kind, "it" }, function(element, parent, message, trace)
    local problems = not telling and why()
    if not problems or message:find(problems:match "^[^\n]*", 1, true) then return nil, true end
    telling = true
    busted.publish({ kind, "it" }, element, parent, message .. "\n" .. problems, trace)
    telling = false
    return nil, false
  end, { priority = 1 })
end

--- Is this function one of lash's own, or of C? A person looks for the line of his spec.
local function is_ours(info) return info.what == "C" or info.source:find "^@lash/.*%l%.lua$" ~= nil end

--- An error of lash is shown at the line of the spec that asked for it, with its hint.
local function show_errors(busted)
  local trace_of, text_of = busted.getTrace, busted.rewriteMessage
  busted.getTrace = function(element, level, message)
    level = level or 3
    local from = level
    local info = debug.getinfo(from, "S")
    while info and is_ours(info) do
      from = from + 1
      info = debug.getinfo(from, "S")
    end
    local trace = trace_of(element, (info and from or level) + 1, message) -- it stands above this function
    return trace
  end
  busted.rewriteMessage = function(element, message, trace)
    local text = text_of(element, message, trace)
    return errors.is(message) and message.hint and ("%s\nhint: %s"):format(text, message.hint) or text
  end
end

local function hook(busted)
  show_errors(busted)
  local count, judged, body = 0, false, nil
  busted.api.before_each(function()
    count, judged = open.count(), false
    trial.begin()
  end)
  busted.subscribe({ "test", "start" }, function(element)
    M.begun = M.begun + 1
    body = element.run
    element.run = function()
      body()
      judged = true
      judge(busted, element, count)
    end
    return nil, true
  end)
  for _, kind in ipairs { "error", "failure" } do
    tell_why(busted, kind, function()
      local problems = not judged and open.problems(count, true)
      judged = true
      return problems
    end)
  end
  busted.subscribe({ "test", "end" }, function(element)
    element.run = body or element.run -- a repetition begins with it
    body = nil
    if interrupt.pending() then busted.skipAll = true end -- a test has caught it
    return nil, true
  end)
  busted.api.after_each(function() close(count, judged, true) end)
  busted.subscribe({ "file", "end" }, function()
    close(0, false, false)
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
