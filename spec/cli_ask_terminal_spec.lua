--- The answer of `lash ask` where a person reads it: Markdown is rendered at a terminal
-- and nowhere else.
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
local RAW = "Some **bo"

local function answer(...) return model.ok(model.stream { ... }) end

--- What a line of bash shows at a terminal, whose service makes these exchanges.
local function shown(exchanges, line, variables)
  local s <close> = server.start(exchanges)
  local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1", TERM = "xterm" }
  for name, value in pairs(variables or {}) do sh.variables[name] = value end
  local t <close> = terminal.start(sh, line)
  return (t:finish():gsub("\r\n", "\n"))
end

describe("the answer of lash ask", function()
  it("is rendered at a terminal", function()
    assert.equal("Some \27[1mbold\27[0m and \27[36mcode\27[0m, ^[[31mred\n\n• one\n",
      shown({ answer(RAW, "ld** and `code`, \27[31mred\n\n", "* one") }, "lash ask hi"))
    for _, case in ipairs { { "lash ask --no-color hi" }, { "lash ask hi", { NO_COLOR = "1" } } } do
      assert.equal("Some **bold**\n\n• one\n", shown({ answer(RAW, "ld**\n\n* one") }, table.unpack(case)))
    end
  end)

  it("ends before an error begins", function()
    assert.equal("no end\nlash: internal: oops\n", shown({}, [[lash -e 'io.write "no end" error("oops", 0)']]))
    assert.equal("end\nlash: internal: oops\n", shown({}, [[lash -e 'print "end" error("oops", 0)']]))
  end)

  it("shows no secret that Markdown stands in", function()
    assert.equal("It is [secret].\n", shown({ answer("It is super**sec", "ret**value123.") }, "lash ask hi",
      { MY_TOKEN = "supersecretvalue123" }))
  end)

  it("is text as it is where it goes somewhere else, or is no text", function()
    for _, case in ipairs {
      { "Some **bold**\n", "lash ask hi | cat" },
      { "Some **bold**\n", "lash ask -o x hi; cat x" },
      { "Some **bold**\n", "lash ask hi", { TERM = "dumb" } },
    } do
      assert.equal(case[1], shown({ answer(RAW, "ld**") }, table.unpack(case, 2)), case[2])
    end
    assert.equal("**bold**\n", shown({ answer '{"value":"**bold**"}' }, "lash ask -r string -m qwen-plus hi"))
  end)

  it("comes behind the names of files that were added", function()
    local line = "printf 'ten bytes\\n' >notes.txt; lash ask %s"
    assert.equal("added: notes.txt (10 B)\nyes\n", shown({ answer "yes" }, line:format "'see @notes.txt'"))
    assert.equal("added: notes.txt (10 B)\nyes\n", shown({ answer "yes" }, line:format "see @notes.txt | cat"))
    assert.equal("yes\n", shown({ answer "yes" }, line:format "see @notes.txt 2>/dev/null"))
    assert.equal("yes\n", shown({ answer "yes" }, line:format "-q see @notes.txt @@x"))
  end)

  it("has all that came when the rest does not", function()
    local half = { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Half **an ans" } .. "\n\n" },
      { close = true } } }
    local s <close> = server.start { half }
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1", TERM = "xterm" }
    sh:write(".config/lash/config.json", '{"agents":{"defaults":{"retry":0}}}')
    local t <close> = terminal.start(sh, "lash ask hi")
    assert.matches("^Half %*%*an ans\r\nlash: incomplete: ", (t:finish()))
  end)

  it("says which conversation `last` is, to a person", function()
    local exchanges, line = {}, "lash ask --session s Hello there >/dev/null; "
    for i = 1, 4 do exchanges[i] = answer "1" end
    assert.equal('going on with s: "Hello there"\n1\n', shown(exchanges, line .. "lash ask --session last hi"))
    assert.equal("1\n1\n1\n", shown(exchanges, line .. "lash ask -q --session last hi; "
      .. "lash ask --session last hi 2>log; cat log; lash ask --session s hi"))
  end)

  it("ends its line before what is told of tools", function()
    assert.matches("^I \27%[1mlook\27%[0m\n\27%[2m> list_files {}\n.*\27%[2m< list_files [^\n]*\n.*Done\n$", shown({
      model.ok(model.stream({ "I **lo", "ok**", model.calls { "list_files", "{}" } }, "tool_calls")), answer "Done",
    }, "lash ask -t list_files hi"))
  end)
end)
