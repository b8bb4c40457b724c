--- lash sessions [show ID | rm ID] [--json]: conversations that were kept.
local errors = require "lash.errors"
local json = require "lash.core.json"
local output = require "lash.output"
local row_of = require "lash.cli.row"
local sessions = require "lash.store.sessions"

local USAGE = "usage: lash sessions [show ID | rm ID] [--json]"
local COLUMNS = "%-24s  %-16s  %7s  %s"

local function write_json(value) output.write_json(json.encode(value)) end

local function shown_time(seconds) return os.date("%Y-%m-%d %H:%M", math.floor(seconds)) end

--- The text of a message's content; images are named.
local function text_of(content)
  if type(content) == "string" then return content end
  local parts = {}
  for i, part in ipairs(content) do parts[i] = part.text or "(image)" end
  return table.concat(parts, "\n")
end

local function record(row)
  return { id = row.id, agent = row.agent, parent = row.parent, created = row.created, used = row.used,
    prompts = row.prompts, first = row.first and text_of(json.decode(row.first).content) }
end

--- A session of the list as a line for people.
local function line_of(row)
  local r = record(row)
  return COLUMNS:format(r.id, shown_time(r.used), r.prompts, ((r.first or ""):gsub("%s+", " ")))
end

local function list(as_json)
  local rows = sessions.list()
  if not as_json and #rows > 0 then
    output.write(row_of(COLUMNS:format("id", "used", "prompts", "first prompt")) .. "\n")
  end
  for _, row in ipairs(rows) do
    if as_json then write_json(record(row)) else output.write_foreign(row_of(line_of(row)) .. "\n") end
  end
end

local function find(id)
  return sessions.find(id) or errors.raise("input", ("there is no session '%s'"):format(id),
    { hint = "lash sessions lists them" })
end

--- A message for people: who and when, the text, and what was called.
local function show_message(message, time)
  local lines = { ("# %s, %s"):format(message.role, shown_time(time)) }
  local text = text_of(message.content or "")
  if text ~= "" then lines[2] = text end
  for _, call in ipairs(message.tool_calls or {}) do
    lines[#lines + 1] = ("> %s %s"):format(call["function"].name, call["function"].arguments)
  end
  output.write_foreign(table.concat(lines, "\n") .. "\n\n")
end

local function show(id, as_json)
  for _, row in ipairs(sessions.messages(find(id).number)) do
    if row.undone == 0 then
      local message = json.decode(row.body)
      if as_json then
        message.time = row.time
        write_json(message)
      else
        show_message(message, row.time)
      end
    end
  end
end

local function remove(id)
  find(id)
  local lock <close> = require("lash.store").lock("session/" .. id)
  if not lock then errors.raise("locked", ("session '%s' is answering a prompt"):format(id)) end
  sessions.remove(id)
end

---@param argv string[]
---@return integer exit
local function main(argv)
  local words, as_json = {}, false
  for _, word in ipairs(argv) do
    if word == "--json" then as_json = true else words[#words + 1] = word end
  end
  local what, id = words[1], words[2]
  if not what then
    list(as_json)
  elseif (what == "show" or what == "rm") and #words == 2 then
    if id == "last" then id = sessions.latest() or id end
    if what == "show" then show(id, as_json) else remove(id) end
  else
    errors.raise("usage", "lash sessions: " .. (what:find "^%-" and "unknown option '" .. what .. "'"
      or "expected nothing, `show ID` or `rm ID`"), { hint = USAGE })
  end
  return 0
end

return setmetatable({ line = line_of, text_of = text_of }, { __call = function(_, argv) return main(argv) end })
