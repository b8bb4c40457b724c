--- Jobs as timers of the user's systemd: the units, and what the command line makes of
-- them with a systemctl that only notes what it is asked.
local support = require "spec.support.job"
local systemd = require "lash.job.systemd"

local function schedule(...)
  local times = { ... }
  return { oncalendar = function() return times, true end }
end

local function job(fields)
  local made = { name = "d", schedule = schedule "*-*-* 07:30:00 Europe/Berlin", jitter = 0, missed = "once",
    overlap = "skip" }
  for key, value in pairs(fields or {}) do made[key] = value end
  return made
end

local CMD = { program = "/usr/bin/lash", script = "/d.lua", variables = {} }

local function service(fields, cmd) return systemd.units(job(fields), cmd or CMD).service end

--- What systemd-analyze says of the units in a folder, and its status.
local function judge(folder)
  local pipe <close> = assert(io.popen(("cd '%s' && XDG_RUNTIME_DIR=\"$PWD\" HOME=\"$PWD\" "
    .. "systemd-analyze verify --user --man=no ./*.timer ./*.service 2>&1"):format(folder.path)))
  local out = pipe:read "a"
  return out, select(3, pipe:close())
end

local judged = os.execute "command -v systemd-analyze >/dev/null" and it or pending

describe("the units of a job", function()
  it("say what systemd must know", function()
    assert.equal([[
# Written by `lash job install`; `lash job uninstall d` removes it.
[Unit]
Description=lash job d
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart="/usr/bin/lash" "job" "run" "/d.lua"
Environment="XDG_STATE_HOME=/s t"
WorkingDirectory=~
StandardInput=null
KillMode=control-group
TimeoutStartSec=infinity
]], service({}, { program = "/usr/bin/lash", script = "/d.lua", variables = { { "XDG_STATE_HOME", "/s t" } } }))
    assert.equal([[
# Written by `lash job install`; `lash job uninstall d` removes it.
[Unit]
Description=lash job d

[Timer]
OnCalendar=a
OnCalendar=b
Persistent=true
AccuracySec=1s

[Install]
WantedBy=timers.target
]], systemd.units(job { schedule = schedule("a", "b") }, CMD).timer)
    assert.matches("\nPersistent=false\n", systemd.units(job { missed = "none" }, CMD).timer)
  end)

  it("give the job its time, the jitter, and a minute to end", function()
    assert.matches("\nTimeoutStartSec=660s\n", service { timeout = 600 })
    assert.matches("\nTimeoutStartSec=961s\n", service { timeout = 600.5, jitter = 300 })
    assert.matches("\nTimeoutStartSec=1260s\n", service { timeout = 600, overlap = "wait" })
  end)

  it("keep a job that has a policy from what it cannot need", function()
    assert.not_matches("NoNewPrivileges", service())
    local text = service { policy = {} }
    for _, line in ipairs { "UMask=0077", "NoNewPrivileges=yes", "LockPersonality=yes", "RestrictRealtime=yes",
      "RestrictSUIDSGID=yes", "SystemCallArchitectures=native" } do
      assert.matches("\n" .. line .. "\n", text)
    end
    assert.not_matches("Namespaces", text) -- of which lash's own sandbox is made
  end)

  local NASTY = { "a b", "100%h %%", "$HOME $$", 'q"q', "q'q", "b\\s \\n \\x41", "\\", "#;", "ü", "\xFF", "%", '\\"' }

  judged("are what systemd takes, whatever the names in them", function()
    local folder <close> = require("spec.support.folder").new()
    folder:write("bin/lash", "#!/bin/sh\n", 493)
    for i, word in ipairs(NASTY) do
      local variables = utf8.len(word) and { { "XDG_STATE_HOME", "/" .. word } } or {}
      local units = systemd.units(job { name = "n" .. i, policy = {}, timeout = 60 },
        { program = folder.path .. "/bin/lash", script = "/x/" .. word, variables = variables })
      folder:write("lash-job-n" .. i .. ".service", units.service)
      folder:write("lash-job-n" .. i .. ".timer", units.timer)
    end
    assert.same({ "", 0 }, { judge(folder) })
    folder:write("lash-job-n1.service", "[Service]\nExecStart=/nonexistent\n") -- it does look
    assert.not_equal(0, select(2, judge(folder)))
  end)

  it("are read again as they were written", function()
    local folder <close> = require("spec.support.folder").new()
    for i, word in ipairs(NASTY) do
      local cmd = { program = "/p %$/lash", script = "/x/" .. word,
        variables = utf8.len(word) and { { "XDG_STATE_HOME", "/" .. word } } or {} }
      local units = systemd.units(job { name = ("n%02d"):format(i) }, cmd)
      folder:write(("lash-job-n%02d.service"):format(i), units.service)
      folder:write(("lash-job-n%02d.timer"):format(i), units.timer)
    end
    folder:write("other.timer", "")
    local list = systemd.entries { folder = folder.path, stamps = "/nonexistent" }
    assert.equal(#NASTY, #list)
    for i, word in ipairs(NASTY) do
      assert.equal("/x/" .. word, list[i].command.script)
      assert.equal("/p %$/lash", list[i].command.program)
      assert.same(utf8.len(word) and { { "XDG_STATE_HOME", "/" .. word } } or {}, list[i].command.variables)
      assert.equal("*-*-* 07:30:00 Europe/Berlin", list[i].times)
    end
  end)

  it("are refused where systemd would ignore a line", function()
    for _, cmd in ipairs { { program = "/o'd/lash", script = "/d", variables = {} },
      { program = "/lash", script = "/d", variables = { { "LASH_PATH", "/\xFF" } } } } do
      assert.equal("config", select(2, pcall(systemd.units, job(), cmd)).kind)
    end
  end)
end)

describe("lash job install, with a systemd that works,", function()
  local home
  before_each(function() home = support.new(true) end)
  after_each(function() home:close() end)

  local UNITS = ".config/systemd/user/lash-job-d."

  --- What systemctl was asked to do.
  local function asked()
    local text = home:has "bin/systemctl.log" and home:read "bin/systemctl.log" or ""
    os.remove(home.path .. "/bin/systemctl.log")
    return (text:gsub("%-%-user show%-environment\n", ""))
  end

  it("writes the units and starts the timer", function()
    home:job("d", 'schedule = "07:30", tz = "Europe/Berlin", timeout = 60, run = print')
    local out = home:ok("install", "d.lua")
    assert.matches("^d: installed as a user timer, next 20%d%d%-%d%d%-%d%dT07:30%+0[12]:00\n$", out)
    assert.matches("\nOnCalendar=[^\n]*7:30:0+ Europe/Berlin\n", home:read(UNITS .. "timer"))
    assert.matches('" "job" "run" "[^"]*/d%.lua"\n', home:read(UNITS .. "service"))
    assert.equal("--user daemon-reload\n--user enable lash-job-d.timer\n--user restart lash-job-d.timer\n"
      .. "--user is-active --quiet lash-job-d.timer\n", asked())
    assert.is_nil(home:tab())
    assert.matches("^d: unchanged as a user timer", (home:ok("install", "d.lua")))
    assert.equal("", asked())
  end)

  it("leaves nothing behind", function()
    home:job "d"
    home:ok("install", "d.lua")
    asked()
    assert.equal("d: no longer as a user timer\n", (home:ok("uninstall", "d")))
    assert.equal("--user disable --now lash-job-d.timer\n--user daemon-reload\n"
      .. "--user reset-failed lash-job-d.timer lash-job-d.service\n", asked())
    assert.equal("", home:sh("find . -name '*lash-job-*'").out)
  end)

  it("moves a job out of the crontab, and back", function()
    home:job "d"
    home:write("bin/tab", "1 1 1 1 1 x\n")
    home:ok("install", "--cron", "d.lua")
    assert.matches("^d: replaced as a user timer", (home:ok("install", "d.lua")))
    assert.equal("1 1 1 1 1 x\n", home:tab())
    assert.matches("^d: replaced in the crontab", (home:ok("install", "--cron", "d.lua")))
    assert.is_false(home:has(UNITS .. "timer"))
  end)

  it("takes the crontab where timers end at the log-out", function()
    home:job "d"
    os.remove(home.path .. "/bin/linger")
    home:ok("install", "d.lua")
    assert.matches("# lash job d\n$", home:tab())
    local res = home:lash("job", "install", "--systemd", "d.lua")
    assert.equal(78, res.exit)
    assert.matches("^lash: config: no user timer would run: timers of [%w_-]+ end at the log%-out: linger is off\n"
      .. "hint: loginctl enable%-linger [%w_-]+\n$", res.err)
  end)

  it("takes back what systemd refuses", function()
    home:job "d"
    home:write("bin/broken", "")
    local res = home:lash("job", "install", "d.lua")
    assert.same({ 78, "lash: config: systemctl --user enable lash-job-d.timer: Failed to enable unit\n" },
      { res.exit, res.err })
    assert.is_false(home:has(UNITS .. "timer"))
  end)

  it("shows the units with --dry-run", function()
    home:job "d"
    local out = home:ok("install", "--dry-run", "d.lua")
    assert.equal("", asked())
    assert.is_false(home:has(UNITS .. "timer"))
    home:ok("install", "d.lua")
    local path = home.path .. "/" .. UNITS
    assert.equal(("# %sservice\n%s\n# %stimer\n%s\n"):format(path, home:read(UNITS .. "service"), path,
      home:read(UNITS .. "timer")), out)
  end)

  judged("writes what systemd-analyze takes, for schedules of all kinds", function()
    for i, text in ipairs { "5 * * * 1-5", "@daily", "every 7m", "Mon..Fri 07:30", "*-02-29 12:00:00", "30 2 1 * 0" } do
      home:job("s" .. i, ('schedule = "%s", tz = "America/St_Johns", run = print'):format(text))
      home:ok("install", "s" .. i .. ".lua")
    end
    assert.same({ "", 0 }, { judge { path = home.path .. "/.config/systemd/user" } })
  end)
end)
