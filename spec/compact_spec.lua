--- A conversation that grows beyond what its model takes: what is still sent.
local lash = require "lash"
local model = require "spec.support.model"
local store = require "lash.store"

local fake, failure = model.fake, model.failure

-- Half of it is kept for the answer, so 1,500 tokens may be sent: 4,500 bytes until the service has counted.
local SMALL = "qwen-plus-2025-01-02"
lash.models.define(SMALL, { context = 3000 })

local WORDS = ("word "):rep(100) -- 500 bytes

--- What is sent, of each message the role and the beginning.
local function sent(server, i)
  local list = {}
  for k, m in ipairs(server.requests[i or #server.requests].json.messages) do
    list[k] = m.role .. ": " .. m.content:sub(1, 20)
  end
  return list
end

local function prompts_sent(server, i)
  local numbers = {}
  for _, m in ipairs(server.requests[i or #server.requests].json.messages) do
    if m.role == "user" then numbers[#numbers + 1] = math.tointeger(tonumber(m.content:match "prompt (%d+)")) end
  end
  return numbers
end

--- Notes the events of this type.
local function listen(type)
  local events = {}
  return events, function(ev)
    if ev.type == type then events[#events + 1] = ev end
  end
end

local function answer_all() return { text = "Yes. " .. WORDS } end

--- Every call that is sent has its result behind it, and no result lacks its call.
local function check_pairs(messages)
  local open = {}
  for _, m in ipairs(messages) do
    if m.role == "tool" then
      assert.is_true(open[m.tool_call_id])
      open[m.tool_call_id] = nil
    else
      assert.is_nil(next(open))
      for _, call in ipairs(m.tool_calls or {}) do open[call.id] = true end
    end
  end
  assert.is_nil(next(open))
end

describe("a conversation that grows too long", function()
  it("is sent without its beginning; the record stays whole", fake(answer_all, function(server, agent)
    local events, on = listen "compact"
    local session = agent({ model = SMALL, instructions = "Be brief.", on = on }):session()
    local run
    for i = 1, 12 do run = session:run(("prompt %d. %s"):format(i, WORDS)) end
    assert.same({ 25, 24 }, { #run.messages, #session.messages })
    local messages = server.requests[12].json.messages
    assert.equal("system: Be brief.", sent(server)[1])
    local numbers = prompts_sent(server)
    assert.equal(12, numbers[#numbers])
    for i = 2, #numbers do assert.equal(numbers[i - 1] + 1, numbers[i]) end
    assert.equal(("[%d earlier messages of this conversation are left out here, to fit the context.]\n\nprompt %d. %s")
      :format(2 * (numbers[1] - 1), numbers[1], WORDS), messages[2].content)
    for i = 1, 12 do assert.is_true(#server.requests[i].body < 7000, i) end
    assert.is_true(#events >= 1 and #events < 6, #events)
    assert.same({ 2 * (numbers[1] - 1), 1500 }, { events[#events].left_out, events[#events].limit })
  end))

  it("keeps its beginning for a while, for the service's cache", fake(answer_all, function(server, agent)
    local session = agent({ model = SMALL }):session()
    local moves, first = 0, nil
    for i = 1, 20 do
      session(("prompt %d. %s"):format(i, WORDS))
      local now = prompts_sent(server)[1]
      if now ~= first then moves, first = moves + 1, now end
    end
    assert.is_true(moves > 2 and moves < 9, moves)
  end))

  it("goes on in another process where it was", fake(answer_all, function(server, agent)
    local session = agent({ model = SMALL }):session "long"
    local events, on = listen "compact"
    local i = 0
    while #events == 0 do
      i = i + 1
      session(("prompt %d. %s"):format(i, WORDS), { on = on })
    end
    local before = prompts_sent(server)
    store.close()
    events, on = listen "compact"
    agent({ model = SMALL, on = on }):session "long"("prompt 100.")
    local after = prompts_sent(server)
    assert.same({ 0, before[1], 100 }, { #events, after[1], after[#after] })
    assert.is_true(before[1] > 1)
  end))

  it("keeps the prompt, and calls with their results, through many turns", fake(function(request)
    local n = #request.json.messages
    local last = request.json.messages[n]
    if last.content:find "10$" then return { text = "done" } end
    return { calls = { { tool = "read" }, { tool = "read" } } }
  end, function(server, agent)
    local n = 0
    local read = lash.tool { name = "read", about = "Reads.", run = function()
      n = n + 1
      return WORDS .. n
    end }
    local run = agent({ model = SMALL, tools = { read }, instructions = "Be brief." }):run "prompt 1. What is in it?"
    assert.equal("done", run.value)
    assert.equal(2 + 5 * 3 + 1, #run.messages)
    for i, request in ipairs(server.requests) do
      check_pairs(request.json.messages)
      assert.same({ 1 }, prompts_sent(server, i))
      assert.equal("system: Be brief.", sent(server, i)[1])
    end
    local last = server.requests[#server.requests].json.messages
    assert.matches("^%[%d+ earlier messages .*%]\n\nprompt 1%. What is in it%?$", last[2].content)
    assert.equal(WORDS .. "10", last[#last].content)
  end))

  it("is short enough as soon as the service says how long it may be", fake(function(request)
    if #request.body > 5000 then
      return { status = 400, code = "invalid_parameter_error", message = "Range of input length should be [1, 1200]" }
    end
    return answer_all()
  end, function(server, agent)
    local model_name = "qwen-plus-2025-01-03"
    local events, on = listen "compact"
    local teller = agent { model = model_name, on = on }
    local session = teller:session()
    for i = 1, 8 do session(("prompt %d. %s"):format(i, WORDS)) end
    assert.equal(1200, require("lash.models").row(model_name, teller.provider).max_input)
    local refused = 0
    for _, request in ipairs(server.requests) do refused = refused + (#request.body > 5000 and 1 or 0) end
    assert.equal(1, refused) -- it has learned
    assert.equal(1200, events[1].limit)
  end))

  it("is halved when the service only says that it is too long", fake(function(request)
    if #request.body > 4000 then return { status = 400, message = "The input is too long." } end
    return answer_all()
  end, function(_, agent)
    local session = agent({ model = "qwen-plus-2025-01-04" }):session()
    for i = 1, 8 do session(("prompt %d. %s"):format(i, WORDS)) end
    assert.equal(16, #session.messages)
  end))

  it("fails when not even the last prompt fits", fake(function(request)
    if #request.body > 4000 then return { status = 400, message = "Range of input length should be [1, 800]" } end
    return answer_all()
  end, function(server, agent)
    local session = agent({ model = "qwen-plus-2025-01-05" }):session()
    for i = 1, 3 do session(("prompt %d. %s"):format(i, WORDS)) end
    local before = #server.requests
    local err = failure(session, "prompt 4. " .. WORDS:rep(10))
    assert.same({ "context_length", 65, 800 }, { err.kind, err.exit, err.limit })
    assert.is_true(#server.requests - before <= 4)
    assert.same({ 4 }, prompts_sent(server))
    session:undo()
    assert.matches("^Yes", session "prompt 4.") -- as if it had not been asked
  end))

  it("says so in the first message also when that has parts", fake(answer_all, function(server, agent)
    local name = "qwen3.5-plus-2025-01-02"
    lash.models.define(name, { context = 3000, vision = true })
    local session = agent({ model = name }):session()
    for i = 1, 8 do session { ("prompt %d. %s"):format(i, WORDS), { image = "https://example.com/x.png" } } end
    local first = server.requests[8].json.messages[1].content
    assert.matches("^%[%d+ earlier messages", first[1].text)
    assert.same({ "text", "image_url" }, { first[2].type, first[3].type })
  end))

  it("is not touched while it fits", fake(answer_all, function(server, agent)
    local events, on = listen "compact"
    local session = agent({ model = "qwen-plus-2025-01-06", on = on }):session()
    for i = 1, 6 do session(("prompt %d. %s"):format(i, WORDS)) end
    assert.same({ 0, 11 }, { #events, #server.requests[6].json.messages })
  end))
end)
