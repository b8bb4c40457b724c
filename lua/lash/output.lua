--- Everything that leaves on stdout and stderr.
--
-- Secrets are masked, a reader that goes away ends the run quietly, and control
-- characters of a model or a tool are shown to a terminal, not obeyed.
local errors = require "lash.errors"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

--- How a text may be shown: visible.lua, loaded where there is something to show.
local function shown(how, text) return require("lash.visible")[how](text) end

--- A text of a model or a tool, for a terminal.
---@param text string
---@return string
function M.visible(text) return shown("text", text) end

--- A text that somebody judges.
---@param text string
---@return string
function M.exact(text) return shown("exact", text) end

local terminal = {}

--- Is this standard stream a terminal?
---@param fd 0|1|2
---@return boolean
function M.is_terminal(fd)
  if terminal[fd] == nil then terminal[fd] = sys.isatty(fd) end
  return terminal[fd]
end

--- May text on this stream be coloured?
---@param fd 1|2
---@return boolean
function M.colours(fd)
  if M.no_colour or (os.getenv "NO_COLOR" or "") ~= "" or os.getenv "TERM" == "dumb" then return false end
  return M.is_terminal(fd)
end

--- The text in one line; linear, whatever a service sends.
---@param text string
---@return string
function M.one_line(text)
  return (text:gsub("%s+", function(space) return space:find("\n", 1, true) and " " or nil end):gsub(" $", ""))
end

--- How much that is, for a person.
---@param bytes integer
---@return string
function M.size(bytes)
  if bytes < 1000 then return ("%d B"):format(bytes) end
  if bytes < 1e6 then return ("%.1f KB"):format(bytes / 1e3) end
  return ("%.1f MB"):format(bytes / 1e6)
end

--- The beginning of a text, cut between two characters; masked before that, for half
--- a secret is none that is known.
---@param text string
---@param limit integer  bytes
---@return string
function M.shorten(text, limit)
  text = secrets.redact(text)
  if #text <= limit then return text end
  return text:sub(1, limit):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…"
end

local methods = getmetatable(io.stdout).__index
local raw_write, raw_flush, raw_read, raw_lines = methods.write, methods.flush, methods.read, methods.lines
local raw_io_read, raw_io_lines = io.read, io.lines

--- Bytes of the beginning of a secret that are kept back until more is written. Less
-- is given at once, for a text that ends like that is nothing unusual, and tells
-- nobody much; the rest of the secret is masked then.
local KEPT = 4

local stdout, stderr = io.stdout, io.stderr

--- What a script writes may be a secret in pieces, wherever they are cut.
local redactors = { [stdout] = secrets.redactor(KEPT), [stderr] = secrets.redactor(KEPT) }

--- What was written last, on either stream, where that is wanted.
local tail
local TAIL = 10000 -- bytes

local function note_tail(text)
  if not tail then return end
  tail = tail .. text
  if #tail > 2 * TAIL then tail = tail:sub(-TAIL) end
end

--- From now on the end of the output is kept.
function M.keep_tail() tail = "" end

--- The end of the output; nil: it was not kept.
---@return string?
function M.tail() return tail and tail:sub(-TAIL):gsub("^[\x80-\xBF]+", "") end

--- Is called before anything is written: what stands on the terminal only meanwhile
--- is to go.
---@type fun()?
M.before = nil

--- Does the terminal's cursor stand behind a text that has no line end?
M.line_open = false

--- Takes away what stands on the terminal only meanwhile.
function M.clear()
  if M.before then M.before() end
end

--- Is what is written dropped? While a script is only looked at.
M.muted = false

local function write_raw(file, text)
  if M.muted then return file end
  M.clear()
  note_tail(text)
  if M.is_terminal(file == stderr and 2 or 1) then M.line_open = text:byte(-1) ~= 10 end
  return raw_write(file, text)
end

local function give(file, text)
  if text == "" then return file end
  if file == stdout and M.on_print then
    note_tail(text)
    M.on_print(text)
    return file
  end
  return write_raw(file, text)
end

--- Gives what is kept back, at once: whoever is asked must see all of the question.
local function release()
  for file, redact in pairs(redactors) do
    local rest = redact()
    if rest ~= "" and give(file, rest) then raw_flush(file) end
  end
