--- The file of -o, found out about before anything is paid. A plain one is written when
-- the answer is there: a part of one never takes the place of a whole one, but stands
-- beside it, for it has been paid.
local errors = require "lash.errors"

local function check(path, ok, message)
  if not ok then errors.raise("io", ("cannot write %s: %s"):format(path, message)) end
  return ok
end

--- Replaces a plain file: readers see the old text or the new. In place where its folder
--- does not allow that.
local function replace(path, text)
  local place = require "lash.core.place"
  local real, message, code = place.real(path)
  local ok = false
  if real then ok, message, code = place.write(real, text) end
  if ok then return end
  if code ~= "permission" then errors.raise("io", message) end
  local file <close> = check(path, io.open(path, "w"))
  check(path, file:write(text))
  check(path, file:flush())
end

---@param path string
---@return { write: fun(text: string), keep: fun(), give_up: fun() }
return function(path)
  local stat = require("lash.core.sys").stat(path)
  local plain = not stat or stat.type == "file"
  local file, message = io.open(path, plain and "a" or "w")
  if not file then errors.raise("output", "cannot create " .. message) end
  if plain then file:close() end
  if not stat then os.remove(path) end
  local parts = {}
  return {
    write = function(text)
      if plain then parts[#parts + 1] = text else check(path, file:write(text)) end
    end,
    keep = function()
      if plain then return replace(path, table.concat(parts)) end
      check(path, file:close())
    end,
    --- The rest did not come.
    give_up = function()
      if not plain or #parts == 0 then return end
      local ok = pcall(replace, path .. ".part", table.concat(parts))
      if ok then require("lash.log").warn(("what came of the answer is in %s.part"):format(path)) end
    end,
  }
end
