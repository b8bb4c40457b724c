--- lash runs rm ID…: forgets runs.
local find = require "lash.cli.runs.find"
local keep = require "lash.journal.keep"

local M = {}

M.options = {}

--- All of them, or none when one is not there or has a process at work.
---@param found table  options and words
---@return integer exit
function M.run(found)
  local rows, seen = {}, {}
  for _, id in ipairs(found.words) do
    local row = find.run(id)
    find.check_idle(row)
    if not seen[row.id] then rows[#rows + 1] = row end
    seen[row.id] = true
  end
  for _, row in ipairs(rows) do
    if not keep.remove(row) then find.busy(row) end
  end
  return 0
end

return M
