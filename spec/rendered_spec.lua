--- The text of a model on a terminal: no secret in it, whatever its Markdown, and none
-- of it lost when it cannot be laid out.
local rendered = require "lash.cli.rendered"
local secrets = require "lash.secrets"
local span = require "lash.markdown.span"

--- What is written for a text that comes in these pieces.
local function shown(pieces, colour)
  local written = {}
  local text = rendered.new(function(piece) written[#written + 1] = piece end, colour)
  for _, piece in ipairs(pieces) do text:feed(piece) end
  text:finish()
  return table.concat(written)
end

describe("a secret", function()
  it("is not shown where Markdown stands in it", function()
    secrets.add "supersecretvalue123"
    secrets.add "open sesame & co"
    secrets.add "open-sesame-value"
    for _, case in ipairs {
      { "super**secret**value123" }, { "*super*secret`value`123" }, { "super", "**sec", "ret**va", "lue123 and" },
      { "# super~~secret~~value123" }, { "super[secret](http://x)value123" }, { "x super**secretvalue**12", "3." },
      { "> - super**secret**value123" }, { "**open *sesame* &amp; co**" },
      { "[y](/open&#45;sesame&#45;value)" }, { "| a |\n|---|\n| ![y](/open\\-sesame&#45;value) |\n" },
      { "| a | b |\n|---|---|\n| super**secret**value123 | x |\n" },
    } do
      for _, colour in ipairs { true, false } do
        local text = shown(case, colour)
        assert.matches("[secret]", text, 1, true)
        for _, part in ipairs { "super", "value", "open", "sesame" } do
          assert.not_matches(part, text, 1, true)
        end
      end
    end
    assert.equal("super \27[1mvalue\27[0m\n", shown({ "super **value**" }, true)) -- these are words
  end)
end)

describe("a text that cannot be laid out", function()
  --- Calls f() while the word "broken" is a fault.
  local function with_fault(f)
    local put = span.put
    local _restore <close> = setmetatable({}, { __close = function() span.put = put end })
    function span.put(layout, events, ...)
      for _, value in ipairs(events) do
        if value == "broken" then error "fault" end
      end
      return put(layout, events, ...)
    end
    return f()
  end

  it("stands there once more from its last block, with the rest as it is", function()
    local text = with_fault(function()
      return shown({ "one *two*\n\n", "- three *four*\n", "```\nfive\n", "```\n", "six *bro", "ken* *seven*",
        " *eight*" }, true)
    end)
    assert.matches("^one \27%[3mtwo\27%[0m\n.*five.*six %*broken%* %*seven%* %*eight%*", text)
    assert.not_matches("*two*", text, 1, true)
    assert.not_matches("```", text, 1, true)
  end)

  it("is not kept for that, however long it is", function()
    local pieces, row = {}, ("word "):rep(200)
    for i = 1, 1000 do pieces[i] = row end
    table.insert(pieces, "*broken* end")
    local text = with_fault(function() return shown(pieces, true) end)
    local _, count = text:gsub("word", "")
    assert.is_true(count >= 200000 and count < 240000, count)
    assert.matches("%*broken%* end", text)
  end)
end)
