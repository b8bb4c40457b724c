--- Everything that leaves on stdout and stderr.
--
-- Secrets are masked, a reader that goes away ends the run quietly, and control
-- characters of a model or a tool are shown to a terminal, not obeyed.
local errors = require "lash.errors"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

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

--- The text with control characters made visible; line ends and tabs stay.
---@param text string
---@return string
function M.visible(text)
  return (text:gsub("[\0-\8\11-\31\127]", function(c)
    return c == "\127" and "^?" or "^" .. string.char(c:byte() + 64)
  end):gsub("\xC2[\x80-\x9F]", function(c) return ("<U+%04X>"):format(c:byte(2)) end))
end

local methods = getmetatable(io.stdout).__index
local raw_write, raw_flush = methods.write, methods.flush

local function write_to(file, fd, text)
  local ok, message, code = raw_write(file, text)
  if ok then ok, message, code = raw_flush(file) end
  if ok then return end
  local gone = code == 32 -- EPIPE
  errors.raise("io", ("cannot write to %s: %s"):format(fd == 1 and "stdout" or "stderr", message), { quiet = gone })
end

--- Flushes stdout, and says how that went: 32 is a reader that went away.
---@return boolean? ok
---@return string? message
---@return integer? code
function M.flush() return raw_flush(io.stdout) end

--- Writes to stdout at once.
---@param text string
function M.write(text) write_to(io.stdout, 1, secrets.redact(text)) end

--- Writes a text of our own to stdout, unmasked: the key that `lash fake` tells
-- everybody may be the one in the environment.
---@param text string
function M.write_public(text) write_to(io.stdout, 1, text) end

--- Writes a text of a model or tool to stdout: harmless on a terminal.
---@param text string
function M.write_foreign(text) M.write(M.is_terminal(1) and M.visible(text) or text) end

--- Writes to stderr; that it cannot be written to is nobody's fault.
---@param text string
function M.note(text) pcall(write_to, io.stderr, 2, secrets.redact(text)) end

--- Writes a dimmed text to stderr, where there is colour.
---@param text string
function M.dim(text)
  text = M.visible(text)
  M.note(M.colours(2) and "\27[2m" .. text .. "\27[0m" or text)
end

--- Puts `print` and writes to the standard streams on this path. Buffered as
--- before: only what must leave at once is flushed.
function M.install()
  local function checked(file, ...)
    if file ~= io.stdout and file ~= io.stderr then return raw_write(file, ...) end
    local parts = table.pack(...)
    for i = 1, parts.n do
      local kind = type(parts[i])
      if kind == "string" then
        parts[i] = secrets.redact(parts[i])
      elseif kind ~= "number" then
        error(("bad argument #%d to 'write' (string expected, got %s)"):format(i, kind), 2)
      end
    end
    if M.on_print and file == io.stdout then
      M.on_print(table.concat(parts))
      return file
    end
    local ok, message, code = raw_write(file, table.unpack(parts, 1, parts.n))
    if not ok and code == 32 and file == io.stdout then
      errors.raise("io", "cannot write to stdout: " .. message, { quiet = true })
    end
    return ok, message, code
  end
  methods.write = checked
  methods.flush = function(file)
    local ok, message, code = raw_flush(file)
    if not ok and code == 32 and file == io.stdout then
      errors.raise("io", "cannot write to stdout: " .. message, { quiet = true })
    end
    return ok, message, code
  end
  io.write = function(...) return checked(io.output(), ...) end
  print = function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    local text = table.concat(parts, "\t") .. "\n"
    if M.on_print then return M.on_print(text) end
    local ok, message = checked(io.stdout, text)
    if not ok then errors.raise("io", "cannot write to stdout: " .. message) end
  end
end

return M
