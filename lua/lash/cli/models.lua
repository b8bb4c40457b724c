--- lash models [NAME]: what lash knows of models, and from where.
local errors = require "lash.errors"
local models = require "lash.models"

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
  local input, output = row.price.input, row.price.output
  return input and output and ("%g / %g"):format(input, output) or "?"
end

local function print_row(row)
  print(COLUMNS:format(row.name, size(row.context), size(row.max_output), THINKING[row.thinking] or "?",
    known(row.stream_tools) and row.stream_tools or "?", price(row)))
end

local function print_all()
  local fictional = {}
  print(COLUMNS:format("MODEL", "CONTEXT", "OUTPUT", "THINKING", "TOOLS+STREAM", "$ PER MILLION, IN / OUT"))
  for _, name in ipairs(models.names()) do
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
  print(("%-16s %s"):format(name, known(value) and tostring(value) or "not known"))
end

local function print_one(name)
  local row = models.row(name)
  if row.source == "unknown" then
    print(name .. " is not in the table: nothing is refused and nothing sent unasked; what counts:")
  elseif row.fictional then
    print(name .. " is named in older documentation, but unknown to the service")
  end
  print_field("name", name)
  if row.pattern ~= "" then print_field("family", row.pattern) end
  for _, field in ipairs(FIELDS) do
    local assumed = row.source == "unknown" and type(row[field]) == "boolean" -- refuses nothing, and so says nothing
    print_field(field, not assumed and row[field] or nil)
  end
  for _, field in ipairs(PRICES) do print_field("price." .. field, row.price[field] or nil) end
  print(("%-16s %s"):format("source", row.source))
  local near = row.source == "unknown" and models.nearest(name) or {}
  if #near > 0 then print("similar names: " .. table.concat(near, ", ")) end
end

---@param argv string[]
---@return integer exit
return function(argv)
  if #argv > 1 or (argv[1] or ""):find "^%-" then
    errors.raise("usage", "lash models takes one name at most", { hint = "usage: lash models [NAME]" })
  end
  if argv[1] then print_one(argv[1]) else print_all() end
  return 0
end
