--- The --help of a script: its header comment and its parameters.
local doc = require "lash.doc"
local types = require "lash.types"

local M = {}

local COLUMN = 26 -- where descriptions begin, at most

--- A field as an argument by place.
---@param field lash.types.Field
function M.place(field) return (field.name:upper()) end

--- A field as a flag.
---@param field lash.types.Field
function M.flag(field) return "--" .. field.name:gsub("_", "-") end

local function left_side(field)
  if not field.optional then return M.place(field) .. (field.type.kind == "list" and "..." or "") end
  if field.type.kind == "boolean" then return "--[no-]" .. M.flag(field):sub(3) end
  local t = field.type.kind == "list" and field.type.item or field.type
  return M.flag(field) .. " " .. types.text(t)
end

local function right_side(field)
  local words = {}
  if not field.optional then words[1] = types.text(field.type) end
  words[#words + 1] = field.about
  if field.optional and field.type.kind == "list" then words[#words + 1] = "(may be given several times)" end
  if field.default ~= nil then words[#words + 1] = ("(default: %s)"):format(types.literal(field.default)) end
  return table.concat(words, "  ")
end

local function add_section(out, title, rows)
  if #rows == 0 then return end
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  width = math.min(width, COLUMN)
  out[#out + 1] = ""
  out[#out + 1] = title
  for _, row in ipairs(rows) do
    local gap = #row[1] <= width and (" "):rep(width - #row[1] + 2) or "\n" .. (" "):rep(width + 4)
    out[#out + 1] = ("  %s%s%s"):format(row[1], gap, row[2]):gsub("%s+$", "")
  end
end

--- The one line that says how a script is called.
---@param t lash.Type
---@param script string
---@return string
function M.usage(t, script)
  local words = { "usage: lash", script }
  for _, field in ipairs(t.fields) do
    if field.optional then
      words[3] = "[OPTION...]"
      break
    end
  end
  for _, field in ipairs(t.fields) do
    if not field.optional then words[#words + 1] = left_side(field) end
  end
  return table.concat(words, " ")
end

--- The whole text.
---@param t lash.Type
---@param script string
---@param about? string  where the script begins with no comment
---@return string
function M.text(t, script, about)
  local out = { M.usage(t, script) }
  local header = doc.header("@" .. script)
  if #header == 0 then header[1] = about end
  if #header > 0 then out[#out + 1] = "" end
  table.move(header, 1, #header, #out + 1, out)
  local arguments, options = {}, {}
  for _, field in ipairs(t.fields) do
    local rows = field.optional and options or arguments
    rows[#rows + 1] = { left_side(field), right_side(field) }
  end
  options[#options + 1] = { "--help", "Show this and exit." }
  add_section(out, "arguments (by place, or --name VALUE):", arguments)
  add_section(out, "options:", options)
  return table.concat(out, "\n")
end

return M
