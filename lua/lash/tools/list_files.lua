--- list_files: what is in a folder.
local file = require "lash.tool.file"
local glob = require "lash.glob"

local MOST_SHOWN = 1000
local MOST_SEEN = 50000
local LONGEST_GLOB = 500

local MARK = { folder = "/", link = "@", other = "?" }

--- A glob without a slash is for names, wherever they are.
local function matcher(pattern)
  if not pattern then return function() return true end end
  if #pattern > LONGEST_GLOB then return nil, "the glob is too long" end
  return glob.new(pattern:find("/", 1, true) and pattern or "**/" .. pattern)
end

return {
  name = "list_files",
  about = "List a folder; with a glob, all files and folders below it that match. A folder ends with /, a link with @.",
  params = [[
    path?: string = "."
    glob?: string  -- "*.lua" matches names anywhere below, "src/**/*.c" paths
  ]],
  readonly = true,
  run = function(path, pattern, ctx)
    local matches, message = matcher(pattern)
    if not matches then return nil, message end
    local real
    real, message = ctx.guard:path("read", "list_files", path)
    if not real then return nil, message end
    local walk
    walk, message = file.walk(ctx.guard, real, pattern ~= nil, MOST_SEEN)
    if not walk then return nil, message end
    local lines = {}
    for entry in walk do
      if matches(entry.path) then
        if #lines == MOST_SHOWN then
          lines[#lines + 1] = ("[only the first %d]"):format(MOST_SHOWN)
          break
        end
        lines[#lines + 1] = entry.path .. (MARK[entry.kind] or "")
      end
    end
    if walk.cut then lines[#lines + 1] = ("[there is more: only %d entries were looked at]"):format(MOST_SEEN) end
    if #lines == 0 then return pattern and "(nothing matches)" or "(the folder is empty)" end
    return table.concat(lines, "\n")
  end,
}
