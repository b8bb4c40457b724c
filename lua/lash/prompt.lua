--- A prompt as the content of a user message: a string, or a list of strings
-- and `{file=path}`.
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

local FILE_LIMIT = 4 << 20 -- bytes; more does not fit any context

---@param path string
---@return string
function M.file(path)
  local text, message, code = sys.read_file(path, FILE_LIMIT)
  if text then return ("File %s:\n```\n%s\n```"):format(path, text) end
  errors.raise(code == "missing" and "input" or "io", message)
end

---@param prompt string|table
---@return string content
function M.content(prompt)
  if type(prompt) == "string" then return prompt end
  if type(prompt) == "number" then return tostring(prompt) end
  if type(prompt) ~= "table" then
    errors.raise("usage", "a prompt is a string or a list, got " .. type(prompt),
      { hint = 'a list holds strings and { file = "path" }' })
  end
  local parts = {}
  for i, part in ipairs(prompt.file and { prompt } or prompt) do
    if type(part) == "string" then
      parts[i] = part
    elseif type(part) == "table" then
      errors.check_keys(("prompt[%d]"):format(i), part, { file = true })
      parts[i] = M.file(part.file)
    else
      errors.raise("usage", ("prompt[%d]: expected a string or a table, got %s"):format(i, type(part)))
    end
  end
  if #parts == 0 then errors.raise("usage", "the prompt is empty") end
  return table.concat(parts, "\n\n")
end

return M
