#!/usr/bin/env lash
--- Kills a workflow of 40 steps, some side by side, at random moments, until it has
-- come to its end; again and again, against a service that counts what it is asked.
--
-- usage:   build/release/lash spec/bench/kill.lua [--kills 1000] [--seed N]
-- output:
--   1000 kills of 498 runs: 498 of 498 ended alike
--   answers bought twice: 0; requests without a record: 0; possibly paid: 1311; asked: 14068
--   processes left over: 0; databases damaged: 0
local lash = require "lash"
local args = lash.args [[
  kills: integer = 1000
  seed: integer = 1
]]
local fake = require "lash.fake"
local json = require "lash.json"
local loop = require "lash.core.loop"

local WORKFLOW = [[
local lash = require "lash"
return lash.workflow { name = "forty", run = function(w)
  local list = w:step("list", function()
    local list = {}
    for i = 1, 12 do list[i] = { id = i } end
    return list
  end)
  local words = w:map("words", list, { key = "id", max = 4 }, function(it)
    return lash.ask("Say " .. it.id):match "%d+$"
  end)
  local function six(name, word)
    local s = ""
    for i = 1, 6 do s = s .. w:step(name, function() return lash.ask(word .. " " .. i):match "%w+$" end) end
    return s
  end
  local parts = w:all {
    left = function() return six("l", "Left") end,
    right = function() return six("r", "Right") end,
  }
  local sum = 0
  for i = 1, 12 do sum = sum + w:step("sum", function() return tonumber(words[i]) end) end
  local last = lash.map({ 1, 2, 3 }, function(i) return lash.ask("Last " .. i):match "%w+$" end)
  return sum .. parts.left .. parts.right .. table.concat(last)
end }
]]
local RESULT = "78123456123456123\n"
local REQUESTS = 27 -- of a run that nobody kills

math.randomseed(args.seed)
local program = lash.fs.exists "/proc/self/exe" and lash.sh { "readlink", ("/proc/%d/exe"):format(
  require("lash.core.sys").pid()) }
local server <close> = fake.start {}
local tmp <close> = lash.fs.tmp()
lash.fs.write(tmp .. "/forty.lua", WORKFLOW)

local function query(home, sql)
  local core = require "lash.core.store"
  local store = assert(core.open(home .. "/lash/lash.db"))
  local rows = assert(store:query(sql))
  store:close()
  return rows
end

local kills, runs, alike, twice, unrecorded, lost, asked, damaged = 0, 0, 0, 0, 0, 0, 0, 0
local span -- seconds that a run takes when nobody kills it: the first one

while kills < args.kills do
  runs = runs + 1
  server.requests = {}
  local home = ("%s/%d"):format(tmp, runs)
  local env = { XDG_STATE_HOME = home, DASHSCOPE_API_BASE = server.url, DASHSCOPE_API_KEY = "sk-kill" }
  local function run(seconds)
    return lash.exec { "timeout", "-s", "KILL", seconds, program, "forty.lua", env = env, cwd = tmp.path, timeout = 60 }
  end
  local result
  repeat
    local began = loop.now()
    result = run(span and ("%.4f"):format(0.005 + math.random() * span) or "60")
    span = span or loop.now() - began
    if result.code == 137 or result.signal then kills = kills + 1 end
    if result.code == 75 then lash.fail("internal", "locked: " .. result.err) end
  until result.out ~= "" or result.code ~= 137 and not result.signal -- once printed, the next would be another run
  if result.out == RESULT then
    alike = alike + 1
  else
    lash.fail("internal", ("ended otherwise: %d, %s%s"):format(result.code, result.out, result.err))
  end
  local counts = {}
  for _, request in ipairs(server.requests) do
    local prompt = json.encode(request.json.messages)
    counts[prompt], asked = (counts[prompt] or 0) + 1, asked + 1
  end
  local states = query(home, [[SELECT key, sum(state = 'done') AS done, sum(state = 'lost') AS lost, count(*) AS n
    FROM entries WHERE kind = 'model' GROUP BY run, key]])
  local recorded = 0
  for _, row in ipairs(states) do
    if row.done > 1 then twice = twice + 1 end
    lost, recorded = lost + row.lost, recorded + row.n
  end
  unrecorded = unrecorded + math.max(0, #server.requests - recorded)
  local n = 0
  for _ in pairs(counts) do n = n + 1 end
  if n ~= REQUESTS then print("prompts that were asked:", n) end
  if query(home, "PRAGMA integrity_check")[1].integrity_check ~= "ok" then damaged = damaged + 1 end
  lash.fs.remove(home, { recursive = true })
end

local left = lash.exec { "pgrep", "-f", "forty.lua" }
print(("%d kills of %d runs: %d of %d ended alike"):format(kills, runs, alike, runs))
print(("answers bought twice: %d; requests without a record: %d; possibly paid: %d; asked: %d"):format(twice,
  unrecorded, lost, asked))
print(("processes left over: %d; databases damaged: %d"):format(left.code == 0 and 1 or 0, damaged))
os.exit(alike == runs and twice == 0 and unrecorded == 0 and damaged == 0 and left.code ~= 0)
