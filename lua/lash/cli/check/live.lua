--- What lash check finds by asking the model: one tiny call; with --tools, whether
-- it streams together with tools.
local chat = require "lash.chat"
local context = require "lash.context"
local json = require "lash.core.json"
local loop = require "lash.core.loop"
local models = require "lash.models"
local money = require "lash.money"

local M = {}

local MAX_TOKENS, MAX_TOKENS_TOOLS = 16, 256 -- a model that must think does so within them, perhaps

--- One call by the agent's model, tried once; what has to be said to the service
-- in every request goes along.
---@param report lash.cli.Report
---@param setup lash.cli.Setup
---@param fields table  of chat.turn's request
---@return lash.Turn? turn
---@return lash.Error? err
local function call(report, setup, fields)
  local request = {
    provider = setup.provider, model = setup.settings.model, thinking_level = "off", retries = 0,
    extra = setup.settings.extra,
    deadline = loop.now() + report:time(),
  }
  for key, value in pairs(fields) do request[key] = value end
  local began = loop.now()
  local turn, err = chat.turn(request, function() end)
  if turn then turn.seconds = loop.now() - began end
  return turn, err
end

local function prompt(text) return json.array { { role = "user", content = text } } end

--- "1.20 s, 14 tokens in, 2 out, $0.000029"
local function price_of(turn, setup)
  local parts, usage = { ("%.2f s"):format(turn.seconds) }, turn.usage or {}
  if usage.input and usage.output then
    table.insert(parts, ("%d tokens in, %d out"):format(usage.input, usage.output))
  end
  local provider = setup.provider
  local cost = money.cost(usage, models.row(setup.settings.model, provider).price,
    { dashscope = provider.type ~= "openai" })
  table.insert(parts, cost and ("$%.6f"):format(cost) or "price not known")
  return table.concat(parts, ", ")
end

--- What to put into config.json so that a model is known as it is: a hint and the
-- same as data.
---@param setup lash.cli.Setup
---@param definition table<string, string|boolean>
---@return string hint
---@return table config
local function define(setup, definition)
  local name = setup.settings.model
  local fields = {}
  for key, value in pairs(definition) do fields[#fields + 1] = ('"%s": %s'):format(key, json.encode(value)) end
  table.sort(fields)
  local text = ('"models": { %s: { %s } }'):format(json.encode(name), table.concat(fields, ", "))
  if not setup.conf.path then text = "{ " .. text .. " }" end
  return ("put into %s: %s"):format(setup.conf.path or "~/.config/lash/config.json", text),
    { models = { [name] = definition } }
end

--- What the service's refusals taught in this call, as a definition; nil: nothing.
local function learned(before, after)
  local definition = {}
  for _, key in ipairs { "thinking", "stream_only" } do
    if after[key] ~= before[key] then definition[key] = after[key] end
  end
  return next(definition) and definition or nil
end

---@param report lash.cli.Report
---@param setup lash.cli.Setup
---@return boolean answered
local function ask(report, setup)
  local name = setup.settings.model
  local before = models.row(name, setup.provider)
  local turn, err = call(report, setup, {
    messages = prompt "Answer with the word ok and nothing else.", max_tokens = MAX_TOKENS,
  })
  local finish = require "lash.finish"
  err = err or not finish.is_cut(turn) and finish.error(turn) or nil
  if err then
    report:fail("live", err)
    return false
  end
  local who = turn.model ~= "" and turn.model ~= name and ("%s (%s)"):format(name, turn.model) or name
  report:tell("ok", "live", ("%s answered: %s"):format(who, price_of(turn, setup)))
  local definition = learned(before, models.row(name, setup.provider))
  if definition then
    report:tell("warn", "model", name .. " is not as it was thought to be: its service refused the first try",
      define(setup, definition))
  end
  return true
end

local PING = {
  type = "function",
  ["function"] = { name = "ping", description = "Answers pong.", parameters = { type = "object", properties = {} } },
}

--- A call with one tool. `called`: was it called?
---@return boolean? called  nil: failed
---@return lash.Turn|lash.Error
local function try_tools(report, setup, mode)
  local turn, err = call(report, setup, {
    messages = prompt "Call the tool ping.", tools = json.array { PING }, tool_streaming = mode,
    tool_choice = "required", -- or no call would prove nothing
    max_tokens = MAX_TOKENS_TOOLS,
  })
  if not turn then return nil, err end
  return #turn.calls > 0, turn
end

local NOT_CALLED = "%s was told to call a tool and did not: nothing is learned"

--- Failures that may come from asking for a stream and tools together.
local MAY_BE_REFUSALS = { invalid = true, protocol = true, incomplete = true }

--- It streams with tools.
local function tell_native(report, setup, row, turn)
  local name, mode = setup.settings.model, setup.settings.tool_streaming
  local text = ("%s streams with tools: %s"):format(name, price_of(turn, setup))
  if row.stream_tools == "no" then
    report:tell("warn", "tools", text .. "; it is said not to", define(setup, { stream_tools = true }))
  elseif mode == "fallback" then
    report:tell("ok", "tools", text, '"tool_streaming": "auto" would do so')
  else
    report:tell("ok", "tools", text)
  end
end

--- It takes tools, but not in a stream.
local function tell_fallback(report, setup, row, turn, why)
  local name, mode = setup.settings.model, setup.settings.tool_streaming
  local text = ("%s takes tools only whole (%s): %s"):format(name, why, price_of(turn, setup))
  if mode == "native" then
    report:tell("warn", "tools", text, 'put into its agent, in place of "native": "tool_streaming": "fallback"',
      { agents = { [context.agent_name or "defaults"] = { tool_streaming = "fallback" } } })
  elseif row.stream_tools == "no" or mode == "fallback" then
    report:tell("ok", "tools", text .. "; that is how it is asked")
  else
    report:tell("warn", "tools", text, define(setup, { stream_tools = false }))
  end
end

---@param report lash.cli.Report
---@param setup lash.cli.Setup
local function ask_with_tools(report, setup)
  local row = models.row(setup.settings.model, setup.provider)
  local called, turn = try_tools(report, setup, "native")
  if called then return tell_native(report, setup, row, turn) end
  if called == nil and not MAY_BE_REFUSALS[turn.kind] then return report:fail("tools", turn) end
  if called == false and row.stream_only then
    return report:tell("warn", "tools", NOT_CALLED:format(setup.settings.model))
  end
  local why = called == nil and turn.message or "streamed, it calls none"
  called, turn = try_tools(report, setup, "fallback")
  if called then
    tell_fallback(report, setup, row, turn, why)
  elseif called == nil then
    report:fail("tools", turn)
  else
    report:tell("warn", "tools", NOT_CALLED:format(setup.settings.model))
  end
end

---@async
---@param report lash.cli.Report
---@param setup lash.cli.Setup  complete
---@param tools? boolean
function M.ask(report, setup, tools)
  if not ask(report, setup) then
    if tools then report:tell("warn", "tools", "not tried: see above") end
    return
  end
  if tools then ask_with_tools(report, setup) end
end

return M
