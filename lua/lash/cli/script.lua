--- Runs a script, or code from the command line.
local context = require "lash.context"
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

--- Modules of a script: its own folder, $LASH_PATH, the system's; never the
-- current folder.
local function set_path(folder)
  local more = os.getenv "LASH_PATH"
  local path = (more and more ~= "" and more .. ";" or "") .. package.path
  if folder then path = ("%s/?.lua;%s/?/init.lua;%s"):format(folder, folder, path) end
  package.path = path
end

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
  elseif package.loaded["lash.workflow"] and require("lash.workflow").made then
    require("lash.log").warn(("%s was made, but is not what the script returns: it has not run"):format(
      tostring(require("lash.workflow").made)))
  end
  return 0
end

--- lash SCRIPT.lua [ARG…]
---@param path string
---@param words string[]
---@param i integer  the first argument
---@return integer exit
function M.file(path, words, i)
  local real, message, code = sys.realpath(path)
  local stat = real and sys.stat(real)
  if stat and stat.type == "directory" then message, code, stat = path .. " is a folder", "missing", nil end
  if not stat then errors.raise("input", code == "missing" and message or "cannot read " .. path .. ": " .. message) end
  context.script_dir = real:match "^(.*)/[^/]*$"
  context.script = path
  set_path(context.script_dir)
  set_arguments(path, words, i)
  local file, why = io.open(real, "r")
  if not file then errors.raise("input", "cannot read " .. why) end
  file:close()
  return call(loadfile(path, "t"))
end

--- lash -i without a script: what code may require.
function M.prepare(words, i)
  set_path(nil)
  set_arguments("-i", words, i)
end

--- lash - [ARG…]: the script comes from standard input.
function M.stdin(words, i)
  set_path(nil)
  set_arguments("-", words, i)
  local text = io.stdin:read "a" or ""
  require("lash.doc").sources["=stdin"] = text
  return call(load(text:gsub("^#[^\n]*", ""), "=stdin", "t"))
end

--- lash -e CODE [ARG…]
function M.code(code, words, i)
  set_path(nil)
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
