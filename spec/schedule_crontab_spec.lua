--- The lines of a crontab that cover a schedule, also one of another zone.
local schedule = require "lash.schedule"
local schedules = require "spec.support.schedules"
local sys = require "lash.core.sys"

--- With this as the machine's zone.
local function in_zone(zone, f)
  local before = os.getenv "TZ"
  sys.setenv("TZ", zone)
  local ok, err = pcall(f)
  sys.setenv("TZ", before)
  if not ok then error(err, 0) end
end

describe("the lines for a crontab", function()
  local cases = {
    { "UTC", "30 7 * * mon-fri", nil, { "30 7 * * 1-5" }, true },
    { "UTC", "0 0 13 * 5", nil, { "0 0 13 * 5" }, true },
    { "UTC", "0 0 */2 * 1", nil, { "0 0 */2 * 1" }, true },
    { "UTC", "0 0 1-31 * 1", nil, { "0 0 * * *" }, true },
    { "UTC", "* 2 * * *", nil, { "0-59 2 * * *" }, true },
    { "UTC", "@hourly", nil, { "0 * * * *" }, true },
    { "UTC", "*/15 * * * *", "Europe/Berlin", { "*/15 * * * *" }, true },
    { "UTC", "30 7 * * 1-5", "Europe/Berlin", { "30 5,6 * * 1-5" }, false },
    { "UTC", "30 0 1 * *", "Europe/Berlin", { "30 22,23 28-31 * *" }, false },
    { "UTC", "30 0 * * 1", "Asia/Kathmandu", { "45 18 * * 0" }, false },
    { "Europe/Berlin", "30 7 * * *", nil, { "30 7 * * *" }, true },
    { "Europe/Berlin", "30 2 * * *", nil, { "30 2,3 * * *" }, false }, -- 03:30 when there is no 02:30
    { "Europe/Berlin", "30 * * * *", nil, { "30 * * * *" }, true },
    { "UTC", "every 15m", nil, { "*/15 * * * *" }, true },
    { "UTC", "every 7m", nil, { "* * * * *" }, false },
    { "UTC", "every 25m", nil, { "*/5 * * * *" }, false },
    { "UTC", "every 2d", nil, { "0 0 * * *" }, false },
    { "UTC", "every 90m", nil, { "0 0,3,6,9,12,15,18,21 * * *", "30 1,4,7,10,13,16,19,22 * * *" }, true },
    { "UTC", "Mon..Fri 07:30", nil, { "30 7 * * 1-5" }, true },
    { "UTC", "Mon *-05~07/1", nil, { "0 0 * 5 1" }, false },
    { "UTC", "2026-12-24 18:00", nil, { "0 18 24 12 *" }, false },
    { "UTC", "*:0/20:30", nil, { "*/20 * * * *" }, false },
  }
  for _, case in ipairs(cases) do
    it(("of '%s' in %s, on a machine in %s"):format(case[2], case[3] or "its own zone", case[1]), function()
      in_zone(case[1], function()
        local lines, exact = assert(schedule.parse(case[2], case[3])):crontab()
        assert.same({ case[4], case[5] }, { lines, exact })
      end)
    end)
  end

  --- What a field of numbers takes.
  local function set_of(field, first, last)
    local set = {}
    for part in field:gmatch "[^,]+" do
      local range, step = part:match "^([^/]+)/(%d+)$"
      range = range or part
      local from, to = range:match "^(%d+)%-(%d+)$"
      if range == "*" then from, to = first, last end
      for i = tonumber(from or range), tonumber(to or range), tonumber(step or 1) do set[i] = true end
    end
    return set
  end

  --- Does cron start a line in the minute of this time, as libc sees it?
  local function starts(line, t)
    local minute, hour, day, month, weekday = line:match "^(%S+) (%S+) (%S+) (%S+) (%S+)$"
    local now = os.date("*t", t)
    local on_day, on_weekday = set_of(day, 1, 31)[now.day], set_of(weekday, 0, 6)[now.wday - 1]
    local both = day:find "^%*" or weekday:find "^%*"
    return set_of(minute, 0, 59)[now.min] and set_of(hour, 0, 23)[now.hour] and set_of(month, 1, 12)[now.month]
      and (both and on_day and on_weekday or not both and (on_day or on_weekday))
  end

  it("miss no due time, whatever the zones", function()
    local make, year = schedules.new(5), math.tointeger(os.date "%Y")
    local all = { "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu" }
    for _ = 1, 250 do
      local machine, zone = make:pick(all), make:pick(all)
      local text = make:pick { make:cron(), make:calendar(), "every " .. make:pick { "7m", "45m", "6h", "36h" } }
      in_zone(machine, function()
        local s = assert(schedule.parse(text, not text:find "^every" and zone or nil))
        local lines = s:crontab()
        local t = make:moment(make:pick { machine, zone }, year, year + 6)
        for _ = 1, 6 do
          t = s:next(t)
          if not t then break end
          local started = false
          for _, line in ipairs(lines) do started = started or starts(line, t) end
          assert.is_truthy(started, ("'%s' in %s on a machine in %s: %s by %s"):format(text, zone, machine,
            schedule.format(t), table.concat(lines, " | ")))
        end
      end)
    end
  end)
end)
