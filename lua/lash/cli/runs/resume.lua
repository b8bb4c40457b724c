--- lash runs resume ID [--accept-changes]: goes on with the run of a workflow, in its
-- folder and with its command line.
local context = require "lash.context"
local errors = require "lash.errors"
local find = require "lash.cli.runs.find"
local journals = require "lash.journal"
local json = require "lash.core.json"
local output = require "lash.output"
local shown = require "lash.cli.runs.shown"
local sys = require "lash.core.sys"

local M = {}

---@type table<string, lash.cli.Option>
M.options = { ["accept-changes"] = { set = function(found) found.accept_changes = true end } }

local OVER = { done = true, undone = true }

local function refuse(row, message, hint)
  errors.raise("usage", ("run %s %s"):format(row.id, message), { hint = hint })
end

--- The words of its command line; raises where it cannot go on with them.
local function words_of(row)
  if row.kind ~= "workflow" then
    refuse(row, "is not of a workflow: there is nothing to go on with", "the same command begins a new one: "
      .. shown.command(row))
  elseif OVER[row.state] then
    refuse(row, "has come to its end", "the same command begins a new one: " .. shown.command(row))
  end
  find.check_idle(row)
  local words = json.decode(row.words)
  for _, word in ipairs(words) do
    if word:find("[secret]", 1, true) then
      refuse(row, "had a secret in its command line, which is not kept",
        ("in %s, give the same command yourself: it goes on by itself"):format(row.folder or "its folder"))
    end
  end
  if not row.identity then refuse(row, "is of a script from standard input, which is not kept") end
  return words
end

---@param found table  options and words
---@param carry_out async fun(words: string[]): integer  does what a command line asks for
---@return integer exit
function M.run(found, carry_out)
  local row = find.run(found.words[1])
  local words = words_of(row)
  local ok, message = sys.chdir(row.folder or "")
  if not ok then errors.raise("input", ("run %s: %s"):format(row.id, message)) end
  if row.script and not sys.stat(row.script) then
    errors.raise("input", ("the script of run %s is not there any more: %s"):format(row.id, row.script))
  end
  if context.verbose > 0 or output.is_terminal(2) then
    output.note(output.visible(("lash: in %s: %s\n"):format(row.folder, shown.one_line(shown.command(row)))))
  end
  context.words, context.resume = words, row.id
  local exit = carry_out(table.move(words, 1, #words, found.accept_changes and 2 or 1, { "--accept-changes" }))
  local journal = journals.current()
  if not journal or journal.id ~= row.id then
    refuse(row, ("did not go on: %s is no workflow now"):format(row.script or "its script"))
  end
  return exit
end

return M
