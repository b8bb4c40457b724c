--- A key that can be told from all else is used in everything that lash does, and
--- searched for afterwards: in all files, whoever wrote them, what was printed, the command
--- lines and environments of processes, what a monitor was sent.
local processes = require "spec.support.processes"
local server = require "spec.support.server"
local shell = require "spec.support.shell"
local sys = require "lash.core.sys"

-- Its own for every run: what the shell sees of all processes has those of another one.
local KEY = "sk-canary" .. sys.random_id()

--- What the key looks like in base64, wherever it stands there; in hexadecimal; reversed.
local function forms()
  local list = { KEY, KEY:reverse(), (KEY:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) }
  for before = 0, 2 do
    list[#list + 1] = sys.base64(("x"):rep(before) .. KEY):sub(6, -6)
  end
  return list
end

--- Answers by what is asked. A refusal says the key, as some services do.
local REPLIES = [[
return function(request)
  local key = request.headers.authorization:match "%S+$"
  -- What the shell found: the words of all processes, such as those below.
  if request.json.messages[#request.json.messages].role == "tool" then return "fine" end
  if request.prompt:find "refuse" then return { status = 401, message = "Incorrect API key provided: " .. key } end
  if request.prompt:find "break" then return { status = 500, message = "no luck with " .. key } end
  if request.prompt:find "echo" then return { text = { "you are ", key:sub(1, 9), key:sub(10), ", I know" } } end
  if request.prompt:find "shell" then
    return { tool = "shell", arguments = { command = "env; echo; tr '\\0' '\\n' </proc/self/environ; set; sh look" } }
  end
  if request.prompt:find "hang" then return { text = "late", delay = 30 } end
  return "fine"
end]]

local WORKFLOW = [[
local lash = require "lash"
return lash.workflow { name = "w", run = function(w)
  local a = w:step("one", function() return lash.ask "echo" end)
  w:step("two", function() return a .. lash.env.DASHSCOPE_API_KEY end)
  return w:step("three", function() return lash.ask(a .. WHAT) end)
end }]]

local JOB = [[
local lash = require "lash"
return lash.job { name = "j", schedule = "2020-01-01 12:00", tz = "UTC", ping = %q,
  fail = { after = 1, run = { "sh", "-c", "env >told; echo $LASH_JOB_MESSAGE >>told" } },
  run = function()
    print(lash.env.DASHSCOPE_API_KEY)
    lash.exec { "sh", "-c", "env >ran" }
    lash.fail("auth", "no key like " .. lash.env.DASHSCOPE_API_KEY)
  end }]]

--- What sh sees of all processes.
local LOOK = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"

describe("a key", function()
  local sh, said

  --- Runs it; what is printed is kept, to be searched, too.
  local function lash(...)
    local res = sh:lash(...)
    said[#said + 1] = res.out .. res.err
    return res
  end

  before_each(function()
    sh, said = shell.new(), {}
    sh.variables.DASHSCOPE_API_BASE = sh:fake(REPLIES)
    sh:write(".config/lash/.env.local", "DASHSCOPE_API_KEY=" .. KEY .. "\n")
    sh:write(".config/lash/config.json", '{"agents":{"defaults":{"retry":0}}}')
  end)
  after_each(function() sh:close() end)

  --- Nothing has it: the folder with the home, the state and all that was made, what
  --- was said. Its own file is taken away first.
  local function search()
    assert(os.remove(sh.path .. "/.config/lash/.env.local"))
    sh:write("said", table.concat(said, "\n"))
    for _, form in ipairs(forms()) do
      local pipe = assert(io.popen(("grep -rlaiF -e '%s' '%s'"):format(form, sh.path)))
      assert.equal("", pipe:read "a", form)
      pipe:close()
    end
  end

  it("is found where it is", function()
    sh:write("here", KEY)
    said[1] = "x" .. sys.base64("x" .. KEY)
    assert.has_error(search)
  end)

  it("is nowhere after questions, refusals and events", function()
    assert.equal("fine\n", lash("ask", "hello").out)
    assert.equal("you are [secret], I know\n", lash("ask", "echo").out)
    for _, options in ipairs { { "-v" }, { "-vv" }, { "--json" }, { "-o", "answer" }, { "--session", "s" } } do
      for _, prompt in ipairs { "echo", "refuse", "break" } do
        local words = table.move(options, 1, #options, 2, { "ask" })
        words[#words + 1] = prompt
        local exit = lash(table.unpack(words)).exit
        assert.equal(prompt == "echo" and 0 or prompt == "refuse" and 77 or 69, exit, table.concat(words, " "))
      end
    end
    assert.equal(0, lash("check", "-v").exit)
    for _, words in ipairs { { "runs" }, { "runs", "--json" }, { "sessions" }, { "sessions", "show", "s" } } do
      lash(table.unpack(words))
    end
    search()
  end)

  it("is nowhere after a model had a shell", function()
    sh:write("work/look", LOOK)
    sh:write("work/s.lua", [[
      local lash = require "lash"
      print(lash.ask("shell", { tools = { "shell" }, policy = { exec = "allow" } }))]])
    local answered = sh:sh "cd work && lash --json s.lua"
    said[1] = answered.out .. answered.err
    assert.equal(0, answered.exit, answered.err)
    assert.matches("PATH=", answered.out)
    search()
  end)

  it("is nowhere after a workflow, also one that was killed and went on", function()
    sh:write("w.lua", (WORKFLOW:gsub("WHAT", '"hang"')))
    local child = sh:start "exec $lash w.lua"
    processes.await(function() return sh:lash("runs", "w", "--json").out:find "running" end)
    child:kill "KILL"
    child:wait()
    sh:write("w.lua", (WORKFLOW:gsub("WHAT", '"done"')))
    lash "w.lua"
    lash "runs"
    search()
  end)

  it("is nowhere after a job that printed it, with a monitor", function()
    local monitor <close> = server.start { { ["repeat"] = true, { send = OK } } }
    sh:write("j.lua", JOB:format(monitor.url .. "/uuid"))
    assert.equal(77, lash("job", "run", "j.lua").exit)
    for _, request in ipairs(monitor:requests()) do
      said[#said + 1] = request.path .. "\n" .. (request.body or "")
    end
    assert.matches("no key like %[secret%]", said[#said])
    search()
  end)

  it("is nowhere after it stood where a model belongs, or on the command line", function()
    lash("ask", "-m", KEY, "hello")
    lash("ask", "what is " .. KEY)
    lash("-e", "lash.ask 'hello'", KEY)
    sh:write("j.lua", [[
      local lash = require "lash"
      return lash.job { name = "j", schedule = "@daily", run = { "lash", "ask", lash.env.DASHSCOPE_API_KEY } }]])
    lash("job", "run", "j.lua")
    sh:write("w.lua", [[
      local lash = require "lash"
      return lash.workflow { name = "w", run = function()
        return lash.agent { model = lash.env.DASHSCOPE_API_KEY, fallback = "qwen-plus" } "refuse"
      end }]])
    assert.equal(77, lash("w.lua").exit)
    assert.equal(64, lash("ask", "--session", KEY, "hello").exit)
    assert.equal(64, lash("-e", "lash.agent{}:session(lash.env.DASHSCOPE_API_KEY)").exit)
    for _, words in ipairs { { "runs" }, { "runs", "--json" }, { "runs", "show", "last" },
      { "runs", "show", "last", "--json" }, { "runs", "export", "last", "-" } } do lash(table.unpack(words)) end
    search()
  end)

  it("is not on a command line, nor in the environment of a child", function()
    sh:write("look", LOOK)
    local code = [[io.write(lash.exec("sh look").out)]]
    assert.matches("PATH=", lash("-e", code).out)
    sh.variables.DASHSCOPE_API_KEY = KEY
    local own = sh:script([[
      local lash = require "lash"
      print((lash.sh { "sh", "-c", "tr '\\0' '\\n' </proc/self/environ; env" }))]])
    said[#said + 1] = own.out
    assert.matches("PATH=", own.out)
    search()
  end)

  it("is in no core of a program that crashes", function()
    -- Where cores go is the system's affair: that there is none shows in the limit.
    local limits = sh:sh [[ulimit -c unlimited; lash -e 'os.execute("cat /proc/$PPID/limits")']]
    assert.matches("Max core file size +0 ", limits.out)
    sh.variables.DASHSCOPE_API_KEY = KEY
    local res = sh:sh [[{ ulimit -c unlimited; lash -e 'os.execute("kill -ABRT $PPID")'; } 2>/dev/null]]
    assert.equal(134, res.exit)
    sh.variables.DASHSCOPE_API_KEY = nil
    search()
  end)
end)
