--- Sessions: what goes on from prompt to prompt, and what is kept.
local lash = require "lash"
local model = require "spec.support.model"
local store = require "lash.store"
local sys = require "lash.core.sys"

local fake, failure = model.fake, model.failure

--- Roles and contents of messages, for comparison.
local function said(messages)
  local list = {}
  for i, m in ipairs(messages) do list[i] = m.role .. ": " .. m.content end
  return list
end

--- The same of what the service was sent.
local function sent(server, i) return said(server.requests[i or #server.requests].json.messages) end

--- As another process would find things.
local function forget() store.close() end

local function tool(name, run, options)
  local spec = { name = name, about = "Does " .. name .. ".", run = run }
  for k, v in pairs(options or {}) do spec[k] = v end
  return lash.tool(spec)
end

describe("a session", function()
  it("goes on from prompt to prompt", fake({ { text = "Hello, Ada." }, { text = "Ada." } }, function(server, agent)
    local session = agent({ instructions = "Be brief." }):session()
    assert.same({ {}, {}, 0 }, { session.messages, session.usage, session.cost })
    assert.equal("Hello, Ada.", session "I am Ada.")
    assert.equal("Ada.", session("Who am I?", { temperature = 0.5 }))
    assert.same({ "system: Be brief.", "user: I am Ada.", "assistant: Hello, Ada.", "user: Who am I?" }, sent(server))
    assert.equal(0.5, server.requests[2].json.temperature)
    assert.same({ "user: I am Ada.", "assistant: Hello, Ada.", "user: Who am I?", "assistant: Ada." },
      said(session.messages))
    assert.is_nil(session.id)
    assert.falsy(sys.stat(store.path())) -- in memory: nothing on disk
  end))

  it("with an id is there for other processes, and other instructions", fake({
    { text = "Hello, Ada." }, { text = "Ada." },
  }, function(server, agent)
    local first = agent({ instructions = "Be brief." }):session "shop"
    first "I am Ada."
    forget()
    local second = agent({ instructions = "Be rude." }):session "shop"
    assert.equal("shop", second.id)
    assert.equal("Ada.", second "Who am I?")
    assert.same({ "system: Be rude.", "user: I am Ada.", "assistant: Hello, Ada.", "user: Who am I?" }, sent(server))
    assert.equal(4, #first.messages) -- sees what the other has added
    assert.same(first.usage, second.usage)
  end))

  it("counts what it has used", fake({
    { text = "1", usage = { input = 10, output = 4 } },
    { text = "2", usage = { input = 20, output = 6, reasoning = 2 } },
  }, function(_, agent)
    local session = agent({ model = "qwen3-max" }):session "count"
    session "a"
    session "b"
    assert.same({ input = 30, output = 10, total = 40, reasoning = 2, cached = 0 }, session.usage)
    assert.is_true(math.abs(session.cost - (30 * 1.2 + 10 * 6) / 1e6) < 1e-12)
    session:undo()
    forget()
    local again = agent():session "count"
    assert.same({ 2, 30 }, { #again.messages, again.usage.input }) -- what was taken back was paid still
  end))

  it("has records and streams", fake({ { text = { "1", "2" } }, { text = "3" } }, function(_, agent)
    local session = agent():session "x"
    local types = {}
    for event in session:stream "a" do types[#types + 1] = event.type end
    assert.same({ "start", "text", "text", "usage", "done" }, types)
    local run = session:run "b"
    assert.same({ "3", 4 }, { run.value, #run.messages })
  end))

  it("keeps calls and results, and sends them again", fake({
    { tool = "add", arguments = { a = 1, b = 2 } }, { text = "3" }, { text = "3 still" },
  }, function(server, agent)
    local add = tool("add", function(a, b) return a + b end, { params = "a: integer, b: integer" })
    agent({ tools = { add } }):session "sum" "1 + 2?"
    forget()
    agent():session "sum" "Sure?"
    local messages = server.requests[3].json.messages
    assert.same({ "user", "assistant", "tool", "assistant", "user" },
      { messages[1].role, messages[2].role, messages[3].role, messages[4].role, messages[5].role })
    assert.same({ messages[2].tool_calls[1].id, "3" }, { messages[3].tool_call_id, messages[3].content })
  end))

  it("takes the last prompt back, with all that came of it", fake({
    { text = "1" }, { tool = "f" }, { text = "2" }, { text = "3" },
  }, function(server, agent)
    local session = agent({ tools = { tool("f", function() end) } }):session "u"
    assert.is_false(session:undo())
    session "a"
    session "b"
    assert.is_true(session:undo())
    assert.same({ "user: a", "assistant: 1" }, said(session.messages))
    session "c"
    assert.same({ "user: a", "assistant: 1", "user: c" }, sent(server))
    forget()
    local again = agent():session "u"
    assert.is_true(again:undo() and again:undo())
    assert.is_false(again:undo())
    assert.same({}, session.messages)
  end))

  it("can be forked", fake({ { text = "1" }, { text = "2" }, { text = "3" }, { text = "4" } }, function(server, agent)
    local session = agent():session "origin"
    session "a"
    local kept, loose = session:fork "copy", session:fork()
    session "b"
    kept "c"
    assert.same({ "user: a", "assistant: 1", "user: c" }, sent(server))
    loose "d"
    assert.same({ "user: a", "assistant: 1", "user: d" }, sent(server))
    assert.same({ "copy", 4, 4, 4 }, { kept.id, #kept.messages, #loose.messages, #session.messages })
    assert.is_nil(loose.id)
    assert.is_true(kept.usage.total < session.usage.total) -- what was said before has cost the copy nothing
    assert.equal("usage", failure(session.fork, session, "copy").kind)
    local again = loose:fork "from-memory"
    forget()
    assert.equal(4, #agent():session("from-memory").messages)
    assert.equal(again.id, "from-memory")
    local row = require("lash.store.sessions").find "copy"
    assert.equal("origin", row.parent)
  end))

  it("refuses ids that cannot be told apart from other things", fake({}, function(_, agent)
    for _, id in ipairs { "", "-x", "a b", "a\n", "last", ("x"):rep(129), 7, "é" } do
      assert.equal("usage", failure(agent().session, agent(), id).kind, id)
    end
    for _, id in ipairs { "x", "user:42/chat", "a@b.example", "2026-07-01" } do
      assert.equal(id, agent():session(id).id)
    end
    local session = agent():session()
    assert.equal("usage", failure(function() session.id = "x" end).kind)
    assert.is_nil(session.nothing)
  end))

  it("has one prompt at a time", fake({ { tool = "ask" }, { text = "done" }, { tool = "ask" }, { text = "done" } },
    function(_, agent)
      for _, id in ipairs { false, "busy" } do
        local session, err
        local ask = tool("ask", function()
          err = failure(session, "again")
          assert.equal(2, #session.messages) -- may be looked at meanwhile
        end)
        session = agent({ tools = { ask } }):session(id or nil)
        assert.equal("done", session "go")
        assert.same({ "locked", 75, true }, { err.kind, err.exit, err.temporary })
        assert.matches(id and "session 'busy' is answering" or "in memory", err.message)
      end
    end))

  it("has typed answers, and goes on behind them", fake({
    { tool = "final_answer", arguments = { value = 7 } }, { text = "Seven." }, { json = { value = 8 } },
  }, function(server, agent)
    local session = agent({ model = "qwen-turbo" }):session "typed"
    assert.equal(7, session("How many?", { returns = "integer" }))
    assert.equal("Seven.", session "In words?")
    assert.equal("accepted", server.requests[2].json.messages[3].content)
    session:undo()
    session:undo()
  end))

  it("is removed under one that is open", fake({ { text = "1" }, { text = "2" } }, function(server, agent)
    local session = agent():session "gone"
    session "a"
    assert.is_true(require("lash.store.sessions").remove "gone")
    assert.is_false(require("lash.store.sessions").remove "gone")
    assert.same({}, session.messages)
    session "b"
    assert.same({ "user: b" }, sent(server))
  end))
end)

describe("a session that was interrupted", function()
  it("goes on with the same prompt where it was", fake({
    { tool = "count" }, { status = 400, code = "x", message = "no" }, { text = "1" }, { text = "2" },
  }, function(server, agent)
    local calls = 0
    local count = tool("count", function()
      calls = calls + 1
      return calls
    end)
    local session = agent({ tools = { count } }):session "again"
    assert.equal("invalid", failure(session, "Count.").kind)
    forget()
    session = agent({ tools = { count } }):session "again"
    assert.equal("1", session "Count.")
    assert.same({ "user: Count.", "assistant: ", "tool: 1" }, sent(server))
    assert.equal(1, calls)
    session "Count." -- that one was answered: it is a new one
    assert.same({ "user: Count.", "assistant: ", "tool: 1", "assistant: 1", "user: Count." }, sent(server))
  end))

  it("leaves that prompt for another one", fake({ { status = 400, message = "no" }, { text = "2" } },
    function(server, agent)
      local session = agent():session()
      assert.equal("invalid", failure(session, "a").kind)
      session "b"
      assert.same({ "user: a", "user: b" }, sent(server))
    end))

  it("does not pass a call off as done, nor as not done", fake({
    { calls = { { tool = "first" }, { tool = "stop" }, { tool = "last" } } }, { text = "I see." },
  }, function(server, agent)
    local session = agent({ tools = {
      tool("first", function() return "1" end),
      tool("stop", function() error(require("lash.errors").new("cancelled", "stop"), 0) end),
      tool("last", function() return "3" end),
    } }):session "half"
    assert.equal("cancelled", failure(session, "go").kind)
    assert.equal(5, #session.messages)
    session "And now?"
    local texts = sent(server)
    assert.equal("tool: 1", texts[3])
    assert.matches("^tool: error: it is not known whether this call was carried out", texts[4])
    assert.equal("tool: error: not carried out: the program was stopped before", texts[5])
    assert.equal("user: And now?", texts[6])
    assert.equal(7, #session.messages) -- every call is answered, also in the record
  end))

  it("says which calls had not begun, and which may have, also when they are side by side", fake({
    { calls = { { tool = "write" }, { tool = "look" } } }, { calls = { { tool = "look" }, { tool = "look" } } },
    { text = "ok" },
  }, function(_, agent)
    local look = tool("look", function() lash.sleep(60) end, { readonly = true })
    local session = agent({ tools = { tool("write", function() error "must not run" end), look } }):session()
    for event in session:stream "go" do
      if event.type == "tool_call" then break end
    end
    local texts = {}
    for i, m in ipairs(session.messages) do texts[i] = m.content end
    local not_begun = "error: not carried out: the program was stopped before"
    assert.same({ "go", "", not_begun, not_begun }, texts)
    assert.equal("timeout", failure(lash.timeout, 1, function() session "on" end).kind)
    local messages = session.messages
    assert.equal(8, #messages)
    for i = 7, 8 do assert.matches("^error: it is not known whether this call was carried out", messages[i].content) end
    session "well"
    assert.equal(10, #session.messages)
  end))

  it("calls tools again that change nothing, when it goes on", fake({
    { calls = { { tool = "done" }, { tool = "look" }, { tool = "write" } } }, { text = "ok" },
  }, function(server, agent)
    local seen, broken = {}, true
    local function noting(name, options)
      return tool(name, function()
        if name == "look" and broken then error(require("lash.errors").new("interrupted", "stop"), 0) end
        seen[#seen + 1] = name
        return name
      end, options)
    end
    local tools = { noting("done", { readonly = true }), noting("look", { readonly = true, parallel = false }),
      noting "write" }
    local session = agent({ tools = tools }):session "look"
    assert.equal("interrupted", failure(session, "go").kind)
    broken = false
    session "go"
    assert.same({ "done", "look" }, seen)
    local texts = sent(server)
    assert.same({ "user: go", "assistant: ", "tool: done", "tool: look" }, table.move(texts, 1, 4, 1, {}))
    assert.equal("tool: error: not carried out: the program was stopped before", texts[5])
  end))

  it("keeps what the turn has cost, also when its end is bad", fake({
    { text = "cut", finish = "length", usage = { input = 10, output = 4 } }, { text = "2" },
  }, function(server, agent)
    local session = agent():session "cut"
    assert.equal("incomplete", failure(session, "a").kind)
    assert.equal(14, session.usage.total)
    session "b"
    assert.same({ "user: a", "assistant: cut", "user: b" }, sent(server))
  end))
end)

describe("what a session keeps", function()
  it("has no secrets in it", fake({
    { tool = "look", arguments = { key = "sk-canary-abcdef" } }, { text = "It is sk-canary-abcdef." }, { text = "2" },
  }, function(server, agent)
    local secret = lash.secret "sk-canary-abcdef"
    local look = tool("look", function() return { found = secret } end, { params = "key: string" })
    local session = agent({ tools = { look } }):session "secret"
    session("Is it " .. secret .. "?")
    forget()
    local pipe <close> = assert(io.popen(("cat '%s'*"):format(store.path())))
    local bytes = pipe:read "a"
    assert.truthy(bytes:find("[secret]", 1, true))
    assert.falsy(bytes:find("canary", 1, true))
    agent():session "secret" "And?"
    local messages = server.requests[3].json.messages
    assert.equal("Is it [secret]?", messages[1].content)
    assert.equal('{"key":"[secret]"}', messages[2].tool_calls[1]["function"].arguments)
    assert.equal('{"found":"[secret]"}', messages[3].content)
  end))

  it("knows the same prompt again in spite of a secret in it", fake({
    { status = 400, message = "no" }, { text = "1" },
  }, function(server, agent)
    local prompt = "Use " .. lash.secret "hunter2-hunter2" .. "."
    assert.equal("invalid", failure(agent():session "s", prompt).kind)
    forget()
    agent():session "s"(prompt)
    assert.equal(1, #server.requests[2].json.messages)
  end))

  it("has images, and text that is no ASCII", fake({ { text = "Ein Bär – 熊" }, { text = "2" } },
    function(server, agent)
      local prompt = { "Was ist das?", { image = "https://example.com/b.png" } }
      agent({ model = "qwen3.5-plus" }):session "bild"(prompt)
      forget()
      agent({ model = "qwen3.5-plus" }):session "bild" "Sicher?"
      local messages = server.requests[2].json.messages
      assert.same(server.requests[1].json.messages[1], messages[1])
      assert.equal("Ein Bär – 熊", messages[2].content)
    end))
end)
