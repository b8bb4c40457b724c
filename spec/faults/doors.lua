--- The ways in which a person meets a fault: the program is started, and what it
-- prints, its exit status and the requests that it made are held against a row of
-- spec/faults/rows.lua.
local exec = require "lash.exec"
local folder = require "spec.support.folder"
local json = require "lash.core.json"
local places = require "spec.faults.places"

local M = {}

M.NAMES = { "ask", "whole", "tool", "http" }
M.KEY = "sk-faults-canary"

local program = assert(require("lash.core.sys").realpath "/proc/self/exe")
local DEADLINE = 10 -- seconds, where a row has none
local HANGS = 30

local TOOL = [[
local lash = require "lash"
local note = lash.tool { name = "note", about = "Notes a word.", params = "word: string", run = function(word)
  lash.fs.append(lash.dir .. "/ran", word)
end }
for event in lash.agent { tools = { note } }:stream "Hi" do
  if event.type == "text" then io.write(event.text) io.stdout:flush() end
  if event.type == "done" then print() end
end
]]

local HTTP = [[print((lash.http.get(arg[1], { retry = 1, timeout = tonumber(arg[2]) }).body:gsub("%s+$", "")))]]

--- The words behind the program's name.
local function words_of(door, place, seconds)
  local url = place.url .. (place.path or "/v1")
  if door == "http" then return { "-e", HTTP, url, tostring(seconds) } end
  local words = { "--config", "config.json", "--timeout", tostring(seconds) }
  local more = ({ ask = { "ask", "Hi" }, whole = { "ask", "-a", "whole", "-t", "list_files", "Hi" },
    tool = { "tool.lua" } })[door]
  return table.move(more, 1, #more, #words + 1, words)
end

local function config_of(place)
  local provider = { type = "dashscope", api_base = place.url .. "/v1", api_key = M.KEY, proxy = "" }
  for key, value in pairs(place.provider or {}) do provider[key] = value end
  return json.encode {
    providers = { p = provider },
    agents = { defaults = { provider = "p", retry = 1 }, whole = { tool_streaming = "fallback" } },
  }
end

---@class faults.Outcome
---@field given string  "KIND EXIT REQUESTS"
---@field out string
---@field err string
---@field seconds number
---@field deadline number

--- Commits the fault of a row, and goes through one door.
---@async
---@return faults.Outcome
function M.go(row, door)
  local make = type(row[2]) == "function" and row[2] or places.bytes(row[2])
  local place <close> = make()
  local dir <close> = folder.new()
  dir:write("config.json", config_of(place))
  dir:write("tool.lua", TOOL)
  local seconds = row.within or DEADLINE
  local words = words_of(door, place, seconds)
  local argv = { "timeout", "-s", "KILL", tostring(HANGS), "env", "-i", "PATH=" .. os.getenv "PATH",
    "HOME=" .. dir.path }
  for name, value in pairs(place.env or {}) do argv[#argv + 1] = name .. "=" .. value end
  argv[#argv + 1] = program
  table.move(words, 1, #words, #argv + 1, argv)
  argv.cwd = dir.path
  local res = exec.exec(argv)
  local kind = res.code == 0 and "ok" or res.err:match "^lash: (%l[%l_]*): " or "nothing told"
  return {
    given = ("%s %d %d"):format(kind, res.code, #place.requests()),
    out = res.out,
    err = res.err,
    ran = io.open(dir.path .. "/ran") ~= nil,
    seconds = res.seconds,
    deadline = seconds,
  }
end

--- What is wrong with an outcome; nothing when it is as the row has it.
---@return string?
function M.flaw(row, door, outcome)
  local text = row.text and row.text .. "\n" or ""
  if outcome.given ~= row[door] then
    return ("gave %s (%s), not %s"):format(outcome.given, outcome.err:match "^[^\n]*", row[door])
  elseif (door ~= "http" or row[door]:find "^ok") and outcome.out:gsub("^\n$", "") ~= text then
    return ("printed %q, not %q"):format(outcome.out, text)
  elseif outcome.ran then
    return "ran a tool"
  elseif (outcome.out .. outcome.err):find(M.KEY, 1, true) then
    return "showed the key"
  elseif not row[door]:find "^ok" and select(2, outcome.err:gsub("\n", "")) > 2 then
    return ("told more than an error and a hint: %s"):format(outcome.err)
  end
end

return M
