--- What `cmake --install` puts in place, used from anywhere.
local folder = require "spec.support.folder"
local json = require "lash.core.json"

local build = os.getenv "LASH_BUILD_DIR" or "build/dev"

local function sh(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local out = pipe:read "a"
  return out, select(3, pipe:close())
end

local function is_file(path)
  local file <close> = io.open(path)
  return file ~= nil
end

describe("an installation", function()
  local dir, bin, share

  setup(function()
    dir = folder.new()
    -- With a staging folder, as packagers do; another prefix than the configured one.
    local out, status = sh(("DESTDIR='%s' cmake --install '%s' --prefix /opt/lash"):format(dir.path, build))
    assert(status == 0, out)
    bin, share = dir.path .. "/opt/lash/bin/lash", dir.path .. "/opt/lash/share"
  end)
  teardown(function() dir:close() end)

  it("runs from any folder, without a home", function()
    local out, status = sh(("cd / && env -i '%s' -e 'print(lash.version, lash.dir)'"):format(bin))
    assert.equal(0, status, out)
    assert.matches("^%d+%.%d+%.%d+\t", out)
  end)

  it("reads its Lua from LASH_LUA_DIR where that is set", function()
    dir:write("lua/lash/cli.lua", "return function() print 'mine' return 3 end")
    assert.same({ "mine\n", 3 }, { sh(("cd / && LASH_LUA_DIR='%s/lua' '%s' -e ''"):format(dir.path, bin)) })
    local pwd = sh "pwd":gsub("\n", "")
    assert.same({ "1\n", 0 }, { sh(("cd / && LASH_LUA_DIR='%s/lua' '%s' -e 'print(1)'"):format(pwd, bin)) })
    assert.same({ "1\n", 0 }, { sh(("cd / && LASH_LUA_DIR= '%s' -e 'print(1)'"):format(bin)) })
  end)

  it("has the example scripts, ready to run", function()
    local names = sh "cd scripts && ls *.lua"
    for name in names:gmatch "[^\n]+" do
      assert.same({ "", 0 }, { sh(("test -x '%s/lash/scripts/%s'"):format(share, name)) })
    end
    local out, status = sh(("cd / && PATH='%s':$PATH && hello.lua --help"):format(
      share .. "/lash/scripts:" .. bin:match "^(.*)/"))
    assert.equal(0, status, out)
    assert.matches("usage:", out)
  end)

  it("has the manual, completions and papers", function()
    for _, name in ipairs {
      "man/man1/lash.1.gz", "man/man7/lash-script.7.gz", "bash-completion/completions/lash",
      "fish/vendor_completions.d/lash.fish", "zsh/site-functions/_lash", "doc/lash/start.md", "doc/lash/copyright",
    } do
      assert.is_true(is_file(share .. "/" .. name), name)
    end
  end)

  it("has its stubs where `lash init` tells editors to look", function()
    local project = dir.path .. "/project"
    assert.same(0, select(2, sh(("env -i '%s' init '%s'"):format(bin, project))))
    local settings <close> = assert(io.open(project .. "/.luarc.json"))
    local library = json.decode(settings:read "a")["workspace.library"]
    assert.same({ share .. "/lash/meta" }, { table.unpack(library) })
    assert.is_true(is_file(library[1] .. "/lash.lua"))
  end)

  it("has another folder for zsh below /usr, as Debian has", function()
    local out, status = sh(("DESTDIR='%s/usr' cmake --install '%s' --prefix /usr"):format(dir.path, build))
    assert.equal(0, status, out)
    assert.is_true(is_file(dir.path .. "/usr/usr/share/zsh/vendor-completions/_lash"))
  end)

  it("leaves the tests and tools at home", function()
    local files = sh(("cd '%s' && find . -type f -o -type l | sort"):format(dir.path .. "/opt/lash"))
    for name in files:gmatch "[^\n]+" do
      assert.is_truthy(name == "./bin/lash" or name:find "^%./share/lash/%l[%l/]*/[%w-]+%.lua$"
        or name:find "^%./share/man/man%d/[%l-]+%.%d%.gz$" or name:find "^%./share/doc/lash/"
        or name:find "^%./share/[%l-]+/[%l_.-]+/_?lash[.%l]*$", name)
    end
  end)
end)
