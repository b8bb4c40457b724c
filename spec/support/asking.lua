--- Runs whose calls are asked about at a terminal.
local shell = require "spec.support.shell"

local M = {}

M.CALLS = [[return {
  { tool = "write_file", arguments = { path = "one.txt", content = "1" } },
  { tool = "write_file", arguments = { path = "one.txt", content = "2" } },
  { tool = "write_file", arguments = { path = "two.txt", content = "3" } },
  { text = "done" },
}]]

M.ASK = "lash ask -q -t write_file hi"
M.PROMPT = "[N] no: " -- with its colon: a key counts
M.WORDS = "and Enter: "

--- A shell whose service gives these replies in every run, one a turn.
function M.with(replies)
  local sh = shell.new { DASHSCOPE_API_KEY = "sk-fake" }
  sh.variables.DASHSCOPE_API_BASE = sh:fake(([[
    local replies = (function() %s end)()
    return function(request)
      local turn = 1
      for _, message in ipairs(request.json.messages) do
        if message.role == "assistant" then turn = turn + 1 end
      end
      return replies[turn]
    end]]):format(replies))
  return sh
end

--- The text of a file in its folder; nil: there is none.
function M.content(sh, name)
  local file <close> = io.open(sh.path .. "/" .. name)
  return file and file:read "a"
end

return M
