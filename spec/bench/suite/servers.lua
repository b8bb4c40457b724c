--- The servers that everything is measured against. They end with this process:
-- then their standard input does.
local lash = require "lash"

local M = {}

---@class bench.Server
---@field url string
---@field private input file*
local Server = {}
Server.__index = Server

function Server:close()
  if self.input then self.input:close() end
  self.input = nil
end
Server.__close = Server.close

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- Starts a server, which tells its port in its first line.
---@param scheme "http"|"https"
---@param words string[]
---@return bench.Server
local function start(scheme, words)
  local tmp = lash.fs.tmp()
  local port = tmp .. "/port"
  for i, word in ipairs(words) do words[i] = quoted(word) end
  local input = assert(io.popen(("exec %s > %s"):format(table.concat(words, " "), quoted(port)), "w"))
  for _ = 1, 500 do
    local number = lash.fs.exists(port) and lash.fs.read(port):match "^(%d+)\n"
    local url = number and ("%s://127.0.0.1:%s"):format(scheme, number)
    if url then return setmetatable({ url = url, input = input }, Server) end
    lash.sleep "10ms"
  end
  lash.fail("process", "the server does not start: " .. words[1])
end

--- Answers of any length, paced or not.
---@param programs string  the folder of the benchmark's programs
function M.http(programs) return start("http", { programs .. "/sse_server" }) end

--- The same over TLS.
---@param trust bench.Trust
function M.https(programs, trust) return start("https", { programs .. "/tls_server", trust.key, trust.certificate }) end

return M
