--- lash runs: what was done, what it cost, and what waits; a subcommand a file.
local errors = require "lash.errors"
local options = require "lash.cli.options"

---@class lash.cli.runs.Subcommand
---@field options table<string, lash.cli.Option>
---@field run async fun(found: table, more: any): integer

--- What they take: how many words, and which.
local SUBCOMMANDS = {
  show = { 1, 1, "show ID [-v] [--json]" },
  approve = { 2, 3, "approve ID yes|no [KEY]" },
  resume = { 1, 1, "resume ID [--accept-changes]" },
  rm = { 1, math.huge, "rm ID…" },
  export = { 2, 2, "export ID FILE" },
  import = { 1, 1, "import FILE" },
}
local LIST = { 0, math.huge, "[NAME] [--state STATE] [--day DAY] [--limit N] [--json]" }

local function names()
  local list = {}
  for name in pairs(SUBCOMMANDS) do list[#list + 1] = name end
  table.sort(list)
  return list
end

---@param argv string[]
---@param carry_out async fun(words: string[]): integer  does what a command line asks for
---@return integer exit
return function(argv, carry_out)
  local name = SUBCOMMANDS[argv[1]] and argv[1] or nil
  local command = require("lash.cli.runs." .. (name or "list")) ---@type lash.cli.runs.Subcommand
  local known = { help = { set = function(found) found.help = true end } }
  for key, option in pairs(command.options) do known[key] = option end
  local found = { words = {} }
  options.read(argv, name and 2 or 1, known, found, true)
  if found.problem then error(found.problem, 0) end
  if found.help then return require "lash.cli.help" { "runs" } end
  local usage = name and SUBCOMMANDS[name] or LIST
  if #found.words < usage[1] or #found.words > usage[2] then
    errors.raise("usage", ("lash runs %s: %s"):format(name, #found.words < usage[1] and "something is missing"
      or ("'%s' is one word too many"):format(found.words[usage[2] + 1])), { hint = "usage: lash runs " .. usage[3] })
  end
  require("lash.journal.absorb").all()
  return command.run(found, name and carry_out or names())
end
