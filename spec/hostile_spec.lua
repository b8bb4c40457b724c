--- Nothing that a model or a tool says is obeyed by a terminal; into a pipe it goes
--- as it is.
local cjson = require "cjson"
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local terminal = require "spec.support.terminal"

--- What would move the cursor, set the title, write to the clipboard, answer as if the
--- person had typed, hide text, or show it in another order.
local HOSTILE = {
  "\27[2J", "\27[H", "\27[3;1H", "\27[1A", "\27[K", "\27[1K", "\27[2K\r", "\27[s\27[u", "\0277\0278", "\27[?25l",
  "\27[?1049h", "\27[?2004h", "\27[201~", "\27[200~rm -rf /\n\27[201~", "\27[31m", "\27[8mhidden\27[0m", "\27c",
  "\27[!p", "\27[6n", "\27[c", "\27[0x", "\27]0;title\7", "\27]2;title\27\\", "\27]52;c;cm0gLXJmIC8=\7", "\27]52;c;?\7",
  "\27]8;;http://evil.example\27\\click\27]8;;\27\\", "\27]10;?\7", "\27]1337;File=name=eA==:eA==\7",
  "\27]777;notify;a;b\7",
  "\27P$q\"p\27\\", "\27P+q544e\27\\", "\27_Gf=100;AAAA\27\\", "\27^private\27\\", "\27X sos\27\\", "\27#8", "\27(0",
  "\27[4i", "\27[5i", "\27[20t", "\27[8;1;1t", "\u{9B}2J", "\u{9D}0;t\u{9C}", "\u{90}q\u{9C}", "\u{85}", "\u{8D}",
  "safe\rrm -rf /", "\8\8\8", "\7", "\12", "\11", "\14\15", "\127", "\0", "\5", "\24", "\26",
  "\u{202E}gpj.exe\u{202C}", "\u{202D}x", "\u{2066}a\u{2069}", "\u{2067}a\u{2069}", "\u{2068}", "\u{202A}", "\u{202B}",
}
local ALL = table.concat(HOSTILE, "<>")
local NAME = "\27]0;title\7\27[2J\27P\r\u{9B}2J\127\u{202E}\n\8" -- those of tools have a limit

