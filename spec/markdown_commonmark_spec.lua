--- CommonMark's own examples, as Debian has them in the sources of a Go library: an
-- independent judge of which blocks there are, and that no text is lost.
local Blocks = require "lash.markdown.blocks"
local cjson = require "cjson"
local support = require "spec.support.markdown"

local PATH = "/usr/share/gocode/src/github.com/yuin/goldmark/_test/spec.json"

--- Addresses of links that come later, which a text that is shown at once cannot
-- know, and those examples whose link is within another's text.
local OTHERWISE = { [216] = true, [217] = true, [517] = true, [518] = true, [519] = true, [531] = true, [532] = true,
  [533] = true, [534] = true, [563] = true, [567] = true, [568] = true, [569] = true, [570] = true, [592] = true,
  [25] = "rare entities", [344] = "a quotation mark of HTML", [490] = "a line end within an address",
  [493] = "HTML is shown", [605] = "HTML is shown", [615] = "HTML is shown", [632] = "HTML is shown" }

local function examples()
  local file <close> = assert(io.open(PATH))
  return cjson.decode(file:read "a")
end

local ENTITIES = { ["&lt;"] = "<", ["&gt;"] = ">", ["&amp;"] = "&", ["&quot;"] = '"' }

--- What a browser would show.
local function text_of(html)
  return (html:gsub('<img[^>]*alt="([^"]*)"[^>]*>', "%1"):gsub("<[^>]*>", ""):gsub("&%w+;", ENTITIES))
end

local BLOCKS = { pre = true, li = true, hr = true, blockquote = true }
for level = 1, 6 do BLOCKS["h" .. level] = true end

local function blocks_of(html)
  local names = {}
  for name in html:gmatch "<(%w+)" do
    if BLOCKS[name] then names[#names + 1] = name end
  end
  return table.concat(names, " ")
end

describe("CommonMark's examples", function()
  it("keep their text", function()
    local count = 0
    for _, example in ipairs(examples()) do
      count = count + 1
      local shown = support.plain(support.render(example.markdown, { width = 80, colour = true }))
      if not OTHERWISE[example.example] then
        shown = shown:gsub("%s+", ""):gsub("│", "")
        local at = 1
        for word in text_of(example.html):gmatch "%S+" do
          local _, last = shown:find(word, at, true)
          assert.truthy(last, ("example %d: %q is not in %q"):format(example.example, word, shown))
          at = last + 1
        end
      end
    end
    assert.is_true(count > 600)
  end)

  it("are the same in pieces", function()
    for _, example in ipairs(examples()) do
      local whole = support.render(example.markdown)
      assert.equal(whole, (support.render(support.cut(example.markdown, 1))), example.example)
    end
  end)

  it("have the blocks that they should", function()
    local found
    local open, begin, apply = Blocks._open, Blocks._begin, Blocks._apply
    finally(function() Blocks._open, Blocks._begin, Blocks._apply = open, begin, apply end)
    local names = { quote = "blockquote", item = "li", fence = "pre", indented = "pre", rule = "hr" }
    local function note(block)
      local is_heading = block.kind == "heading" or block.kind == "underline"
      found[#found + 1] = is_heading and "h" .. block.level or names[block.kind]
    end
    function Blocks:_open(container)
      note(container)
      return open(self, container)
    end
    function Blocks:_begin(start)
      note(start)
      return begin(self, start)
    end
    function Blocks:_apply(plan)
      if plan.leaf and plan.leaf.kind == "underline" then note(plan.leaf) end
      return apply(self, plan)
    end
    for _, example in ipairs(examples()) do
      if not example.section:find "HTML" and example.example ~= 216 then
        found = {}
        support.render(example.markdown)
        assert.equal(blocks_of(example.html), table.concat(found, " "), ("example %d"):format(example.example))
      end
    end
  end)
end)
