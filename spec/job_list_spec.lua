--- lash job list: what is installed, and whether it is as it should be.
local json = require "lash.core.json"
local support = require "spec.support.job"

describe("lash job list", function()
  local home
  before_each(function() home = support.new(true) end)
  after_each(function() home:close() end)

  --- Its rows, by name.
  local function list(...)
    local rows, order = {}, {}
    for line in home:ok("list", "--json", ...):gmatch "[^\n]+" do
      local row = json.decode(line)
      rows[row.name], order[#order + 1] = row, row.name
    end
    return rows, order
  end

  it("is empty where nothing is installed", function()
    assert.equal("", (home:ok "list"))
    os.remove(home.path .. "/bin/crontab")
    home.shell.variables.PATH = home.path .. "/bin:/usr/bin:/bin"
    assert.equal("", (home:ok "list"))
  end)

  it("has the jobs of both places", function()
    home:job("b", 'schedule = "Mon..Fri 07:30", tz = "Europe/Berlin", run = print')
    local path = home:job("a", 'schedule = "* * * * *", run = function() error "x" end')
    home:ok("install", "b.lua")
    home:ok("install", "--cron", "a.lua")
    assert.equal(70, home:lash("job", "run", "a.lua").exit)
    local rows, order = list()
    assert.same({ "a", "b" }, order)
    assert.same({ "crontab", "* * * * *", path, {} }, { rows.a.where, rows.a.schedule, rows.a.script, rows.a.problems })
    assert.same({ 70, "internal" }, { rows.a.last.exit, rows.a.last.kind })
    assert.same({ "systemd", "Mon..Fri 07:30" }, { rows.b.where, rows.b.schedule })
    assert.matches("T07:30%+0[12]:00$", rows.b.due)
    assert.equal("integer", math.type(rows.b.next))
    assert.is_nil(rows.b.last)
    local lines = {}
    for line in home:ok("list"):gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.equal(3, #lines)
    assert.matches("^name  schedule +next +where +last +script$", lines[1])
    assert.matches("^a +%* %* %* %* %* +20[^ ]+  crontab  internal 20%d%d[-%d]+ %d%d:%d%d  /.*/a%.lua$", lines[2])
    assert.matches("^b +Mon%.%.Fri 07:30  20[^ ]+  systemd  %- +/.*/b%.lua$", lines[3])
  end)

  it("marks what would not run, or not as its script says now", function()
    for _, name in ipairs { "changed", "gone", "broken", "renamed", "program", "hand", "linger" } do
      home:job(name)
      home:ok("install", name == "linger" and "--systemd" or "--cron", name .. ".lua")
    end
    home:job("changed", 'schedule = "6 * * * *", run = print')
    os.remove(home.path .. "/gone.lua")
    home:write("broken.lua", "return (")
    home:job("other", nil, "renamed.lua")
    home:write("bin/tab", (home:tab():gsub(" /[^ ]*/lash( job run [^ ]*program)", " /gone/lash%1")
      :gsub("(hand%.lua)", "%1 >>log")))
    os.remove(home.path .. "/bin/linger")
    local rows = list()
    assert.same({ "its script has changed since it was installed; `lash job install` renews it" },
      rows.changed.problems)
    assert.same({ "its script is gone: " .. home.path .. "/gone.lua" }, rows.gone.problems)
    assert.matches("^its script cannot be read: .*broken%.lua:1: ", rows.broken.problems[1])
    assert.same({ "its script has the name 'other' now" }, rows.renamed.problems)
    assert.same({ "its lash is gone: /gone/lash; `lash job install` renews it" }, rows.program.problems)
    assert.same({ "it was changed by hand; `lash job install` renews it" }, rows.hand.problems)
    assert.matches("linger is off$", rows.linger.problems[1])
    assert.equal("5 * * * *", rows.gone.schedule)
    assert.matches("\n  ! its script is gone: ", (home:ok "list"))
  end)

  it("reads every script by itself", function()
    for _, name in ipairs { "a", "b" } do
      home:write(name .. "/mine.lua", ("return '%s'"):format(name == "a" and "@daily" or "@hourly"))
      home:job(name, "schedule = require 'mine', run = print", name .. "/job.lua")
      home:ok("install", name .. "/job.lua")
    end
    local rows = list()
    assert.same({ "@daily", "@hourly" }, { rows.a.schedule, rows.b.schedule })
    assert.same({ {}, {} }, { rows.a.problems, rows.b.problems })
    assert.same({ "b" }, select(2, list "b/job.lua"))
  end)

  it("finds the state that a job was given", function()
    home:job("a", 'schedule = "* * * * *", run = print')
    home.shell.variables.XDG_STATE_HOME = home.path .. "/elsewhere"
    home:ok("install", "--cron", "a.lua")
    home:ok("run", "a.lua")
    home.shell.variables.XDG_STATE_HOME = nil
    assert.equal(0, list().a.last.exit)
  end)

  it("keeps all of what several processes install at once", function()
    home:sh "rm bin/linger" -- into the crontab
    for i = 1, 8 do home:job("j" .. i) end
    local res = home:sh "for i in 1 2 3 4 5 6 7 8; do lash job install j$i.lua >out.$i 2>&1 & done; wait; cat out.*"
    local _, order = list()
    assert.equal(8, #order, res.out)
  end)
end)
