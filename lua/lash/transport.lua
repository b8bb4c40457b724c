--- Failures below HTTP: what each code of the C side means for a run.
local errors = require "lash.errors"

local M = {}

--- `after`: the kind once something of the answer had arrived.
local KNOWN = {
  dns = { kind = "network", what = "the name of the server is not known" },
  connect = { kind = "network", what = "cannot connect" },
  tls = { kind = "network", what = "the server cannot be trusted", temporary = false },
  stall = { kind = "network", what = "the server fell silent" },
  reset = { kind = "network", after = "incomplete", what = "the connection broke" },
  truncated = { kind = "network", after = "incomplete", what = "the answer was cut" },
  proto = { kind = "protocol", what = "the answer is malformed" },
  toobig = { kind = "protocol", what = "the answer is too large", temporary = false },
  deadline = { kind = "timeout", what = "the deadline has passed" },
  off = { kind = "network", what = "the network is off", temporary = false },
  denied = { kind = "denied", what = "this address may not be asked" },
  io = { kind = "io", what = "no connection can be opened" },
  usage = { kind = "config", what = "the request cannot be sent" },
  nomem = { kind = "internal", what = "out of memory" },
  library = { kind = "config", what = "a library cannot be used" },
}

--- The error of a failed transfer.
---@param failure { transport: string, message: string }
---@param url string  where it went
---@param began? boolean  something of the answer had arrived
---@param provider? lash.Provider  that was asked
---@return lash.Error
function M.error(failure, url, began, provider)
  require("lash.proxy").hide_environment() -- libcurl's words quote it
  local known = KNOWN[failure.transport] or { kind = "internal", what = failure.transport }
  local host = url:match "^%a+://([^/]+)" or url
  return errors.new(began and known.after or known.kind, ("%s (%s): %s"):format(known.what, host, failure.message),
    { temporary = known.temporary, hint = provider and require("lash.hints").of(failure.transport, provider, "") })
end

return M
