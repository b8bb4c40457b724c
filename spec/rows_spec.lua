--- Tables of the command line: their rows fit a terminal, and are whole elsewhere.
local core = require "lash.core.markdown"
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

local COLUMNS = 46

--- What a line of bash shows at a narrow terminal, line by line.
local function shown(sh, line)
  local t <close> = terminal.start(sh, ("stty cols %d; %s"):format(COLUMNS, line))
  local lines = {}
  for row in t:finish():gmatch "[^\r\n]+" do lines[#lines + 1] = row end
  return lines
end

describe("a row of a table", function()
  it("fits the terminal, by the width of its characters", function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", TERM = "xterm" }
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    local prompt = ("字"):rep(60)
    assert.equal(0, sh:lash("ask", "--session", "wide", prompt).exit)
    assert.matches(prompt .. "\n", sh:lash("sessions").out, 1, true)
    local message = ("e"):rep(200)
    assert.equal(70, sh:lash("-e", ("lash.ask 'hi' error('%s', 0)"):format(message)).exit)
    assert.matches(message .. "\n", sh:lash("runs").out, 1, true)
    for _, command in ipairs { "sessions", "runs", "models | head -9 >all; lash models" } do
      local cut = 0
      for i, row in ipairs(shown(sh, "lash " .. command)) do
        if i > 9 then break end
        assert.is_true(core.width(row) <= COLUMNS, row)
        if row:find "…$" then cut = cut + 1 end
      end
      assert.is_true(cut > 0, command)
    end
    assert.not_matches("…", sh:read "all")
  end)
end)
