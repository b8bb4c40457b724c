--- lash runs approve ID yes|no [KEY]: answers a question that waits.
local context = require "lash.context"
local errors = require "lash.errors"
local find = require "lash.cli.runs.find"
local output = require "lash.output"
local runs = require "lash.store.runs"
local shown = require "lash.cli.runs.shown"
local spelling = require "lash.spelling"
local store = require "lash.store"

local M = {}

M.options = {}

local ANSWERS = { yes = true, no = false }

--- The question that is meant, of those that wait.
local function question_of(row, key)
  local waiting = runs.questions(row.number)
  if #waiting == 0 then
    errors.raise("usage", ("run %s has no question that waits"):format(row.id),
      { hint = ("lash runs show %s"):format(row.id) })
  end
  local keys = {}
  for i, e in ipairs(waiting) do
    if e.key == key or not key and #waiting == 1 then return e end
    keys[i] = e.key
  end
  if key then
    local near = spelling.nearest(key, keys)
    errors.raise("usage", ("no question of run %s waits at '%s'"):format(row.id, key),
      { hint = near and ("did you mean '%s'?"):format(near) or "these wait: " .. table.concat(keys, ", ") })
  end
  for i, e in ipairs(waiting) do
    keys[i] = ("'%s' (%s)"):format(e.key, shown.one_line(shown.question(e).text))
  end
  errors.raise("usage", ("%d questions of run %s wait: say which by its KEY"):format(#waiting, row.id),
    { hint = "lash runs approve ID yes|no KEY, which is " .. table.concat(keys, " or ") })
end

---@param found table  options and words
---@return integer exit
function M.run(found)
  local id, answer, key = table.unpack(found.words)
  if ANSWERS[answer] == nil then
    errors.raise("usage", ("lash runs approve: '%s' is neither yes nor no"):format(answer))
  end
  local row = find.run(id)
  local _lock <close> = find.lock(row)
  local e = question_of(row, key)
  if not store.transaction("durable", nil, runs.answer, e.number, ANSWERS[answer]) then
    errors.raise("usage", ("somebody else has answered the question of run %s"):format(row.id))
  end
  if not context.quiet then
    local more = #runs.questions(row.number)
    output.note(("lash: answered %s; %s\n"):format(answer, more > 0
      and ("%d more of this run: lash runs show %s"):format(more, row.id)
      or ("the same command goes on, or lash runs resume %s"):format(row.id)))
  end
  return 0
end

return M
