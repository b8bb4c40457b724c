--- lash models [NAME] [--json]: what lash knows of models, and from where.
local errors = require "lash.errors"
local json = require "lash.core.json"
local models = require "lash.models"
local model_names = require "lash.models.names"
local output = require "lash.output"
local row_of = require "lash.cli.row"

local USAGE = "usage: lash models [NAME] [--json]"

local THINKING = { none = "never", off = "on request", on = "by default", only = "always" }
local COLUMNS = "%-32s %8s %8s  %-10s  %-12s  %s"

local FIELDS = {
  "context", "max_output", "thinking", "takes_budget", "max_budget", "takes_effort", "tools", "stream_tools",
  "stream_only", "whole_needs_off", "json_object", "json_schema", "json_thinking", "preserve_thinking",
  "explicit_cache", "vision",
}
local PRICES = { "input", "output", "thinking", "cached", "cache_read", "cache_write" }

local function known(value) return value ~= nil and value ~= 0 and value ~= "unknown" end

--- 262144 -> "256K", 1000000 -> "1M"
local function size(n)
  if not known(n) then return "?" end
  if n % 1000000 == 0 then return n // 1000000 .. "M" end
  return n % 1024 == 0 and n // 1024 .. "K" or tostring(n)
end

local function price(row)
  local per_input, per_output = row.price.input, row.price.output
  return per_input and per_output and ("%g / %g"):format(per_input, per_output) or "?"
end

--- What is known of a field; nil: nothing.
local function fact(row, field)
  local value = row[field]
  local assumed = row.source == "unknown" and type(value) == "boolean" -- refuses nothing, and so says nothing
  if assumed or not known(value) then return nil end
  if value == "yes" or value == "no" then return value == "yes" end
  return value
end

--- All that is known of a model, for --json; what is not known is not there.
local function record(name)
  local row = models.row(name)
  local r = { name = name, family = row.pattern ~= "" and row.pattern or nil, source = row.source,
    fictional = row.fictional or nil, price = {} }
  for _, field in ipairs(FIELDS) do r[field] = fact(row, field) end
  for _, field in ipairs(PRICES) do r.price[field] = known(row.price[field]) and row.price[field] or nil end
  if not next(r.price) then r.price = nil end
  return r
end

local function print_row(row)
  print(row_of(COLUMNS:format(row.name, size(row.context), size(row.max_output), THINKING[row.thinking] or "?",
    known(row.stream_tools) and row.stream_tools or "?", price(row))))
end

local function print_all()
  local fictional = {}
  print(row_of(COLUMNS:format("name", "context", "output", "thinking", "tools+stream", "$ per million, in / out")))
  for _, name in ipairs(model_names.all()) do
    local row = models.row(name)
    if row.fictional then
      fictional[#fictional + 1] = name
    else
      print_row(row)
    end
  end
  print("\nIn older documentation, but unknown to the service: " .. table.concat(fictional, ", "))
end

local function print_field(name, value)
  if type(value) == "boolean" then value = value and "yes" or "no" end
  print(("%-17s %s"):format(name, known(value) and tostring(value) or "not known"))
end

local function print_one(name)
  local row = models.row(name)
  if row.source == "unknown" then
    print(model_names.doubt(name) or name .. " is not in the table")
    print "Nothing is refused and nothing sent unasked; what counts:"
  elseif row.fictional then
    print(name .. " is named in older documentation, but unknown to the service")
  end
  print_field("name", name)
  if row.pattern ~= "" then print_field("family", row.pattern) end
  for _, field in ipairs(FIELDS) do
    local value = fact(row, field)
    print_field(field, field == "thinking" and THINKING[value] or value)
  end
  for _, field in ipairs(PRICES) do print_field("price." .. field, row.price[field] or nil) end
  print(("%-17s %s"):format("source", row.source))
end

---@param argv string[]
---@return integer exit
return function(argv)
  local names, as_json = {}, false
  for _, word in ipairs(argv) do
    if word == "--json" then
      as_json = true
    elseif word:find "^%-" then
      errors.raise("usage", ("lash models: unknown option '%s'"):format(word), { hint = USAGE })
    else
      names[#names + 1] = word
    end
  end
  if #names > 1 then errors.raise("usage", "lash models takes one name at most", { hint = USAGE }) end
  if as_json then
    for _, name in ipairs(names[1] and names or model_names.all()) do
      output.write_json(json.encode(record(name)))
    end
  elseif names[1] then
    print_one(names[1])
  else
    print_all()
  end
  return 0
end
