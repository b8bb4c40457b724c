local shell = require "spec.support.shell"

describe("lash.log", function()
  local sh
  setup(function() sh = shell.new() end)
  teardown(function() sh:close() end)

  local ALL = "for _, level in ipairs { 'error', 'warn', 'info', 'debug' } do lash.log[level]('text') end"
  local shown = {
    { {}, "lash: error: text\nlash: warning: text\n" },
    { { "-q" }, "lash: error: text\n" },
    { { "-v" }, "lash: error: text\nlash: warning: text\nlash: info: text\n" },
    { { "-vv" }, "lash: error: text\nlash: warning: text\nlash: info: text\nlash: debug: text\n" },
    { { "-v", "-v" }, "lash: error: text\nlash: warning: text\nlash: info: text\nlash: debug: text\n" },
  }
  for _, case in ipairs(shown) do
    it(("writes to stderr what `lash %s` wants to see"):format(table.concat(case[1], " ")), function()
      local words = table.move(case[1], 1, #case[1], 1, {})
      table.insert(words, "-e")
      table.insert(words, ALL)
      local ended = sh:lash(table.unpack(words))
      assert.same({ 0, "", case[2] }, { ended.exit, ended.out, ended.err })
    end)
  end

  local texts = {
    { "'100% %d %s'", "100% %d %s" }, -- one argument is never a format
    { "'%d of %s', 1, 'two'", "1 of two" },
    { "7", "7" },
    { "nil", "nil" },
    { "'a\\27[31mb\\rc'", "a^[[31mb^Mc" },
    { "'two\\nlines'", "two lines" },
    { "'a\\u{202E}b'", "a<U+202E>b" },
  }
  for _, case in ipairs(texts) do
    it("writes " .. case[1], function()
      assert.equal("lash: error: " .. case[2] .. "\n", sh:lash("-e", ("lash.log.error(%s)"):format(case[1])).err)
    end)
  end

  it("shows no secret", function()
    local ended = sh:lash("-e", "lash.secret 'hunter22' lash.log.error('it is hunter22, %s', 'hunter22')")
    assert.equal("lash: error: it is [secret], [secret]\n", ended.err)
  end)

  it("does not mind that nobody can read it", function()
    local ended = sh:sh "lash -e 'lash.log.error \"x\" print \"went on\"' 2>/dev/full"
    assert.same({ 0, "went on\n" }, { ended.exit, ended.out })
  end)
end)
