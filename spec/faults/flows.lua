--- What people do with lash, from end to end: the ways through the program in
-- which memory and system calls are made to fail.
--
-- Each flow runs in a folder of its own, which is its home, against a simulated
-- service in this process. `words` are the program's; `files` are there before;
-- `before` are commands that ran there before, the same for every run. What the
-- flow prints, and its exit status, is what it gave when nothing failed. `whole`
-- names files that have their content of before, that of after, or none; `varies`:
-- every run prints something else; `told`: what it prints when its tool failed, which
-- is told to the model; `doubted`: what stands behind the tool's result then; `never`: what
-- nobody may be shown; `folder`: where it runs; `teller`: whose name stands before an error.
local lash = require "lash"
local fake = require "lash.fake"
local kept = require "kept"

local M = {}

local HANGS = 60 -- seconds

local SCRIPTS = {
  together = [[
    local lash = require "lash"
    local r = lash.all { a = function() return lash.ask "Say a" end, b = function() return lash.ask "Say b" end }
    print(r.a, r.b)
  ]],
  http = [[
    local lash = require "lash"
    local site = lash.http { base = os.getenv "DASHSCOPE_API_BASE", headers = { Authorization = "Bearer sk-any" } }
    print(#site.get("models", { retry = 1 }):json().data > 0)
  ]],
  workflow = [[
    local lash = require "lash"
    return lash.workflow { name = "w", run = function(w)
      local list = w:step("list", function() return { 1, 2, 3 } end)
      local said = w:map("m", list, function(i) return lash.ask("Say " .. i):match "%w+$" end)
      return table.concat(said) .. w:step("last", function() return "!" end)
    end }
  ]],
  fake = [[
    local lash = require "lash"
    local server <close> = require("lash.fake").start {}
    local provider = { type = "fake", api_base = server.url, api_key = "sk-any" }
    print(lash.ask("hi", { provider = provider }))
  ]],
  exec = [[
    local lash = require "lash"
    print(lash.sh { "cat", stdin = "from a command" }, lash.sh { "echo", "and another" })
  ]],
  state = [[
    local lash = require "lash"
    do
      local s <close> = lash.state "counter"
      s.n = (s.n or 0) + 1
      s.list = { "one", "two", s.n }
    end
    print "kept"
  ]],
  shell = [[
    local lash = require "lash"
    print(lash.ask("Please shell 'cat .env note'", { tools = { "shell" }, policy = { exec = "allow" } }))
  ]],
  job = [[
    local lash = require "lash"
    return lash.job { name = "j", schedule = "@daily", run = function() print(lash.ask "Say done") end }
  ]],
}

--- The flows by name; `words` begin behind the program's name.
M.list = {
  { name = "ask", words = { "ask", "hi" } },
  { name = "ask -o", words = { "ask", "-o", "answer", "hi" }, whole = { "answer" } },
  { name = "ask with a tool", words = { "ask", "-t", "read_file", "Please read_file 'note'" },
    files = { note = "forty-two\n" },
    told = "^%[simulated%] read_file answered: error: " },
  { name = "ask for a type", words = { "ask", "-r", "name: string, n: 1..9", "Who?" } },
  { name = "lash.all", words = { "together.lua" } },
  { name = "lash.http", words = { "http.lua" } },
  { name = "session", words = { "ask", "--session", "s", "hi" }, before = { { "ask", "--session", "s", "hello" } } },
  { name = "workflow", words = { "workflow.lua" } },
  { name = "workflow goes on", words = { "workflow.lua" }, before = { { "workflow.lua", crash = 7 } } },
  { name = "runs", words = { "runs" }, before = { { "workflow.lua" }, { "ask", "hello" } }, varies = true },
  { name = "fake", words = { "fake.lua" } },
  { name = "exec", words = { "exec.lua" } },
  { name = "configuration", words = { "ask", "hi" },
    files = { ["config.json"] = '{ "agents": { "x": { "modle": 1 } } }' },
    env = { LASH_CONFIG = "config.json" }, exit = 78 },
  { name = "shell", words = { "../shell.lua" }, folder = "work",
    files = { ["work/.env"] = "KEY=sk-hidden", ["work/note"] = "forty-two\n" }, never = "sk%-hidden",
    told = "^%[simulated%] shell answered: error: ",
    doubted = { "%[no tool makes settings of lash: cannot look for ", "%[%.%.%. %d+ bytes cut %.%.%.%]" } },
  { name = "job", words = { "job", "run", "job.lua" }, teller = "%l+" },
  { name = "state", words = { "state.lua" }, before = { { "state.lua" } },
    whole = { kept.STATE .. "state/counter.json" } },
}

---@class faults.Flow
---@field name string
---@field words string[]

--- A service, and a folder with a home as each flow needs it.
---@param program string
function M.prepare(program)
  local self = { program = program, server = fake.start {}, tmp = lash.fs.tmp(), runs = 0 }
  return setmetatable(self, { __index = M, __close = function()
    self.server:stop()
    self.tmp:close()
  end })
end

--- The variables of a flow that runs in `home`.
local function environment(self, flow, home, more)
  local env = { HOME = home, DASHSCOPE_API_BASE = self.server.url, DASHSCOPE_API_KEY = "sk-faults", TZ = "UTC",
    XDG_STATE_HOME = false, XDG_CONFIG_HOME = false, LASH_CONFIG = false }
  for _, t in ipairs { flow.env or {}, more or {} } do
    for name, value in pairs(t) do env[name] = value end
  end
  return env
end

--- Runs the program with these words; `prefix` are words before it, `more` variables.
-- It is ended when it hangs.
local function run(self, flow, words, home, prefix, more)
  local argv = { cwd = ("%s/%s"):format(home, flow.folder or "."), env = environment(self, flow, home, more),
    timeout = HANGS }
  for _, list in ipairs { prefix or {}, { self.program }, words } do table.move(list, 1, #list, #argv + 1, argv) end
  return lash.exec(argv)
end

local function read(path) return lash.fs.exists(path) and lash.fs.read(path) or nil end

--- Makes the folder that every run of a flow begins with, and learns what it gives.
function M.learn(self, flow)
  local home = self.tmp .. "/" .. flow.name:gsub("%W", "_")
  lash.fs.mkdir(home .. "/" .. (flow.folder or "."))
  for name, text in pairs(SCRIPTS) do lash.fs.write(("%s/%s.lua"):format(home, name), text) end
  for name, text in pairs(flow.files or {}) do lash.fs.write(home .. "/" .. name, text) end
  for _, words in ipairs(flow.before or {}) do
    run(self, flow, words, home, nil, { LASH_CRASH_AFTER = words.crash and tostring(words.crash) })
  end
  flow.home, flow.files_before, flow.files_after = home, {}, {}
  for _, name in ipairs(flow.whole or {}) do flow.files_before[name] = read(home .. "/" .. name) or false end
  local res, at <close> = self:run(flow)
  for _, name in ipairs(flow.whole or {}) do flow.files_after[name] = read(at.path .. "/" .. name) or false end
  local _
  flow.out, _, flow.left = res.out, kept.read(at.path)
  if res.code ~= (flow.exit or 0) or flow.told and res.out:find(flow.told) then
    lash.fail("internal", ("%s: %s%s"):format(flow.name, res.out, res.err))
  end
  flow.exit = res.code
end

--- Runs a flow in a fresh copy of its folder, which is closed by the caller.
---@param prefix? string[]  words before the program
---@return table result  as of lash.exec
---@return { path: string }
function M.run(self, flow, prefix)
  self.runs = self.runs + 1
  self.server.requests = {} -- nobody looks at them, and there are many
  local home = ("%s/run-%d"):format(self.tmp, self.runs)
  lash.exec { "cp", "-a", flow.home, home }
  local at = setmetatable({ path = home }, { __close = function() lash.fs.remove(home, { recursive = true }) end })
  return run(self, flow, flow.words, home, prefix), at
end

--- What is wrong with the folder after a run, or nil; what the state has.
local function damage(flow, home)
  local broken, left = kept.read(home)
  if broken then return broken end
  for _, name in ipairs(flow.whole or {}) do
    local text = read(home .. "/" .. name) or false
    if text ~= flow.files_before[name] and text ~= flow.files_after[name] then
      return ("%s is half written: %q"):format(name, text)
    end
  end
  return nil, left
end

local KINDS = require("lash.errors").kinds

--- Judges a run in which something failed.
---@return "as ever"|"told"|"wrong" verdict
---@return string what  the error that was told, or what is wrong
function M.judge(flow, res, home)
  local broken, left = damage(flow, home)
  if broken then return "wrong", broken end
  if res.err:find("Sanitizer", 1, true) or res.err:find("runtime error: ", 1, true) then return "wrong", res.err end
  if res.timed_out then return "wrong", "hangs: " .. res.err end
  if res.code >= 128 then return "wrong", ("ended by a signal: %d, %s"):format(res.code, res.err) end
  if flow.never and (res.out .. res.err):find(flow.never) then return "wrong", "showed " .. res.out .. res.err end
  local same = res.out == flow.out or flow.varies and res.code == 0 and res.out ~= ""
  if res.code == flow.exit and same then
    local difference = kept.difference(left, flow.left)
    if difference == "" or res.err:find("lash: warning: ", 1, true) then return "as ever", "" end
    return "wrong", "said that all is well, but kept\n" .. difference
  end
  local to_model = flow.told and res.out:find(flow.told)
  for _, pattern in ipairs(flow.doubted or {}) do to_model = to_model or res.out:find(pattern) end
  if res.code == 0 and to_model then return "told", "to the model" end
  local told = ("\n%s"):format(res.err:gsub("lash: warning: [^\n]*\n", ""))
  local kind, message -- the last one has the say
  for k, m in told:gmatch(("\n%s: (%%l[%%l_]*): ([^\n]+)"):format(flow.teller or "lash")) do kind, message = k, m end
  if not kind then return "wrong", ("exit %d, printed %q, told nothing: %q"):format(res.code, res.out, res.err) end
  if not KINDS[kind] or KINDS[kind].exit ~= res.code then
    return "wrong", ("exit %d for %s: %s"):format(res.code, kind, message)
  end
  if to_model and kind == "denied" then return "told", "to the model, and denied" end
  local part = res.out:gsub("\n$", "") -- the line of an answer is ended when it is cut
  if part ~= flow.out:sub(1, #part) and not flow.varies then
    return "wrong", ("printed %q before %s"):format(res.out, kind)
  end
  return "told", ("%s: %s"):format(kind, message)
end

--- Counts of verdicts, and what was told, with a point of failure for each.
local Tally = {}
Tally.__index = Tally

function M.tally() return setmetatable({ ["as ever"] = 0, told = 0, wrong = 0, messages = {} }, Tally) end

--- Counts one run; what is wrong is printed at once.
function Tally:add(flow, verdict, what, point)
  self[verdict] = self[verdict] + 1
  if verdict == "wrong" then print(("%s, %s: %s"):format(flow.name, point, what)) end
  if verdict ~= "told" then return end
  what = what:gsub("%d+", "N"):gsub("%(.-%)", "()")
  local message = self.messages[what] or { n = 0, point = point }
  message.n, self.messages[what] = message.n + 1, message
end

--- How many runs there were.
function Tally:all() return self["as ever"] + self.told + self.wrong end

function Tally:__tostring()
  return ("%5d as ever, %5d told, %d wrong"):format(self["as ever"], self.told, self.wrong)
end

function Tally:print_messages()
  for what, message in pairs(self.messages) do print(("    %6d × %s (%s)"):format(message.n, what, message.point)) end
end

return M
