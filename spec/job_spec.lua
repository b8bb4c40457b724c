--- lash.job: what a declaration may say, and that reading it does nothing.
local jobs = require "spec.support.jobs"
local test = jobs.test

--- What `lash job next` says of a job with this table.
local function next_of(p, declaration)
  p:write("script.lua", ("local lash = require 'lash'\nreturn lash.job { %s }"):format(declaration))
  return p:lash { "job", "next", "script.lua" }
end

describe("lash.job", function()
  it("leaves the process as it was, also when it cannot be read to its end", test("", "", function(p)
    p:write("script.lua", "return require('lash').job { name = 'j', schedule = '@daily', run = print }")
    local res = p:lash { "-e", [[
      local output, exit = require "lash.output", os.exit
      local flush = output.flush
      function output.flush()
        output.flush = flush
        error("not enough memory", 0)
      end
      print(pcall(require "lash.job.load", "script.lua"))
      print(os.exit == exit)]] }
    assert.equal("false\tnot enough memory\ntrue\n", res.out)
  end))

  it("refuses what is wrong, and says what would be right", test("", "", function(p)
    local base = "name = 'j', schedule = '@daily', run = print, "
    for declaration, message in pairs {
      ["schedule = '@daily', run = print"] = "'name' must be 1 to 64 letters, digits, '_' and '-', got nothing",
      ["name = 'a b', schedule = '@daily', run = print"] = "'name' must be",
      ["name = 'a\\nb', schedule = '@daily', run = print"] = "'name' must be",
      ["name = 'j', run = print"] = "'schedule' must be a text, got nothing",
      ["name = 'j', schedule = '61 * * * *', run = print"] = "schedule '61 * * * *': ",
      ["name = 'j', schedule = '@daily'"] = "'run' must be a function or a workflow, got nothing",
      ["name = 'j', schedule = '@daily', run = {}"] = "'run' must be a function or a workflow",
      [base .. "tz = 'Europe/Berln'"] = "did you mean Europe/Berlin?",
      [base .. "tz = '../../etc/passwd'"] = "lash.job 'j': ",
      [base .. "jitter = 'soon'"] = "jitter: 'soon' is not a duration",
      [base .. "missed = 'twice'"] = "'missed' must be one of 'once', 'none', got",
      [base .. "overlap = 'wiat'"] = "did you mean 'wait'?",
      [base .. "timeout = 0"] = "'timeout' is 0",
      [base .. "retry = -1"] = "'retry' must be an integer from 0",
      [base .. "budget = { usd = -1 }"] = "budget",
      [base .. "when = 1"] = "'when' must be a function",
      [base .. "ping = 'hc-ping.com/x'"] = "'ping' must be a URL",
      [base .. "shedule = 1"] = "did you mean 'schedule'?",
    } do
      local res = next_of(p, declaration)
      assert.equal(64, res.code, declaration .. res.err)
      assert.matches(message, res.err, 1, true)
    end
  end))

  it("takes all that is written down for it", test("", "", function(p)
    local res = next_of(p, [[name = "digest", schedule = "Mon..Fri 07:30", tz = "Europe/Berlin", jitter = "5m",
      missed = "once", overlap = "skip", timeout = "10m", retry = 2, budget = { usd = 0.20, month = 4.00 },
      ping = lash.env.HC_URL, fail = { after = 2, run = "echo {message}" },
      when = function(last) return last end, run = function() end]])
    assert.same({ 0, "" }, { res.code, res.err })
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT07:30%+0[12]:00\n$", res.out)
  end))

  it("says the times that come, in its zone", test("", "", function(p)
    p:write("script.lua", [[local lash = require "lash"
      return lash.job { name = "j", schedule = "2149-03-30,31 12:00", tz = "Asia/Tokyo", run = print }]])
    local res = p:lash { "job", "next", "-n", "5", "script.lua" }
    assert.same({ 0, "2149-03-30T12:00+09:00\n2149-03-31T12:00+09:00\n" }, { res.code, res.out })
    assert.equal(64, p:lash({ "job", "next", "-n", "x", "script.lua" }).code)
    p:due(1, "", "")
    assert.matches("has no time to come", p:lash({ "job", "next", "script.lua" }).err)
  end))

  it("is read without doing the work", test("", "", function(p)
    for text, message in pairs {
      ["print 'printed' io.write 'written'"] = "",
      ["lash.sleep(0.01)"] = "waits before it returns its job",
      ["lash.sh 'touch touched'"] = "waits before it returns its job",
      ["print(lash.ask 'x')"] = "waits before it returns its job",
      ["pcall(lash.sleep, 0)"] = "",
      ["os.exit(0)"] = "ended before it returned a job",
      ["error 'broken'"] = "script.lua:1: broken",
      ["lash.job = 1"] = "cannot be set",
    } do
      p:write("script.lua", ("local lash = require 'lash' %s\n%s"):format(text,
        "return lash.job { name = 'j', schedule = '@daily', run = print }"))
      local res = p:lash { "job", "next", "script.lua" }
      assert.equal(message == "" and 0 or text:find "broken" and 70 or 64, res.code, text .. res.err)
      assert.matches(message, res.err, 1, true)
      assert.is_nil(res.out:find "ed", text)
    end
    assert.same({}, p:asked())
    assert.is_nil(require("lash.core.sys").stat(p.path .. "/touched"))
  end))

  it("must be what the script returns", test("", "", function(p)
    p:write("script.lua", "require('lash').job { name = 'j', schedule = '@daily', run = print }")
    local res = p:lash { "job", "run", "script.lua" }
    assert.equal(64, res.code)
    assert.matches("returns no job\nhint: it makes one: put `return` before lash.job\n$", res.err)
    p:write("args.lua", "local a = require('lash').args 'question: string' print(a.question)")
    for _, word in ipairs { "next", "verify", "run" } do
      res = p:lash { "job", word, "args.lua" }
      assert.equal(64, res.code)
      local told = "args.lua returns no job: the argument QUESTION is missing (string)\n"
      assert.matches(told, res.out .. res.err, 1, true)
      assert.not_matches("usage: lash", res.out .. res.err)
    end
    assert.matches("lash.job: j was made, but is not what the script returns", p:lash({ "script.lua" }).err)
    assert.matches("script.lua +failed .*usage: script.lua returns no job", p:lash({ "runs" }).out)
    assert.equal(66, p:lash({ "job", "run", "absent.lua" }).code)
    assert.equal(64, p:lash({ "job", "run" }).code)
    assert.matches("did you mean 'run'", p:lash({ "job", "rnu" }).err)
  end))
end)
