--- Runs for a test of `lash runs`: a home folder with a store that has them.
local json = require "lash.core.json"
local shell = require "spec.support.shell"

local M = {}

local SEED = [[
local store, runs = require "lash.store", require "lash.store.runs"
--- Puts a run into the store: fields of the row, and entries.
function put(run, entries)
  run.kind, run.state, run.words = run.kind or "script", run.state or "done", run.words or '["x.lua"]'
  run.started, run.seconds, run.folder = run.started or 1e9, run.seconds or 1, run.folder or lash.env.HOME
  store.transaction("write", nil, function()
    local number = runs.take(run)
    for _, e in ipairs(entries or {}) do
      e.attempt, e.kind, e.state, e.begun = e.attempt or 1, e.kind or "step", e.state or "done", e.begun or run.started
      if e.state == "done" or e.state == "failed" then e.ended = e.ended or e.begun + 1 end
      if e.result then e.result, e.beside = require("lash.journal.value").put(run.id, e, e.result) end
      runs.take_entry(number, e)
    end
  end)
end
]]

--- A shell whose store has what `text`, Lua source, puts there.
---@param text? string
---@param variables? table<string, string>
function M.new(text, variables)
  local sh = shell.new(variables or { DASHSCOPE_API_KEY = "sk-x" })
  if text then M.seed(sh, text) end
  return sh
end

function M.seed(sh, text)
  local res = sh:lash("-e", SEED .. text)
  assert(res.exit == 0, res.err)
end

--- An id that begins with a text.
function M.id(text) return text .. ("0"):rep(26 - #text) end

--- The lines of a text, and those of JSON.
function M.lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

function M.json(res)
  assert(res.exit == 0, res.err)
  local list = {}
  for i, line in ipairs(M.lines(res.out)) do list[i] = assert(json.decode(line)) end
  return list
end

--- A file of the home folder that is there under a name with stars.
function M.glob(sh, pattern) return M.lines(sh:sh(("ls -d %s 2>/dev/null"):format(pattern)).out) end

return M
