local loop = require "lash.core.loop"

describe("lash.core.loop", function()
  it("waits no longer than it is told, and no shorter", function()
    local before = loop.now()
    assert.equal(0, loop.poll(0.02, {}))
    assert.is_true(loop.now() - before >= 0.02)
  end)
end)
