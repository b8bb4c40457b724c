--- Model calls against a server of raw bytes: what a service may send, and one
--- turn of the model as a script's agent would make it.
local chat = require "lash.chat"
local config = require "lash.config"
local folder = require "spec.support.folder"
local json = require "lash.core.json"
local retry = require "lash.retry"
local sched = require "lash.sched"
local server = require "spec.support.server"

local M = {}

--- The data of one chunk of a stream.
---@param delta table
---@param finish? string
function M.chunk(delta, finish)
  return json.encode {
    id = "chatcmpl-1",
    model = "qwen3-max",
    choices = json.array { { index = 0, delta = delta, finish_reason = finish or json.null } },
  }
end

M.USAGE = '{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}'

--- The body of a streamed answer: these deltas, a finish reason, usage, [DONE].
---@param deltas (table|string)[]  a string is text
---@param finish? string
function M.stream(deltas, finish)
  local lines = {}
  for i, delta in ipairs(deltas) do
    lines[i] = "data: " .. M.chunk(type(delta) == "string" and { content = delta } or delta) .. "\n\n"
  end
  lines[#lines + 1] = ("data: %s\n\ndata: %s\n\ndata: [DONE]\n\n"):format(M.chunk({}, finish or "stop"), M.USAGE)
  return table.concat(lines)
end

--- A delta with calls: { name, arguments [, id [, index]] } each.
function M.calls(...)
  local list = json.array {}
  for i, c in ipairs { ... } do
    list[i] = { index = c[4] or i - 1, id = c[3] or "call_" .. i, type = "function",
      ["function"] = { name = c[1], arguments = c[2] } }
  end
  return { tool_calls = list }
end

--- The body of an answer that is not streamed.
function M.whole(message, finish)
  message.role = "assistant"
  return json.encode {
    id = "chatcmpl-2", model = "qwen3-max",
    choices = json.array { { index = 0, message = message, finish_reason = finish or "stop" } },
    usage = { prompt_tokens = 7, completion_tokens = 5, total_tokens = 12 },
  }
end

local EVENTS = "text/event-stream;charset=UTF-8"

--- Bytes of an HTTP answer with its length.
---@param status integer
---@param body string
---@param headers? string  whole lines
function M.http(status, body, headers)
  return ("HTTP/1.1 %d Status\r\n%sContent-Length: %d\r\n\r\n%s"):format(status, headers or "", #body, body)
end

--- An exchange that streams this body with its length.
function M.ok(body) return { steps = { { send = M.http(200, body, "Content-Type: " .. EVENTS .. "\r\n") } } } end

--- An exchange that says these words as an error, in the service's shape.
---@param status integer
---@param message string
---@param code? string
---@param headers? string
function M.refusal(status, message, code, headers)
  local body = { error = { message = message, code = code or json.null, type = "x", param = json.null },
    request_id = "req-1" }
  local type = "Content-Type: application/json\r\n"
  return { steps = { { send = M.http(status, json.encode(body), type .. (headers or "")) } } }
end

--- Bytes of an answer in chunks of HTTP, which a client is given one by one.
---@param body string
---@param size integer  of a chunk
---@param status? integer
---@param cut? boolean  no end
function M.chunked(body, size, status, cut)
  local parts = { ("HTTP/1.1 %d Status\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n")
    :format(status or 200, EVENTS) }
  for at = 1, #body, size do
    local piece = body:sub(at, at + size - 1)
    parts[#parts + 1] = ("%x\r\n%s\r\n"):format(#piece, piece)
  end
  if not cut then parts[#parts + 1] = "0\r\n\r\n" end
  return table.concat(parts)
end

--- A provider at this address, as the configuration would make it.
---@param url string
---@param fields? table
function M.provider(url, fields)
  local provider = { name = "spec", type = "dashscope", api_key = "sk-spec", api_base = url, headers = {},
    proxy = "" } -- an empty one: never the one of the environment
  for k, v in pairs(fields or {}) do provider[k] = v end
  return provider
end

---@class spec.Outcome
---@field turn? lash.Turn
---@field err? lash.Error
---@field partial? lash.Turn
---@field text string  that was handed out
---@field thinking string
---@field retries table[]
---@field order string[]  kinds of events, without repetition

--- One turn. `request`: fields of chat.turn's request.
---@async
---@param url string
---@param request? table
---@return spec.Outcome
function M.turn(url, request)
  local all = {
    provider = M.provider(url), model = "qwen3-max", retries = 0,
    messages = json.array { { role = "user", content = "Hi" } },
  }
  for k, v in pairs(request or {}) do all[k] = v end
  local outcome = { text = "", thinking = "", retries = {}, order = {} }
  outcome.turn, outcome.err, outcome.partial = chat.turn(all, function(kind, value)
    if kind ~= "lost" and outcome.order[#outcome.order] ~= kind then table.insert(outcome.order, kind) end
    if kind == "retry" then
      table.insert(outcome.retries, value)
    elseif kind ~= "lost" then
      outcome[kind] = outcome[kind] .. value
    end
  end)
  return outcome
end

--- Calls f(...) as a task, without the configuration of this machine and
--- without waiting between attempts.
function M.run(f, ...)
  local dir <close> = folder.new()
  local restore = folder.environment { HOME = dir.path }
  local random, clocks = retry.random, {}
  for k, v in pairs(chat.clocks) do clocks[k] = v end
  retry.random = function() return 0 end
  config.load { cwd = dir.path }
  local ok, err = xpcall(sched.run, function(e)
    return type(e) == "string" and debug.traceback(e, 2) or e
  end, f, ...)
  require("lash.journal").finish(0)
  require("lash.store").close()
  restore()
  retry.random, chat.clocks = random, clocks
  if not ok then error(err, 0) end
end

--- An agent whose service is at this address, and never another.
---@param url string
---@param settings? table
---@return lash.Agent
function M.agent(url, settings)
  local all = { provider = { type = "dashscope", api_key = "sk-spec", api_base = url, proxy = "" } }
  for k, v in pairs(settings or {}) do all[k] = v end
  return require("lash").agent(all)
end

--- A test against `lash fake` with these replies: `f` is given the server and a
--- maker of agents.
---@param replies table[]
---@param f async fun(server: lash.fake.Server, agent: fun(settings?: table): lash.Agent)
function M.fake(replies, f)
  return function()
    M.run(function()
      local s <close> = require("lash.fake").start { replies = replies }
      f(s, function(settings) return M.agent(s.url, settings) end)
    end)
  end
end

--- The error that f raises.
---@async
---@return lash.Error
function M.failure(f, ...)
  local ok, err = pcall(f, ...)
  assert(not ok, "nothing was raised")
  return err
end

--- A test against a server with these exchanges.
---@param exchanges table[]
---@param f async fun(s: spec.Server)
function M.test(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    M.run(f, s)
  end
end

return M
