--- When schedules are due, and what is wrong with bad ones. Other programs judge in
--- schedule_cron_spec.lua and schedule_systemd_spec.lua.
local schedule = require "lash.schedule"
local schedules = require "spec.support.schedules"
local sys = require "lash.core.sys"
local zones = require "lash.core.zone"

--- "2026-03-29T01:30+01:00" -> seconds
local function at(text)
  local y, m, d, h, min, sign, oh, om = text:match "^(%d+)-(%d+)-(%d+)T(%d+):(%d+)([+-])(%d+):(%d+)$"
  local days = 0
  for year = 1970, y - 1 do days = days + (year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) and 366 or 365) end
  local lengths = { 31, y % 4 == 0 and (y % 100 ~= 0 or y % 400 == 0) and 29 or 28, 31, 30, 31, 30, 31, 31, 30, 31, 30 }
  for month = 1, m - 1 do days = days + lengths[month] end
  local ahead = (oh * 3600 + om * 60) * (sign == "-" and -1 or 1)
  return math.tointeger((days + d - 1) * 86400 + h * 3600 + min * 60 - ahead)
end

--- The next `count` times, as texts.
local function coming(text, zone, from, count)
  local s = assert(schedule.parse(text, zone))
  local list, t = {}, at(from)
  for i = 1, count do
    t = s:next(t)
    if not t then break end
    list[i] = schedule.format(t, s.zone)
    assert.equal(t, s:last(t))
    assert.equal(t, s:last(s:next(t) and s:next(t) - 1 or t + 86400))
  end
  return list
end

--- With this as the machine's zone.
local function in_zone(zone, f)
  local before = os.getenv "TZ"
  sys.setenv("TZ", zone)
  local ok, err = pcall(f)
  sys.setenv("TZ", before)
  if not ok then error(err, 0) end
end

