--- nightly-report, a job: by hand, and as the timer calls it.
local automation = require "spec.support.automation"

local answer = automation.answer

local REPORT = { { repository = "api", text = "Ann keeps\nlines." } }

--- A folder with three repositories, one of them without a commit.
local function test(replies, f)
  return automation.test("nightly-report", replies, function(at)
    at:sh [[mkdir -p 'git [1]/api' 'git [1]/web' 'git [1]/empty' 'git [1]/none'
      for name in api web empty; do git init -q "git [1]/$name"; done
      git -C 'git [1]/api' commit -q --allow-empty -m 'keep lines' -m 'They were lost.'
      GIT_COMMITTER_DATE=2020-01-01T00:00:00Z git -C 'git [1]/web' commit -q --allow-empty -m 'long ago']]
    f(at, { REPORT_ROOT = at.path .. "/git [1]" })
  end)
end

describe("nightly-report", function()
  --- `lash job run` of it.
  local function tick(at, env)
    env.XDG_STATE_HOME = at.path .. "/.local/state"
    return at.project:lash({ "job", "run", automation.FOLDER .. "/nightly-report.lua" }, env)
  end

  it("reports by hand", test({ answer(REPORT) }, function(at, env)
    local run = at:run({}, env)
    assert.same({ 0, "api: Ann keeps lines.\n", "" }, { run.code, run.out, run.err })
    assert.matches("^%-%-%- api\n%x+ Ann: keep lines\nThey were lost%.\n", at:prompt(1))
    assert.not_matches("long ago", at:prompt(1))
  end))

  it("reports once when it is due", test({ answer(REPORT) }, function(at, env)
    local run = tick(at, env)
    assert.equal("api: Ann keeps lines.\n", run.out, run.err)
    assert.same({ 0, "" }, { tick(at, env).code, tick(at, env).out })
    assert.equal(1, #at.server.requests)
  end))

  it("is silent when nothing was done", test({}, function(at, env)
    at:sh "rm -r 'git [1]/api'"
    for _, run in ipairs { tick(at, env), at:run({}, env) } do
      assert.same({ 0, "", "" }, { run.code, run.out, run.err })
    end
    assert.equal(0, #at.server.requests)
  end))

  it("says when it is due", test({}, function(at)
    local run = at.project:lash { "job", "next", automation.FOLDER .. "/nightly-report.lua" }
    assert.equal(0, run.code)
    assert.matches("^%d+%-%d%d%-%d%dT06:30", run.out)
  end))
end)
