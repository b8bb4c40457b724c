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

  it("is shown to who gets none that fits, where it is wrong, in bounds", function()
    for _, case in ipairs {
      { "Sure! It is 1.", "line 1, column 1: .*; it is: Sure! It is 1%." },
      { '{"x":"' .. ("é"):rep(1000) .. '"}', 'answer%.x: .*; it is: {"x":"[^"]*…' },
      { '{\n"x": ' .. ("1"):rep(50) .. ("é"):rep(30) .. "}\n", "line 2, column %d+: .*; it is: …1+[^}]*}" },
      { ("\n"):rep(3), "; it is empty" },
    } do
      local r = returns.new("x: integer", {})
      local _, message = r:read(case[1])
      for _ = 1, 2 do assert.not_matches("it is", r:repair(message)) end -- the model knows what it said
      local ok, err = pcall(r.repair, r, message)
      assert.same({ false, "schema", 65 }, { ok, err.kind, err.exit })
      assert.matches("^the answer does not fit its type: .*" .. case[2] .. "%s*$", err.message)
      assert.is_true(#err.message < 350 and utf8.len(err.message) ~= nil, err.message)
    end
  end)

  it("is refused, whatever stands in it", function()
    -- In cubic time this would not come to an end within the limit of a test.
    for _, text in ipairs { "\n", " ", "a", "`", "```\n" } do
      assert.is_nil((read("```" .. text:rep(65536 // #text))))
    end
  end)
end)
