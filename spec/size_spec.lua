--- A file is a page that somebody can read.
local LIMITS = {
  { "src cmake spec", "*.[ch]", 500 },
  { "lua/lash", "*.lua", 300 },
  { "spec scripts", "*.lua", 500 },
}

describe("no file is longer than", function()
  for _, limit in ipairs(LIMITS) do
    it(("%d lines in %s"):format(limit[3], limit[1]), function()
      local pipe = assert(io.popen(("find %s -type f -name '%s'"):format(limit[1], limit[2])))
      local long, seen = {}, 0
      for path in pipe:lines() do
        seen = seen + 1
        local lines = 0
        for _ in io.lines(path) do lines = lines + 1 end
        if lines > limit[3] then long[#long + 1] = ("%s: %d"):format(path, lines) end
      end
      pipe:close()
      assert.same({}, long)
      assert.is_true(seen > 0)
    end)
  end
end)