--- A test with a service that says these things, in this order.
local function test(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1", TERM = "xterm" }
    sh:write(".config/lash/config.json", '{"agents":{"defaults":{"retry":0}}}')
    f(sh)
  end
end

--- The styles of Markdown; no hostile one is among them.
local STYLES = { ["0"] = true, ["1"] = true, ["2"] = true, ["3"] = true, ["4"] = true, ["9"] = true, ["36"] = true }

local function without_styles(text)
  return (text:gsub("\27%[([%d;]+)m", function(codes)
    for code in codes:gmatch "%d+" do
      if not STYLES[code] then return nil end
    end
    return ""
  end))
end

--- Checks that nothing is left which a terminal obeys but line ends, tabs and our own
--- styles, or all colours.
local function check(shown, colours)
  shown = colours and shown:gsub("\27%[[%d;:]*m", "") or without_styles(shown)
  shown = shown:gsub("\r+\n", "\n")
  local at = shown:find "[%z\1-\8\11-\31\127]"
  assert.is_nil(at, at and ("%q"):format(shown:sub(math.max(1, at - 40), at + 20)))
  assert.truthy(utf8.len(shown))
  for _, code in utf8.codes(shown) do
    assert.is_false(code >= 0x80 and code <= 0x9F or code >= 0x202A and code <= 0x202E
      or code >= 0x2066 and code <= 0x2069, ("U+%04X"):format(code))
  end
end

--- The same in pieces of n bytes, as chunks of a stream; characters stay whole.
local function pieces(kind, n)
  local deltas, piece = {}, ""
  for _, code in utf8.codes(ALL) do
    piece = piece .. utf8.char(code)
    if #piece >= n then
      deltas[#deltas + 1] = { [kind] = piece }
      piece = ""
    end
  end
  deltas[#deltas + 1] = { [kind] = piece }
  return deltas
end

local function answer(deltas) return model.ok(model.stream(deltas)) end

describe("at a terminal", function()
  it("an answer and thinking are shown, not obeyed, however they are cut", test({
    answer(pieces("content", 1000000)), answer(pieces("content", 1)), answer(pieces("content", 3)),
    answer(pieces("reasoning_content", 1000000)), answer(pieces("reasoning_content", 1)),
  }, function(sh)
    for i = 1, 5 do
      local t <close> = terminal.start(sh, "lash ask hi")
      local shown = t:finish()
      local text = without_styles(shown):gsub("[\r\n]", "") -- Markdown is wrapped
      for _, wanted in ipairs { "^[]52;c;", "<U+202E>gpj.exe", "<U+009B>2J", i > 3 and "safe^Mrm" or "saferm" } do
        assert.truthy(text:find(wanted, 1, true), wanted)
      end
      check(shown)
    end
  end))

  it("names, arguments and results of tools are", test({
    model.ok(model.stream({ model.calls { NAME, cjson.encode { [ALL] = ALL } } }, "tool_calls")), answer { "ok" },
    model.ok(model.stream({ model.calls { "t", "{" .. ALL } }, "tool_calls")), answer { "ok" },
    model.ok(model.stream({ model.calls { "t", "{}" } }, "tool_calls")), answer { "ok" },
  }, function(sh)
    sh:write("all", ALL)
    local script = [[-e 'lash.ask("hi", { tools = { lash.tool { name = "t", about = "x", params = "",
      run = function() return nil, lash.fs.read "all" end } } })']]
    for _, words in ipairs { "ask -t read_file hi", script, script } do
      local t <close> = terminal.start(sh, "lash " .. words)
      local shown, exit = t:finish()
      assert.equal(0, exit, shown)
      assert.truthy(shown:find("< ", 1, true))
      check(shown)
    end
  end))

  it("errors, warnings and what -vv tells are", test({
    model.refusal(400, ALL, ALL), model.refusal(400, ALL, "data_inspection_failed"), answer { ALL },
  }, function(sh)
    for _, words in ipairs { "ask hi", "ask -v hi", "ask -vv hi", "-v -e 'error(lash.fs.read \"all\")'",
      "-e 'lash.fail(\"io\", lash.fs.read \"all\", lash.fs.read \"all\")'", "-e 'lash.log.warn(lash.fs.read \"all\")'",
      "ask \"$(tr -d '\\0' <all)\" -m \"$(tr -d '\\0' <all)\" -p none" } do
      sh:write("all", ALL)
      local t <close> = terminal.start(sh, "lash " .. words)
      check((t:finish()))
    end
  end))

  it("what a script prints is, but for its colours", test({
    answer { ALL }, answer { ALL }, answer { ALL },
  }, function(sh)
    for _, words in ipairs { "-e 'print(lash.ask \"hi\")'", "-e 'io.write(lash.ask \"hi\")'",
      "-e 'for ev in lash.agent {}:stream \"hi\" do io.write(ev.text or \"\") end'" } do
      local t <close> = terminal.start(sh, "lash " .. words)
      check((t:finish()), "colours")
    end
    local t <close> = terminal.start(sh,
      [[lash -e 'print("\27[1mbold\27[0m\27[2J") io.stdout:write "\27[2J\n"']])
    assert.equal("\27[1mbold\27[0m^[[2J\r\n\27[2J\r\n", (t:finish()))
  end))

  it("what is listed of sessions and runs is, also as JSON", test({ answer { ALL }, answer { ALL } }, function(sh)
    sh:write("all", ALL:gsub("%z", ""))
    sh:sh "lash ask --session s - <all"
    for _, words in ipairs { "sessions", "sessions show s", "sessions --json", "sessions show s --json", "runs",
      "runs --json", "runs show last -v", "runs show last --json", "ask --json hi" } do
      local t <close> = terminal.start(sh, "lash " .. words)
      local shown, exit = t:finish()
      assert.equal(0, exit, words)
      check(shown)
    end
  end))
end)

describe("into a pipe", function()
  it("every byte goes as it is", test({ answer(pieces("content", 1)), answer(pieces("content", 2)), answer { ALL },
    answer { ALL }, answer(pieces("content", 1)) }, function(sh)
    local NAMED = "lash ask hi </dev/null"
    assert.equal(ALL .. "\n", sh:sh(NAMED).out)
    assert.equal(ALL .. "\n", sh:sh(NAMED .. " >file; cat file").out)
    assert.equal(ALL .. "\n", sh:lash("-e", "print(lash.ask 'hi')").out)
    assert.equal(ALL, sh:lash("-e", "io.write(lash.ask 'hi')").out)
    local text = ""
    for line in sh:lash("ask", "--json", "hi").out:gmatch "[^\n]+" do
      local ev = cjson.decode(line)
      if ev.type == "text" then text = text .. ev.text end
    end
    assert.equal(ALL, text)
  end))
end)
