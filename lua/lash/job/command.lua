--- The command that starts a job: what a timer or a line of a crontab has.
--
-- Cron knows little of its user: HOME, a short PATH, no more. So the command names
-- lash and the script by their real paths, and carries the variables without which
-- it would find other files than it does here and now.
local context = require "lash.context"
local errors = require "lash.errors"
local sys = require "lash.core.sys"
local xdg = require "lash.xdg"

local M = {}

---@class lash.job.Command
---@field program string  the path of lash
---@field script string
---@field variables { [1]: string, [2]: string }[]  to be set, sorted by name

--- This program.
---@return string
function M.program()
  local path, message = sys.realpath "/proc/self/exe"
  return path or errors.raise("config", "the path of lash itself is not known: " .. message)
end

--- The folder that a variable of XDG stands for, where it is not what cron would find.
local function base(folder, below_home)
  local user = sys.user()
  local plain = user and ("%s/%s"):format(user.home, below_home)
  folder = folder and folder:gsub("/lash$", "")
  return folder ~= plain and folder or nil
end

--- The file that --config or $LASH_CONFIG names.
local function config_file()
  local path = context.config or sys.getenv "LASH_CONFIG"
  if not path or path == "" then return nil end
  return sys.realpath(path) or path:find "^/" and path
    or errors.raise("config", ("there is no file '%s', which $LASH_CONFIG or --config names"):format(path))
end

--- Refuses what no line of a file can hold, and all that is like it.
local function check(what, text)
  if text:find "%c" then
    errors.raise("usage", ("%s has a control character: %s"):format(what, require("lash.output").visible(text)),
      { hint = "no timer and no crontab could name it" })
  end
end

--- The command of a job, for this user and lash, as things are now.
---@param script string  its real path
---@return lash.job.Command
function M.of(script)
  local values = {
    LASH_CONFIG = config_file(),
    LASH_PATH = sys.getenv "LASH_PATH",
    XDG_CONFIG_HOME = base(xdg.config(), ".config"),
    XDG_STATE_HOME = base(xdg.state(), ".local/state"),
  }
  local command = { program = M.program(), script = script, variables = {} }
  check("the path of lash", command.program)
  check("the path of the script", script)
  for _, name in ipairs { "LASH_CONFIG", "LASH_PATH", "XDG_CONFIG_HOME", "XDG_STATE_HOME" } do
    local value = values[name]
    if value and value ~= "" then
      check("$" .. name, value)
      table.insert(command.variables, { name, value })
    end
  end
  return command
end

local PLAIN = "[%w_/.,:=+@-]" -- what no shell takes for anything else

--- A word for any shell, and any cron: no backslash stands before anything but a
-- quote, for crons do not agree what becomes of others.
local function quoted(word)
  if word:find("^" .. PLAIN .. "+$") then return word end
  return "'" .. word:gsub("['\\]", { ["'"] = "'\\''", ["\\"] = "\\''" }) .. "'"
end

--- The command as a shell takes it.
---@param command lash.job.Command
---@return string
function M.shell(command)
  local words = {}
  for i, variable in ipairs(command.variables) do words[i] = variable[1] .. "=" .. quoted(variable[2]) end
  for _, word in ipairs { command.program, "job", "run", command.script } do words[#words + 1] = quoted(word) end
  return table.concat(words, " ")
end

--- The words of a text that `shell` has made; nil when it is none.
local function split(text)
  local words, at = {}, 1
  while at <= #text do
    local parts = {}
    while at <= #text and text:sub(at, at) ~= " " do
      local inside, plain = text:match("^'([^']*)'", at), text:match("^" .. PLAIN .. "+", at)
      if inside then
        parts[#parts + 1], at = inside, at + #inside + 2
      elseif plain then
        parts[#parts + 1], at = plain, at + #plain
      elseif text:find("^\\'", at) then
        parts[#parts + 1], at = "'", at + 2
      else
        return nil
      end
    end
    words[#words + 1] = table.concat(parts)
    at = at + 1
  end
  return words
end

--- Reads what `shell` has written; nil when it did not.
---@param text string
---@return lash.job.Command?
function M.read(text)
  local words, variables = split(text), {}
  local i = 1
  while words and words[i] do
    local name, value = words[i]:match "^([%a_][%w_]*)=(.*)$"
    if not name then break end
    variables[i], i = { name, value }, i + 1
  end
  if not words or #words ~= i + 3 or words[i + 1] ~= "job" or words[i + 2] ~= "run" then return nil end
  return { program = words[i], script = words[i + 3], variables = variables }
end

--- Do two commands mean the same?
---@param a lash.job.Command
---@param b lash.job.Command
---@return boolean
function M.equal(a, b) return M.shell(a) == M.shell(b) end

--- Will the path of lash go away before the job does? Why.
---@param program string
---@return string?
function M.doubt(program)
  if program:find "^/tmp/" or program:find "^/var/tmp/" or program:find "^/dev/shm/" then
    return program .. " is in a temporary folder"
  elseif sys.stat(program:match "^(.*)/" .. "/CMakeCache.txt") then
    return program .. " is in a build folder"
  end
end

return M
