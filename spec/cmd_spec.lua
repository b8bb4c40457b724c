--- lash.cmd: commands as tools.
local cmd = require "lash.cmd"
local errors = require "lash.errors"
local folder = require "spec.support.folder"
local json = require "lash.core.json"
local sched = require "lash.sched"
local secrets = require "lash.secrets"
local tool = require "lash.tool"

local CTX = { name = "t", attempt = 1 }

--- What a model gets for these arguments: whether it went well, and the text.
local function call(t, arguments)
  return table.unpack(sched.run(function() return { t:call(arguments or {}, CTX) } end))
end

--- The text, without how long it took.
local function told(t, arguments)
  local ok, text = call(t, arguments)
  return { ok, (text:gsub("after [%d.]+ s%]", "after N s]")) }
end

describe("lash.cmd", function()
  it("is a tool whose parameters are the places of its template", function()
    local log = cmd.new("git log -n {n: integer = 10} --oneline -- {path?: string}", "Recent commits of a path.")
    assert.equal(log, tool.from(log))
    assert.equal("lash.tool: git_log", tostring(log))
    assert.equal('{"function":{"description":"Recent commits of a path.","name":"git_log","parameters":{"properties":'
      .. '{"n":{"default":10,"type":"integer"},"path":{"type":"string"}},"type":"object"}},"type":"function"}',
      json.encode(log:declaration()))
  end)

  it("is named after its leading plain words", function()
    for source, name in pairs {
      ["git log -n {n}"] = "git_log", ["ls"] = "ls", ["ls -l"] = "ls", ["/usr/bin/git status"] = "git_status",
      ["npm run test:unit"] = "npm_run", ["make all {x}"] = "make_all", ["docker-compose up"] = "docker-compose_up",
      ["'git' \"log\""] = "git_log",
    } do
      assert.equal(name, cmd.new(source, "X.").name)
    end
    assert.equal("mine", cmd.new("git log", "X.", { name = "mine" }).name)
  end)

  it("is called from Lua as any tool is", function()
    local echo = cmd.new("echo {text} {n: integer = 7}", "Says it.")
    assert.equal("a b 7", sched.run(function() return echo { text = "a b" } end))
    local ok, err = sched.run(function() return pcall(echo, { text = 1 }) end)
    assert.same({ false, "schema: echo: args.text: expected string, got 1" }, { ok, tostring(err) })
    local value, why = sched.run(function() return cmd.new("false", "X.") {} end)
    assert.is_nil(value)
    assert.matches("^%[exit status 1 after", why)
  end)

  it("tells a model what was written, and the rest when not all is well", function()
    local function sh(line) return told(cmd.new("sh -c {line}", "X."), { line = line }) end
    assert.same({ true, "a\nb" }, sh "echo a; echo b")
    assert.same({ true, "[exit status 0 after N s]" }, sh "true")
    assert.same({ true, "a\n[exit status 0 after N s]\nb" }, sh "echo a; echo b >&2")
    assert.same({ false, "error: a\n[exit status 3 after N s]\nb" }, sh "echo a; echo b >&2; exit 3")
    assert.same({ false, "error: [exit status 1 after N s]" }, sh "exit 1")
    assert.same({ false, "error: a\n[ended by SIGKILL after N s]" }, sh "echo a; kill -KILL $$")
  end)

  it("ends what takes too long, and tells what it wrote so far", function()
    local slow = cmd.new("sh -c 'echo a; sleep 1000'", "X.", { timeout = 0.1 })
    assert.same({ false, "error: a\n[took too long and was ended after N s]" }, told(slow))
  end)

  it("gives a model no secrets, and nothing that is no text", function()
    secrets.secret "canary-2718281828"
    local cat = cmd.new("printf {format}", "X.")
    assert.same({ true, "key [secret]!" }, told(cat, { format = "key canary-2718281828!" }))
    assert.same({ true, "(5 bytes that are no text)" }, told(cat, { format = "a\\000b\\000c" }))
  end)

  it("cuts long results in the middle", function()
    local ok, text = call(cmd.new("seq 100000", "X.", { max_output = 1000 }))
    assert.is_true(ok)
    assert.is_true(#text <= 1000)
    local path = text:match "^1\n2\n.*bytes cut; all 588894 are in (/%S+) .*\n99999\n100000$"
    local whole <close> = assert(io.open(path))
    assert.equal(588894, #whole:read "a")
    require("lash.tool.spill").close()
  end)

  it("tells how much there was of what even the file has not all of", function()
    local ok, text = call(cmd.new("sh -c 'yes | head -c 20000000'", "X.", { max_output = 1000 }))
    assert.is_true(ok)
    local head, cut, path, tail = text:match("^(y\n.*)\n%[%.%.%. (%d+) bytes cut; there were 20000000, of which "
      .. "the first and the last 8388608 are in (/%S+) %.%.%.%]\n(.*y)$")
    assert.equal(20000000 - #head - #tail, math.tointeger(cut))
    local file <close> = assert(io.open(path))
    assert.matches("^[y\n]+%[%.%.%. 3222784 bytes cut %.%.%.%][y\n]+$", file:read "a")
    require("lash.tool.spill").close()
  end)

  it("tells a model of arguments that may not be", function()
    local ls = cmd.new("ls {path}", "X.")
    assert.same({ false, 'error: schema: a value would be an option of the command: "-la"' },
      told(ls, { path = "-la" }))
    assert.same({ false, "error: schema: the value of {path} contains a zero byte" }, told(ls, { path = "a\0b" }))
    assert.same({ false, "error: input: command not found: surely-not-there" }, told(cmd.new("surely-not-there", "X.")))
  end)

  it("runs in a folder, with an environment", function()
    local dir <close> = folder.new()
    local where = cmd.new("sh -c 'pwd; echo $A'", "X.", { cwd = dir.path, env = { A = "x" } })
    assert.same({ true, dir.path .. "\nx" }, told(where))
  end)

  it("has the options of all tools", function()
    local t = cmd.new("ls", "X.", { readonly = true, max_output = 300 })
    assert.same({ true, true, 300 }, { t.readonly, t.parallel, t.max_output })
  end)

  it("is called by a model", function()
    local lash = require "lash"
    local run = sched.run(function()
      local fake <close> = require("lash.fake").start { replies = {
        { tool = "echo", arguments = { text = "$(id); `id` | id" } }, { text = "Done." } } }
      return lash.agent({ provider = { type = "fake", api_base = fake.url, api_key = "sk-fake" },
        tools = { lash.cmd("echo {text}", "Says it.") } }):run "hi"
    end)
    assert.equal("$(id); `id` | id", run.tool_calls[1].content)
    assert.is_true(run.tool_calls[1].ok)
    assert.equal("Done.", run.text)
  end)

  local REFUSED = {
    { { nil, "X." }, "lash.cmd: expected a template, a text and perhaps a table of options" },
    { { "ls", "X.", "Y" }, "lash.cmd: expected a template, a text and perhaps a table of options" },
    { { "ls" }, "lash.cmd 'ls': 'about' is missing" },
    { { "ls", "" }, "lash.cmd 'ls': 'about' is missing" },
    { { "ls | wc", "X." }, "lash.cmd: line 1, column 4: there is no shell: '|' means nothing here" },
    { { "./a.b", "X." }, "lash.cmd: the command gives the tool no name" },
    { { "ls", "X.", { nam = "y" } }, "lash.cmd 'ls': unknown key 'nam'" },
    { { "ls", "X.", { stdin = "y" } }, "lash.cmd 'ls': unknown key 'stdin'" },
    { { "ls", "X.", { name = 1 } }, "lash.cmd '1': 'name' must be a string, got 1" },
    { { "ls", "X.", { timeout = "x" } }, "lash.cmd 'ls': 'timeout' must be a duration, got \"x\"" },
    { { "ls", "X.", { max_output = 1 } }, "lash.cmd 'ls': 'max_output' must be at least 256 bytes, got 1" },
    { { "ls", "X.", { readonly = 1 } }, "lash.cmd 'ls': 'readonly' must be true or false, got 1" },
    { { "ls", "X.", { cwd = 1 } }, "lash.cmd 'ls': 'cwd' must be a string, got number" },
    { { "ls", "X.", { env = { a = {} } } }, "lash.cmd 'ls': env.a: expected a string, or false, got table" },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses: " .. case[2], function()
      local ok, err = pcall(cmd.new, table.unpack(case[1], 1, 3))
      assert.is_false(ok)
      assert.is_true(errors.is(err), tostring(err))
      assert.same({ "usage", case[2] }, { err.kind, err.message })
    end)
  end
end)
