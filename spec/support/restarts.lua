--- A script as somebody runs it again and again: a folder with its state, and a
-- simulated service that counts what it is asked.
local exec = require "lash.exec"
local fake = require "lash.fake"
local folder = require "spec.support.folder"
local model = require "spec.support.model"

local M = {}

local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"

---@class spec.Restarts
---@field path string
---@field server lash.fake.Server
local Project = {}
Project.__index = Project

function Project:write(name, text) return self.folder:write(name, text) end

--- The content of a file of the project; empty when it is not there.
function Project:read(name)
  local file <close> = io.open(self.path .. "/" .. name)
  return file and file:read "a" or ""
end

--- Runs the program with these words in the folder; without a terminal.
---@async
---@param words string[]  `stdin` beside them
---@param env? table<string, string>
---@return table  as lash.exec gives it
function Project:lash(words, env)
  local command = { program, timeout = 60, cwd = self.path, stdin = words.stdin }
  table.move(words, 1, #words, 2, command)
  command.env = { HOME = self.path, DASHSCOPE_API_BASE = self.server.url, DASHSCOPE_API_KEY = "sk-project" }
  for name, value in pairs(env or {}) do command.env[name] = value end
  return exec.exec(command)
end

--- Rows of the database of the project.
---@param sql string
---@param ... any
---@return table[]
function Project:rows(sql, ...)
  local core = require "lash.core.store"
  local store = assert(core.open(self.path .. "/.local/state/lash/lash.db"))
  local rows, message = store:query(sql, ...)
  store:close()
  return assert(rows, message)
end

--- The prompts that the service was asked, in their order.
function Project:asked()
  local list = {}
  for i, request in ipairs(self.server.requests) do
    local messages = request.json.messages
    list[i] = messages[#messages].content
  end
  return list
end

--- A test with a project whose script.lua has this text.
---@param text? string  nil: no script.lua
---@param f async fun(project: spec.Restarts)
---@param replies? table
function M.test(text, f, replies)
  return function()
    model.run(function()
      local dir <close> = folder.new()
      local server <close> = fake.start { replies = replies }
      local project = setmetatable({ folder = dir, path = dir.path, server = server }, Project)
      if text then project:write("script.lua", 'local lash = require "lash"\n' .. text) end
      f(project)
    end)
  end
end

return M
