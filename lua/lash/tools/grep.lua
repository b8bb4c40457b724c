--- grep: lines that match a pattern. Ripgrep searches where it is installed.
local errors = require "lash.errors"
local file = require "lash.tool.file"
local loop = require "lash.core.loop"
local place = require "lash.core.place"
local private = require "lash.private"
local regex = require "lash.core.regex"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local MOST_LINES = 200
local LONGEST_LINE = 300 -- bytes of it that are shown
local WIDE = 8192 -- bytes of it in which secrets are looked for, lest half of one is shown
local LONGEST_PATTERN = 1000
local SECONDS = 20
local MOST_ENTRIES = 100000
local MOST_WORK = 50000000 -- steps in one file: about half a second
local RG_OUTPUT = 4 << 20

---@class lash.tool.Found
---@field lines string[]
---@field name string  of the file, or what goes before those of a folder: other tools shall find them
---@field note? string  what was left out

local function shown(path, number, line)
  line = secrets.redact(line:sub(1, WIDE))
  if #line > LONGEST_LINE then line = line:sub(1, LONGEST_LINE):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…" end
  return ("%s:%d:%s"):format(path, number, line)
end

--- Adds a line; false when there are enough.
local function add(found, path, number, line)
  if #found.lines == MOST_LINES then
    found.note = ("only the first %d lines"):format(MOST_LINES)
    return false
  end
  table.insert(found.lines, shown(path, number, line))
  return true
end

--- What names of files begin with below a folder, as grep and ripgrep have it.
local function prefix(folder) return folder == "." and "" or folder:gsub("/*$", "/", 1) end

--- Searches the content of a file; false when there are enough lines.
local function search_content(found, pattern, path, content)
  local re <close> = assert(regex.new(pattern, MOST_WORK))
  local number, at = 0, 1
  while true do
    local skipped, first, last = re:next(content, at)
    if skipped == false then found.note = path .. " took too long and was left: a simpler pattern helps" end
    if not skipped then return true end
    number, at = number + skipped + 1, last + 2
    if not add(found, path, number, content:sub(first, last)) then return false end
  end
end

--- Searches by itself. What cannot be read in a folder is passed over.
local function search(found, guard, pattern, real, content)
  local re, message = regex.new(pattern, MOST_WORK)
  if not re then return message end
  re:close()
  if content then
    search_content(found, pattern, found.name, content)
    return nil
  end
  local walk
  walk, message = file.walk(guard, real, true, MOST_ENTRIES)
  if not walk then return message end
  local deadline = loop.now() + SECONDS
  for entry in walk do
    if loop.now() > deadline then
      found.note = ("only what %d s were enough for"):format(SECONDS)
      return nil
    end
    local text = entry.kind == "file" and file.read(entry.real)
    if text and not search_content(found, pattern, found.name .. entry.path, text) then return nil end
  end
  if walk.cut then found.note = ("only the first %d files and folders"):format(MOST_ENTRIES) end
end

--- Is a program where a command of a model, or anybody, may have written it?
local function is_untrusted(real)
  for _, folder in ipairs { sys.cwd() or "/", sys.getenv "TMPDIR" or "/tmp", "/tmp", "/var/tmp", "/dev/shm" } do
    if private.is_within(real, sys.realpath(folder) or folder) then return true end
  end
end

--- Where ripgrep is; nil: nowhere.
local function ripgrep()
  for folder in (sys.getenv "PATH" or ""):gmatch "[^:]+" do
    local real = folder:find "^/" and sys.realpath(folder .. "/rg")
    local stat = real and sys.stat(real)
    if stat and stat.type == "file" and not is_untrusted(real) then return real end
  end
end

