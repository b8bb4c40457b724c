--- lash [OPTION…] job run FILE: what the timer calls. Silent, unless the work prints or
-- fails; see job/tick.lua.
local context = require "lash.context"
local errors = require "lash.errors"

---@param argv string[]
---@return integer exit
return function(argv)
  if argv[1] == "--help" or argv[1] == "-h" then return require "lash.cli.help" { "job" } end
  if #argv ~= 1 then
    errors.raise("usage", "lash job run: " .. (#argv == 0 and "which file?" or "one file at a time"),
      { hint = "usage: lash job run FILE" })
  end
  if context.verify then return require "lash.cli.job.rehearse"(argv[1]) end
  local options = table.move(context.words, 1, #context.words - 3, 1, {}) -- before "job run FILE"
  local ok, job = xpcall(require "lash.job.load", errors.located, argv[1])
  if not ok then -- its name is not known, but that it failed is to be found
    pcall(require("lash.journal").begin_job, argv[1]:match "[^/]*$")
    error(job, 0)
  end
  context.speaker = job.name
  require("lash.job.tick").run(job, options)
  return 0
end
