--- Servers that speak TLS, and certificates for them.
local folder = require "spec.support.folder"

local M = {}

local MAKE = [[
cd '%s' && echo 'subjectAltName=%s' >extension &&
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out request -subj /CN=spec \
  2>log && openssl x509 -req -in request -signkey key -days %d -extfile extension -out certificate 2>>log
]]

--- Makes a certificate and its key, the files "certificate" and "key" of the folder.
---@param path string
---@param name string  "DNS:…" or "IP:…"
---@param days integer
function M.certify(path, name, days)
  assert(os.execute(MAKE:format(path, name, days)), "openssl cannot make a certificate")
end

--- TLS in front of a server on loopback: { url, ca }, to be closed.
---@param port integer
function M.before(port)
  local dir = folder.new()
  M.certify(dir.path, "IP:127.0.0.1", 2)
  -- Held open, its input keeps it there.
  local input = assert(io.popen(("python3 '%s/spec/support/tls.py' '%s/certificate' '%s/key' %d >'%s/port'"):format(
    io.popen "pwd":read "l", dir.path, dir.path, port, dir.path), "w"))
  local function listens()
    local file <close> = io.open(dir.path .. "/port")
    return file and file:read "n"
  end
  return setmetatable({
    url = "https://127.0.0.1:" .. require("spec.support.processes").await(listens),
    ca = dir.path .. "/certificate",
  }, { __close = function()
    input:close()
    dir:close()
  end })
end

return M
