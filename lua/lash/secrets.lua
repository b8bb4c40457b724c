--- Values that no output, log, record or error may show.
--
-- One registry for the process. Every text on its way out passes `redact`; the
-- values of environment variables with telling names are known from the start.
local json = require "lash.core.json"
local sys = require "lash.core.sys"

local M = {}

local SHORTEST = 6 -- shorter values would blank out ordinary words
local MASK = "[secret]"

local known = {} ---@type table<string, true>  values
local added = {} ---@type string[]  those whose texts are not made yet
local texts, made = {}, {} ---@type string[], table<string, true>  what values may stand as: a list, and a set
local starts, has_lines = "", false -- of the texts: first bytes, for a pattern; is there a line end?
local shortest, longest = math.huge, 0
local environment_read = false

--- The texts that a value may stand as in base64: by itself, with its padding and
-- without; and in a longer text, whose other characters the first and the last
-- digits depend on. There are three ways to stand in one.
local function base64(value, add)
  add((sys.base64(value):gsub("=+$", "")))
  for before = 0, 2 do
    add(sys.base64(("\0"):rep(before) .. value):sub(before > 0 and before + 2 or 1, 8 * (before + #value) // 6))
  end
end

local function percent(s, format)
  return (s:gsub("[^%w%-._~]", function(char) return format:format(char:byte()) end))
end

--- Registers a secret: as it is, trimmed, in JSON, base64 and percent-encoded. Values
--- of fewer than six characters are ignored. Returns the value.
---@param value string
---@return string
function M.add(value)
  if #value:match "^%s*(.-)%s*$" < SHORTEST or known[value] then return value end
  added[#added + 1] = value -- before it is known: there may be no memory for the one or the other
  known[value] = true
  return value
end

local function add_text(text)
  if made[text] then return end
  texts[#texts + 1] = text
  local start = text:sub(1, 1):gsub("%W", "%%%0")
  if not starts:find(start, 1, true) then starts = starts .. start end
  shortest, longest = math.min(shortest, #text), math.max(longest, #text)
  has_lines = has_lines or text:find("\n", 1, true) ~= nil
  made[text] = true -- at last: what failed before is done again
end

--- Makes the texts of a value.
local function make_texts(value)
  local trimmed = value:match "^%s*(.-)%s*$"
  add_text(assert(json.encode(value)):sub(2, -2))
  for _, form in ipairs(value == trimmed and { value } or { value, trimmed }) do
    add_text(form)
    base64(form, add_text)
    add_text(percent(form, "%%%02X"))
    add_text(percent(form, "%%%02x"))
  end
end

--- lash.secret(text): a script's own.
---@param text string
---@return string text
function M.secret(text)
  if type(text) ~= "string" then
    require("lash.errors").raise("usage", "lash.secret: expected a string, got " .. type(text))
  end
  return M.add(text)
end

--- Does the name of a variable say that its value is a secret?
---@param name string
---@return boolean
function M.is_name(name)
  local last = name:upper():match "_(%u+)$"
  return last == "KEY" or last == "TOKEN" or last == "SECRET" or last == "PASSWORD"
end

local function all_texts()
  if environment_read and #added == 0 then return texts end
  if not environment_read then
    for name, value in pairs(sys.environ()) do
      if M.is_name(name) then M.add(value) end
    end
    environment_read = true
  end
  while #added > 0 do -- one whose texts could not be made stays there
    make_texts(added[#added])
    added[#added] = nil
  end
  return texts
end

local NOTHING = {}

--- Where secrets stand in a text: a list of {first, last}, unsorted.
local function find_all(text)
  local list = all_texts()
  if #text < shortest then return NOTHING end -- most pieces of an answer
  local found = {}
  for _, secret in ipairs(list) do
    local first, last = text:find(secret, 1, true)
    while first do
      found[#found + 1] = { first, last }
      first, last = text:find(secret, last + 1, true)
    end
  end
  return found
end

--- The text behind its first bytes, which were given out, with a mask for every
-- secret that does not end there.
local function masked(text, given)
  local found = find_all(text)
  if #found == 0 then return given == 0 and text or text:sub(given + 1) end
  table.sort(found, function(a, b) return a[1] < b[1] end)
  local parts, from, hidden = {}, given + 1, 0 -- from: first character not yet dealt with
  for _, place in ipairs(found) do
    local first, last = place[1], place[2]
    if last > given then
      if first > hidden then parts[#parts + 1] = text:sub(from, first - 1) .. MASK end
      hidden = math.max(hidden, last) -- what overlaps shares one mask
      from = math.max(from, last + 1)
    end
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

--- Replaces every secret in a text by `[secret]`.
---@param text string
---@return string
function M.redact(text) return masked(text, 0) end

--- Is the text the beginning of a secret?
local function begins_secret(text)
  for _, secret in ipairs(all_texts()) do
    if #text < #secret and secret:sub(1, #text) == text then return true end
  end
  return false
end

--- Where the end of a text begins that may be the beginning of a secret; behind
-- the text when there is none.
local function doubtful(text)
  local from = #text + 1
  if #all_texts() == 0 or not has_lines and text:byte(-1) == 10 then return from end -- soon said of most
  local class = "[" .. starts .. "]"
  local at = text:find(class, math.max(1, from - longest + 1))
  while at and not begins_secret(text:sub(at)) do at = text:find(class, at + 1) end
  if not at then return from end
  from = at
  for _, place in ipairs(find_all(text)) do -- a whole secret is not cut
    if place[1] < from and place[2] >= from then from = place[1] end
  end
  return from
end

--- A redactor for a text that comes in pieces, wherever they are cut: it keeps
--- what may become a secret until that is decided. Without a piece, it gives
--- what it has kept. Of a secret whose beginning it gave, only the rest is masked.
---@param least? integer  bytes that are worth keeping; less is given at once
---@return fun(piece?: string): string
function M.redactor(least)
  local tail, given = "", 0 -- what may become a secret; how much of it was given out
  return function(piece)
    local text = tail .. (piece or "")
    local from = doubtful(text)
    local gives = not piece or #text - from + 1 < (least or 1)
    local out = masked(gives and text or text:sub(1, from - 1), given)
    tail, given = text:sub(from), math.max(0, (gives and #text or given) - from + 1)
    return out
  end
end

--- A deep copy with every string redacted, keys too; for records.
---@generic T
---@param value T
---@return T
function M.redact_all(value, copies)
  if type(value) == "string" then return M.redact(value) end
  if type(value) ~= "table" then return value end
  copies = copies or {}
  if copies[value] then return copies[value] end
  local copy = {}
  copies[value] = copy
  for k, v in next, value do copy[M.redact_all(k, copies)] = M.redact_all(v, copies) end
  local meta = getmetatable(value)
  return type(meta) == "table" and setmetatable(copy, meta) or copy
end

return M
