--- A local stand-in for the service: real HTTP on loopback, the service's
--- shapes and refusals, answers from a script or made up by rule.
local answer = require "lash.fake.answer"
local brain = require "lash.fake.brain"
local errors = require "lash.errors"
local json = require "lash.core.json"
local models = require "lash.fake.models"
local refusal = require "lash.fake.refusal"
local reply = require "lash.fake.reply"
local rules = require "lash.fake.rules"
local sched = require "lash.sched"
local scripts = require "lash.fake.script"
local serve = require "lash.core.serve"
local spelling = require "lash.spelling"
local value = require "lash.fake.value"

local M = {}

local KEPT = 1000 -- requests that are remembered

---@class lash.fake.Server
---@field url string  the API base
---@field origin string  what stands before its path
---@field requests { method: string, path: string, headers: table<string, string>, body: string, json: any,
---  prompt?: string, [string]: any }[]  fields of the JSON body can be read as the request's
---@field private _core userdata
---@field private _script? lash.fake.Script
---@field private _task? lash.Task
local Server = {}
Server.__index = Server
Server.__name = "lash.fake.Server"

local function uuid()
  local function hex(n) return ("%0" .. n .. "x"):format(math.random(0, (1 << 4 * n) - 1)) end
  return ("%s-%s-4%s-a%s-%s"):format(hex(8), hex(4), hex(3), hex(3), hex(12))
end

local function headers_for(id, content_type)
  local now = ("%d"):format(os.time() * 1000)
  return {
    ["content-type"] = content_type,
    ["x-request-id"] = id,
    ["x-dashscope-call-gateway"] = "true",
    ["x-dashscope-finished"] = "true",
    ["x-dashscope-timeout"] = "180",
    ["req-cost-time"] = "1",
    ["req-arrive-time"] = now,
    ["resp-start-time"] = now,
    ["x-envoy-upstream-service-time"] = "1",
    ["server"] = "istio-envoy",
    ["vary"] = "Origin,Access-Control-Request-Method,Access-Control-Request-Headers",
    ["x-simulated"] = "lash fake",
  }
end

local function refuse(ex, no, id)
  local headers = headers_for(id, no.message and "application/json" or nil)
  headers["retry-after"] = no.retry_after and ("%d"):format(math.ceil(no.retry_after)) or nil
  answer.pause(ex, no.delay)
  answer.send(ex, no.status, headers, refusal.body(no, id))
end

local function list_models()
  local data = json.array {}
  for i, name in ipairs(models.names()) do
    data[i] = { id = name, object = "model", created = 1700000000, owned_by = "system" }
  end
  return json.encode { object = "list", data = data }
end

--- What the request says, as the rules and scripts see it.
local function read(ex)
  local headers = {}
  for _, header in ipairs(ex:headers()) do headers[header[1]:lower()] = header[2] end
  local request = { method = ex:method(), path = ex:path(), headers = headers, body = ex:body() }
  request.json = request.body ~= "" and json.decode(request.body) or nil
  -- What a test asks for most: fake.requests[1].messages
  return type(request.json) == "table" and setmetatable(request, { __index = request.json }) or request
end

local function stream(ex, turn, head, headers)
  local left = math.maxinteger
  if turn.cut == true then
    local all = 0
    reply.stream(turn, head, function()
      all = all + 1
      return true
    end)
    left = all // 2
  elseif turn.cut then
    left = turn.cut
  end
  if left == 0 or not ex:start(200, headers) then return end
  reply.stream(turn, head, function(frame)
    left = left - 1
    return answer.put(ex, frame, 0) and left > 0 -- each event is sent before the next is made
  end)
  if not turn.cut then ex:finish() end
end

function Server:_chat(ex, request, id)
  local body, thinks = request.json, rules.thinks(request)
  request.prompt = value.text(body.messages[#body.messages])
  local turn, no
  if self._script then
    turn, no = self._script:answer(request)
  else
    turn = brain.answer(body, thinks)
  end
  if no then return refuse(ex, no, id) end
  local head = {
    id = "chatcmpl-" .. id,
    created = os.time(),
    model = body.model .. "-simulated",
    thinks = thinks,
    n = value.get(body, "n") or 1,
    prompt_tokens = reply.tokens(json.encode(body.messages))
      + (value.get(body, "tools") and reply.tokens(json.encode(body.tools)) or 0),
    include_usage = (value.get(body, "stream_options") or {}).include_usage == true,
  }
  answer.pause(ex, turn.delay)
  if body.stream == true then
    stream(ex, turn, head, headers_for(id, "text/event-stream;charset=UTF-8"))
  else
    answer.send(ex, 200, headers_for(id, "application/json"), reply.whole(turn, head), turn.cut)
  end
end

--- Answers one exchange. Leaving before the answer has ended cuts it.
function Server:_answer(exchange)
  local ex <close> = exchange
  local request, id = read(ex), uuid()
  if #self.requests == KEPT then table.remove(self.requests, 1) end
  table.insert(self.requests, request)
  local no = rules.check(request, self._others)
  if no then
    refuse(ex, no, id)
  elseif request.path == rules.MODELS then
    answer.send(ex, 200, headers_for(id, "application/json"), list_models())
  else
    self:_chat(ex, request, id)
  end
end

--- Answers until the task is cancelled.
---@async
function Server:run() answer.all(self._core, self._answer, self) end

--- Adds a reply to the script; from the first one on, only the script answers.
---@param r lash.fake.Reply|string
function Server:reply(r)
  self._script = self._script or scripts.new {}
  self._script:add(r)
end

--- Every reply may be used as if none had been.
function Server:rewind()
  if self._script then self._script:rewind() end
end

--- Cuts all connections and frees the port; any number of times.
function Server:stop()
  if self._task then self._task:cancel() end
  self._core:close()
end

Server.__close = Server.stop

---@class lash.fake.Options
---@field port? integer
---@field replies? lash.fake.Reply[]|fun(request: table): any
---@field others? boolean  stands in for other services, too: any model, at /v1

--- Listens, and does not answer yet: that is `server:run()`.
---@param options? lash.fake.Options
---@return lash.fake.Server
function M.open(options)
  options = options or {}
  spelling.check_keys("lash.fake", options, { port = true, replies = true, others = true })
  local script = options.replies and scripts.new(options.replies)
  local core, message, code = serve.start(options.port or 0)
  if not core then errors.raise(code == "library" and "config" or "io", message) end
  local origin = ("http://127.0.0.1:%d"):format(core:port())
  return setmetatable({
    origin = origin,
    url = origin .. "/compatible-mode/v1",
    requests = {},
    _core = core,
    _script = script,
    _others = options.others,
  }, Server)
end

--- Starts a server as a task of the current one.
---@param options? lash.fake.Options
---@return lash.fake.Server
function M.start(options)
  local self = M.open(options)
  self._task = sched.spawn_daemon(self.run, self)
  return self
end

return M
