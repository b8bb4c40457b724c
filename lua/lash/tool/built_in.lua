--- The tools that lash has itself, by name: each is a file of lash/tools.
local errors = require "lash.errors"

local NAMES = { "edit_file", "fetch", "grep", "list_files", "read_file", "shell", "write_file" }

--- What `lash.tool` is given for one of them.
---@param name string
---@return table spec
return function(name)
  for _, known in ipairs(NAMES) do
    if known == name then return require("lash.tools." .. name) end
  end
  local near = errors.nearest(name, NAMES)
  errors.raise("usage", ("there is no built-in tool '%s'"):format(name),
    { hint = near and ("did you mean '%s'?"):format(near) or "there are: " .. table.concat(NAMES, ", ") })
end
