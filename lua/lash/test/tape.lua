--- lash.test.tape: a recording plays the service, on loopback.
--
-- Requests are matched by what they say, not by their order. Each exchange is played
-- once; a request that was recorded twice has two answers. One that differs from all
-- that were recorded is refused with the difference, and fails the test.
local answer = require "lash.fake.answer"
local difference = require "lash.test.difference"
local errors = require "lash.errors"
local format = require "lash.trial.tape"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local open = require "lash.test.open"
local refusal = require "lash.fake.refusal"
local sched = require "lash.sched"
local serve = require "lash.core.serve"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 256 << 20 -- bytes of a tape
local PATIENCE = 300 -- seconds that an answer without an end is kept open
local SHOWN = 60 -- bytes of a prompt in messages
local MOST_TOLD, MOST_KEPT = 3, 100 -- problems

---@class lash.test.Tape
---@field file string
---@field private _exchanges lash.trial.Exchange[]
---@field private _used table<lash.trial.Exchange, true>
---@field private _drifts string[]
---@field private _again boolean  an exchange may be played again: something was killed
local Tape = {}
Tape.__index = Tape
Tape.__name = "lash.test.tape"

--- A request as it is compared: of a model call the body, of another one the method
--- and the URL, too.
local function essence(method, url, body)
  if url:find "/chat/completions$" then return body end
  return { method = method, url = url, body = body }
end

local function decoded(body)
  if body == nil or body == "" then return nil end
  local value, message = json.decode(body)
  return message == nil and type(value) == "table" and value or body
end

--- What is asked, on one line.
local function title(exchange)
  local body = type(exchange.body) == "table" and exchange.body or {}
  local last = json.is_array(body.messages) and body.messages[#body.messages]
  local text = last and (type(last.content) == "string" and last.content or json.encode(last))
    or ("%s %s"):format(exchange.method, exchange.url)
  text = text:gsub("%s+", " ")
  if #text > SHOWN then text = text:sub(1, SHOWN):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…" end
  return last and ("%s: %s"):format(last.role, text) or text
end

--- The exchange that answers, the first that was not played yet.
---@return lash.trial.Exchange?
---@return lash.trial.Exchange? played  one that would, had it not been played
function Tape:_find(asked)
  local played
  for _, exchange in ipairs(self._exchanges) do
    if difference.equal(exchange.essence, asked) then
      if not self._used[exchange] then return exchange end
      played = exchange
    end
  end
  if self._again then return played end
  return nil, played
end

--- Why there is no answer.
function Tape:_drift(asked, request, played)
  if played then
    local times = 0
    for _, exchange in ipairs(self._exchanges) do
      times = times + (difference.equal(exchange.essence, asked) and 1 or 0)
    end
    return ("%s: this was recorded %s, and is asked once more: %s"):format(self.file,
      times == 1 and "once" or times .. " times", title(request))
  end
  local best, most
  for _, exchange in ipairs(self._exchanges) do
    local likeness = difference.likeness(exchange.essence, asked) * 2 + (self._used[exchange] and 0 or 1)
    if not most or likeness > most then best, most = exchange, likeness end
  end
  if not best then return ("%s: the tape is empty; asked was: %s"):format(self.file, title(request)) end
  local lines = difference.lines(best.essence, asked)
  return ("%s: this was not recorded. What comes nearest (line %d) differs in %s"):format(self.file, best.line,
    table.concat(lines, "\n"))
end

--- Plays the pieces of an exchange.
local function play(ex, exchange, speed)
  if not exchange.status then return end -- leaving cuts the connection
  local began = loop.now()
  local function wait(seconds)
    if speed then answer.pause(ex, seconds / speed - (loop.now() - began)) end
  end
  if #exchange.pieces > 0 then wait(exchange.pieces[1][1]) end
  if not ex:start(exchange.status, exchange.headers) then return end
  for _, piece in ipairs(exchange.pieces) do
    wait(piece[1])
    if not answer.put(ex, piece[2], 0) then return end
  end
  if exchange.ended == "whole" then
    ex:finish()
  elseif exchange.ended == "left" then
    answer.pause(ex, PATIENCE) -- whoever asked goes away by himself
  end
end

function Tape:_answer(ex_)
  local ex <close> = ex_
  local url = ex:header "x-lash-url" or ex:path()
  local request = { method = ex:method(), url = url, body = decoded(ex:body()) }
  local asked = essence(request.method, url, request.body)
  local found, played = self:_find(asked)
  if found then
    self._used[found] = true
    return play(ex, found, self._speed)
  end
  local told = self:_drift(asked, request, played)
  if #self._drifts < MOST_KEPT then table.insert(self._drifts, told) end
  local no = refusal.new(400, told, "tape_drift")
  answer.send(ex, 400, { ["content-type"] = "application/json" }, refusal.body(no, "tape"))
end

function Tape:_run() answer.all(self._core, self._answer, self) end

local function list(problems)
  local more = #problems - MOST_TOLD
  local lines = table.move(problems, 1, math.min(#problems, MOST_TOLD), 1, {})
  if more > 0 then lines[#lines + 1] = ("… and %d more"):format(more) end
  return table.concat(lines, "\n")
end

--- What speaks against the test: requests that were not recorded, exchanges that
--- nobody asked for.
---@param failed? boolean  it failed already: what was not asked then says nothing
---@return string?
function Tape:_problems(failed)
  if #self._drifts > 0 then return list(self._drifts) end
  local missing = {}
  for _, exchange in ipairs(failed and {} or self._exchanges) do
    if not self._used[exchange] then
      missing[#missing + 1] = ("%s: the exchange of line %d was never asked for: %s"):format(self.file, exchange.line,
        title(exchange))
    end
  end
  return #missing > 0 and list(missing) or nil
end

--- Plays from the beginning. What was on its way when a process was killed is asked
--- again, so from here on an exchange may be played again, too.
function Tape:_rewind() self._used, self._again = {}, true end

--- Ends it; any number of times.
function Tape:close()
  open.remove(self)
  self._task:cancel()
  self._core:close()
end

-- What speaks against the test is said at its end: busted hides from us here whether
-- the block has failed.
Tape.__close = Tape.close

---@param file string
---@param speed? number
---@return lash.test.Tape
function M.open(file, speed)
  local text, message, code = sys.read_file(file, LARGEST)
  if not text then
    errors.raise("input", message, { hint = code == "missing" and "LASH_RECORD=" .. file .. " lash … makes it" or nil })
  end
  local exchanges = format.decode(text, file)
  for _, exchange in ipairs(exchanges) do
    exchange.essence = essence(exchange.method, exchange.url, exchange.body)
  end
  local core, why, kind = serve.start(0)
  if not core then errors.raise(kind == "library" and "config" or "io", why) end
  local self = setmetatable({ file = file, _exchanges = exchanges, _used = {}, _drifts = {}, _again = false,
    _speed = speed, _core = core }, Tape)
  self._task = sched.spawn_daemon(self._run, self)
  local origin = ("http://127.0.0.1:%d"):format(core:port())
  open.add(self, origin, origin .. "/")
  return self
end

return M
