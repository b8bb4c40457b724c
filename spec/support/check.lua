--- lash check as a person runs it, and what it printed.
local server = require "spec.support.server"
local shell = require "spec.support.shell"

local M = {}

--- A key that must never be seen.
local KEY = "sk-canary-0123456789"

--- The findings that a check printed, by name (of several, the last), and their
--- states in order.
local function read(out)
  local found, states = {}, {}
  if out:find "^{" then return found, states end -- of --json
  local last
  for line in out:gmatch "[^\n]+" do
    local state, name, message = line:match "^(%l+) +(%l+) +(.*)$"
    if state then
      last = { state = state, message = message }
      found[name] = last
      states[#states + 1] = state .. " " .. name
    else
      last.hint = assert(line:match "^      hint: (.*)$", line)
    end
  end
  return found, states
end

--- A server that answers a GET with these header lines; and its base.
function M.answering(status, headers, body)
  local s = server.start { { ["repeat"] = true, steps = { { send = ("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s")
    :format(status, headers or "", #(body or ""), body or "") } } } }
  return s, s.url .. "/v1"
end

--- A home folder of its own; what runs a check there, and tells its end, the
--- findings and their states; what points it to a server.
function M.new()
  local sh = shell.new { DASHSCOPE_API_KEY = KEY }
  local function check(...)
    local ended = sh:lash("check", ...)
    assert(not ended.out:find(KEY, 1, true), ended.out)
    return ended, read(ended.out)
  end
  return sh, check, function(base) sh.variables.DASHSCOPE_API_BASE = base end
end

M.KEY, M.read = KEY, read

return M
