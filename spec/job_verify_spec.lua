--- lash job verify: what a person is told of a job that cron would start.
local check = require "spec.support.check"
local json = require "lash.core.json"
local server = require "spec.support.server"
local support = require "spec.support.job"

local KEY = check.KEY

describe("lash job verify", function()
  local home, s
  before_each(function()
    home = support.new()
    s = server.start { { ["repeat"] = true, steps = { { send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" } } } }
  end)
  after_each(function()
    s:close()
    home:close()
  end)

  --- The key and the address where a job under cron finds them.
  local function env_file(mode)
    home.shell.folder:write(".env.local", ("DASHSCOPE_API_KEY=%s\nDASHSCOPE_API_BASE=%s/v1\n"):format(KEY, s.url), mode)
  end

  --- A job whose work this is.
  local function work(body, more)
    return home:job("d", ('schedule = "5 7 * * *", %s run = function(job) %s end'):format(more or "", body))
  end

  local function verify(...)
    local res = home:lash("job", "verify", "d.lua", ...)
    assert(not (res.out .. res.err):find(KEY, 1, true), res.out)
    local found, states = check.read(res.out)
    return res, found, states
  end

  --- The state of a finding, and what it says.
  local function told(found, name) return { found[name] and found[name].state, found[name] and found[name].message } end

  it("comes to the first request, and does not send it", function()
    env_file()
    work [[lash.fs.write("before", "x") lash.ask "hi" lash.fs.write("after", "x")]]
    local res, found, states = verify()
    assert.equal(0, res.exit, res.out .. res.err)
    assert.same({ "ok", ("came to its first request, which was not sent: qwen3-max of dashscope (%s/v1)")
      :format(s.url) }, told(found, "work"))
    assert.same({ true, false }, { home:has "before", home:has "after" })
    assert.equal(0, #s:requests())
    assert.matches("^5 7 %* %* %*, next 20%d%d%-", found.schedule.message)
    assert.equal("ok schedule, warn installed, ok config, ok env, ok provider, ok base, ok key, ok model, ok state",
      table.concat(states, ", ", 1, 9))
  end)

  it("ends there whatever the script does with errors", function()
    env_file()
    for _, body in ipairs {
      [[pcall(lash.ask, "hi")]],
      [[lash.try(lash.ask, "hi")]],
      [[xpcall(lash.ask, print, "hi")]],
      [[lash.map({ 1, 2, 3 }, { settle = true }, function() return lash.ask "hi" end)]],
      [[lash.race { function() return lash.ask "hi" end, function() lash.sleep(5) end }]],
      [[coroutine.wrap(function() pcall(lash.ask, "hi") end)()]],
      [[("x"):gsub(".", function() pcall(lash.ask, "hi") end)]],
      [[local a = lash.agent { returns = "x: integer" } pcall(a.run, a, "hi")]],
      [[local a = lash.agent { retry = 3 } for _ in a:stream "hi" do end]],
      [[local s = lash.agent {}:session "kept" pcall(s, "hi")]],
      [[pcall(lash.http.post, "]] .. s.url .. [[/x", { body = "y" })]],
      [[pcall(lash.http.request, "DELETE", "]] .. s.url .. [[/x")]],
      [[lash.exec { os.getenv "LASH", "ask", "hi", env = { DASHSCOPE_API_KEY = "sk-x" } }]],
    } do
      body = body:gsub('os.getenv "LASH"', ("%q"):format(os.getenv "LASH_PROGRAM"))
      work(body .. [[ lash.fs.write("after", "x")]])
      local res, found = verify()
      assert.same({ 0, "ok" }, { res.exit, (told(found, "work"))[1] }, body .. "\n" .. res.out)
      assert.matches("^came to its first request, ", found.work.message)
      assert.is_false(home:has "after", body)
    end
    assert.equal(0, #s:requests())
  end)

  it("does what comes before it: commands, files, GETs", function()
    env_file()
    work(([[lash.sh { "sh", "-c", "echo x >made" } assert(lash.http.get("%s/g").body == "ok")]]):format(s.url))
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.same({ "ok", "came to its end without a request" }, told(found, "work"))
    assert.is_true(home:has "made")
    assert.equal("GET", s:requests()[1].method)
  end)

  it("leaves lash's state as it was", function()
    env_file()
    local first = [[local n <close> = lash.state "n" n.value = (n.value or 0) + 1 lash.fs.write("seen", n.value)]]
    work(first)
    home:ok("run", "d.lua") -- history, and a state
    assert.equal(0, home:lash("-e", [[lash.agent {}:session "kept"]]).exit)
    local sums = "find .local/state -type f ! -name 'lash.lock' -exec sha256sum {} + | sort"
    local before = home:sh(sums).out
    home:job("d", [[schedule = "5 7 * * *", run = lash.workflow { name = "w", run = function(w)
      w:step("a", function() ]] .. first .. [[ end)
      lash.agent {}:session "kept" "hi" end }]])
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.matches("^came to its first request", found.work.message)
    assert.equal("2", home:read "seen") -- it works with a copy
    assert.equal(before, home:sh(sums).out)
    verify()
    assert.equal("2", home:read "seen")
  end)

  it("gives the job what cron gives", function()
    work [[lash.fs.write("env", lash.sh { "/usr/bin/env" }) lash.fs.write("umask", lash.sh { "sh", "-c", "umask" })
      lash.fs.write("terminal", tostring(io.open "/dev/tty")) lash.fs.write("input", "<" .. lash.stdin() .. ">")]]
    home.shell.variables.MINE = "x"
    local res = verify()
    assert.equal(0, res.exit, res.out)
    local names = {}
    for name in home:read("env"):gmatch "([%w_]+)=[^\n]*" do names[name] = true end
    for _, name in ipairs { "PWD", "OLDPWD", "_", "SHLVL" } do names[name] = nil end -- of the shell
    assert.same({ HOME = true, LASH_VERIFY = true, LOGNAME = true, PATH = true, SHELL = true, XDG_CONFIG_HOME = true,
      XDG_STATE_HOME = true }, names)
    assert.matches("PATH=/usr/bin:/bin\n", home:read "env")
    assert.same({ "0022", "nil", "<>" }, { home:read "umask", home:read "terminal", home:read "input" })
  end)

  it("misses a key that only the person's own environment has", function()
    work [[lash.ask "hi"]]
    home.shell.variables.DASHSCOPE_API_KEY = KEY
    local res, found = verify()
    assert.equal(78, res.exit)
    assert.same({ "fail", "$DASHSCOPE_API_KEY is not set for cron; it is in your own environment only" },
      told(found, "key"))
    assert.equal("write DASHSCOPE_API_KEY=… into .env.local beside the script or config.json", found.key.hint)
    home:write(".env.local", "OTHER=1")
    work [[print(lash.env "HC_URL")]]
    home.shell.variables.HC_URL = "x"
    res, found = verify()
    assert.equal(78, res.exit)
    assert.matches("HC_URL is not set for cron; it is in your own environment only", found.work.message)
  end)

  it("wants no key for work that asks nobody", function()
    work "print(1)"
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.same({ "warn", "$DASHSCOPE_API_KEY is not set; that did not stop the work" }, told(found, "key"))
  end)

  it("fails for a key that others can read", function()
    env_file(420)
    work [[lash.ask "hi"]]
    local res, found = verify()
    assert.equal(78, res.exit)
    assert.equal("fail", found.env.state)
    assert.matches("%.env%.local can be read by others$", found.env.message)
    assert.matches("^chmod 600 ", found.env.hint)
  end)

  it("fails for a config.json with a key that others can read", function()
    home.shell.folder:write(".config/lash/config.json", ([[{ "providers": { "dashscope": { "api_key": "%s",
      "api_base": "%s/v1" } } }]]):format(KEY, s.url), 420)
    work [[lash.ask "hi"]]
    local res, found = verify()
    assert.equal(78, res.exit)
    assert.equal("fail", found.config.state)
    assert.matches("^others can read the key in .*config.json$", found.config.message)
  end)

  it("looks for commands where cron does", function()
    home.shell.folder:write("bin/mytool", "#!/bin/sh\n", 493)
    work [[lash.cmd("mytool {x}", "Mine.") pcall(lash.sh, "nowhere-to-be-found")]]
    local res, found = verify()
    assert.equal(78, res.exit)
    local what = " is not in cron's PATH %(/usr/bin:/bin%)"
    assert.matches("'nowhere%-to%-be%-found'" .. what .. "\n +hint: is it installed%?", res.out)
    assert.matches("'mytool'" .. what .. ", only in yours: ~?[^\n]*/bin/mytool\n +hint: write ", res.out)
    assert.same({ "ok", "came to its end without a request" }, told(found, "work"))
    work [[lash.sh "mytool"]]
    home:ok("install", "d.lua")
    home:write("bin/tab", "PATH=" .. home.path .. "/bin:/usr/bin:/bin\n" .. home:tab())
    res = verify()
    assert.equal(0, res.exit, res.out) -- the crontab has a PATH of its own
  end)

  it("tells whether the job is installed, and as it is now", function()
    work "print(1)"
    local function installed() return told(select(2, verify()), "installed") end
    assert.same({ "warn", "not yet" }, installed())
    home:ok("install", "d.lua")
    assert.same({ "ok", "in the crontab: 5 7 * * *" }, installed())
    home:job("d", 'schedule = "6 7 * * *", run = print')
    assert.same({ "warn", "its script has changed since it was installed; `lash job install` renews it" }, installed())
    home:write("bin/tab", (home:tab():gsub(" job run", " -v job run")))
    assert.same({ "warn", "it was changed by hand; `lash job install` renews it" }, installed())
    home:write("bin/tab", (home:tab():gsub(" %-v", ""):gsub(" /[^ ]*/lash job", " /gone/lash job")))
    local res, found = verify()
    assert.equal(78, res.exit)
    assert.matches("^its lash is gone: /gone/lash; ", res.out:match "installed ([^\n]*)")
    assert.matches("^cron's shell ended with status 127: .*/gone/lash: .*not found", found.start.message)
  end)

  it("gets along without a home folder", function()
    work "print(1)"
    home:ok("install", "d.lua")
    home:write("bin/tab", "HOME=/nonexistent\n" .. home:tab())
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.same({ "warn", "there is no home folder for cron: /nonexistent" }, told(found, "home"))
  end)

  it("waits for nobody who has the job's lock", function()
    work [[lash.fs.write("at-work", "") while not lash.fs.exists "go" do lash.sleep(0.01) end]]
    local res = home:sh([[
      lash d.lua & while [ ! -f at-work ]; do sleep 0.01; done
      lash job verify d.lua >out; echo $?; touch go; wait
    ]])
    assert.equal("75\n", res.out)
    assert.matches("\nfail  lock +the job 'd' is at work now\n", home:read "out")
  end)

  it("keeps no tick from its work", function()
    work [[if lash.fs.exists "at-work" then lash.fs.write("done", "") return end
      lash.fs.write("at-work", "") while not lash.fs.exists "go" do lash.sleep(0.01) end]]
    local res = home:sh([[
      lash job verify d.lua >out & while [ ! -f at-work ]; do sleep 0.01; done
      lash job run d.lua; echo $?; touch go; wait $!; echo $?; lash runs d
    ]])
    assert.matches("^0\n0\n", res.out)
    assert.is_true(home:has "done")
    assert.matches(" d +done ", res.out)
    assert.not_matches("skipped", res.out)
  end)

  it("has a folder for its notes, or is none", function()
    work [[lash.fs.append("did", "x")]]
    home.shell.variables.LASH_VERIFY = ""
    home:ok("run", "d.lua")
    assert.equal("x", home:read "did")
    home.shell.variables.LASH_VERIFY = home.path .. "/nowhere"
    for _, words in ipairs { { "job", "run", "d.lua" }, { "ask", "hi" } } do
      local res = home:lash(table.unpack(words))
      assert.same({ 78, ("lash: config: LASH_VERIFY: there is no folder %s/nowhere\n"
        .. "hint: `lash job verify` sets it; without it the work is done\n"):format(home.path) }, { res.exit, res.err })
    end
    assert.equal("x", home:read "did")
  end)

  it("tells of a state folder that cannot be written", function()
    home:write("file", "")
    home.shell.variables.XDG_STATE_HOME = home.path .. "/file"
    work "print(1)"
    local res, found = verify()
    assert.equal(78, res.exit)
    assert.equal("fail", found.state.state)
  end)

  it("asks `when`, and goes on whatever it says", function()
    work("print(1)", "when = function(last) return last.started > 0 end,")
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.same({ "ok", "says no now; the work was tried all the same" }, told(found, "when"))
    work("print(1)", "when = function() return {} end,")
    assert.same({ "ok", "says yes" }, told(select(2, verify()), "when"))
    work("print(1)", "when = function() return lash.fs.stat('nothing').mtime end,")
    res, found = verify()
    assert.equal(66, res.exit)
    assert.equal("fail", found.when.state)
  end)

  it("warns of work that fails where `when` says no", function()
    local body = "for _, f in ipairs(job.found) do print(f) end"
    for _, case in ipairs { { "false", 0, "warn", "failed, which it would not under cron now, for `when` says no: " },
      { "true", 70, "fail", "" } } do
      work(body, ("when = function() return %s end,"):format(case[1]))
      local res, found = verify()
      assert.equal(case[2], res.exit, res.out)
      assert.matches(("^%s%%S*d.lua:%%d+: attempt to index a boolean value"):format(case[4]), found.work.message)
      assert.equal(case[3], found.work.state)
    end
  end)

  it("ends with the status of what went wrong", function()
    for _, case in ipairs {
      { [[error "x"]], 70, "work" }, { [[lash.fail("config", "no")]], 78, "work" },
      { [[lash.sleep(30)]], 124, "work", "timeout = 0.1," }, { [[os.exit(3)]], 70, "work" },
      { [[]], 64, "job", [[tz = "Europe/Atlantis",]] }, { "(", 70, "job" },
    } do
      work(case[1], case[4])
      local res, found = verify()
      assert.equal(case[2], res.exit, res.out)
      assert.equal("fail", found[case[3]] and found[case[3]].state, res.out)
    end
    home:job("d", 'schedule = "@daily", run = lash.workflow { name = "w", run = function(w) w:approve "Really?" end }')
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.matches("^would wait for an answer: ", found.work.message)
  end)

  it("waits for a job without a timeout, but not for ever", function()
    work [[lash.sleep(60)]]
    local res = home:lash("-e", 'require("lash.job.verify").limit = 1 '
      .. 'os.exit(require "lash.cli.job" { "verify", "d.lua" })')
    assert.equal(124, res.exit, res.err)
    local found = check.read(res.out)
    assert.same({ "fail", "no request and no end within 1 s" }, told(found, "work"))
    assert.matches("`timeout`", found.work.hint)
  end)

  it("says where it asks when only the person's environment has another address", function()
    home.shell.folder:write(".env.local", ("DASHSCOPE_API_KEY=%s\n"):format(KEY))
    work [[lash.ask "hi"]]
    home.shell.variables.DASHSCOPE_API_BASE = s.url .. "/v1"
    local res, found = verify()
    assert.equal(0, res.exit, res.out)
    assert.equal("warn", found.base.state)
    assert.matches("dashscope%-intl.*; in your own environment only it is http://127", found.base.message)
    env_file() -- and cron has it, too
    assert.equal("ok", (told(select(2, verify()), "base"))[1])
    assert.equal(0, #s:requests())
  end)

  it("says it in lines of JSON, and nothing that the script prints", function()
    env_file()
    work [[print "mine" io.stderr:write "mine" lash.ask "hi"]]
    local res = home:lash("job", "verify", "--json", "d.lua")
    assert.equal(0, res.exit, res.err)
    assert.not_matches("mine", res.out .. res.err)
    local last
    for line in res.out:gmatch "[^\n]+" do last = json.decode(line) end
    assert.same({ "done", 0 }, { last.type, last.exit })
    assert.equal("", verify("-q").out)
  end)
end)
