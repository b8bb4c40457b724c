--- lash.exec and lash.sh, as a script uses them.
local errors = require "lash.errors"
local exec = require "lash.exec"
local folder = require "spec.support.folder"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

--- Runs a function of exec as a task; what it returns, or its error.
local function try(f, ...)
  local args = table.pack(...)
  return sched.run(function() return pcall(f, table.unpack(args, 1, args.n)) end)
end

local function run(...)
  local ok, value = try(exec.exec, ...)
  if not ok then error(value, 0) end
  return value
end

local function sh(...)
  local ok, value = try(exec.sh, ...)
  if not ok then error(value, 0) end
  return value
end

local function refused(f, ...)
  local ok, err = try(f, ...)
  assert.is_false(ok)
  assert.is_true(errors.is(err), tostring(err))
  return err
end

describe("lash.exec", function()
  local dir
  setup(function() dir = folder.new() end)
  teardown(function() dir:close() end)

  it("tells how a command ended, and what it wrote", function()
    local result = run { "sh", "-c", "echo out; echo err >&2; exit 3" }
    assert.is_true(result.seconds > 0 and result.seconds < 20)
    result.seconds = nil
    assert.same({ code = 3, out = "out\n", err = "err\n" }, result)
  end)

  it("names the signal", function()
    local result = run { "sh", "-c", "kill -KILL $$" }
    assert.same({ 137, "SIGKILL" }, { result.code, result.signal })
    assert.equal("SIGUSR1", run({ "sh", "-c", "kill -USR1 $$" }).signal)
    assert.equal("signal 40", run({ "sh", "-c", "kill -40 $$" }).signal)
  end)

  it("puts values into a template", function()
    assert.equal("[a b][$(x)][7]",
      run("printf '[%s]' {x: string[]} {n: integer}", { x = { "a b", "$(x)" }, n = 7 }).out)
    assert.equal("[]", run("printf '[%s]' {x?}").out)
    assert.equal("hi", run("cat", nil, { stdin = "hi" }).out)
    assert.equal("hi", run("cat", {}, { stdin = "hi" }).out)
  end)

  it("takes words as they are", function()
    assert.equal("[-n][{x}][*][7][a\nb]", run({ "printf", "[%s]", "-n", "{x}", "*", 7, "a\nb" }).out)
  end)

  it("gives nothing to read, or all of stdin", function()
    assert.equal("", run({ "cat" }).out)
    local text = ("0123456789abcdef"):rep(1 << 16) .. "\0\xFF end"
    assert.equal(text, run({ "cat", stdin = text }).out)
    assert.equal("", run({ "cat", stdin = "" }).out)
    assert.equal("ab", run({ "cat", "/dev/stdin", stdin = "ab" }).out)
  end)

  it("does not wait for who never reads, however much there is", function()
    assert.equal(0, run({ "true", stdin = ("x"):rep(10 << 20) }).code)
  end)

  it("lets a command open its own output again", function()
    assert.same({ "a\n", "b\n" }, (function(r) return { r.out, r.err } end)(
      run { "sh", "-c", "echo a >/dev/stdout; echo b >/dev/stderr" }))
  end)

  it("keeps binary output", function()
    local all = {}
    for i = 0, 255 do all[i] = string.char(i) end
    local bytes = table.concat(all, "", 0, 255)
    assert.equal(bytes:rep(100), run({ "cat", stdin = bytes:rep(100) }).out)
  end)

  it("keeps beginning and end of too much, and says so", function()
    local result = run { "sh", "-c", "seq 100000; seq 10 >&2", max_output = 300 }
    local head, dropped, tail = result.out:match "^(.*)\n%[%.%.%. (%d+) bytes cut %.%.%.%]\n(.*)$"
    assert.same({ 150, 150 }, { #head, #tail })
    assert.equal("1\n2\n3\n", head:sub(1, 6))
    assert.equal("\n99999\n100000\n", tail:sub(-14))
    assert.equal(588895 - 300, tonumber(dropped))
    assert.equal(588895 - 300, result.truncated)
    assert.equal("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", result.err)
    assert.is_nil(run({ "sh", "-c", "printf %0300d 0", max_output = 300 }).truncated)
  end)

  it("cuts no character in two", function()
    for pad = 0, 3 do
      local result = run { "cat", stdin = ("x"):rep(pad) .. ("€"):rep(1000), max_output = 300 + pad }
      assert.truthy(utf8.len(result.out), result.out)
      assert.equal(3000 + pad, #result.out:gsub("\n%[.*%]\n", "") + result.truncated)
    end
  end)

  it("works in the folder that is asked for", function()
    assert.equal(dir.path .. "\n", run({ "pwd", cwd = dir.path }).out)
    dir:write("tool", "#!/bin/sh\necho here\n", 448)
    assert.equal("here\n", run({ "./tool", cwd = dir.path }).out)
    assert.equal(sys.cwd() .. "\n", run({ "pwd" }).out)
  end)

  it("ends what takes too long, and keeps what it wrote", function()
    local began = loop.now()
    local result = run("sh -c 'echo hi; sleep 1000'", nil, { timeout = "1s" })
    assert.same({ 124, "SIGTERM", "hi\n", true }, { result.code, result.signal, result.out, result.timed_out })
    assert.is_true(result.seconds >= 0.5 and loop.now() - began < 3.5) -- it begins a little later than its time
    -- 124 also where the command makes the best of it
    result = run("sh -c 'trap \"exit 0\" TERM; sleep 1000 & wait'", nil, { timeout = 0.1 })
    assert.same({ 124, nil, true }, { result.code, result.signal, result.timed_out })
    assert.is_nil(run("true", nil, { timeout = 60 }).timed_out)
  end)

  it("lets other tasks run", function()
    local order = {}
    sched.run(function()
      local task = sched.spawn(function()
        exec.sh { "sleep", "0.1" }
        order[#order + 1] = "slow"
      end)
      exec.sh { "true" }
      order[#order + 1] = "fast"
      task:join()
    end)
    assert.same({ "fast", "slow" }, order)
  end)

  it("works inside gsub and sort", function()
    assert.equal("<a><b>", sched.run(function()
      return (("ab"):gsub(".", function(c) return exec.sh("printf '<%s>' {c}", { c = c }) end))
    end))
  end)

  local FAILURES = {
    { { "surely-not-there" }, "input: command not found: surely-not-there", "is it installed, and in $PATH?" },
    { { "cd", "/" }, "input: command not found: cd", "the option cwd is the folder of a command" },
    { { "/nowhere/tool" }, "input: cannot run /nowhere/tool: No such file or directory" },
    { { "/etc/passwd" }, "process: cannot run /etc/passwd: Permission denied", "chmod +x makes a file a command" },
    { { "true", cwd = "/nowhere" }, "input: cannot enter the folder /nowhere: No such file or directory" },
    { { "true", ("x"):rep(200000) }, "process: cannot run true: Argument list too long",
      "the arguments are too long; the option stdin has no limit" },
  }
  for _, case in ipairs(FAILURES) do
    it("raises: " .. case[2], function()
      local err = refused(exec.exec, case[1])
      assert.same({ case[2], case[3] }, { tostring(err), err.hint })
      assert.equal(tostring(err), tostring(refused(exec.sh, case[1])))
    end)
  end

  it("does not find what is in no folder of $PATH, whatever else is wrong with that", function()
    for _, path in ipairs { "", "/nowhere", "/etc/passwd", dir.path } do
      local err = refused(exec.exec, { "surely-not-there", env = { PATH = path } })
      assert.equal("input: command not found: surely-not-there", tostring(err))
    end
    dir:write("data", "x")
    local err = refused(exec.exec, { "data", env = { PATH = dir.path } })
    assert.same({ "process: cannot run data: Permission denied", "chmod +x makes a file a command" },
      { tostring(err), err.hint })
  end)

  it("tells a missing interpreter from a missing file", function()
    local path = dir:write("script", "#!/nowhere/sh\n", 448)
    local err = refused(exec.exec, { path })
    assert.same({ "input", "the file is there; what its first line (#!) names is not" }, { err.kind, err.hint })
  end)

  local REFUSED = {
    { { nil }, "lash.exec: expected a template or a list of words, got nil" },
    { { 7 }, "lash.exec: expected a template or a list of words, got number" },
    { { {} }, "lash.exec: there is no command" },
    { { { "" } }, "lash.exec: there is no command" },
    { { { stdin = "x" } }, "lash.exec: there is no command" },
    { { { "a", {} } }, "lash.exec: word 2 must be a string, got table" },
    { { { "a", nil, "c" } }, "lash.exec: the words have a hole" },
    { { { "a\0b" } }, "lash.exec: word 1 contains a zero byte" },
    { { { "a", stdn = "x" } }, "lash.exec: unknown key 'stdn'", "did you mean 'stdin'?" },
    { { { "a", stdin = 1 } }, "lash.exec: 'stdin' must be a string, got number" },
    { { { "a", cwd = "" } }, "lash.exec: 'cwd' is not the name of a folder" },
    { { { "a", cwd = "/\0" } }, "lash.exec: 'cwd' is not the name of a folder" },
    { { { "a", timeout = "soon" } }, "lash.exec: timeout: 'soon' is not a duration" },
    { { { "a", max_output = 1 } }, "lash.exec: 'max_output' must be an integer from 256 to 1073741824" },
    { { { "a", env = "x" } }, "lash.exec: env: expected a table, got string" },
    { { { "a", env = { "x" } } }, "lash.exec: env: '1' is not the name of a variable" },
    { { { "a", env = { ["b=c"] = "x" } } }, "lash.exec: env: 'b=c' is not the name of a variable" },
    { { { "a", env = { b = true } } }, "lash.exec: env.b: expected a string, or false, got boolean" },
    { { { "a", env = { b = "\0" } } }, "lash.exec: env.b contains a zero byte" },
    { { { "a" }, {} }, "lash.exec: a list of words takes no second argument" },
    { { "a", "b" }, "lash.exec: the values must be a table, got string" },
    { { "a", {}, "b" }, "lash.exec: the options must be a table, got string" },
    { { "a", { stdin = "x" } }, "lash.exec: the template has no {stdin}",
      "options are the third argument: lash.exec(template, {}, { stdin = … })" },
    { { "a | b" }, "lash.exec: line 1, column 3: there is no shell: '|' means nothing here" },
    { { "a {n: integer}", { n = "x" } }, 'lash.exec: values.n: expected integer, got "x"' },
    { { "a {n: integer}" }, "lash.exec: values.n: expected integer, got nothing" },
    { { "a", { n = 1 } }, 'lash.exec: values: unknown field "n" (there are none)' },
    { { "a {n}", { n = "-x" } }, 'a value would be an option of the command: "-x"' },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses: " .. case[2], function()
      local err = refused(exec.exec, table.unpack(case[1], 1, 3))
      assert.truthy(err.message:find(case[2], 1, true), err.message)
      assert.truthy(err.kind == "usage" or err.kind == "schema")
      if case[3] then assert.equal(case[3], err.hint) end
    end)
  end
end)

describe("lash.sh", function()
  it("gives what was written, without its last line end", function()
    assert.equal("a\n", sh { "printf", "a\n\n" })
    assert.equal("a", sh "printf a")
    assert.equal("", sh "true")
    assert.equal("  a ", sh("printf {x}", { x = "  a \n" }))
  end)

  it("raises for an exit status, with what the command said", function()
    local err = refused(exec.sh, { "sh", "-c", "echo out; echo first >&2; echo last >&2; exit 3" })
    assert.equal("process: sh -c echo out; echo first >&2; echo last >&2; exit 3 ended with status 3: first last",
      tostring(err))
    assert.same({ 3, nil, "first\nlast\n", "out\n", 70 }, { err.code, err.signal, err.stderr, err.stdout, err.exit })
    err = refused(exec.sh, "false")
    assert.equal("process: false ended with status 1", tostring(err))
  end)

  it("raises for a signal, and names it", function()
    local err = refused(exec.sh, { "sh", "-c", "kill -SEGV $$" })
    assert.equal("process: sh -c kill -SEGV $$ was ended by SIGSEGV", tostring(err))
    assert.same({ 139, "SIGSEGV" }, { err.code, err.signal })
  end)

  it("raises when it took too long", function()
    local err = refused(exec.sh, "sh -c 'echo partial; sleep 1000'", {}, { timeout = 0.1 })
    assert.same({ "timeout", 124, 124, "partial\n" }, { err.kind, err.exit, err.code, err.stdout })
    assert.truthy(err.message:find("took too long and was ended", 1, true))
  end)

  it("gives no half of an output", function()
    local err = refused(exec.sh, { "seq", "100000", max_output = 1000 })
    assert.equal("process: seq 100000 wrote too much: 587895 bytes are missing", tostring(err))
    assert.equal("ok", sh { "sh", "-c", "seq 100000 >&2; echo ok", max_output = 1000 })
  end)

  it("quotes only the end of long errors, and of long commands only the beginning", function()
    local line = "echo begin; printf %0500d 0 >&2; echo end >&2; exit 1"
    local err = refused(exec.sh, { "sh", "-c", line, ("é"):rep(100) })
    assert.truthy(#err.message < 320, err.message)
    assert.truthy(err.message:find("0end$", 1))
    assert.truthy(utf8.len(err.message))
  end)
end)

describe("the environment of a command", function()
  local restore
  after_each(function()
    if restore then restore() end
    restore = nil
  end)

  local function env_of(variables, more)
    restore = folder.environment(variables)
    local text = sh { "env", env = more }
    local found = {}
    for name, value in (text .. "\n"):gmatch "([^=\n]+)=([^\n]*)\n" do found[name] = value end
    return found
  end

  it("is that of lash, without what looks like a secret", function()
    assert.same({ PATH = "/usr/bin:/bin", HOME = "/h", EMPTY = "", KEYBOARD = "us" },
      env_of { PATH = "/usr/bin:/bin", HOME = "/h", EMPTY = "", KEYBOARD = "us", DASHSCOPE_API_KEY = "sk-1234567",
        GITHUB_TOKEN = "ghp_1234567", MY_SECRET = "x", DB_PASSWORD = "y", my_key = "z" })
  end)

  it("is without registered secrets, whatever they are called", function()
    secrets.secret "canary-3141592653"
    assert.same({ PATH = "/usr/bin:/bin" }, env_of { PATH = "/usr/bin:/bin", HARMLESS = "canary-3141592653",
      URL = "https://user:canary-3141592653@example.com/" })
  end)

  it("is what the script adds and takes away", function()
    assert.same({ PATH = "/usr/bin:/bin", A = "1", N = "7", GITHUB_TOKEN = "ghp_1234567" },
      env_of({ PATH = "/usr/bin:/bin", A = "0", B = "2" }, { A = "1", B = false, C = false, N = 7,
        GITHUB_TOKEN = "ghp_1234567" }))
  end)

  it("also decides where the command is found", function()
    local dir <close> = folder.new()
    dir:write("tool", "#!/bin/sh\necho mine\n", 448)
    assert.equal("mine", sh { "tool", env = { PATH = dir.path } })
    assert.equal("command not found: tool", refused(exec.sh, { "tool" }).message)
  end)
end)
