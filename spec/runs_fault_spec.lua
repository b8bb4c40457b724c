--- lash runs where the store is damaged, of another version, full or out of reach.
local runs = require "spec.support.runs"

local STATE = ".local/state/lash"

--- A shell with a run in the store and one that is not there yet.
local function start()
  local sh = runs.new [[put { id = "stored", name = "stored" }]]
  sh:write(STATE .. "/spool/spooled.ndjson",
    '{"run":{"id":"spooled","kind":"ask","name":"ask","words":"[]","started":1}}\n'
    .. '{"finish":{"state":"done","exit":0,"ended":2}}\n')
  return sh
end

local COMMANDS = { "", " show last", " approve last yes", " resume last", " rm last", " export last x", " import good" }

--- Every command fails in this way, and nothing is lost.
local function all_fail(sh, exit, pattern)
  sh:write("good", "")
  local before = sh:sh(("cat %s/lash.db | sha256sum"):format(STATE)).out
  for _, command in ipairs(COMMANDS) do
    local res = sh:sh("lash runs" .. command)
    assert.same({ exit, "" }, { res.exit, res.out }, command)
    assert.matches(pattern, res.err)
  end
  assert.equal(before, sh:sh(("cat %s/lash.db | sha256sum"):format(STATE)).out)
  assert.equal(1, #runs.glob(sh, STATE .. "/spool/spooled.ndjson"))
end

describe("lash runs tells of a store", function()
  it("that is damaged", function()
    local sh <close> = start()
    sh:write(STATE .. "/lash.db", "no database at all, but a text of some length")
    all_fail(sh, 74, "^lash: store: cannot %a+ /.*/lash.db: file is not a database\nhint: nothing was changed")
  end)

  it("that has a page of something else", function()
    local sh <close> = start()
    sh:sh(("dd if=/dev/zero of=%s/lash.db bs=4096 seek=1 count=40 conv=notrunc 2>/dev/null"):format(STATE))
    all_fail(sh, 74, "^lash: store: cannot %a+ /.*/lash.db: .*\nhint: nothing was changed")
  end)

  it("of a newer version", function()
    local sh <close> = start()
    assert.equal(0, sh:lash("-e", "require('lash.store').query 'PRAGMA user_version = 99'").exit)
    all_fail(sh, 74, "^lash: store: /.*/lash.db was written by a newer version of lash .*\nhint: update lash")
  end)

  it("that is full: what is in files stays there", function()
    local sh <close> = start()
    all_fail(setmetatable({ sh = function(_, text) return sh:sh((text:gsub("^lash", "ulimit -f 8; lash"))) end },
      { __index = sh }), 74, "^lash: store: .*lash.db.*\nhint: nothing is lost: make room")
    assert.equal(2, #runs.json(sh:lash("runs", "--json")))
  end)

  it("that cannot be written to", function()
    local sh <close> = start()
    local mount = ("mount --bind '%s/%s' '%s/%s' && mount -o remount,ro,bind '%s/%s'"):format(sh.path, STATE, sh.path,
      STATE,
      sh.path, STATE)
    if sh:sh(("unshare -rm sh -c \"%s\""):format(mount)).exit ~= 0 then return pending "no mounts are allowed here" end
    all_fail(setmetatable({ sh = function(_, text)
      if not text:find "^lash" then return sh:sh(text) end
      return sh:sh(("unshare -rm bash -c \"%s; %s\""):format(mount, text:gsub("^lash", (sh:command():gsub("'", "")))))
    end }, { __index = sh }), 74, "^lash: store: .*Read%-only file system\nhint: is the file system mounted read%-only")
  end)

  it("that has no place", function()
    local sh <close> = runs.new()
    sh.variables.HOME = "nowhere"
    local res = sh:lash "runs"
    assert.same({ 78, "lash: config: there is no folder for the state of lash\nhint: set HOME, or XDG_STATE_HOME\n" },
      { res.exit, res.err })
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    assert.same({ "[simulated] You said: hi\n", "" }, { sh:lash("ask", "hi").out, sh:lash("ask", "hi").err })
  end)
end)
