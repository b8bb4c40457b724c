--- lash.exec and lash.sh: commands of the system, without a shell.
local env = require "lash.exec.env"
local errors = require "lash.errors"
local run = require "lash.exec.run"
local spelling = require "lash.spelling"

local M = {}

local MAX_OUTPUT = 16 << 20 -- bytes of out, and of err
local SAID = 200 -- bytes of its errors in a message
local LEAST_OUTPUT, MOST_OUTPUT = 256, 1 << 30

--- What may be said of how a command runs.
M.OPTIONS = { stdin = true, cwd = true, env = true, timeout = true, max_output = true }

local function refuse(what, message, hint) errors.raise("usage", ("%s: %s"):format(what, message), { hint = hint }) end

local function check_text(what, key, value)
  if value == nil then return end
  if type(value) ~= "string" then
    refuse(what, ("'%s' must be a string, got %s"):format(key, type(value)))
  elseif key == "cwd" and (value == "" or value:find("\0", 1, true)) then
    refuse(what, "'cwd' is not the name of a folder")
  end
end

--- Checks options, and fills in what is left out.
---@param options table
---@param what string  for messages
---@return table  for lash.exec.run
function M.options(options, what)
  spelling.check_keys(what, options, M.OPTIONS)
  check_text(what, "stdin", options.stdin)
  check_text(what, "cwd", options.cwd)
  local max = options.max_output or MAX_OUTPUT
  if math.type(max) ~= "integer" or max < LEAST_OUTPUT or max > MOST_OUTPUT then
    refuse(what, ("'max_output' must be an integer from %d to %d"):format(LEAST_OUTPUT, MOST_OUTPUT))
  end
  return {
    stdin = options.stdin,
    cwd = options.cwd,
    env = env(options.env, what),
    timeout = options.timeout and require("lash.duration").seconds(options.timeout, what .. ": timeout"),
    max_output = max,
  }
end

--- The words and the options of {argv…, options…}.
local function of_table(what, t)
  local argv, options = {}, {}
  for i, word in ipairs(t) do
    if type(word) ~= "string" and type(word) ~= "number" then
      refuse(what, ("word %d must be a string, got %s"):format(i, type(word)))
    end
    argv[i] = tostring(word)
    if argv[i]:find("\0", 1, true) then refuse(what, ("word %d contains a zero byte"):format(i)) end
  end
  for key, value in pairs(t) do
    if math.type(key) ~= "integer" then
      options[key] = value
    elseif not argv[key] then
      refuse(what, "the words have a hole", ("word %d is nil"):format(#argv + 1))
    end
  end
  if (argv[1] or "") == "" then refuse(what, "there is no command") end
  return argv, options
end

--- The words that a template gives with these values.
local function of_template(what, source, values)
  local template, err = require("lash.template").parse(source, what)
  if not template then error(err, 0) end
  if type(values) ~= "table" then refuse(what, "the values must be a table, got " .. type(values)) end
  local known = {}
  for _, field in ipairs(template.params.fields) do known[field.name] = true end
  for key in pairs(values) do
    if M.OPTIONS[key] and not known[key] then
      refuse(what, ("the template has no {%s}"):format(key),
        ("options are the third argument: %s(template, {}, { %s = … })"):format(what, key))
    end
  end
  local checked, message = require("lash.types").check(template.params, values, "values")
  if message then errors.raise("schema", ("%s: %s"):format(what, message)) end
  return require("lash.template").argv(template, checked)
end

local function start(what, command, values, options)
  local argv
  if type(command) == "string" then
    argv, options = of_template(what, command, values or {}), options or {}
    if type(options) ~= "table" then refuse(what, "the options must be a table, got " .. type(options)) end
  elseif type(command) ~= "table" then
    refuse(what, "expected a template or a list of words, got " .. type(command))
  elseif values ~= nil or options ~= nil then
    refuse(what, "a list of words takes no second argument", "options stand beside the words: { 'cat', stdin = … }")
  else
    argv, options = of_table(what, command)
  end
  return argv, run.run(argv, M.options(options, what))
end

--- Runs a command: `lash.exec("git log -n {n}", { n = 3 })`, or
--- `lash.exec { "git", "log", timeout = 10 }`. Raises when it cannot begin, not
--- for its exit status.
---@async
---@param command string|table  a template, or words and options
---@param values? table  of the template
---@param options? table  stdin, cwd, env, timeout, max_output
---@return lash.ExecResult
function M.exec(command, values, options)
  local _, record = start("lash.exec", command, values, options)
  return record
end

--- What a command said of its failure, on one line; of much, the end.
local function said(text)
  text = text:gsub("%s+", " "):match "^ ?(.-) ?$"
  if #text > SAID then text = "…" .. text:sub(-SAID):gsub("^[\x80-\xBF]+", "") end
  return text ~= "" and ": " .. text or ""
end

--- Runs a command and returns what it wrote, without the last line end. An exit
--- status that is not 0 raises `process`.
---@async
---@param command string|table  a template, or words and options
---@param values? table
---@param options? table
---@return string
function M.sh(command, values, options)
  local argv, record, missing = start("lash.sh", command, values, options)
  local name = run.shown(argv)
  local fields = { code = record.code, signal = record.signal, stderr = record.err, stdout = record.out }
  if record.timed_out then
    errors.raise("timeout", ("%s took too long and was ended"):format(name), fields)
  elseif record.signal then
    errors.raise("process", ("%s was ended by %s%s"):format(name, record.signal, said(record.err)), fields)
  elseif record.code ~= 0 then
    errors.raise("process", ("%s ended with status %d%s"):format(name, record.code, said(record.err)), fields)
  elseif missing > 0 then
    fields.hint = "max_output is the limit; lash.exec gives the beginning and the end"
    errors.raise("process", ("%s wrote too much: %d bytes are missing"):format(name, missing), fields)
  end
  return (record.out:gsub("\n$", ""))
end

return M
