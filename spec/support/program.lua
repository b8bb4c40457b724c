--- The program as a person runs it: a process of its own, in a folder that is
--- its home and where it works, with an environment that is nearly empty.
local folder = require "spec.support.folder"

local M = {}

M.path = os.getenv "LASH_PROGRAM" or "build/dev/lash"
if not M.path:find "^/" then M.path = assert(os.getenv "PWD") .. "/" .. M.path end

local function quoted(s) return "'" .. tostring(s):gsub("'", "'\\''") .. "'" end
M.quoted = quoted

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a" or ""
end

---@class spec.Program
---@field path string  its folder
local Program = {}
Program.__index = Program

--- A place to run the program in; close() (or <close>) removes it.
---@param files? table<string, string>
---@return spec.Program
function M.new(files)
  local dir = folder.new()
  for name, text in pairs(files or {}) do dir:write(name, text) end
  return setmetatable({ dir = dir, path = dir.path }, Program)
end

function Program:close() self.dir:close() end
Program.__close = Program.close

function Program:write(...) return self.dir:write(...) end

-- Leaks are judged, but a process that is killed has no time to look for them.
local PASSED_ON = { "PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "LASH_LUA_DIR" }

--- The command line `env … bash -c TEXT`, bounded in time.
function Program:_command(text, env)
  local words = { "cd", quoted(self.path), "&& exec", "env -i" }
  local function set(name, value) words[#words + 1] = name .. "=" .. quoted(value) end
  for _, name in ipairs(PASSED_ON) do
    if os.getenv(name) then set(name, os.getenv(name)) end
  end
  set("HOME", self.path)
  set("LASH", M.path)
  for name, value in pairs(env or {}) do
    if value then set(name, value) else words[#words + 1] = "-u " .. name end
  end
  words[#words + 1] = "timeout --foreground -s KILL 20 bash -c " .. quoted(text)
  return table.concat(words, " ")
end

--- Runs a line of bash, in which "$LASH" is the program.
---@param text string
---@param env? table<string, string|false>
---@return { code: integer, out: string, err: string }
function Program:sh(text, env)
  local err = self.path .. "/.stderr"
  local pipe = assert(io.popen(self:_command(text, env) .. " 2>" .. quoted(err)))
  local out = pipe:read "a"
  local _, how, code = pipe:close()
  return { code = how == "exit" and code or 128 + code, out = out, err = read(err) }
end

--- Runs the program with these words; standard input is empty.
---@param ... string
---@return { code: integer, out: string, err: string }
function Program:run(...)
  local words = { '"$LASH"' }
  for i, word in ipairs { ... } do words[i + 1] = quoted(word) end
  return self:sh(table.concat(words, " ") .. " </dev/null")
end

--- Runs a script that has this text, with these arguments.
function Program:script(text, ...)
  self:write("script.lua", text)
  return self:run("script.lua", ...)
end

---@class spec.Child
---@field pid integer
local Child = {}
Child.__index = Child

--- Starts the program; standard output is read line by line.
---@param words string  as bash reads them
---@return spec.Child
function Program:start(words, env)
  local self_err = self.path .. "/.stderr"
  local text = 'echo $$; exec ' .. words
  local pipe = assert(io.popen(self:_command(text, env) .. " 2>" .. quoted(self_err) .. " </dev/null"))
  return setmetatable({ pipe = pipe, pid = pipe:read "n", err = self_err, _first = pipe:read "l" }, Child)
end

--- The next line that it prints; nil at its end.
function Child:line() return (self.pipe:read "l") end

--- Sends it a signal.
---@param name string  "INT"
function Child:kill(name) assert(os.execute(("kill -%s %d"):format(name, self.pid))) end

--- Waits for its end.
---@return { code: integer, out: string, err: string }
function Child:wait()
  local out = self.pipe:read "a"
  local _, how, code = self.pipe:close()
  return { code = how == "exit" and code or 128 + code, out = out, err = read(self.err) }
end

return M
