--- LASH_RECORD=FILE: every exchange with the model service, and every request of
--- lash.http, goes into a tape; a spec plays it back (test/tape.lua).
--
-- An exchange is appended when it has ended, with one call of write(2): those of
-- other tasks and processes stand before or behind it, never in between.
local core = require "lash.core.fs"
local loop = require "lash.core.loop"
local sys = require "lash.core.sys"
local tape = require "lash.trial.tape"

local M = {}

local path ---@type string
local warned = false

--- The absolute path of a file that need not be there.
local function absolute(file)
  local folder, name = file:match "^(.*/)([^/]*)$"
  local real = sys.realpath(folder or ".")
  return real and real .. "/" .. (name or file) or file
end

--- Records into this file from now on.
---@param file string
---@return table
function M.open(file)
  path = absolute(file)
  sys.setenv("LASH_RECORD", path) -- for a lash that is started elsewhere
  return M
end

local function write(exchange)
  local ok, message = core.append(path, tape.encode(exchange))
  if ok or warned then return end
  warned = true
  require("lash.log").warn(("an exchange was not recorded: %s"):format(message))
end

---@class lash.trial.Watch  a transfer whose exchange is recorded when it is closed
---@field transfer? lash.http.request|lash.chat.stream
---@field request table
---@field began number
---@field ended? "whole"|string  or how it broke
local Watch = {}
Watch.__index = Watch
Watch.__name = "lash.trial.Watch"

function Watch:id() return self.transfer:id() end

local function note_end(self, kind, what, ...)
  if kind == "done" then
    self.ended = "whole"
  elseif kind == "fail" then
    self.ended = what.transport or "whole" -- a refusal is an answer
  end
  return kind, what, ...
end

function Watch:pop() return note_end(self, self.transfer:pop()) end

--- Records what there was, then closes the transfer; any number of times.
function Watch:close()
  local transfer = self.transfer
  if not transfer then return end
  self.transfer = nil
  local seen, request = transfer:tap(), self.request
  if seen then
    write {
      method = request.method or (request.body and "POST" or "GET"), url = request.url, body = request.body,
      status = seen.status, headers = seen.headers, pieces = seen.pieces, seconds = loop.now() - self.began,
      ended = seen.cut and "toobig" or self.ended or "left",
    }
  end
  transfer:close()
end

Watch.__close = Watch.close

--- A transfer whose exchange is recorded.
---@param transfer lash.http.request|lash.chat.stream
---@param request table
---@return lash.trial.Watch
function M.watch(transfer, request)
  return setmetatable({ transfer = transfer, request = request, began = loop.now() }, Watch)
end

return M
