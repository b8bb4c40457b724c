--- What a job tells the world: pings for a monitor (healthchecks.io and its like), and a
-- command when it fails again and again, and when it recovers. Nothing of it changes how the job ends.
local errors = require "lash.errors"
local log = require "lash.log"
local output = require "lash.output"
local secrets = require "lash.secrets"

local M = {}

local PING_TIMEOUT = 10 -- seconds
local COMMAND_TIMEOUT = 60 -- seconds
local LONGEST = 4000 -- bytes of a message

--- What `fail.run` is given: as values of its template, and in its environment.
local VALUES = { "name", "state", "kind", "message", "exit", "failures" }

--- Refuses what is no command of `fail.run`.
---@param what string
---@param command any
function M.check(what, command)
  if type(command) == "table" and type(command[1]) == "string" then return end
  if type(command) ~= "string" then
    errors.raise("usage", ("%s: 'run' must be a command, got %s"):format(what, require("lash.types").shown(command)),
      { hint = 'run = "mail -s {message} root"' })
  end
  local template, err = require("lash.template").parse(command, what .. ": run")
  if not template then error(err, 0) end
  for _, field in ipairs(template.params.fields) do
    local known = false
    for _, name in ipairs(VALUES) do known = known or name == field.name end
    if not known then
      errors.raise("usage", ("%s: run: there is no value {%s}"):format(what, field.name),
        { hint = "{" .. table.concat(VALUES, "}, {") .. "}" })
    end
  end
end

--- The URL of a ping with a word behind its path.
local function url_of(url, word)
  local path, rest = url:match "^([^?#]*)(.*)$"
  return word and ("%s/%s%s"):format(path:gsub("/$", ""), word, rest) or url
end

--- Sends a ping, in a task of its own. That it could not be sent is shown with -v.
---@param url? string
---@param word? string  "start", "fail"
---@param body? string
---@return lash.Task?
function M.ping(url, word, body)
  if not url then return nil end
  return require("lash.sched").spawn_daemon(function()
    local ok, err = pcall(require("lash.http").post, url_of(url, word),
      { body = secrets.redact(body or ""), timeout = PING_TIMEOUT, retry = 1 })
    if not ok then log.info("the ping could not be sent: " .. errors.text(err)) end
  end)
end

--- Values for the command, all of them texts.
local function values_of(job, state, err, failures)
  return { name = job.name, state = state, kind = err and err.kind or "ok",
    message = err and output.shorten(tostring(err.message), LONGEST) or "",
    exit = tostring(err and err.exit or 0), failures = tostring(failures) }
end

--- Runs `fail.run`. A command that fails is told in one line.
---@async
---@param job lash.Job
---@param state "failing"|"recovered"
---@param err? lash.Error
---@param failures integer  in a row
---@return boolean ok
function M.run(job, state, err, failures)
  local values = values_of(job, state, err, failures)
  local env = {}
  for name, value in pairs(values) do env["LASH_JOB_" .. name:upper()] = value end
  local options = { env = env, timeout = COMMAND_TIMEOUT }
  local command, wanted = job.fail.run, nil
  if type(command) == "string" then
    wanted = {}
    for _, field in ipairs(require("lash.template").parse(command, "fail.run").params.fields) do
      wanted[field.name] = values[field.name]
    end
  else
    command, options = table.move(command, 1, #command, 1, options), nil
  end
  local ok, problem = pcall(require("lash.exec").sh, command, wanted, options)
  if not ok then log.warn(("%s: fail.run: %s"):format(job.name, errors.text(problem))) end
  return ok
end

return M
