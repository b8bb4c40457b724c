--- The shell tool, from outside: what a confined command can do, and what not.
local proc = require "lash.core.proc"
local processes = require "spec.support.processes"
local server = require "spec.support.server"
local shell = require "spec.support.shell"

--- A home with a working folder below it, and a script that runs commands there
--- as a model would; a line of output a command: whether it went well, and what
--- the model was told.
local function with(f)
  return function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-canary-0123456789", LC_ALL = "C", MY_SETTING = "x" }
    sh:write("work/file.txt", "content\n")
    sh:write(".local/state/lash/lash.db", "database")
    sh:write("script.lua", [[
      local lash = require "lash"
      local settings = lash.json.decode(arg[1])
      settings.tools, settings.policy = { "shell" }, settings.policy or { exec = "allow" }
      local run = lash.agent(settings):run "x"
      for _, call in ipairs(run.tool_calls) do print(lash.json.encode { call.ok, call.content }) end]])
    local function run(commands, settings)
      local replies = {}
      for i, command in ipairs(commands) do
        replies[i] = ("{ tool = 'shell', arguments = { command = %q } },"):format(command)
      end
      sh.variables.DASHSCOPE_API_BASE = sh:fake(("return { %s { text = 'done' } }"):format(table.concat(replies, "\n")))
      local json = require "lash.core.json"
      local command = sh:command("../script.lua", json.encode(settings or {}))
      local res = sh:sh("cd work && setsid -w " .. command .. " </dev/null")
      local results = {}
      for line in res.out:gmatch "[^\n]+" do results[#results + 1] = json.decode(line) end
      sh:stop_fake()
      return results, res
    end
    f(run, sh)
  end
end

--- Commands that must fail, each for the reason that its output shows.
local function refused(run, list)
  local commands = {}
  for i, case in ipairs(list) do commands[i] = case[1] end
  local results, res = run(commands)
  assert.equal("", res.err)
  for i, case in ipairs(list) do
    local ok, text = table.unpack(results[i])
    assert.is_false(ok, case[1] .. ": " .. text)
    assert.matches(case[2] or "Permission denied", text, 1, true)
  end
end

-- Where the kernel has nothing to confine with there is nothing to see.
local can_confine = proc.support().landlock > 0 and proc.support().seccomp
local on_capable_kernels = can_confine and describe or pending

on_capable_kernels("shell", function()
  it("makes no settings that the next run would obey, and keeps the whole of what it wrote", with(function(run, sh)
    sh:write("work/settings.json", "somebody's")
    local results, res = run { "mv settings.json config.json; echo A=b >.env.local; ls -A", "ls -A", "seq 1 30000" }
    assert.matches("config.json", results[1][2])
    local config, env = sh.path .. "/work/config.json", sh.path .. "/work/.env.local"
    local told = ("[no tool makes settings of lash: %s is now %s.untrusted, %s is now %s.untrusted]"):format(
      config, config, env, env)
    assert.equal(told, results[1][2]:match "[^\n]*$")
    local warning = "warning: a command made settings that the next run could obey: " .. config
    assert.matches(warning, res.err, 1, true)
    assert.same({ true, ".env.local.untrusted\nconfig.json.untrusted\nfile.txt" }, results[2])
    assert.equal("somebody's", sh:read "work/config.json.untrusted")
    run({ "echo '{}' >config.json; ln -s later .env.local; exec sleep 60" }, { timeout = 1 })
    assert.equal("config.json.untrusted config.json.untrusted-2 ", sh:sh("cd work; printf '%s ' con*").out)
    assert.equal("", sh:sh("cd work; ls -d config.json .env.local").out)
    assert.matches("bytes cut", results[3][2])
    assert.matches("/lash%-%w+/%w+%.txt", results[3][2])
  end))

  it("leaves no settings behind when lash is killed meanwhile", with(function(_, sh)
    sh.variables.DASHSCOPE_API_BASE = sh:fake [[return { { tool = "shell", arguments = {
      command = "echo '{}' >config.json; echo A=b >.env.local; touch made; exec sleep 60" } } }]]
    local child = sh:start "cd work; exec $lash ../script.lua {} </dev/null"
    local stat = require("lash.core.sys").stat
    processes.await(function() return stat(sh.path .. "/work/made") end)
    child:kill "KILL"
    assert.equal(137, child:wait().exit)
    for _, name in ipairs { "config.json", ".env.local" } do
      processes.await(function() return not stat(sh.path .. "/work/" .. name) end)
      processes.await(function() return stat(sh.path .. "/work/" .. name .. ".untrusted") end)
    end
    assert.truthy(stat(sh.path .. "/work/file.txt"))
  end))

  -- Links that a command puts in the place of a folder must lead lash nowhere.
  it("sets aside what is beside the script, and nothing that a link leads to", with(function(_, sh)
    sh:write("work/scripts/script.lua", sh:read "script.lua")
    local command = "mv scripts old; echo bad >old/config.json; ln -s ../victim scripts"
    for _, name in ipairs { "config.json", ".env.local" } do sh:write("victim/" .. name, "precious") end
    sh.variables.DASHSCOPE_API_BASE = sh:fake(("return { { tool = 'shell', arguments = { command = %q } },"
      .. "{ tool = 'shell', arguments = { command = 'echo ran' } }, 'x' }"):format(command))
    local allow = [['{ "policy": { "exec": "allow" } }']]
    local res = sh:sh("cd work && lash scripts/script.lua " .. allow .. " </dev/null")
    assert.matches("old/config.json is now " .. sh.path .. "/work/old/config.json.untrusted", res.out, 1, true)
    assert.matches("its folder is another now", res.err, 1, true)
    assert.matches("cannot open the folder of " .. sh.path .. "/work/scripts/config.json", res.out, 1, true)
    assert.not_matches("ran", res.out) -- nobody could tell what such a command makes
    assert.equal("bad\n", sh:read "work/old/config.json.untrusted")
    for _, name in ipairs { "config.json", ".env.local" } do assert.equal("precious", sh:read("victim/" .. name)) end
    sh:stop_fake()

    -- The same of its launcher, when lash is killed.
    sh:sh "cd work; rm -r scripts; mv old scripts; rm scripts/*.untrusted"
    sh.variables.DASHSCOPE_API_BASE = sh:fake(("return { { tool = 'shell', arguments = { command = %q } } }")
      :format(command .. "; touch made; exec sleep 60"))
    local child = sh:start("cd work; exec $lash scripts/script.lua " .. allow .. " </dev/null")
    local stat = require("lash.core.sys").stat
    processes.await(function() return stat(sh.path .. "/work/made") end)
    child:kill "KILL"
    assert.equal(137, child:wait().exit)
    processes.await(function() return stat(sh.path .. "/work/old/config.json.untrusted") end)
    for _, name in ipairs { "config.json", ".env.local" } do assert.equal("precious", sh:read("victim/" .. name)) end
  end))

  it("takes its private folder along when a command ignores the end of lash", with(function(_, sh)
    sh:sh "mkdir tmp"
    sh.variables.TMPDIR = sh.path .. "/tmp"
    sh.variables.DASHSCOPE_API_BASE = sh:fake [[return { { tool = "shell", arguments = {
      command = "trap '' TERM; touch made; while :; do sleep 0.1; done" } } }]]
    local child = sh:start "cd work; exec $lash ../script.lua {} </dev/null"
    processes.await(function() return require("lash.core.sys").stat(sh.path .. "/work/made") end)
    child:kill "TERM"
    assert.equal(143, child:wait().exit)
    assert.equal("", sh:sh("ls -A tmp").out)
  end))

  it("works in the working folder and in a private one", with(function(run, sh)
    local results = run {
      "pwd; cat file.txt", "echo new >made && mkdir -p a/b && mv made a/b/ && cat a/b/made && rm -r a",
      "cp /bin/true mine && ./mine && ls mine", 'echo "$HOME" >"$HOME/x"; [ "$TMPDIR" = "$HOME" ] && cat "$TMPDIR/x"',
      'cat "$HOME/x"', "false", "echo to stderr >&2; exit 3", "cat <<<a", "cat", "echo x | tr x y | cat -",
    }
    assert.same({ true, sh.path .. "/work\ncontent" }, results[1])
    assert.same({ true, "new" }, results[2])
    assert.same({ true, "mine" }, results[3])
    local folder = results[4][2]
    assert.matches("^/.*/lash%-%w+$", folder)
    assert.same({ true, folder }, results[5])
    assert.is_nil(require("lash.core.sys").stat(folder)) -- gone with the run
    assert.matches("exit status 1", results[6][2])
    assert.matches("%[exit status 3 .*\nto stderr$", results[7][2])
    assert.is_false(results[8][1])
    assert.is_true(results[9][1]) -- its input is empty
    assert.same({ true, "y" }, results[10])
  end))

  it("has a small environment without secrets", with(function(run)
    local results = run { "env" }
    for line in results[1][2]:gmatch "[^\n]+" do
      local name = line:match "^([%w_]+)="
      assert.truthy(({ PATH = 1, LC_ALL = 1, HOME = 1, TMPDIR = 1, TERM = 1, PWD = 1, OLDPWD = 1, SHLVL = 1,
        _ = 1 })[name], line)
    end
    assert.not_matches("canary", results[1][2])
  end))

  it("is shown nothing of a folder of the system that cannot be looked at", with(function(_, sh)
    local res = sh:script [[
      local place, sys = require "lash.core.place", require "lash.core.sys"
      local list = place.list
      function place.list(path)
        if path == "/etc" then return nil, "cannot list /etc: Cannot allocate memory", "nomem" end
        return list(path)
      end
      function sys.euid() return 0 end
      print(table.concat(require("lash.confine").sandbox({ "/here" }, {}).read, " "))]]
    assert.matches("/usr", res.out)
    assert.matches("/here", res.out)
    assert.not_matches("/etc", res.out)
  end))

  it("reads and writes nothing outside", with(function(run, sh)
    sh:write("outside.txt", "outside")
    sh.folder:link(sh.path .. "/outside.txt", "work/link")
    sh.folder:link(sh.path, "work/folder")
    refused(run, {
      { "cat ../outside.txt" }, { "cat link" }, { "cat folder/outside.txt" }, { "ls .." }, { "ls /root /home /" },
      { "cat /proc/self/root" .. sh.path .. "/outside.txt" }, { "env sh -c 'cat ../outside.txt'" },
      { "echo x >../outside.txt" }, { "echo x >link" }, { "echo x >../new" }, { "echo x >/etc/new" },
      { "rm ../outside.txt" },
      { "mkdir ../new" }, { "ln ../outside.txt hard", "" }, { "mv ../outside.txt .", "" }, { "mv file.txt ..", "" },
      { "truncate -s 0 ../outside.txt" }, { "cat ../.local/state/lash/lash.db" }, { "ls ../.local/state/lash" },
      { "cat /proc/$PPID/environ" }, { "cat /proc/1/environ" }, { "cat /dev/tty", "" }, { "cat /etc/shadow" },
      { "touch /tmp/new-$$" }, { "chroot .", "" }, { "unshare -r true", "" }, { "mount -t tmpfs none .", "" },
    })
    assert.equal("outside", sh:read "outside.txt")
    assert.equal("database", sh:read ".local/state/lash/lash.db")
  end))

  it("reaches neither the network nor sockets", with(function(run, sh)
    local s <close> = server.start {}
    local host, port = s.url:match "//([^:/]+):(%d+)"
    local perl = ("perl -MSocket -e '%s or die \"refused: $!\\n\"; "):format "socket(my $s, %s, %s, 0)"
    local results = run {
      ("curl -s --max-time 5 http://%s:%s/"):format(host, port),
      perl:format("PF_INET", "SOCK_STREAM") .. ("connect($s, sockaddr_in(%s, inet_aton(\"%s\"))) and print \"in\"'")
        :format(port, host),
      perl:format("PF_INET", "SOCK_DGRAM")
        .. ("send($s, \"x\", 0, sockaddr_in(%s, inet_aton(\"%s\"))) and print \"in\"'"):format(port, host),
      perl:format("PF_UNIX", "SOCK_STREAM") .. "print \"in\"'", perl:format("PF_UNIX", "SOCK_DGRAM") .. "print \"in\"'",
      "perl -MSocket -e 'socketpair(my $a, my $b, PF_UNIX, SOCK_STREAM, 0) or die $!; print \"pair\"'",
    }
    for i = 1, 5 do
      assert.is_false(results[i][1], results[i][2])
      assert.not_matches("in$", results[i][2])
    end
    for i = 2, 5 do assert.matches("refused: Permission denied", results[i][2], 1, true) end
    assert.same({ true, "pair" }, results[6])
    assert.equal(0, #s:requests())
    assert.equal(0, #sh:read ".stderr")
  end))

  it("sees secrets' files of the working folder as empty", with(function(run, sh)
    for _, name in ipairs { ".env.local", "deep/server.key", "deep/.ssh/id", "config.json" } do
      sh:write("work/" .. name, "secret-of-a-file\n")
    end
    sh:write("work/.env.example", "example\n")
    sh:write("work/deep/config.json", '{ "api_key": "secret-of-a-file" }')
    sh:write("work/deep/plain/config.json", "{}")
    local results = run { "cat .env.local deep/server.key config.json; ls deep/.ssh; cat .env.example",
      "cat deep/.ssh/id", "mv deep other; cat other/server.key", "rm .env.local", "grep -r secret-of . | cat",
      "cat other/config.json other/plain/config.json" }
    if results[1][2]:find "cannot hide" then return end -- where no namespace may be made, nothing is run at all
    assert.same({ true, "example" }, results[1])
    assert.is_false(results[2][1])
    assert.matches("exit status 0", results[3][2])
    assert.is_false(results[4][1])
    for i = 1, 5 do assert.not_matches("secret-of-a-file", results[i][2]) end
    assert.same({ true, "{}" }, results[6])
    assert.equal("secret-of-a-file\n", sh:read "work/.env.local")
  end))

  it("sees none of them that was made, or moved, by the command before", with(function(run)
    local results = run { "mkdir -p a/b && echo one >a/b/x", "mv a/b/x a/b/.env && ls -A a/b", "cat a/b/.env",
      "echo two >a/b/y; mv a c; ls -A c/b", "mv c/b/y c/b/.env.local; cat c/b/.env", "cat c/b/.env.local",
      "mv c/b/.env.local c/b/z", "ls /proc/self/fd" }
    if results[3][2]:find "cannot hide" then return end
    assert.same({ true, ".env" }, results[2])
    for _, i in ipairs { 3, 5, 6 } do assert.not_matches("one", results[i][2]) end
    assert.not_matches("two", results[6][2])
    assert.is_false(results[7][1])
    assert.same({ true, "0\n1\n2\n3" }, results[8]) -- 3: the folder itself
  end))

  it("runs what a policy allows by its words, and nothing else", with(function(run)
    local results = run({ "cat file.txt", "cat  'file.txt'", "cat file.txt; echo x", "env cat file.txt", "catx" },
      { policy = { exec = { "cat" } } })
    assert.same({ true, "content" }, results[1])
    assert.same({ true, "content" }, results[2])
    for i = 3, 5 do assert.matches("denied: ", results[i][2], 1, true) end
  end))

  it("is refused where the working folder is, or contains, what is not for it", with(function(run, sh)
    local function try(variables)
      for name, value in pairs(variables) do sh.variables[name] = value end
      local result = run { "echo ran" }
      for name in pairs(variables) do sh.variables[name] = nil end
      return result[1]
    end
    assert.same({ true, "ran" }, try {})
    sh:write("work/home/x", "")
    sh:write("work/c.json", "{}")
    for _, variables in ipairs {
      { XDG_CONFIG_HOME = sh.path .. "/work" }, { XDG_STATE_HOME = sh.path .. "/work" },
      { LASH_CONFIG = sh.path .. "/work/c.json" },
    } do
      sh:write("work/lash/x", "")
      local result = try(variables)
      assert.is_false(result[1])
      assert.matches("denied: no commands here: the working folder", result[2], 1, true)
    end
    for _, folder in ipairs { "", ".config/lash", ".local/state/lash", "/" } do
      sh:write(".config/lash/x", "")
      sh.variables.DASHSCOPE_API_BASE = sh:fake
        "return { { tool = 'shell', arguments = { command = 'echo ran' } }, 'done' }"
      local where = folder == "/" and "/" or sh.path .. "/" .. folder
      local res = sh:sh(("cd '%s' && %s </dev/null"):format(where, sh:command(sh.path .. "/script.lua", "{}")))
      sh:stop_fake()
      assert.matches("denied: no commands here", res.out, 1, true)
    end
  end))

  it("bounds what a command takes", with(function(run)
    local results = run {
      "yes | head -c 10000000", "truncate -s 1100M large",
      "sh -c 'sleep 1000 & sleep 1001 & echo left'", "ulimit -c; (ulimit -c unlimited) 2>&1 | tail -c 24", "kill -9 $$",
      "head -c 20000000 /dev/zero",
    }
    assert.is_true(#results[1][2] < 70000)
    assert.matches("bytes cut", results[1][2])
    assert.matches("ended by SIGXFSZ", results[2][2], 1, true)
    assert.same({ true, "left" }, results[3])
    assert.matches("^0\n", results[4][2])
    assert.matches("ended by SIGKILL", results[5][2])
    assert.same({ true, "(20000000 bytes that are no text)" }, results[6])
  end))
end)

describe("the sandbox", function()
  it("that cannot be made lets nothing run", function()
    local ok, err = pcall(require("lash.sched").run, function()
      return require("lash.exec.run").run({ "touch", "/tmp/never" }, { env = { "PATH=/bin" }, max_output = 1000,
        sandbox = { write = { "/nowhere/at/all" } } })
    end)
    assert.is_false(ok)
    assert.same({ "process", "touch: cannot confine to /nowhere/at/all: No such file or directory" },
      { err.kind, err.message })
  end)

  local real = proc.support
  after_each(function() proc.support = real end)

  it("is required in vain where the kernel has none", function()
    local lash = require "lash"
    for have, missing in pairs { [{ landlock = 0, seccomp = true }] = "this kernel has no Landlock",
      [{ landlock = 7, seccomp = false }] = "this kernel has no seccomp",
      [{ landlock = 0, seccomp = false }] = "this kernel has no Landlock and no seccomp" } do
      proc.support = function() return have end
      require("spec.support.model").run(function()
        local provider = { type = "fake", api_base = "http://127.0.0.1:1/v1", api_key = "sk-fake" }
        local _, err = lash.try(lash.ask, "x", { provider = provider, sandbox = "required" })
        assert.same({ "config", 'sandbox = "required": ' .. missing }, { err.kind, err.message })
        _, err = lash.try(lash.ask, "x", { provider = provider, retry = 0 }) -- "auto" goes as far as it can
        assert.equal("network", err.kind)
      end)
    end
    proc.support = real
    local have = real()
    assert.equal(have.landlock > 0 and have.seccomp, require("lash.confine").missing() == nil)
  end)
end)
