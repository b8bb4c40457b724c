--- lash runs export and import: a run in a file.
local json = require "lash.core.json"
local runs = require "spec.support.runs"

local STORED = [[
put({ id = ("a"):rep(26), name = "first", identity = "i", kind = "workflow", state = "failed", error = "network",
  message = "no route", exit = 69, started = 1e9 + 0.1, ended = 1e9 + 0.7, hash = "h", script = "/x/y.lua" }, {
  { key = "/fetch", input = '"\xC3\xA4"', input_hash = "1", result = "\xFF\0\1" },
  { key = "/text", result = ('"%s"'):format(("h\xC3\xB6h"):rep(300000)) },
  { key = "/bytes", result = ("\0\xFE"):rep(600000) },
  { key = "/ask/turn[1]", kind = "model", agent = "g", model = "m", usage = '{"input":3}', usd = 1e-5, tokens = 3,
    state = "lost" },
  { key = "/ask/turn[1]", kind = "model", attempt = 2, model = "m", result = "{}", usd = 0.1,
    tokens = 9007199254740993 } })]]

--- Without the long bytes.
local SMALL = STORED:gsub("600000", "6")

local RUN = ("a"):rep(26)

--- All that the store has of runs, as text, and the results that are files.
local DUMP = [[
local store, value = require "lash.store", require "lash.journal.value"
for _, sql in ipairs { "SELECT * FROM runs", "SELECT * FROM entries ORDER BY number" } do
  for _, row in ipairs(store.query(sql)) do
    row.pid = nil
    if row.beside == 1 then row.content = value.get(("a"):rep(26), row, row) end
    for name, v in pairs(row) do row[name] = type(v) == "string" and require("lash.core.sys").sha256(v) or v end
    print(lash.json.encode(row))
  end
end]]

local function dump(sh)
  local res = sh:lash("-e", DUMP)
  assert.equal(0, res.exit, res.err)
  return res.out
end

