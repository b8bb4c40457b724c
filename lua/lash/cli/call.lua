--- A call of a tool as a person is told of it: what it is about comes first.
local json = require "lash.core.json"
local output = require "lash.output"

local M = {}

local LONGEST, SHORT = 1000, 200 -- bytes

--- Arguments that say what a call is about, the first that is there.
local SUBJECTS = { "command", "url", "pattern", "path" }

--- The agent among the tools of another whose event it is.
---@param ev table
---@return string
function M.whose(ev) return ev.parent and ev.agent and ev.agent .. ": " or "" end

--- `shell ls -l`, `write_file x.txt {"content":"…"}`
---@param ev table  a tool_call
---@return string
function M.text(ev)
  local arguments, subject = ev.arguments or "", nil
  if type(arguments) == "table" then
    local rest = {}
    for key, value in pairs(arguments) do rest[key] = value end
    for _, name in ipairs(SUBJECTS) do
      if not subject and type(rest[name]) == "string" and rest[name]:find "%S" then
        subject, rest[name] = rest[name], nil
      end
    end
    arguments = (not subject or next(rest)) and json.encode(rest) or nil
  end
  local words = { M.whose(ev) .. ev.name, subject }
  words[#words + 1] = arguments
  return output.shorten(table.concat(words, " "), LONGEST)
end

--- Why it failed, in short: of a command how it ended, not what it wrote first.
---@param content string  of a tool_result
---@return string
function M.failure(content)
  local text = content:gsub("^error: ", "")
  if text == "denied: the person said no" then return "you said no" end
  local status = text:match "%[exit status (%d+) after [%d.]+ s%]"
  if status then return "exit " .. status end
  return text:match "%[(ended by %w+) after [%d.]+ s%]" or text:match "%[(took too long and was ended) after"
    or output.shorten(text:match "^[^\n]*", SHORT)
end

return M
