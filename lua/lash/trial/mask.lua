--- A stream of a model that says a secret says it in pieces, none of which is one: they
--- are masked together.
local json = require "lash.core.json"
local secrets = require "lash.secrets"

--- Calls f(table, key, channel) for every piece of text in a chunk.
local function each_text(chunk, f)
  for _, choice in ipairs(type(chunk.choices) == "table" and chunk.choices or {}) do
    local delta = type(choice.delta) == "table" and choice.delta or {}
    for _, key in ipairs { "content", "reasoning_content" } do
      if type(delta[key]) == "string" then f(delta, key, key) end
    end
    for _, call in ipairs(type(delta.tool_calls) == "table" and delta.tool_calls or {}) do
      local named = call["function"]
      if type(named) == "table" and type(named.arguments) == "string" then
        f(named, "arguments", "call " .. tostring(call.index))
      end
    end
  end
end

--- The events in some pieces: when each was whole, its text, its JSON.
local function events_of(pieces)
  local events, kept = {}, ""
  for _, piece in ipairs(pieces) do
    kept = kept .. piece[2]
    local from = 1
    for text, behind in kept:gmatch "(.-\r?\n\r?\n)()" do
      local chunk = json.decode(text:match "^data: ?({.*})%s*$" or "")
      events[#events + 1] = { piece[1], text, type(chunk) == "table" and chunk or nil }
      from = behind
    end
    kept = kept:sub(from)
  end
  if kept ~= "" then events[#events + 1] = { pieces[#pieces][1], kept } end
  return events
end

--- The pieces of an event stream; where its texts hold a secret, as events whose texts
--- are masked: of each channel all in the first one.
---@param pieces { [1]: number, [2]: string }[]  seconds, bytes
---@return { [1]: number, [2]: string }[]
return function(pieces)
  local events, texts = events_of(pieces), {}
  for _, event in ipairs(events) do
    each_text(event[3] or {}, function(t, key, channel) texts[channel] = (texts[channel] or "") .. t[key] end)
  end
  local masked, any = {}, false
  for channel, text in pairs(texts) do
    local clean = secrets.redact(text)
    if clean ~= text then masked[channel], any = clean, true end
  end
  if not any then return pieces end
  for _, event in ipairs(events) do
    each_text(event[3] or {}, function(t, key, channel)
      if masked[channel] and t[key] ~= "" then t[key], masked[channel] = masked[channel], "" end
    end)
    if event[3] then event[2] = "data: " .. json.encode(event[3]) .. "\n\n" end
  end
  return events
end
