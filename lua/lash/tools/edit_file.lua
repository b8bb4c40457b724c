--- edit_file: replaces one piece of a text file.
local file = require "lash.tool.file"
local place = require "lash.core.place"

--- How often a piece stands in a text; no more than two are looked for.
local function count(content, piece)
  local first, last = content:find(piece, 1, true)
  if not first then return 0 end
  return content:find(piece, first + 1, true) and 2 or 1, first, last
end

return {
  name = "edit_file",
  about = "Replace a piece of a text file. 'old' must be in the file exactly as given, white space too, and only once.",
  params = [[
    path: string
    old: string  -- the piece, with as many lines around it as make it the only one
    new: string  -- what takes its place
  ]],
  run = function(path, old, new, ctx)
    if old == "" then return nil, "'old' is empty; write_file makes a file" end
    if old == new then return nil, "'old' and 'new' are the same" end
    local change = ("- %s\n+ %s"):format((old:gsub("\n", "\n- ")), (new:gsub("\n", "\n+ ")))
    local real, message = ctx.guard:path("write", "edit_file", path, change)
    if not real then return nil, message end
    local content
    content, message = file.read(real)
    if not content then return nil, message end
    local n, first, last = count(content, old)
    if n == 0 then
      local crlf = content:find("\r\n", 1, true) and not old:find("\r\n", 1, true) and old:find("\n", 1, true)
      return nil, "'old' is not in the file" .. (crlf and "; its lines end with \\r\\n" or "")
    elseif n > 1 then
      return nil, "'old' is in the file more than once; give more of what is around it"
    end
    local ok
    ok, message = place.write(real, content:sub(1, first - 1) .. new .. content:sub(last + 1))
    if not ok then return nil, message end
    local line = select(2, content:sub(1, first - 1):gsub("\n", "")) + 1
    return ("replaced line %d of %s"):format(line, real)
  end,
}
