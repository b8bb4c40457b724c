--- The system's curl as a second opinion on our HTTP: it runs in the background
--- while the scheduler serves, and rings when it is done.
local sched = require "lash.sched"
local serve = require "lash.core.serve"

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "a"
  file:close()
  os.remove(name)
  return text
end

--- Runs curl with these arguments.
---@async
---@param ... string
---@return { code: integer, status: integer, headers: table<string, string>, body: string }
return function(...)
  local words = {}
  for i, word in ipairs { ... } do words[i] = quote(word) end
  local name = os.tmpname()
  local bell <close> = assert(serve.start(0))
  os.execute(([[
    { curl --noproxy '*' -s -N -D %s.head -o %s %s; echo $? >%s.code
      curl --noproxy '*' -s http://127.0.0.1:%d/; } >/dev/null 2>&1 &]]):format(
    name, name, table.concat(words, " "), name, bell:port()))
  local rung
  repeat
    sched.wait(bell:id())
    rung = bell:accept()
  until rung
  local result = { code = tonumber(read(name .. ".code")), headers = {}, body = read(name) }
  local head = read(name .. ".head")
  result.status = tonumber(head:match "^HTTP/%S+ (%d+)") or 0
  for key, value in head:gmatch "\n([^:\r\n]+): *([^\r\n]*)" do result.headers[key:lower()] = value end
  return result
end
