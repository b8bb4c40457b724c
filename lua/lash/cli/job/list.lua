--- lash job list [--json] [FILE]: what is installed, when it comes, how it went last.
--
-- A script is read in a process of its own (describe.lua), as are its modules: one
-- script may not be what another one takes for its own.
local command = require "lash.job.command"
local errors = require "lash.errors"
local installed = require "lash.job.installed"
local json = require "lash.core.json"
local options = require "lash.cli.options"
local output = require "lash.output"
local run = require "lash.exec.run"
local shown = require "lash.cli.runs.shown"
local width = require("lash.core.markdown").width
local sys = require "lash.core.sys"

local SECONDS = 20 -- that reading a script may take

---@class lash.cli.job.Row
---@field name string
---@field schedule string
---@field next? number
---@field due? string  the same, for people
---@field where "crontab"|"systemd"
---@field script? string
---@field last? lash.job.Last
---@field problems string[]

--- Has an entry's script read.
---@async
---@return lash.cli.job.Answer
local function read(entry)
  if not entry.command or not sys.stat(entry.command.script) then return {} end
  local variables = {}
  for _, variable in ipairs(entry.command.variables) do variables[variable[1]] = variable[2] end
  local env = {}
  for name, value in pairs(sys.environ()) do
    if not variables[name] then env[#env + 1] = name .. "=" .. value end
  end
  for name, value in pairs(variables) do env[#env + 1] = name .. "=" .. value end
  local result = run.run({ "/proc/self/exe", "job", "describe", entry.kind, entry.name, command.shell(entry.command) },
    { env = env, timeout = SECONDS, max_output = 1 << 20 })
  local answer = json.decode(result.out:match "([^\n]*)\n*$")
  return type(answer) == "table" and answer or { problem = run.said(result) }
end

---@async
---@return lash.cli.job.Row
local function row_of(places, entry)
  local answer = read(entry)
  local problems = installed.flaws(places, entry, answer.described)
  if answer.problem and #problems == 0 then problems[1] = "its script cannot be read: " .. answer.problem end
  local described = answer.described or {}
  return { name = entry.name, schedule = described.schedule or entry.times, next = described.next,
    due = described.due, where = entry.kind, script = entry.command and entry.command.script,
    problems = json.array(problems), last = answer.last or installed.last(entry.name) }
end

local HEAD = { "name", "schedule", "next", "where", "last", "script" }

local function write_table(rows)
  local lines, widths = { HEAD }, {}
  for i, row in ipairs(rows) do
    local last = row.last and ("%s %s"):format(row.last.kind or row.last.exit, shown.time(row.last.started)) or "-"
    lines[i + 1] = { row.name, row.schedule, row.due or "-", row.where, last, row.script or "-" }
  end
  for _, line in ipairs(lines) do
    for column, text in ipairs(line) do
      line[column] = shown.one_line(text)
      widths[column] = math.max(widths[column] or 0, width(line[column]))
    end
  end
  for i, line in ipairs(lines) do
    for column, text in ipairs(line) do line[column] = shown.pad(text, widths[column]) end
    output.write_foreign((table.concat(line, "  "):gsub(" +$", "")) .. "\n")
    for _, problem in ipairs(i > 1 and rows[i - 1].problems or {}) do
      output.write_foreign(("  ! %s\n"):format(shown.one_line(problem)))
    end
  end
end

---@param argv string[]
---@return integer exit
return function(argv)
  local found = { words = {} }
  local function set(key) return { set = function(f) f[key] = true end } end
  options.read(argv, 1, { json = set "json", help = set "help" }, found, true)
  if found.problem then error(found.problem, 0) end
  if found.help then return require "lash.cli.help" { "job" } end
  if #found.words > 1 then
    errors.raise("usage", "lash job list: one file at a time", { hint = "usage: lash job list [--json] [FILE]" })
  end
  local path = found.words[1] and (sys.realpath(found.words[1]) or found.words[1])
  local places = installed.look()
  if places.refusal then require("lash.log").warn(places.refusal.message) end
  local rows = {}
  for i, entry in ipairs(path and places:of_script(path) or places.entries) do rows[i] = row_of(places, entry) end
  if path and #rows == 0 then
    errors.raise("input", ("no job of %s is installed"):format(path), { hint = "`lash job install` does that" })
  end
  if found.json then
    for _, row in ipairs(rows) do output.write_json(json.encode(row)) end
  elseif #rows > 0 then
    write_table(rows)
  end
  return 0
end
