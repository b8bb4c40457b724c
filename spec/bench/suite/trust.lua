--- A certificate for 127.0.0.1 that every client takes for genuine, without any
-- option: its authority is added to a copy of the system's certificates, which
-- stands in the place of /etc/ssl/certs in a mount namespace. So the clients do
-- what they do by default, and nothing of the system is changed.
local lash = require "lash"

local M = {}

local FOLDER = "/etc/ssl/certs"
local BUNDLE = "/ca-certificates.crt"

---@class bench.Trust
---@field key string  files
---@field certificate string
---@field inside string[]  what a command is run by

--- Makes one; nil, and why, where this system cannot.
---@param tmp string
---@return bench.Trust?
---@return string? why
function M.new(tmp)
  if not lash.fs.exists(FOLDER .. BUNDLE) then return nil, "there is no " .. FOLDER .. BUNDLE end
  local certs = tmp .. "/certs"
  local inside = { "unshare", "-rm", "sh", "-c", 'mount --bind "$0" ' .. FOLDER .. ' && exec "$@"', certs }
  local function run(...) return lash.sh { ... } end
  local ok, err = pcall(function()
    run("cp", "-a", FOLDER, certs)
    local curve = { "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2" }
    local function make(name, subject, ...)
      local words = { "openssl", "req", "-x509", "-keyout", tmp .. "/" .. name .. ".key", "-out",
        tmp .. "/" .. name .. ".pem", "-subj", subject }
      table.move(curve, 1, #curve, #words + 1, words)
      table.move({ ... }, 1, select("#", ...), #words + 1, words)
      run(table.unpack(words))
    end
    make("authority", "/CN=lash bench authority")
    make("server", "/CN=127.0.0.1", "-CA", tmp .. "/authority.pem", "-CAkey", tmp .. "/authority.key", "-addext",
      "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE")
    local hash = run("openssl", "x509", "-hash", "-noout", "-in", tmp .. "/authority.pem"):match "%x+"
    local authority = lash.fs.read(tmp .. "/authority.pem")
    lash.fs.write(("%s/%s.0"):format(certs, hash), authority)
    lash.fs.append(certs .. BUNDLE, authority)
    local words = table.move(inside, 1, #inside, 1, {})
    words[#words + 1] = "true"
    run(table.unpack(words))
  end)
  if not ok then return nil, tostring(err):match "^[^\n]*" end
  return { key = tmp .. "/server.key", certificate = tmp .. "/server.pem", inside = inside }
end

return M