end

local function write_to(file, fd, text)
  local ok, message, code = write_raw(file, text)
  if ok then ok, message, code = raw_flush(file) end
  if ok then return end
  local gone = code == 32 -- EPIPE
  errors.raise("io", ("cannot write to %s: %s"):format(fd == 1 and "stdout" or "stderr", message), { quiet = gone })
end

--- The run has ended: flushes stdout, and says how that went: 32 is a reader that
--- went away.
---@return boolean? ok
---@return string? message
---@return integer? code
function M.flush()
  local ok, message, code = give(stdout, redactors[stdout]())
  if not ok then return ok, message, code end
  give(stderr, redactors[stderr]())
  return raw_flush(stdout)
end

--- Writes to stdout at once.
---@param text string
function M.write(text)
  text = secrets.redact(text)
  if M.on_print then return M.on_print(text) end
  write_to(stdout, 1, text)
end

--- Writes a text of our own to stdout, unmasked: the key that `lash fake` tells
-- everybody may be the one in the environment.
---@param text string
function M.write_public(text) write_to(io.stdout, 1, text) end

--- Writes a line of JSON to stdout.
---@param text string
function M.write_json(text) write_to(stdout, 1, secrets.redact(shown("json", text) .. "\n")) end

--- Writes a text of a model or tool to stdout: harmless on a terminal.
---@param text string
function M.write_foreign(text)
  text = secrets.redact(text)
  if M.on_print then return M.on_print(text) end
  write_to(stdout, 1, M.is_terminal(1) and M.visible(text) or text)
end

--- Writes to stderr; that it cannot be written to is nobody's fault.
---@param text string
function M.note(text) pcall(write_to, io.stderr, 2, secrets.redact(text)) end

--- Writes to the terminal on stderr what stands there only meanwhile; it is no text.
---@param sequences string
function M.overlay(sequences)
  raw_write(stderr, sequences)
  raw_flush(stderr)
end

--- Writes a dimmed text to stderr, where there is colour.
---@param text string
function M.dim(text)
  text = M.visible(secrets.redact(text))
  M.note(M.colours(2) and "\27[2m" .. text .. "\27[0m" or text)
  if M.is_terminal(2) then M.line_open = text:byte(-1) ~= 10 end
end

--- Puts `print` and writes to the standard streams on this path. Buffered as
--- before: only what must leave at once is flushed. What `print` and `io.write` have
--- for a terminal may be of a model; `io.stdout:write` is for the script's own.
function M.install()
  local function checked(file, printed, ...)
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
    if printed and file == stdout and not M.on_print and M.is_terminal(1) then text = shown("coloured", text) end
    local ok, message, code = give(file, text)
    if not ok and code == 32 and file == io.stdout then
      errors.raise("io", "cannot write to stdout: " .. message, { quiet = true })
    end
    return ok, message, code
  end
  methods.flush = function(file)
    local ok, message, code = raw_flush(file)
    if not ok and code == 32 and file == io.stdout then
      errors.raise("io", "cannot write to stdout: " .. message, { quiet = true })
    end
    return ok, message, code
  end
  methods.write = function(file, ...) return checked(file, false, ...) end
  io.write = function(...) return checked(io.output(), true, ...) end
  print = function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    local ok, message = checked(stdout, true, table.concat(parts, "\t") .. "\n")
    if not ok then errors.raise("io", "cannot write to stdout: " .. message) end
  end
  methods.read = function(file, ...)
    if file == io.stdin then release() end
    return raw_read(file, ...)
  end
  io.read = function(...)
    if io.input() == io.stdin then release() end
    return raw_io_read(...)
  end
  local function releasing(next_line)
    return function(...)
      release()
      return next_line(...)
    end
  end
  methods.lines = function(file, ...)
    local next_line = raw_lines(file, ...)
    return file == io.stdin and releasing(next_line) or next_line
  end
  io.lines = function(name, ...)
    if name ~= nil or io.input() ~= io.stdin then return raw_io_lines(name, ...) end
    return releasing((raw_io_lines(name, ...)))
  end
end

return M
