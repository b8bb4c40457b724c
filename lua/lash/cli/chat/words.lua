--- What was typed as a prompt: `@FILE` adds a file, an image too; `@@` is an @.
local sys = require "lash.core.sys"

local M = {}

local IMAGES = { png = true, jpg = true, jpeg = true, gif = true, webp = true, bmp = true }

--- The path behind an @, with the home folder for `~/`.
---@param name string
---@return string
function M.path(name)
  local home = name:find "^~/" and sys.home()
  return home and home .. name:sub(2) or name
end

local function is_file(name)
  local stat = sys.stat(M.path(name))
  return stat ~= nil and stat.type == "file"
end

--- The file that a word means: `@x.lua,` is x.lua, unless there is one with the comma.
local function file_of(word)
  while word ~= "" do
    if is_file(word) then return word end
    local shorter = word:match "^(.-)[%p]$"
    if not shorter then return nil end
    word = shorter
  end
end

local function part_of(name)
  local path = M.path(name)
  if IMAGES[(name:match "%.(%w+)$" or ""):lower()] then return { image = path } end
  return { file = path }
end

--- The prompt as a session takes it, and the words behind an @ that look like a
-- file, but are none.
---@param text string
---@param more? table  parts to be added: { image = … }
---@return table prompt
---@return string[] missing
function M.prompt(text, more)
  local parts, missing, seen = {}, {}, {}
  local function take(name, word)
    if name and not seen[name] then
      seen[name] = true
      table.insert(parts, part_of(name))
    elseif not name and word:find "[./]" then
      missing[#missing + 1] = word
    end
  end
  local spaced = " " .. text
  for quoted in spaced:gmatch '%s@"([^"\n]+)"' do take(is_file(quoted) and quoted or nil, quoted) end
  for word in spaced:gmatch '%s@([^%s"@]%S*)' do take(file_of(word), word) end
  table.insert(parts, 1, (spaced:gsub("(%s)@@", "%1@"):sub(2)))
  for _, part in ipairs(more or {}) do table.insert(parts, part) end
  return parts, missing
end

return M
