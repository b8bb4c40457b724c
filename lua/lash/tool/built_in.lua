--- The tools that lash has itself, by name: each is a file of lash/tools.
local errors = require "lash.errors"
local spelling = require "lash.spelling"

local M = {}

M.names = { "edit_file", "fetch", "grep", "list_files", "read_file", "shell", "write_file" }

--- What `lash.tool` is given for one of them.
---@param name string
---@return table spec
function M.find(name)
  for _, known in ipairs(M.names) do
    if known == name then return require("lash.tools." .. name) end
  end
  local near = spelling.nearest(name, M.names)
  errors.raise("usage", ("there is no built-in tool '%s'"):format(name),
    { hint = near and ("did you mean '%s'?"):format(near) or "there are: " .. table.concat(M.names, ", ")
      .. "; tools of your own stand in a script" })
end

return M
