local dotenv = require "lash.dotenv"

describe("lash.dotenv", function()
  it("reads what people write", function()
    local cases = {
      { "", {} },
      { "# only a comment", {} },
      { "A=1", { A = "1" } },
      { "A=1\nB=2\n", { A = "1", B = "2" } },
      { "A=1\r\nB=2\r\n", { A = "1", B = "2" } },
      { "\xEF\xBB\xBFA=1", { A = "1" } },
      { "\n\n  A = 1  \n\n", { A = "1" } },
      { "export A=1\nexport\tB=2", { A = "1", B = "2" } },
      { "export=1", { export = "1" } },
      { "A=", { A = "" } },
      { "A=\nB=2", { A = "", B = "2" } },
      { "A=b=c==", { A = "b=c==" } },
      { "A=x # note", { A = "x" } },
      { "A=x#y", { A = "x#y" } },
      { "A=#x", { A = "#x" } },
      { "A= # note", { A = "" } },
      { "A='x # y' # note", { A = "x # y" } },
      { "A=\"x # y\"\t# note\r\nB=2", { A = "x # y", B = "2" } },
      { "A=two words", { A = "two words" } },
      { [[A="a\nb\t\"c\"\\ \$d \q"]], { A = 'a\nb\t"c"\\ $d \\q' } },
      { [[A='a\nb"c']], { A = [[a\nb"c]] } },
      { 'A="one\ntwo"\nB=3', { A = "one\ntwo", B = "3" } },
      { "A=$HOME", { A = "$HOME" } },
      { [[A=it's]], { A = "it's" } },
      { "A=1\nA=2", { A = "2" } },
      { "A=''", { A = "" } },
      { "A=\xE4\xBD\xA0\xE5\xA5\xBD", { A = "\xE4\xBD\xA0\xE5\xA5\xBD" } },
    }
    for _, case in ipairs(cases) do
      local values, err = dotenv.parse(case[1], ".env.local")
      assert.is_nil(err, case[1])
      assert.same(case[2], values, case[1])
    end
  end)

  it("names the line of a mistake, and no value", function()
    local cases = {
      { "A=1\nnonsense sk-secret", 2, "expected NAME=value" },
      { "1A=sk-secret", 1, "expected NAME=value" },
      { "export A", 1, "expected NAME=value" },
      { "=sk-secret", 1, "expected NAME=value" },
      { '\n\nA="sk-secret\nB=2\n', 3, "the quote is never closed" },
      { 'A="sk-secret\\', 1, "the quote is never closed" },
      { "A='1'\nB='sk-secret'x", 2, "text after the closing quote" },
      { "A='x'#y", 1, "text after the closing quote" },
    }
    for _, case in ipairs(cases) do
      local values, err = dotenv.parse(case[1], "dir/.env.local")
      assert.is_nil(values)
      assert.equal("config", err.kind)
      assert.equal(("dir/.env.local:%d: %s"):format(case[2], case[3]), err.message)
    end
  end)
end)
