--- What the Tab key can make of a word in a chat.
local commands = require "lash.cli.chat.commands"
local path_of = require("lash.cli.chat.words").path

local M = {}

--- Those that begin with the word, sorted.
local function beginning(word, names)
  local found = {}
  for _, name in ipairs(names) do
    if name:sub(1, #word) == word then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

--- Files and folders whose path begins so. A name with control characters is none
-- that could be typed.
---@param word string
---@return string[]
function M.files(word)
  local folder, name = word:match "^(.*/)([^/]*)$"
  folder, name = folder or "", name or word
  local real = require("lash.core.place").real(folder == "" and "." or path_of(folder))
  local entries = real and require("lash.core.place").list(real)
  local found = {}
  for entry, kind in pairs(entries or {}) do
    local hidden = entry:sub(1, 1) == "." and name:sub(1, 1) ~= "."
    if entry:sub(1, #name) == name and not hidden and not entry:find "%c" and utf8.len(entry) then
      local stat = kind ~= "directory" and require("lash.core.sys").stat(real .. "/" .. entry)
      local is_folder = kind == "directory" or stat and stat.type == "directory"
      found[#found + 1] = folder .. entry .. (is_folder and "/" or "")
    end
  end
  table.sort(found)
  return found
end

--- Files behind an @; a name with spaces is quoted.
local function mentioned(word)
  local name = word:match '^@"?(.*)$'
  local found = M.files(name)
  for i, path in ipairs(found) do
    local quoted = word:sub(2, 2) == '"' or path:find "%s"
    found[i] = quoted and ('@"%s%s'):format(path, path:find "/$" and "" or '"') or "@" .. path
  end
  return found
end

--- What a command takes.
local arguments = {
  model = function() return require("lash.models.names").real() end,
  tools = function() return { "none", table.unpack(commands.tools) } end,
  thinking = function() return { "show", "hide", "off", "low", "medium", "high" } end,
  sessions = function()
    local ids = {}
    for i, row in ipairs(require("lash.store.sessions").list()) do ids[i] = row.id end
    return ids
  end,
}

--- The word before the cursor, and what it may become.
---@param before string
---@return string word
---@return string[] candidates
function M.of(before)
  local word = before:match "^/%S*$"
  if word then
    local names = commands.names()
    for i, name in ipairs(names) do names[i] = "/" .. name end
    return word, beginning(word, names)
  end
  local name, last = before:match "^/(%a+)%s+.-(%S*)$"
  if name == "save" then return last, M.files(last) end
  if name and arguments[name] then return last, beginning(last, arguments[name]()) end
  word = before:match '%f[^%s\0](@"[^"]*)$' or before:match '%f[^%s\0](@[^%s"]*)$'
  if word then return word, mentioned(word) end
  if before:find "^!" then
    word = before:match "([^%s!]*)$"
    return word, M.files(word)
  end
  return "", {}
end

return M
