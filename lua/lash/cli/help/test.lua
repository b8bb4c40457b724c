return [=[
lash test [ARG…]

Runs specs with busted, inside lash: those in spec/, or in the current folder
where there is no spec/; files whose name has `_spec`. The arguments are
busted's: files, folders,

      --filter PATTERN     tests whose name matches; --filter-out, -t/--tags
  -o, --output NAME        TAP, json, junit, plainTerminal, …
  -C, --directory DIR      the project
      --shuffle, --repeat N, --no-keep-going, --helper FILE, …

  local test = require "lash.test"

  it("greets", function()
    local fake <close> = test.fake { { match = "Hello", text = "Hi!" } }
    assert.equal("Hi!\n", test.run("greet.lua", { "Hello" }).out)
  end)

test.fake(replies), test.run(script, args, options), test.tape(file),
test.crash_matrix(script, args, check). There is no network but a fake or a
tape, the time and random numbers are the same in every run.
`LASH_RECORD=FILE lash …` makes tapes.

Exit status: 0 when all passed, 1 when not; 66 without a test, 78 without
busted.]=]
