--- Streams whose text nobody takes in pieces: who is woken for what, and what is
--- left of one that is ended in its middle.
local chat = require "lash.core.chat"
local context = require "lash.context"
local lash = require "lash"
local loop = require "lash.core.loop"
local model = require "spec.support.model"
local server = require "spec.support.server"

local OPEN = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

local function event(text) return "data: " .. model.chunk { content = text } .. "\n\n" end

--- An answer that comes piece by piece.
local function slowly(n)
  local steps = { { send = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" } }
  for _ = 1, n do
    table.insert(steps, { send = event "x" })
    table.insert(steps, { sleep = 5 })
  end
  table.insert(steps, { send = model.stream {} })
  table.insert(steps, { close = true })
  return { steps = steps }
end

--- Takes a stream to its end.
---@return integer news  how often there was some
---@return string[] pieces
local function take(url, gather)
  local stream <close> = assert(chat.start { url = url, body = "{}", headers = {}, proxy = "", gather = gather })
  local news, pieces, ready = 0, {}, {}
  while true do
    news = news + loop.poll(30, ready)
    local kind, text = stream:pop()
    while kind == "text" do
      table.insert(pieces, text)
      kind, text = stream:pop()
    end
    assert.not_equal("fail", kind)
    if kind == "done" then return news, pieces end
  end
end

describe("a stream that gathers", function()
  it("is no news before its end", function()
    local s <close> = server.start { slowly(20) }
    local news, pieces = take(s.url, true)
    assert.same({ 1, { ("x"):rep(20) } }, { news, pieces })
  end)

  it("is news at every piece, when it does not", function()
    local s <close> = server.start { slowly(20) }
    local news, pieces = take(s.url, false)
    assert.is_true(news > 2 and #pieces > 2, ("%d times, %d pieces"):format(news, #pieces))
    assert.equal(("x"):rep(20), table.concat(pieces))
  end)
end)

describe("a run", function()
  --- Who asked for what: `gather` of the requests.
  local function watch(f)
    local start, seen = chat.start, {}
    local _restore <close> = setmetatable({}, { __close = function() chat.start = start end })
    function chat.start(request)
      table.insert(seen, request.gather)
      return start(request)
    end
    f()
    return seen
  end

  it("gathers when nobody listens to it", model.fake(function() return "ok" end, function(_, agent)
    local a = agent { name = "a", about = "A." }
    assert.same({ true, true }, watch(function()
      a "x"
      a:session() "x"
    end))
    local function listen() end
    assert.same({ false, false, false }, watch(function()
      a("x", { on = listen })
      for _ in a:stream "x" do end
      context.on_event = listen
      a "x"
      context.on_event = nil
    end))
  end))

  it("tells who listens of each piece when it comes", model.test({
    { steps = { { send = OPEN .. event "Hel" }, { sleep = 50000 } } },
  }, function(s)
    local err = model.failure(model.agent(s.url), "x", { on = function(ev)
      if ev.type == "text" then lash.fail("input", ev.text) end
    end })
    assert.same({ "input", "Hel" }, { err.kind, err.message })
    assert.equal(1, s:wait_gone())
  end))

  it("that is ended in its middle closes the connection, and leaves what it said", model.test({
    { steps = { { send = OPEN .. event(("x"):rep(600)) }, { sleep = 50000 } } },
  }, function(s)
    lash.models.define("qwen-max", { thinking = "none", price = { input = 0, output = 10000 } })
    local cap <close> = lash.budget(100)
    local agent = model.agent(s.url, { model = "qwen-max", max_tokens = 1000, timeout = "400ms" })
    local err = model.failure(agent, "x")
    assert.same({ "timeout", 124, ("x"):rep(600) }, { err.kind, err.exit, err.run.text })
    assert.is_true(cap.spent.usd > 0.9, cap.spent.usd)
    assert.equal(1, s:wait_gone())
  end))
end)

describe("text in the queue", function()
  local NUMBERED, LAST = {}, 20
  for i = 1, LAST do NUMBERED[i] = event(i .. " ") end
  local SAID = table.concat(NUMBERED):gsub('.-"content":"(%d+ )".-\n\n', "%1")
  --- The others come while the first is being told.
  local steps = { { send = OPEN .. NUMBERED[1] }, { sleep = 30 }, { send = table.concat(NUMBERED, "", 2) },
    { sleep = 50000 } }

  --- Calls f(arrived): that waits until all of it stands there.
  local function watched(f)
    local start, stream = chat.start, nil
    local _restore <close> = setmetatable({}, { __close = function() chat.start = start end })
    function chat.start(request)
      request.record = true
      stream = assert(start(request))
      return stream
    end
    return f(function()
      local bytes
      repeat
        lash.sleep(0.005)
        bytes = ""
        for _, piece in ipairs(stream and stream:tap().pieces or {}) do bytes = bytes .. piece[2] end
      until bytes:find(NUMBERED[LAST], 1, true)
    end)
  end

  it("is told, and is in the run, when that is stopped", model.test({ { steps = steps } }, function(s)
    local agent, told, err = model.agent(s.url), {}, nil
    watched(function(arrived)
      local task <close> = lash.spawn(function()
        err = select(2, pcall(agent.run, agent, "x", { on = function(ev)
          if ev.type ~= "text" then return end
          table.insert(told, ev.text)
          if #told == 1 then lash.sleep(60) end
        end }))
        error(err, 0)
      end)
      arrived()
      task:cancel()
      pcall(task.join, task)
    end)
    assert.same({ "cancelled", SAID, SAID }, { err.kind, table.concat(told), err.run.text })
    assert.equal(1, s:wait_gone())
  end))

  it("is not told to who failed, but in the run", model.test({ { steps = steps } }, function(s)
    local agent, told = model.agent(s.url), 0
    local err = watched(function(arrived)
      return model.failure(agent, "x", { on = function(ev)
        if ev.type ~= "text" then return end
        told = told + 1
        arrived()
        lash.fail("input", "mine")
      end })
    end)
    assert.same({ "input", "mine", 1 }, { err.kind, err.message, told })
  end))

  it("is not waited for when a loop is left, and comes to one that is late", model.test({ { steps = steps },
    { steps = steps } }, function(s)
      watched(function(arrived)
        for ev in model.agent(s.url):stream "x" do
          if ev.type == "text" then
            arrived()
            break
          end
        end
      end)
      assert.equal(1, s:wait_gone())
      local told = ""
      local err = watched(function(arrived)
        return select(2, pcall(function()
          for ev in model.agent(s.url, { timeout = "1s" }):stream "x" do
            if ev.type == "text" then
              local first = told == ""
              told = told .. ev.text
              if first then
                arrived()
                lash.sleep(1.1) -- longer than its time
              end
            end
          end
        end))
      end)
      assert.same({ "timeout", SAID, SAID }, { err.kind, told, err.run.text })
    end))
end)

describe("many streams", function()
  local MANY = [[
    local list = {}
    for i = 1, 60 do list[i] = "x" end
    local answers = lash.map(list, { max = #list }, function(x) return lash.ask(x) end)
    print(#answers)
  ]]

  --- Runs them in a process that may have so many files open.
  local function run(url, limit)
    return lash.exec { "sh", "-c", "ulimit " .. limit .. " && exec \"$0\" -e \"$1\"", os.getenv "LASH_PROGRAM", MANY,
      env = { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = url, http_proxy = "" } }
  end

  local function late() return { text = "ok", delay = 0.3 } end

  it("raise the soft limit of open files", model.fake(late, function(s)
    local result = run(s.url, "-Sn 40")
    assert.same({ 0, "60\n", "" }, { result.code, result.out, result.err })
  end))

  it("say so where the limit is a hard one", model.fake(late, function(s)
    local result = run(s.url, "-n 40")
    assert.equal(74, result.code)
    assert.matches("too many open files %(the limit is 40%)", result.err)
  end))
end)
