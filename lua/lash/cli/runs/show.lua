--- lash runs show ID [-v] [--json]: the record of a run, and the tree of its steps.
local context = require "lash.context"
local find = require "lash.cli.runs.find"
local json = require "lash.core.json"
local money = require "lash.money"
local output = require "lash.output"
local runs = require "lash.store.runs"
local shown = require "lash.cli.runs.shown"
local sys = require "lash.core.sys"
local trees = require "lash.cli.runs.tree"
local value = require "lash.journal.value"

local M = {}

---@type table<string, lash.cli.Option>
M.options = {
  json = { set = function(found) found.json = true end },
  verbose = { set = function(found) found.verbose = true end },
}

local DIGITS = 6 -- of money: a single call costs little
local WIDEST = 56 -- characters of a step's place in the table

local MARKS = { done = "✓", failed = "✗", waiting = "?", replaced = "-", lost = "!" }

local function write(text) output.write_foreign(text .. "\n") end

local function field(name, text)
  if text and text ~= "" then write(("%-14s%s"):format(name, shown.one_line(tostring(text)))) end
end

local USAGE = { { "input", "in" }, { "cached", "of it cached" }, { "output", "out" },
  { "reasoning", "of it thinking" } }

--- What the service counted, in words.
local function counted(usage)
  local parts = {}
  for _, pair in ipairs(USAGE) do
    local n = usage[pair[1]]
    if n and (n > 0 or pair[1] == "input" or pair[1] == "output") then
      parts[#parts + 1] = ("%d %s"):format(n, pair[2])
    end
  end
  return #parts > 0 and " (" .. table.concat(parts, ", ") .. ")" or ""
end

local function plural(n, word, words) return ("%d %s"):format(n, n == 1 and word or words or word .. "s") end

local NEXT = { crashed = true, failed = true, waiting = true }

local function head(row, r, usage)
  field("run", r.id)
  field("name", r.name .. (r.kind == "workflow" and " (workflow)" or ""))
  field("state", r.state .. (r.state == "running" and (" (process %d)"):format(row.pid or 0) or ""))
  field("script", r.script)
  field("command", shown.command(row))
  field("folder", r.folder)
  field("started", shown.time(r.started, "%Y-%m-%d %H:%M:%S"))
  field("ended", r.ended and shown.time(r.ended, "%Y-%m-%d %H:%M:%S"))
  field("at work", ("%s in %s"):format(shown.duration(r.seconds), plural(r.processes, "process", "processes")))
  field("exit", r.exit)
  field("error", r.error and ("%s: %s"):format(r.error, r.message or ""))
  field("model calls", r.calls > 0 and ("%d, %d tokens%s"):format(r.calls, r.tokens, counted(usage)))
  local paid = r.possibly_paid
  if r.calls > 0 then
    local cost = shown.cost({ calls = r.calls, usd = r.usd, unpriced = r.unpriced, doubtful = 0, doubtful_usd = 0 },
      DIGITS)
    local without = (", without %s of unknown price"):format(plural(r.unpriced, "call"))
    field("cost", cost .. (r.unpriced > 0 and r.usd > 0 and without or ""))
  end
  field("possibly paid", paid.calls > 0 and ("%s, up to %s: sent, and the answer was lost"):format(
    plural(paid.calls, "call"), paid.usd > 0 and shown.money(paid.usd, DIGITS) or "an unknown price"))
  if r.kind == "workflow" and NEXT[r.state] and #runs.questions(row.number) == 0 then
    field("to go on", "lash runs resume " .. r.id)
  end
end

--- What is to be said of an attempt.
local function remark(e, live)
  if e.state == "failed" then return ("%s: %s"):format(e.error or "failed", e.message or "") end
  if trees.is_doubtful(e, live) then
    return "possibly paid" .. (e.usd and ", up to " .. shown.money(e.usd, DIGITS) or "")
  end
  if e.state == "waiting" then return "waiting for an answer" end
  if e.state == "replaced" then return "replaced" end
  if e.state ~= "done" then return live and e.state == "begun" and "under way" or "not finished" end
  if e.kind == "question" then return value.read(runs.content(e.number).result) == true and "yes" or "no" end
end

local function mark(e, live)
  if e.state == "begun" then return live and "…" or "!" end
  return MARKS[e.state] or " "
end

local function spent(e, live)
  if e.ended then return shown.duration(math.max(0, e.ended - e.begun)) end
  return live and e.state == "begun" and shown.duration(math.max(0, sys.wall() - e.begun)) or ""
end

--- What stands behind a step: the model, how many attempts, how the latest went.
local function remarks_of(node, live)
  local e, remarks, lost = node.latest, {}, 0
  for _, other in ipairs(node.entries) do
    if other ~= e and trees.is_doubtful(other, live) then lost = lost + 1 end
  end
  remarks[1] = e.model
  if #node.entries > 1 then remarks[#remarks + 1] = plural(#node.entries, "attempt") end
  if lost > 0 then remarks[#remarks + 1] = ("%d possibly paid"):format(lost) end
  remarks[#remarks + 1] = remark(e, live)
  return table.concat(remarks, ", ")
end

local function tokens_of(n) return n and n > 0 and ("%d tokens"):format(n) or "" end

--- The columns of an attempt that is not the latest.
local function attempt_line(e, indent, live)
  local over = e.ended ~= nil
  return { ("%s%s attempt %d"):format(indent, mark(e, live), e.attempt), spent(e, live), tokens_of(over and e.tokens),
    over and e.usd and shown.money(e.usd, DIGITS) or "", remark(e, live) or "" }
end

--- The lines of a tree: columns of text.
local function lines_of(nodes, indent, live, all, lines)
  for _, node in ipairs(nodes) do
    if all or not node.hidden then
      local e, costs = node.latest, node.costs
      lines[#lines + 1] = { ("%s%s %s"):format(indent, mark(e, live), node.label), spent(e, live),
        tokens_of(costs.tokens), costs.calls > 0 and shown.cost(costs, DIGITS) or "", remarks_of(node, live) }
      for _, other in ipairs(all and node.entries or {}) do
        if other ~= e then lines[#lines + 1] = attempt_line(other, indent .. "  ", live) end
      end
      lines_of(node.children, indent .. "  ", live, all, lines)
    end
  end
  return lines
end

local function write_tree(entries, live, all)
  local lines, widths = lines_of(trees.build(entries, live), "", live, all, {}), { 0, 0, 0, 0 }
  if #lines == 0 then return end
  for _, line in ipairs(lines) do
    for column = 1, 5 do
      line[column] = shown.one_line(line[column])
      local width = require("lash.core.markdown").width(line[column])
      if column < 5 and (column > 1 or width <= WIDEST) then widths[column] = math.max(widths[column], width) end
    end
  end
  write "\nsteps"
  for _, line in ipairs(lines) do
    for column = 1, 4 do line[column] = shown.pad(line[column], widths[column], column > 1) end
    write((table.concat(line, "  "):gsub(" +$", "")))
  end
end

local function write_questions(row)
  local questions = runs.questions(row.number)
  for _, e in ipairs(questions) do
    local about = shown.question(e)
    write(("\nwaiting for an answer: %s\n  %s"):format(shown.one_line(e.key), about.text:gsub("\n", "\n  ")))
    if about.detail then write("\n  " .. about.detail:gsub("\n", "\n  ")) end
    local key = #questions > 1 and (" '%s'"):format(e.key) or ""
    write(("\n  lash runs approve %s yes%s\n  lash runs approve %s no%s"):format(row.id, key, row.id, key))
  end
end

--- An entry as it is told in JSON.
local function entry_record(e, live)
  local r = { type = "entry", key = e.key, attempt = e.attempt, kind = e.kind, state = e.state, begun = e.begun,
    ended = e.ended, error = e.error, message = e.message, agent = e.agent, model = e.model,
    usage = e.usage and json.decode(e.usage), usd = e.usd, tokens = e.tokens }
  if e.kind == "model" then r.possibly_paid = trees.is_doubtful(e, live) end
  if e.kind == "question" then
    r.question = shown.question(e)
    if e.state == "done" then r.answer = value.read(runs.content(e.number).result) == true end
  end
  return r
end

---@param found table  options and words
---@return integer exit
function M.run(found)
  local row = find.run(found.words[1])
  local r, entries = shown.record(row), runs.entries(row.number)
  local live = r.state == "running"
  local usage = {}
  for _, e in ipairs(entries) do
    if e.usage then money.add(usage, json.decode(e.usage)) end
  end
  if found.json then
    r.usage = usage
    output.write_json(json.encode(r))
    for _, e in ipairs(entries) do output.write_json(json.encode(entry_record(e, live))) end
    return 0
  end
  head(row, r, usage)
  write_tree(entries, live, found.verbose or context.verbose > 0)
  write_questions(row)
  return 0
end

return M
