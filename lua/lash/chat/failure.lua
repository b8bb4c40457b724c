--- The error of a turn that failed: in transport, or by the service's own word.
local errors = require "lash.errors"

local M = {}

---@param failure table  of the service
---@param request table
local function by_service(failure, request)
  -- With DashScope these words are a throttle; where they come from they mean money.
  if request.provider.type == "openai" and failure.code == "insufficient_quota" then
    failure.kind, failure.temporary, failure.topic = "billing", false, "arrears"
  end
  return errors.new(failure.kind, failure.message or "the service gave no reason", {
    temporary = failure.temporary,
    status = failure.status,
    code = failure.code,
    request_id = failure.request_id,
    retry_after = failure.retry_after and math.min(failure.retry_after, require("lash.retry").FOREVER),
    limit = failure.fix == "shorten" and failure.limit or nil,
    hint = require("lash.hints").of(failure.topic, request.provider, request.model, failure.limit),
  })
end

---@param failure table  as the stream gives it
---@param request table  as chat.turn takes it
---@param began? boolean  something of the answer had arrived
---@return lash.Error
function M.error(failure, request, began)
  if not failure.transport then return by_service(failure, request) end
  return require("lash.transport").error(failure, request.provider.api_base, began, request.provider)
end

return M
