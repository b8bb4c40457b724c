--- What was typed as a prompt: `@FILE` adds a file, an image too; `@@` is an @.
local sys = require "lash.core.sys"

local M = {}

local MOST_MARKS = 4 -- of punctuation behind the name of a file

local IMAGES = { png = true, jpg = true, jpeg = true, gif = true, webp = true, bmp = true }

--- The path behind an @, with the home folder for `~/`.
---@param name string
---@return string
function M.path(name)
  local home = name:find "^~/" and sys.home()
  return home and home .. name:sub(2) or name
end

--- Linear, where a pattern that ends with %s*$ is not.
---@param text string
---@return string
function M.trim_end(text) return text:match "^.*%S" or "" end

local function is_file(name)
  local stat = sys.stat(M.path(name))
  return stat ~= nil and stat.type == "file"
end

--- The file that a word means: `@x.lua,` is x.lua, unless there is one with the comma.
local function file_of(word)
  for _ = 0, MOST_MARKS do
    if word == "" then return nil end
    if is_file(word) then return word end
    if not word:find("%p", -1) then return nil end
    word = word:sub(1, -2)
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
