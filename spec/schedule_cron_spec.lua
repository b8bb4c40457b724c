--- Five-field schedules against cron-parser (MIT, from npm), by others: a thousand
--- of them, most in nights in which clocks change.
--
-- Of the libraries that could be had, it is the one whose opinion of these nights is
-- a rule: a time that is left out comes as much later as the clocks go forward; one
-- that comes twice counts once, except for jobs of every hour. croner drops lists of
-- minutes in the night where a single minute would be moved, and croniter invents
-- times on the day after.
local folder = require "spec.support.folder"
local schedule = require "lash.schedule"
local schedules = require "spec.support.schedules"

local PROGRAM = "build/cronparser/run"
local SCHEDULES = os.getenv "LASH_GC_STRESS" and 220 or 1100 -- a collector that never rests takes its time
local COUNT = 5 -- times of each schedule

-- Years in which the rules are the same in the zone files that node brings along. It
-- counts hours: nights of two (Antarctica/Troll), those that begin within an hour
-- (America/St_Johns until 2011, Pacific/Chatham) or repeat the first of a day (America/Havana) are
-- beyond it, and what half an hour leaves out it forgets.
local ZONES = {
  { "Europe/Berlin", 1986, 2034 }, { "America/St_Johns", 2012, 2034 }, { "Asia/Shanghai", 1986, 1991 },
  { "Australia/Lord_Howe", 2009, 2034 }, { "America/New_York", 1986, 2034 }, { "America/Sao_Paulo", 2009, 2018 },
  { "Europe/Dublin", 1986, 2034 }, { "Pacific/Auckland", 2009, 2034 },
  { "Asia/Kathmandu", 1990, 2034 }, { "UTC", 1986, 2034 },
}

local function ours(case)
  local s = assert(schedule.parse(case.text, case.zone))
  local times, t = {}, case.base
  for i = 1, COUNT do
    t = assert(s:next(t))
    times[i] = t
  end
  return times
end

--- Answers of the judge, in their order: lists of times, or what it says.
local function ask(cases)
  local dir <close> = folder.new()
  local lines = {}
  for i, case in ipairs(cases) do lines[i] = table.concat({ case.base, COUNT, case.zone, case.text }, "\t") end
  local input = dir:write("cases", table.concat(lines, "\n") .. "\n")
  local pipe <close> = assert(io.popen(("timeout 100 %s <%s"):format(PROGRAM, input)))
  local answers = {}
  for line in pipe:lines() do
    local times = {}
    for time in line:gmatch "%f[%w-]%-?%d+" do times[#times + 1] = math.tointeger(tonumber(time)) end
    answers[#answers + 1] = line:find "^error" and line or times
  end
  return answers
end

local function shown(times, zone)
  if type(times) == "string" then return times end
  local texts = {}
  for i, t in ipairs(times) do texts[i] = schedule.format(t, zone) end
  return table.concat(texts, " ")
end

--- Is what we see next in the night of half an hour?
local function is_half_hour(case, times, theirs)
  if case.zone ~= "Australia/Lord_Howe" then return false end
  for i, t in ipairs(times) do
    if type(theirs) == "string" or theirs[i] ~= t then
      local before = schedule.format(times[i - 1] or case.base, case.zone):sub(-6)
      return before ~= schedule.format(t + 86400, case.zone):sub(-6)
    end
  end
end

describe("five fields and cron-parser", function()
  local file <close> = io.open(PROGRAM)
  if not file then
    local missing = PROGRAM .. " is not there: scripts/test installs it from npm"
    it("are compared where it is installed", function()
      if os.getenv "CI" == "true" then error(missing, 0) end
      io.stderr:write("skipped: ", missing, "\n") -- which tells CTest
      pending(missing)
    end)
    return
  end

  it("agree on a thousand schedules", function()
    local make, cases = schedules.new(2026), {}
    for i = 1, SCHEDULES do
      local zone, first, last = table.unpack(make:pick(ZONES))
      cases[i] = { zone = zone, base = make:moment(zone, first, last), text = make:cron() }
    end
    local answers, agreed = ask(cases), 0
    assert.equal(#cases, #answers)
    for i, case in ipairs(cases) do
      local times = ours(case)
      local mine, theirs = shown(times, case.zone), shown(answers[i], case.zone)
      if mine == theirs then
        agreed = agreed + 1
      elseif not is_half_hour(case, times, answers[i]) then
        local base = schedule.format(case.base, case.zone)
        assert.equal(theirs, mine, ("'%s' in %s after %s"):format(case.text, case.zone, base))
      end
    end
    assert.is_true(agreed >= SCHEDULES * 10 // 11, agreed .. " agreed")
  end)
end)