--- Path, number and text of each line of ripgrep's output; what was cut in its
-- middle has lines that are none.
local function matches(text)
  local from = 1
  return function()
    while from <= #text do
      local stop = text:find("\n", from, true) or #text + 1
      local line = text:sub(from, stop - 1)
      from = stop + 1
      local zero = line:find("\0", 1, true)
      local number, rest = line:match("^(%d+):(.*)$", zero and zero + 1 or #line + 1)
      if number then return line:sub(1, zero - 1), number, rest end
    end
  end
end

--- Runs ripgrep on a content, or in a folder, to which it is confined and in which
-- it sees no secrets' files. False when that cannot be made.
local function run_ripgrep(rg, guard, pattern, real, content)
  local confine = require "lash.confine"
  local options = require("lash.exec").options({ cwd = content and "/" or real, stdin = content, timeout = SECONDS,
    max_output = RG_OUTPUT, env = confine.environment "/nonexistent" }, "grep")
  options.real_cwd = true -- "." is what was allowed, though a link may be there by now
  if guard.confined then
    options.sandbox = content and confine.sandbox({ rg }, {}) or confine.sandbox({ rg, "." }, {}, real)
  end
  local argv = { rg, "--no-config", "--no-messages", "--color=never", "--no-heading",
    "--with-filename", "--line-number", "--null", "--hidden", "--glob=!.git", "--sort=path",
    "--max-columns=" .. WIDE, "--max-columns-preview",
    "--max-count=" .. MOST_LINES + 1, "--regexp=" .. pattern, "--", content and "-" or "." }
  local ran, record = pcall(require("lash.exec.run").run, argv, options)
  if ran then return record end
  if errors.is(record) and record.kind == "process" then return false end
  error(record, 0)
end

--- Has ripgrep search; false when it cannot. It leaves out what .gitignore names.
local function search_with(rg, found, guard, pattern, real, content)
  local record = run_ripgrep(rg, guard, pattern, real, content)
  if not record then return false end
  if record.code > 1 and record.out == "" and not record.timed_out then
    return record.err ~= "" and record.err or ("rg ended with status %d"):format(record.code)
  end
  if record.truncated then found.note = "there were too many lines" end
  if record.timed_out then found.note = ("only what %d s were enough for"):format(SECONDS) end
  for path, number, line in matches(record.out) do
    path = path:gsub("^%./", "")
    local whole = (real == "/" and "" or real) .. "/" .. path
    local hidden = not content and (guard:is_private(whole) or private.is_named(whole) and not file.read(whole))
    if not hidden and not add(found, content and found.name or found.name .. path, number, line) then return nil end
  end
end

return {
  name = "grep",
  about = "Search files for lines that match a regular expression; each is shown as path:line:text.",
  params = [[
    pattern: string       -- an extended regular expression: foo|bar, \bword\b, ^local; (?i) in front ignores case
    path?: string = "."   -- a file, or a folder with all below it
  ]],
  readonly = true,
  run = function(pattern, path, ctx)
    if pattern == "" or #pattern > LONGEST_PATTERN or pattern:find "[%z\n]" then
      return nil, ("the pattern must be one line of 1 to %d bytes"):format(LONGEST_PATTERN)
    end
    local real, message = ctx.guard:path("read", "grep", path)
    if not real then return nil, message end
    local stat = sys.stat(real)
    if not stat then return nil, select(2, place.read(real, 1)) end
    if stat.type ~= "file" and stat.type ~= "directory" then return nil, real .. " is neither a file nor a folder" end
    local content
    if stat.type == "file" then
      content, message = file.read(real)
      if not content then return nil, message end
    end
    local found = { lines = {}, name = content and path or prefix(path) } ---@type lash.tool.Found
    local rg = ripgrep()
    message = rg and search_with(rg, found, ctx.guard, pattern, real, content)
    if not rg or message == false then message = search(found, ctx.guard, pattern, real, content) end
    if message then return nil, message end
    local text = #found.lines > 0 and table.concat(found.lines, "\n") or "(no line matches)"
    return secrets.redact(found.note and ("%s\n[%s]"):format(text, found.note) or text)
  end,
}
