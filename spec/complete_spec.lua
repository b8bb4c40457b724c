--- Completion: what the program says may stand at the cursor, and what the shells
--- make of it.
local options = require "lash.cli.options"
local runs = require "spec.support.runs"
local sys = require "lash.core.sys"
local terminal = require "spec.support.terminal"

local CODE = 'require "lash.cli.complete" (...)'

local WORKFLOW = [[
local lash = require "lash"
return lash.workflow { name = "triage", run = function(w)
  w:all { a = function() return w:approve "Ship it?" end, b = function() return w:approve("Tell all?\n\27[2J") end }
end }]]

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- Values, in order, and what is told of them.
local function parse(text)
  local values, about = {}, {}
  for line in text:gmatch "[^\n]+" do
    local value, rest = line:match "^([^\t]*)\t?(.*)$"
    if value == "" then value, rest = "<" .. rest .. ">", "" end -- the shell is asked for files
    values[#values + 1], about[value] = value, rest
  end
  return values, about
end

describe("completion", function()
  local sh, id

  setup(function()
    sh = runs.new()
    sh.variables.DASHSCOPE_API_BASE = sh:fake()
    sh:write("c.json", '{ "providers": { "local": { "type": "openai", "api_base": "http://127.0.0.1:1/v1" } },\n'
      .. '"agents": { "defaults": { "model": "qwen-flash" }, "reviewer": {}, "a b": {} },\n'
      .. '"models": { "mine:8b": { "context": 1000 }, "other*": {} } }')
    sh:write("work/triage.lua", WORKFLOW)
    sh:write("work/notes.md", "")
    sh:write("work/my notes.txt", "")
    sh:write("work/sub/x.lua", "")
    assert(sh:lash("ask", "--session", "talk", "hello\27[2J").exit == 0)
    assert(sh:sh("cd work && lash triage.lua").exit == 75)
    sh.folder:link(os.getenv "LASH_PROGRAM", "lash")
    id = runs.json(sh:lash("runs", "--json", "--limit", "1"))[1].id
  end)
  teardown(function() sh:close() end)

  --- The candidates for a line, in which words are apart by one blank.
  local function complete(line)
    local words = {}
    for word in line:gmatch "[^ ]*" do words[#words + 1] = word end
    local ended = sh:lash("-q", "-e", CODE, table.unpack(words))
    assert.same({ 0, "" }, { ended.exit, ended.err })
    return parse(ended.out)
  end

  local CASES = {
    { "lash ask --thinking ", { "off", "low", "medium", "high" } },
    { "lash --thinking=l", { "--thinking=off", "--thinking=low", "--thinking=medium", "--thinking=high" } },
    { "lash --nope=l", {} },
    { "lash --json=", {} },
    { "lash --config c.json -a ", { "a b", "reviewer" } },
    { "lash --config=c.json ask -p ", { "dashscope", "local" } },
    { "lash -p ", { "dashscope" } },
    { "lash --config broken.json -p ", {} },
    { "lash ask --budget ", {} },
    { "lash ask -t ", { "edit_file", "fetch", "grep", "list_files", "read_file", "shell", "write_file" } },
    { "lash ask ", { "-" } },
    { "lash ask hello @n", { "-", "<files\t@>" } },
    { "lash ask -o ", { "<files\t>" } },
    { "lash ask -oa", { "<files\t-o>" } },
    { "lash ask --session ", { "last", "talk" } },
    { "lash --config ", { "<files\t>" } },
    { "lash --config=x", { "<files\t--config=>" } },
    { "lash -q script.lua ", { "<files\t>" } },
    { "lash script.lua -", { "<files\t>" } },
    { "lash -e ", {} },
    { "lash -e print(1) ", { "<files\t>" } },
    { "lash sessions ", { "rm", "show" } },
    { "lash sessions show ", { "last", "talk" } },
    { "lash sessions show talk ", {} },
    { "lash sessions -", { "--json" } },
    { "lash runs ", { "approve", "export", "import", "resume", "rm", "show", "ask", "triage" } },
    { "lash runs --state ", { "running", "crashed", "waiting", "failed", "done", "undone", "skipped" } },
    { "lash runs --day ", { "today", "yesterday" } },
    { "lash runs show -", { "--json", "-v", "--verbose" } },
    { "lash runs approve last ", { "yes", "no" } },
    { "lash runs export last ", { "<files\t>" } },
    { "lash runs import ", { "<files\t>" } },
    { "lash models x ", {} },
    { "lash fake ", { "<lua\t>" } },
    { "lash fake --", { "--port" } },
    { "lash init ", { "<folders\t>" } },
    { "lash trust ", { "<folders\t>" } },
    { "lash test ", { "<files\t>" } },
    { "lash help ", require "lash.cli.help.topics" },
    { "lash job next -", { "-n" } },
    { "lash job next --", {} },
    { "lash job next -n ", {} },
    { "lash job next -n 5 ", { "<lua\t>" } },
    { "lash nope ", { "<files\t>" } },
  }
  for _, case in ipairs(CASES) do
    it(("knows what stands behind `%s`"):format(case[1]), function()
      assert.same(case[2], (complete(case[1])))
    end)
  end

  it("offers every command of the help, with what it is", function()
    local values, about = complete "lash "
    local listed = {}
    for line in sh:lash("--help").out:match "\ncommands:\n(.-)\noptions":gmatch "[^\n]+" do
      local name, text = line:match "^  (%l+).-%s%s+([^;]+)"
      if name then assert.equal(text, about[name]) end
      listed[#listed + 1] = name
    end
    assert.is_true(#listed > 5)
    listed[#listed + 1] = "<lua\t>"
    assert.same(listed, values)
  end)

  it("offers every option, with what it is", function()
    for line, set in pairs {
      ["lash -"] = options.common, ["lash ask -"] = options.ask, ["lash check -"] = options.check,
      ["lash chat -"] = options.chat,
    } do
      local _, about = complete(line)
      for _, all in ipairs { options.common, set, set == options.chat and options.ask or nil } do
        for name in pairs(all) do
          local option, text = set[name], about["--" .. name]
          assert.equal(option and true or false, text ~= nil, line .. " " .. name)
          assert.not_equal("", text, name)
        end
      end
      for letter, name in pairs(options.letters) do
        assert.equal(set[name] and true or false, about["-" .. letter] ~= nil, letter)
      end
    end
  end)

  it("offers the options that a command has, and no other", function()
    for _, name in ipairs { "list", "show", "resume" } do
      local values = complete(("lash runs %s --"):format(name == "list" and "" or name):gsub("  ", " "))
      local wanted = {}
      for option in pairs(require("lash.cli.runs." .. name).options) do wanted[#wanted + 1] = "--" .. option end
      table.sort(wanted)
      assert.same(wanted, values)
    end
  end)

  it("knows models: those of config.json, too, and none that the service does not have", function()
    local _, about = complete "lash --config c.json -m "
    assert.is_truthy(about["qwen3-max"] and about["mine:8b"])
    assert.is_nil(about["other*"])
  end)

  it("knows runs, and the questions of one", function()
    local values, about = complete "lash runs show "
    assert.equal("last", values[1])
    assert.equal(id, values[2])
    assert.equal("triage, waiting", about[id])
    assert.same({ id }, (complete "lash runs approve ")) -- the other one is done
    values, about = complete(("lash runs approve %s yes "):format(id))
    assert.equal(2, #values)
    assert.equal("Ship it?", about[values[1]])
    assert.matches("^Tell all%? .*2J$", about[values[2]])
  end)

  it("knows the jobs that are installed", function()
    local home <close> = require("spec.support.job").new(true)
    for _, name in ipairs { "digest", "watch" } do
      home:job(name)
      home:ok("install", name == "digest" and "--systemd" or "--cron", name .. ".lua")
    end
    local values, about = parse(home:lash("-q", "-e", CODE, "lash", "job", "uninstall", "").out)
    assert.same({ "digest", "watch", "<lua\t>" }, values)
    assert.same({ "as a user timer", "in the crontab" }, { about.digest, about.watch })
  end)

  it("lets nothing through that a terminal would obey", function()
    local _, about = complete "lash ask --session "
    assert.matches("hello", about.talk)
    assert.not_matches("\27", about.talk)
  end)

  it("makes no file", function()
    local other <close> = runs.new()
    for _, line in ipairs { "runs show ", "sessions show ", "runs " } do
      local words = {}
      for word in line:gmatch "[^ ]*" do words[#words + 1] = word end
      assert.equal(0, other:lash("-q", "-e", CODE, "lash", table.unpack(words)).exit)
    end
    assert.same({}, runs.glob(other, ".local .config *"))
  end)

  --- The file for a shell; nil where that shell is not installed. It must take it.
  local function file_for(program, name, check)
    if not os.execute(("command -v %s >/dev/null"):format(program)) then return nil end
    local path = sys.realpath("cmake/completions/" .. name)
    assert.is_true((os.execute(("%s %s '%s'"):format(program, check, path))))
    return path
  end

  --- Types a line into an interactive shell: the words become whole, and run.
  local function check_terminal(command)
    local t <close> = terminal.start(sh, ("cd work && exec env -i HOME='%s' PATH='%s':$PATH TERM=dumb %s"):format(
      sh.path, sh.path, command))
    t:wait "ready"
    t:type "lash hel\tconf\t\n"
    t:wait "config.json, first found wins"
    t:type "exit\n"
    assert.equal(0, select(2, t:finish()))
  end

  it("works in bash", function()
    local file = assert(file_for("bash", "lash.bash", "-n"))
    --- What Readline is given for a line, which bash takes apart into these words.
    local function reply(line, ...)
      local ended = sh:sh(([[cd work; source '%s'; COMP_LINE=%s; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(%s)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_WORDBREAKS=$' \t\n"\'><=;|&(:@'; _lash
        printf '%%s\n' "${COMPREPLY[@]}"]]):format(file, quoted(line), table.concat({ ... }, " ")))
      return (parse(ended.out))
    end
    assert.same({ "ask" }, reply("lash as", "lash", "as"))
    assert.same({ "low" }, reply("lash ask --thinking l", "lash", "ask", "--thinking", "l"))
    assert.same({ "low" }, reply("lash ask --thinking=l", "lash", "ask", "--thinking", "=", "l"))
    assert.same({ "off", "low", "medium", "high" }, reply("lash --thinking=", "lash", "--thinking", "="))
    assert.same({ "test", "trust", "triage.lua" }, reply("lash t", "lash", "t"))
    assert.same({ "sub" }, reply("lash su", "lash", "su"))
    assert.same({ "sub/x.lua" }, reply("lash sub/", "lash", "sub/"))
    assert.same({ "@my notes.txt" }, reply("lash ask 'Sum up' @my", "lash", "ask", "\"'Sum up'\"", "@", "my"))
    assert.same({ "notes.md" }, reply("lash --config=no", "lash", "--config", "=", "no"))
    assert.same({ "8b" }, reply("lash --config ../c.json -m mine:", "lash", "--config", "../c.json", "-m", "mine", ":"))
    assert.same({ "a\\ b" }, reply("lash --config ../c.json -a a", "lash", "--config", "../c.json", "-a", "a"))
    assert.same({}, reply("lash ask --budget ", "lash", "ask", "--budget", "''"))
    sh:write(".bashrc", ("PS1='$ '; source '%s'; echo rea''dy"):format(file))
    check_terminal "bash -i"
  end)

  it("works in zsh", function()
    local file = file_for("zsh", "_lash", "-n")
    if not file then return pending "there is no zsh" end
    sh:write(".zshrc", ("PS1='%% '; fpath=('%s' $fpath); autoload -Uz compinit; compinit -u -D; echo rea''dy")
      :format(file:match "^(.*)/"))
    check_terminal "zsh -d -i"
  end)

  it("works in fish", function()
    local file = file_for("fish", "lash.fish", "--no-execute")
    if not file then return pending "there is no fish" end
    local function reply(line)
      sh:write("line.fish", ("source '%s'; complete -C %s"):format(file, quoted(line)))
      local ended = sh:sh(("cd work && %s"):format(sh:command():gsub("'PATH=", "'PATH=" .. sh.path .. ":")
        :gsub(" '[^']*'$", " fish --no-config ../line.fish")))
      assert.same({ 0, "" }, { ended.exit, ended.err })
      return (parse(ended.out))
    end
    assert.same({ "ask" }, reply "lash as")
    assert.same({ "--thinking=low" }, reply "lash ask --thinking=l")
    assert.same({ "test", "trust", "triage.lua" }, reply "lash t")
    assert.same({ "@my notes.txt" }, reply "lash ask @my")
    assert.same({ "--config=notes.md" }, reply "lash --config=no")
    assert.same({ "last", "talk" }, reply "lash sessions show ")
    assert.same({ "sub/" }, reply "lash init ")
    assert.same({ "mine:8b" }, reply "lash --config ../c.json -m mine:")
  end)
end)
