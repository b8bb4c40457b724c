--- What a terminal shows while nothing happens: that lash waits, how long, and what for.
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
local PAUSE = { sleep = 400 }
local NEVER = { sleep = 50000 }

local function data(delta) return { send = "data: " .. model.chunk(delta) .. "\n\n" } end

--- Markdown is shown as soon as it is certain, which takes some words: all but the last.
local SHOWN = "Hello to everybody who is reading this answer: the"

--- An answer with a pause before each piece.
local SLOW = { steps = { PAUSE, { send = HEAD }, data { reasoning_content = "Hmm, let" }, PAUSE,
  data { content = SHOWN .. " wor" }, PAUSE, { send = model.stream { "ld" } }, { close = true } } }

--- The same program, to which less is a silence.
local PROGRAM = [[
  require("lash.cli.silence").after = 0.05
  return require "lash.cli"()]]

--- A test with a service, and a function that runs `lash` at a terminal.
local function test(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1", TERM = "xterm" }
    sh:write("quick.lua", PROGRAM)
    f(function(words, variables)
      for name, value in pairs(variables or {}) do sh.variables[name] = value end
      return terminal.start(sh, "lash --lua quick.lua " .. words)
    end, sh, s)
  end
end

--- The lines that a terminal of four lines has in the end; it knows what is used here.
local function screen(text)
  local LINES = 4
  local lines, row, column, saved = { "", "", "", "" }, 1, 1, nil
  local function down()
    if row < LINES then row = row + 1 return end
    table.remove(lines, 1)
    lines[LINES] = ""
  end
  local known = {
    ["\27D"] = down, ["\27[A"] = function() row = math.max(1, row - 1) end,
    ["\27[B"] = function() row = math.min(LINES, row + 1) end,
    ["\0277"] = function() saved = { row, column } end,
    ["\0278"] = function() row, column = saved[1], saved[2] end,
    ["\27[K"] = function() lines[row] = lines[row]:sub(1, column - 1) end,
    ["\r"] = function() column = 1 end, ["\n"] = down,
  }
  local at = 1
  while at <= #text do
    local sequence = text:match("^\27%[[?%d]*%a", at) or text:match("^\27.", at) or text:sub(at, at)
    at = at + #sequence
    if known[sequence] then
      known[sequence]()
    elseif sequence:find "^\27" then
      assert(sequence:find "^\27%[[?%d]*[mlh]$", sequence)
    else
      lines[row] = (lines[row] .. (" "):rep(column)):sub(1, column - 1) .. sequence .. lines[row]:sub(column + 1)
      column = column + 1
    end
  end
  for i, line in ipairs(lines) do lines[i] = line:match "^(.-) *$" end
  return table.concat(lines, "|"):match "^|*(.-)|*$"
end

describe("a terminal", function()
  it("shows what is waited for, until something happens", test({ SLOW }, function(lash)
    local t <close> = lash "ask hi"
    local shown = t:wait ": the first byte of the answer"
    shown = shown .. t:wait ": the model is thinking"
    shown = shown .. t:wait ": more of the answer"
    local rest, exit = t:finish()
    assert.same({ 0, "Hmm, let|" .. SHOWN .. " world" }, { exit, screen(shown .. rest) })
    -- Below; the cursor stays where the answer ends.
    assert.matches("^Hmm, let|" .. SHOWN .. "|waiting for %d s: more of the answer$", screen(shown))
  end))

  it("shows it below text at the end of the screen", test({ SLOW }, function(lash)
    local t <close> = lash "ask hi"
    local rest, exit = t:finish()
    local shown = screen("0\r\n1\r\n2\r\n3\r\n" .. rest:gsub("\r\n$", ""))
    assert.same({ 0, "3|Hmm, let|" .. SHOWN .. " world" }, { exit, shown })
  end))

  it("shows connections, attempts and tools, and takes that away at the end", test({
    model.refusal(429, "busy", "limit_requests", "Retry-After: 60\r\n"),
    model.ok(model.stream({ model.calls { "nap", "{}" } }, "tool_calls")),
    { steps = { NEVER } },
  }, function(lash, _, s)
    local t <close> = lash "ask hi"
    t:wait ": the next attempt, in "
    t:type "\3"
    local rest, exit = t:finish()
    assert.equal(130, exit)
    assert.equal("lash: interrupted: interrupted by SIGINT", screen(rest))

    local tool <close> = lash [[-e 'lash.ask("hi", { tools = { lash.tool { name = "nap", about = "x", params = "",
      run = function() lash.sleep(50) end } } })']]
    tool:wait "> nap {}"
    tool:wait ": nap is running"
    tool:type "\3"
    tool:finish()

    local closed <close> = lash("ask hi", { DASHSCOPE_API_BASE = s.url:gsub("http", "https") .. "/v1" })
    closed:wait ": connecting"
    closed:type "\3"
    closed:finish()
  end))

  it("that can take nothing away gets lines, more and more rarely", test({ SLOW }, function(lash)
    local t <close> = lash("ask hi", { TERM = "dumb" })
    local rest = t:finish()
    assert.is_nil(rest:find "\27")
    local count = select(2, rest:gsub("waiting for %d s: the first byte of the answer\r\n", ""))
    assert.is_true(count >= 1 and count <= 4, rest) -- after 50, 100, 200 ms
    assert.matches(SHOWN .. " wor\r\nwaiting for %d s: more of the answer\r\n.*\nld\r\n$", rest)
  end))

  it("shows nothing of it that was not asked for", test({ SLOW, SLOW, SLOW }, function(lash, sh)
    local t <close> = lash "ask -q hi"
    assert.equal(SHOWN .. " world\r\n", (t:finish()))
    local json <close> = lash "ask --json hi"
    assert.is_nil(json:finish():find "waiting")
    local file <close> = lash "ask -v hi 2>err"
    assert.equal(SHOWN .. " world\r\n", (file:finish()))
    assert.equal("Hmm, let\n", sh:read "err")
  end))

  it("is left alone while a person is asked", test({
    model.ok(model.stream({ model.calls { "nap", "{}" } }, "tool_calls")), model.ok(model.stream { "ok" }),
  }, function(lash)
    local t <close> = lash [[-e 'lash.spawn(function() lash.sleep(0.3) io.stderr:write "later" end)
      lash.ask("hi", { tools = { lash.tool { name = "nap", about = "x", params = "", confirm = true,
        run = function() end } } })']]
    t:wait "[N] no"
    local shown = t:wait "later"
    assert.equal("later", (shown:gsub("^: ", "")))
    if shown == "later" then t:wait ": " end
    t:type "n\n"
    t:finish()
  end))

  it("still sees that tasks wait for each other", test({
    model.ok(model.stream({ model.calls { "knot", "{}" } }, "tool_calls")),
  }, function(lash)
    local t <close> = lash [[-e 'lash.ask("hi", { tools = { lash.tool { name = "knot", about = "x", params = "",
      run = function() local t t = lash.spawn(function() t:join() end) t:join() end } } })']]
    t:wait "deadlock"
    t:finish()
  end))
end)
