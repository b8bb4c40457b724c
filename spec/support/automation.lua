--- The scripts in scripts/ as a person has them: a folder to work in, and a
--- simulated service.
local exec = require "lash.exec"
local restarts = require "spec.support.restarts"
local sys = require "lash.core.sys"

local M = {}

M.FOLDER = assert(sys.realpath "scripts")

local GIT = {
  GIT_CONFIG_GLOBAL = "/dev/null", GIT_CONFIG_SYSTEM = "/dev/null", LC_ALL = "C.UTF-8",
  GIT_AUTHOR_NAME = "Ann", GIT_AUTHOR_EMAIL = "ann@example.org",
  GIT_COMMITTER_NAME = "Ann", GIT_COMMITTER_EMAIL = "ann@example.org",
}

---@class spec.Automation
---@field path string  the folder
---@field project spec.Restarts
---@field server lash.fake.Server
local Automation = {}
Automation.__index = Automation

--- Runs the script with these words in the folder.
---@async
---@param words? string[]  `stdin` beside them
---@param env? table<string, string>
---@return table  as lash.exec gives it
function Automation:run(words, env)
  local all = { M.FOLDER .. "/" .. self.name .. ".lua", stdin = words and words.stdin }
  table.move(words or {}, 1, #(words or {}), 2, all)
  return self.project:lash(all, self:_env(env))
end

function Automation:_env(more)
  local env = { XDG_STATE_HOME = self.path .. "/.local/state" }
  for name, value in pairs(GIT) do env[name] = value end
  for name, value in pairs(more or {}) do env[name] = value end
  return env
end

--- Runs lines of sh in the folder; they must go well. What they print.
---@async
function Automation:sh(text)
  local ended = exec.exec { "sh", "-euc", text, cwd = self.path, timeout = 60, env = self:_env { HOME = self.path } }
  assert(ended.code == 0, ended.err)
  return ended.out
end

function Automation:write(name, text) return self.project:write(name, text) end
function Automation:read(name) return self.project:read(name) end

--- The last message of a request.
function Automation:prompt(i) return self.project:asked()[i] end

--- The type that an answer must have, as the service was told.
function Automation:schema(i)
  return self.server.requests[i].json.tools[1]["function"].parameters
end

--- A test of a script against these replies.
---@param name string
---@param replies table
---@param f async fun(at: spec.Automation)
function M.test(name, replies, f)
  return restarts.test(nil, function(project)
    f(setmetatable({ name = name, project = project, path = project.path, server = project.server }, Automation))
  end, replies)
end

--- A reply with a typed answer.
function M.answer(value)
  return { tool = "final_answer", arguments = #value > 0 and { value = value } or value }
end

return M
