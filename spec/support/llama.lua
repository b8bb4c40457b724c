--- What llama.cpp's server sends (its master of 2026), as exchanges for
--- spec.support.server: other key orders than the service's, nulls, numbers as
--- codes, and members that nobody else has.
local json = require "lash.core.json"
local model = require "spec.support.model"

local M = {}

local TIMINGS = { cache_n = 236, prompt_n = 1, prompt_ms = 30.958, prompt_per_token_ms = 30.958,
  prompt_per_second = 32.3, predicted_n = 35, predicted_ms = 661.064, predicted_per_second = 52.94 }

M.USAGE = { completion_tokens = 35, prompt_tokens = 237, total_tokens = 272,
  prompt_tokens_details = { cached_tokens = 236 }, completion_tokens_details = { reasoning_tokens = 12 } }

--- A chunk; `more` has members beside `choices`.
---@param choices table
---@param more? table
local function chunk(choices, more)
  local all = { choices = json.array(choices), created = 1764000000, id = "chatcmpl-Yl2s", model = "gemma.gguf",
    system_fingerprint = "b9828-0a1b2c3d", object = "chat.completion.chunk" }
  for key, value in pairs(more or {}) do all[key] = value end
  return json.encode(all)
end

local function choice(delta, finish) return { finish_reason = finish or json.null, index = 0, delta = delta } end

--- The texts of a stream: the empty beginning, these deltas, the finish reason
--- in an empty delta, usage.
---@param deltas table[]
---@param finish? string
---@param beside? boolean  usage stands in the last chunk beside its choice, as in older builds
---@return string[]
function M.chunks(deltas, finish, beside)
  local list = { chunk({ choice { role = "assistant", content = json.null } },
    { prompt_progress = { total = 237, cache = 236, processed = 237, time_ms = 31 } }) }
  for _, delta in ipairs(deltas) do list[#list + 1] = chunk { choice(delta) } end
  local last, tail = choice({}, finish or "stop"), { usage = M.USAGE, timings = TIMINGS }
  if beside then
    list[#list + 1] = chunk({ last }, tail)
  else
    list[#list + 1] = chunk { last }
    list[#list + 1] = chunk({}, tail)
  end
  return list
end

--- An exchange that streams these texts, with the pings of a long prompt before.
---@param list string[]
function M.send(list)
  local body = ":\n\n:\n\ndata: " .. table.concat(list, "\n\ndata: ") .. "\n\n"
  return { steps = { { send = "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\nContent-Type: text/event-stream\r\n"
    .. "Transfer-Encoding: chunked\r\n\r\n" .. ("%x\r\n%s\r\n0\r\n\r\n"):format(#body, body) } } }
end

--- An exchange that streams an answer.
function M.stream(deltas, finish, beside)
  local list = M.chunks(deltas, finish, beside)
  list[#list + 1] = "[DONE]"
  return M.send(list)
end

--- A delta of one call: `id` and `name` stand in its first fragment only.
---@param index integer
---@param id? string
---@param name? string
---@param arguments? string
function M.call(index, id, name, arguments)
  return { tool_calls = json.array { { index = index, id = id, type = id and "function",
    ["function"] = { name = name, arguments = arguments } } } }
end

--- An exchange that is not streamed.
function M.whole(message, finish)
  message.role = "assistant"
  message.content = message.content or json.null
  return { steps = { { send = model.http(200, json.encode {
    choices = json.array { { finish_reason = finish or "stop", index = 0, message = message } },
    created = 1764000000, model = "gemma.gguf", system_fingerprint = "b9828-0a1b2c3d", object = "chat.completion",
    usage = M.USAGE, id = "chatcmpl-Yl2s", timings = TIMINGS,
  }, "Server: llama.cpp\r\nContent-Type: application/json; charset=utf-8\r\n") } } }
end

--- The error object, as it stands in a body and in a stream.
---@param code integer
---@param message string
---@param kind string
---@param more? table
---@return string
function M.failure(code, message, kind, more)
  local err = { code = code, message = message, type = kind }
  for key, value in pairs(more or {}) do err[key] = value end
  return json.encode { error = err }
end

--- An exchange that refuses with plain JSON, whatever was asked for.
function M.refuse(code, ...)
  return { steps = { { send = model.http(code, M.failure(code, ...),
    "Server: llama.cpp\r\nContent-Type: application/json; charset=utf-8\r\n") } } }
end

return M
