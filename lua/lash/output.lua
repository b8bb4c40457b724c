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
local raw_write, raw_flush = methods.write, methods.flush
local stdout, stderr = io.stdout, io.stderr

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

--- Why something that was written to stdout got lost, the first time: the run is no
--- success then, whoever was told at the time.
---@type { message: string, code: integer }?
local lost

local function noted(file, ok, message, code)
  if not ok and file == stdout then lost = lost or { message = message, code = code } end
  return ok, message, code
end

local function write_raw(file, text)
  if M.muted then return file end
  M.clear()
  note_tail(text)
  if M.is_terminal(file == stderr and 2 or 1) then M.line_open = text:byte(-1) ~= 10 end
  return noted(file, raw_write(file, text))
end

--- Has what is in the buffer leave.
---@param file file*
---@return file*? file
---@return string? message
---@return integer? code
function M.flush_file(file) return noted(file, raw_flush(file)) end

--- Gives a text to where the stream leads.
---@param file file*  one of the standard streams
---@param text string  masked
---@return file*? file
---@return string? message
---@return integer? code
function M.give(file, text)
  if text == "" then return file end
  if file == stdout and M.on_print then
    note_tail(text)
    M.on_print(text)
    return file
  end
  return write_raw(file, text)
end

local function write_to(file, fd, text)
  local ok, message, code = write_raw(file, text)
  if ok then ok, message, code = M.flush_file(file) end
  if ok then return end
  local gone = code == 32 -- EPIPE
  errors.raise("io", ("cannot write to %s: %s"):format(fd == 1 and "stdout" or "stderr", message), { quiet = gone })
end

--- Gives what is kept back of what a script has written; see standard.lua.
---@type fun()?
M.give_rest = nil

--- The run has ended: flushes stdout, and says whether all that was written there has
--- left: 32 is a reader that went away.
---@return boolean? ok
---@return string? message
---@return integer? code
function M.flush()
  if M.give_rest then M.give_rest() end
  M.flush_file(stdout)
  if lost then return nil, lost.message, lost.code end
  local why, code = sys.lost() -- popen and seek flush, too, and a line end may
  if why then return nil, why, code end
  return true
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
---@return boolean written
function M.note(text) return (pcall(write_to, io.stderr, 2, secrets.redact(text))) end

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

return M
