--- Places that a model call or a request may go to, beside a server that answers
-- with exact bytes: each is a maker of { url, env, provider, requests(), close() }.
local folder = require "spec.support.folder"
local server = require "spec.support.server"
local sys = require "lash.core.sys"
local tls = require "spec.support.tls"

local M = {}

local FOREVER = { { sleep = 50000 } }

local function none() return {} end

local function place(fields)
  fields.requests = fields.requests or none
  return setmetatable(fields, { __close = function() if fields.close then fields.close() end end })
end

local PRELOAD = assert(sys.realpath "/proc/self/exe"):match "^(.*)/" .. "/spec/faults/preload_resolver.so"

--- Behind a server of these answers; `fields` of the place are made of it.
local function behind(exchanges, fields)
  return function()
    local s = server.start(exchanges)
    local made = fields(s)
    made.requests = made.requests or function() return s:requests() end
    made.close = function() s:close() end
    return place(made)
  end
end

function M.refused() return place { url = "http://127.0.0.1:1" } end

function M.named(name)
  return function() return place { url = "http://" .. name } end
end

--- A resolver that is preloaded; AddressSanitizer wants to be the first.
function M.unresolved()
  return place { url = "http://service.example", env = { LD_PRELOAD = PRELOAD,
    ASAN_OPTIONS = "verify_asan_link_order=0" } }
end

function M.proxy_refused()
  return place { url = "http://service.example", provider = { proxy = "http://127.0.0.1:1" } }
end

M.proxy_silent = behind({ { ["repeat"] = true, steps = FOREVER } }, function(s)
  return { url = "http://service.example", provider = { proxy = s.url } }
end)

--- A proxy that refuses to make a tunnel.
function M.proxy(status)
  local head = ("HTTP/1.1 %d Status\r\nContent-Length: 0\r\n\r\n"):format(status)
  return behind({ { ["repeat"] = true, steps = { { send = head } } } }, function(s)
    return { url = "https://service.example", provider = { proxy = s.url } }
  end)
end

M.tls_silent = behind({}, function(s) return { url = s.url:gsub("^http", "https") } end)

function M.tls_plain()
  local fake = require("lash.fake").start {}
  return place { url = fake.url:match "^http(://[^/]+)":gsub("^", "https"), close = function() fake:stop() end }
end

--- A redirect to a second server, which nobody may ask.
function M.redirect(status)
  return function()
    local other = server.start { { ["repeat"] = true, steps = FOREVER } }
    local head = "HTTP/1.1 %d Status\r\nLocation: %s/v1/chat/completions\r\nContent-Length: 0\r\n\r\n"
    local s = server.start { { ["repeat"] = true, steps = { { send = head:format(status, other.url) } } } }
    return place {
      url = s.url,
      requests = function()
        local list = s:requests()
        return #other:requests() == 0 and list or { "the other host was asked" }
      end,
      close = function()
        s:close()
        other:close()
      end,
    }
  end
end

-- Days that it is valid, its name, and whether the client knows who signed it.
local CERTIFICATES = {
  good = { 2, "IP:127.0.0.1", true },
  name = { 2, "DNS:another.example", true },
  expired = { -1, "IP:127.0.0.1", true },
  self = { 2, "IP:127.0.0.1", false },
}

--- openssl's server, with a certificate of this kind.
function M.tls(kind)
  return function()
    local days, name, known = table.unpack(CERTIFICATES[kind])
    local dir = folder.new()
    dir:write("ok", "trusted\n")
    tls.certify(dir.path, name, days)
    local pipe = assert(io.popen(("cd '%s' && echo $$ && exec timeout 60 openssl s_server -4 -accept 127.0.0.1:0 -WWW "
      .. "-key key -cert certificate 2>&1"):format(dir.path)))
    local pid = pipe:read "n"
    local port
    for line in pipe:lines() do
      port = line:match "^ACCEPT .*:(%d+)"
      if port then break end
    end
    assert(port, "openssl s_server did not start")
    return place {
      url = "https://127.0.0.1:" .. port,
      path = "/ok",
      env = known and { SSL_CERT_FILE = dir.path .. "/certificate" } or nil,
      close = function()
        os.execute(("kill %d"):format(pid))
        pipe:close()
        dir:close()
      end,
    }
  end
end

--- A server that gives every request these steps; or the first, the second … its own.
function M.bytes(steps)
  local exchanges = {}
  if steps.each then
    for i, own in ipairs(steps.each) do exchanges[i] = { steps = own } end
  else
    exchanges[1] = { ["repeat"] = true, steps = steps }
  end
  return behind(exchanges, function(s) return { url = s.url } end)
end

return M
