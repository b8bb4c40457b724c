--- aimock, a simulator that others wrote (MIT, from npm), as a judge of our wire
--- that does not share our mistakes. Its replies: aimock/fixtures.json.
local json = require "lash.core.json"

local M = {}

local PROGRAM = "build/aimock/run" -- scripts/packages installs it

--- Why there is no simulator; nil when there is one.
---@return string?
function M.missing()
  local file <close> = io.open(PROGRAM)
  return not file and PROGRAM .. " is not there: scripts/test installs it from npm" or nil
end

--- The only key that it takes.
M.key = "sk-canary-0123456789"

---@class spec.Aimock
---@field url string  "http://127.0.0.1:PORT"
local Aimock = {}
Aimock.__index = Aimock

--- Starts it on any free port. It ends with close(), after two minutes at the latest.
---@return spec.Aimock
function M.start()
  local pipe = assert(io.popen(([[echo $$; export AIMOCK_API_KEYS=%s
    exec timeout --foreground -k 2 120 %s --port 0 --fixtures spec/support/aimock/fixtures.json \
      --chunk-size 4 --strict 2>&1]]):format(M.key, PROGRAM)))
  local self = setmetatable({ pipe = pipe, pid = pipe:read "n" }, Aimock)
  local said = {}
  for line in pipe:lines() do
    self.url = line:match "listening on (http://%S+)"
    if self.url then return self end
    said[#said + 1] = line
  end
  self:close()
  error(PROGRAM .. " did not start: " .. table.concat(said, "\n"), 2)
end

--- The requests of one test, which it knows by their header X-Test-Id.
---@param id string
---@return { body: table, headers: table<string, string>, response: table }[]
function Aimock:requests(id)
  local command = "curl -s --noproxy '*' -m 10 -H 'Authorization: Bearer %s' '%s/__aimock/journal?testId=%s'"
  local pipe <close> = assert(io.popen(command:format(M.key, self.url, id)))
  return assert(json.decode(pipe:read "a"))
end

function Aimock:close()
  if not self.pipe then return end
  os.execute(("kill %d 2>/dev/null"):format(self.pid))
  self.pipe:close()
  self.pipe = nil
end
Aimock.__close = Aimock.close

return M
