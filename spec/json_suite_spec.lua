--- JSONTestSuite (MIT, from npm), by others: 283 documents that every reader of
--- JSON must take, or must refuse.
local json = require "lash.core.json"

local REFUSED = { syntax = true, toobig = true } -- the second: nested too deeply
local PROGRAM = "build/jsontestsuite/run"

local function bytes(hex)
  return (hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- What the reader says of all documents of a verdict: how many there are, and the
--- names of those of which it thinks otherwise.
local function judge(verdict)
  local pipe <close> = assert(io.popen("timeout 60 " .. PROGRAM))
  local count, wrong = 0, {}
  for line in pipe:lines() do
    local name, expected, hex = line:match "^(%S+)\t(%a+)\t(%x*)$"
    if expected == verdict then
      count = count + 1
      local _, message, code = json.decode(bytes(hex))
      local told = not message and "accept" or REFUSED[code] and "reject" or code
      if told ~= verdict then wrong[#wrong + 1] = name .. ": " .. (message or "accepted") end
    end
  end
  return count, wrong
end

describe("JSONTestSuite", function()
  local file <close> = io.open(PROGRAM)
  if not file then
    local missing = PROGRAM .. " is not there: scripts/test installs it from npm"
    it("is read where it is installed", function()
      if os.getenv "CI" == "true" then error(missing, 0) end
      io.stderr:write("skipped: ", missing, "\n") -- which tells CTest
      pending(missing)
    end)
    return
  end

  for _, case in ipairs { { "accept", 95 }, { "reject", 188 } } do
    local verdict, expected = table.unpack(case)
    it(("holds %d documents to %s, and they are"):format(expected, verdict), function()
      local count, wrong = judge(verdict)
      assert.same({}, wrong)
      assert.equal(expected, count)
    end)
  end
end)
