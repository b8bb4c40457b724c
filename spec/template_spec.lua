local template = require "lash.template"
local types = require "lash.types"

local function parse(source) return assert(template.parse(source)) end

--- The words of a template with these values, checked as its users do.
local function argv(source, values)
  local parsed = parse(source)
  local checked, message = types.check(parsed.params, values or {}, "values")
  assert(not message, message)
  return template.argv(parsed, checked)
end

local function refused(source, values)
  local ok, err = pcall(argv, source, values)
  assert.is_false(ok)
  assert.equal("schema", err.kind)
  return err
end

describe("template words", function()
  local CASES = {
    { "ls", { "ls" } },
    { "  git\tlog\n --oneline ", { "git", "log", "--oneline" } },
    { "a 'b c' \"d e\"", { "a", "b c", "d e" } },
    { "a b'c d'e\" f\"", { "a", "bc de f" } },
    { "a '' \"\"", { "a", "", "" } },
    { [[a "\"\\\n" '\']], { "a", [["\\n]], [[\]] } },
    { [[a '"' "'"]], { "a", '"', "'" } },
    { "a '|<>&;$`()*?[~#\\' \"|<>&;$`()*?[~#\"", { "a", "|<>&;$`()*?[~#\\", "|<>&;$`()*?[~#" } },
    { "a b~c d#e x=y ! @%^+:,./]", { "a", "b~c", "d#e", "x=y", "!", "@%^+:,./]" } },
    { "awk '{{print 1}}' x}}{{y", { "awk", "{print 1}", "x}{y" } },
    { "a 'é' ü", { "a", "é", "ü" } },
    { "'my program' x", { "my program", "x" } },
  }
  for _, case in ipairs(CASES) do
    it("of " .. case[1], function() assert.same(case[2], argv(case[1])) end)
  end
end)

describe("template values", function()
  local CASES = {
    { "a {x}", { x = "b" }, { "a", "b" } },
    { "a {x}", { x = "b c; $(d) `e` | f 'g' \"h\" * \n" }, { "a", "b c; $(d) `e` | f 'g' \"h\" * \n" } },
    { "a {x}", { x = "" }, { "a", "" } },
    { "a {x}", { x = "{y}" }, { "a", "{y}" } },
    { "a {x}", { x = "a\xFFb" }, { "a", "a\xFFb" } }, -- a file's name may be any bytes
    { "a {x: integer} {y: number} {z: boolean}", { x = 9007199254740993, y = 0.5, z = false },
      { "a", "9007199254740993", "0.5", "false" } },
    { "a {x: 'up'|'down'}", { x = "up" }, { "a", "up" } },
    { "a {x: integer|'all'}", { x = "all" }, { "a", "all" } },
    { "a {x: any}", { x = 1 }, { "a", "1" } },
    { "a {x: integer = 10} {y: string = 'b c'}", {}, { "a", "10", "b c" } },
    { "a {x?} {y?: integer} {z: string?} b", {}, { "a", "b" } },
    { "a --x={x?} -y{y?} {x?}", { y = "1" }, { "a", "-y1" }, "'x' has its type already" },
    { "a --x={x?} -y{y?} {x} end", { y = "1" }, { "a", "-y1", "end" } },
    { "a --x={x}/{y}.txt", { x = "b c", y = "d" }, { "a", "--x=b c/d.txt" } },
    { "a \"{x} and '{y}'\" '{x}'", { x = "1 2", y = "3" }, { "a", "1 2 and '3'", "1 2" } },
    { "a {{x}} {x}", { x = "1" }, { "a", "{x}", "1" } },
    { "a {x: string[]} b", { x = { "c d", "e" } }, { "a", "c d", "e", "b" } },
    { "a {x: string[]} b", { x = {} }, { "a", "b" } },
    { "a {x?: string[]} b", {}, { "a", "b" } },
    { "a --x={x: integer[]}{y}", { x = { 1, 2 }, y = "!" }, { "a", "--x=1!", "--x=2!" } },
    { "a --x={x: integer[]}{y?}", { x = { 1, 2 } }, { "a" } },
    { "a {x: boolean[]}", { x = { true, false } }, { "a", "true", "false" } },
    { "a {x: {string|integer}[]}", {}, nil, "expected" },
    { "a {x: ('b'|'}')[]}", { x = { "}" } }, { "a", "}" } },
    { "a {\n x: integer -- how many\n}", { x = 1 }, { "a", "1" } },
  }
  for _, case in ipairs(CASES) do
    it("in " .. case[1], function()
      if case[4] then
        local _, err = template.parse(case[1])
        assert.truthy(tostring(err):find(case[4], 1, true), tostring(err))
      else
        assert.same(case[3], argv(case[1], case[2]))
      end
    end)
  end

  it("are parameters, in their order, described", function()
    local params = parse("a {b: integer -- how many\n} {a?} {c: 'x'|'y' = 'x'} {b}").params
    assert.equal("{b: integer, a?: string, c: \"x\"|\"y\" = \"x\"}", types.text(params))
    assert.equal("how many", params.fields[1].about)
  end)

  it("that would be options are refused", function()
    for _, case in ipairs {
      { "ls {x}", { x = "-la" } }, { "ls {x}", { x = "-" } }, { "ls {x}", { x = "--" } },
      { "ls {x: integer}", { x = -1 } },
      { "ls {x: string[]}", { x = { "a", "-b" } } },
      { "ls {x}{y}", { x = "", y = "-b" } },
      { "ls \"{x}\"", { x = "-b" } },
      { "ls ''{x}", { x = "-b" } },
      { "ls {x}.txt", { x = "-b" } },
      { "ls {x} -- {y}", { x = "-b", y = "c" } },
      { "ls --x {x}", { x = "-b" } },
      { "ls {x} {y}", { x = "a", y = "-" } },
    } do
      local err = refused(case[1], case[2])
      assert.truthy(err.message:find("a value would be an option of the command: \"-", 1, true), err.message)
      assert.truthy(err.hint:find("'--' before it", 1, true))
    end
  end)

  it("may begin with a dash where they cannot be options", function()
    assert.same({ "ls", "--", "-la", "-b" }, argv("ls -- {x} {y: string[]}", { x = "-la", y = { "-b" } }))
    assert.same({ "ls", "'--'", "x" }, argv("ls \"'--'\" {x}", { x = "x" }))
    assert.same({ "ls", "--", "-la" }, argv("ls '--' {x}", { x = "-la" }))
    assert.same({ "ls", "--x=-1", "-n-1", "a-b" }, argv("ls --x={x} -n{x} {y}", { x = "-1", y = "a-b" }))
    assert.same({ "ls", "-l" }, argv("ls -{x}", { x = "l" }))
  end)

  it("do not end options by themselves", function()
    refused("ls {x} {y}", { x = "--", y = "-b" })
    assert.equal(2, #argv("ls --{x?}", { x = "" }))
    refused("ls --{x?} {y}", { x = "", y = "-b" }) -- the word is '--' by its value alone
  end)

  it("with a zero byte are refused: the word would end there", function()
    assert.equal("the value of {x} contains a zero byte", refused("a --x={x}", { x = "b\0c" }).message)
    assert.equal("the value of {x} contains a zero byte", refused("a {x: string[]}", { x = { "b", "\0" } }).message)
  end)

  it("that are no words are refused", function()
    assert.equal("an object is not a word", refused("a {x: any}", { x = { b = 1 } }).message)
    assert.equal("a list is not a word", refused("a {x: any[]}", { x = { { 1 } } }).message)
  end)
end)

describe("a template is refused", function()
  local CASES = {
    { "", "line 1, column 1: there is no command" },
    { " \n ", "line 1, column 1: there is no command" },
    { "'' x", "line 1, column 1: there is no command" },
    { "ls | wc", "line 1, column 4: there is no shell: '|' means nothing here" },
    { "ls\n  >x", "line 2, column 3: there is no shell: '>' means nothing here" },
    { "ls <x", "line 1, column 4: there is no shell: '<' means nothing here" },
    { "sleep 1 &", "line 1, column 9: there is no shell: '&' means nothing here" },
    { "a; b", "line 1, column 2: there is no shell: ';' means nothing here" },
    { "é $HOME", "line 1, column 3: there is no shell: '$' means nothing here" },
    { "a `b`", "line 1, column 3: there is no shell: '`' means nothing here" },
    { "ls *.c", "line 1, column 4: there is no shell: '*' means nothing here" },
    { "ls a*", "line 1, column 5: there is no shell: '*' means nothing here" },
    { "ls a?", "line 1, column 5: there is no shell: '?' means nothing here" },
    { "ls [ab]", "line 1, column 4: there is no shell: '[' means nothing here" },
    { "(ls)", "line 1, column 1: there is no shell: '(' means nothing here" },
    { "ls )", "line 1, column 4: there is no shell: ')' means nothing here" },
    { "ls a\\ b", "line 1, column 5: there is no shell: '\\' means nothing here" },
    { "ls ~/x", "line 1, column 4: there is no shell: '~' means nothing here" },
    { "ls # all", "line 1, column 4: there is no shell: '#' means nothing here" },
    { "LANG=C ls", "line 1, column 1: the first word is the command" },
    { "a 'b", "line 1, column 3: the quote is never closed" },
    { "a \"b'", "line 1, column 3: the quote is never closed" },
    { "a }", "line 1, column 3: '}' without '{'" },
    { "a {", "line 1, column 4: '{' begins the place of a value, as in {name}" },
    { "a {}", "line 1, column 4: '{' begins the place of a value, as in {name}" },
    { "a {1}", "line 1, column 4: '{' begins the place of a value, as in {name}" },
    { "awk '{print $1}'", "line 1, column 13: expected '}' after the value 'print'" },
    { "a {b,c}", "line 1, column 5: expected '}' after the value 'b'" },
    { "a {b", "line 1, column 5: expected '}' after the value 'b'" },
    { "a {b = 1}", "line 1, column 6: expected '}' after the value 'b'" },
    { "a {b: strin}", "line 1, column 7: unknown type 'strin'" },
    { "a {b: integer = 'x'}", "line 1, column 17: the default of 'b': expected integer, got \"x\"" },
    { "a {b: {c: string}}", "line 1, column 4: {c: string} is not a word, nor a list of words" },
    { "a {b: string[][]}", "line 1, column 4: string[][] is not a word, nor a list of words" },
    { "a {b: (string?)[]}", "line 1, column 4: (string|nil)[] is not a word, nor a list of words" },
    { "a {b: string|{}}", "line 1, column 4: string|{} is not a word, nor a list of words" },
    { "a {b} {b: integer}", "line 1, column 8: 'b' has its type already" },
    { "a {b: string[]}{c: string[]}", "line 1, column 3: two lists in one word" },
    { "{a} b", "line 1, column 1: the command itself cannot be a value" },
    { "'x{a}' b", "line 1, column 1: the command itself cannot be a value" },
    { "a\0b", "line 1, column 2: a zero byte" },
    { "a \xFF", "line 1, column 3: invalid UTF-8" },
  }
  for _, case in ipairs(CASES) do
    it(("%q"):format(case[1]), function()
      local parsed, err = template.parse(case[1])
      assert.is_nil(parsed)
      assert.same({ "usage", case[2] }, { err.kind, err.message })
    end)
  end

  it("with a hint and with whose it is", function()
    local _, err = template.parse("ls | wc", "lash.sh")
    assert.equal("lash.sh: line 1, column 4: there is no shell: '|' means nothing here", err.message)
    assert.same({ 1, 4 }, { err.line, err.column })
    assert.equal("give the output of one command to the next: stdin = lash.sh(…); "
      .. "in quotes it is an ordinary character", err.hint)
    assert.equal("env = { LANG = … } sets a variable", select(2, template.parse "LANG=C ls").hint)
    assert.equal("a brace that holds no value is '{{'", select(2, template.parse "awk '{print $1}'").hint)
  end)
end)
