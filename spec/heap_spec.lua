local heap = require "lash.heap"

--- Takes everything out, in the heap's order.
local function drain(h)
  local out = {}
  while h:first() do
    out[#out + 1] = h:first().at
    h:remove(h:first())
  end
  return out
end

describe("lash.heap", function()
  it("is empty at first, and again at last", function()
    local h = heap.new()
    assert.is_nil(h:first())
    local timer = { at = 1 }
    h:add(timer)
    assert.equal(timer, h:first())
    h:remove(timer)
    assert.is_nil(h:first())
    h:remove(timer) -- not in it any more: nothing happens
    h:remove { at = 2 } -- and one that never was
    assert.is_nil(h:first())
  end)

  it("takes a timer in again", function()
    local h, timer = heap.new(), { at = 1 }
    for _ = 1, 2 do
      h:add(timer)
      h:remove(timer)
    end
    h:add(timer)
    assert.same({ 1 }, drain(h))
  end)

  it("gives the earliest first, whatever is added and taken out in between", function()
    math.randomseed(7)
    for _ = 1, 300 do
      local h, inside = heap.new(), {}
      for _ = 1, math.random(1, 60) do
        if #inside > 0 and math.random() < 0.4 then
          h:remove(table.remove(inside, math.random(#inside)))
        else
          local timer = { at = math.random(1, 20) } -- many are equal
          h:add(timer)
          table.insert(inside, timer)
        end
      end
      local expected = {}
      for i, timer in ipairs(inside) do expected[i] = timer.at end
      table.sort(expected)
      assert.same(expected, drain(h))
    end
  end)
end)
