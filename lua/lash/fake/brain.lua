--- An answer without a script and without a model: what the prompt and the
--- tools suggest, said to be simulated.
local json = require "lash.core.json"
local reply = require "lash.fake.reply"
local sample = require "lash.fake.sample"
local value = require "lash.fake.value"

local M = {}

local get = value.get

local QUOTE = 200 -- bytes of a prompt or result that an answer repeats

local function short(s)
  s = s:gsub("%s+", " ")
  if #s <= QUOTE then return s end
  return s:sub(1, utf8.offset(s, 0, QUOTE + 1) - 1) .. "…"
end

--- The conversation since the last user message.
---@param messages table[]
---@return { prompt: string, results: table[], past: table<string, boolean> }
local function read(messages)
  local view = { prompt = "", results = {}, past = {} }
  local names = {}
  for _, message in ipairs(messages) do
    for _, call in ipairs(get(message, "tool_calls") or {}) do
      local f = call["function"]
      names[call.id] = f.name
      view.past[f.name] = true
      view.past[f.name .. f.arguments] = true
    end
    if message.role == "user" then
      view.prompt, view.results = value.text(message), {}
    elseif message.role == "tool" then
      table.insert(view.results, { name = names[message.tool_call_id] or "tool", text = value.text(message) })
    end
  end
  return view
end

--- Lower-case words of three letters and more, their plural `s` taken off, as a set.
local IGNORED = {}
for word in ([[the and for are with you your what this that from have has was will can not but all any how its use
  get set who why when where which into one out about please tell give string number integer object value return
  returns given]]):gmatch "%a+" do
  IGNORED[word] = true
end

local function words(s)
  local set = {}
  for word in s:gsub("(%l)(%u)", "%1 %2"):lower():gmatch "[%a\x80-\xFF]+" do
    word = #word > 3 and word:gsub("s$", "") or word
    if #word > 2 and not IGNORED[word] then set[word] = true end
  end
  return set
end

--- How many words of a tool the prompt has; its name's count most.
local function score(f, prompt)
  local said, points = words(prompt), 0
  local function add(s, weight)
    for word in pairs(words(s)) do
      if said[word] then points = points + weight end
    end
  end
  add(f.name, 3)
  add(get(f, "description") or "", 2)
  local parameters = get(f, "parameters")
  for name, property in pairs(parameters and get(parameters, "properties") or {}) do
    add(name .. " " .. (type(property) == "table" and get(property, "description") or ""), 1)
    for _, choice in ipairs(type(property) == "table" and get(property, "enum") or {}) do add(tostring(choice), 1) end
  end
  return points
end

local function call(f, prompt)
  local arguments = json.encode(sample.make(get(f, "parameters") or { type = "object" }, prompt))
  return { id = reply.call_id(), name = f.name, arguments = arguments }
end

--- The call that the request suggests; nil when none does, or it was made.
local function choose(request, view)
  local choice = get(request, "tool_choice")
  local tools = get(request, "tools")
  if not tools or choice == "none" or view.results[1] then return nil end
  local forced = type(choice) == "table" and choice["function"].name
  local best, most = nil, 0
  for _, tool in ipairs(tools) do
    local f = tool["function"]
    local points = score(f, view.prompt)
    if f.name == forced then points = math.huge end
    if points > most then best, most = f, points end
  end
  local question = view.prompt:find("?", 1, true) and #tools == 1 and not view.past[tools[1]["function"].name]
  if not best and (question or choice == "required") then best = tools[1]["function"] end
  local made = best and call(best, view.prompt)
  if made and not forced and choice ~= "required" and view.past[made.name .. made.arguments] then return nil end
  return made
end

--- A schema that somebody wrote into a message.
local function schema_in(messages)
  for i = #messages, 1, -1 do
    for text in value.text(messages[i]):gmatch "%b{}" do
      local schema = json.decode(text)
      if type(schema) == "table" and (get(schema, "properties") or get(schema, "type")) then return schema end
    end
  end
end

--- JSON, when JSON is asked for.
local function structured(request, prompt)
  local format = get(request, "response_format")
  local kind = type(format) == "table" and format.type
  if kind == "json_schema" then return json.encode(sample.make(format.json_schema.schema, prompt)) end
  if kind ~= "json_object" then return nil end
  local schema = schema_in(request.messages)
  return json.encode(schema and sample.make(schema, prompt) or { simulated = true, prompt = short(prompt) })
end

local function speak(view)
  local said = {}
  for i, result in ipairs(view.results) do said[i] = ("%s answered: %s"):format(result.name, short(result.text)) end
  if said[1] then return "[simulated] " .. table.concat(said, "; ") end
  if view.prompt == "" then return "[simulated] There is no text in the prompt." end
  return "[simulated] You said: " .. short(view.prompt)
end

--- What to answer to a request that passed the rules.
---@param request table  the decoded body
---@param thinks boolean
---@return lash.fake.Turn
function M.answer(request, thinks)
  local view = read(request.messages)
  local turn = {}
  local made = choose(request, view)
  if thinks then
    turn.thinking = made and ("[simulated] The tool %s fits the prompt."):format(made.name)
      or "[simulated] No model is here to think; the prompt is answered by rule."
  end
  if made then
    turn.calls = { made }
    return turn
  end
  turn.text = structured(request, view.prompt) or speak(view)
  local most = get(request, "max_tokens") or get(request, "max_completion_tokens")
  if most and reply.tokens(turn.text) > most then
    turn.text = turn.text:sub(1, utf8.offset(turn.text, 0, most * 4 + 1) - 1)
    turn.finish = "length"
  end
  return turn
end

return M
