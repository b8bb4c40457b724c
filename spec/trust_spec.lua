local folder = require "spec.support.folder"
local sys = require "lash.core.sys"
local trust = require "lash.trust"

describe("lash.trust", function()
  local dir, work, variables, restore
  before_each(function()
    dir = folder.new()
    work = dir.path .. "/work"
    variables = { HOME = dir.path .. "/home" }
    restore = folder.environment(variables)
    dir:write("work/config.json", "{}")
  end)
  after_each(function()
    restore()
    dir:close()
  end)

  it("holds for the files as they were", function()
    assert.is_false(trust.trusted(work))
    assert.same({ work, { ["config.json"] = sys.sha256 "{}" } }, { trust.add(work) })
    assert.same({ ["config.json"] = "{}" }, trust.open(work))
    local changes = {
      function() dir:write("work/config.json", "{ }") end,
      function() dir:write("work/.env.local", "") end,
      function() os.remove(work .. "/config.json") end,
    }
    local reasons = {
      "config.json changed since it was trusted",
      ".env.local changed since it was trusted",
      "config.json changed since it was trusted",
    }
    for i, change in ipairs(changes) do
      dir:write("work/config.json", "{}")
      os.remove(work .. "/.env.local")
      assert.is_true(trust.trusted(work))
      change()
      assert.same({ false, reasons[i] }, { trust.trusted(work) })
    end
  end)

  it("is of the real folder, whatever its name", function()
    trust.add(dir:link("work", "link"))
    assert.is_true(trust.trusted(work))
    assert.is_true(trust.trusted(dir.path .. "/link"))
    assert.is_false(trust.trusted(dir.path .. "/gone"))
  end)

  it("remembers every folder, for its owner only", function()
    dir:write("other/.env.local", "A=1")
    assert(trust.add(work))
    assert(trust.add(dir.path .. "/other"))
    assert.is_true(trust.trusted(work))
    assert.is_true(trust.trusted(dir.path .. "/other"))
    local list = dir.path .. "/home/.local/state/lash/trust.json"
    assert.equal(384, sys.stat(list).mode)
    assert.equal(448, sys.stat(list:match "^(.*)/").mode)

    variables.XDG_STATE_HOME = dir.path .. "/state"
    assert.is_false(trust.trusted(work))
    assert(trust.add(work))
    assert.equal("file", sys.stat(dir.path .. "/state/lash/trust.json").type)
  end)

  it("believes no list that others could have written, or that is broken", function()
    assert(trust.add(work))
    dir:chmod("666", "home/.local/state/lash/trust.json")
    local ok, reason = trust.trusted(work)
    assert.is_false(ok)
    assert.matches("trust.json: others can write it$", reason)

    local list = dir:write("home/.local/state/lash/trust.json", "{")
    assert.is_false(trust.trusted(work))
    local added, err = trust.add(work)
    assert.is_nil(added)
    assert.equal("config", err.kind)
    assert.matches("remove that file", err.hint)
    for _, text in ipairs { "[]", "null", '{"folders":3}' } do
      sys.write_atomic(list, text, 384)
      assert.is_false(trust.trusted(work))
    end
    sys.write_atomic(list, ('{"folders":{"%s":"yes"}}'):format(work), 384)
    assert.is_false(trust.trusted(work))
  end)

  it("says what cannot be trusted", function()
    local function kind_of(path) return select(2, trust.add(path)).kind end
    assert.equal("input", kind_of(dir.path .. "/gone"))
    assert.equal("input", kind_of(dir.path))
    assert(sys.mkdir_p(dir.path .. "/odd/config.json", 448))
    assert.equal("input", kind_of(dir.path .. "/odd"))
    dir:write("file", "")
    variables.XDG_STATE_HOME = dir.path .. "/file"
    assert.equal("output", kind_of(work))
    variables.HOME, variables.XDG_STATE_HOME = nil, nil
    assert.equal("config", kind_of(work))
    assert.is_false(trust.trusted(work))
  end)

  describe("lash trust", function()
    local function run(...)
      local lines, real = {}, print
      _G.print = function(line) lines[#lines + 1] = line end
      local ok, result = pcall(require "lash.cli.trust", { ... })
      _G.print = real
      return ok, result, table.concat(lines, "\n")
    end

    it("prints what it trusted", function()
      local ok, exit, output = run(work)
      assert.same({ true, 0 }, { ok, exit })
      assert.matches("trusted: " .. work, output, 1, true)
      assert.matches(sys.sha256 "{}", output, 1, true)
      assert.is_nil(output:find ".env.local")
    end)

    it("raises what is wrong", function()
      for _, argv in ipairs { { "a", "b" }, { "--force" } } do
        assert.equal("usage", select(2, run(table.unpack(argv))).kind)
      end
      assert.equal("input", select(2, run(dir.path .. "/gone")).kind)
    end)
  end)
end)
