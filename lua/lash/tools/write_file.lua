--- write_file: makes a file, or replaces its content.
local file = require "lash.tool.file"
local place = require "lash.core.place"
local private = require "lash.private"

return {
  name = "write_file",
  about = "Write a file: makes it, with the folders that are missing, or replaces all that was in it.",
  params = [[
    path: string
    content: string
  ]],
  run = function(path, content, ctx)
    local real, message = ctx.guard:path("write", "write_file", path, content)
    if not real then return nil, message end
    local old = private.is_named(real) and place.read(real, file.LIMIT)
    if old and private.is_configuration(real, old) then return nil, private.refusal(real) end
    local ok
    ok, message = place.write(real, content)
    if not ok then return nil, message end
    return ("wrote %d bytes to %s"):format(#content, real)
  end,
}
