--- require "lash.test": the kit for specs of one's own scripts, which `lash test` runs.
--
--     local test = require "lash.test"
--
--     it("greets", function()
--       local fake <close> = test.fake { { match = "Hello", text = "Hi!" } }
--       assert.equal("Hi!\n", test.run("greet.lua", { "Hello" }).out)
--       assert.equal("Hello", fake.requests[1].messages[1].content)
--     end)
--
-- While a fake or a tape is open, model calls of the spec and of the scripts that it
-- runs go there, whatever their configuration says. Else nothing goes anywhere.
local errors = require "lash.errors"
local open = require "lash.test.open"
local spelling = require "lash.spelling"

local M = {}

---@class lash.test.Fake
---@field url string  the API base
---@field requests table[]  so far: method, path, headers, body, json; fields of the JSON can be read as its own
---@field private _server lash.fake.Server
local Fake = {}
Fake.__index = Fake
Fake.__name = "lash.test.fake"

--- Adds a reply; from the first one on only replies answer.
---@param r lash.fake.Reply|string
function Fake:reply(r) self._server:reply(r) end

--- Ends it; any number of times.
function Fake:close()
  if open.remove(self) then self._server:stop() end
end

Fake.__close = Fake.close

--- Every reply may be used as if none had been.
function Fake:_rewind() self._server:rewind() end

--- Starts a simulated service: without replies it answers by rule, as `lash fake` does.
---@param replies? lash.fake.Reply[]|fun(request: table): lash.fake.Reply|string|nil
---@return lash.test.Fake
function M.fake(replies)
  local server = require("lash.fake").start { replies = replies, others = true }
  local fake = setmetatable({ url = server.url, requests = server.requests, _server = server }, Fake)
  open.add(fake, server.origin)
  return fake
end

--- Plays a tape that LASH_RECORD made: in place of the service, and of what `lash.http`
--- asked. `speed`: 1: pieces come as they did; 2: in half the time; without it, at once.
---@param file string
---@param options? { speed?: number }
---@return lash.test.Tape
function M.tape(file, options)
  if type(file) ~= "string" then errors.raise("usage", "lash.test.tape: expected a file, got " .. type(file)) end
  spelling.check_keys("lash.test.tape", options or {}, { speed = true })
  local speed = options and options.speed
  if speed ~= nil and not (type(speed) == "number" and speed > 0) then
    errors.raise("usage", "lash.test.tape: 'speed' must be a number above 0, got " .. tostring(speed))
  end
  return require("lash.test.tape").open(file, speed)
end

--- Runs a script with this very lash, in a state and configuration of its own.
---@async
---@param script string
---@param args? (string|number)[]
---@param options? lash.test.RunOptions
---@return lash.ExecResult
function M.run(script, args, options) return require("lash.test.run").run(script, args, options) end

local MOST_CRASHES = 1000

--- Runs a script again and again, each time in a new state: killed behind its first
--- journal record, behind its second one, and so on, and then resumed, until it ends
--- before it is killed. `check` is given the record of each last run, and n.
---@async
---@param script string
---@param args? (string|number)[]
---@param options? lash.test.RunOptions  `state` is the matrix's own
---@param check fun(record: lash.ExecResult, n: integer)
---@return integer crashes
---@overload fun(script: string, args: (string|number)[]?, check: fun(record: lash.ExecResult, n: integer)): integer
function M.crash_matrix(script, args, options, check)
  local what = "lash.test.crash_matrix"
  if check == nil then options, check = nil, options end
  if not require "lash.callable"(check) then
    errors.raise("usage", ("%s: expected a function of the record, got %s"):format(what, type(check)))
  end
  if options and options.state then errors.raise("usage", what .. ": every run has a 'state' of its own") end
  local run = require "lash.test.run"
  for n = 1, MOST_CRASHES do
    local folder <close> = require "lash.fs".tmp()
    open.rewind()
    local record = run.run(script, args, run.with(options, folder.path, n))
    local crashed = record.signal == "SIGKILL"
    if crashed then record = run.run(script, args, run.with(options, folder.path, nil)) end
    check(record, n)
    if not crashed then return n - 1 end
  end
  errors.raise("usage", ("%s: %s writes more than %d journal records"):format(what, script, MOST_CRASHES))
end

return setmetatable(M, {
  __index = function(_, name)
    local names = { "crash_matrix", "fake", "run", "tape" }
    local near = spelling.nearest(tostring(name), names)
    errors.raise("usage", ("lash.test has no '%s'"):format(tostring(name)),
      { hint = near and ("did you mean '%s'?"):format(near) or table.concat(names, ", ") })
  end,
})
