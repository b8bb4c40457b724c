--- /save: a conversation as a file.
local errors = require "lash.errors"
local json = require "lash.core.json"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"
local words = require "lash.cli.chat.words"

local PRIVATE = 384 -- 0600

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

--- Is there something of this name, if only a link that leads nowhere?
local function is_there(path)
  local place = require "lash.core.place"
  local folder, name = path:match "^(.-)([^/]*)$"
  local real = place.real(folder == "" and "." or folder)
  local entries = real and place.list(real)
  return sys.stat(path) ~= nil or entries and entries[name] ~= nil
end

--- Writes it, whole or not at all; never over something that is there.
---@param session lash.Session
---@param name string
---@return string name
return function(session, name)
  local path = words.path(name)
  if is_there(path) then errors.raise("output", name .. " is there already", { hint = "another name, please" }) end
  local text = name:find "%.json$" and json.encode(secrets.redact_all(session.messages), 2) .. "\n"
    or secrets.redact(markdown(session))
  local ok, message = sys.write_atomic(path, text, PRIVATE)
  if not ok then errors.raise("output", message) end
  return name
end
