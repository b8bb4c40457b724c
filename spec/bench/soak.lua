#!/usr/bin/env lash
--- Runs lash for long: many questions in one process, many short processes, one
-- long stream; memory and open files must be at the end what they were at the beginning.
--
-- usage:   build/release/lash spec/bench/soak.lua [--runs 20000] [--chunks 1000000]
-- output:
--   20000 runs in one process: memory … KB after 2000, … KB at the end; … and … open files
--   20000 processes: all ended with 0; the median of the first tenth had … KB, of the last … KB, the largest … KB
--   a stream of 1000000 chunks: … KB at the first, … KB at the end; … and … open files
local lash = require "lash"
local args = lash.args [[
  runs: integer = 20000
  chunks: integer = 1000000
  programs: string = 'build/release/spec/bench'  -- the folder of the benchmark's programs
]]
local bench = require "suite.bench"
local runs = require "suite.runs"

local WARM = 10 -- the part of the runs after which everything has its size: 1 in 10
local MAY_GROW = 1.05

local QUESTIONS = [[
local lash = require "lash"
local provider = { type = "openai", api_base = arg[1], api_key = "sk-soak" }
local function memory()
  collectgarbage()
  return lash.fs.read("/proc/self/status"):match "VmRSS:%s*(%d+)", #lash.fs.list "/proc/self/fd"
end
local agent = lash.agent { provider = provider }
for i = 1, tonumber(arg[2]) do
  assert(agent:run("Hi").text ~= "")
  if i == tonumber(arg[3]) then print(memory()) end
end
print(memory())]]

local STREAM = [[
local lash = require "lash"
local provider = { type = "openai", api_base = arg[1], api_key = "sk-soak" }
local function memory()
  return lash.fs.read("/proc/self/status"):match "VmRSS:%s*(%d+)", #lash.fs.list "/proc/self/fd"
end
local first = true
for ev in lash.agent { provider = provider }:stream "Hi" do
  if ev.type == "text" and first then first = print(memory()) end
end
print(memory())]]

local failed = false

--- Two lines of memory and open files; says how they differ.
local function compare(what, out, may_grow)
  local before, files, after, left = out:match "^(%d+)%s+(%d+)%s+(%d+)%s+(%d+)%s*$"
  assert(before, out)
  print(("%s: %s KB, %s KB at the end; %s and %s open files"):format(what, before, after, files, left))
  if after / before > may_grow or left > files then failed = true end
end

do
  local b <close> = bench.new(args.programs)
  lash.fs.write(b.tmp .. "/questions.lua", QUESTIONS)
  lash.fs.write(b.tmp .. "/stream.lua", STREAM)
  local url = b.http .. "/5/0/v1"
  compare(("%d runs in one process, after a tenth"):format(args.runs), b.run(b.lash, b.tmp .. "/questions.lua", url,
    tostring(args.runs), tostring(args.runs // WARM)), MAY_GROW)

  local words = table.move(b.environment, 1, #b.environment, 1, {})
  words[#words + 1] = b.measure
  local rounds = runs.take(words, args.runs, { "ask", ask = { "DASHSCOPE_API_BASE=" .. url, b.lash, "ask", "Hi" } })
  local first, last, largest = {}, {}, 0
  for i, round in ipairs(rounds) do
    largest = math.max(largest, round.ask.kb)
    if i <= #rounds // WARM then first[i] = round.ask.kb end
    if i > #rounds - #rounds // WARM then last[#last + 1] = round.ask.kb end
  end
  local before, after = runs.middle(first), runs.middle(last)
  print(("%d processes: all ended with 0; the median of the first tenth had %d KB, of the last %d KB, the largest "
    .. "%d KB"):format(#rounds, before, after, largest))
  if after / before > MAY_GROW then failed = true end -- what earlier ones left behind must not cost the later ones

  local rss = runs.take(words, 1, { "few", "many",
    few = { "DASHSCOPE_API_BASE=" .. url, b.lash, "ask", "Hi" },
    many = { ("DASHSCOPE_API_BASE=%s/%d/0/v1"):format(b.http, args.chunks), b.lash, "ask", "Hi" } })[1]
  print(("`lash ask`, %d chunks: %d KB, with few %d KB"):format(args.chunks, rss.many.kb, rss.few.kb))
  if rss.many.kb / rss.few.kb > 1.1 then failed = true end
  -- A script has the whole text in the end, so this one grows by what it was told.
  compare(("a script with a stream of %d chunks, at the first"):format(args.chunks),
    b.run(b.lash, b.tmp .. "/stream.lua", ("%s/%d/0/v1"):format(b.http, args.chunks)), math.huge)
end
if failed then lash.fail("internal", "it grew") end
