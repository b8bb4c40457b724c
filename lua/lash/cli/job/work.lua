--- lash job work FILE: an attempt at the work of a job; what `lash job run` starts for it.
-- Standard input says what it is about, then it is empty.
local context = require "lash.context"
local errors = require "lash.errors"
local json = require "lash.core.json"

---@param argv string[]
---@return integer exit
return function(argv)
  local info = json.decode(io.stdin:read "a" or "")
  if type(info) ~= "table" or type(info.report) ~= "string" or #argv ~= 1 then
    errors.raise("usage", "lash job work: only `lash job run` calls it", { hint = "lash job run FILE" })
  end
  context.job, context.words = info, info.words
  require("lash.core.interrupt").untold()
  if info.log then require("lash.output").keep_tail() end
  return require("lash.cli.script").file(argv[1], {}, 1)
end
