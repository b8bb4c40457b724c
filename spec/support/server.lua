--- A loopback HTTP server for specs that sends exactly the bytes it is told.
--
--   local s <close> = server.start { { match = "POST /chat", steps = { { send = "HTTP/1.1 200 OK\r\n…" } } } }
--
-- An exchange answers one request (every one, with `repeat`): the first unused
-- one whose `match` is a part of the request line. Steps: `{send=[, times=]}`,
-- `{send=, cut=true}` as many bytes as the path begins with, `{drip=, every=ms}`
-- byte by byte, `{sleep=ms}`, `{close=true}`, `{reset=true}`, `{end=true}` of the
-- server. Texts may hold any byte. The server is a process of its own
-- (wire_server.c) and ends after a minute at the latest.
local json = require "lash.core.json"
local sys = require "lash.core.sys"

local M = {}

-- Of the same build as the program that runs this.
local program = os.getenv "LASH_WIRE_SERVER" or assert(sys.realpath "/proc/self/exe"):match "^(.*)/"
  .. "/spec/wire_server"

---@class spec.Server
---@field url string  "http://127.0.0.1:PORT"
---@field port integer
local Server = {}
Server.__index = Server

-- JSON carries text, the script bytes: what is not plain gets the escapes of wire_server.c.
local function escape(s)
  return (s:gsub("[\\%c\x80-\xFF]", function(c) return ("\\x%02X"):format(c:byte()) end))
end

local function script_of(exchanges)
  local list = json.array {}
  for i, exchange in ipairs(exchanges) do
    local steps = json.array {}
    for j, step in ipairs(exchange.steps or exchange) do
      steps[j] = {}
      for key, value in pairs(step) do
        steps[j][key] = type(value) == "string" and escape(value) or value
      end
    end
    list[i] = { match = exchange.match and escape(exchange.match), ["repeat"] = exchange["repeat"], steps = steps }
  end
  return assert(json.encode(list))
end

local function write_file(path, text)
  local f <close> = assert(io.open(path, "w"))
  assert(f:write(text))
end

-- One pipe goes to the server, its end ends the server; a FIFO comes back.
local function run(dir)
  local command = ("exec '%s' '%s/script' '%s/record' > '%s/out'"):format(program, dir, dir, dir)
  local input = assert(io.popen(command, "w"))
  return input, assert(io.open(dir .. "/out"))
end

--- Starts a server.
---@param exchanges table[]
---@return spec.Server
function M.start(exchanges)
  local script = script_of(exchanges)
  local maker <close> = assert(io.popen "d=$(mktemp -d) && mkfifo \"$d/out\" && echo \"$d\"")
  local dir = assert(maker:read "l", "cannot make a temporary folder")
  write_file(dir .. "/script", script)
  local self = setmetatable({ dir = dir }, Server)
  self.input, self.output = run(dir)
  self.port = self.output:read "n"
  if not self.port then
    self:close()
    error(program .. " did not start", 2)
  end
  self.output:read "l"
  self.url = "http://127.0.0.1:" .. self.port
  return self
end

--- The requests so far, in the order of their arrival. `headers` has lower-case
-- names (repeated ones joined by ", "), `header_list` pairs as they came.
---@return { method: string, path: string, headers: table<string, string>, body: string, connection: integer }[]
function Server:requests()
  local list = {}
  for line in io.lines(self.dir .. "/record") do
    local request = assert(json.decode(line))
    request.method, request.path = request.line:match "^(%S+) (%S+)"
    request.header_list, request.headers = request.headers, {}
    for _, pair in ipairs(request.header_list) do
      local name = pair[1]:lower()
      local before = request.headers[name]
      request.headers[name] = before and before .. ", " .. pair[2] or pair[2]
    end
    list[#list + 1] = request
  end
  return list
end

--- Waits until a client leaves before its answer is complete; nil when the
-- server ended first.
---@return integer? connection
function Server:wait_gone()
  local line = self.output:read "l"
  return line and tonumber(line:match "^gone (%d+)$")
end

--- Ends the server and removes its files; any number of times.
function Server:close()
  if not self.input then return end
  self.input:close() -- waits for the process
  self.output:close()
  self.input = nil
  for _, name in ipairs { "script", "record", "out" } do os.remove(self.dir .. "/" .. name) end
  os.remove(self.dir)
end

Server.__close = Server.close
Server.__gc = Server.close

--- An exchange: an event stream of these `data` texts, each sent on its own,
-- then the end of the connection.
---@param ... string
function M.sse(...)
  local steps = { { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" } }
  for _, data in ipairs { ... } do
    steps[#steps + 1] = { send = "data: " .. data:gsub("\n", "\ndata: ") .. "\n\n" }
  end
  steps[#steps + 1] = { close = true }
  return { steps = steps }
end

--- An exchange: a JSON answer; the connection stays open for the next request.
---@param status integer
---@param body any  a string is sent as it is
function M.json(status, body)
  local text = type(body) == "string" and body or assert(json.encode(body))
  local head = "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
  return { steps = { { send = head:format(status, #text) .. text } } }
end

return M
