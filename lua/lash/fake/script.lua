--- Replies that somebody wrote: a list, each used when it matches, or a
--- function from the request to a reply.
local duration = require "lash.duration"
local errors = require "lash.errors"
local json = require "lash.core.json"
local refusal = require "lash.fake.refusal"
local shapes = require "lash.fake.reply"
local spelling = require "lash.spelling"

local M = {}

---@class lash.fake.Reply
---@field match? string|fun(request: table): any  part of the last user or tool message; none: matches all
---@field times? integer  how often it may be used (1)
---@field text? string|string[]  a list: the pieces of a stream
---@field json? any  the text, as JSON
---@field thinking? string
---@field tool? string  name of a tool to call
---@field arguments? table|string  of that call; a string is sent as it is
---@field calls? { tool: string, arguments?: table|string, id?: string }[]
---@field finish? string  finish_reason
---@field usage? table|false  { input, output, reasoning, cached, cache_creation, total }; false: none
---@field status? integer  refuse with this status
---@field code? string  error code of a refusal
---@field message? string  error text of a refusal
---@field retry_after? number  seconds, as a header
---@field delay? number|string  before the answer begins
---@field cut? boolean|integer  the connection breaks: true: in the middle; N: after N events of a stream, N bytes else
--- Keys, and what a value may be; what is no list of types is checked below.
local KEYS = {
  match = "string function", times = "number", text = "string table", json = true, thinking = "string",
  tool = "string", arguments = "string table", calls = "table", finish = "string", usage = "table boolean",
  status = true, code = "string", message = "string", retry_after = "number", delay = true, cut = true,
}

local function wrong(message) errors.raise("usage", "a reply of lash fake: " .. message) end

--- Raises when a reply cannot be meant.
---@param reply lash.fake.Reply
local function check(reply)
  if type(reply) ~= "table" then wrong("a table is needed, not a " .. type(reply)) end
  spelling.check_keys("a reply of lash fake", reply, KEYS)
  for key, value in pairs(reply) do
    local types = KEYS[key]
    if types ~= true and not types:find(type(value), 1, true) then
      wrong(("%s must be a %s, not a %s"):format(key, types:gsub(" ", " or a "), type(value)))
    end
  end
  for _, piece in ipairs(type(reply.text) == "table" and reply.text or {}) do
    if type(piece) ~= "string" then wrong "a piece of text is a string" end
  end
  for _, key in ipairs { "json", "arguments" } do
    local text, message = json.encode(reply[key])
    if not text then wrong(("%s has no JSON: %s"):format(key, message)) end
  end
  if reply.delay ~= nil then duration.seconds(reply.delay, "a reply's delay") end
  local status = reply.status
  if status and not (math.type(status) == "integer" and status >= 400 and status <= 599) then
    wrong "status is not that of a refusal (400 to 599)"
  end
  local cut = reply.cut
  if cut and cut ~= true and math.type(cut) ~= "integer" then wrong "cut is neither true nor a count" end
  for _, call in ipairs(reply.calls or {}) do
    if type(call) ~= "table" or type(call.tool) ~= "string" then wrong "a call has no tool" end
  end
end

local function encode_arguments(v)
  if v == nil then return "{}" end
  return type(v) == "string" and v or json.encode(v)
end

local function to_call(call)
  return {
    id = call.id or shapes.call_id(),
    name = call.tool,
    arguments = encode_arguments(call.arguments),
  }
end

--- A reply as what is said, or as a refusal.
---@param reply lash.fake.Reply
---@return lash.fake.Turn?
---@return lash.fake.Refusal?
local function perform(reply)
  local no
  if reply.status then
    no = refusal.new(reply.status, reply.message, reply.code)
    no.retry_after = reply.retry_after
    no.delay = duration.seconds(reply.delay or 0, "delay")
    return nil, no
  end
  local calls
  for i, call in ipairs(reply.calls or (reply.tool and { reply } or {})) do
    calls = calls or {}
    calls[i] = to_call(call)
  end
  return {
    thinking = reply.thinking,
    text = reply.json ~= nil and json.encode(reply.json) or reply.text,
    calls = calls,
    finish = reply.finish,
    usage = reply.usage,
    delay = duration.seconds(reply.delay or 0, "delay"),
    cut = reply.cut,
  }
