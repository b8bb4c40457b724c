--- How the service says no: status, code, text and the body around them.
local json = require "lash.core.json"

local M = {}

---@class lash.fake.Refusal
---@field status integer
---@field message? string  nil: an empty body
---@field code? string
---@field type? string
---@field retry_after? number

--- A request that is refused as it stands.
---@param message string
---@return lash.fake.Refusal
function M.invalid(message)
  return { status = 400, code = "invalid_parameter_error", type = "invalid_request_error", message = message }
end

--- The same from the model's own machine, which puts its name before the text.
---@param message string
---@return lash.fake.Refusal
function M.algo(message) return M.invalid("<400> InternalError.Algo.InvalidParameter: " .. message) end

--- What the service sends with a status when nothing else is said.
local BY_STATUS = {
  [400] = { "invalid_parameter_error", "invalid_request_error", "<400> InternalError.Algo.InvalidParameter" },
  [401] = { "invalid_api_key", "invalid_request_error", "Incorrect API key provided." },
  [403] = { "access_denied", "access_denied", "Access denied." },
  [404] = { "model_not_found", "invalid_request_error",
    "The model does not exist or you do not have access to it." },
  [429] = { "limit_requests", "limit_requests", "Requests rate limit exceeded, please try again later." },
  [500] = { "internal_error", "internal_error", "An internal error has occured, please try again later." },
  [503] = { "ServiceUnavailable", "ServiceUnavailable",
    "Too many requests. Your requests are being throttled due to system capacity limits." },
}

--- What it says with a code that means something of its own.
local BY_CODE = {
  Arrearage = "Access denied, please make sure your account is in good standing.",
  data_inspection_failed = "Input data may contain inappropriate content.",
  limit_burst_rate = "Request rate increased too quickly.",
}

--- A refusal with a status; what is not given is what the service says.
---@param status integer
---@param message? string
---@param code? string
---@return lash.fake.Refusal
function M.new(status, message, code)
  local known = BY_STATUS[status] or BY_STATUS[status < 500 and 400 or 500]
  message = message or BY_CODE[code] or known[3]
  return { status = status, code = code or known[1], type = code or known[2], message = message }
end

---@param refusal lash.fake.Refusal
---@param request_id string
---@return string
function M.body(refusal, request_id)
  if not refusal.message then return "" end
  return json.encode {
    error = {
      message = refusal.message,
      type = refusal.type,
      param = json.null,
      code = refusal.code or json.null,
    },
    request_id = request_id,
  }
end

return M
