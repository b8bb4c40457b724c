--- lash.log.error/warn/info/debug: lines on stderr for a person.
--
-- Errors always, warnings unless -q, info with -v, debug with -vv. One argument
-- is a text, never a format; more than one is a format and its values. What is
-- logged is one line, whatever is in it: the next one might seem to be ours.
local context = require "lash.context"
local output = require "lash.output"

local M = {}

--- A line that shows with -v only must not be what ends a run: values that do
-- not fit their format stand behind it.
local function formatted(text, ...)
  local ok, line = pcall(string.format, text, ...)
  if ok then return line end
  local words = table.pack(text, ...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  return table.concat(words, " ")
end

local function logger(level, shown)
  return function(text, ...)
    if not shown() then return end
    if select("#", ...) > 0 then text = formatted(tostring(text), ...) end
    output.note(("lash: %s: %s\n"):format(level, output.exact(output.one_line(tostring(text)))))
  end
end

M.error = logger("error", function() return true end)
M.warn = logger("warning", function() return not context.quiet end)
M.info = logger("info", function() return context.verbose >= 1 end)
M.debug = logger("debug", function() return context.verbose >= 2 end)

return M
