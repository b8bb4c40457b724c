--- lash.test.run: a script in a process, state and configuration of its own.
local clock = require "lash.trial.clock"
local errors = require "lash.errors"
local exec = require "lash.exec.run"
local options_of = require("lash.exec").options
local spelling = require "lash.spelling"
local sys = require "lash.core.sys"
local trial = require "lash.trial"

local M = {}

local TIMEOUT = 60 -- seconds, by default: a test that hangs must end

---@class lash.test.RunOptions
---@field stdin? string
---@field cwd? string
---@field env? table<string, string|number|false>
---@field timeout? lash.Duration  default: 60 s
---@field max_output? integer
---@field options? string[]  of lash, before the script: { "--json" }
---@field state? string|lash.fs.Folder  a folder that keeps the state from one run to the next
---@field time? number  epoch seconds where its clock begins

local KEYS = { options = true, state = true, time = true }
for key in pairs(require("lash.exec").OPTIONS) do KEYS[key] = true end

-- How many were run. Each has other ids, for they may share a state; and the same ones the
-- next time.
local number = 0

local function refuse(message, hint) errors.raise("usage", "lash.test.run: " .. message, { hint = hint }) end

local function words_of(what, list)
  local words = {}
  if list ~= nil and type(list) ~= "table" then
    refuse(("the %s must be a list, got %s"):format(what, type(list)), ('{ "%s" }'):format(tostring(list)))
  end
  for i, word in ipairs(list or {}) do
    if type(word) ~= "string" and type(word) ~= "number" then
      refuse(("%s: word %d must be a string, got %s"):format(what, i, type(word)))
    end
    words[i] = tostring(word)
  end
  return words
end

-- What a person's environment may hold that would lead a test elsewhere.
local FOREIGN = { "LASH_CONFIG", "LASH_CRASH_AFTER", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
  "ALL_PROXY" }

local function environment(options, folder)
  local env = trial.variables()
  for _, name in ipairs(FOREIGN) do env[name] = false end
  for name, value in pairs {
    XDG_CONFIG_HOME = folder .. "/config",
    XDG_STATE_HOME = options.state and tostring(options.state) or folder .. "/state",
    TMPDIR = folder .. "/tmp",
    DASHSCOPE_API_KEY = trial.KEY,
    DASHSCOPE_API_BASE = env.LASH_TEST_SERVICE ~= "none" and env.LASH_TEST_SERVICE .. "/compatible-mode/v1",
    LASH_TEST_TIME = ("%.17g"):format(options.time or clock.START),
    LASH_TEST_NUMBER = number,
  } do
    env[name] = value
  end
  if options.env ~= nil and type(options.env) ~= "table" then
    refuse("env: expected a table, got " .. type(options.env))
  end
  for name, value in pairs(options.env or {}) do env[name] = value end
  return env
end

--- Options with a state and, perhaps, the journal record that kills the run.
---@param options? lash.test.RunOptions
---@param state string
---@param n? integer
---@return lash.test.RunOptions
function M.with(options, state, n)
  local copy, env = { state = state }, {}
  for key, value in pairs(options or {}) do copy[key] = value end
  for name, value in pairs(copy.env or {}) do env[name] = value end
  env.LASH_CRASH_AFTER = n or false
  copy.env = env
  return copy
end

--- This program; one that was replaced meanwhile is still the old one.
local function program()
  local path = sys.realpath "/proc/self/exe"
  return path and sys.stat(path) and path or "/proc/self/exe"
end

---@async
---@param script string
---@param args? (string|number)[]
---@param options? lash.test.RunOptions
---@return lash.ExecResult
function M.run(script, args, options)
  options = options or {}
  if type(script) ~= "string" or script == "" then refuse("expected a script, got " .. type(script)) end
  if type(options) ~= "table" then refuse("the options must be a table, got " .. type(options)) end
  spelling.check_keys("lash.test.run", options, KEYS)
  if options.time ~= nil and type(options.time) ~= "number" then refuse "'time' must be epoch seconds" end
  local argv = { program() }
  table.move(words_of("options", options.options), 1, #(options.options or {}), 2, argv)
  argv[#argv + 1] = options.cwd and sys.realpath(script) or script
  table.move(words_of("arguments", args), 1, #(args or {}), #argv + 1, argv)
  local folder <close> = require("lash.fs").tmp()
  for _, name in ipairs { "config", "state", "tmp" } do assert(sys.mkdir_p(folder.path .. "/" .. name, 448)) end -- 0700
  number = number + 1
  local settings = options_of({
    stdin = options.stdin, cwd = options.cwd, timeout = options.timeout or TIMEOUT, max_output = options.max_output,
    env = environment(options, folder.path),
  }, "lash.test.run")
  return (exec.run(argv, settings))
end

return M
