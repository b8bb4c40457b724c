--- write_file: makes a file, or replaces its content.
local place = require "lash.core.place"

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
    local ok
    ok, message = place.write(real, content)
    if not ok then return nil, message end
    return ("wrote %d bytes to %s"):format(#content, real)
  end,
}
