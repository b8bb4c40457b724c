--- What helps who asks for something that the configuration does not have.
local spelling = require "lash.spelling"

---@param config lash.Config
---@param name string
---@param names string[]  what it has of the kind
---@return string hint
return function(config, name, names)
  local near = spelling.nearest(name, names)
  local ignored = config.notes[1]
  return near and ("did you mean '%s'?"):format(near)
    or ignored and ignored:find("config.json", 1, true) and ignored
    or #names > 0 and "known: " .. table.concat(names, ", ")
    or config.path and "that file names none" or "there is no config.json"
end
