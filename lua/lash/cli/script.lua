--- Runs a script, or code from the command line.
local errors = require "lash.errors"
local script = require "lash.script"

local M = {}

local function set_arguments(name, words, i)
  arg = table.move(words, i, #words, 1, { [0] = name })
end

--- Runs a chunk with the arguments of `arg`, and what it returns when that is
-- something to run, a workflow; its exit status.
local function call(chunk, message)
  if not chunk then errors.raise("internal", message) end
  collectgarbage "restart" -- stopped while the program starts; see host.c
  local result = chunk(table.unpack(arg))
  local meta = type(result) == "table" and getmetatable(result)
  if type(meta) == "table" and meta.__run then
    meta.__run(result, arg)
    return 0
  end
  for _, module in ipairs { "lash.job", "lash.workflow" } do
    local made = package.loaded[module] and package.loaded[module].made
    local text = "%s was made, but is not what the script returns: it has not run"
    if made then require("lash.log").warn(text:format(tostring(made))) end
  end
  return 0
end

--- lash SCRIPT.lua [ARG…]
---@param path string
---@param words string[]
---@param i integer  the first argument
---@return integer exit
function M.file(path, words, i)
  set_arguments(path, words, i)
  return call(script.open(path))
end

--- lash -i without a script: what code may require.
function M.prepare(words, i)
  script.set_path(nil)
  set_arguments("-i", words, i)
end

--- lash - [ARG…]: the script comes from standard input.
function M.stdin(words, i)
  script.set_path(nil)
  set_arguments("-", words, i)
  local text = io.stdin:read "a" or ""
  require("lash.doc").sources["=stdin"] = text
  return call(load(text:gsub("^#[^\n]*", ""), "=stdin", "t"))
end

--- lash -e CODE [ARG…]
function M.code(code, words, i)
  script.set_path(nil)
  set_arguments("-e", words, i)
  setmetatable(_G, { __index = function(_, name)
    if name ~= "lash" then return nil end
    setmetatable(_G, nil)
    lash = require "lash"
    require("lash.doc").sources["=(command line)"] = code
    return lash
  end })
  return call(load(code, "=(command line)", "t"))
end

return M
