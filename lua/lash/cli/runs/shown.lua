--- What of runs a person is shown: their states, times and money.
local journal = require "lash.journal.value"
local json = require "lash.core.json"
local keep = require "lash.journal.keep"
local list = require "lash.store.list"
local runs = require "lash.store.runs"
local sys = require "lash.core.sys"

local M = {}

--- Those of a run; one whose process is gone is `crashed`, whatever the store says.
M.STATES = { "running", "crashed", "waiting", "failed", "done", "undone", "skipped" }

---@param row lash.store.Run
---@return string
function M.state(row)
  if row.state ~= "running" then return row.state end
  return keep.is_live(row) and "running" or "crashed"
end

--- Seconds that processes were at work on it, as far as that is known.
---@param row lash.store.Run
---@param state string
---@return number
function M.seconds(row, state)
  if row.state ~= "running" then return row.seconds end
  local last = state == "running" and sys.wall() or list.last_entry(row.number) or row.touched
  return row.seconds + math.max(0, last - row.touched)
end

--- What a file that was imported says may be anything.
local LATEST = 253402300799 -- the end of the year 9999

---@param seconds number
---@param format? string
---@return string
function M.time(seconds, format)
  return os.date(format or "%Y-%m-%d %H:%M", math.floor(math.max(0, math.min(seconds, LATEST))))
end

---@param seconds number
---@return string
function M.duration(seconds)
  seconds = math.max(0, math.min(seconds, LATEST))
  if seconds < 10 then return ("%.2f s"):format(seconds) end
  if seconds < 99.95 then return ("%.1f s"):format(seconds) end
  local s = math.floor(seconds + 0.5)
  if s < 3600 then return ("%dm%02ds"):format(s // 60, s % 60) end
  if s < 86400 then return ("%dh%02dm"):format(s // 3600, s % 3600 // 60) end
  return ("%dd%02dh"):format(s // 86400, s % 86400 // 3600)
end

--- US dollars.
---@param usd number
---@param digits? integer  behind the point
---@return string
function M.money(usd, digits)
  digits = digits or 4
  if usd > 0 and usd < 10.0 ^ -digits then return ("<$%.*f"):gsub("%*", digits):format(10.0 ^ -digits) end
  return ("$%." .. digits .. "f"):format(usd)
end

--- What something cost: "≤" with calls that were possibly paid at what they took at
--- most, "≥" without those whose price is not known, "≈" with both.
---@param costs lash.store.Costs
---@param digits? integer
---@return string
function M.cost(costs, digits)
  if costs.calls == 0 then return "-" end
  local usd = costs.usd + costs.doubtful_usd
  if costs.unpriced > 0 and usd == 0 then return "?" end
  local mark = costs.unpriced > 0 and (costs.doubtful > 0 and "≈" or "≥") or costs.doubtful > 0 and "≤" or ""
  local text = M.money(usd, digits)
  return mark ~= "" and mark .. text:gsub("^<", "") or text
end

--- A text in one line, without what a terminal would obey.
---@param text string
---@return string
function M.one_line(text) return (text:gsub("%c+", " ")) end

--- A text to the left, or to the right, of a column.
---@param text string
---@param width integer
---@param right? boolean
---@return string
function M.pad(text, width, right)
  local space = (" "):rep(width - require("lash.core.markdown").width(text))
  return right and space .. text or text .. space
end

--- The words of the command line that began a run, for a person to read.
---@param row lash.store.Run
---@return string
function M.command(row)
  local words = { "lash" }
  local given = json.decode(row.words)
  for _, word in ipairs(type(given) == "table" and given or {}) do
    word = tostring(word)
    words[#words + 1] = word:find "^[%w%-_./=:,@+]+$" and word or "'" .. word:gsub("'", "'\\''") .. "'"
  end
  return table.concat(words, " ")
end

--- What a question asks.
---@param e lash.store.Entry
---@return { text: string, detail?: string }
function M.question(e)
  local about = journal.read(e.input or runs.content(e.number).input)
  if type(about) ~= "table" then about = {} end
  return { text = tostring(about.text or "?"), detail = about.detail and tostring(about.detail) }
end

--- A run as it is told in JSON.
---@param row lash.store.Run
---@return table
function M.record(row)
  local state = M.state(row)
  local costs = list.costs(row.number, state == "running")
  return { type = "run", id = row.id, kind = row.kind, name = row.name, state = state, script = row.script,
    words = json.decode(row.words), folder = row.folder, started = row.started, ended = row.ended,
    seconds = M.seconds(row, state), processes = row.starts, exit = row.exit, error = row.error, message = row.message,
    calls = costs.calls, tokens = costs.tokens, usd = costs.usd, unpriced = costs.unpriced,
    possibly_paid = { calls = costs.doubtful, usd = costs.doubtful_usd } }
end

return M
