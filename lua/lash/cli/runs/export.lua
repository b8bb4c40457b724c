--- lash runs export ID FILE: all of a run in one file.
local archive = require "lash.cli.runs.archive"
local errors = require "lash.errors"
local find = require "lash.cli.runs.find"
local output = require "lash.output"
local sys = require "lash.core.sys"

local M = {}

M.options = {}

local PRIVATE_FILE = 384 -- 0600
local AT_ONCE = 1 << 20 -- bytes

local NOT_CREATED = { missing = true, permission = true, readonly = true }

--- Writes a file that has all, or is not there.
local function to_file(row, path)
  if sys.stat(path) then
    errors.raise("output", ("%s is there already"):format(path), { hint = "take another name; - is standard output" })
  end
  local draft = ("%s.%s"):format(path, sys.random_id())
  local _remove <close> = setmetatable({}, { __close = function() os.remove(draft) end })
  local lines, size, began = {}, 0, false
  local function leave()
    local ok, message, code = sys.append(draft, table.concat(lines), PRIVATE_FILE)
    if not ok then
      errors.raise((began or not NOT_CREATED[code]) and "io" or "output", (message:gsub(draft, path, 1)))
    end
    lines, size, began = {}, 0, true
  end
  archive.write(row, function(line)
    lines[#lines + 1], size = line, size + #line
    if size >= AT_ONCE then leave() end
  end)
  leave()
  local ok, message = os.rename(draft, path)
  if not ok then errors.raise("output", "cannot write " .. message) end
end

---@param found table  options and words
---@return integer exit
function M.run(found)
  local row, path = find.run(found.words[1]), found.words[2]
  local _lock <close> = find.lock(row)
  if path == "-" then archive.write(row, output.write) else to_file(row, path) end
  return 0
end

return M
