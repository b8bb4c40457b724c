--- lash job: jobs of the system's scheduler; a subcommand a file.
local errors = require "lash.errors"
local spelling = require "lash.spelling"

local NAMES = { "install", "list", "next", "run", "uninstall", "verify" }

--- What lash calls itself for: never by a person.
local INTERNAL = { describe = true, work = true }

---@param argv string[]
---@param carry_out async fun(words: string[]): integer  does what a command line asks for
---@return integer exit
return function(argv, carry_out)
  local name = argv[1]
  local known = INTERNAL[name] or false
  for _, one in ipairs(NAMES) do known = known or one == name end
  if name == nil or name == "--help" or name == "-h" then
    if name then return require "lash.cli.help" { "job" } end
    errors.raise("usage", "lash job: what is to be done?", { hint = table.concat(NAMES, ", ") })
  elseif not known then
    local near = spelling.nearest(name, NAMES)
    errors.raise("usage", ("lash job: unknown subcommand '%s'"):format(name),
      { hint = near and ("did you mean '%s'?"):format(near) or table.concat(NAMES, ", ") })
  end
  return require("lash.cli.job." .. name)(table.move(argv, 2, #argv, 1, {}), carry_out)
end
