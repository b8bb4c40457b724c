--- What a turn with tools costs, against `lash fake` over real HTTP.
--
-- usage:   build/release/lash --lua spec/bench/turn.lua
-- output:
--   turn with one Lua tool: 0.35 ms of CPU (goal: 1), 0.62 ms in all
--   50 calls that wait 100 ms each, side by side: 112 ms (goal: 300)
local clock = require "spec.support.clock"
local folder = require "spec.support.folder"
local lash = require "lash"
local sched = require "lash.sched"
local sys = require "lash.core.sys"

local ROUNDS = 15
local TURNS = 20
local CALLS = 50

local REPLIES = ([[
return function(request)
  local turns = #request.json.messages // 2
  if request.prompt == "many" then
    local calls = {}
    for i = 1, %d do calls[i] = { tool = "wait", arguments = { n = i } } end
    return { calls = calls }
  elseif request.json.messages[1].content == "one" and turns < %d then
    return { tool = "f", arguments = { n = turns } }
  end
  return "done"
end]]):format(CALLS, TURNS)

--- Starts `lash fake`; its end, and its address.
local function start(dir)
  local pipe = assert(io.popen(("echo $$; exec '%s' fake --port 0 '%s' 2>/dev/null"):format(
    sys.realpath "/proc/self/exe", dir:write("replies.lua", REPLIES))))
  local pid = pipe:read "n"
  pipe:read "l"
  local url = pipe:read("l"):match "http://%S+"
  return setmetatable({}, { __close = function()
    os.execute("kill " .. pid)
    pipe:close()
  end }), url
end

local function measure(url)
  local provider = { type = "fake", api_base = url, api_key = "sk-fake" }
  local tools = {
    lash.tool { name = "f", about = "Tells a number.", params = "n: integer", run = function(n) return { n = n } end },
    lash.tool { name = "wait", about = "Waits.", params = "n: integer", readonly = true, run = function(n)
      lash.sleep(0.1)
      return n
    end },
  }
  local agent = lash.agent { provider = provider, tools = tools, max_turns = 2 * TURNS, max_tool_calls = CALLS }
  local function turns() assert(agent:run("one").turns == TURNS + 1) end
  local function many() assert(#agent:run("many").tool_calls == CALLS) end
  turns() -- once for what is loaded
  print(("turn with one Lua tool: %.2f ms of CPU (goal: 1), %.2f ms in all"):format(
    clock.milliseconds(ROUNDS, { turns }, os.clock)[1].median / (TURNS + 1),
    clock.milliseconds(ROUNDS, { turns })[1].median / (TURNS + 1)))
  print(("%d calls that wait 100 ms each, side by side: %.0f ms (goal: 300)"):format(CALLS,
    clock.milliseconds(ROUNDS, { many })[1].median))
end

local dir <close> = folder.new()
local _fake <close>, url = start(dir)
sched.run(measure, url)
