--- Commits every fault of the table, and goes through every door that its row names.
--
-- usage:   build/release/lash --lua spec/faults/matrix.lua [PART OF A NAME]
-- output:
--   143 faults, 199 runs: 0 wrong; the latest end is 0.02 s after its deadline
local doors = require "spec.faults.doors"
local lash = require "lash"
local sched = require "lash.sched"

local TOGETHER = 8
local GRACE = 1 -- seconds that it may take beyond its deadline

local only = arg[1]

local cases, faults = {}, 0
for _, module in ipairs { "rows", "refusals" } do
  for _, row in ipairs(require("spec.faults." .. module)) do
    if not only or row[1]:find(only, 1, true) then
      faults = faults + 1
      for _, door in ipairs(doors.NAMES) do
        if row[door] then cases[#cases + 1] = { row = row, door = door } end
      end
    end
  end
end

--- What a run takes when all is well, here and now, beside the others.
local function overhead()
  local row = { "none", { { send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" } } }
  local eight = { 1, 2, 3, 4, 5, 6, 7, 8 }
  local taken = lash.map(eight, { max = TOGETHER }, function() return doors.go(row, "http").seconds end)
  return math.max(table.unpack(taken))
end

local function main()
  local slack, wrong, longest = overhead(), 0, 0
  local function late(outcome) return outcome.seconds - outcome.deadline - slack end
  lash.map(cases, { max = TOGETHER }, function(case)
    local outcome = doors.go(case.row, case.door)
    case.late = late(outcome)
    case.flaw = doors.flaw(case.row, case.door, outcome)
  end)
  for _, case in ipairs(cases) do
    if case.late > GRACE then case.late = late(doors.go(case.row, case.door)) end -- others may have been in the way
    if case.late > GRACE then case.flaw = case.flaw or ("ended %.1f s after its deadline"):format(case.late) end
    longest = math.max(longest, case.late)
    if case.flaw then
      wrong = wrong + 1
      print(("%s, %s: %s"):format(case.row[1], case.door, case.flaw))
    end
  end
  print(("%d faults, %d runs: %d wrong; the latest end is %.2f s after its deadline"):format(faults, #cases, wrong,
    longest))
  return wrong == 0
end

os.exit(sched.run(main))
