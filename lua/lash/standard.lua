--- The standard streams as a script has them: what it writes is masked, and shown to a
-- terminal as what it is; before it reads, what it has asked stands there.
local errors = require "lash.errors"
local output = require "lash.output"
local secrets = require "lash.secrets"
local warning = require "lash.core.warning"
require "lash.core.files" -- from now on it is noted what gets lost of those that a script leaves open

local M = {}

local methods = getmetatable(io.stdout).__index
local raw_write, raw_read, raw_lines = methods.write, methods.read, methods.lines
local raw_io_read, raw_io_lines = io.read, io.lines
local raw_warn = warn
local stdout, stderr = io.stdout, io.stderr

--- Bytes of the beginning of a secret that are kept back until more is written. Less
-- is given at once, for a text that ends like that is nothing unusual, and tells
-- nobody much; the rest of the secret is masked then.
local KEPT = 4

--- What a script writes may be a secret in pieces, wherever they are cut.
local redactors = { [stdout] = secrets.redactor(KEPT), [stderr] = secrets.redactor(KEPT) }

local function tell_warnings()
  local text = warning.take()
  if text then output.note(output.visible(text)) end
end

local function give_rest()
  tell_warnings()
  output.give(stdout, redactors[stdout]())
  output.give(stderr, redactors[stderr]())
end

--- Gives what is kept back, at once: whoever is asked must see all of the question.
local function release()
  for file, redact in pairs(redactors) do
    local rest = redact()
    if rest ~= "" and output.give(file, rest) then output.flush_file(file) end
  end
end

--- A reader that went away ends the run quietly.
local function look_for_reader(file, ok, message, code)
  if not ok and code == 32 and file == io.stdout then
    errors.raise("io", "cannot write to stdout: " .. message, { quiet = true })
  end
  return ok, message, code
end

local function write(file, printed, ...)
  local redact = redactors[file]
  if not redact then return raw_write(file, ...) end
  local parts = table.pack(...)
  for i = 1, parts.n do
    local kind = math.type(parts[i]) or type(parts[i])
    if kind == "float" then
      parts[i] = ("%.14g"):format(parts[i]) -- as Lua writes it
    elseif kind ~= "string" and kind ~= "integer" then
      error(("bad argument #%d to 'write' (string expected, got %s)"):format(i, kind), 2)
    end
  end
  local text = redact(table.concat(parts))
  if printed and file == stdout and not output.on_print and output.is_terminal(1) then
    text = require("lash.visible").coloured(text)
  end
  return look_for_reader(file, output.give(file, text))
end

local function releasing(next_line)
  return function(...)
    release()
    return next_line(...)
  end
end

--- Puts `print`, `warn`, and what writes to the standard streams or reads from them, on this
--- path. Buffered as before: only what must leave at once is flushed. What `print` and
--- `io.write` have for a terminal may be of a model; `io.stdout:write` is for the script's own.
function M.install()
  output.give_rest = give_rest
  -- Finalizers are called from the latest to the first: what those of a script say is given by this one.
  M.last = setmetatable({}, { __gc = function() pcall(give_rest) end })
  function methods.flush(file) return look_for_reader(file, output.flush_file(file)) end
  function warn(...)
    raw_warn(...)
    tell_warnings()
  end
  function io.flush() return io.output():flush() end
  function methods.write(file, ...) return write(file, false, ...) end
  function io.write(...) return write(io.output(), true, ...) end
  function print(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    local ok, message = write(stdout, true, table.concat(parts, "\t") .. "\n")
    if not ok then errors.raise("io", "cannot write to stdout: " .. message) end
  end
  function methods.read(file, ...)
    if file == io.stdin then release() end
    return raw_read(file, ...)
  end
  function io.read(...)
    if io.input() == io.stdin then release() end
    return raw_io_read(...)
  end
  function methods.lines(file, ...)
    local next_line = raw_lines(file, ...)
    return file == io.stdin and releasing(next_line) or next_line
  end
  function io.lines(name, ...)
    if name ~= nil or io.input() ~= io.stdin then return raw_io_lines(name, ...) end
    return releasing((raw_io_lines(name, ...)))
  end
end

return M
