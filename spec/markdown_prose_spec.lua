--- Plain text on a terminal: lash.markdown.prose.
local prose = require "lash.markdown.prose"

describe("plain text", function()
  local TEXT = "one two three four\n\n  - five six seven eight\n\ta  b\nninetyninebottles x\n你好世界再见 é ab中c"

  it("has lines that end between words, and go on where they began", function()
    assert.equal("one two\nthree four\n\n  - five\n  six seven\n  eight\n    a  b\nninetyninebottles\nx\n"
      .. "你好世界再\n见 é ab中c\n", prose.wrap(TEXT, 11))
  end)

  it("is as it was where it fits", function()
    local text = "a   b  c\n\n    d\n"
    assert.equal(text, prose.wrap(text, 12))
    assert.equal("", prose.wrap("", 12))
  end)

  it("is the same in whatever pieces it comes", function()
    local whole = prose.wrap(TEXT, 11)
    for size = 1, 5 do
      local p, parts, at = prose.new(11), {}, 1
      while at <= #TEXT do
        local stop = at + size
        while stop <= #TEXT and TEXT:byte(stop) & 0xC0 == 0x80 do stop = stop + 1 end
        parts[#parts + 1] = p:feed(TEXT:sub(at, stop - 1))
        at = stop
      end
      assert.equal(whole, table.concat(parts) .. p:finish())
    end
  end)

  it("has its style on each line, and leaves none behind a piece", function()
    assert.equal("\27[2mone two\27[0m\n\27[2mthree\27[0m\n", prose.wrap("one two three", 8, "2"))
    local p = prose.new(80, "2")
    assert.equal("\27[2mone\27[0m", p:feed "one two")
    assert.equal("\27[2m two\27[0m\n", p:finish())
  end)
end)
