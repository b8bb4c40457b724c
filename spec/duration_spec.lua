local duration = require "lash.duration"

describe("lash.duration", function()
  local good = {
    { 0, 0 }, { 1, 1 }, { 0.25, 0.25 }, { "0", 0 }, { "90", 90 }, { "1.5", 1.5 }, { "1e2", 100 }, { "250ms", 0.25 },
    { "2s", 2 }, { "1m", 60 }, { "1h30m", 5400 }, { "1d", 86400 }, { "1h30m10s", 5410 }, { "1.5h", 5400 },
    { "1s250ms", 1.25 }, { "0ms", 0 },
  }
  for _, case in ipairs(good) do
    it(("takes %q as %g seconds"):format(case[1], case[2]), function()
      assert.near(case[2], duration.seconds(case[1], "x"), 1e-9)
    end)
  end

  local bad = {
    -1, -0.5, math.huge, -math.huge, 0 / 0, "", " ", "-1", "-1s", "1x", "s", "1h30", "1h 30m", "1 h", "h1",
    "inf", "nan",
    "1..5s", ".5s", "1e400", true, {}, "1S", "1h-30m", "0x1p4s", "1m,",
  }
  for _, value in ipairs(bad) do
    it(("refuses the %s %q"):format(type(value), type(value) == "table" and "" or tostring(value)), function()
      local ok, err = pcall(duration.seconds, value, "lash.sleep")
      assert.is_false(ok)
      assert.equal("usage", err.kind)
      assert.equal(("lash.sleep: '%s' is not a duration"):format(tostring(value)), err.message)
      assert.matches("1h30m", err.hint)
    end)
  end

  it("refuses nil", function()
    local ok, err = pcall(duration.seconds, nil, "x")
    assert.same({ false, "usage" }, { ok, err.kind })
  end)
end)
