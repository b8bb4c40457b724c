--- The file of -o, found out about before anything is paid. A plain one is written when
-- the answer is there: a part of one never takes the place of a whole one, but stands
-- beside it, for it has been paid.
local errors = require "lash.errors"
local place = require "lash.core.place"
local sys = require "lash.core.sys"

local function refuse(path, message) errors.raise("output", ("cannot create %s: %s"):format(path, message)) end

--- Can a file be made there? Tried with one of a name that nobody else has.
local function try_folder(path, real)
  local trial = ("%s/.lash-%s"):format(real:match "^(.*)/", sys.random_id())
  local file, message = io.open(trial, "w")
  if not file then refuse(path, message:sub(#trial + 3)) end
  file:close()
  os.remove(trial)
end

--- Replaces a plain file: readers see the old text or the new. In place where its folder
--- does not allow that.
---@return true?
---@return string? message
local function replace(real, text)
  local ok, message, code = place.write(real, text)
  if not ok and code == "permission" then ok, message = place.overwrite(real, text) end
  return ok, message
end

--- Puts a text that has no other place where it can still be had; where that is.
---@return string?
local function rescue(path, text)
  local real = place.real(path .. ".part")
  if real and replace(real, text) then return ("in %s.part"):format(path) end
  return pcall(require("lash.output").write_foreign, text) and "on standard output" or nil
end

---@param path string
---@param real string
local function plain_file(path, real)
  local parts = {}
  return {
    write = function(text) parts[#parts + 1] = text end,
    keep = function()
      local text = table.concat(parts)
      local ok, message = replace(real, text)
      if ok then return end
      local where = text ~= "" and rescue(path, text)
      errors.raise("io", message, { hint = where and "the answer is " .. where })
    end,
    --- The rest did not come.
    give_up = function()
      local where = #parts > 0 and rescue(path, table.concat(parts))
      if where then require("lash.log").warn("what came of the answer is " .. where) end
    end,
  }
end

--- A pipe, a device: is written to as the answer comes.
local function other_file(path, file)
  local function check(ok, message)
    if not ok then errors.raise("io", ("cannot write %s: %s"):format(path, message)) end
  end
  return {
    write = function(text) check(file:write(text)) end,
    keep = function() check(file:close()) end,
    give_up = function() end,
  }
end

---@param path string
---@return { write: fun(text: string), keep: fun(), give_up: fun() }
return function(path)
  if path == "/dev/stderr" or path:find "^/dev/fd/%d+$" or path:find "^/proc/self/fd/%d+$" then
    local file, message = io.open(path, "a") -- it may be a file that others write, too
    if not file then errors.raise("output", "cannot create " .. message) end
    return other_file(path, file)
  end
  local stat = sys.stat(path)
  local plain = not stat or stat.type == "file"
  local real, problem
  if plain then real, problem = place.real(path) end
  if plain and not real then errors.raise("output", problem) end
  if plain and not stat then
    if path:sub(-1) == "/" then refuse(path, "it would be a folder") end
    try_folder(path, real)
  else
    local file, message = io.open(path, plain and "a" or "w")
    if not file then errors.raise("output", "cannot create " .. message) end
    if not plain then return other_file(path, file) end
    file:close()
  end
  return plain_file(path, real)
end
