--- Reads .env files: KEY=value lines with quotes, `export` and comments.
--
-- Nothing is expanded inside a value: a `$` in a password is a `$`.
local errors = require "lash.errors"

local M = {}

local ESCAPES = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\", ['"'] = '"', ["$"] = "$" }

local function line_of(text, at) return select(2, text:sub(1, at - 1):gsub("\n", "")) + 1 end

--- A quoted value that begins at `at`; its content and the place after it.
local function quoted(text, at)
  local quote = text:sub(at, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find(quote == '"' and '["\\]' or "'", from)
    if not stop then return nil, "the quote is never closed" end
    parts[#parts + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == quote then return table.concat(parts), stop + 1 end
    local char = text:sub(stop + 1, stop + 1)
    parts[#parts + 1] = ESCAPES[char] or "\\" .. char
    from = stop + 2
  end
end

--- One assignment; key, value and the place after it, or nil and what is wrong.
local function assignment(text, at)
  local after_export = text:match("^export[ \t]+()", at)
  local key, equals = text:match("^([%a_][%w_]*)[ \t]*()=", after_export or at)
  if not key then return nil, "expected NAME=value" end
  local quote = text:match("^=[ \t]*()[\"']", equals)
  if not quote then
    local line = text:match("^=([^\n]*)", equals)
    -- A comment begins after white space: `a#b` is a value.
    return key, line:gsub("[ \t]#.*", ""):match "^%s*(.-)%s*$", equals + 1 + #line
  end
  local value, stop = quoted(text, quote)
  if not value then return nil, stop end
  local rest = text:match("^[ \t\r]*()\n", stop) or text:match("^[ \t\r]*()$", stop)
    or text:match("^[ \t]+#[^\n]*()", stop)
  if not rest then return nil, "text after the closing quote" end
  return key, value, rest
end

--- Parses the text of a .env file; the last of equal keys counts.
---@param text string
---@param name string  the file's name, for messages
---@return table<string, string>? values
---@return lash.Error? err  kind `config`; never shows a value
function M.parse(text, name)
  local values = {}
  local at = text:match "^\xEF\xBB\xBF()" or 1
  while true do
    at = text:match("^%s*()", at)
    if at > #text then return values end
    if text:find("^#", at) then
      at = text:match("^[^\n]*()", at)
    else
      local key, value, stop = assignment(text, at)
      if not key then
        return nil, errors.new("config", ("%s:%d: %s"):format(name, line_of(text, at), value))
      end
      values[key], at = value, stop
    end
  end
end

return M
