--- Markdown on a terminal: what is shown, and when.
local markdown = require "lash.markdown"
local support = require "spec.support.markdown"
local width = require "lash.markdown.width"

local render = support.render

describe("lash.markdown", function()
  -- name, source, shown in 40 columns without colour
  for _, case in ipairs {
    { "nothing", "", "" },
    { "blank lines", "\n \n\t\n", "" },
    { "a paragraph, wrapped", ("word "):rep(9) .. "end.\nNext line.",
      "word word word word word word word word\nword end. Next line.\n" },
    { "one blank line between blocks", "a\n\n\n\nb\n\n\n", "a\n\nb\n" },
    { "line ends that count", "a  \nb\\\nc\nd \\\\\ne", "a\nb\nc d \\ e\n" },
    { "emphasis", "*a* __b__ ~~c~~ `d` ***e***", "*a* **b** ~~c~~ `d` ***e***\n" },
    { "what only looks like it", "5 * 3 * 2, snake_case_name, ~5 min, a ** b",
      "5 * 3 * 2, snake_case_name, ~5 min, a **\nb\n" },
    { "escapes and entities", "\\*a\\* &amp; &lt;&nbsp;&#228; &unknown; &#0;",
      "*a* & <\u{A0}ä &unknown; \u{FFFD}\n" },
    { "the address of a link", "[a](http://b.c/d \"t\") <http://e.f> http://g.h",
      "a (http://b.c/d) http://e.f http://g.h\n" },
    { "images", "![alt *t*](u.png) ![](v.png)", "alt *t* (u.png) (v.png)\n" },
    { "addresses that come later", "[a][1]\n\n[1]: http://b.c\n[2]: http://d.e",
      "[a][1]\n\n[1]: http://b.c\n[2]: http://d.e\n" },
    { "headings", "# A *b* #\ntext\n## C\n\nd\n===\ne f\n---", "# A *b*\n\ntext\n\n## C\n\n# d\n\n## e f\n" },
    { "a line under a text that has been written", ("long "):rep(7) .. "\n---\nx",
      ("long "):rep(7):sub(1, -2) .. "\n" .. ("─"):rep(40) .. "\n\nx\n" },
    { "rules", "a\n\n***\nb\n\n - - -", "a\n\n" .. ("─"):rep(40) .. "\n\nb\n\n" .. ("─"):rep(40) .. "\n" },
    { "lists", "* a\n* b\n  - c\n    + d\n\n1) x\n1) y\n", "• a\n• b\n  ◦ c\n    ▪ d\n\n1) x\n2) y\n" },
    { "items of several lines", "- one two three four five six seven eight nine\nlazy\n\n  more\n\n- b\n-\n- c",
      "• one two three four five six seven\n  eight nine lazy\n\n  more\n\n• b\n•\n• c\n" },
    { "what is nested too deep for the width", ("- "):rep(11) .. "+\n" .. ("> "):rep(30) .. "a",
      "• ◦ ▪ ▪ ▪ ▪ ▪ ▪ ▪ ▪\n\n" .. ("│ "):rep(10) .. "a\n" },
    { "tasks", "- [ ] a\n- [x] *b*\n- [X]c", "☐ a\n☑ *b*\n• [X]c\n" },
    { "numbers that go on", "9. a\n9. b\n   ```\n   c\n   ```\n1. d", "9. a\n10. b\n      c\n11. d\n" },
    { "quotes", "> a\nlazy\n> - b\n>\n> c\n\n> d\n> > e\n\nf", "│ a lazy\n│ • b\n│\n│ c\n\n│ d\n│\n│ │ e\n\nf\n" },
    { "code as it is", "```lua\nlocal  x = '**' -- " .. ("long "):rep(8) .. "\n\n\tif\n```\nb",
      "  local  x = '**' -- " .. ("long "):rep(8) .. "\n\n  \tif\n\nb\n" },
    { "code that does not end", "~~~\na\n```\n\nb", "  a\n  ```\n\n  b\n" },
    { "indented code", "    a\n\n      b\n\nc", "  a\n\n    b\n\nc\n" },
    { "HTML as text", "<div class=\"x\">\n *a*  b\n</div>\n\nc <b>*d*</b> <!-- e -->",
      "<div class=\"x\">\n *a*  b\n</div>\n\nc <b>*d*</b> <!-- e -->\n" },
    { "a table", "| a | b |\n|:--|--:|\n| `x|y` | *1* |\n| long | |\n\nc",
      "a     │   b\n──────┼────\n`x|y` │ *1*\nlong  │\n\nc\n" },
    { "a table without bars around", "a | b\n-|-\nc | d\n- e", "a │ b\n──┼──\nc │ d\n\n• e\n" },
    { "a table that has to be narrowed", "|a|b|\n|-|:-:|\n|" .. ("word "):rep(8) .. "|" .. ("x"):rep(25) .. "|",
      "a                  │          b\n───────────────────┼────────────────────\n" ..
      "word word word     │ xxxxxxxxxxxxxxxxxxx\nword word word     │       xxxxxx\nword word          │\n" },
    { "a table for which there is no room",
      ("|head"):rep(8) .. "\n" .. ("|-"):rep(8) .. "\n" .. ("|cell"):rep(8) .. "\n|x",
      ("head: cell\n"):rep(8) .. ("─"):rep(40) .. "\nhead: x\n" .. ("head:\n"):rep(7) },
    { "what is no table", "a | b\nc | d\n\n|-\n\n--|--", "a | b c | d\n\n|-\n\n--|--\n" },
    { "words that do not fit", "a " .. ("x"):rep(50) .. " b", "a\n" .. ("x"):rep(50) .. "\nb\n" },
    { "Chinese, which has no spaces", ("中文，"):rep(8) .. "。\n再**见**",
      "中文，中文，中文，中文，中文，中文，中\n文，中文，。再**见**\n" },
  } do
    it("shows " .. case[1], function()
      assert.equal(case[3], (render(case[2])))
      for _, size in ipairs { 1, 2, 3, 5, 7 } do
        assert.equal(case[3], (render(support.cut(case[2], size))), "in pieces of " .. size)
      end
    end)
  end

  it("colours what it shows", function()
    local function sgr(text) return (text:gsub("%[(.-)|(.-)%]", "\27[%1m%2\27[0m")) end
    for source, shown in pairs {
      ["a *b **c*** d"] = "a [3|b ][3;1|c] d\n",
      ["# a `b`"] = "[1;4|a][1;4| ][1;4;36|b]\n",
      ["[a](u) `b`"] = "[4|a][2| (u)] [36|b]\n",
      ["> ~~a~~"] = "[2|│ ][9|a]\n",
      ["```\na\n\n```"] = "  [36|a]\n",
      ["|a|b|\n|-|-|\n|c|`d`|"] = "[1|a] │ [1|b]\n──┼──\nc │ [36|d]\n",
      ["**" .. ("bold "):rep(3) .. "b** *c*"] = "[1|bold bold]\n[1|bold b] [3|c]\n",
    } do
      assert.equal(sgr(shown), (render(source, { colour = true, width = 10 })))
    end
  end)

  it("says the same at every width", function()
    local source = "# A\n\nSome **bold** text, 中文 and `code`.\n\n- a\n  1. b\n     > c\n\n|a|b|\n|--|--|\n|c|d|\n"
    local words
    for columns = 20, 100, 5 do
      local shown = render(source, { width = columns })
      for line in shown:gmatch "[^\n]+" do assert.is_true(width(line) <= columns, line) end
      shown = shown:gsub("%s+", ""):gsub("─", "")
      words = words or shown
      assert.equal(words, shown)
    end
  end)
end)