describe("lash runs export", function()
  it("has all of a run, which import takes in elsewhere", function()
    local sh <close> = runs.new(STORED)
    local before = dump(sh)
    local res = sh:lash("runs", "export", "last", "run.ndjson")
    assert.same({ "", "", 0 }, { res.out, res.err, res.exit })
    assert.equal("600\n", sh:sh("stat -c %a run.ndjson").out)
    local head = json.decode(sh:read("run.ndjson"):match "^[^\n]*")
    assert.same({ "lash run", 1 }, { head.format, head.version })
    assert.equal(sh:read "run.ndjson", sh:lash("runs", "export", "last", "-").out)
    assert.equal(2, #runs.glob(sh, "run.ndjson* .local/state/lash/runs/*")) -- no draft is left

    local other <close> = runs.new()
    other:write("run.ndjson", sh:read "run.ndjson")
    res = other:lash("runs", "import", "run.ndjson")
    assert.same({ "", "", 0 }, { res.out, res.err, res.exit })
    assert.equal(before, dump(other))
    assert.equal(sh:read "run.ndjson", other:lash("runs", "export", "aaaa", "-").out)
    -- Once more changes nothing, another one of that id is refused.
    assert.same({ 0, ("lash: run %s is there already\n"):format(RUN) },
      { other:sh("lash runs import - < run.ndjson").exit, other:read ".stderr" })
    other:write("log.txt", "hello\n")
    res = other:lash("runs", "import", "log.txt")
    assert.same({ 65, "lash: schema: log.txt: line 1: column 1: invalid char in json text\n"
      .. "hint: a file that lash runs export has made\n" }, { res.exit, res.err })
    other:write("other.ndjson", (other:read("run.ndjson"):gsub('"exit":69', '"exit":70')))
    res = other:lash("runs", "import", "other.ndjson")
    assert.same({ 64, ("lash: usage: run %s is there already, and is not the same\n"
      .. "hint: lash runs rm %s forgets the one that is there\n"):format(RUN, RUN) }, { res.exit, res.err })
    assert.equal(before, dump(other))
  end)

  it("overwrites nothing, and says what is wrong with the file", function()
    local sh <close> = runs.new(STORED)
    sh:write("there", "mine")
    local cases = {
      { "there", 73, "there is there already" }, { ".", 73, "is there already" }, { "/dev/full", 73, "already" },
      { "none/run", 73, "cannot write none/run: No such file or directory" },
      { "there/run", 73, "cannot write there/run: Not a directory" },
    }
    for _, case in ipairs(cases) do
      local res = sh:lash("runs", "export", "last", case[1])
      assert.same({ case[2], true }, { res.exit, res.err:find(case[3], 1, true) ~= nil }, res.err)
    end
    assert.equal("mine", sh:read "there")
    local res = sh:sh "ulimit -f 1024; lash runs export last run.ndjson"
    assert.equal(74, res.exit)
    assert.matches("^lash: io: cannot write run.ndjson: File too large", res.err)
    assert.same({}, runs.glob(sh, "run.ndjson*"))
    assert.equal(74, sh:sh("lash runs export last - > /dev/full").exit)
    assert.equal(66, sh:lash("runs", "export", "zzzz", "x").exit)
    sh:sh "rm -r .local/state/lash/runs"
    res = sh:lash("runs", "export", "last", "run.ndjson")
    assert.same({ 74, true }, { res.exit, res.err:find("a result of this run is not there any more", 1, true) ~= nil })
    assert.same({}, runs.glob(sh, "run.ndjson*"))
  end)
end)

describe("lash runs import", function()
  local sh, text
  setup(function()
    sh = runs.new(SMALL)
    assert.equal(0, sh:lash("runs", "export", "last", "good").exit)
    text = sh:read "good"
    assert.equal(0, sh:lash("runs", "rm", "last").exit)
  end)
  teardown(function() sh:close() end)

  local function import(content)
    sh:write("bad", content)
    local res = sh:lash("runs", "import", "bad")
    assert.equal("", sh:lash("runs", "--json").out)
    assert.same({}, runs.glob(sh, ".local/state/lash/runs/*"))
    return res
  end

  it("says in which line a file is malformed, and takes nothing of it", function()
    local function with(pattern, replacement, line)
      local n = 0
      return (text:gsub("[^\n]*\n", function(one)
        n = n + 1
        return n == line and one:gsub(pattern, replacement, 1) or nil
      end))
    end
    local cases = {
      { "", 1, "the file ends here, and is not whole" },
      { "hello\n", 1, "column 1" },
      { "[1]\n", 1, "this is no exported run" },
      { with("lash run", "tar", 1), 1, "this is no exported run" },
      { with('"version":1', '"version":2', 1), 1, "version 2 of the format is not known here" },
      { with("run", "ran", 2), 2, "run: expected an object" },
      { with('"id":"a', '"id":"../', 2), 2, "run.id: not an id" },
      { with('"id":"%w+",', "", 2), 2, "run.id" },
      { with('"words":"%[', '"words":"{', 2), 2, "run.words: not what lash writes" },
      { with('"words":"[^,]*"', '"words":"[1]"', 2), 2, "run.words: not what lash writes" },
      { with('"state":"failed"', '"state":"fine"', 2), 2, "run.state" },
      { with('"started":', '"started":"x","y":', 2), 2, 'run: unknown field "y"' },
      { with('"started":[%d.]+', '"started":"x"', 2), 2, "run.started" },
      { with('"base64":"', '"base64":"!', 3), 3, "entry.result: no base64" },
      { with('"attempt":1', '"attempt":0', 3), 3, "entry.attempt" },
      { with('"kind":"step"', '"kind":"magic"', 3), 3, "entry.kind" },
      { with('{\\"input\\":3}', '{\\"input\\":{}}', 8), 8, "entry.usage: not what lash writes" },
      { with('"parts":', '"parts":9', 4), 7, "part: expected a text" },
      { with('"key":"[^"]*"', '"key":"/fetch"', 4), 6, "attempt 1 of /fetch stands there twice" },
      { with('"entries":5', '"entries":6', 10), 10, "there are entries missing" },
      { text:sub(1, -3), 10, "the file ends here, and is not whole" },
      { text:match "^(.*\n)[^\n]*\n$", 10, "the file ends here, and is not whole" },
      { text .. "\n", 11, "there is more behind the end" },
    }
    for _, case in ipairs(cases) do
      local res = import(case[1])
      assert.equal(65, res.exit, case[3] .. ": " .. res.err)
      local prefix = ("lash: schema: bad: line %d: "):format(case[2])
      assert.equal(prefix, res.err:sub(1, #prefix), case[3])
      assert.truthy(res.err:find(case[3], 1, true), res.err)
    end
  end)

  it("takes all or nothing, also where a large result finds no room", function()
    sh:write("bad", text)
    local res = sh:sh "ulimit -f 800; lash runs import bad"
    assert.same({ 74, true }, { res.exit, res.err:find "^lash: store: " ~= nil }, res.err)
    assert.same({ "", {} }, { sh:lash("runs", "--json").out, runs.glob(sh, ".local/state/lash/runs/*") })
    assert.equal(66, sh:lash("runs", "import", "nowhere").exit)
    assert.equal(66, sh:lash("runs", "import", ".").exit)
  end)

  it("brings a workflow's run that goes on", function()
    local one <close> = runs.new()
    one:write("w.lua", [[local lash = require "lash"
      return lash.workflow { name = "w", run = function(w)
        local x = w:step("once", function() lash.fs.append("count", "x") return ("y"):rep(3 << 20) end)
        if not w:approve "Go?" then return "no" end
        return #x
      end }]])
    assert.equal(75, one:lash("w.lua").exit)
    assert.equal(0, one:lash("runs", "export", "last", "moved").exit)
    one:sh "rm -r .local"
    assert.equal(0, one:lash("runs", "import", "moved").exit)
    assert.equal(0, one:lash("runs", "approve", "last", "yes").exit)
    assert.same({ ("%d\n"):format(3 << 20), "x" }, { one:lash("runs", "resume", "last").out, one:read "count" })
  end)
end)
