--- Globs: what they match, and in what time.
local glob = require "lash.glob"

local CASES = {
  { "*.lua", "a.lua", true }, { "*.lua", "d/a.lua", false }, { "*", ".hidden", true },
  { "**/*.lua", "a.lua", true }, { "**/*.lua", "d/e/a.lua", true }, { "src/**", "src/a/b", true },
  { "src/**", "src", true }, { "src/**", "srcs/a", false }, { "**/a/**/b", "x/a/y/z/b", true },
  { "**/a/**/b", "x/a/b", true }, { "**/a/**/b", "x/b", false }, { "a**b", "axxb", true }, { "a**b", "a/b", false },
  { "a?c", "aéc", true }, { "a?c", "ac", false }, { "a?c", "a\xFFc", true }, { "é*", "éa", true },
  { "[a-c]x", "bx", true }, { "[a-c]x", "dx", false }, { "[!a-c]x", "bx", false }, { "[^a-c]x", "dx", true },
  { "[]]", "]", true }, { "[!]]", "]", false }, { "[a-]", "-", true }, { "[", "[", true }, { "a[", "a[", true },
  { "[à-ü]", "é", true }, { "*.{ts,tsx}", "x.tsx", true }, { "{a,b{c,d}}", "bd", true }, { "{a,}b", "b", true },
  { "[{]a,b[}]", "{a,b}", true }, { "[{]a,b}", "{a,b}", true }, { "[{]a,b[}]", "a", false }, { "{[,],b}", ",", true },
  { "{[{],[}]}", "}", true }, { "[{a}]", "a", true }, { "{a[,b]}", "a,", true }, { "[{a,b}", "[b", true },
  { "/x/*", "/x/y", true }, { "%a.c", "%a.c", true }, { "a.c", "abc", false }, { "", "", true }, { "", "a", false },
}

describe("a glob", function()
  it("matches whole paths, names within a folder", function()
    for _, case in ipairs(CASES) do
      assert.equal(case[3], glob.new(case[1])(case[2]), ("%s for %s"):format(case[1], case[2]))
    end
  end)

  it("takes no time for many stars", function()
    local began = os.clock()
    local match = glob.new(("*a"):rep(40) .. "*b")
    assert.is_false(match(("a"):rep(255)))
    assert.is_false(glob.new(("**/a/"):rep(20) .. "b")(("a/"):rep(300) .. "c"))
    assert.is_true(os.clock() - began < 2)
  end)

  it("has a bounded number of alternatives", function()
    local match, message = glob.new(("{a,b}"):rep(7))
    assert.is_nil(match)
    assert.matches("too many alternatives", message)
  end)
end)