end

---@class lash.fake.Script
---@field private replies? { reply: lash.fake.Reply, left: integer }[]
---@field private given? table<string, lash.fake.Reply>  by request: who asks the same again is given the same
---@field private answerer? fun(request: table): lash.fake.Reply|string|nil
local Script = {}
Script.__index = Script
Script.__name = "lash.fake.Script"

--- Adds a reply after the others; one that is only a text matches everything.
---@param reply lash.fake.Reply|string
function Script:add(reply)
  if self.answerer then errors.raise("usage", "the replies are a function: it alone answers") end
  if type(reply) == "string" then reply = { text = reply } end
  check(reply)
  table.insert(self.replies, { reply = reply, left = reply.times or 1 })
end

--- Every reply may be used as if none had been. From here on a client may be killed
--- while it asks, and asks again: the same request is given the same reply.
function Script:rewind()
  self.given = {}
  for _, entry in ipairs(self.replies) do entry.left = entry.reply.times or 1 end
end

local function matches(reply, request)
  local match = reply.match
  if type(match) == "function" then return match(request) end
  return match == nil or request.prompt:find(match, 1, true) ~= nil
end

--- The reply for a request. May call what the script's author wrote.
function Script:_find(request)
  if self.answerer then
    local reply = self.answerer(request)
    if type(reply) == "string" then reply = { text = reply } end
    if reply ~= nil then check(reply) end
    return reply
  end
  local given = self.given
  if given and given[request.body] then return given[request.body] end
  for _, entry in ipairs(self.replies) do
    if entry.left > 0 and matches(entry.reply, request) then
      entry.left = entry.left - 1
      if given then given[request.body] = entry.reply end
      return entry.reply
    end
  end
end

--- What to answer: a turn, or nil and a refusal.
---@param request table  with `prompt`, the last user or tool message
---@return lash.fake.Turn?
---@return lash.fake.Refusal?
function Script:answer(request)
  local ok, reply = pcall(self._find, self, request)
  if not ok then
    if errors.is(reply) and reply.kind ~= "usage" then error(reply, 0) end -- cancelled while it waited
    return nil, refusal.new(500, "lash fake: the script of replies failed: " .. tostring(reply))
  elseif reply == nil then
    return nil, refusal.new(400, ("lash fake: no reply is left that matches: %s"):format(request.prompt))
  end
  return perform(reply)
end

---@param replies lash.fake.Reply[]|fun(request: table): any
---@return lash.fake.Script
function M.new(replies)
  local self = setmetatable({ replies = {} }, Script)
  if type(replies) == "function" then
    self.answerer = replies
  elseif type(replies) == "table" then
    for _, reply in ipairs(replies) do self:add(reply) end
    if #self.replies == 0 and next(replies) ~= nil then
      errors.raise("usage", "replies are a list; this is a single one", { hint = "return { { text = … } }" })
    end
  else
    errors.raise("usage", "replies are a list or a function, not a " .. type(replies))
  end
  return self
end

--- Reads a REPLIES.lua file.
---@param file string
---@return lash.fake.Reply[]|fun(request: table): any
function M.load(file)
  local handle, why = io.open(file, "r")
  local source = handle and handle:read "a" -- nil for a folder
  if handle then handle:close() end
  if not source then
    errors.raise("input", ("cannot read %s"):format(why or file .. ": not a file"))
  end
  local chunk, message = load(source:gsub("^#[^\n]*", ""), "@" .. file, "t")
  if not chunk then errors.raise("internal", message) end
  local ok, replies = pcall(chunk)
  if not ok then
    if errors.is(replies) then error(replies, 0) end
    errors.raise("internal", tostring(replies))
  end
  if type(replies) ~= "table" and type(replies) ~= "function" then
    errors.raise("usage", file .. " must return a list of replies or a function", {
      hint = 'return { { match = "hello", text = "Hi!" } }' })
  end
  return replies
end

return M
