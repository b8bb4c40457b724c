--- Programs that a person runs from within the chat: they have the terminal.
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 1 << 20 -- bytes of an edited text
local SHOWN = 64 << 10 -- bytes of output that go to the model
local PRIVATE = 384 -- 0600

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function shell() return sys.getenv "SHELL" or "/bin/sh" end

--- How a command ended, when that was not well.
local function ending(how, code)
  if code == 0 then return nil end
  return how == "signal" and ("ended by signal %d"):format(code) or ("exit %d"):format(code)
end

--- !COMMAND: in the person's own shell, at the terminal. Nothing of it is sent.
---@param command string
---@return string? ending
function M.run(command)
  io.stdout:flush()
  local _, how, code = os.execute(("exec %s -c %s"):format(quoted(shell()), quoted(command)))
  if how == "signal" then require("lash.output").write "\n" end -- behind ^C
  return ending(how, code)
end

--- !!COMMAND: its output, for people and for the model.
---@async
---@param command string
---@return string output
---@return string? ending
function M.capture(command)
  local res = require("lash.exec").exec { shell(), "-c", command .. "\n", max_output = SHOWN }
  local text = res.out .. (res.err ~= "" and res.out ~= "" and res.out:sub(-1) ~= "\n" and "\n" or "") .. res.err
  return text, ending(res.signal and "signal" or "exit", res.signal or res.code)
end

--- The value of a variable; nil when that is nothing.
local function variable(name)
  local value = sys.getenv(name)
  return value and value:find "%S" and value or nil
end

--- /edit: a text in the person's editor; nil when nothing is left of it.
---@param text string
---@return string?
function M.edit(text)
  local folder <close> = require("lash.fs").tmp()
  local path = folder .. "/prompt.md"
  local ok, message = sys.write_atomic(path, text, PRIVATE)
  if not ok then errors.raise("output", message) end
  io.stdout:flush()
  local named = variable "VISUAL" or variable "EDITOR"
  local _, how, code = os.execute(([[
    for one in %s; do
      command -v "${one%%%% *}" >/dev/null && exec $one %s
    done
    exit 127]]):format(named and quoted(named) or "editor nano vi", quoted(path)))
  if code == 127 and how == "exit" then
    errors.raise("input", named and ("there is no editor '%s'"):format(named) or "there is no editor",
      { hint = "$VISUAL or $EDITOR names it" })
  elseif code ~= 0 then
    errors.raise("process", "the editor ended with " .. ending(how, code), { hint = "the text was not sent" })
  end
  local edited
  edited, message = sys.read_file(path, LARGEST)
  if not edited then errors.raise("input", message) end
  edited = require("lash.cli.chat.words").trim_end(edited)
  return edited ~= "" and edited or nil
end

return M
