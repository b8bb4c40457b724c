--- The program as a person runs it: in a process of its own, with an
--- environment and a home folder of its own.
local folder = require "spec.support.folder"

local Shell = {}
Shell.__index = Shell

local function quoted(s) return "'" .. tostring(s):gsub("'", "'\\''") .. "'" end

--- Makes a home folder. `variables`: the whole environment beside PATH and HOME.
---@param variables? table<string, string>
local function new(variables)
  local self = setmetatable({ folder = folder.new(), variables = variables or {} }, Shell)
  self.path = self.folder.path
  return self
end

--- `lash` with these words, as a shell's command.
function Shell:command(...)
  local words = { "env", "-i", "PATH=" .. os.getenv "PATH", "HOME=" .. self.path }
  for name, value in pairs(self.variables) do words[#words + 1] = name .. "=" .. value end
  words[#words + 1] = os.getenv "LASH_PROGRAM"
  for _, word in ipairs { ... } do words[#words + 1] = word end
  for i, word in ipairs(words) do words[i] = quoted(word) end
  return table.concat(words, " ")
end

--- Runs lines of bash in the home folder, 20 seconds at most; `lash` is the
--- program in its environment.
---@param text string
---@return { out: string, err: string, exit: integer }
function Shell:sh(text)
  text = ('lash() { %s "$@"; }\n%s'):format(self:command(), text)
  return self:_end(io.popen(("cd %s && exec timeout --foreground -s KILL 20 bash -c %s 2>.stderr"):format(
    quoted(self.path), quoted(text))))
end

--- Waits for the end of a process.
function Shell:_end(pipe)
  local out = pipe:read "a"
  local _, how, code = pipe:close()
  return { out = out, err = self:read ".stderr", exit = how == "exit" and code or 128 + code }
end

--- Runs a script of this text, with these arguments.
function Shell:script(text, ...)
  self:write("script.lua", text)
  return self:lash("script.lua", ...)
end

local Child = {}
Child.__index = Child

--- Starts what `words` of bash make of the program; its output is read by lines.
---@param words string  "exec $lash script.lua", with its redirections
function Shell:start(words)
  local text = ("echo $$; lash='%s'; %s"):format(self:command():gsub("'", ""), words)
  local pipe = assert(io.popen(("cd %s && exec timeout --foreground -s KILL 20 bash -c %s 2>.stderr"):format(
    quoted(self.path), quoted(text))))
  local child = setmetatable({ pipe = pipe, shell = self }, Child)
  child.pid = math.tointeger(tonumber(child:line()))
  return child
end

--- The next line that it prints; nil at its end.
function Child:line() return (self.pipe:read "l") end

--- Sends it a signal.
---@param name string  "INT"
function Child:kill(name) assert(os.execute(("kill -%s %d"):format(name, self.pid))) end

--- Waits for its end.
function Child:wait() return self.shell:_end(self.pipe) end

--- Runs `lash` with these words and nothing on standard input.
function Shell:lash(...) return self:sh(self:command(...) .. " </dev/null") end

--- The content of a file in the home folder.
function Shell:read(name)
  local file <close> = assert(io.open(self.path .. "/" .. name))
  return file:read "a"
end

function Shell:write(name, text) return self.folder:write(name, text) end

--- Starts `lash fake` with these replies, Lua source; returns its URL. It ends
--- with the shell.
function Shell:fake(replies)
  local words = { "fake", "--port", "0" }
  if replies then words[4] = self:write("replies.lua", replies) end
  self.server = assert(io.popen("echo $$; exec " .. self:command(table.unpack(words)) .. " 2>/dev/null"))
  self.pid = self.server:read "n"
  self.server:read "l"
  return self.server:read("l"):match "http://%S+"
end

--- Ends the `lash fake` of this shell.
function Shell:stop_fake()
  if not self.server then return end
  os.execute("kill " .. self.pid)
  self.server:close()
  self.server = nil
end

function Shell:close()
  self:stop_fake()
  self.folder:close()
end
Shell.__close = Shell.close

return { new = new }
