--- `lash chat` at a terminal of 80 columns, against a service that answers as told.
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

local M = {}

--- What the service says, unless a spec says something else: the count of messages,
-- and the last of them.
local REPLIES = [[
  local function answer(text, messages)
    if text == "slow" then return { delay = 60, text = "never" } end
    if text == "think" then return { thinking = "Hm, let me see.", text = "So it is." } end
    return ("%d: %s"):format(#messages, text)
  end]]

local SERVER = [[
  %s
  return function(request)
    local messages = request.json.messages
    local last = messages[#messages]
    local text = last.content
    if type(text) == "table" then text = text[1].text end
    return answer(text, messages, last.role, request.json)
  end]]

--- A shell with a service. `replies`: Lua source that defines answer(text, messages,
--- role, request).
---@param replies? string
---@param variables? table<string, string>
function M.shell(replies, variables)
  local sh = shell.new { DASHSCOPE_API_KEY = "sk-fake-0123456789", TERM = "xterm-256color" }
  for name, value in pairs(variables or {}) do sh.variables[name] = value end
  sh.variables.DASHSCOPE_API_BASE = sh:fake(SERVER:format(replies or REPLIES))
  sh:write("work/.keep", "")
  return sh
end

local Chat = {}
Chat.__index = Chat

--- What is shown when the editor waits for keys, and asked for pasted text.
local READY = "\27[?2004h"

--- Runs a line of bash in the folder work/, in which `lash` is the program.
function M.run(sh, line)
  local t = terminal.start(sh, "stty cols 80 rows 30; cd work; " .. line)
  return setmetatable({ terminal = t }, Chat)
end

--- Starts `lash chat` with these words, and waits for its prompt. A shell around it
--- would be interrupted by Ctrl-C, too.
function M.start(sh, words)
  local chat = M.run(sh, ("exec %s chat %s"):format(sh:command(), words or ""))
  chat.greeting = chat:ready()
  return chat
end

--- Waits for a prompt; what was shown before it, without the line that is drawn over
--- and over.
function Chat:ready()
  local shown = self.terminal:wait(READY):gsub("\27%[%?2004.", "")
  return (shown:gsub("\r\27%[K\27%[2m[^\27\n]*  %d+ s\27%[0m", ""):gsub("\r\27%[K", ""))
end

--- Waits for a text; what was shown, to it.
function Chat:wait(text) return self.terminal:wait(text) end

--- Types keys.
function Chat:type(text) self.terminal:type(text) end

--- Types a line, and waits for the next prompt: what was shown in between.
function Chat:say(text) return self:ready_after(text .. "\r") end

--- Types keys, and waits for the next prompt: what was shown in between.
function Chat:ready_after(keys)
  self:type(keys)
  return self:ready()
end

--- Ctrl-D, and the end: what was shown, and the status.
function Chat:leave()
  self:type "\4"
  return self:finish()
end

--- Waits for the end: what was shown, and the status.
function Chat:finish() return self.terminal:finish() end

function Chat:__close() self.terminal:__close() end

return M
