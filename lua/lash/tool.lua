--- Tools: what a model may call, whichever way it was declared.
--
-- One record for `lash.tool{…}` and for documented functions. The agent loop
-- uses `arguments`, `check`, `call` and `declare`; a script calls the tool itself.
local callable = require "lash.callable"
local doc = require "lash.doc"
local errors = require "lash.errors"
local invoke = require "lash.tool.invoke"
local json = require "lash.core.json"
local names = require "lash.tool.names"
local result = require "lash.tool.result"
local spelling = require "lash.spelling"
local types = require "lash.types"

local M = {}

local MAX_OUTPUT = 64 << 10
local MIN_OUTPUT = 256 -- room for the note, and for something beside it


---@class lash.Tool
---@field name string
---@field about string
---@field params lash.Type  an object
---@field run function
---@field timeout? number|string  a duration
---@field readonly boolean
---@field parallel boolean  may run beside others
---@field max_output integer  bytes of a result
---@field confirm boolean  a person is asked before a model's call
---@field loop_ok boolean  may give the same again and again
---@field guarded? boolean  built in: what it touches is the affair of the run's guard
---@field whole? boolean  `run` takes one table
local Tool = {}
Tool.__index = Tool
Tool.__name = "lash.Tool"

function Tool:__tostring() return ("lash.tool: %s"):format(self.name) end

--- Calls the tool from Lua, with the same checks and the same time as a model;
--- returns what it returns. Arguments that do not fit raise `schema`.
---@param arguments? table
---@return any ...
function Tool:__call(arguments)
  local values, message = types.check(self.params, arguments or {}, "args")
  if message then errors.raise("schema", ("%s: %s"):format(self.name, message)) end
  return invoke(self, values, { name = self.name, key = require("lash.core.sys").random_id(), attempt = 1 })
end

--- Reads the arguments of a model's call; no text is no arguments.
---@param text? string
---@return table|nil arguments
---@return string? message  for the model
function M.arguments(text)
  if not text or not text:find("%S") then return {} end
  local value, message = json.decode(text)
  if message then return nil, "the arguments are not JSON: " .. message end
  if type(value) ~= "table" or types.is_list(value) then
    return nil, "the arguments must be one JSON object, got " .. types.shown(value)
  end
  return value
end

--- Checks the arguments of a model's call.
---@param arguments any
---@return table|nil values  to call it with: a copy, defaults filled in
---@return string? message  for the model
function Tool:check(arguments) return types.check(self.params, arguments, "args") end

--- Does an error of a tool's function end the run? A budget that was opened in the
-- call ends only that.
local function ends_run(err)
  return errors.ends_run(err) and not (err.kind == "budget" and require("lash.budget").was_inside(err))
end

--- Calls the tool for a model. Whatever goes wrong is text for the model, but
--- what ends the run passes through.
---@async
---@param values table  as `check` gives them
---@param ctx lash.ToolContext
---@return boolean ok
---@return string content
function Tool:call(values, ctx)
  local ran, value, why = xpcall(invoke, errors.located, self, values, ctx)
  if not ran then
    if ends_run(value) then error(value, 0) end -- no failure of the tool
    return false, result.tell(result.failure(value), self.max_output, ctx._lost)
  end
  if value == nil and why ~= nil then return false, result.tell(result.failure(why), self.max_output, ctx._lost) end
  local text, problem = result.text(value)
  if not text then return false, result.tell(result.failure(problem), self.max_output, ctx._lost) end
  return true, result.tell(text, self.max_output, ctx._lost)
end

--- The tool as the service is told of it.
---@param name? string  on the wire
---@return table
function Tool:declaration(name)
  return {
    type = "function",
    ["function"] = {
      name = name or names.legal(self.name),
      description = self.about ~= "" and self.about or nil,
      parameters = types.schema(self.params),
    },
  }
end

local function refuse(what, message, hint) errors.raise("usage", what .. ": " .. message, { hint = hint }) end

local function is_name(name)
  return type(name) == "string" and #name <= 256 and utf8.len(name) and name:find "%S" and not name:find "%c"
end

local function check_name(what, name)
  if type(name) ~= "string" then refuse(what, "'name' must be a string, got " .. types.shown(name)) end
  if not is_name(name) then
    refuse(what, ("%s is no name for a tool"):format(types.shown(name)), "as read_file, or fs.read")
  end
end

local function check_about(what, about)
  if type(about) ~= "string" or about == "" then
    refuse(what, "'about' is missing", "a model chooses a tool by what it says of itself")
  end
end

--- What every way of declaring a tool may say of it.
M.OPTIONS = { timeout = true, readonly = true, parallel = true, max_output = true, confirm = true, loop_ok = true }
local KEYS = { name = true, about = true, params = true, schema = true, run = true }
for key in pairs(M.OPTIONS) do KEYS[key] = true end

local function flag(what, spec, key, default)
  local value = spec[key]
  if value == nil then return default end
  if type(value) ~= "boolean" then
    refuse(what, ("'%s' must be true or false, got %s"):format(key, types.shown(value)))
  end
  return value
end

--- The parameters of a specification as an object type.
local function params_of(what, spec)
  if spec.params ~= nil and spec.schema ~= nil then refuse(what, "'params' and 'schema' exclude each other") end
  local params, err
  if spec.schema ~= nil then
    params, err = types.from_schema(spec.schema, what .. ": schema")
    if params and params.kind ~= "object" then refuse(what, "the schema must be of type object") end
  elseif type(spec.params or "") == "string" then
    params, err = types.fields(spec.params or "", what .. ": params")
  else
    refuse(what, "'params' must be a string, got " .. types.shown(spec.params),
      "write \"a: integer, b?: string\", or give a JSON Schema as 'schema'")
  end
  if not params then error(err, 0) end
  return params
