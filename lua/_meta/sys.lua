---@meta lash.core.sys
--
-- What fails for reasons of the world gives nil, message, code; code "missing"
-- is a file that is not there.

local M = {}

--- Version of lash.
---@type string
M.version = nil

--- Adds to the end of a regular file, in one piece where the system can; makes it
--- when it is missing, with what the umask leaves of the mode.
---@param path string
---@param data string
---@param mode integer
---@return true?
---@return string? message
---@return string? code
function M.append(path, data, mode) end

--- Why something that was written to stdout, by whomever, has not left; nil: all has.
---@return string? why
---@return integer? errno  nil: nobody knows
function M.lost() end

--- Writes what is in the buffers of all files that are open; that the reader of a pipe has
--- gone is no failure.
---@return true? ok
---@return string? message
function M.write_open() end

--- Standard base64, with padding.
---@param data string
---@return string
function M.base64(data) end

---@class lash.sys.Stat
---@field type "file"|"directory"|"pipe"|"socket"|"device"
---@field size integer
---@field mode integer  permission bits
---@field mtime number
---@field uid integer

--- Makes a folder the current one.
---@param path string
---@return true?
---@return string? message
---@return string? code
function M.chdir(path) end

---@return string? folder
---@return string? message
---@return string? code
function M.cwd() end

---@return table<string, string>
function M.environ() end

---@return integer
function M.euid() end

--- The bytes of a text that `base64` has made; nil when it is none.
---@param text string
---@return string? data
function M.from_base64(text) end

---@param name string
---@return string?
function M.getenv(name) end

--- $HOME, else what the user database says.
---@return string?
function M.home() end

---@param fd integer
---@return boolean
function M.isatty(fd) end

--- From now on standard input is empty, for this process and those that it starts.
function M.leave_stdin() end

---@param path string
---@param mode integer
---@return true?
---@return string? message
---@return string? code
function M.mkdir_p(path, mode) end

---@return integer
function M.pid() end

--- 26 letters and digits that sort by time.
---@return string
function M.random_id() end

--- A regular file; "toobig" above `limit` bytes.
---@param path string
---@param limit integer
---@return string? content
---@return string? message
---@return string? code
function M.read_file(path, limit) end

---@param path string
---@return string? real
---@return string? message
---@return string? code
function M.realpath(path) end

--- Of this process and those that it starts; nil removes it. At the start of a
--- process only: libraries read variables, too.
---@param name string
---@param value? string
---@return true?
---@return string? message
---@return string? code
function M.setenv(name, value) end

---@param data string
---@return string  64 hexadecimal digits
function M.sha256(data) end

--- Symbolic links are followed.
---@param path string
---@return lash.sys.Stat? stat
---@return string? message
---@return string? code
function M.stat(path) end

--- Who runs this, as the user database has it; nil when it does not know.
---@return { name: string, home: string }?
function M.user() end

--- Seconds since the epoch; for showing, not for waiting.
---@return number
function M.wall() end

--- All of it; code "closed": the reader went away.
---@param fd integer
---@param data string
---@return true?
---@return string? message
---@return string? code
function M.write(fd, data) end

--- The file has the old content or the new one, never a part.
---@param path string
---@param data string
---@param mode integer
---@return true?
---@return string? message
---@return string? code
function M.write_atomic(path, data, mode) end

return M
