--- What was typed as a prompt, in a chat or in the words of `lash ask`: `@FILE` adds a
-- file, an image too; `@@x` is @x. What was pasted adds none.
local output = require "lash.output"
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
local function is_folder(name) return is_a("directory", name) end

--- What a word may mean: itself, or without marks at its end. The first name that is one.
local function find_name(word, is_one)
  for _ = 0, MOST_MARKS do
    if word == "" then return nil end
    if is_one(word) then return word end
    if not word:find("%p", -1) then return nil end
    word = word:sub(1, -2)
  end
end

--- The file that a word means: `@x.lua,` is x.lua, unless there is one with the comma.
---@param word string  without its @
---@return string? name
function M.file_of(word) return find_name(word, is_file) end

local BEFORE = "([%s(%[{])" -- an @ that may name a file
local QUOTED, PLAIN = BEFORE .. '(@+)("[^"\n]+")', BEFORE .. '(@+)([^%s"@]%S*)'

--- A prompt into which this was pasted: words of that behind an @ stand for themselves there,
--- as `@@x` does. Commands are what they are, but for a prompt that is to be edited.
---@param text string
---@param pasted string
---@return string
function M.as_pasted(text, pasted)
  local is_prompt = text:find "^[^!/]" or text:find "^/edit%f[%s]" or text:find "^/[^%s/]+/"
  if not is_prompt then return text end
  local names = {}
  local function add(_, _, word) find_name(word, function(name) names[name] = true end) end
  local function is_pasted(name) return names[name] end
  local function escape(before, marks, word)
    return find_name(word, is_pasted) and before .. marks .. "@" .. word or nil
  end
  local spaced = " " .. pasted
  for _, pattern in ipairs { QUOTED, PLAIN } do spaced:gsub(pattern, add) end
  if not next(names) then return text end
  return ((" " .. text):gsub(QUOTED, escape):gsub(PLAIN, escape):sub(2))
end

--- What a person is told of a file that was added.
---@param name string
---@return string
function M.added(name)
  local stat = sys.stat(M.path(name))
  local size = stat and stat.type == "file" and (" (%s)"):format(output.size(stat.size)) or ""
  return ("added: %s%s"):format(output.exact(output.one_line(name)), size)
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
function M.kind_of(word) return find_name(word, is_folder) and "a folder" or "no file" end

--- The prompt as a session takes it, the words behind an @ that look like a
-- file, but are none, and the names of the files that it adds.
---@param text string
---@param more? table  parts to be added: { image = … }
---@return table prompt
---@return string[] missing  folders, too
---@return string[] added
function M.prompt(text, more)
  local parts, missing, added, seen = {}, {}, {}, {}
  local function take(name, word)
    if name and not seen[name] then
      seen[name] = true
      added[#added + 1] = name
      table.insert(parts, require("lash.prompt").part(M.path(name)))
    elseif not name and word then
      missing[#missing + 1] = find_name(word, is_folder) or word:find "[./]" and word or nil
    end
  end
  local spaced = " " .. text
  -- In brackets it may as well be code: what is no file is not spoken of.
  local function named(before, word) return before:find "%s" and word or nil end
  for before, quoted in spaced:gmatch(BEFORE .. '@"([^"\n]+)"') do
    take(is_file(quoted) and quoted or nil, named(before, quoted))
  end
  for before, word in spaced:gmatch(BEFORE .. '@([^%s"@]%S*)') do take(M.file_of(word), named(before, word)) end
  table.insert(parts, 1, (spaced:gsub(BEFORE .. "@(@+[^%s@])", "%1%2"):sub(2))) -- "@@ -1,3" is of a diff
  for _, part in ipairs(more or {}) do table.insert(parts, part) end
  return parts, missing, added
end

return M
