--- The guard of one run: what its tools may do, asked where that is not decided.
--
-- A tool hands in what it means to touch and gets back what it may use, or why
-- not; a no is noted in the record of the run.
local approve = require "lash.approve"
local context = require "lash.context"
local loop = require "lash.core.loop"
local place = require "lash.core.place"
local policy = require "lash.policy"
local private = require "lash.private"
local scope = require "lash.scope"
local sys = require "lash.core.sys"

local M = {}

---@class lash.Guard
---@field confined boolean  commands run in the sandbox
---@field private run lash.Run
---@field private rules lash.Rules
---@field private folder? string  private temporary folder
---@field private judge? fun(real: string): boolean
local Guard = {}
Guard.__index = Guard
Guard.__name = "lash.Guard"

---@param settings table  of the run
---@param run lash.Run
---@return lash.Guard
function M.new(settings, run)
  return setmetatable({
    run = run,
    rules = policy.rules(settings.policy),
    confined = settings.sandbox ~= "off",
  }, Guard)
end

local POLICY = "the policy of an agent says what needs no question"

--- Asks a person; a no is remembered.
---@async
---@param tool string
---@param question lash.Question
---@param hint? string  how that it was not answered can be helped
---@return boolean yes
---@return string? reason
function Guard:_ask(tool, question, hint)
  local agent = self.run.agent or ""
  question.key = ("%s\0%s\0%s"):format(agent, tool, question.key)
  if agent ~= "" then question.title = ("%s: %s"):format(agent, question.title) end
  local journal = require("lash.journal").current()
  local yes, reason, unanswered
  if journal and journal.replays then -- a workflow's questions can wait
    yes, reason = require("lash.journal.question").ask(journal, require("lash.frame").key "question", question)
  else
    local call = scope.find "call" or {}
    local began = loop.now()
    call.asking = true -- also where the answer never comes
    yes, reason, unanswered = approve.ask(question)
    call.asking, call.asked = false, (call.asked or 0) + loop.now() - began
  end
  if yes then return true end
  local denied = { tool = tool, subject = question.subject or question.text, reason = reason }
  table.insert(self.run.denied, denied)
  context.denied[#context.denied + 1] = { denied = denied, hint = unanswered and (hint or POLICY) or nil }
  return false, "denied: " .. reason
end

--- Does what the rules say of a subject, or asks.
function Guard:_settle(kind, tool, subject, question)
  local verdict = self.rules:decide(kind, subject)
  if verdict == "allow" then return true end
  if verdict == "deny" then return false, ("denied: the policy of this agent forbids it (%s)"):format(kind) end
  return self:_ask(tool, question())
end

--- Is this real path one that no tool touches?
---@param real string
---@return boolean
function Guard:is_private(real)
  self.judge = self.judge or private.judge()
  return self.judge(real)
end

--- Is it the whole of a result that the model has seen in parts?
local function is_spilled(real)
  local spill = package.loaded["lash.tool.spill"]
  local folder = spill and spill.folder()
  return folder ~= nil and private.is_within(real, place.real(folder))
end

local SHOWN = 3000 -- bytes of a content that a question shows

--- A content as a person is shown it: its beginning, when it is long.
local function excerpt(text)
  if #text <= SHOWN then return text end
  return ("%s\n[and %d bytes more]"):format(text:sub(1, utf8.offset(text, 0, SHOWN) - 1), #text - SHOWN)
end

--- The real path that a name means, when the tool may read or write it.
---@async
---@param kind "read"|"write"
---@param tool string
---@param name string
---@param content? string  what is to be written, for a person to see
---@return string|nil real
---@return string? message  for the model
function Guard:path(kind, tool, name, content)
  if name == "" or name:find("\0", 1, true) then return nil, "that is no path" end
  local home = name:find "^~/" and sys.home()
  local real, message = place.real(home and home .. name:sub(2) or name)
  if not real then return nil, message end
  if self:is_private(real) then return nil, private.refusal(real) end
  if kind == "read" and is_spilled(real) then return real end
  local ok
  ok, message = self:_settle(kind, tool, real, function()
    return { title = ("%s wants to %s"):format(tool, kind), text = real, always = "this path",
      detail = content and excerpt(content), key = kind .. "\0" .. real }
  end)
  if not ok then return nil, message end
  return real
end

--- May this command run? `shown` is what a person is asked.
---@async
---@param tool string
---@param argv string[]
---@param shown string
---@param note? string
---@return boolean ok
---@return string? message  for the model
function Guard:command(tool, argv, shown, note)
  return self:_settle("exec", tool, argv, function()
    return { title = ("%s wants to run"):format(tool), text = shown, note = note, always = "this command",
      key = ("%s\0%s"):format(self.confined, shown) }
  end)
end

--- May the tool speak to this host? `shown` is what a person is asked.
---@async
---@param tool string
---@param host string
---@param shown? string  default: the host
---@return boolean ok
---@return string? message  for the model
---@return boolean? named  the policy names the host: it may be one of this network
function Guard:host(tool, host, shown)
  local ok, message = self:_settle("net", tool, host, function()
    return { title = ("%s wants to reach"):format(tool), text = shown or host, always = "all of " .. host,
      key = "net\0" .. host }
  end)
  return ok, message, ok and self.rules:names("net", host)
end

--- May the tool, one that wants to be confirmed, be called?
---@async
---@param tool lash.Tool
---@param arguments table
---@return boolean ok
---@return string? message  for the model
function Guard:confirm(tool, arguments)
  local text = require("lash.core.json").encode(arguments, 2) or "(arguments without a text)"
  return self:_ask(tool.name, { title = ("the model wants to call %s"):format(tool.name), text = text,
    subject = require("lash.core.json").encode(arguments), always = "this tool", key = "" },
    ("%s has `confirm = true`: a person at a terminal has to say yes"):format(tool.name))
end

local folders = {} ---@type table<lash.Guard, true>  guards that have one

local function close_all()
  for guard in pairs(folders) do guard:__close() end
end

--- A folder for this run alone, made when it is asked for first, gone with it; at
--- the latest with the process.
---@return string|nil real
---@return string? message
function Guard:temporary()
  if not self.folder then
    local real, message = place.temporary()
    if not real then return nil, message end
    self.folder, folders[self] = real, true
    require("lash.host").at_end(close_all)
  end
  return self.folder
end

function Guard:__close()
  if self.folder then place.remove(self.folder) end
  self.folder, folders[self] = nil, nil
end

return M
