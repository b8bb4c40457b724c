--- read_file: lines of a text file.
local file = require "lash.tool.file"
local secrets = require "lash.secrets"

local MOST = 60000 -- bytes that are shown at a time

--- Lines `from` to `to` of a text, and how many there are.
local function cut(content, from, to)
  local lines, bytes, n, last = {}, 0, 0, nil
  for line in content:gmatch "([^\n]*\n?)" do
    if line == "" then break end
    n = n + 1
    if n >= from and n <= to and not last then
      bytes = bytes + #line
      if bytes > MOST and #lines > 0 then last = n - 1 else lines[#lines + 1] = line end
    end
  end
  return table.concat(lines), last or math.min(to, n), n
end

return {
  name = "read_file",
  about = "Read a text file, or some lines of it. A long file is shown in parts; a note says where it goes on.",
  params = [[
    path: string
    from?: integer  -- the first line; 1 by default
    to?: integer    -- the last line
  ]],
  readonly = true,
  run = function(path, from, to, ctx)
    if from and from < 1 or to and to < 1 then
      return nil, ("lines are counted from 1: there is none %d"):format(from and from < 1 and from or to)
    end
    local real, message = ctx.guard:path("read", "read_file", path)
    if not real then return nil, message end
    local content
    content, message = file.read(real)
    if not content then return nil, message end
    if content == "" then return "(the file is empty)" end
    from = from or 1
    local text, last, count = cut(content, from, to or math.maxinteger)
    if from > count then return nil, ("the file has only %d lines"):format(count) end
    if to and to < from then return nil, "'to' is before 'from'" end
    if last < count then
      text = ("%s%s[lines %d to %d of %d]"):format(text, text:sub(-1) == "\n" and "" or "\n", from, last, count)
    end
    return secrets.redact(text)
  end,
}
