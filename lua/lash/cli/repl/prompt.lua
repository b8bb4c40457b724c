--- A Lua prompt: code is run as it is typed, and what an expression gives is printed.
local context = require "lash.context"
local errors = require "lash.errors"
local output = require "lash.output"
local in_foreground = require "lash.sched.foreground"

local M = {}

local PROMPT, CHUNK = "lua> ", "=(lua)"
local INTERRUPTED = 130

--- The code as a function: an expression, else statements.
---@return function|nil
---@return string? message
local function compile(code)
  code = code:gsub("^%s*=", "return ", 1)
  local chunk = load("return " .. code, CHUNK, "t")
  if chunk then return chunk end
  return load(code, CHUNK, "t")
end

--- Does more have to follow?
local function unfinished(code)
  local chunk, message = compile(code)
  return not chunk and message:find "<eof>'?$" ~= nil
end

--- Lets code use these names, and `lash`, without require.
local function set_names(environment)
  for name, value in pairs(environment) do rawset(_G, name, value) end
  if rawget(_G, "lash") == nil then rawset(_G, "lash", require "lash") end
end

--- Runs code and prints what it gives; raises what it raises.
---@async
---@param code string
---@param environment table<string, any>  global names
function M.run(code, environment)
  set_names(environment)
  require("lash.doc").sources[CHUNK] = code
  local chunk, message = compile(code)
  if not chunk then errors.raise("internal", message) end
  local results = table.pack(chunk())
  local shown = {}
  for i = 1, results.n do shown[i] = require "lash.cli.repl.show"(results[i]) end
  if results.n > 0 then print(output.visible(table.concat(shown, "\t"))) end
  io.stdout:flush()
end

--- The fields of a table, without calling code of others: of ours, too, what is not
-- loaded yet.
local function fields(value)
  if value == require "lash" then return pairs(value) end
  return next, type(value) == "table" and value or {}
end

--- The name before the cursor, and what it may become: fields of tables by their
-- path, global names.
local function complete(before)
  local path, word = before:match "([%a_][%w_%.:]*[%.:])([%w_]*)$"
  if not path then path, word = "", before:match "([%a_][%w_]*)$" or "" end
  local value = _G
  for name in path:gmatch "[%w_]+" do
    local found
    for key, field in fields(value) do
      if key == name then found = field end
    end
    value = found
  end
  local names = {}
  for name in fields(value) do
    if type(name) == "string" and name:find "^[%a_][%w_]*$" and name:sub(1, #word) == word then
      names[#names + 1] = path .. name
    end
  end
  table.sort(names)
  return path .. word, names
end

--- Reads and runs code until there is no more. The status is that of the last code
-- where nobody looks on, 130 when Ctrl-C was pressed twice.
---@async
---@param environment table<string, any>
---@return integer exit
function M.open(environment)
  local reader <close> = require("lash.cli.line").new { history = "lua_history", complete = complete,
    unfinished = unfinished }
  local exit, stopped = 0, false
  set_names(environment)
  if reader.at_terminal and not context.quiet then output.write "Lua: expressions are printed; Ctrl-D leaves\n" end
  while true do
    local ok, code = in_foreground(reader.read, reader, PROMPT)
    if ok and not code then return reader.at_terminal and 0 or exit end
    local err = not ok and code
    if ok and code:find "%S" then
      ok, err = in_foreground(M.run, code, environment)
      exit = ok and 0 or exit
    elseif not ok and stopped and reader.left == "" then
      return INTERRUPTED
    end
    stopped = not ok and errors.is(err) and err.signal == "SIGINT"
    if stopped and not reader.at_terminal then error(err, 0) end
    if stopped and code ~= err then output.write "\n" end -- behind ^C
    if not ok and not stopped then
      local lines, known = require "lash.cli.complaint"(err)
      io.stdout:flush()
      output.note(lines)
      exit = known.exit
    end
  end
end

return M
