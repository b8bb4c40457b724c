--- `lash ask`, from outside: its streams, its options, its exit status.
local cjson = require "cjson"
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

local KEY = "sk-canary-0123456789abcdef"
local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

--- A test with a shell whose service is at `url`, and tries everything once.
local function with(url, f)
  local sh <close> = shell.new { DASHSCOPE_API_KEY = KEY, DASHSCOPE_API_BASE = url }
  sh:write(".config/lash/config.json", '{"agents":{"defaults":{"retry":0}}}')
  f(sh)
end

--- The same with a server of raw bytes.
local function wire(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    with(s.url .. "/v1", function(sh) f(sh, s) end)
  end
end

local function answer(...) return model.ok(model.stream { ... }) end

--- What the request says, by its number.
local function body(s, i) return cjson.decode(s:requests()[i or 1].body) end

describe("lash ask", function()
  it("writes the answer and a final newline, nothing else", wire({
    model.ok(model.stream { { reasoning_content = "Hm." }, "Hello, ", "world" }), answer "Hello\n",
    server.json(200, model.whole { content = "whole" }), answer "tab\t \27[31mred\27[0m",
  }, function(sh)
    for i, expected in ipairs { "Hello, world\n", "Hello\n", "whole\n", "tab\t \27[31mred\27[0m\n" } do
      local res = sh:lash("ask", "hi")
      assert.same({ expected, "", 0 }, { res.out, res.err, res.exit }, i)
    end
  end))

  it("says so when the model had nothing to say", wire({
    model.ok(model.stream { { reasoning_content = "Hm." } }),
  }, function(sh)
    local res = sh:lash("ask", "hi")
    assert.same({ "", "lash: warning: the model ended without an answer\n", 0 }, { res.out, res.err, res.exit })
  end))

  it("writes as the answer arrives", wire({
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "first" } .. "\n\n" }, { sleep = 50000 } } },
  }, function(sh)
    -- The reader has the first word long before the answer ends.
    assert.equal("first", sh:sh("{ " .. sh:command("ask", "hi") .. " </dev/null & } | head -c 5").out)
  end))

  it("ends quietly when nobody reads any more", wire({ answer(("x"):rep(300000), ("y"):rep(300000)) }, function(sh)
    local res = sh:sh(("{ %s </dev/null; echo $? >exit; } | head -c 3"):format(sh:command("ask", "hi")))
    assert.same({ "xxx", "", "74\n" }, { res.out, res.err, sh:read "exit" })
  end))

  it("gives a slow reader everything", wire({ { steps = {
    { send = HEAD }, { send = "data: " .. model.chunk { content = ("z"):rep(50000) } .. "\n\n", times = 60 },
    { send = model.stream {} }, { close = true } } },
  }, function(sh)
    local res = sh:sh(("%s </dev/null | { sleep 0.2; wc -c; }"):format(sh:command("ask", "hi")))
    assert.same({ 3000001, "" }, { tonumber(res.out), res.err })
  end))

  it("takes its prompt from words, files and standard input", wire({
    answer "1", answer "2", answer "3", answer "4",
  }, function(sh, s)
    sh:write("notes.txt", "Buy milk.\n")
    sh:lash("ask", "two", "words", "-s", "Be brief.", "-m", "qwen-plus", "--max-tokens", "50", "--temperature", "0")
    sh:sh("printf 'from a pipe' | " .. sh:command("ask", "Sum", "up:", "-"))
    sh:lash("ask", "Read", "@notes.txt")
    sh:lash("ask", "--", "-s", "is an option")
    local first = body(s)
    assert.same({ "qwen-plus", 50, 0, "Be brief.", "two words" },
      { first.model, first.max_tokens, first.temperature, first.messages[1].content, first.messages[2].content })
    assert.equal("Sum up:\n\nfrom a pipe", body(s, 2).messages[1].content)
    assert.matches("^Read\n\nFile notes%.txt:.*Buy milk%.", body(s, 3).messages[1].content)
    assert.equal("-s is an option", body(s, 4).messages[1].content)
  end))

  it("does not read standard input unasked", wire({ answer "1", answer "2" }, function(sh, s)
    local res = sh:sh("printf unasked | { " .. sh:command("ask", "hi") .. "; cat; }")
    assert.equal("1\nunasked", res.out)
    assert.equal("hi", body(s).messages[1].content)
    -- A pipe that never ends hangs nobody.
    res = sh:sh("mkfifo f; sleep 50 >f & " .. sh:command("ask", "hi") .. " <f; kill $!")
    assert.equal("2\n", res.out)
  end))

  it("writes into a file", wire({ answer "Hello", model.refusal(404, "no such model") }, function(sh, s)
    local res = sh:lash("ask", "hi", "-o", "out.txt")
    assert.same({ "", "", 0, "Hello\n" }, { res.out, res.err, res.exit, sh:read "out.txt" })
    assert.equal(78, sh:lash("ask", "hi", "-o", "out.txt").exit)
    assert.equal("Hello\n", sh:read "out.txt") -- half an answer, or none, takes nobody's place
    assert.equal(78, sh:lash("ask", "hi", "-m", "x", "-p", "none", "-o", "new.txt").exit)
    assert.equal("out.txt\n", sh:sh("ls -A | grep '[.]txt'").out) -- nor does it stay beside it
    res = sh:lash("ask", "hi", "-o", "no/such/folder")
    assert.same({ 73, "", 2 }, { res.exit, res.out, #s:requests() }) -- found out before anything is paid
    assert.matches("^lash: output: ", res.err)
  end))

  it("leaves a file as it is when there is no room for the answer", wire({ answer "Hello", answer "Hello" },
    function(sh)
      sh:write("out.txt", "the answer of before\n")
      for _, name in ipairs { "out.txt", "new.txt" } do
        local res = sh:sh("ulimit -f 0; " .. sh:command("ask", "hi", "-o", name) .. " 2>&1") -- .stderr has no room
        assert.equal(74, res.exit, res.out)
        assert.matches("lash: io: cannot write .*" .. name, res.out)
      end
      assert.equal("the answer of before\n", sh:read "out.txt")
      assert.equal("out.txt\n", sh:sh("ls -A | grep '[.]txt'").out)
    end))

  it("keeps a link and a mode where it writes the answer", wire({ answer "Hello", answer "Hello" }, function(sh)
    sh:write("there.txt", "before\n")
    sh:sh "chmod 640 there.txt; ln -s there.txt out.txt; mkdir closed; echo before >closed/out.txt; chmod 500 closed"
    assert.equal(0, sh:lash("ask", "hi", "-o", "out.txt").exit)
    assert.same({ "Hello\n", "640 there.txt\n" }, { sh:read "there.txt", sh:sh("stat -c '%a %n' there.txt").out })
    assert.equal(0, sh:lash("ask", "hi", "-o", "closed/out.txt").exit) -- where nothing new can be made
    assert.equal("Hello\n", sh:read "closed/out.txt")
    sh:sh "chmod 700 closed"
  end))

  it("tells everything as lines of JSON", wire({
    model.ok(model.stream { { reasoning_content = "Hm." }, "Hel", "lo" }), model.refusal(401, "no", "invalid_api_key"),
  }, function(sh)
    local function events(res)
      local list, names = {}, {}
      for line in res.out:gmatch "[^\n]+" do
        local ev = cjson.decode(line)
        list[#list + 1] = ev
        assert.is_number(ev.t)
        if names[#names] ~= ev.type then names[#names + 1] = ev.type end
      end
      return list, table.concat(names, " ")
    end
    local res = sh:lash("ask", "--json", "hi")
    local list, order = events(res)
    assert.same({ 0, "start thinking text usage done" }, { res.exit, order })
    assert.same({ "done", 0 }, { list[#list].type, list[#list].exit })
    assert.equal("Hello", list[#list - 1].result.text)
    res = sh:lash("ask", "--json", "hi")
    list, order = events(res)
    assert.same({ 77, "start done", 77, "auth" }, { res.exit, order, list[2].exit, list[2].kind })
  end))

  it("keeps what had come when the rest fails", wire({
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Half an answer" } .. "\n\n" },
      { close = true } } },
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Half" } .. "\n\n"
      .. 'data: {"error":{"code":"data_inspection_failed","message":"Output data may contain inappropriate content."}}'
      .. "\n\n" }, { close = true } } },
    model.ok(model.stream({ "Half" }, "length")),
  }, function(sh)
    local res = sh:lash("ask", "hi")
    assert.same({ "Half an answer\n", 76 }, { res.out, res.exit })
    assert.matches("^lash: incomplete: [^\n]+\n$", res.err)
    res = sh:lash("ask", "hi")
    assert.same({ "Half\n", 77 }, { res.out, res.exit })
    assert.matches("^lash: content_filter: Output data", res.err)
    res = sh:lash("ask", "hi")
    assert.same({ "Half\n", 76 }, { res.out, res.exit })
    assert.matches("^lash: incomplete: .*\nhint: .*8192", res.err)
  end))

  it("ends when its time is over", wire({
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Half" } .. "\n\n" }, { sleep = 50000 } } },
  }, function(sh)
    local res = sh:lash("ask", "--timeout", "1s", "hi")
    assert.same({ "Half\n", 124 }, { res.out, res.exit })
    assert.matches("^lash: timeout: ", res.err)
  end))

  it("ends its line when it is told to go", wire({
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Half" } .. "\n\n" }, { sleep = 50000 } } },
  }, function(sh, s)
    local res = sh:sh(("{ { %s </dev/null & echo $! >pid; wait $!; echo $? >exit; }; } | { head -c 4; "
      .. "kill -TERM $(cat pid); cat; }"):format(sh:command("ask", "hi")))
    assert.same({ "Half\n", "143\n" }, { res.out, sh:read "exit" })
    assert.matches("^lash: interrupted: ", res.err)
    assert.equal(1, s:wait_gone())
  end))

  it("has what it tells of behind a line end of the answer", wire({
    model.ok(model.stream({ "I will look.", model.calls { "list_files", "{}" } }, "tool_calls")), answer "Done",
  }, function(sh)
    local res = sh:sh(sh:command("ask", "-v", "-t", "list_files", "hi") .. " 2>&1 </dev/null")
    assert.matches("^I will look%.\n> list_files {}\n< list_files %(%d%.%d s%)\nDone\n$", res.out)
  end))

  it("tells with -v what it learned", wire({
    model.refusal(400, "The value of the enable_thinking parameter is restricted to True."), answer "Hi",
  }, function(sh)
    local res = sh:lash("ask", "-v", "-m", "qwen3.5-plus", "--thinking", "off", "hi")
    assert.same({ "Hi\n", 0 }, { res.out, res.exit })
    assert.matches("qwen3%.5%-plus: learned 'thinking_only' from: The value", res.err)
  end))

  it("tells with -v that a model does not think", wire({
    answer "1", answer "2", answer "3", answer "4",
  }, function(sh)
    local told = "lash: info: qwen3-coder-plus does not think: the level of thinking is not sent\n"
    for _, case in ipairs { { told, "-v", "-m", "qwen3-coder-plus", "--thinking", "high" },
      { "", "-v", "-m", "qwen3-coder-plus", "--thinking", "off" },
      { "", "-v", "-m", "qwen3-max", "--thinking", "high" },
      { "", "-m", "qwen3-coder-plus", "--thinking", "high" } } do
      assert.equal(case[1], sh:lash("ask", "hi", table.unpack(case, 2)).err)
    end
  end))

  it("says with -v, and at a terminal, that it waits", function()
    for _, words in ipairs { "hi", "-v hi 2>&1 | cat" } do
      local s <close> = server.start { model.refusal(429, "busy", "limit_requests", "Retry-After: 60\r\n") }
      local sh <close> = shell.new { DASHSCOPE_API_KEY = KEY, DASHSCOPE_API_BASE = s.url .. "/v1" }
      local t <close> = terminal.start(sh, "lash ask " .. words)
      t:wait "retrying in 60.0 s: rate_limit: busy"
      t:type "\3"
      t:finish()
    end
  end)

  it("never shows the key", wire({
    answer(("Your key is %s."):format(KEY)), answer(("Your key is %s."):format(KEY)),
    answer(KEY:sub(1, 9), KEY:sub(10)),
    model.refusal(401, "Incorrect API key provided: " .. KEY, "invalid_api_key", "X-Key: " .. KEY .. "\r\n"),
    { steps = { { send = model.http(502, "<title>" .. KEY .. "</title>") } } },
    { steps = { { send = HEAD .. "data: {" .. KEY .. "\n\n" }, { close = true } } },
  }, function(sh, s)
    for i, words in ipairs {
      { "-vv", "hi " .. KEY }, { "--json", "-vv", "hi" }, { "-o", "out.txt", "hi" }, { "-vv", "hi" }, { "-vv", "hi" },
      { "-vv", "hi" },
    } do
      local res = sh:lash("ask", table.unpack(words))
      local all = res.out .. res.err .. (words[1] == "-o" and sh:read "out.txt" or "")
      assert.is_nil(all:find(KEY, 1, true), i .. ": " .. all)
      assert.equal(i < 6, all:find("[secret]", 1, true) ~= nil, i) -- what is not JSON is not shown at all
    end
    assert.equal("Bearer " .. KEY, s:requests()[1].headers.authorization)
  end))

  it("never shows the key in thinking, whatever pieces that has", wire({
    model.ok(model.stream { { reasoning_content = "It is " .. KEY:sub(1, 9) }, { reasoning_content = KEY:sub(10, 15) },
      { reasoning_content = KEY:sub(16) .. ", sk-" }, "Hi" }),
    { steps = { { send = HEAD .. "data: " .. model.chunk { reasoning_content = KEY:sub(1, 9) } .. "\n\n" },
      { send = "data: " .. model.chunk { reasoning_content = KEY:sub(10, 15) } .. "\n\n" }, { close = true } } },
    model.ok(model.stream({ model.calls { "x", ("x"):rep(190) .. KEY } }, "tool_calls")), answer "Hi",
  }, function(sh)
    assert.equal("It is [secret], sk-\n", sh:lash("ask", "-v", "hi").err)
    -- What was kept is shown at the end, also of a run that fails; and the error has its line.
    assert.matches("^" .. KEY:sub(1, 15):gsub("%p", "%%%0") .. "\nlash: incomplete: ", sh:lash("ask", "-v", "hi").err)
    assert.matches("^> x x+%[secret%]\n", sh:lash("ask", "-v", "hi").err) -- nor where a line is cut
  end))
end)

describe("the exit status of lash ask", function()
  it("says what the service refused", function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-good" }
    local url = sh:fake()
    sh.variables.DASHSCOPE_API_BASE = url
    assert.same({ 0, "" }, { sh:lash("ask", "hi").exit, sh:lash("ask", "hi").err })
    for _, case in ipairs {
      { { DASHSCOPE_API_KEY = "sk-bad" }, {}, 77, "auth: Incorrect API key" },
      { {}, { "-m", "qwen3.5-max" }, 78, "not_found: The model `qwen3.5%-max` .*\nhint: did you mean qwen3" },
      { { DASHSCOPE_API_BASE = url:gsub("/compatible.*", "") }, {}, 78, "not_found: .*\nhint: .*api_base" },
      { {}, { "--temperature", "2" }, 64, "usage: temperature is 2" },
      { { DASHSCOPE_API_KEY = "" }, {}, 78, "config: .*DASHSCOPE_API_KEY" },
      { { DASHSCOPE_API_KEY = "sk-x\r" }, {}, 78, "config: .*carriage return" },
      { { DASHSCOPE_API_BASE = "ftp://x" }, {}, 78, "config: .*DASHSCOPE_API_BASE" },
    } do
      local before = sh.variables
      sh.variables = {}
      for _, t in ipairs { before, case[1] } do
        for k, v in pairs(t) do sh.variables[k] = v end
      end
      local res = sh:lash("ask", "hi", table.unpack(case[2]))
      sh.variables = before
      assert.same({ case[3], "" }, { res.exit, res.out }, case[4])
      assert.matches("^lash: " .. case[4], res.err)
    end
    sh.variables.DASHSCOPE_API_KEY = nil
    assert.same({ 78, "" }, { sh:lash("ask", "hi").exit, sh:lash("ask", "hi").out })
  end)

  it("says that nobody is there", function()
    for url, words in pairs {
      ["http://127.0.0.1:1/v1"] = "cannot connect %(127%.0%.0%.1:1%)",
      ["http://nonexistent.invalid/v1"] = "not known %(nonexistent%.invalid%)",
    } do
      with(url, function(sh)
        local res = sh:lash("ask", "hi")
        assert.same({ 69, "" }, { res.exit, res.out })
        assert.matches("^lash: network: .*" .. words .. ".*\nhint: `lash check` looks at the way to " .. url, res.err)
      end)
    end
  end)

  it("says what was wrong with the words", function()
    with("http://127.0.0.1:1/v1", function(sh)
      for _, case in ipairs {
        { { "ask" }, 64, "usage: .*prompt" }, { { "ask", "  " }, 64, "usage: .*prompt" },
        { { "ask", "--modle", "x", "hi" }, 64, "usage: .*'%-%-modle'\nhint: .*'%-%-model'" },
        { { "ask", "hi", "-m" }, 64, "usage: .*value" }, { { "ask", "hi", "--max-tokens", "x" }, 64, "usage: " },
        { { "ask", "hi", "--thinking", "max" }, 64, "usage: " }, { { "ask", "@none.txt" }, 66, "input: .*none%.txt" },
        { { "ask", "hi", "-p", "nobody" }, 78, "config: .*nobody" },
        { { "ask", "hi", "--config", "none.json" }, 78, "config: .*none%.json" },
      } do
        local res = sh:lash(table.unpack(case[1]))
        assert.same({ case[2], "" }, { res.exit, res.out }, case[3])
        assert.matches("^lash: " .. case[3], res.err)
      end
    end)
  end)
end)
