--- Nothing in a text does anything to the terminal but show itself.
local support = require "spec.support.markdown"
local width = require "lash.markdown.width"

local render, plain = support.render, support.plain

--- A collector that never rests takes its time.
local STRESS = os.getenv "LASH_GC_STRESS"
local ROUNDS, EVERY = STRESS and 60 or 400, STRESS and 3 or 1

--- Control characters, in UTF-8 and as single bytes, and what reorders a text.
local function is_harmless(text)
  return not text:find "[\0-\8\11-\31\127]" and not text:find "\xC2[\x80-\x9F]" and utf8.len(text) ~= nil
    and not text:find "\xE2\x80[\xAA-\xAE]" and not text:find "\xE2\x81[\xA6-\xA9]"
end

describe("a hostile text", function()
  local HOSTILE = {
    "\27[2J", "\27[H", "\27[1A\27[2K", "\27[31m", "\27[?1049h", "\27[?25l", "\27c", "\27[6n", "\27[c", "\27[>q",
    "\27]0;title\7", "\27]2;title\27\\", "\27]52;c;aGk=\7", "\27]52;c;?\27\\",
    "\27]8;;http://evil\27\\text\27]8;;\27\\",
    "\27]1337;File=name=eA==:AAAA\7", "\27]9;note\7", "\27]777;notify;a;b\7", "\27P+q544e\27\\", "\27Pq#0;2;0;0;0\27\\",
    "\27_Gi=1;AAAA\27\\", "\27^pm\27\\", "\27Xsos\27\\", "\27(0", "\27#8", "\27[200~rm -rf\n\27[201~",
    "\27[20t", "\27[8;1;1t",
    "\x9b2J", "\x9d0;t\x9c", "\x90q\x9c", "\xc2\x9b31m", "\xc2\x9d0;t\xc2\x9c", "\xc2\x90q", "\xc2\x85", "\xe2\x80\xa8",
    "over\rwrite", "a\8\8\8b", "\7\7", "\11\12", "\14\15", "\127\127", "\0", "\u{202E}evil", "\u{2066}a\u{2069}",
    "&#27;[2J", "&#x1b;]0;t&#7;", "&#155;31m", "&#x9d;", "&#8;", "&#13;x", "&#x202e;x", "&#0;", "&NewLine;", "\\\27[2J",
    "\xc0\x9b", "\xe0\x82\x9b", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe4\xbd",
  }
  local PLACES = {
    "%s", "a **%s** b", "`%s`", "# %s", "- %s", "> %s", "```%s\n%s\n```", "    %s", "[%s](http://a.b)",
    "[a](http://a.b/%s)",
    "[a](<%s> '%s')", "![%s](%s)", "<http://a.b/%s>", "<div %s>\n%s", "a <b %s> c", "|%s|b|\n|-|-|\n|%s|", "[ ] %s\n%s",
    "~~%s~~", "1. [x] %s", "*** %s", "[a]: %s",
  }

  for _, colour in ipairs { false, true } do
    it("is shown, not obeyed, wherever it stands" .. (colour and ", in colour" or ""), function()
      for i, bytes in ipairs(HOSTILE) do
        for k = i % EVERY + 1, #PLACES, EVERY do
          local source = PLACES[k]:gsub("%%s", (bytes:gsub("%%", "%%%%")))
          local shown = render(support.cut(source, #source // 2 + 1), { width = 60, colour = colour })
          assert.is_true(is_harmless(colour and plain(shown) or shown), ("%q became %q"):format(source, shown))
        end
      end
    end)
  end

  it("keeps its letters", function()
    assert.equal("^[[2J ^[]0;t^G <U+202E>x <U+009B> \u{FFFD}\n", (render("\27[2J &#27;]0;t&#7; \u{202E}x &#x9b; \xFF")))
    assert.equal("over\nwrite\n", (render "```\rover\rwrite"):gsub("  ", ""))
    assert.equal("a (u^[[2J) 👩‍👩‍👧\n", (render("[a](u&#27;[2J) 👩‍👩‍👧")))
  end)

  it("names no character by a number that is none", function()
    for _, number in ipairs { "xFFFFFFFFFFFFFFFF", "x8000000000000000", "xFFFFFFF", "18446744073709551615",
      "99999999" } do
      local name = "&#" .. number .. ";"
      assert.equal(("%s a (http://x/%s)\n"):format(name, name),
        (render(("%s [a](http://x/%s)"):format(name, name), { width = 80 })))
    end
    for _, number in ipairs { "x110000", "xFFFFFF", "xD800", "xDFFF", "0", "1114112", "9999999" } do
      assert.equal("\u{FFFD} a (http://x/\u{FFFD})\n", (render(("&#%s; [a](http://x/&#%s;)"):format(number, number))))
    end
  end)

  it("has no bytes of ours in it where there is no colour", function()
    assert.is_nil((render "# a **b** `c`\n\n> d\n\n|a|b|\n|-|-|\n|[c](d)|~~e~~|\n\n```\nx"):find "\27")
  end)
end)

describe("any text", function()
  local TOKENS = {
    "a", "word ", "foo bar ", "*", "**", "_", "`", "```", "~~~", "~~", "[", "]", "(", ")", "](u)", "![", "<", ">",
    "<b>", "<div>", "<!-- ", "-->", "&amp;", "&#27;", "\\", "\n", "\n", "\n\n", "  \n", "\t", "    ", "- ", "* ",
    "1. ", "2) ", "> ", "# ", "#", "---", "===", "- - -", "|", "| a | b |\n", "|---|:-:|\n", "a | b\n--|--\n",
    "[ ] ", "[x] ", "[a]: ", "http://x.y/z ", "中文", "，", "。", "👨‍👩‍👧‍👦", "🇩🇪",
    "e\u{301}", "\27[31m", "\r", "\r\n", "\0", "\x9b", "\xc2\x9b", "\u{202E}", "\xf0\x9f", "\xe4", "\xff",
    "\u{200D}", "\u{3000}", "\u{A0}", ("x"):rep(50), "!", ":",
  }

  --- The same numbers in every run: linear congruences, as in POSIX's example.
  local function numbers(seed)
    return function(n)
      seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
      return (seed >> 8) % n + 1
    end
  end

  local function text_of(random, tokens)
    local parts = {}
    for i = 1, random(40) do parts[i] = tokens[random(#tokens)] end
    return table.concat(parts)
  end

  it("is the same in any pieces, harmless, and has ended styles and lines", function()
    local random = numbers(1)
    for _ = 1, ROUNDS do
      local text = text_of(random, TOKENS)
      local options = { width = 10 + random(70), colour = random(2) == 1 }
      local whole = render(text, options)
      assert.equal(whole, (render(support.cut(text, random(9)), options)), ("%q"):format(text))
      assert.is_true(is_harmless(plain(whole)), ("%q"):format(text))
      assert.is_true(whole == "" or (whole:sub(-1) == "\n" and whole:sub(-2) ~= "\n\n"), ("%q"):format(text))
      for line in whole:gmatch "[^\n]*\n" do
        assert.is_true(line:match "^.*\27%[([%d;]*)m" == "0" or not line:find "\27", ("%q"):format(line))
      end
    end
  end)

  it("is the same in any pieces also where a line is longer than what is held back", function()
    for _, start in ipairs { "", "```\n", "<div>\n", "|a|b|\n|-|-|\n", "a\n", "> a\n" } do
      for _, unit in ipairs { "- ", "| a ", "`", " ", "> ", "-", "<div ", "[", "中" } do
        for _, size in ipairs(STRESS and { 8192 } or { 1100, 8192, 9000 }) do
          local text = start .. unit:rep(size // #unit) .. "é **b**\nnext\n"
          local whole = render(text)
          assert.equal(whole, (render(support.cut(text, 37))), start .. unit .. size)
          -- not shown: what a fence says of its code, and cells for which there is no column
          local hidden = unit == "`" or (start .. unit):find "|.*|.*|"
          assert.truthy(hidden or whole:find("é", 1, true), start .. unit .. size)
        end
      end
    end
  end)

  it("is no wider than the terminal, but for code and words", function()
    local random = numbers(2)
    local tokens = {}
    for _, token in ipairs(TOKENS) do
      if not token:find "[<`~\t]" and not token:find "^    " then tokens[#tokens + 1] = token end
    end
    for _ = 1, ROUNDS do
      local text = text_of(random, tokens)
      local columns = 20 + random(70)
      for line in render(text, { width = columns }):gmatch "[^\n]+" do
        local words = line:gsub("^[ │•◦▪☐☑%d.)]*", "")
        assert.is_true(width(line) <= columns or not words:find " ", ("%q in %q at %d"):format(line, text, columns))
      end
    end
  end)

  -- Work, not time: instructions of Lua for a text and for one four times as long.
  local measure = STRESS and pending or it
  measure("costs time in proportion to its length", function()
    local function work(unit, count)
      local hooks = 0
      local text = unit:rep(count)
      debug.sethook(function() hooks = hooks + 1 end, "", 100)
      render(support.cut(text, 16))
      debug.sethook()
      return hooks
    end
    for _, unit in ipairs { "word ", "x", "*a ", "**", "[", "`a ", "> ", "- ", "- a\n", "    x\n", "|a|b|\n", "中", "\n",
      " ", "a\n", "```\n", "<a ", "&amp;", "\\", "\27" } do
      local count = 10000 // #unit -- more than is ever held back
      local ratio = work(unit, 4 * count) / work(unit, count)
      assert.is_true(ratio < 6, ("%q: %.1f times the work"):format(unit, ratio))
    end
  end)
end)
