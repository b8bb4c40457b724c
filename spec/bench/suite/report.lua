--- The figures: as lines, as tables of docs/performance.md, as a picture.
local lash = require "lash"

local M = {}

local UNITS = { wall = "wall", cpu = "CPU", rss = "memory", size = "" }

--- A number with what is worth telling of it.
local function number(x) return (x < 0.1 and "%.3f" or x < 10 and "%.2f" or "%.1f"):format(x) end

local function times(row)
  return row.against == "KB" and number(row.median) .. " KB" or number(row.median) .. " ×"
end

--- Between which the middle half of the rounds lies.
local function spread(row) return row.rounds > 1 and ("%s to %s"):format(number(row.low), number(row.high)) or "" end

---@return string
function M.line(row)
  return ("%-6s  %s: %s%s%s%s, goal %s"):format(row.met and "met" or "MISSED", row.what,
    row.unit ~= "size" and UNITS[row.unit] .. " " or "", times(row), row.against ~= "KB" and " " .. row.against or "",
    row.rounds > 1 and " (" .. spread(row) .. ")" or "", number(row.most))
end

---@return string
function M.peer(peer)
  return ("%s: wall %s × lash, CPU %s ×, memory %s ×"):format(peer.name, number(peer.wall), number(peer.cpu),
    number(peer.kb))
end

--- The tables, in Markdown.
local function tables(results)
  local lines = { "| what | | median | half of the rounds | goal | |", "|---|---|---|---|---|---|" }
  for _, row in ipairs(results.goals) do
    lines[#lines + 1] = ("| %s | %s%s | %s | %s | %s | %s |"):format(row.what, UNITS[row.unit],
      row.against ~= "KB" and (" against %s"):format(row.against) or "", times(row), spread(row), number(row.most),
      row.met and "met" or "**missed**")
  end
  if #results.peers > 0 then
    lines[#lines + 1] = "\n| a short answer | wall | CPU | memory |\n|---|---|---|---|\n| `lash ask` | 1 | 1 | 1 |"
    for _, peer in ipairs(results.peers) do
      lines[#lines + 1] = ("| %s | %s | %s | %s |"):format(peer.name, number(peer.wall), number(peer.cpu),
        number(peer.kb))
    end
  end
  for _, line in ipairs(results.missing) do lines[#lines + 1] = "\nNot measured: " .. line .. "." end
  return table.concat(lines, "\n")
end

local ROW, BAR, LABEL = 22, 320, 480 -- pixels
local MORE = 1.5 -- of what a goal allows: as far as the picture goes

local function escaped(s) return (s:gsub("[&<>`]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["`"] = "" })) end

--- How much of what the goals allow is used: a bar a goal, and a line where it is all.
local function picture(results)
  local parts, y = {}, 10
  for _, row in ipairs(results.goals) do
    local used = row.median / row.most
    local long = math.min(used, MORE) / MORE * BAR
    parts[#parts + 1] = ('<text x="%d" y="%d" text-anchor="end">%s: %s / %s</text>'):format(LABEL - 8, y + 14,
      escaped(row.what), row.unit == "size" and "size" or UNITS[row.unit], escaped(row.against))
    parts[#parts + 1] = ('<rect x="%d" y="%d" width="%.0f" height="14" fill="%s"/>'):format(LABEL, y + 3, long,
      row.met and "#3b7dd8" or "#d8573b")
    parts[#parts + 1] = ('<text x="%.0f" y="%d">%s</text>'):format(LABEL + long + 6, y + 14, times(row))
    y = y + ROW
  end
  local limit = LABEL + BAR / MORE
  parts[#parts + 1] = ('<line x1="%.0f" y1="4" x2="%.0f" y2="%d" stroke="#444" stroke-dasharray="4 3"/>'):format(limit,
    limit, y + 4)
  parts[#parts + 1] = ('<text x="%.0f" y="%d" text-anchor="middle">the goal</text>'):format(limit, y + 18)
  return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">\n'
    .. '<rect width="100%%" height="100%%" fill="#fff"/>\n%s\n</svg>\n'):format(LABEL + BAR + 80, y + 28,
    table.concat(parts, "\n"))
end

--- Puts the figures in their place in docs/performance.md, and the picture beside it.
---@param docs string
function M.write_docs(docs, results)
  local page = docs .. "/performance.md"
  local text = lash.fs.read(page)
  local head, tail = text:match "^(.-<!%-%- figures: spec/bench/bench.lua %-%->\n).-(<!%-%- end %-%->.*)$"
  if not head then lash.fail("input", page .. " has no place for the figures") end
  lash.fs.write(page, head .. tables(results) .. "\n" .. tail)
  lash.fs.write(docs .. "/performance.svg", picture(results))
end

return M
