--- Jobs as lines of a crontab: the text, and what the command line makes of it.
local command = require "lash.job.command"
local crontab = require "lash.job.crontab"
local support = require "spec.support.job"

local function schedule(...)
  local times = { ... }
  return { crontab = function() return times, true end }
end

local function sh(text)
  local pipe <close> = assert(io.popen(text))
  return pipe:read "a"
end

--- What cron makes of the text behind the five fields: Debian's cron takes the
-- backslash before a '%' away, and ends the command at a bare one.
local function as_cron(text)
  local out, at = {}, 1
  while at <= #text do
    local two = text:sub(at, at + 1)
    if two == "\\%" then
      out[#out + 1], at = "%", at + 2
    elseif text:sub(at, at) == "%" then
      break
    else
      out[#out + 1], at = text:sub(at, at), at + 1
    end
  end
  return table.concat(out)
end

local NASTY = { "plain.lua", "with space", "it's", "100%", "%", "\\", "a\\%b", "\\'", "$HOME", "`id`",
  "a#b # lash job x", '"q"', "ü", "\xFF\xFE", "a;b&c|d", "~", "=", "-n", "*", "a\\\\b", "'\\''" }

describe("the command of a job", function()
  it("comes to the program as it is, by way of cron and its shell", function()
    for _, word in ipairs(NASTY) do
      local cmd = { program = "/usr/bin/printf", script = "/x/" .. word, variables = { { "V", word } } }
      local shell = command.shell(cmd)
      local lines = crontab.lines({ name = "x", schedule = schedule "1 2 3 4 5" }, cmd)
      local text = as_cron(lines[1]:match "^1 2 3 4 5 (.*)$")
      assert.equal(shell .. " # lash job x", text)
      local seen = sh(text:gsub("/usr/bin/printf job run", function() return "/usr/bin/env printf '%s\\n%s'" end)
        :gsub(" # lash job x$", ' "$V" | cat') .. " 2>&1")
      assert.equal("/x/" .. word .. "\n", seen, text)
      assert.equal(word, sh(shell:gsub("/usr/bin/printf job.*", function() return "sh -c 'printf %s \"$V\"'" end)))
      assert.same(cmd, command.read(shell))
    end
  end)

  it("is not read from what somebody else has written", function()
    for _, text in ipairs { "", "true", "/usr/bin/lash job run", "/usr/bin/lash job run a b", "lash job run $x 'y",
      "/usr/bin/lash job run /a >>log", 'V="x" /usr/bin/lash job run /a' } do
      local cmd = command.read(text)
      assert.is_true(cmd == nil or command.shell(cmd) == text, text)
    end
  end)
end)

describe("the text of a crontab", function()
  local LINE = "5 * * * * /l job run /d.lua # lash job d"

  it("takes lines in at its end, and out again, and leaves all others to the byte", function()
    for _, text in ipairs { "", "a\n", "# c\n\n\n", "A=1\r\n5 5 5 5 5 x\r\n", "\xFF\0\n", "# lash job d\n",
      "#5 * * * * x # lash job d\n", "5 * * * * x # lash job dd\n", "5 * * * * x # lash job e\n" } do
      local with = crontab.put(text, "d", { LINE, "6" .. LINE })
      assert.equal(text .. LINE .. "\n6" .. LINE .. "\n", with)
      assert.equal(with, crontab.put(with, "d", { LINE, "6" .. LINE }))
      assert.equal(text, crontab.put(with, "d", {}))
    end
    assert.equal("a\n" .. LINE .. "\n", crontab.put("a", "d", { LINE })) -- cron wants the line's end
    assert.equal("a", crontab.put("a", "d", {}))
  end)

  it("puts new lines where the old ones were", function()
    local text = "a\n5 * * * * x # lash job d\nb\n6 * * * * x # lash job d\r\n"
    assert.equal("a\n1 * * * * n # lash job d\nb\n", crontab.put(text, "d", { "1 * * * * n # lash job d" }))
  end)

  it("says which jobs are in it, and what it sets for them", function()
    local list = crontab.entries('PATH=/opt/bin\nX = "a b"\n' .. LINE .. "\nPATH=/no\n6" .. LINE
      .. "\n@daily x # lash job e\n")
    assert.equal(2, #list)
    assert.same({ "d", "5 * * * *, 65 * * * *", "/d.lua", { PATH = "/opt/bin", X = "a b" } },
      { list[1].name, list[1].times, list[1].command.script, list[1].environment })
    assert.same({ "e", "@daily" }, { list[2].name, list[2].times })
    assert.is_nil(list[2].command)
  end)
end)

describe("lash job install, into a crontab,", function()
  local home
  before_each(function() home = support.new() end)
  after_each(function() home:close() end)

  it("writes one line, and nothing the second time", function()
    home:write("bin/tab", "# mine\r\n\n7 7 * * * \xFF%%\n")
    local path = home:job "d"
    local out = home:ok("install", "d.lua")
    assert.matches("^d: installed in the crontab, next 20%d%d%-%d%d%-%d%dT%d%d:05", out)
    local tab = home:tab()
    local line = tab:match "^# mine\r\n\n7 7 %* %* %* \xFF%%%%\n(5 %* %* %* %* [^\n]*)\n$"
    assert.matches(" job run " .. path:gsub("%p", "%%%0") .. " # lash job d$", line)
    assert.matches("XDG_STATE_HOME=" .. home.path:gsub("%p", "%%%0"), line) -- its home is not that of the user database
    assert.matches("^d: unchanged in the crontab", (home:ok("install", path)))
    assert.equal(tab, home:tab())
    local _, writes = home:read("bin/crontab.log"):gsub("%-\n", "")
    assert.equal(1, writes)
  end)

  it("replaces the line when the schedule has changed", function()
    home:job "d"
    home:ok("install", "d.lua")
    home:job("d", 'schedule = "6 * * * *", run = print')
    assert.matches("^d: replaced in the crontab", (home:ok("install", "d.lua")))
    assert.matches("^6 [^\n]*\n$", home:tab())
  end)

  it("shows what it would write with --dry-run", function()
    home:job "d"
    local out = home:ok("install", "--dry-run", "d.lua")
    assert.matches("^5 %* %* %* %* [^\n]* # lash job d\n$", out)
    assert.is_nil(home:tab())
    home:ok("install", "d.lua")
    assert.equal(home:tab(), out)
  end)

  it("goes by the machine's clocks, as cron does, and not by those of the person who installs", function()
    home:job("d", 'schedule = "30 7 * * *", tz = "Asia/Kathmandu", run = print')
    home:job("e", 'schedule = "30 7 * * *", run = print')
    local seen = {}
    for i, zone in ipairs { "", "America/New_York", "Asia/Tokyo" } do
      home.shell.variables.TZ = zone ~= "" and zone or nil
      seen[i] = home:ok("install", "--dry-run", "d.lua") .. home:ok("install", "--dry-run", "e.lua")
    end
    assert.same({ seen[1], seen[1], seen[1] }, seen)
    home:ok("install", "d.lua") -- $TZ is Tokyo's
    home:ok("install", "e.lua")
    home.shell.variables.TZ = "America/New_York"
    local rows = home:ok("list", "--json")
    assert.equal(2, select(2, rows:gsub('"problems":%[%]', "")), rows)
    assert.matches("\nok +installed +in the crontab: ", (home:ok("verify", "d.lua")))
  end)

  it("takes all of it away again, by name or by file", function()
    home:write("bin/tab", "1 1 1 1 1 x\n")
    local path = home:job "d"
    for _, word in ipairs { "d", "d.lua", path, "./d.lua" } do
      home:ok("install", "d.lua")
      assert.equal("d: no longer in the crontab\n", (home:ok("uninstall", word)))
      assert.equal("1 1 1 1 1 x\n", home:tab())
    end
    local res = home:lash("job", "uninstall", "d")
    assert.same({ 66, "lash: input: no job 'd' is installed\nhint: `lash job list` shows those that are\n" },
      { res.exit, res.err })
  end)

  it("takes an installed name for that, whatever the current folder has", function()
    home:job "d"
    home.shell:sh "mkdir d"
    local none = "lash: input: no job 'd' is installed\nhint: `lash job list` shows those that are\n"
    assert.equal(none, home:lash("job", "uninstall", "d").err)
    home:ok("install", "d.lua")
    assert.equal("d: no longer in the crontab\n", (home:ok("uninstall", "d")))
  end)

  it("leaves no empty crontab, and needs no script to take its line away", function()
    local path = home:job "d"
    home:ok("install", "d.lua")
    os.remove(path)
    home:ok("uninstall", "./d.lua")
    assert.is_nil(home:tab())
  end)

  it("keeps two scripts of one name apart", function()
    home:job "d"
    home:job("d", nil, "other/d.lua")
    home:ok("install", "d.lua")
    local res = home:lash("job", "install", "other/d.lua")
    assert.equal(64, res.exit)
    assert.matches("a job 'd' is installed already, of .*/d%.lua\nhint: another name", res.err)
    os.remove(home.path .. "/d.lua") -- it has moved
    assert.matches("^d: replaced", (home:ok("install", "other/d.lua")))
  end)

  it("changes nothing when the crontab cannot be read", function()
    home:job "d"
    home:write("bin/tab", "x\n")
    home:write("bin/refusal", "You (me) are not allowed to use this program (crontab)\n")
    local res = home:lash("job", "install", "d.lua")
    assert.equal(78, res.exit)
    assert.equal("lash: config: the crontab cannot be read: crontab -l: You (me) are not allowed to use this program "
      .. "(crontab)\nhint: nothing was changed\n", res.err)
    assert.equal("x\n", home:tab())
  end)

  it("needs no crontab for a user timer", function()
    home:job "d"
    home:ok("install", "d.lua")
    home:write("bin/refusal", "You (me) are not allowed to use this program (crontab)\n")
    os.remove(home.path .. "/bin/no-bus")
    home:write("bin/linger", "")
    assert.matches("^d: installed as a user timer", (home:ok("install", "d.lua")))
    local out, err = home:ok "list"
    assert.matches("\nd .* systemd ", out)
    assert.matches("^lash: warning: the crontab cannot be read: ", err)
    home:ok("uninstall", "d")
    assert.equal(78, home:lash("job", "uninstall", "d").exit) -- what is in the crontab, nobody can say
  end)

  it("keeps no option that stands before it, and says so", function()
    home:job "d"
    for option, value in pairs { model = "qwen-plus", budget = "1", timeout = "5", agent = "x" } do
      local res = home:lash("--" .. option, value, "job", "install", "d.lua")
      assert.same({ 64, ("lash: usage: lash job install does not keep --%s\n"
        .. "hint: the script or config.json can say it\n"):format(option) }, { res.exit, res.err })
    end
    home:write("c.json", "{}")
    assert.equal(0, home:lash("--config", "c.json", "job", "install", "d.lua").exit)
    assert.matches(" LASH_CONFIG=/[^ ]*/c%.json ", home:tab())
  end)

  it("says what to do where nothing starts jobs", function()
    home:job "d"
    os.remove(home.path .. "/bin/crontab")
    home.shell.variables.PATH = home.path .. "/bin:" .. home.path .. "/sys"
    assert(os.execute(("mkdir '%s/sys' && ln -s /bin/sh /bin/dirname /bin/cat '%s/sys'"):format(home.path, home.path)))
    local res = home:sh(("'/usr/bin/env' -i HOME='%s' PATH='%s' '%s' job install d.lua"):format(home.path,
      home.shell.variables.PATH, os.getenv "LASH_PROGRAM"))
    assert.equal(78, res.exit)
    assert.matches("^lash: config: nothing here starts jobs: there is no crontab command, and no user timer would run: "
      .. "systemctl does not work here: ", res.err)
    assert.matches("\nhint: apt install cron, or .*: 5 %* %* %* %* .* job run .*/d%.lua # lash job d\n$", res.err)
  end)

  it("refuses a path that no line could hold", function()
    local path = home:job("d", nil, "a\nb.lua")
    local res = home:lash("job", "install", path)
    assert.equal(64, res.exit)
    assert.matches("^lash: usage: the path of the script has a control character: ", res.err)
    assert.is_nil(home:tab())
  end)

  it("gives the job the folders that this user has", function()
    home:job "d"
    home:write("lash.json", "{}")
    home.shell.variables.XDG_CONFIG_HOME = "/c d"
    home.shell.variables.XDG_STATE_HOME = home.path .. "/s"
    home.shell.variables.LASH_CONFIG = "lash.json"
    home:ok("install", "d.lua")
    local carried = ("LASH_CONFIG=%s/lash.json XDG_CONFIG_HOME='/c d' XDG_STATE_HOME=%s/s /")
      :format(home.path, home.path)
    assert.truthy(home:tab():find(carried, 1, true), home:tab())
  end)

  it("runs the job by that very line", function()
    home:job("d", 'schedule = "* * * * *", run = function() lash.fs.write("out %", lash.dir) end', "a 'b' %/d.lua")
    home:ok("install", "a 'b' %/d.lua")
    local list = crontab.entries(home:tab())
    assert.matches("\\%%", home:tab())
    home:write("line", list[1].shell)
    local res = home:sh "env -i HOME=/ SHELL=/bin/sh PATH=/usr/bin:/bin /bin/sh -c \"$(cat line)\" </dev/null"
    assert.same({ 0, "", "" }, { res.exit, res.out, res.err })
    assert.equal(home.path .. "/a 'b' %", home:read "a 'b' %/out %")
  end)

  local isolated = "unshare -rm sh -c 'mount -t tmpfs tmpfs /var/spool/cron && mkdir /var/spool/cron/crontabs && "
  local real = os.execute(isolated .. "crontab -l 2>&1 | grep -q no.crontab' >/dev/null 2>&1") and it or pending
  real("does it with the system's crontab command", function()
    home:job "d"
    os.remove(home.path .. "/bin/crontab")
    local res = home:sh(([[
      printf 'A=1\n1 1 1 1 1 true\n' >before
      %s
        crontab before
        "$1" job install "d.lua" && crontab -l >with && "$1" job uninstall d && crontab -l >after
        crontab -r && "$1" job install "d.lua" && "$1" job uninstall d && ! crontab -l' sh '%s'
      cmp before after && tail -n +3 with
    ]]):format(isolated:gsub("&& $", ""), os.getenv "LASH_PROGRAM"))
    assert.equal(0, res.exit, res.err .. res.out)
  end)
end)
