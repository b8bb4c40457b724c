--- What specs of lash.http share.
local assert = require "luassert"
local errors = require "lash.errors"
local sched = require "lash.sched"
local server = require "spec.support.server"

local M = {}

--- The steps of a whole answer.
---@param status integer
---@param body? string
---@param headers? string[]
function M.answer(status, body, headers)
  local head = ("HTTP/1.1 %d X\r\nContent-Length: %d\r\n"):format(status, #(body or ""))
  for _, line in ipairs(headers or {}) do head = head .. line .. "\r\n" end
  return { { send = head .. "\r\n" .. (body or "") } }
end

--- An exchange that answers every request.
function M.always(...) return { ["repeat"] = true, steps = M.answer(...) } end

--- A test in a task, against a server with these exchanges.
function M.test(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    sched.run(f, s)
  end
end

--- The error of a kind that a call raises.
function M.raises(kind, f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok, "nothing was raised")
  assert.is_true(errors.is(err), tostring(err))
  assert.equal(kind, err.kind, err.message)
  return err
end

return M
