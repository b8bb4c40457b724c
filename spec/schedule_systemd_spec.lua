--- Schedules against `systemd-analyze calendar`: as people write them, and as we
--- write them for a timer. Most are asked in nights in which clocks change.
local schedule = require "lash.schedule"
local schedules = require "spec.support.schedules"

local COUNT = 5 -- times of each schedule
local ZONES = { "Europe/Berlin", "America/St_Johns", "Asia/Shanghai", "Australia/Lord_Howe", "America/New_York",
  "Africa/Casablanca", "Africa/Cairo", "America/Havana", "America/Sao_Paulo", "Antarctica/Troll", "Asia/Beirut",
  "Asia/Kathmandu", "Europe/Dublin", "Pacific/Apia", "Pacific/Chatham", "UTC" }

local COMMAND = "TZ=UTC LC_ALL=C SYSTEMD_COLORS=0 timeout 60 "
  .. "systemd-analyze calendar --iterations=%d --base-time='%s' -- %s 2>&1"

--- What systemd finds after a moment: for each expression a list of times; "refused";
-- or "failed", when it gives up itself, as version 252 does in some of these nights.
local function ask(expressions, base)
  local words, answers = {}, {}
  for i, text in ipairs(expressions) do words[i] = "'" .. text .. "'" end
  local moment = os.date("!%Y-%m-%d %H:%M:%S", base)
  local pipe <close> = assert(io.popen(COMMAND:format(COUNT, moment, table.concat(words, " "))))
  for line in pipe:lines() do
    local name, value = line:match "^%s*([^:]+): (.*)$"
    if line:find "^Failed to parse calendar" then
      answers[#answers + 1] = "refused"
    elseif line:find "^Failed to determine" then
      answers[#answers + 1] = "failed"
    elseif name == "Normalized form" then
      answers[#answers + 1] = {}
    elseif name == "Next elapse" or (name or ""):find "^Iter" then
      local y, m, d, clock = value:match "^%a+ (%d+)-(%d+)-(%d+) ([%d:]+) UTC$"
      if y then table.insert(answers[#answers], ("%s-%s-%s %s"):format(y, m, d, clock)) end
    end
  end
  assert(#answers == #expressions, "systemd-analyze gave no answer to some")
  return answers
end

--- Our times after a moment, written as it writes them.
local function ours(s, base)
  local times, t = {}, base
  for i = 1, COUNT do
    t = s:next(t)
    if not t then break end
    assert.equal(t, s:last(t), s.text)
    times[i] = os.date("!%Y-%m-%d %H:%M:%S", t)
  end
  return times
end

--- Groups of schedules of one zone and moment: one start of systemd-analyze each.
local function each_group(seed, count, size, f)
  local make = schedules.new(seed)
  for _ = 1, count do
    local zone = make:pick(ZONES)
    f(make, zone, make:moment(zone, 1986, 2034), size)
  end
end

describe("systemd", function()
  local pipe <close> = assert(io.popen "systemd-analyze --version 2>/dev/null")
  if not pipe:read "l" then
    local missing = "systemd-analyze is not there: it is in the package systemd"
    it("is compared with where it is installed", function()
      if os.getenv "CI" == "true" then error(missing, 0) end
      io.stderr:write("skipped: ", missing, "\n") -- which tells CTest
      pending(missing)
    end)
    return
  end

  it("agrees on calendar times", function()
    local agreed = 0
    each_group(6, 40, 10, function(make, zone, base, size)
      local texts = {}
      for i = 1, size do texts[i] = make:calendar() .. " " .. zone end
      for i, theirs in ipairs(ask(texts, base)) do
        local mine = ours(assert(schedule.parse(texts[i])), base)
        if theirs ~= "failed" then
          assert.same(theirs, mine, ("'%s' after %s"):format(texts[i], os.date("!%F %T", base)))
          agreed = agreed + 1
        end
      end
    end)
    assert.is_true(agreed >= 380, agreed .. " agreed")
  end)

  it("refuses what we refuse, and no more", function()
    local texts = {
      "Mon..Fri 07:30", "*-*-01", "*-*~03", "*-02~03 1:2:3", "Mon *-05~07/1", "2026-12-24 18:00", "12-24",
      "Mon,Wed 9:0/15", "monday,FRI..Sun", "Mon-Wed 8:00", "*:*", "*:*:*", "*:0/59", "*-*-1/30", "*:1..10/9",
      "26-1-1", "*-*~28", "*:5..5", "minutely", "Hourly", "daily UTC", "weekly Europe/Berlin", "monthly",
      "quarterly", "yearly", "annually", "semiannually", "semi-annually", "biannually", "Mon UTC", "0001:02",
      "1970-1-1", "2199-12-31",
      -- and wrong ones
      "Fri..Mon 1:2", "*-*-*/2", "*:*/5", "2026-1-1T10:00", "*-*~29", "10", "10:", "24:00", "1:60", "1:2:60",
      "*-13-1", "*-0-1", "*-1-32", "Mon,,Tue 1:2", "Mon, Tue 1:2", "*:0/60", "*:5/0", "*-*-31/3", "*-*-3..1",
      "*-*~1/2", "*-*~5..1", "10:00 Mon", "1:2 europe/berlin", "1:2 Nowhere/City", "Mon*-*-*", "tues", "thurs 1:2",
      "2200-1-1", "1969-1-1", "100-1-1", "*-*-1,2~3", "Mon daily", "*-*-5..*", "1:2:3:4", "*-*-*-*", "1:2:3..3",
      "1:2 ../UTC", "1:2 /UTC", "fooly",
    }
    local answers = ask(texts, 1772323200)
    for i, text in ipairs(texts) do
      assert.equal(answers[i] == "refused", schedule.parse(text) == nil, text)
    end
  end)

  --- The times of several expressions together, in order, up to where one of them
  -- was not asked any further; nil when systemd failed.
  local function joined(lists)
    local set, times, limit = {}, {}, "9999"
    for _, list in ipairs(lists) do
      if list == "failed" then return nil end
      for _, time in ipairs(list) do set[time] = true end
      if #list == COUNT and list[COUNT] < limit then limit = list[COUNT] end
    end
    for time in pairs(set) do
      if time <= limit then times[#times + 1] = time end
    end
    table.sort(times)
    return times, limit
  end

  --- Schedules of all kinds, with steps that lead over an end, in a zone.
  local function any(make, zone)
    local kind = make:number(1, 4)
    if kind == 1 then return make:cron(), zone end
    if kind == 2 then return "every " .. make:pick { "7m", "15m", "45m", "90m", "6h", "1d", "36h" } end
    if kind == 3 then return make:calendar(), zone end
    local day = ("*-*-%d/%d"):format(make:number(1, 8), make:number(2, 19))
    return ("%s %d/%d:%d/%d"):format(day, make:number(0, 9), make:number(2, 14), make:number(0, 20),
      make:number(2, 39)), zone
  end

  it("starts what we write for its timers at every due time", function()
    local exact = 0
    -- Around now: what covers a schedule is made for the years that come.
    local make, year = schedules.new(7), math.tointeger(os.date "%Y")
    for _ = 1, 30 do
      local zone = make:pick(ZONES)
      local base = make:moment(zone, year, year + 6)
      local made, expressions = {}, {}
      for i = 1, 6 do
        local s = assert(schedule.parse(any(make, zone)))
        local list, is_exact = s:oncalendar()
        made[i] = { s = s, exact = is_exact, first = #expressions + 1, count = #list }
        table.move(list, 1, #list, #expressions + 1, expressions)
      end
      local answers = ask(expressions, base)
      for _, it in ipairs(made) do
        local lists = table.move(answers, it.first, it.first + it.count - 1, 1, {})
        local starts, limit = joined(lists)
        if starts then
          local seen = {}
          for _, time in ipairs(starts) do seen[time] = true end
          local label = ("'%s' in %s after %s"):format(it.s.text, zone, os.date("!%F %T", base))
          for i, time in ipairs(ours(it.s, base)) do
            if time <= limit then assert.is_true(seen[time], ("%s: %s is not started"):format(label, time)) end
            if it.exact then assert.equal(time, starts[i] or time, label) end
          end
          exact = exact + (it.exact and 1 or 0)
        end
      end
    end
    assert.is_true(exact > 90, exact .. " exact")
  end)
end)
