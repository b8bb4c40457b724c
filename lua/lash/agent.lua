--- Agents: a model, instructions and tools under a name.
--
--     local agent = lash.agent { instructions = "Answer in one sentence.", tools = { weather } }
--     print(agent "What is the weather in Hanoi?")
local errors = require "lash.errors"
local prompt = require "lash.prompt"
local rules = require "lash.settings.rules"
local run = require "lash.run"
local scope = require "lash.scope"
local settings = require "lash.settings"
local stream = require "lash.stream"

local M = {}

---@class lash.Agent
---@overload fun(prompt: string|table, options?: table): any
local Agent = {}
Agent.__name = "lash.Agent"

--- Methods, then what it was made with, then what the configuration adds.
function Agent.__index(self, key)
  local method = rawget(Agent, key)
  if method ~= nil then return method end
  local made = rawget(self, "_made")
  if made.settings[key] ~= nil then return made.settings[key] end
  if not rules.keys()[key] then return nil end
  return settings.merge(made)[key]
end

function Agent:__tostring() return "lash.agent: " .. (self._made.settings.name or "(no name)") end

function Agent:__newindex(key)
  errors.raise("usage", ("an agent's '%s' cannot be changed"):format(tostring(key)),
    { hint = "make another agent, or give it as an option of the call" })
end

--- Runs the agent in a fresh conversation; the whole record.
---@async
---@param text string|table
---@param options? table
---@return lash.Run
function Agent:run(text, options)
  return run.start(settings.of_call(self._made, options), prompt.content(text))
end

--- Runs the agent in a fresh conversation; the answer.
---@async
function Agent:__call(text, options) return self:run(text, options).value end

--- Runs the agent in a fresh conversation; an iterator over its events, made
-- for `for`. Leaving the loop closes the connection. The run goes on only when
-- the next event is asked for.
---@async
---@param text string|table
---@param options? table
---@return fun(): table?
function Agent:stream(text, options)
  local resolved, content = settings.of_call(self._made, options), prompt.content(text)
  return stream(function(tell) run.start(resolved, content, tell) end)
end

--- May it run beside other tools? When it says so, else when all its own may.
---@param self lash.Agent
---@param seen table<lash.Agent, true>  an agent may be among its own tools
local function is_parallel(self, seen)
  if self.parallel ~= nil or seen[self] then return self.parallel ~= false end
  seen[self] = true
  for _, t in ipairs(self.tools or {}) do
    local may
    if getmetatable(t) == Agent then may = is_parallel(t, seen) else may = require("lash.tool").from(t).parallel end
    if not may then return false end
  end
  return true
end

--- The agent as a tool of another one: a prompt, and its answer. Its events go to
-- those who listen to the run around it, too.
---@return lash.Tool
function Agent:__tool()
  local made = self._made
  if made.tool then return made.tool end
  if not self.name or not self.about then
    errors.raise("usage", "an agent among the tools of another needs a 'name' and an 'about'",
      { hint = "a model chooses a tool by what it says of itself" })
  end
  made.tool = require("lash.tool").new {
    name = self.name, about = self.about, params = "prompt: string", parallel = is_parallel(self, {}),
    run = function(text)
      local resolved, content = settings.of_call(made), prompt.content(text)
      local outer = scope.find "run"
      return run.start(resolved, content, outer and outer.listened and outer.tell or nil).value
    end,
  }
  return made.tool
end

--- A conversation that goes on from prompt to prompt: in memory, or, with an id,
--- kept for other runs and processes.
---@param id? string
---@return lash.Session
function Agent:session(id) return require("lash.session").new(self._made, id) end

---@param given table|string  settings, or the name of an agent in config.json
---@return lash.Agent
function M.new(given)
  local made
  if type(given) == "string" then
    require("lash.config").load():agent(given) -- an unknown name is an error here, not later
    made = { from = given, settings = { name = given } }
  else
    rules.check("lash.agent", given)
    local copy = {}
    for key, value in pairs(given) do copy[key] = value end
    made = { settings = copy }
  end
  return setmetatable({ _made = made }, Agent)
end

--- lash.ask(prompt [, options]): an agent without a name, which nobody sees.
---@async
function M.ask(text, options)
  rules.check("lash.ask", options or {}, settings.fixed)
  return run.start(settings.resolve { settings = options or {} }, prompt.content(text)).value
end

return M
