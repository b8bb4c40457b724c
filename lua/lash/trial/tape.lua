--- A tape: exchanges as lines of JSON, for people to read and git to compare.
--
--   {"request":{"body":{"model":"qwen3-max",…},"method":"POST","url":"https://…"},"tape":1}
--   {"message":{"content":"Be brief.","role":"system"}}      of the body, one a line
--   {"message":{"content":"Hello","role":"user"}}
--   {"tool":{…}}                                              likewise
--   {"response":{"headers":{"content-type":"text/event-stream"},"status":200}}
--   {"at":0.41,"data":"data: {…}\n\n"}                        a piece, and when it came
--   {"end":0.9}                                               "broke": how the transfer failed;
--                                                             "left": lash did not wait for the end
--
-- Bytes that are no text are in "base64". Secrets are masked, the headers of a request,
-- which carry keys, are left out.
local errors = require "lash.errors"
local json = require "lash.core.json"
local mask = require "lash.trial.mask"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

local VERSION = 1

---@class lash.trial.Exchange
---@field method string
---@field url string
---@field body? string|table  a table: decoded JSON
---@field status? integer  nil: there was no answer
---@field headers? table<string, string>  of the answer, lower-case names; written from a list of pairs
---@field pieces { [1]: number, [2]: string }[]  seconds, bytes
---@field seconds number  all in all
---@field ended string  "whole", "left", or how the transfer failed
---@field line? integer  where it begins

-- Of one connection, of one day, or of one person.
local DROPPED = {}
for name in ([[connection keep-alive transfer-encoding content-length date age server set-cookie
  req-cost-time req-arrive-time resp-start-time via alt-svc strict-transport-security]]):gmatch "%S+" do
  DROPPED[name] = true
end

local function wanted(name) return not (DROPPED[name] or name:find "^x%-envoy%-" or name:find "^x%-dashscope%-") end

--- A text, or nil where the bytes are none.
local function is_text(bytes) return utf8.len(bytes) ~= nil end

local function put_bytes(line, key, bytes)
  if is_text(bytes) then line[key] = bytes else line.base64 = sys.base64(bytes) end
  return line
end

--- The lines of a request: its body apart, so that a change of one message is one
--- line of a difference.
local function request_lines(exchange, add)
  local head = { method = exchange.method, url = secrets.redact(exchange.url) }
  local parts = {}
  local body = exchange.body
  if body then
    local value, message = json.decode(body)
    if not message and type(value) == "table" then
      head.body = secrets.redact_all(value)
      for _, key in ipairs { "messages", "tools" } do
        if json.is_array(head.body[key]) then
          for _, item in ipairs(head.body[key]) do parts[#parts + 1] = { [key:sub(1, -2)] = item } end
          head.body[key] = json.array {}
        end
      end
    elseif body ~= "" then
      put_bytes(head, "text", secrets.redact(body))
    end
  end
  add { request = head, tape = VERSION }
  for _, part in ipairs(parts) do add(part) end
end

--- The pieces without secrets, cut between characters.
local function clean(pieces)
  local redact, list, kept = secrets.redactor(), {}, ""
  for i = 1, #pieces + 1 do
    local piece = pieces[i]
    local text = kept .. redact(piece and piece[2])
    kept = ""
    local from = piece and text:match "()[\xC2-\xF4][\x80-\xBF]*$"
    if from and not utf8.len(text, from) and #text - from < 4 then
      text, kept = text:sub(1, from - 1), text:sub(from)
    end
    if text ~= "" then list[#list + 1] = { (piece or pieces[#pieces])[1], text } end
  end
  return list
end

local function rounded(seconds) return math.floor(seconds * 1000 + 0.5) / 1000 end

--- An exchange as lines.
---@param exchange lash.trial.Exchange
---@return string
function M.encode(exchange)
  local lines = {}
  local function add(value) lines[#lines + 1] = assert(json.encode(value)) .. "\n" end
  request_lines(exchange, add)
  if exchange.status then
    local headers = {}
    for _, header in ipairs(exchange.headers or {}) do
      local name = header[1]:lower()
      if wanted(name) then headers[name] = secrets.redact(header[2]) end
    end
    add { response = { status = exchange.status, headers = headers } }
  end
  for _, piece in ipairs(clean(mask(exchange.pieces))) do
    add(put_bytes({ at = rounded(piece[1]) }, "data", piece[2]))
  end
  local ended, last = exchange.ended, exchange.pieces[#exchange.pieces]
  add { ["end"] = rounded(math.max(exchange.seconds, last and last[1] or 0)), left = ended == "left" or nil,
    broke = ended ~= "left" and ended ~= "whole" and ended or nil }
  return table.concat(lines)
end

local function bytes_of(line, key)
  if line.base64 == nil then return line[key] end
  return (assert(sys.from_base64(line.base64)))
end

local READ = {
  request = function(exchanges, line, number)
    if line.tape ~= VERSION then return ("the format %s is not known"):format(tostring(line.tape)) end
    local head = line.request
    exchanges[#exchanges + 1] = { method = head.method, url = head.url, body = head.body or bytes_of(head, "text"),
      pieces = {}, line = number }
  end,
  message = function(exchanges, line) table.insert(exchanges[#exchanges].body.messages, line.message) end,
  tool = function(exchanges, line) table.insert(exchanges[#exchanges].body.tools, line.tool) end,
  response = function(exchanges, line)
    local last = exchanges[#exchanges]
    last.status, last.headers = line.response.status, line.response.headers
  end,
  at = function(exchanges, line)
    table.insert(exchanges[#exchanges].pieces, { line.at, bytes_of(line, "data") })
  end,
  ["end"] = function(exchanges, line)
    local last = exchanges[#exchanges]
    last.seconds, last.ended = line["end"], line.left and "left" or line.broke or "whole"
  end,
}

--- The exchanges of a tape; raises when it is none.
---@param text string
---@param name string  for messages
---@return lash.trial.Exchange[]
function M.decode(text, name)
  local exchanges, number = {}, 0
  local function fail(what)
    errors.raise("input", ("%s: line %d: %s"):format(name, number, what),
      { hint = "LASH_RECORD=FILE lash … makes a tape" })
  end
  for source in text:gmatch "[^\n]+" do
    number = number + 1
    local line, message = json.decode(source)
    if type(line) ~= "table" then fail(message or "no object") end
    local known = false
    for key, read in pairs(READ) do
      if line[key] ~= nil then
        if key ~= "request" and #exchanges == 0 then fail "a tape begins with a request" end
        local ok, what = pcall(read, exchanges, line, number)
        if not ok then what = "it is damaged" end
        if what then fail(what) end
        known = true
      end
    end
    if not known then fail "it is no line of a tape" end
  end
  local last = exchanges[#exchanges]
  if last and not last.ended then fail "the last exchange has no end" end
  return exchanges
end

return M
