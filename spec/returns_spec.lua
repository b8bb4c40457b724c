--- Typed answers: the text that a model writes, read.
local returns = require "lash.returns"

describe("a typed answer", function()
  local function read(text) return returns.new("x: integer", {}):read(text) end

  it("may stand in a fence", function()
    for _, text in ipairs { '{"x":1}', '```json\n{"x":1}\n```', ' \n```\n{"x":1}```\n\n',
      '```json \r\n{"x": 1}\r\n```' } do
      assert.same({ x = 1 }, (read(text)))
    end
  end)

  it("is refused, whatever stands in it", function()
    -- In cubic time this would not come to an end within the limit of a test.
    for _, text in ipairs { "\n", " ", "a", "`", "```\n" } do
      assert.is_nil((read("```" .. text:rep(65536 // #text))))
    end
  end)
end)