describe("a schedule", function()
  local UTC = "2026-01-01T00:00+00:00" -- a Thursday
  local cases = {
    { "30 7 * * 1-5", { "01-01T07:30", "01-02T07:30", "01-05T07:30" } },
    { "30 7 * * MON-fri", { "01-01T07:30", "01-02T07:30", "01-05T07:30" } },
    { "*/20 * * * *", { "01-01T00:20", "01-01T00:40", "01-01T01:00" } },
    { "5-59/15 9 * * *", { "01-01T09:05", "01-01T09:20", "01-01T09:35" } },
    { "0 0 1,15 FEB *", { "02-01T00:00", "02-15T00:00" } },
    { "0 0 * * 7", { "01-04T00:00", "01-11T00:00" } },
    { "0 0 * * 0", { "01-04T00:00", "01-11T00:00" } },
    { "0 0 * * 5-7", { "01-02T00:00", "01-03T00:00", "01-04T00:00", "01-09T00:00" } },
    { "0 0 * * fri-sun", { "01-02T00:00", "01-03T00:00", "01-04T00:00", "01-09T00:00" } },
    { "0 0 13 * 5", { "01-02T00:00", "01-09T00:00", "01-13T00:00" } }, -- either
    { "0 0 */2 * 1", { "01-05T00:00", "01-19T00:00", "02-09T00:00" } }, -- both, as in cron
    { "0 0 1 * */2", { "02-01T00:00", "03-01T00:00", "08-01T00:00" } },
    { "0 0 1-31 * 1", { "01-02T00:00", "01-03T00:00" } }, -- either
    { "0 0 29 2 *", { "2028-02-29T00:00", "2032-02-29T00:00" } },
    { "  0\t0  1 1 * ", { "2027-01-01T00:00" } },
    { "@hourly", { "01-01T01:00" } }, { "@daily", { "01-02T00:00" } }, { "@midnight", { "01-02T00:00" } },
    { "@weekly", { "01-04T00:00" } }, { "@monthly", { "02-01T00:00" } }, { "@yearly", { "2027-01-01T00:00" } },
    { "@annually", { "2027-01-01T00:00" } }, { "@Daily", { "01-02T00:00" } },
    { "every 15m", { "01-01T00:15", "01-01T00:30" } }, { "every 1h30m", { "01-01T01:30", "01-01T03:00" } },
    { "every 11m", { "01-01T00:05", "01-01T00:16" } }, -- multiples since 1970
    { "every 1d", { "01-02T00:00" } },
    { "Mon..Fri 07:30", { "01-01T07:30", "01-02T07:30", "01-05T07:30" } },
    { "Mon,Wed 9:0/15", { "01-05T09:00", "01-05T09:15", "01-05T09:30" } },
    { "*-*-01 00:00", { "02-01T00:00", "03-01T00:00" } },
    { "2026-12-24 18:00", { "12-24T18:00" } },
    { "*-*~03", { "01-29T00:00", "02-26T00:00", "03-29T00:00" } },
    { "*-02~03", { "02-26T00:00", "2027-02-26T00:00", "2028-02-27T00:00" } },
    { "Mon *-05~07/1", { "05-25T00:00", "2027-05-31T00:00" } },
    { "12:00:20,40", { "01-01T12:00:20", "01-01T12:00:40", "01-02T12:00:20" } },
    { "weekly", { "01-05T00:00" } }, { "quarterly", { "04-01T00:00", "07-01T00:00" } },
    { "2027..2031/2-1-1", { "2027-01-01T00:00", "2029-01-01T00:00", "2031-01-01T00:00" } },
  }
  for _, case in ipairs(cases) do
    it(("'%s' is due at these times"):format(case[1]), function()
      local expected = {}
      for i, time in ipairs(case[2]) do
        local date, clock = time:match "^(.*)T(.*)$"
        expected[i] = (#date == 5 and "2026-" .. date or date) .. "T" .. clock .. "+00:00"
      end
      assert.same(expected, coming(case[1], "UTC", UTC, #expected))
    end)
  end

  it("has an end, and a beginning", function()
    local s = assert(schedule.parse("2019-05-01 10:00", "UTC"))
    assert.is_nil(s:next(at "2019-05-01T10:00+00:00"))
    assert.equal(at "2019-05-01T10:00+00:00", s:last(at(UTC)))
    assert.is_nil(s:last(at "2019-05-01T09:59+00:00"))
    assert.equal(at "2019-05-01T10:00+00:00", s:next(-1e9 // 1 | 0))
    for _, text in ipairs { "0 0 30 2 *", "0 0 31 2,4,6 *", "*-02-30" } do
      local never = assert(schedule.parse(text, "Europe/Berlin"))
      assert.is_nil(never:next(at(UTC)))
      assert.is_nil(never:last(at(UTC)))
    end
  end)

  it("says what it is", function()
    local function parts(text, zone)
      local s = assert(schedule.parse(text, zone))
      return { s.text, s.kind, s.zone }
    end
    assert.same({ "0 7 * * *", "cron" }, parts " 0 7 * * * ")
    assert.same({ "every 15m", "every", "Europe/Berlin" }, parts("every 15m", "Europe/Berlin"))
    assert.same({ "daily utc", "calendar", "UTC" }, parts "daily utc")
    assert.same({ "daily UTC", "calendar", "UTC" }, parts("daily UTC", "utc"))
  end)
end)

describe("in a night in which clocks change,", function()
  local cases = {
    -- what is left out comes as much later as the clocks go forward
    { "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00",
      { "2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00" } },
    { "0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00",
      { "2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00", "2026-03-30T02:00+02:00" } },
    { "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00+10:30",
      { "2026-10-04T02:45+11:00", "2026-10-05T02:15+11:00" } },
    { "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00-03:00",
      { "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00" } },
    { "0 12 * * *", "Pacific/Apia", "2011-12-29T11:00-10:00", -- a whole day is left out
      { "2011-12-29T12:00-10:00", "2011-12-31T12:00+14:00", "2012-01-01T12:00+14:00" } },
    -- what comes twice counts once
    { "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+02:00",
      { "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00" } },
    { "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00+11:00",
      { "2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30" } },
    { "30 0 * * *", "America/St_Johns", "2010-11-06T12:00-02:30", -- from 00:01 to 23:01
      { "2010-11-07T00:30-03:30", "2010-11-08T00:30-03:30" } },
    -- what is due every hour is
    { "30 * * * *", "Europe/Berlin", "2026-03-29T01:00+01:00",
      { "2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00" } },
    { "30 * * * *", "Europe/Berlin", "2026-10-25T02:00+02:00",
      { "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00" } },
    { "every 30m", "Europe/Berlin", "2026-10-25T02:00+02:00",
      { "2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00" } },
    -- the calendar form is systemd's: left out is left out
    { "02:30", "Europe/Berlin", "2026-03-28T12:00+01:00", { "2026-03-30T02:30+02:00" } },
    { "*:00", "Europe/Berlin", "2026-10-25T01:30+02:00", { "2026-10-25T02:00+02:00", "2026-10-25T03:00+01:00" } },
    -- clocks that never change now, but did
    { "30 2 * * *", "Asia/Shanghai", "1986-05-03T12:00+08:00", { "1986-05-04T03:30+09:00" } },
  }
  for _, case in ipairs(cases) do
    it(("'%s' in %s"):format(case[1], case[2]), function()
      assert.same(case[4], coming(case[1], case[2], case[3], #case[4]))
    end)
  end

  it("times that follow each other are found from both sides", function()
    local make = schedules.new(11)
    for _ = 1, 300 do
      local zone = make:pick { "Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "America/St_Johns" }
      local s = assert(schedule.parse(make:pick { make:cron(), make:calendar() }, zone))
      local t, before = make:moment(zone, 1990, 2030), nil
      for _ = 1, 4 do
        t = s:next(t)
        if not t then break end
        assert.equal(t, s:last(t), s.text)
        if before then assert.equal(before, s:last(t - 1), ("'%s' in %s"):format(s.text, zone)) end
        before = t
      end
    end
  end)
end)

describe("a bad schedule", function()
  local cases = {
    { "", nil, "the schedule is empty", 'five fields' },
    { "* * * *", nil, "4 fields; a cron schedule has five", "minute hour day%-of%-month month day%-of%-week" },
    { "0 0 0 * * *", nil, "6 fields; a cron schedule has five", "minute hour" },
    { "60 * * * *", nil, "minute: 60 is not between 0 and 59" },
    { "0 24 * * *", nil, "hour: 24 is not between 0 and 23" },
    { "0 0 0 * *", nil, "day of the month: 0 is not between 1 and 31" },
    { "0 0 * 13 *", nil, "month: 13 is not between 1 and 12" },
    { "0 0 * * 8", nil, "day of the week: 8 is not between 0 and 7" },
    { "0 0 * janu *", nil, "month: 'janu' is no month", "1%-12 or jan%-dec" },
    { "0 0 * * moon", nil, "day of the week: 'moon' is no day of the week", "0%-7 or sun%-sat" },
    { "0 0 ? * *", nil, "day of the month: '?' is no day of the month", "'%*'" },
    { "0 0 L * *", nil, "day of the month: 'L' is no day of the month", "%*%-%*~01" },
    { "0 0 * * 5#3", nil, "day of the week: '5#3' is no day of the week", "%*%-%*~01" },
    { "0 22-3 * * *", nil, "hour: the range 22-3 runs backwards", "22%-23,0%-3" },
    { "0 0 * * fri-mon", nil, "day of the week: the range fri-mon runs backwards", "fri%-6,0%-mon" },
    { "5/15 * * * *", nil, "minute: '5/15' has a step but no range", "5%-59/15" },
    { "*/0 * * * *", nil, "minute: '0' is no step", "1%-59" },
    { "*/60 * * * *", nil, "minute: '60' is no step", "1%-59" },
    { "1,,2 * * * *", nil, "minute: '' is no minute" },
    { "-5 * * * *", nil, "minute: '' is no minute" },
    { "1.5 * * * *", nil, "minute: '1.5' is no minute" },
    { "99999999999999999999 * * * *", nil, "minute: '99999999999999999999' is no minute" },
    { "@reboot", nil, "'@reboot' is not a time", "a job runs at times" },
    { "@dayly", nil, "there is no '@dayly'", "@daily" },
    { "every", nil, "'' is not a duration", "every 15m" },
    { "every x", nil, "'x' is not a duration", "every 15m" },
    { "every 15", nil, "'15' is not a duration", "every 15m" },
    { "every 90s", nil, "'90s' is not a whole number of minutes", "every 15m" },
    { "every 0m", nil, "'0m' is not a whole number of minutes", "every 15m" },
    { "*:*/5", nil, "minute: '*/5' has no place to start from", "0/5" },
    { "25:00", nil, "hour: 25 is not between 0 and 23" },
    { "*-*-32", nil, "day: 32 is not between 1 and 31" },
    { "*-*~29", nil, "day from the end of the month: 29 is not between 1 and 28" },
    { "2300-1-1", nil, "year: 2300 is not between 1970 and 2199" },
    { "*-*-31/3", nil, "day: '31/3' leads beyond 31" },
    { "*:5/0", nil, "minute: '0' is no step" },
    { "10..8:00", nil, "hour: the range 10..8 runs backwards", "8%.%.10" },
    { "10:00:00.5", nil, "'10:00:00.5' has a part of a second", "whole seconds" },
    { "1:2:", nil, "'1:2:' is no time of day", "hours:minutes" },
    { "Sat..Mon 9:00", nil, "weekday: the range Sat..Mon runs backwards", "Sat%.%.Sun,Mon%.%.Mon" },
    { "fooly", nil, "'fooly' is neither a weekday nor a short form", "daily" },
    { "Mon 9:00 10:00", nil, "'10:00' is too much", "in this order" },
    { "daily UTC\0", nil, "the name of the time zone contains a zero byte" },
    { "daily Europe/Berln", nil, "there is no time zone 'Europe/Berln'", "did you mean Europe/Berlin" },
    { "daily UTC", "Europe/Berlin", "its zone is not Europe/Berlin, which is set beside it", "one of the two" },
  }
  for _, case in ipairs(cases) do
    it(("'%s' is told so"):format(case[1]), function()
      local s, message, hint = schedule.parse(case[1], case[2])
      assert.is_nil(s)
      assert.equal(case[1] == "" and case[3] or ("schedule '%s': %s"):format(case[1], case[3]), message)
      assert.matches(case[4] or ".", hint)
    end)
  end

  it("has no zone that leads out of the folder of the zones", function()
    local wrong = { "", "/etc/localtime", "../zoneinfo/UTC", "Europe/../UTC", "Europe/", "Europe//Berlin", "<+01>-1",
      "UTC\n", ":UTC", "right/UTC", ("x"):rep(65), "a b" }
    for _, zone in ipairs(wrong) do
      for _, text in ipairs { "0 0 * * *", "every 15m", "daily" } do
        local s, message, hint = schedule.parse(text, zone)
        assert.is_nil(s)
        assert.equal(("'%s' is not the name of a time zone"):format(zone), message)
        assert.is_string(hint)
      end
    end
    for _, zone in ipairs { "Europe", "tzdata.zi", "Mars/Olympus", "UTC/Berlin", "CET-1CEST" } do
      local s, message = schedule.parse("0 0 * * *", zone)
      assert.is_nil(s)
      assert.matches("is no.* time zone", message)
    end
  end)
end)

describe("lash.core.zone", function()
  it("leaves the machine's zone as it was", function()
    in_zone("Asia/Kathmandu", function()
      zones.changes(nil, 0, 0) -- libc looks at TZ
      local before = os.date("%H:%M", 0)
      assert.equal("05:30", before)
      zones.changes("Europe/Berlin", 0, 86400)
      assert.equal("Asia/Kathmandu", os.getenv "TZ")
      assert.equal(before, os.date("%H:%M", 0))
      assert.same({ 0, 19800 }, zones.changes(nil, 0, 86400))
    end)
    in_zone(nil, function()
      zones.changes("Europe/Berlin", 0, 86400)
      assert.is_nil(os.getenv "TZ")
    end)
  end)

  it("finds the second of a change", function()
    local from = at "2026-01-01T00:00+00:00"
    assert.same({ from, 3600, at "2026-03-29T01:00+00:00", 7200, at "2026-10-25T01:00+00:00", 3600 },
      zones.changes("Europe/Berlin", from, from + 365 * 86400))
  end)

  it("refuses what is no span", function()
    assert.has_error(function() zones.changes("UTC", 1, 0) end)
    assert.has_error(function() zones.changes("UTC", 0, 1e10 // 1 | 0) end)
    assert.has_error(function() zones.changes("UTC", math.mininteger, math.mininteger) end)
    assert.has_error(function() zones.changes("UTC\0", 0, 1) end)
  end)
end)

describe("schedule.format", function()
  it("writes seconds only where there are some", function()
    assert.equal("1970-01-01T00:00+00:00", schedule.format(0, "UTC"))
    assert.equal("1970-01-01T00:00:07+00:00", schedule.format(7, "UTC"))
    assert.equal("1969-12-31T20:30:59-03:30", schedule.format(59, "America/St_Johns"))
    assert.equal("2000-02-29T12:00+05:45", schedule.format(at "2000-02-29T06:15+00:00", "Asia/Kathmandu"))
    in_zone("America/New_York", function() assert.equal("1969-12-31T19:00-05:00", schedule.format(0)) end)
  end)
end)

describe("what a tick of cron costs", function()
  local program = os.getenv "LASH_PROGRAM" or "build/dev/lash"

  --- The modules of schedules that a script loads.
  local function loaded(text)
    local script = ([[
      local s = require("lash.schedule").parse(%s)
      s:last(1774652400)
      local names = {}
      for name in pairs(package.loaded) do names[#names + 1] = name:match "schedule.*" or name:match "core%%.zone" end
      table.sort(names)
      io.write(table.concat(names, " "))]]):format(text)
    local pipe <close> = assert(io.popen(("%s --lua /dev/stdin <<'END'\n%s\nEND"):format(program, script)))
    return pipe:read "a"
  end

  it("is few modules", function()
    assert.equal("schedule schedule.every", loaded '"every 15m"')
    assert.equal("core.zone schedule schedule.cron schedule.due schedule.wall schedule.zone", loaded '"0 7 * * *"')
    assert.equal("core.zone schedule schedule.calendar schedule.due schedule.wall schedule.zone", loaded '"daily UTC"')
  end)
end)
