--- Structured answers: `returns = "verdict: 'ok'|'bugs', count: integer"`.
--
-- Where the model takes a JSON Schema as its response format, that; else a tool
-- that it calls with the result. Either way the value is validated here, and the
-- model is told what is wrong, a bounded number of times.
local errors = require "lash.errors"
local json = require "lash.core.json"
local types = require "lash.types"

local M = {}

local MAX_REPAIRS = 2
local BEFORE, SHOWN = 40, 160 -- bytes of an answer that are shown: before what is wrong, in all
local HINT = "-v shows every answer; another model may keep to the type"
local TOOL = "final_answer"

---@class lash.Returns
---@field type lash.Type  an object: what else stands in its field `value`
---@field wrapped boolean
---@field by_format boolean
---@field repairs integer
---@field private said string  the last answer
local Returns = {}
Returns.__index = Returns

--- What a call that gave the answer is told.
Returns.ACCEPTED = "accepted"

---@param text string  of the type language
---@param tools table<string, lash.Tool>  beside which ours may stand
---@return lash.Returns
function M.new(text, tools)
  if tools[TOOL] then
    errors.raise("usage", ("a tool named '%s' cannot stand beside `returns`"):format(TOOL),
      { hint = "the typed answer is given by a tool of that name" })
  end
  local wanted, err = types.parse(text, "returns")
  if not wanted then error(err, 0) end
  local wrapped = wanted.kind ~= "object"
  if wrapped then wanted = { kind = "object", fields = { types.field("value", wanted) } } end
  return setmetatable({ type = wanted, wrapped = wrapped, by_format = false, repairs = 0 }, Returns)
end

--- What goes into a request to this model: a response format, or a tool and a
--- hint to use it. The answer is then read as it was asked for.
---@param row lash.Model
---@return table? response_format
---@return table? declaration
---@return string? instruction
function Returns:request(row)
  local schema = types.schema(self.type)
  self.by_format = row.json_schema == true
  if self.by_format then
    return { type = "json_schema", json_schema = { name = TOOL, schema = schema, strict = true } }
  end
  local declaration = { type = "function",
    ["function"] = { name = TOOL, description = "Gives the final answer. Call it once, when you have it.",
      parameters = schema } }
  return nil, declaration, ("When you have the answer, call the tool %s with it."):format(TOOL)
end

--- The call in a turn that gives the answer, if there is one.
---@param turn lash.Turn
function Returns:find_call(turn)
  if self.by_format then return nil end
  for _, call in ipairs(turn.calls) do
    if call.name == TOOL then return call end
  end
end

local function check(self, text)
  local value, message = json.decode(text)
  if message then return nil, "that is not JSON: " .. message end
  if self.wrapped and (type(value) ~= "table" or types.is_list(value) or value.value == nil) then
    value = { value = value } -- the bare value is as good
  end
  local checked
  checked, message = types.check(self.type, value, "answer")
  if message then return nil, message end
  if self.wrapped then checked = checked.value end
  return checked
end

--- The text inside a fence of backquotes, if it stands in one. By positions, as a
-- pattern would take cubic time for many line ends.
local function unfenced(text)
  local from = text:match "^%s*```%w*[ \t\r]*\n()"
  if not from then return text end
  local last = #text
  while last >= from and text:find("^%s", last) do last = last - 1 end
  return last - 2 >= from and text:sub(last - 2, last) == "```" and text:sub(from, last - 3) or text
end

--- Reads the answer from JSON text, with or without a fence around it.
---@param text string
---@return any value
---@return string? message  what is wrong, for the model
function Returns:read(text)
  self.said = unfenced(text)
  return check(self, self.said)
end

--- What the model said, for a person: its beginning, or where it ceases to be JSON.
function Returns:_excerpt(message)
  local text = require("lash.secrets").redact(self.said)
  if not text:find "%S" then return "it is empty" end
  local line, column = message:match "^that is not JSON: line (%d+), column (%d+)"
  local from = 1
  for _ = 2, tonumber(line or 1) do from = (text:find("\n", from, true) or #text) + 1 end
  from = from + tonumber(column or 1) - 1 - BEFORE
  while from > 1 and text:find("^[\x80-\xBF]", from) do from = from - 1 end
  local start = from > 1 and "…" or ""
  return "it is: " .. start .. require("lash.output").shorten(text:sub(math.max(from, 1)), SHOWN)
end

--- Counts a repair; raises `schema` when there were enough.
---@param message string
---@return string  for the model
function Returns:repair(message)
  self.repairs = self.repairs + 1
  local told = ("the answer does not fit its type: %s; %s"):format(message, self:_excerpt(message))
  require("lash.log").info(told)
  if self.repairs > MAX_REPAIRS then errors.raise("schema", told, { hint = HINT }) end
  if self.by_format then
    return ("Your answer does not fit: %s. Answer again, with nothing but JSON that fits."):format(message)
  end
  return ("Your answer does not fit: %s. Call the tool %s with one that does."):format(message, TOOL)
end

return M