describe("Markdown that arrives", function()
  local DOCUMENT = "# Title *x*\n\nSome **bold text** and `code`,\r\nmore [link](http://a.b/c \"t\") &amp; <b>.  \n" ..
    "é 中文**字** 👩‍👩‍👧 x\rSetext\n---\n\n- a\n  1. b\n\n     c\n- [x] d\n> q\nlazy\n\n```c\nint\tx;\n\n```\n" ..
    "| a | b |\n|---|:-:|\n| 中 | `|` |\n\n<div>\n*x*\n</div>\n\n[1]: http://a.b\n* * *\n\xFF\xE4\xBD**open `end"

  for _, colour in ipairs { false, true } do
    it("is the same whatever pieces it comes in" .. (colour and ", in colour" or ""), function()
      local options = { width = 30, colour = colour }
      local whole = render(DOCUMENT, options)
      for at = 1, #DOCUMENT - 1 do
        assert.equal(whole, (render({ DOCUMENT:sub(1, at), DOCUMENT:sub(at + 1) }, options)), at)
      end
    end)
  end

  --- What each piece makes appear.
  local function writes(...) return select(2, render({ ... }, { width = 80 })) end

  it("is shown word by word, once a paragraph cannot be anything else", function()
    assert.same({ "", "This is no heading, and surely", " no", " table:", " one", " two\n" },
      writes("This is no heading, and", " surely no", " table:", " one", " two"))
    assert.same({ "中文中文中文中文中文", "中", "", "文。\n" }, writes("中文中文中文中文中文中", "文", "。"))
  end)

  it("waits for the other half of a delimiter, not for ever", function()
    local start = ("word "):rep(8)
    assert.same({ "", " **a b**", " c\n" }, { select(2, table.unpack(writes(start .. "**a", " b", "** c"))) })
    local held = writes(start .. "**a", (" b"):rep(400))
    assert.matches("%*%*a b b b", held[2])
    assert.is_true(#held[2] > 600 and #held[3] > 0)
  end)

  it("is shown as soon as a line is complete: code, headings, items", function()
    assert.same({ "", "  a\n", "", "  b\n", "" }, writes("```\na", "\nb", "", "\n```"))
    assert.same({ "", "# ab\n", "" }, writes("# a", "b\n"))
    assert.same({ "", "• one\n", "• two\n", "" }, writes("- one", "\n- two", "\n\n"))
  end)

  it("shows the rows of a long table while they come", function()
    local m_writes = writes("|a|b|\n|-|-|\n", ("|1|2|\n"):rep(49), "|3|4|\n", "|5|6|\n|7", "")
    assert.same({ "", "" }, { m_writes[1], m_writes[2] })
    assert.matches("3 │ 4\n$", m_writes[3])
    assert.equal("5 │ 6\n", m_writes[4])
    assert.equal("7 │\n", m_writes[5] .. (m_writes[6] or ""))
  end)

  it("ends with one line end, and then another text may come", function()
    local out = {}
    local m = markdown.new { width = 40, write = function(text) out[#out + 1] = text end }
    for _, text in ipairs { "a\n\n\n", "> ", "```\n", "**b\xE4", "\r" } do
      m:feed(text)
      m:finish()
      out[#out + 1] = "|"
    end
    assert.equal("a\n|||**b\u{FFFD}\n||", table.concat(out))
  end)

  it("is wrapped to the width that the terminal has by then", function()
    local out = {}
    local m = markdown.new { width = 40, write = function(text) out[#out + 1] = text end }
    m:feed(("word "):rep(9))
    m:resize(14)
    m:feed(("word "):rep(4))
    m:finish()
    assert.equal(("word "):rep(8):sub(1, -2) .. "\nword word word\nword word\n", table.concat(out))
  end)
end)

describe("lash.markdown.width", function()
  it("counts what a person sees", function()
    for text, columns in pairs { [""] = 0, abc = 3, ["é"] = 1, ["e\u{301}\u{302}"] = 1, ["中文"] = 4, ["한국"] = 4,
      ["👍"] = 2, ["👍🏽"] = 2, ["👨‍👩‍👧‍👦"] = 2, ["🇩🇪🇫🇷"] = 4, ["❤️"] = 2, ["…–│"] = 3, ["a\u{200B}b"] = 2 } do
      assert.equal(columns, width(text), text)
    end
  end)
end)

describe("without md4c", function()
  local core = require "lash.core.markdown"
  local inline, row = core.inline, core.row
  setup(function()
    core.inline = function() return nil, "cannot open md4c", "library" end
    core.row = core.inline
  end)
  teardown(function() core.inline, core.row = inline, row end)

  it("blocks are shown, and marks within them as they stand", function()
    assert.equal("# a **b** [c](d)\n\n• `e` *f\n", (render("# a **b** [c](d)\n- `e` *f")))
    assert.matches("|%*a%*|b|", (render "|*a*|b|\n|-|-|\n"))
  end)
end)
