--- The program at a terminal of its own: what is shown there, what is typed.
local Terminal = {}
Terminal.__index = Terminal

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- Runs a line of bash, in which `lash` is the program, at a new terminal.
---@param shell table  spec/support/shell.lua
---@param line string
local function start(shell, line)
  assert(os.execute("cd " .. quoted(shell.path) .. " && rm -f .typed && mkfifo .typed"))
  local text = ('lash() { %s "$@"; }\n%s'):format(shell:command(), line)
  shell:write(".line", text)
  local pipe = assert(io.popen(("cd %s && SHELL=/bin/sh exec timeout -s KILL 20 "
    .. "script -qefc 'exec bash .line' /dev/null <.typed"):format(quoted(shell.path))))
  local typed = assert(io.open(shell.path .. "/.typed", "w"))
  typed:setvbuf "no"
  return setmetatable({ pipe = pipe, typed = typed, shown = "" }, Terminal)
end

--- Waits until this text is shown; all that was shown since the last wait, to it.
---@param text string
---@return string
function Terminal:wait(text)
  local from = 1
  while true do
    local first, last = self.shown:find(text, from, true)
    if first then
      local before = self.shown:sub(1, last)
      self.shown = self.shown:sub(last + 1)
      return before
    end
    local c = self.pipe:read(1)
    assert(c, ("%q was never shown, but: %s"):format(text, self.shown))
    from = math.max(1, #self.shown - #text)
    self.shown = self.shown .. c
  end
end

--- Types a text.
function Terminal:type(text) assert(self.typed:write(text)) end

--- Waits for the end; all that was shown since the last wait, and the status.
---@return string shown
---@return integer exit
function Terminal:finish()
  local rest = self.shown .. self.pipe:read "a"
  self.typed:close()
  local _, how, code = self.pipe:close()
  return rest, how == "exit" and code or 128 + code
end

function Terminal:__close()
  if io.type(self.pipe) == "file" then
    self.typed:close()
    self.pipe:close()
  end
end

return { start = start }
