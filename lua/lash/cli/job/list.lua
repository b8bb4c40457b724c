--- lash job list [--json] [FILE]: what is installed, when it comes, how it went last.
--
-- A script is read in a process of its own, as are its modules: one script may not be
-- what another one takes for its own.
local errors = require "lash.errors"
local installed = require "lash.job.installed"
local json = require "lash.core.json"
local options = require "lash.cli.options"
local output = require "lash.output"
local run = require "lash.exec.run"
local schedule = require "lash.schedule"
local shown = require "lash.cli.runs.shown"
local states = require "lash.job.state"
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

--- What is known of an entry, `job` being nil where its script cannot be read.
---@param problem? string
local function row_of(places, entry, job, problem)
  local due = job and job.schedule:next(math.floor(sys.wall()))
  local problems = installed.flaws(places, entry, job)
  if problem and #problems == 0 then problems[1] = "its script cannot be read: " .. problem end
  local ok, state = pcall(states.read, entry.name)
  return { name = entry.name, schedule = job and job.schedule.text or entry.times, next = due,
    due = due and schedule.format(due, job.schedule.zone), where = entry.kind,
    script = entry.command and entry.command.script, problems = json.array(problems),
    last = ok and state.last.started > 0 and state.last or nil }
end

--- The rows of one script, read in this process.
local function rows_of_script(places, path)
  local real = sys.realpath(path) or path
  local ok, job = pcall(require "lash.job.load", real)
  local problem = not ok and (errors.is(job) and job.message or errors.text(job)) or nil
  local rows = {}
  for _, entry in ipairs(places:of_script(real)) do
    rows[#rows + 1] = row_of(places, entry, ok and job or nil, problem)
  end
  return rows
end

--- The same, read in a process of its own with the variables that the job has.
---@async
local function rows_from_child(entry)
  local variables = {}
  for _, variable in ipairs(entry.command.variables) do variables[variable[1]] = variable[2] end
  local env = {}
  for name, value in pairs(sys.environ()) do
    if not variables[name] then env[#env + 1] = name .. "=" .. value end
  end
  for name, value in pairs(variables) do env[#env + 1] = name .. "=" .. value end
  local result = run.run({ "/proc/self/exe", "job", "list", "--json", entry.command.script },
    { env = env, timeout = SECONDS, max_output = 1 << 20 })
  local rows = {}
  for line in result.out:gmatch "[^\n]+" do
    local row = json.decode(line)
    if type(row) == "table" and row.where == entry.kind and row.name == entry.name then rows[#rows + 1] = row end
  end
  return rows
end

---@async
local function all_rows(places)
  local rows = {}
  for _, entry in ipairs(places.entries) do
    local found = entry.command and sys.stat(entry.command.script) and rows_from_child(entry) or {}
    rows[#rows + 1] = found[1] or row_of(places, entry)
  end
  return rows
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
      widths[column] = math.max(widths[column] or 0, utf8.len(line[column]) or #line[column])
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
  local rows = path and rows_of_script(places, path) or all_rows(places)
  if path and #rows == 0 then
    errors.raise("input", ("no job of %s is installed"):format(path), { hint = "`lash job install` does that" })
  end
  if found.json then
    for _, row in ipairs(rows) do output.write(json.encode(row) .. "\n") end
  elseif #rows > 0 then
    write_table(rows)
  end
  return 0
end
