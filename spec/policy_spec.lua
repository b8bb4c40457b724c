--- Policies: what they decide, on real paths and parsed commands.
local folder = require "spec.support.folder"
local lash = require "lash"
local policy = require "lash.policy"
local sys = require "lash.core.sys"
local words = require "lash.tool.words"

local function failure(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

describe("a policy", function()
  local dir, outside
  setup(function()
    dir, outside = folder.new(), folder.new()
    dir:write("src/deep/a.lua", "")
    dir:link("src", "link")
    dir:link(outside.path, "away")
  end)
  teardown(function()
    dir:close()
    outside:close()
  end)

  it("lets the working folder be read, and asks for all else", function()
    local rules, here = policy.rules(nil), assert(sys.cwd())
    assert.equal("allow", rules:decide("read", here))
    assert.equal("allow", rules:decide("read", here .. "/a/b"))
    assert.equal("ask", rules:decide("read", here .. "x"))
    assert.equal("ask", rules:decide("read", (here:match "^(.*)/")))
    assert.equal("ask", rules:decide("write", here .. "/a"))
    assert.equal("ask", rules:decide("exec", { "ls" }))
    assert.equal("ask", rules:decide("net", "example.com"))
  end)

  it("is a word for all of a kind", function()
    local rules = policy.rules { read = "deny", write = "allow", exec = "allow", net = "deny" }
    assert.equal("deny", rules:decide("read", assert(sys.cwd())))
    assert.equal("allow", rules:decide("write", "/anywhere"))
    assert.equal("allow", rules:decide("exec", { "sh", "-c", "x" }))
    assert.equal("deny", rules:decide("net", "example.com"))
  end)

  it("lists globs of real paths", function()
    local CASES = {
      { "src", "/src/deep/a.lua", "allow" }, { "src", "/src", "allow" }, { "src", "/srcs", "ask" },
      { "src/*.lua", "/src/deep/a.lua", "ask" }, { "src/**/*.lua", "/src/deep/a.lua", "allow" },
      { "link", "/src/deep/a.lua", "allow" }, { "link/**", "/src/deep/a.lua", "allow" },
      { "link/**", "/link/deep/a.lua", "ask" }, -- no real path
      { "away", "/away/x", "ask" }, { "new", "/new", "allow" }, { "new/*", "/new/x", "allow" },
    }
    for _, case in ipairs(CASES) do
      local rules = policy.rules { read = { dir.path .. "/" .. case[1] } }
      assert.equal(case[3], rules:decide("read", dir.path .. case[2]), case[1] .. " for " .. case[2])
    end
    assert.equal("allow", policy.rules { write = { dir.path .. "/away/*" } }:decide("write", outside.path .. "/x"))
    assert.equal("allow", policy.rules { read = { "~" } }:decide("read", assert(sys.realpath(sys.home())) .. "/x"))
    assert.equal("allow", policy.rules { read = { "spec/*" } }:decide("read", sys.cwd() .. "/spec/x"))
    assert.equal("ask", policy.rules { read = {} }:decide("read", assert(sys.cwd())))
  end)

  it("takes wildcards in the name of the working folder, of home and of a link's target for themselves", function()
    local name, before = "w[1]*?{a,b}", assert(sys.cwd())
    dir:write(name .. "/src/a.lua", "")
    dir:write("w1xya/src/a.lua", "")
    dir:link(name, "straight")
    local here, home = dir.path .. "/" .. name, sys.home
    local _back <close> = setmetatable({}, { __close = function()
      assert(sys.chdir(before))
      sys.home = home
    end })
    assert(sys.chdir(here))
    sys.home = function() return here end
    for _, pattern in ipairs { "src/**", "src", "src/*.lua", ".", "~/src/*", "~", dir.path .. "/straight/*/*" } do
      local rules = policy.rules { read = { pattern } }
      assert.equal("allow", rules:decide("read", here .. "/src/a.lua"), pattern)
      assert.equal("ask", rules:decide("read", dir.path .. "/w1xya/src/a.lua"), pattern)
    end
  end)

  it("lists the first words of commands", function()
    local rules = policy.rules { exec = { "git status", { "make", "a b" } } }
    for _, argv in ipairs { { "git", "status" }, { "git", "status", "-s" }, { "make", "a b", "c" } } do
      assert.equal("allow", rules:decide("exec", argv))
    end
    for _, argv in ipairs { { "git" }, { "git", "statusx" }, { "git", "-c", "status" }, { "make", "a" },
      { "env", "git", "status" }, { "sh", "-c", "git status" } } do
      assert.equal("ask", rules:decide("exec", argv))
    end
  end)

  it("lists hosts", function()
    local rules = policy.rules { net = { "Example.com", "*.example.org" } }
    for host, verdict in pairs { ["example.com"] = "allow", ["EXAMPLE.COM."] = "allow", ["a.example.com"] = "ask",
      ["a.example.org"] = "allow", ["b.a.example.org"] = "allow", ["example.org"] = "ask", ["xexample.org"] = "ask",
      ["example.com.evil.net"] = "ask" } do
      assert.equal(verdict, rules:decide("net", host), host)
      assert.equal(verdict == "allow", rules:names("net", host), host)
    end
    assert.is_false(policy.rules({ net = "allow" }):names("net", "example.com"))
  end)

  it("decides for a run's guard", function()
    local guard = require("lash.guard").new({ policy = { net = { "example.com" }, exec = "deny" } }, { denied = {} })
    assert.same({ true, nil, true }, { guard:host("fetch", "example.com") })
    assert.is_true(require("lash.guard").new({ policy = { net = "allow" } }, { denied = {} }):host("fetch", "x.org"))
    local ok, message = guard:command("shell", { "ls" }, "ls")
    assert.same({ false, "denied: the policy of this agent forbids it (exec)" }, { ok, message })
  end)

  it("is checked when it is made", function()
    assert.equal("lash.policy", tostring(lash.policy { read = "allow", exec = { { "npm", "test" } } }))
    for wrong, message in pairs {
      ["lash.policy: unknown key 'wirte'"] = { wirte = "allow" },
      ['lash.policy: read: expected "allow", "ask", "deny", got "always"'] = { read = "always" },
      ["lash.policy: net: expected list or string, got boolean"] = { net = true },
      ["policy: exec: a command without words would allow them all"] = { exec = { " " } },
      ["policy: write: an empty path would allow the whole working folder"] = { write = { "" } },
      ["policy: read: a bracket without its other half in '[z'"] = { read = { "a", "[z" } },
      ["policy: read: a bracket without its other half in 'a}b'"] = { read = { "a}b" } },
      ["policy: read: a bracket without its other half in '{a,{b}'"] = { read = { "{a,{b}" } },
      ["policy: net: 'http://x/' is no host"] = { net = { "http://x/" } },
      ["policy: net: 'x:80' is no host"] = { net = { "x:80" } },
      ["policy: net: '*' is no host"] = { net = { "*" } },
    } do
      local err = failure(lash.policy, message)
      assert.same({ "usage", wrong }, { err.kind, err.message })
    end
    assert.equal("did you mean 'write'?", failure(lash.policy, { wirte = "allow" }).hint)
    lash.policy { read = { "[[]z", "[]{]", "{a,b{c,d}}", "[!]z]" }, net = { "localhost", "::1", "*.example.org" } }
    assert.equal("usage", failure(lash.agent, { policy = { read = 1 } }).kind)
    assert.equal("usage", failure(lash.agent, { sandbox = "on" }).kind)
    assert.equal("allow", lash.agent({ policy = lash.policy { write = "allow" } }).policy.write)
    local err = failure(lash.agent, { tools = { "read_fil" } })
    assert.same({ "usage", "there is no built-in tool 'read_fil'", "did you mean 'read_file'?" },
      { err.kind, err.message, err.hint })
  end)
end)

describe("the words of a line", function()
  it("are known where no shell is needed", function()
    for line, argv in pairs {
      ["ls"] = { "ls" }, ["  git  log\t-n 3 "] = { "git", "log", "-n", "3" },
      ["git commit -m 'a b; $c'"] = { "git", "commit", "-m", "a b; $c" }, ['echo "a b"c'] = { "echo", "a bc" },
      ["make CC=gcc x"] = { "make", "CC=gcc", "x" }, ["echo ''"] = { "echo", "" }, ["./x.sh a@b"] = { "./x.sh", "a@b" },
    } do
      assert.same(argv, words(line), line)
    end
  end)

  it("are known in a time that grows as the line does", function()
    assert.same({ "x", "" }, words("x " .. ("''"):rep(1000000)))
    assert.is_nil(words("x " .. ("a "):rep(1000000) .. "'"))
  end)

  it("are not, where a shell would do more than split", function()
    for _, line in ipairs {
      "", " ", "a; b", "a && b", "a | b", "a > f", "a < f", "a &", "$HOME", "a $x", "a `b`", "a $(b)", 'a "$b"', "a *",
      "a ?", "a [b]", "a {b,c}", "~/x", "a ~", "(a)", "a # b", "a\\b", "X=1 a", "a\nb", "a\0b", "'a", 'a "b', "! a",
      "eval a", "exec a", ". a", "cd x", "if a", "a 'b' \"c`d\"", "a !x", 'a "!x"', "a=b", "export X", "command a",
    } do
      assert.is_nil(words(line), line)
    end
  end)
end)
