--- What was typed as a prompt, in a chat or in the words of `lash ask`: `@FILE` adds a
-- file, an image too; `@@x` is @x.
local sys = require "lash.core.sys"

local M = {}

local MOST_MARKS = 4 -- of punctuation behind the name of a file

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

local function is_a(kind, name)
  local stat = sys.stat(M.path(name))
  return stat ~= nil and stat.type == kind
end

local function is_file(name) return is_a("file", name) end

--- The file that a word means: `@x.lua,` is x.lua, unless there is one with the comma.
---@param word string  without its @
---@param kind? "file"|"directory"
---@return string? name
function M.file_of(word, kind)
  for _ = 0, MOST_MARKS do
    if word == "" then return nil end
    if is_a(kind or "file", word) then return word end
    if not word:find("%p", -1) then return nil end
    word = word:sub(1, -2)
  end
end

--- The file that a whole word of the command line is; nil: it is a text with spaces, or
-- with files in it. Raises where it can be nothing but the name of a file, and there is none.
---@param name string  behind the @
---@return string? path
function M.named(name)
  local path = M.path(name)
  if sys.stat(path) then return path end
  if name:find '[%s"]' or M.file_of(name) then return nil end
  local _, message = sys.read_file(path, 1)
  local is_path = name:find "^[./~]" or name:find "%.%w+$"
  local hint = ("a word that begins with @ names a file; @@%s is the word itself"):format(name)
  require("lash.errors").raise("input", message, { hint = not is_path and hint or nil })
end

--- What a word behind an @ is that adds nothing.
---@param word string
---@return "a folder"|"no file"
function M.kind_of(word) return M.file_of(word, "directory") and "a folder" or "no file" end

--- The prompt as a session takes it, and the words behind an @ that look like a
-- file, but are none.
---@param text string
---@param more? table  parts to be added: { image = … }
---@return table prompt
---@return string[] missing  folders, too
function M.prompt(text, more)
  local parts, missing, seen = {}, {}, {}
  local function take(name, word)
    if name and not seen[name] then
      seen[name] = true
      table.insert(parts, require("lash.prompt").part(M.path(name)))
    elseif not name and word then
      missing[#missing + 1] = M.file_of(word, "directory") or word:find "[./]" and word or nil
    end
  end
  local spaced = " " .. text
  for quoted in spaced:gmatch '%s@"([^"\n]+)"' do take(is_file(quoted) and quoted or nil, quoted) end
  for word in spaced:gmatch '%s@([^%s"@]%S*)' do take(M.file_of(word), word) end
  -- In brackets it may as well be code: what is no file is not spoken of.
  for quoted in spaced:gmatch '[(%[{]@"([^"\n]+)"' do take(is_file(quoted) and quoted or nil) end
  for word in spaced:gmatch '[(%[{]@([^%s"@]%S*)' do take(M.file_of(word)) end
  table.insert(parts, 1, (spaced:gsub("(%s)@@([^%s@])", "%1@%2"):sub(2))) -- "@@ -1,3" is of a diff
  for _, part in ipairs(more or {}) do table.insert(parts, part) end
  return parts, missing
end

return M
