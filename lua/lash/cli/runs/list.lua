--- lash runs [NAME] [--state STATE] [--day DAY] [--limit N] [--json]
local errors = require "lash.errors"
local json = require "lash.core.json"
local output = require "lash.output"
local row_of = require "lash.cli.row"
local past = require "lash.store.list"
local shown = require "lash.cli.runs.shown"
local spelling = require "lash.spelling"
local sys = require "lash.core.sys"
local width = require("lash.core.markdown").width

local M = {}

local LIMIT = 50
local SHORTEST = 12 -- characters of an id: its time, and two that are random

--- When a day begins.
local function midnight(year, month, day) return os.time { year = year, month = month, day = day, hour = 0 } end

---@param text string
---@return integer since
---@return integer before
local function day(text)
  local year, month, number = text:match "^(%d%d%d%d)%-(%d%d?)%-(%d%d?)$"
  local now = os.date "*t"
  if text == "today" then
    year, month, number = now.year, now.month, now.day
  elseif text == "yesterday" then
    year, month, number = now.year, now.month, now.day - 1
  end
  local since = year and midnight(year, month, number)
  local found = since and os.date("*t", since)
  if not since or text:find "%d" and (found.month ~= tonumber(month) or found.day ~= tonumber(number)) then
    errors.raise("usage", ("--day: '%s' is no day"):format(text), { hint = "2026-11-29, today or yesterday" })
  end
  return since, midnight(year, month, number + 1)
end

local function state(text)
  for _, known in ipairs(shown.STATES) do
    if text == known then return text end
  end
  local near = spelling.nearest(text, shown.STATES)
  errors.raise("usage", ("--state: there is no state '%s'"):format(text),
    { hint = near and ("did you mean '%s'?"):format(near) or table.concat(shown.STATES, ", ") })
end

local function limit(text)
  local n = math.tointeger(tonumber(text))
  if n and n > 0 then return n end
  errors.raise("usage", ("--limit: expected an integer from 1, got '%s'"):format(text))
end

local function keep(key, convert)
  return function(found, value) found[key] = convert and convert(value) or value end
end

---@type table<string, lash.cli.Option>
M.options = {
  state = { value = "STATE", set = keep("state", state) },
  day = { value = "DAY", set = keep "day" },
  limit = { value = "N", set = keep("limit", limit) },
  json = { set = keep "json" },
}

--- The beginnings of the ids that tell the runs of a list apart.
---@param records table[]  latest first
---@return string[]
local function short_ids(records)
  local n = SHORTEST
  local list, seen
  repeat
    local same = false
    list, seen = {}, {}
    for i, record in ipairs(records) do
      list[i] = record.id:sub(1, n)
      same = same or seen[list[i]]
      seen[list[i]] = true
    end
    n = n + 1
  until not same
  return list
end

local HEAD = { "id", "when", "name", "state", "time", "cost", "error" }
local TO_THE_RIGHT = { time = true, cost = true }
local WIDEST = 32 -- columns of a name at a terminal

local function write_table(records)
  local ids, lines, widths = short_ids(records), { HEAD }, {}
  for i, r in ipairs(records) do
    local why = r.error and ("%s: %s"):format(r.error, r.message or "") or r.message or ""
    lines[i + 1] = { ids[i], shown.time(r.started), r.name, r.state, shown.duration(r.seconds),
      shown.cost { calls = r.calls, usd = r.usd, unpriced = r.unpriced, doubtful = r.possibly_paid.calls,
        doubtful_usd = r.possibly_paid.usd }, why }
  end
  for _, line in ipairs(lines) do
    for column, text in ipairs(line) do
      text = shown.one_line(text)
      if HEAD[column] == "name" and output.is_terminal(1) then
        text = require("lash.cli.chat.screen").cut(output.exact(text), WIDEST)
      end
      line[column] = text
      widths[column] = math.max(widths[column] or 0, width(text))
    end
  end
  for _, line in ipairs(lines) do
    local parts = {}
    for column, text in ipairs(line) do
      parts[column] = shown.pad(text, widths[column], TO_THE_RIGHT[HEAD[column]])
    end
    output.write_foreign(row_of((table.concat(parts, "  "):gsub(" +$", ""))) .. "\n")
  end
end

--- Nobody ran that: it may be a subcommand that was mistyped.
local function unknown_name(name, subcommands)
  local near = spelling.nearest(name, subcommands) or spelling.nearest(name, past.names())
  errors.raise("input", ("there is no run of '%s'"):format(name),
    { hint = near and ("did you mean '%s'?"):format(near) or "lash runs lists all" })
end

---@param found table  options and words
---@param subcommands string[]
---@return integer exit
function M.run(found, subcommands)
  local name = found.words[1]
  if #found.words > 1 then
    local near = spelling.nearest(name, subcommands)
    errors.raise("usage", ("lash runs: unknown subcommand '%s'"):format(name),
      { hint = near and ("did you mean '%s'?"):format(near) or "lash help runs" })
  end
  local filter = { name = name, script = name and (sys.realpath(name) or name), limit = found.limit or LIMIT }
  if found.day then filter.since, filter.before = day(found.day) end
  if name and not past.is_known(name, filter.script) then unknown_name(name, subcommands) end
  local wanted = found.state
  if wanted then filter.state = wanted == "crashed" and "running" or wanted end
  local records = {}
  past.each(filter, function(row)
    if wanted and shown.state(row) ~= wanted then return false end
    records[#records + 1] = shown.record(row)
    return #records >= filter.limit
  end)
  if not found.json then
    if #records > 0 then write_table(records) end
    return 0
  end
  for _, record in ipairs(records) do output.write_json(json.encode(record)) end
  return 0
end

return M
