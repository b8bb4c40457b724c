--- What the service refuses, in every form that it has for that: rows as in
-- spec/faults/rows.lua.
local model = require "spec.support.model"

local OPEN = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
local HEL = "data: " .. model.chunk { content = "Hel" } .. "\n\n"
local CLOSE = { close = true }

local function refused(...) return model.refusal(...).steps end

local function answer(status, text) return { { send = model.http(status, text) } } end

local function events(...) return { { send = OPEN .. table.concat { ... } }, CLOSE } end

--- Too many requests, with this header.
local function wait(header)
  return refused(429, "Requests rate limit exceeded", "limit_requests", header and "Retry-After: " .. header .. "\r\n")
end

return {
  { "400", refused(400, "Temperature should be in [0.0, 2.0)", "invalid_parameter_error"), ask = "invalid 78 1" },
  { "400 without a body", answer(400, ""), ask = "invalid 78 1" },
  { "400, too long", refused(400, "Range of input length should be [1, 983616]", "invalid_parameter_error"),
    ask = "context_length 65 1" },
  { "400, inspected", refused(400, "Input data may contain inappropriate content.", "data_inspection_failed"),
    ask = "content_filter 77 1" },
  { "400, arrears", refused(400, "Access denied, please make sure your account is in good standing.", "Arrearage"),
    ask = "billing 78 1", whole = "billing 78 1" },
  { "400 in the native shape", answer(400, '{"code":"DataInspectionFailed","message":"Output data may contain '
    .. 'inappropriate content.","request_id":"r"}'), ask = "content_filter 77 1" },
  { "400 behind data:", answer(400, 'data: {"error":{"message":"bad","code":"invalid_parameter_error"}}\n\n'),
    ask = "invalid 78 1" },
  { "401", refused(401, "Incorrect API key provided.", "invalid_api_key"), ask = "auth 77 1", whole = "auth 77 1",
    http = "http 69 1" },
  { "401 of a plan", answer(401, '{"message":"invalid access token or token expired"}'), ask = "auth 77 1" },
  { "403", refused(403, "Access denied.", "access_denied"), ask = "auth 77 1" },
  { "403, the free quota is used up", refused(403, "The free quota has been exhausted.",
    "AllocationQuota.FreeTierOnly"), ask = "billing 78 1" },
  { "404", refused(404, "The model `x` does not exist or you do not have access to it.", "model_not_found"),
    ask = "not_found 78 1", http = "http 69 1" },
  { "404 without a word", answer(404, ""), ask = "not_found 78 1" },
  { "405, an error that is a text", answer(405, '{"error":"Coding Plan is currently only available for Coding '
    .. 'Agents"}'), ask = "auth 77 1" },
  { "407", answer(407, ""), ask = "invalid 78 1" },
  { "408", answer(408, ""), ask = "unavailable 69 2" },
  { "413", answer(413, ""), ask = "context_length 65 1" },
  { "429", wait(), ask = "rate_limit 75 2", whole = "rate_limit 75 2", http = "http 69 2" },
  { "429, the burst rate", refused(429, "Request rate increased too quickly", "limit_burst_rate"),
    ask = "rate_limit 75 2" },
  { "429, tokens a minute", refused(429, "Allocated quota exceeded, please increase your quota limit.",
    "insufficient_quota"), ask = "rate_limit 75 2" },
  { "429, the month's quota", refused(429, "month allocated quota exceeded", "insufficient_quota"),
    ask = "billing 78 1" },
  { "429, try again at once", wait "0", ask = "rate_limit 75 2" },
  { "429, try again in 1.5 s", wait "1.5", ask = "rate_limit 75 2" },
  { "429, try again in a while", wait "60", ask = "rate_limit 75 1", http = "http 69 1" },
  { "429, try again in 30,000 years", wait "999999999999", ask = "rate_limit 75 1" },
  { "429, try again in the past", wait "Wed, 21 Oct 2015 07:28:00 GMT", ask = "rate_limit 75 2" },
  { "429, try again in the future", wait "Fri, 31 Dec 2100 23:59:59 GMT", ask = "rate_limit 75 1" },
  { "429, try again, but never", wait "-5", ask = "rate_limit 75 2" },
  { "429, try again whenever", wait "junk", ask = "rate_limit 75 2" },
  { "500", refused(500, "Internal error", "InternalError"), ask = "unavailable 69 2", http = "http 69 2" },
  { "500, the model's own JSON", refused(500, "Expecting ',' delimiter: line 1 column 5", "InternalError.Algo"),
    ask = "unavailable 69 2" },
  { "500, timed out", refused(500, "Request timed out, please try again later.", "request_timeout"),
    ask = "unavailable 69 2" },
  { "502, a page", { { send = model.http(502, "<html><title>502 Bad Gateway</title></html>",
    "Content-Type: text/html\r\n") } }, ask = "unavailable 69 2" },
  { "503", refused(503, "Too many requests. Your requests are being throttled due to system capacity limits."),
    ask = "unavailable 69 2", whole = "unavailable 69 2" },
  { "503 that is cut", { { send = "HTTP/1.1 503 X\r\nContent-Length: 90\r\n\r\n{\"error\":{\"mess" }, CLOSE },
    ask = "unavailable 69 2" },
  { "504 without a word", answer(504, ""), ask = "unavailable 69 2" },
  { "a status of its own", answer(299, ""), ask = "network 69 2" },
  { "a status that nobody knows", answer(999, ""), ask = "unavailable 69 2" },
  { "200 with an error", answer(200, '{"error":{"message":"Boom","code":"internal_error"}}'),
    ask = "unavailable 69 2", whole = "unavailable 69 2" },
  { "an error before the text", events('data: {"error":{"code":"internal_error","message":"Boom"}}\n\n'),
    ask = "unavailable 69 2" },
  { "an error behind the text", events(HEL, 'data: {"error":{"code":"internal_error","message":"Boom"}}\n\n'),
    ask = "unavailable 69 1", text = "Hel" },
  { "an error event", events(HEL, "id:2\nevent:error\n:HTTP_STATUS/429\n",
    'data:{"request_id":"r","code":"Throttling.RateQuota","message":"Requests rate limit exceeded"}\n\n'),
    ask = "rate_limit 75 1", text = "Hel" },
  { "an error event before the text", events("event:error\n:HTTP_STATUS/400\n",
    'data:{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing."}\n\n'),
    ask = "billing 78 1" },
  { "an error as finish reason", events(HEL, "data: ",
    model.chunk({ content = "Allocated quota exceeded" }, "error_finish"), "\n\n"), ask = "rate_limit 75 1",
    text = "Hel" },
  { "an inspection in the middle", events(HEL, 'data: {"error":{"code":"data_inspection_failed","message":"Output data '
    .. 'may contain inappropriate content."}}\n\n'), ask = "content_filter 77 1", text = "Hel" },
  { "an error that is cut", events(HEL, 'data: {"error":{"code":"data_inspection_failed","message":"Output data may '
    .. 'contain inappropriate content."}}'), ask = "content_filter 77 1", text = "Hel" },
}
