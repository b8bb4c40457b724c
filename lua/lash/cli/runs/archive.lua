--- The format of an exported run: lines of JSON.
--
--     {"format":"lash run","version":1,…}
--     {"run":{…}}
--     {"entry":{…}}       one each, in the order in which they began
--     {"part":"…"}        of a long result, as many as the entry's `parts` says
--     {"end":{"entries":N}}
--
-- Fields are columns of the store. A text that is not UTF-8 stands as {"base64":"…"}.
local json = require "lash.core.json"
local runs = require "lash.store.runs"
local sys = require "lash.core.sys"
local value = require "lash.journal.value"

local M = {}

M.FORMAT, M.VERSION = "lash run", 1

local PART = 1 << 20 -- bytes

local RUN = { "id", "kind", "name", "script", "words", "folder", "hash", "identity", "state", "started", "touched",
  "ended", "seconds", "starts", "exit", "error", "message" }
local ENTRY = { "key", "attempt", "kind", "state", "begun", "ended", "input", "input_hash", "result", "error",
  "message", "agent", "model", "usage", "usd", "tokens" }

local function wrap(v)
  if type(v) == "string" and not utf8.len(v) then return { base64 = sys.base64(v) } end
  return v
end

local function fields_of(row, names)
  local fields = {}
  for _, name in ipairs(names) do fields[name] = wrap(row[name]) end
  return fields
end

--- Cuts a text into parts, between characters where it has such.
local function parts_of(text)
  local parts, from, is_text = {}, 1, utf8.len(text) ~= nil
  while from <= #text do
    local to = math.min(#text, from + PART - 1)
    if is_text and to < #text then to = utf8.offset(text, 0, to + 1) - 1 end
    parts[#parts + 1] = wrap(text:sub(from, to))
    from = to + 1
  end
  return parts
end

--- Hands out the lines of a run.
---@param row lash.store.Run
---@param write fun(line: string)
function M.write(row, write)
  local function put(record) write(json.encode(record) .. "\n") end
  put { format = M.FORMAT, version = M.VERSION, lash = sys.version }
  put { run = fields_of(row, RUN) }
  local entries = runs.entries(row.number)
  for _, e in ipairs(entries) do
    local content = runs.content(e.number)
    e.input, e.result = content.input, content.result
    local fields, parts = fields_of(e, ENTRY), {}
    if content.beside ~= 0 then
      parts = parts_of(value.get(row.id, e, content))
      fields.parts = #parts
    end
    put { entry = fields }
    for _, part in ipairs(parts) do put { part = part } end
  end
  put { ["end"] = { entries = #entries } }
end

--- The value that `wrap` has wrapped.
---@param v any
---@return any value
---@return string? message
function M.unwrap(v)
  if type(v) ~= "table" or v.base64 == nil then return v end
  local bytes = type(v.base64) == "string" and sys.from_base64(v.base64)
  if not bytes then return nil, "no base64" end
  return bytes
end

return M
