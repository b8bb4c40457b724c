--- Cuts recorded answers at every byte, by an end of the connection, and at a sample of
-- them by a reset: streamed and whole, with text and with calls of a tool.
--
-- A script asks for each; nothing but the whole answer may count as one, what it has
-- read is a part of the true text, no tool runs of a part, and a second request is
-- sent only where nothing was handed out.
--
-- usage:   build/release/lash --lua spec/faults/cuts.lua
-- output:
--   10671 cuts of 7 answers: 0 wrong
local exec = require "lash.exec"
local folder = require "spec.support.folder"
local json = require "lash.core.json"
local model = require "spec.support.model"
local sched = require "lash.sched"
local server = require "spec.support.server"
local sys = require "lash.core.sys"

local SAMPLE = 7 -- every so many bytes there is a reset
local TEXT = "Hello"
local program = assert(sys.realpath "/proc/self/exe")

--- Asks at every position; a line of JSON for each.
local SCRIPT = [[
local lash = require "lash"
local args = lash.args "url: string, last: integer, step: integer, whole: boolean = false, with_tool: boolean = false"
local positions = {}
for n = 0, args.last, args.step do positions[#positions + 1] = n end
lash.map(positions, { max = 200 }, function(n)
  local ran, text = 0, ""
  local weather = lash.tool { name = "weather", about = "Tells the weather.", params = "city: string", run = function()
    ran = ran + 1
    return "fine"
  end }
  local agent = lash.agent {
    provider = { type = "dashscope", api_base = ("%s/%d"):format(args.url, n), api_key = "sk-any", proxy = "" },
    tools = args.with_tool and { weather } or nil, tool_streaming = args.whole and "fallback" or nil, retry = 1,
    max_turns = 1,
  }
  local _, err = lash.try(function()
    for event in agent:stream "Hi" do
      if event.type == "text" then text = text .. event.text end
    end
  end)
  print(lash.json.encode { n = n, kind = err and err.kind or "ok", text = text, ran = ran,
    message = err and err.message })
end)
]]

--- A recorded answer of the service.
local function recorded(name)
  for line in io.lines "spec/data/dashscope.jsonl" do
    local answer = json.decode(line)
    if answer.name == name then return answer.body end
  end
end

-- No connection is kept: a request on one that the server is about to close is lost.
local function with_length(body, kind)
  return model.http(200, body, ("Content-Type: %s\r\nConnection: close\r\n"):format(kind))
end

local function in_chunks(body)
  return (model.chunked(body, 100):gsub("\r\n", "\r\nConnection: close\r\n", 1))
end

local function until_end(body)
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" .. body
end

local STREAM, TOOL = recorded "text", recorded "tool_stream"
local CALL = { content = "", tool_calls = model.calls({ "weather", '{"city":"Hanoi"}' }).tool_calls }

--- name, bytes, is it streamed, does it call a tool
local ANSWERS = {
  { "text, with its length", with_length(STREAM, "text/event-stream"), true, false },
  { "text, in chunks", in_chunks(STREAM), true, false },
  { "text, until the end", until_end(STREAM), true, false },
  { "a call, in chunks", in_chunks(TOOL), true, true },
  { "a call, until the end", until_end(TOOL), true, true },
  { "text that is not streamed", with_length(model.whole { content = TEXT }, "application/json"), false, false },
  { "a call that is not streamed", with_length(model.whole(CALL, "tool_calls"), "application/json"), false, true },
}

--- From how many bytes on the answer may count as whole, and from how many on it must:
-- with its finish reason, and with the end of that event; or with all of it.
local function bounds(answer)
  if not answer[3] then return #answer[2], #answer[2] end
  local _, may = answer[2]:find '"finish_reason":"[^"]*"'
  local _, must = answer[2]:find('\n\r?\n', may)
  return may, must
end

local function flaw(answer, n, given, requests)
  local calls = answer[4]
  local may, must = bounds(answer)
  local kind = given.kind == "turns" and "ok" or given.kind -- the tool was run, and no turn is left
  if n >= must and kind ~= "ok" then return "lost a whole answer: " .. kind end
  if n < may and kind == "ok" then return "took a part for the whole" end
  if kind == "ok" then
    if given.ran ~= (calls and 1 or 0) then return ("ran the tool %d times"):format(given.ran) end
    if not calls and given.text ~= TEXT then return ("has read %q"):format(given.text) end
    return requests ~= 1 and ("%d requests"):format(requests) or nil
  end
  if given.ran ~= 0 then return "ran the tool" end
  if given.text ~= TEXT:sub(1, #given.text) then return ("has read %q"):format(given.text) end
  if kind ~= "network" and kind ~= "incomplete" and kind ~= "protocol" then return "gave " .. kind end
  local wanted = given.text == "" and 2 or 1
  return requests ~= wanted and ("%d requests, not %d"):format(requests, wanted) or nil
end

--- Cuts one answer at every step-th byte; how many cuts, how many of them went wrong.
local function cut(answer, step, ending)
  local s <close> = server.start { { ["repeat"] = true, steps = { { send = answer[2], cut = true }, { sleep = 20 },
    { [ending] = true } } } }
  local dir <close> = folder.new()
  dir:write("cuts.lua", SCRIPT)
  local words = { program, "cuts.lua", "--url=" .. s.url, "--last=" .. #answer[2], "--step=" .. step }
  if not answer[3] then words[#words + 1] = "--whole" end
  if answer[4] or not answer[3] then words[#words + 1] = "--with-tool" end
  words.cwd, words.env, words.timeout = dir.path, { HOME = dir.path }, 55
  local res = exec.exec(words)
  assert(res.code == 0, res.err)
  local asked = {}
  for _, request in ipairs(s:requests()) do
    local n = math.tointeger(tonumber(request.path:match "^/(%d+)/"))
    asked[n] = (asked[n] or 0) + 1
  end
  local cuts, wrong = 0, 0
  for line in res.out:gmatch "[^\n]+" do
    local given = json.decode(line)
    local what = flaw(answer, given.n, given, asked[given.n])
    cuts = cuts + 1
    if what then
      wrong = wrong + 1
      print(("%s, %s after %d bytes: %s (%s)"):format(answer[1], ending, given.n, what, given.message or "no error"))
    end
  end
  assert(cuts == #answer[2] // step + 1, "some positions are missing")
  return cuts, wrong
end

local function main()
  local all, bad = 0, 0
  for _, answer in ipairs(ANSWERS) do
    for ending, step in pairs { close = 1, reset = SAMPLE } do
      local cuts, wrong = cut(answer, step, ending)
      all, bad = all + cuts, bad + wrong
    end
  end
  print(("%d cuts of %d answers: %d wrong"):format(all, #ANSWERS, bad))
  return bad == 0
end

os.exit(sched.run(main))
