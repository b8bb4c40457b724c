local errors = require "lash.errors"
local spelling = require "lash.spelling"

describe("lash.errors", function()
  it("gives each kind its exit status", function()
    local err = errors.new("rate_limit", "slow down", { status = 429 })
    assert.same({ 75, true, 429 }, { err.exit, err.temporary, err.status })
    assert.equal("rate_limit: slow down", tostring(err))
  end)

  it("names the nearest valid word", function()
    assert.equal("instructions", spelling.nearest("instuctions", { "instructions", "tools" }))
    assert.is_nil(spelling.nearest("zebra", { "instructions", "tools" }))
  end)

  it("refuses an unknown key", function()
    local ok, err = pcall(spelling.check_keys, "lash.agent", { modle = 1 }, { model = true })
    assert.is_false(ok)
    assert.equal("usage", err.kind)
    assert.matches("'model'", err.hint)
  end)
end)