end

--- Fills a record with the options that all ways of declaring share.
local function new(what, spec, tool)
  check_name(what, tool.name)
  local timeout, max_output = spec.timeout, spec.max_output or MAX_OUTPUT
  if timeout ~= nil and not require("lash.duration").read(timeout) then
    refuse(what, ("'timeout' must be a duration, got %s"):format(types.shown(timeout)), "seconds, or \"1m30s\"")
  end
  if math.type(max_output) ~= "integer" or max_output < MIN_OUTPUT then
    refuse(what, ("'max_output' must be at least %d bytes, got %s"):format(MIN_OUTPUT, types.shown(max_output)))
  end
  tool.timeout, tool.max_output = timeout, max_output
  tool.readonly = flag(what, spec, "readonly", false)
  tool.parallel = flag(what, spec, "parallel", tool.readonly)
  tool.confirm = flag(what, spec, "confirm", false)
  tool.loop_ok = flag(what, spec, "loop_ok", false)
  return setmetatable(tool, Tool)
end

--- Makes a tool: `lash.tool{name, about, params | schema, run, …}`.
---@param spec table
---@return lash.Tool
function M.new(spec)
  if type(spec) ~= "table" then refuse("lash.tool", "expected a table, got " .. types.shown(spec)) end
  local what = is_name(spec.name) and ("lash.tool '%s'"):format(spec.name) or "lash.tool"
  spelling.check_keys(what, spec, KEYS)
  check_about(what, spec.about)
  if not callable(spec.run) then refuse(what, "'run' must be a function, got " .. types.shown(spec.run)) end
  return new(what, spec, {
    name = spec.name,
    about = spec.about,
    params = params_of(what, spec),
    run = spec.run,
    whole = spec.schema ~= nil or nil,
  })
end

--- Makes a tool whose parameters are a type already; `run` gets one table.
---@param what string  for messages
---@param spec table  name, about, run and options
---@param params lash.Type
---@return lash.Tool
function M.of(what, spec, params)
  check_about(what, spec.about)
  return new(what, spec, { name = spec.name, about = spec.about, params = params, run = spec.run, whole = true })
end

local of_name = {}

--- A built-in tool; its file is loaded when it is asked for.
local function built_in(name)
  if not of_name[name] then
    of_name[name] = M.new(require("lash.tool.built_in").find(name))
    of_name[name].guarded = true
  end
  return of_name[name]
end

local of_function = setmetatable({}, { __mode = "k" })

--- The tool that a value is: a documented function becomes one, and an agent; a text
--- names one that is built in.
---@param v any
---@return lash.Tool
function M.from(v)
  local meta = type(v) == "table" and getmetatable(v)
  if meta == Tool then return v end
  if meta and meta.__tool then return meta.__tool(v) end
  if type(v) == "string" then return built_in(v) end
  if type(v) ~= "function" then
    errors.raise("usage", "a tool is a documented function, a lash.tool, an agent, or the name of a built-in one, got "
      .. types.shown(v))
  end
  if not of_function[v] then
    local found, err = doc.read(v)
    if not found then error(err, 0) end
    of_function[v] = new(("tool '%s'"):format(found.name), {},
      { name = found.name, about = found.about, params = found.params, run = v })
  end
  return of_function[v]
end

--- What the service is told of a list of tools, sorted by name, so that equal
--- lists give equal requests; and the tools by name.
---@param list any[]
---@return table[] declarations  empty: send no `tools` at all
---@return table<string, lash.Tool> by_name  by the name that the model sees
function M.declare(list)
  local tools, by_name, seen = {}, {}, {}
  for i, v in ipairs(list) do
    local tool = M.from(v)
    if seen[tool.name] then errors.raise("usage", ("two tools are named '%s'"):format(tool.name)) end
    tools[i], seen[tool.name] = tool, true
  end
  table.sort(tools, function(a, b) return a.name < b.name end)
  local declarations = json.array {}
  for i, tool in ipairs(tools) do
    local name, n = names.legal(tool.name), 1
    while by_name[name] or name ~= tool.name and seen[name] do -- "a.b" beside "a_b"
      n = n + 1
      name = names.legal(tool.name, n)
    end
    by_name[name], declarations[i] = tool, tool:declaration(name)
  end
  return declarations, by_name
end

local CHOICES = { auto = true, none = true, required = true }

--- The choice among tools as the service takes it: a word, or one tool by its
-- name, as a script has it.
---@param choice? string|table
---@param by_name table<string, lash.Tool>
---@return string|table|nil
function M.choice(choice, by_name)
  if choice == nil or CHOICES[choice] then return choice end
  local f = type(choice) == "table" and choice["function"]
  local wanted = f and type(f) == "table" and f.name or choice
  local known = {}
  for name, tool in pairs(by_name) do
    if tool.name == wanted or name == wanted then return { type = "function", ["function"] = { name = name } } end
    known[#known + 1] = tool.name
  end
  table.sort(known)
  errors.raise("usage", ("tool_choice: %s is no tool of this agent"):format(types.shown(wanted)),
    { hint = "auto, none, required, or one of " .. table.concat(known, ", ") })
end

return M
