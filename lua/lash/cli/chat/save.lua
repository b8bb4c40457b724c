--- /save: a conversation as a file.
local errors = require "lash.errors"
local json = require "lash.core.json"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"
local words = require "lash.cli.chat.words"

-- The shell's way to make a file only where there is none; nobody else may read it.
local CREATE = 'umask 077; set -C; exec cat >"$1"'

local function text_of(content)
  if type(content) ~= "table" then return content or "" end
  local parts = {}
  for i, part in ipairs(content) do parts[i] = part.text or "(image)" end
  return table.concat(parts, "\n\n")
end

local function markdown(session)
  local lines = { "# " .. (session.id or "Conversation") }
  for _, message in ipairs(session.messages) do
    lines[#lines + 1] = ("## %s"):format(message.role)
    local text = text_of(message.content)
    if message.role == "tool" then text = require("lash.prompt").fenced(text) end
    if text ~= "" then lines[#lines + 1] = text end
    for _, call in ipairs(message.tool_calls or {}) do
      lines[#lines + 1] = ("`%s %s`"):format(call["function"].name, call["function"].arguments)
    end
  end
  return table.concat(lines, "\n\n") .. "\n"
end

--- Writes it; never over something that is there.
---@param session lash.Session
---@param name string
---@return string name
return function(session, name)
  local path = words.path(name)
  if sys.stat(path) then errors.raise("output", name .. " is there already", { hint = "another name, please" }) end
  local text = name:find "%.json$" and json.encode(secrets.redact_all(session.messages), 2) .. "\n"
    or secrets.redact(markdown(session))
  local res = require("lash.exec").exec { "/bin/sh", "-c", CREATE, "sh", path, stdin = text }
  if res.code ~= 0 then
    local reason = res.err:match "([^: \n][^:\n]*)\n*$" or "the shell failed"
    errors.raise("output", ("cannot write %s: %s"):format(name, reason))
  end
  return name
end
