--- crash_matrix, with a stand-in for a workflow: a journal of steps that kills itself
--- where LASH_CRASH_AFTER says.
local project = require "spec.support.project"

local FLOW = [[
  local lash = require "lash"
  local limit, written = tonumber(os.getenv "LASH_CRASH_AFTER"), 0

  local function step(name, f)
    local value
    do
      local journal <close> = lash.state "journal"
      value = journal[name]
    end
    if value then return value end
    value = f()
    do
      local journal <close> = lash.state "journal"
      journal[name] = value
    end
    written = written + 1
    if written == limit then os.execute "kill -KILL $PPID" end
    return value
  end

  local first = step("first", function() return lash.ask "first" end)
  local second = step("second", function() return lash.ask("second, after " .. first) end)
  print(step("third", function() return arg[1] .. second end))]]

describe("crash_matrix", function()
  it("kills a script behind every record, and resumes it", function()
    project.holds([[
      local fake <close> = test.fake { { match = "first", text = "1" }, { match = "after 1", text = "2" } }
      local seen = {}
      local crashes = test.crash_matrix("flow.lua", { "all: " }, function(record, n)
        seen[n] = ("%d %s%s"):format(record.code, record.out, record.err)
      end)
      assert.equal(3, crashes)
      assert.same({ "0 all: 2\n", "0 all: 2\n", "0 all: 2\n", "0 all: 2\n" }, seen)
      assert.equal(8, #fake.requests) -- each of the four runs has asked twice: nothing was bought again]],
      { ["flow.lua"] = FLOW })
  end)

  it("finds that a workflow comes to the same end", function()
    project.holds([[
      local fake <close> = test.fake(function(request) return { text = "<" .. request.messages[1].content .. ">" } end)
      local crashes = test.crash_matrix("triage.lua", { "x" }, function(record)
        assert.same({ 0, "<a><b><c>x\n", "" }, { record.code, record.out, record.err })
      end)
      assert.is_true(crashes > 15, crashes)]], { ["triage.lua"] = [[
      local lash = require "lash"
      return lash.workflow { name = "triage", params = "what: string", run = function(w, args)
        local parts = w:map("part", { "a", "b", "c" }, function(part) return lash.ask(part) end)
        return w:step("join", function() return table.concat(parts) .. args.what end)
      end }]] })
  end)

  it("gives a request that was killed its reply again", function()
    project.holds([[
      test.fake { { match = "1", text = "one" }, { match = "2", text = "two" } }
      test.crash_matrix("map.lua", {}, function(record) assert.equal("onetwo\n", record.out) end)]],
      { ["map.lua"] = [[
      local lash = require "lash"
      return lash.workflow { name = "map", run = function(w)
        return table.concat(w:map("m", { 1, 2 }, function(i) return lash.ask("Label " .. i) end))
      end }]] })
  end)

  it("takes options, and hands on what a check finds", function()
    project.holds([[
      test.fake(function() return "x" end)
      local env = { MORE = "more" }
      local _, err = pcall(test.crash_matrix, "flow.lua", { "a" }, { env = env }, function(record, n)
        if n == 2 then error("at 2: " .. record.out, 0) end
      end)
      assert.equal("at 2: ax\n", err)
      assert.same({ MORE = "more" }, env)]], { ["flow.lua"] = FLOW })
  end)

  it("plays a tape anew each time", function()
    local sh <close> = project.new {
      ["flow.lua"] = FLOW,
      ["spec/x_spec.lua"] = project.spec [[
        local tape <close> = test.tape "flow.tape"
        assert.equal(3, test.crash_matrix("flow.lua", { "" }, function(record) assert.equal(0, record.code) end))]],
    }
    sh.variables = { DASHSCOPE_API_BASE = sh:fake 'return { "1", "2" }', DASHSCOPE_API_KEY = "sk-fake-1" }
    sh.variables.LASH_RECORD = "flow.tape"
    assert.equal("2\n", sh:lash("flow.lua", "").out)
    sh:stop_fake()
    sh.variables.LASH_RECORD = nil
    local res = sh:lash "test"
    assert.equal(0, res.exit, res.out .. res.err)
  end)

  it("counts none where nothing is written", function()
    project.holds([[
      local n
      assert.equal(0, test.crash_matrix("x.lua", {}, function(record, k) n = k assert.equal("hi\n", record.out) end))
      assert.equal(1, n)]], { ["x.lua"] = "print 'hi'" })
  end)
end)
