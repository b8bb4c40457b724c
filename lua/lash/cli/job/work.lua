--- lash job work FILE: an attempt at the work of a job; what `lash job run` starts for it.
-- Standard input says what it is about, then it is empty.
local context = require "lash.context"
local errors = require "lash.errors"
local json = require "lash.core.json"
local sys = require "lash.core.sys"

---@param argv string[]
---@return integer exit
return function(argv)
  local info = json.decode(io.stdin:read "a" or "")
  if type(info) ~= "table" or not math.tointeger(info.attempt) or #argv ~= 1 then
    errors.raise("usage", "lash job work: only `lash job run` calls it", { hint = "lash job run FILE" })
  end
  sys.leave_stdin()
  local words = table.move(context.words, 1, #context.words - 3, 1, {}) -- with which a person does it again
  table.move({ argv[1], "--due=" .. info.time }, 1, 2, #words + 1, words)
  context.job, context.words = info, words
  require("lash.core.interrupt").untold()
  if info.log then require("lash.output").keep_tail() end
  return require("lash.cli.script").file(argv[1], {}, 1)
end
