--- lash.cmd: a command as a tool.
--
-- The template says what the command is, its places what a model may put in.
local context = require "lash.context"
local errors = require "lash.errors"
local exec = require "lash.exec"
local run = require "lash.exec.run"
local spelling = require "lash.spelling"
local template = require "lash.template"
local told = require "lash.exec.told"
local tool = require "lash.tool"

local M = {}

local CAPTURED = 16 << 20 -- bytes of output; of more, beginning and end

local OWN = { "cwd", "env" } -- options of the command; `timeout` and `max_output` are too

--- The leading plain words of the command: git_log.
local function name_of(what, words)
  local names = {}
  for i, word in ipairs(words) do
    local text = i == 1 and word.text:match "[^/]*$" or word.text
    if not text or not text:find "^%w[%w_-]*$" then break end
    names[i] = text
  end
  if #names == 0 then
    errors.raise("usage", what .. ": the command gives the tool no name", { hint = "name = '…' gives it one" })
  end
  return table.concat(names, "_")
end

--- Makes a tool of a command: `lash.cmd(template, about [, options])`.
---@param source string  a template
---@param about string  what it does, for the model
---@param options? table  name, cwd, env, and those of a tool
---@return lash.Tool
function M.new(source, about, options)
  options = options or {}
  if type(source) ~= "string" or type(options) ~= "table" then
    errors.raise("usage", "lash.cmd: expected a template, a text and perhaps a table of options",
      { hint = 'lash.cmd("git log -n {n: integer}", "The latest commits.")' })
  end
  local parsed, err = template.parse(source, "lash.cmd")
  if not parsed then error(err, 0) end
  local name = options.name or name_of("lash.cmd", parsed.words)
  local what = ("lash.cmd '%s'"):format(tostring(name))
  local allowed, spec, own = { name = true }, { name = name, about = about }, {}
  for key in pairs(tool.OPTIONS) do allowed[key], spec[key] = true, options[key] end
  for _, key in ipairs(OWN) do allowed[key], own[key] = true, options[key] end
  spelling.check_keys(what, options, allowed)
  function spec.run(values, ctx)
    local record, missing = run.run(template.argv(parsed, values), exec.options(own, what))
    return told(record, missing, ctx)
  end
  local made = tool.of(what, spec, parsed.params)
  -- Its end belongs to the command, which then tells what it wrote so far.
  own.timeout, made.timeout = made.timeout, nil
  own.max_output = math.max(made.max_output, CAPTURED) -- what is cut for a model is kept in a file
  local checked = exec.options(own, what) -- what is wrong with them shows here
  if context.verify then require("lash.rehearsal").command(parsed.words[1].text or "/", checked.env) end
  return made
end

return M
